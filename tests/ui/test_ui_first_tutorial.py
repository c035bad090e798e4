"""Tutorial 01 in a real browser with the starter model, to its end: what a newcomer does, and nothing else."""

from __future__ import annotations

import json

import pytest

from ftkit.cli import tutorials
from tests.ui.lab import Lab
from tests.ui.test_ui_wizard import MAIN, button, ready

pytestmark = [pytest.mark.slow, pytest.mark.starter]
NAME = "01_first_fine_tune.ipynb"
PATIENCE = 1_500_000
"""Milliseconds that one step may take: the training takes some minutes, also on a busy machine."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"), env={"FTKIT_STARTER": None})
    tutorials.copy_to(server.root)
    yield server
    server.stop()


def test_five_clicks_lead_to_a_verdict_and_to_changed_answers(lab, open_book):
    book = open_book(NAME)
    page = book.page
    call = next(n for n, cell in enumerate(book.cells()) if "ftkit.wizard(" in cell["source"])
    book.run(call)
    ready(book)
    headings = ("Your examples", "How it is trained", "The settings of the training", "Review")
    for heading in headings:
        button(book, MAIN).click()
        page.locator(".ftkit-wizard h2:visible", has_text=heading).wait_for(timeout=PATIENCE)
        book.wait_idle(PATIENCE / 1000)
        book.until("!document.querySelector('.ftkit-wizard').inert")
    verdict = page.locator(".ftkit-wizard .ftkit-verdict")
    verdict.wait_for()
    assert "Healthy" in verdict.inner_text()
    verdict.scroll_into_view_if_needed()
    book.picture("tutorial-verdict")
    button(book, MAIN).click()
    answers = page.locator(".ftkit-compare")
    answers.wait_for(timeout=PATIENCE)
    book.wait_idle(PATIENCE / 1000)
    answers.scroll_into_view_if_needed()
    book.picture("tutorial-answers")
    found = json.loads((lab.root / "ftkit-runs/pirate-1/comparison.json").read_text())
    assert found["tuned_share"] > 0.5 > found["base_share"]
    assert "Base model and tuned model: pirate-1" in answers.inner_text()
