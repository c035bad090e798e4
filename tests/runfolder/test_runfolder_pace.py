"""How long a step took: of the whole training, not of its last moments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftkit.runfolder import RunFolder
from ftkit.runfolder.pace import seconds_a_step


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "one-1")
    made.begin()
    return made


def timed(run: RunFolder, attempt: int, step: int, training: Any, pace: Any = 1.0) -> None:
    run.append_speed({"attempt": attempt, "step": step, "training": training, "steps_per_second": pace})


def test_it_is_the_whole_training_by_its_steps_and_not_the_latest_pace(run):
    timed(run, 1, 16, 30.0, 0.5)
    timed(run, 1, 32, 42.5, 1.09)
    assert seconds_a_step(run) == pytest.approx(42.5 / 32)


def test_of_a_resumed_run_what_was_trained_twice_counts_once(run):
    timed(run, 1, 10, 20.0)
    timed(run, 1, 14, 99.0)  # the next attempt went back behind these
    run.begin(from_step=10)
    timed(run, 2, 30, 20.0)
    assert seconds_a_step(run) == pytest.approx((20.0 + 20.0) / 30)


def test_an_attempt_that_ended_before_its_first_step_counts_for_nothing(run):
    timed(run, 1, 10, 20.0)
    run.begin(from_step=10)
    run.begin(from_step=10)
    timed(run, 3, 20, 10.0)
    assert seconds_a_step(run) == pytest.approx(1.5)


@pytest.mark.parametrize("training", [None, 0, "long", float("nan"), True])
def test_without_a_record_of_the_time_the_latest_pace_stands_in(run, training):
    timed(run, 1, 5, training, 0.25)
    timed(run, 1, 10, training, 0.5)
    assert seconds_a_step(run) == 2.0


def test_without_any_record_nothing_is_said(run):
    assert seconds_a_step(run) is None
    timed(run, 1, 0, None, None)
    assert seconds_a_step(run) is None
