"""A file of one's own in a real browser: uploaded, a wrong guess corrected, mended with one click, written, found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ui.lab import ROOT, Lab
from tests.ui.test_ui_wizard import MAIN, button, field, holds, on_page, ready, source

FILE = ROOT / "notebooks/data/bike-shop/tickets.csv"
CALL = 'import ftkit\n\nftkit.wizard("data", run="bike-shop-1")'
PATIENCE = 240_000
"""Milliseconds in which datasets is imported and a small file prepared, also on a busy machine."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, tiny_model_folder):
    server = Lab(tmp_path_factory.mktemp("lab"), env={"FTKIT_STARTER": str(tiny_model_folder)})
    yield server
    server.stop()


@pytest.fixture
def book(lab, open_book, request):
    path = f"{request.node.name}.ipynb"
    lab.write(path, [("wizard", CALL)])
    book = open_book(path)
    book.page.set_viewport_size({"width": 1280, "height": 1500})
    book.run(0)
    book.page.locator(".ftkit-wizard .ftkit-foot button").first.wait_for()
    book.wait_idle()
    return book


def upload(book, path: Path | dict) -> None:
    with book.page.expect_file_chooser() as chosen:
        book.page.locator(".ftkit-wizard .ftkit-upload").click()
    chosen.value.set_files(path)


def told(book, text: str):
    note = book.page.locator(".ftkit-wizard .ftkit-note", has_text=text)
    note.first.wait_for(timeout=60_000)
    return note.first


def test_a_messy_file_becomes_a_clean_dataset(book, lab):
    page = book.page
    on_page(book, "Your examples")
    upload(book, FILE)
    assert "29 kB" in told(book, "was saved beside this notebook").inner_text()
    assert (lab.root / "tickets.csv").read_bytes() == FILE.read_bytes()
    # One answer is several pages long: counted in tokens, it is too long to be trained on.
    told(book, "133 of 141 rows can be used")
    ready(book)
    page.locator(".ftkit-lengths .js-plotly-plot").wait_for(timeout=60_000)
    page.locator(".ftkit-token-view summary").first.click()
    tokens = page.locator(".ftkit-tokens").first
    assert "trained on · " in tokens.inner_text()
    assert "only read · " in tokens.inner_text()
    book.picture("data-found")

    # The guess took the subject line for the question.
    first = page.locator(".ftkit-example").first
    assert "Squealing brakes" in first.inner_text()
    field(book, "This is not right: let me say which column is what").check()
    field(book, "What is asked").select_option("message")
    page.locator(".ftkit-example", has_text="squeal like a pig").first.wait_for()
    book.wait_idle()
    book.picture("data-mapping")

    # One click mends, one takes it back.
    fix = page.locator(".ftkit-finding button[title='Duplicates: Keep one of each']")
    fix.click()
    done = page.locator(".ftkit-finding", has_text="Done")
    done.wait_for()
    page.locator(".ftkit-code:visible", has_text="drop-duplicates").wait_for()
    done.get_by_role("button", name="Undo").click()
    fix.click()
    done.wait_for()
    book.wait_idle()
    book.picture("data-fixed")

    button(book, MAIN).click()
    holds(book, "data", "drop-duplicates")
    book.wait_idle(PATIENCE / 1000)
    cell = source(book, "data")
    assert "ftkit.prepare_data(" in cell
    assert '"prompt": "message"' in cell
    cells = book.cells()
    assert not [output for output in cells[1]["outputs"] if output["output_type"] == "error"]
    folder = lab.root / "data/tickets"
    assert {path.name for path in folder.iterdir()} >= {
        "train.jsonl",
        "validation.jsonl",
        "test.jsonl",
        "card.md",
    }
    rows = [
        json.loads(line)
        for part in ("train", "validation", "test")
        for line in (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    asked = [row["prompt"][-1]["content"] for row in rows]
    assert "My rim brakes squeal like a pig when I stop. What can I do?" in asked
    assert len(rows) == len({json.dumps(row) for row in rows})
    book.picture("data-written")


def test_an_upload_overwrites_nothing_and_is_text_everywhere(book, lab):
    evil = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>\x1b[31m"
    line = {"instruction": evil, "output": f"</pre></details>{evil} $x^2$"}
    content = "".join(json.dumps({**line, "input": str(n)}) + "\n" for n in range(30)).encode()
    (lab.root / "mine.jsonl").write_text("mine\n", encoding="utf-8")
    upload(book, {"name": "mine.jsonl", "mimeType": "application/json", "buffer": content})
    assert "under the name mine-2.jsonl" in told(book, "was saved beside this notebook").inner_text()
    assert (lab.root / "mine.jsonl").read_text(encoding="utf-8") == "mine\n"
    assert (lab.root / "mine-2.jsonl").read_bytes() == content
    told(book, "30 of 30 rows can be used")
    book.page.locator(".ftkit-token-view summary").first.click()
    book.page.locator(".ftkit-wizard details", has_text="as they stand in your file").locator(
        "summary"
    ).click()
    field(book, "This is not right: let me say which column is what").check()
    book.wait_idle()
    shown = book.page.locator(".ftkit-wizard")
    ours = shown.locator("img[src='x'], script")
    assert ours.count() == 0, ours.first.evaluate("node => node.parentElement.outerHTML")
    assert book.page.title() != "hacked"
    assert "<script>" in shown.locator(".ftkit-tokens").first.inner_text().replace("\u200b", "")
    assert "␛[31m" in shown.locator(".ftkit-example").first.inner_text()
    book.picture("data-escaped")


FRAME = """import pandas as pd
import ftkit

wheels = pd.DataFrame({"ask": [f"What is wheel {n}?" for n in range(40)], "reply": [f"Number {n}." for n in range(40)]})
ftkit.wizard("data", data=wheels, run="wheels-1")"""


def test_a_table_in_memory_becomes_a_dataset_that_outlives_it(lab, open_book):
    lab.write("frame.ipynb", [("wizard", FRAME)])
    book = open_book("frame.ipynb")
    book.page.set_viewport_size({"width": 1280, "height": 1500})
    book.run(0)
    book.page.locator(".ftkit-wizard .ftkit-foot button").first.wait_for()
    assert "saved beside this notebook as wheels.jsonl (40 rows)" in book.output(0)
    field(book, "What is asked").select_option("ask")
    field(book, "The answer").select_option("reply")
    told(book, "40 of 40 rows can be used")
    book.wait_idle()
    book.kernel("del wheels")
    button(book, MAIN).click()
    holds(book, "data", '"wheels.jsonl"')
    book.wait_idle(PATIENCE / 1000)
    assert not [output for output in book.cells()[1]["outputs"] if output["output_type"] == "error"]
    assert book.kernel("print({part: len(rows) for part, rows in data.items()})").strip() == (
        "{'train': 32, 'validation': 4, 'test': 4}"
    )
    assert (lab.root / "data/wheels/card.md").is_file()
    book.picture("data-frame")
