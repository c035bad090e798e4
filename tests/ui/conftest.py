"""A JupyterLab and a browser page for the tests that only a browser can make."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui.lab import CHROMIUM_FLAGS, PICTURES, Book, Lab

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Leave word of how a test went, for the fixture that then takes the picture."""
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium: $FTKIT_CHROMIUM, else the system's, else the one that playwright installed.

    One for each file: while it is there, an event loop runs, which other tests could not have of their own.
    """
    from playwright.sync_api import sync_playwright

    path = os.environ.get("FTKIT_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab for the tests of one file; each writes notebooks of its own."""
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh page. An error of our own script fails the test; a test that fails leaves a picture."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if message.type == "error" and "ftkit" in f"{message.text} {message.location}"
            else None
        ),
    )
    yield tab
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        PICTURES.mkdir(exist_ok=True)
        tab.screenshot(path=PICTURES / f"failed-{request.node.name.replace('/', '-')}.png")
    context.close()
    ours = [problem for problem in problems if "ftkit" in problem]
    assert not ours, ours


@pytest.fixture
def open_book(page: Any, lab: Lab) -> Callable[..., Book]:
    """Open a notebook of the server: ``open_book("a.ipynb")``."""
    return lambda path, app="lab": Book(page, lab, path, app)
