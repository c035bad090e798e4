"""Did the change help? Judged on the test part, by losses that are those of the two runs and of nobody else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from ftkit.comparison import compare
from ftkit.comparison.helped import Helped
from ftkit.comparison.result import Comparison
from ftkit.comparison.view import as_html
from ftkit.comparison.weights import Sides
from ftkit.runfolder import RunFolder
from tests.comparison.made_run import made_run


@pytest.fixture
def two(tmp_path: Path, tiny_model_folder: Path, tiny_data: Path) -> tuple[RunFolder, RunFolder]:
    """A run, and the one after it."""
    first = made_run("one-1", tmp_path, tiny_model_folder, tiny_data, push=0.2)
    second = made_run("one-2", tmp_path, tiny_model_folder, tiny_data, push=0.02, parent="one-1")
    return first, second


def own_loss(run: RunFolder, rows: list[dict[str, Any]]) -> float:
    """The mean loss per answer token, as the model itself reckons it with the labels of the training."""
    tokenizer = AutoTokenizer.from_pretrained(run.adapter)
    total, count = 0.0, 0
    with Sides(run).tuned() as model, torch.no_grad():
        for row in rows:
            asked = [{"role": "user", "content": row["prompt"]}]
            whole = [*asked, {"role": "assistant", "content": row["answer"]}]
            start = len(
                tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_dict=True)[
                    "input_ids"
                ]
            )
            ids = torch.tensor([tokenizer.apply_chat_template(whole, return_dict=True)["input_ids"]])
            labels = ids.clone()
            labels[:, :start] = -100
            number = int((labels[:, 1:] != -100).sum())
            total += float(model(input_ids=ids, labels=labels).loss) * number
            count += number
    return total / count


def test_both_losses_are_the_runs_own_on_the_test_part(two, tiny_data):
    first, second = two
    found = compare(second.path, rows=1, before="one-1", max_new_tokens=2)
    rows = [json.loads(line) for line in (tiny_data / "test.jsonl").read_text().splitlines()]
    helped = found.helped
    assert (helped.run, helped.before, helped.rows) == ("one-2", "one-1", len(rows))
    assert helped.loss == pytest.approx(own_loss(second, rows), abs=1e-4)
    assert helped.loss_before == pytest.approx(own_loss(first, rows), abs=1e-4)
    assert helped.difference == pytest.approx(helped.loss - helped.loss_before, abs=1e-9)
    assert helped.low < helped.difference < helped.high
    assert helped.sentence in str(found)
    assert json.loads((second.path / "comparison.json").read_text())["helped"]["rows"] == len(rows)


def test_the_same_weights_are_told_apart_by_nobody(two):
    shutil.copytree(two[0].path, two[0].path.with_name("same-1"))
    helped = compare(two[0].path, rows=1, before="same-1", max_new_tokens=2).helped
    assert (helped.difference, helped.verdict) == (0.0, "unclear")
    assert "cannot be told" in helped.sentence


def test_an_earlier_run_that_is_not_itself_is_not_held_against_anybody(two):
    first, second = two
    file = first.adapter / "adapter_model.safetensors"
    save_file({name: weight * 3 for name, weight in load_file(file).items()}, file)
    found = compare(second.path, rows=1, before="one-1", max_new_tokens=2)
    assert found.helped is None
    assert any("'one-1' is not what it was" in note for note in found.notes)


def test_rows_that_the_earlier_run_was_trained_on_do_not_count(two, tiny_data):
    from ftkit.comparison.trained import question_id

    first, second = two
    line = json.loads((tiny_data / "test.jsonl").read_text().splitlines()[0])
    roles = (("prompt", "user", "prompt"), ("completion", "assistant", "answer"))
    row = {part: [{"role": role, "content": line[name]}] for part, role, name in roles}
    first.write_json("trained_rows.json", {"rows": [question_id(row)], "systems": [None]})
    assert compare(second.path, rows=1, before="one-1", max_new_tokens=2).helped.rows == 7


def test_what_cannot_be_told_is_a_note_and_the_answers_are_shown(two, tiny_data):
    _, second = two
    found = compare(second.path, rows=1, before="nowhere", max_new_tokens=2)
    assert found.helped is None
    assert "Whether the change helped cannot be told. The earlier run 'nowhere' is not here." in found.notes
    assert found.pairs
    lines = (tiny_data / "test.jsonl").read_text().splitlines()[:2]
    (tiny_data / "test.jsonl").write_text("\n".join(lines))
    found = compare(second.path, rows=1, before="one-1", max_new_tokens=2)
    assert any("only 2 test rows" in note for note in found.notes)


@pytest.mark.parametrize(
    ("low", "high", "word", "said"),
    [
        (-0.2, -0.1, "better", "Yes:"),
        (0.1, 0.2, "worse", "No, it got worse:"),
        (-0.1, 0.1, "unclear", "cannot be told"),
    ],
)
def test_the_answer_follows_from_the_interval(low, high, word, said):
    made = Helped("b-2", "b-1", 2.0, 2.0, (low + high) / 2, low, high, 40, 400)
    assert made.verdict == word
    assert said in made.sentence
    assert f"between {low:+.3f} and {high:+.3f}".replace("-", "−") in made.sentence


def test_the_answer_comes_first_with_both_losses_as_bars_and_escaped_names():
    helped = Helped("b<2>", "b<1>", 1.0, 2.0, -1.0, -1.2, -0.8, 40, 400, ("epochs 1 → 2", "<i>rate</i>"))
    shown = as_html(Comparison("b<2>", (), 0.0, 0.0, None, None, "", 80, 0.0, 42, helped=helped))
    assert "<b>Did the change help? Yes.</b> Changed: epochs 1 → 2; &lt;i&gt;rate&lt;/i&gt;." in shown
    assert "Loss on 40 test rows (lower is better)" in shown
    assert shown.index("b&lt;1&gt;</th>") < shown.index("width:60%") < shown.index("2.000")
    assert shown.index("b&lt;2&gt;</th>") < shown.index("width:30%") < shown.index("1.000")
    assert "between −1.200 and −0.800" in shown
    assert "<2>" not in shown
