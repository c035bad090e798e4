"""A Chromium for the browser tests: the system's, else from apt, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bootstrap.steps import SetupError, run, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def answers(path: str) -> bool:
    """Whether it starts: Ubuntu's ``chromium-browser`` may be a stub that only names another package."""
    try:
        answer = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False  # what does not start is no browser
    return answer.returncode == 0


def on_system() -> str:
    """The Chromium or Chrome of this machine, empty without one."""
    for name in NAMES:
        path = shutil.which(name)
        if path and answers(path):
            return path
    return next((place for place in PLACES if Path(place).exists() and answers(place)), "")


def of_playwright(python: str) -> str:
    """The Chromium that Playwright fetched for this environment, empty without one."""
    question = (
        "from playwright.sync_api import sync_playwright as s\n"
        "with s() as p: print(p.chromium.executable_path)"
    )
    answer = subprocess.run(
        [python, "-c", question],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    path = answer.stdout.strip()
    return path if answer.returncode == 0 and path and Path(path).exists() and answers(path) else ""


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def ensure(python: str, log: Path) -> str:
    """The path of a Chromium that starts; gets one where there is none.

    Raises
    ------
    SetupError
        Where none of the ways led to one; it says what to do.
    """
    found = on_system() or of_playwright(python)
    if found:
        return found
    if _is_root() and shutil.which("apt-get"):
        say("    No Chromium here: installing it with apt (about a minute).")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        if run(["apt-get", "update"], log, env=quiet):
            run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], log, env=quiet)
        found = on_system()
        if found:
            return found
    say("    Fetching Playwright's Chromium (about 170 MB, a minute or two).")
    run([python, "-m", "playwright", "install", *(["--with-deps"] if _is_root() else []), "chromium"], log)
    found = of_playwright(python)
    if not found:
        raise SetupError(
            "The browser tests need Chromium, and neither this machine, apt nor Playwright gave one. "
            "Install a chromium or google-chrome package, or run "
            f"`{python} -m playwright install --with-deps chromium` where the network allows it; then run this again. "
            "ftkit itself does not need it: `make lab` works without."
        )
    return found
