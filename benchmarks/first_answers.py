"""From ``make lab`` on a fresh clone to visibly changed answers: minutes, clicks and keys, as a newcomer does it.

A clone, an environment, a starter model and a tutorial folder of their own; then a real browser that does what the
tutorial says and nothing else. What pip has fetched before it takes from its cache (``PIP_NO_CACHE_DIR=1`` forbids it).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.pairs import write

ROOT = Path(__file__).parents[1]
PANEL_IS_OPEN = (
    "() => { const panel = document.querySelector('.ftkit-wizard');"
    " return panel && !panel.inert"
    " && document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'; }"
)
MAIN = "Insert and run this step"


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        place = Path(name)
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(place / "ftkit")], check=True)
        begun = time.monotonic()
        server = subprocess.Popen(
            ["make", "lab"],
            cwd=place / "ftkit",
            env={
                **{key: value for key, value in os.environ.items() if key != "FTKIT_STARTER"},
                "FTKIT_HOME": str(place / "tutorials"),
                "FTKIT_CACHE": str(place / "cache"),
                "BROWSER": "true",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            address = _address(server)
            opened = time.monotonic()
            found = _newcomer(address)
        finally:
            server.terminate()
            server.wait(30)
        ended = time.monotonic()
    write(
        "first_answers",
        {
            "what": "minutes from `make lab` on a fresh clone to base and tuned answers side by side, tutorial 01",
            "minutes_set_up": (opened - begun) / 60,
            "minutes_in_the_notebook": (ended - opened) / 60,
            "minutes": (ended - begun) / 60,
            **found,
        },
    )


def _address(server: subprocess.Popen[str]) -> str:
    """Where JupyterLab runs, as the terminal says."""
    assert server.stdout is not None
    for line in server.stdout:
        print("   ", line.rstrip(), file=sys.stderr, flush=True)
        if found := re.search(r"JupyterLab is at (\S+)", line):
            return found.group(1)
    raise RuntimeError("make lab ended without an address")


def _newcomer(address: str) -> dict[str, Any]:
    """Do what the tutorial says; what had to be clicked and pressed."""
    from playwright.sync_api import sync_playwright

    clicks, keys = 0, 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("FTKIT_CHROMIUM"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(600_000)
        page.goto(address)
        cell = page.locator(".jp-CodeCell .cm-content", has_text="ftkit.wizard").first
        cell.click()
        clicks += 1
        page.keyboard.press("Shift+Enter")
        keys += 1
        panel = page.locator(".ftkit-wizard")
        panel.wait_for()
        answers = page.locator(".jp-OutputArea", has_text="Before and after")
        while not answers.count():
            page.wait_for_timeout(1000)
            page.wait_for_function(PANEL_IS_OPEN)
            button = page.locator(".ftkit-wizard button:visible", has_text=MAIN).first
            if not answers.count():
                button.click()
                clicks += 1
        answers.first.scroll_into_view_if_needed()
        page.screenshot(path=str(ROOT / "pictures/first-answers.png"))
        browser.close()
    return {"clicks": clicks, "keys": keys}


if __name__ == "__main__":
    main()
