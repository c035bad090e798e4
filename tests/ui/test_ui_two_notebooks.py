"""Two notebooks on one kernel, each with a panel: what one panel does, the other's notebook does not get."""

from __future__ import annotations

import pytest

from tests.tiny import tiny_rows, write_jsonl
from tests.ui.lab import PANEL, Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory, tiny_model_folder):
    server = Lab(tmp_path_factory.mktemp("lab"), env={"FTKIT_STARTER": str(tiny_model_folder)})
    write_jsonl(server.root / "pairs.jsonl", tiny_rows(40))
    yield server
    server.stop()


def bring_to_front(book, path):
    book.page.evaluate(
        """async path => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.model;
            await window.jupyterapp.commands.execute('docmanager:open', { path, kernel });
        }""",
        path,
    )
    book.path = path
    book.until(f"{PANEL}.context.path === {path!r}")
    book.await_kernel()


def press(book, label):
    panel = book.page.locator(".ftkit-wizard:visible")
    panel.get_by_role("button", name=label, exact=True).click()


def test_each_panel_writes_into_its_own_notebook_and_keeps_its_own_choices(lab, open_book):
    for name in ("one", "two"):
        lab.write(
            f"{name}.ipynb",
            [(f"wizard-{name}", f'import ftkit\n\nftkit.wizard(data="pairs.jsonl", run="{name}-1")')],
        )
    book = open_book("one.ipynb")
    heading = book.page.locator(".ftkit-wizard h2:visible").first
    book.run(0)
    heading.wait_for(timeout=60_000)
    bring_to_front(book, "two.ipynb")
    book.run(0)
    heading.wait_for(timeout=60_000)
    kernels = "new Set([...window.jupyterapp.shell.widgets('main')].map(one => one.sessionContext?.session.kernel.id))"
    book.until(f"{kernels}.size === 1")

    for mine, other in (("one", "two"), ("two", "one")):
        bring_to_front(book, f"{mine}.ipynb")
        assert len(book.cells()) == 1
        press(book, "Insert all")
        book.until(f"{PANEL}.content.model.cells.length > 4")
        text = "".join(cell["source"] for cell in book.cells()[1:])
        assert f"{mine}-1" in text
        assert f"{other}-1" not in text
    for mine in ("one", "two"):
        bring_to_front(book, f"{mine}.ipynb")
        book.page.locator(".ftkit-wizard:visible").get_by_role("tab", name="3 Method").click()
        metadata = f"{PANEL}.content.model.sharedModel.getMetadata('ftkit')"
        book.until(f"{metadata}?.page === 'method'")
        assert book.page.evaluate(f"() => {metadata}.recipe.run") == f"{mine}-1"

    # JupyterLab gives the first one's way to the kernel to nobody else: that is said, and a reload brings the panel back.
    for name in ("one", "two"):
        bring_to_front(book, f"{name}.ipynb")
        book.page.evaluate(f"() => {PANEL}.context.save()")
    close = (
        "path => [...window.jupyterapp.shell.widgets('main')].find(one => one.context?.path === path).close()"
    )
    book.page.evaluate(close, "one.ipynb")
    told = book.page.locator(
        ".jp-toast-content, .Toastify__toast", has_text="Reload the page: nothing is lost."
    ).first
    told.wait_for()
    book.picture("closed-the-first-of-two")
    book.page.get_by_role("button", name="Reload the page").first.click()
    heading.wait_for(timeout=60_000)
    assert book.page.evaluate(f"() => {PANEL}.context.path") == "two.ipynb"
    book.page.locator(".ftkit-wizard:visible").get_by_role("tab", name="5 Review").click()
    book.until(f"{metadata}?.page === 'compare'")
