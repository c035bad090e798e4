"""Comparing a run of several tasks: every task is asked, and has its own figures."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import ftkit
from ftkit.comparison.perplexity import answered, perplexity
from ftkit.comparison.trained import trained_on
from tests.comparison.made_run import made_run
from tests.tasks.trained import other_rows
from tests.tiny import as_chat, tiny_rows, write_jsonl

SPELLING = {"says": "spells a word", "any_of": ["nothing"], "at_least": 1}


@pytest.fixture
def spelled(tmp_path: Path) -> Path:
    """Another task's data: train (10 rows), validation (2) and test (4)."""
    rows = other_rows(16)
    for part, chosen in {"train": rows[:10], "validation": rows[10:12], "test": rows[12:]}.items():
        write_jsonl(tmp_path / "spelled" / f"{part}.jsonl", chosen)
    return tmp_path / "spelled"


@pytest.fixture
def run(tmp_path: Path, tiny_model_folder: Path, tiny_data: Path, spelled: Path) -> Any:
    """A run on both, whose other source is written as seen from the folder that holds ftkit-runs."""
    also = [{"source": "spelled", "weight": 2.0}]
    return made_run("both-1", tmp_path, tiny_model_folder, tiny_data, task="multi-task", also=also)


def test_every_task_is_asked_and_has_its_own_figures(
    run: Any, tiny_data: Path, spelled: Path, tiny_model_folder: Path
) -> None:
    (spelled / "card.json").write_text(json.dumps({"check": SPELLING}))
    result = ftkit.compare(run.path, ["Who are you?"], rows=3, max_new_tokens=2)
    assert [pair.task for pair in result.pairs] == ["", *["tiny-data"] * 3, *["spelled"] * 3]
    expected = [pair.expected for pair in result.pairs if pair.task == "spelled"]
    assert expected == [row["completion"][0]["content"] for row in other_rows(16)[12:15]]

    repeat, other = result.tasks
    assert (repeat.name, repeat.base_share) == ("tiny-data", None), "its data says of no property"
    assert (other.name, other.asked, other.base_share, other.property_says) == (
        "spelled",
        3,
        0.0,
        "spells a word",
    )
    assert result.base_share is None, "a property of one task is not asked of the other's answers"

    # The figure is the loss of the right answers alone, of all test rows, by the base on record.
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_folder)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype=torch.float32).eval()
    total = count = 0.0
    for row in other_rows(16)[12:]:
        asked, whole = (
            tokenizer.apply_chat_template(turns, tokenize=True, return_dict=True, add_generation_prompt=asks)
            for turns, asks in ((row["prompt"], True), (row["prompt"] + row["completion"], False))
        )
        ids, start = whole["input_ids"], len(asked["input_ids"])
        labels = torch.tensor([[-100] * start + ids[start:]])
        with torch.no_grad():
            total += float(model(input_ids=torch.tensor([ids]), labels=labels).loss) * (len(ids) - start)
        count += len(ids) - start
    assert other.perplexity.base == pytest.approx(math.exp(total / count), rel=1e-4)
    assert (other.perplexity.texts, other.perplexity.tokens) == (4, count)
    assert other.perplexity.tuned != pytest.approx(other.perplexity.base, rel=1e-3)
    assert repeat.perplexity.texts == 8

    for shown in (str(result), result._repr_mimebundle_()["text/html"]):
        for task in result.tasks:
            assert f"{task.name}: on the right answers of {task.perplexity.texts} test rows" in shown
    assert "from the test part of spelled" in result._repr_mimebundle_()["text/html"]
    stored = json.loads((run.path / "comparison.json").read_text())
    assert [task["name"] for task in stored["tasks"]] == ["tiny-data", "spelled"]


def test_rows_of_any_task_that_were_trained_on_are_left_out(run: Any) -> None:
    from datasets import Dataset

    everything = [*as_chat(tiny_rows(64)[:48]), *other_rows(16)[:10]]
    run.write_json("trained_rows.json", trained_on(Dataset.from_list(everything)))
    quiet = ftkit.compare(run.path, rows=1, max_new_tokens=2)
    assert not any("trained on" in note for note in quiet.notes), "both tasks' rows are the recipe's"

    run.write_json("trained_rows.json", trained_on(Dataset.from_list(everything + other_rows(16)[12:14])))
    result = ftkit.compare(run.path, rows=20, max_new_tokens=2)
    assert sum(pair.task == "spelled" for pair in result.pairs) == 2
    assert any("spelled: 2 test rows are left out" in note for note in result.notes)


def test_a_changed_file_of_any_task_is_said(run: Any, spelled: Path) -> None:
    assert not any("changed" in note for note in ftkit.compare(run.path, rows=1, max_new_tokens=2).notes)
    with (spelled / "test.jsonl").open("a") as file:
        file.write(json.dumps({"prompt": "new", "completion": "row"}) + "\n")
    assert any("changed" in note for note in ftkit.compare(run.path, rows=1, max_new_tokens=2).notes)


def test_a_task_whose_data_is_gone_does_not_silence_the_other(run: Any, spelled: Path) -> None:
    import shutil

    shutil.rmtree(spelled)
    result = ftkit.compare(run.path, rows=2, max_new_tokens=2)
    assert [pair.task for pair in result.pairs] == ["tiny-data"] * 2
    assert any(note.startswith("spelled: the test part could not be read") for note in result.notes)


def test_a_person_s_check_is_counted_for_each_task(run: Any) -> None:
    result = ftkit.compare(run.path, rows=1, max_new_tokens=2, check=lambda answer: True)
    assert [task.tuned_share for task in result.tasks] == [1.0, 1.0]
    assert result.tuned_share == 1.0


def test_a_task_s_name_is_text(
    tmp_path: Path, tiny_model_folder: Path, tiny_data: Path, spelled: Path
) -> None:
    also = [{"source": "spelled", "name": "<b>bold<b>"}]
    run = made_run("both-2", tmp_path, tiny_model_folder, tiny_data, task="multi-task", also=also)
    html = ftkit.compare(run.path, rows=1, max_new_tokens=2)._repr_mimebundle_()["text/html"]
    assert "<b>bold" not in html
    assert "&lt;b&gt;bold" in html


def test_answers_are_read_where_learning_starts_and_behind_a_soft_prompt(tiny_model_folder: Path) -> None:
    from peft import PromptTuningConfig, get_peft_model

    tokenizer = AutoTokenizer.from_pretrained(tiny_model_folder)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype=torch.float32)
    model = get_peft_model(model, PromptTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM")).eval()
    known = answered(tokenizer, "spelled", other_rows(2))
    assert known.begins is not None
    total = count = 0.0
    for ids, start in zip(known.ids, known.begins, strict=True):
        labels = torch.tensor([[-100] * start + ids[start:]])
        with torch.no_grad():
            total += float(model(input_ids=torch.tensor([ids]), labels=labels).loss) * (len(ids) - start)
        count += len(ids) - start
    found = perplexity(model, known.ids, lambda done: None, known.begins)
    assert found == pytest.approx(math.exp(total / count), rel=1e-4)
