"""A file that holds no history: what is wrong with it, what is expected, and where such a file lies."""

from __future__ import annotations

import json

import pytest

from ftkit.cli.runs import answer_diagnose
from ftkit.diagnosis import diagnose
from ftkit.errors import RunError

FILES = {
    "empty.json": (b"", "is empty"),
    "blank.json": (b" \n\n", "is empty"),
    "log.csv": (b"step,loss\n1,2.0\n", "is a table"),
    "log.tsv": (b"step\tloss\n1\t2.0\n", "is a table"),
    "text.txt": (b"Step 1: loss 2.0\n", "is no JSON"),
    "cut.json": (b'{"log_history": [\n{"step": 1,', "line 2"),
    "lines.jsonl": (b'{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n', "one line after another"),
    "model.safetensors": (b"\x80\x04\xff\xfe\x00\x9d", "is no text"),
    "nothing.json": (b"{}", "holds nothing"),
    "no-rows.json": (b"[]", "holds nothing"),
    "null.json": (b"null", "No history can be read from None"),
    "number.json": (b"5", "No history can be read from 5"),
    "other.json": (b'{"lr": 1}', 'has only ["lr"]'),
}


@pytest.mark.parametrize(("content", "told"), FILES.values(), ids=FILES)
def test_what_is_wrong_with_a_file_is_said_and_what_is_expected(content, told, tmp_path, request):
    path = tmp_path / request.node.callspec.id
    path.write_bytes(content)
    with pytest.raises(RunError) as refused:
        diagnose(path)
    words = str(refused.value)
    assert told in words
    assert "Expecting" not in words
    assert "codec" not in words
    for expected in ("trainer_state.json", "checkpoint-", "output_dir", '{"train": [[step, loss], …]'):
        assert expected in words
    assert words.count("Give ") == 1


def test_a_table_is_told_how_it_can_be_read(tmp_path):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "log.csv"
    rows = [f"{10 * n},{3 / n},{3.2 / n}" for n in range(1, 9)]
    path.write_text("\n".join(["step,loss,eval_loss", *rows]), encoding="utf-8")
    with pytest.raises(RunError, match="to_dict"):
        diagnose(path)
    assert diagnose(pandas.read_csv(path).to_dict("list")).numbers["evaluations"] == 8


LOSSES = [[10 * n, 3 / n] for n in range(1, 9)]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([[50, 1.4]], "eval has more than one value at step 50: the last one was used."),
        (
            [[50, 1.4], [20, 2.0]],
            "eval has more than one value at 2 steps, the first is step 20: the last one of each was used.",
        ),
    ],
)
def test_a_step_that_is_there_twice_is_a_remark(more, told):
    found = diagnose({"train": LOSSES, "eval": [*LOSSES, *more]})
    assert told in found.remarks
    assert told in found.text()
    assert found.numbers["evaluations"] == 8


def test_so_it_is_in_the_log_of_a_trainer():
    log = [{"step": step, "loss": loss} for step, loss in LOSSES]
    log += [{"step": step, "eval_loss": loss} for step, loss in LOSSES]
    assert not diagnose({"log_history": log}).remarks
    again = {"step": 50, "eval_loss": 1.4}
    assert (
        "eval_loss has more than one value at step 50" in diagnose({"log_history": [*log, again]}).remarks[0]
    )
    # The same value once more hides nothing.
    assert not diagnose({"log_history": [*log, log[-1]]}).remarks


def test_the_terminal_says_the_same(tmp_path):
    class Options:
        source = str(tmp_path / "x.json")

    (tmp_path / "x.json").write_text(
        json.dumps({"eval": [*LOSSES, [50, 1.4]], "train": LOSSES}), encoding="utf-8"
    )
    assert "more than one value at step 50" in answer_diagnose(Options).text
