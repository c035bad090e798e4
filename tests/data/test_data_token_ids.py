"""Token ids: trained on as they are, and only with the model whose tokenizer made them."""

import json

import pytest

import ftkit
from ftkit.data import inspect_data, token_views
from ftkit.data.recipe_data import facts_of
from ftkit.recipe import Recipe
from tests.data.trained_on import first_batch
from tests.tiny import as_chat, tiny_rows, write_jsonl


@pytest.fixture(scope="module")
def tokenizer(tiny_model_folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model_folder)


def encoded(tokenizer, row):
    """A row as another tool would have tokenised it."""
    asked = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)
    whole = tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], return_dict=True)
    ids, read = whole["input_ids"], len(asked["input_ids"])
    return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": [-100] * read + ids[read:]}


@pytest.fixture(scope="module")
def source(tokenizer, tmp_path_factory):
    rows = [encoded(tokenizer, row) for row in as_chat(tiny_rows(40))]
    # Padded to one length, as some tools leave them.
    for row in rows:
        row["input_ids"] = [*row["input_ids"], 0, 0]
        row["attention_mask"] = [*row["attention_mask"], 0, 0]
        row["labels"] = [*row["labels"], -100, -100]
    return write_jsonl(tmp_path_factory.mktemp("ids") / "ids.jsonl", rows)


def test_what_is_shown_is_what_is_trained(source, tiny_model_folder, tmp_path):
    data = ftkit.prepare_data(source, model=tiny_model_folder, out=tmp_path / "data")
    assert data["train"].column_names == ["input_ids", "labels"]
    shown = [token_views(row, tiny_model_folder, 512, form="token-ids")[0] for row in data["train"]]
    trained = first_batch(tiny_model_folder, tmp_path, 512, data["train"])
    assert [(view.ids, view.labels) for view in shown] == trained
    assert all(0 < view.trained < len(view.ids) for view in shown)


def test_the_pieces_are_the_text(source, tokenizer, tiny_model_folder):
    row = json.loads(source.read_text().splitlines()[0])
    view = token_views({"input_ids": row["input_ids"][:-2], "labels": row["labels"][:-2]}, tiny_model_folder,
        form="token-ids")[0]  # fmt: skip
    assert "".join(view.pieces) == tokenizer.decode(view.ids)


def test_lengths_and_shares_are_counted(source, tiny_model_folder):
    found = inspect_data(source, model=tiny_model_folder, max_length=512)
    assert (found.family, found.form, found.task) == ("pre-tokenised", "token-ids", "sft")
    assert (found.rows, found.usable) == (40, 40)
    assert 0 < found.tokens.trained_on_share < 1
    facts = facts_of(Recipe(data={"source": str(source)}).data, "sft", tiny_model_folder)
    assert facts.longest == found.tokens.max
    assert (facts.train_rows, facts.validation_rows) == (32, 4)


def test_no_part_shares_what_is_asked(source, tiny_model_folder):
    rows = [json.loads(line) for line in source.read_text().splitlines()]
    found = inspect_data(write_jsonl(source.parent / "twice.jsonl", [*rows, *rows]), model=tiny_model_folder)
    assert sum(found.parts.values()) == 80
    assert all(size % 2 == 0 for size in found.parts.values())


def test_the_ids_of_another_model_are_left_out(tokenizer, tiny_model_folder, tmp_path):
    import random

    dice, size = random.Random(1), len(tokenizer)
    ids = [[dice.randrange(size) for _ in range(60)] for _ in range(12)]
    gibberish = [{"input_ids": one, "labels": one} for one in ids]
    found = inspect_data(write_jsonl(tmp_path / "a.jsonl", gibberish), model=tiny_model_folder)
    assert (found.usable, sum(one.count for one in found.skipped)) == (0, 12)
    assert "another model" in found.skipped[0].reason
    assert "another model" in found.refusal
    assert "not for 'sft'" not in found.refusal
    beyond = [{"input_ids": [size + 5], "labels": [size + 5]}]
    found = inspect_data(write_jsonl(tmp_path / "b.jsonl", beyond), model=tiny_model_folder)
    assert found.usable == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"input_ids": []}, "there are no token ids"),
        ({"input_ids": [1, "2"]}, "the token ids are no list of whole numbers"),
        ({"input_ids": [True]}, "the token ids are no list of whole numbers"),
        ({"input_ids": [-1]}, "the token ids are no list of whole numbers"),
        ({"input_ids": [1, 2], "labels": [1]}, "not equally many"),
        ({"input_ids": [1, 2], "labels": [3, 2]}, "neither the token itself nor -100"),
        ({"input_ids": [1, 2], "labels": [-100, -100]}, "no answer to learn from"),
        ({"input_ids": [1, 2], "attention_mask": [0, 0]}, "there are no token ids"),
    ],
)
def test_a_row_that_does_not_fit_is_counted(tmp_path, row, reason):
    good = [{"input_ids": [n, 2], "labels": [-100, 2]} for n in range(5)]
    found = inspect_data(write_jsonl(tmp_path / "a.jsonl", [row, *good]))
    assert (found.rows, found.usable) == (6, 5)
    assert reason in found.skipped[0].reason


def test_another_task_is_refused_with_the_reason(tmp_path):
    rows = [{"input_ids": [n, 2], "labels": [-100, 2]} for n in range(5)]
    found = inspect_data(write_jsonl(tmp_path / "a.jsonl", rows), task="dpo")
    assert found.usable == 0
    assert "'sft'" in found.refusal
