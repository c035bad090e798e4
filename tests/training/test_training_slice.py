"""The slice of training rows that is evaluated like the held-out ones, beside a training that does not notice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ftkit
from ftkit.runfolder import History
from ftkit.training import train_slice
from ftkit.training.per_example import conversation_of, row_name
from tests.training.made_trainer import TRAIN, losses, make_trainer, rows


@pytest.mark.parametrize(
    ("steps", "batch", "eval_steps"),
    [(64, 8, 6), (40, 8, 5), (1000, 16, 50), (10**6, 32, 1000), (300, 4, 300)],
)
def test_the_slice_takes_at_most_its_share(steps, batch, eval_steps):
    size, due = train_slice.plan(steps, batch, eval_steps, 10**6)
    if not size:
        assert steps * batch < 450
        return
    assert size * len(due) <= train_slice.SHARE * train_slice.STEP_COSTS * steps * batch
    assert due[0] == 0
    assert due[-1] == steps // eval_steps * eval_steps
    assert all(step % eval_steps == 0 for step in due)
    assert train_slice.FEWEST_ROWS <= size <= train_slice.MOST_ROWS


def test_a_short_run_has_none():
    assert train_slice.plan(8, 4, 2, 100) == (0, ())
    assert train_slice.plan(1000, 8, 0, 100) == (0, ())


@pytest.fixture(scope="module")
def two_runs(tiny_model_folder, tmp_path_factory):
    """The same training with a slice and without."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("slice")
        patch.chdir(folder)
        found = {}
        for name, share in (("with", 1.0), ("without", 0.0)):
            patch.setattr(train_slice, "SHARE", share)
            trainer = make_trainer(tiny_model_folder, name)
            ftkit.follow(trainer, run=name)
            trainer.train()
            found[name] = losses(trainer)
        slice_rows = [TRAIN[round(k * 31 / 11)] for k in range(12)]
        reference = make_trainer(tiny_model_folder, "reference")
        prepared = reference.train_dataset.select([round(k * 31 / 11) for k in range(12)])
        found["at_start"] = reference.evaluate(prepared)["eval_loss"]
        found["rows"] = {row_name(row) for row in slice_rows}
        yield folder, found


@pytest.fixture
def at(two_runs, monkeypatch):
    monkeypatch.chdir(two_runs[0])
    return two_runs[1]


def test_the_training_does_not_notice(at):
    assert at["with"] == at["without"]
    lines = {
        name: Path("ftkit-runs", name, "metrics.jsonl").read_text().splitlines()
        for name in ("with", "without")
    }
    kept = [line for line in lines["with"] if "train_slice_loss" not in json.loads(line)]
    assert kept == lines["without"]
    assert len(lines["with"]) == len(kept) + 5


def test_it_is_measured_as_an_evaluation_of_these_rows_would_be(at):
    history = History.from_run("with")
    assert [step for step, _ in history.train_slice] == [0, 2, 4, 6, 8]
    assert history.train_slice[0][1] == pytest.approx(at["at_start"], rel=1e-6)
    assert history.train_slice[-1][1] < history.train_slice[0][1]
    assert all(set(found) == at["rows"] for found in history.train_slice_evaluations.values())
    assert not History.from_run("without").train_slice


def test_held_out_rows_stay_apart_from_it(at):
    one, other = History.from_run("with"), History.from_run("without")
    assert one.evaluations == other.evaluations
    assert not any("train_slice_loss" in row for row in rows("without", "evaluations.jsonl"))


def test_rows_of_one_conversation_share_its_opening():
    def row(*said: tuple[str, str]) -> dict:
        return {"prompt": [{"role": role, "content": content} for role, content in said]}

    first = row(("user", "What is tar?"))
    later = row(("user", "what is tar"), ("assistant", "Sticky."), ("user", "And pitch?"))
    assert conversation_of(first) == conversation_of(later) != ""
    assert conversation_of(row(("user", "Who are you?"))) != conversation_of(first)
    assert conversation_of({"text": "no messages"}) == ""
