"""Where JupyterLab's part of ftkit does not answer: the code to copy, and one sentence why."""

from __future__ import annotations

import json

import pytest

from tests.tiny import tiny_rows, write_jsonl
from tests.ui.lab import Book, Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory, tiny_model_folder):
    home = tmp_path_factory.mktemp("lab")
    config = home / "config/labconfig/page_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"disabledExtensions": {"ftkit-labextension": True}}))
    server = Lab(home, env={"FTKIT_STARTER": str(tiny_model_folder)})
    write_jsonl(server.root / "pairs.jsonl", tiny_rows(60))
    yield server
    server.stop()


def test_the_code_is_shown_with_a_copy_button_and_a_sentence_why(page, lab):
    lab.write("a.ipynb", ['import ftkit\n\nftkit.wizard(data="pairs.jsonl")'])
    book = Book(page, lab, "a.ipynb")
    book.start(0)
    box = page.locator(
        ".ftkit-wizard .ftkit-code:visible", has_text="JupyterLab's part of ftkit does not answer"
    )
    box.wait_for()
    assert not page.get_by_role("button", name="Insert and run this step").is_visible()
    box.get_by_role("button", name="Copy").click()
    box.get_by_text("Copied").wait_for()
    assert "tokenizer = AutoTokenizer.from_pretrained(model_path)" in page.evaluate(
        "navigator.clipboard.readText()"
    )
    book.picture("without-extension")
    # The copied cells carry out the step, as the sentence says.
    page.locator(".ftkit-tabs .lm-TabBar-tab", has_text="Hyperparameters").click()
    codes = page.locator(".ftkit-wizard .ftkit-code:visible pre")
    codes.first.wait_for()
    assert [("peft_config" in text, "SFTTrainer" in text) for text in codes.all_inner_texts()] == [
        (True, False),
        (True, True),
    ]
