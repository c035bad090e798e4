"""A panel that appears: its head is what is seen first, however JupyterLab scrolls, unless the person scrolled."""

from __future__ import annotations

import nbformat
import pytest

from tests.tiny import tiny_rows, write_jsonl
from tests.ui.lab import PANEL, Lab

CALL = 'import ftkit\n\nftkit.wizard(\n    data="pairs.jsonl",\n    run="parrot-1",\n)'
HEAD = f"""(() => {{
    const page = {PANEL}.content.outerNode.getBoundingClientRect();
    const head = document.querySelector('.ftkit-wizard .ftkit-head').getBoundingClientRect();
    return (head.top - page.top) / page.height;
}})()"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, tiny_model_folder):
    server = Lab(tmp_path_factory.mktemp("lab"), env={"FTKIT_STARTER": str(tiny_model_folder)})
    write_jsonl(server.root / "pairs.jsonl", tiny_rows(60))
    yield server
    server.stop()


def run_the_panel(lab, open_book, name):
    """With Shift+Enter, as everybody does; there is much text above the cell and below it."""
    text = "\n\n".join(["Some text of a paragraph. " * 12] * 6)
    book = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    book.cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(CALL, id="wizard")]
    book.cells += [nbformat.v4.new_markdown_cell(text) for _ in range(6)]
    nbformat.write(book, lab.root / name)
    opened = open_book(name)
    opened.page.set_viewport_size({"width": 1280, "height": 800})
    opened.page.evaluate(
        f"() => {{ const n = {PANEL}.content; n.activeCellIndex = 1; n.mode = 'edit'; n.activeCell.editor.focus(); }}"
    )
    opened.page.wait_for_timeout(300)
    opened.page.keyboard.press("Shift+Enter")
    return opened


def test_the_head_of_the_panel_is_seen_and_the_view_is_the_persons_from_then_on(lab, open_book):
    book = run_the_panel(lab, open_book, "a.ipynb")
    book.page.locator(".ftkit-wizard h2:visible").first.wait_for(timeout=60_000)
    book.page.wait_for_timeout(3000)
    assert 0 <= book.page.evaluate(HEAD) < 0.5
    book.page.evaluate(f"() => {{ {PANEL}.content.outerNode.scrollTop += 2000; }}")
    book.page.locator(".ftkit-wizard").evaluate("panel => { panel.style.paddingBottom = '200px'; }")
    book.page.wait_for_timeout(1000)
    assert book.page.evaluate(HEAD) < 0


def test_who_scrolls_while_it_is_drawn_keeps_the_view(lab, open_book):
    book = run_the_panel(lab, open_book, "b.ipynb")
    book.page.locator(".jp-Notebook").first.hover()
    book.page.mouse.wheel(0, 5000)
    book.page.locator(".ftkit-wizard").first.wait_for(state="attached", timeout=60_000)
    book.page.wait_for_timeout(3000)
    assert book.page.evaluate(HEAD) < 0
