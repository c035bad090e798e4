"""A healthy run's sentence, in words that need no lesson first; and that what it suggests is optional."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from ftkit.diagnosis import diagnose
from tests.diagnosis.made_up import healthy, history, still_falling
from tests.diagnosis.test_diagnosis_verdict import RECIPE

PAGE = Path(__file__).parents[2] / "docs" / "diagnosis.md"


def slowing(by):
    """Nearly at rest: by its end it still falls a little."""
    return {
        "train": [[10 * n, 1 + 2 * math.exp(-by * n)] for n in range(1, 13)],
        "eval": [[10 * n, 1.2 + 2 * math.exp(-by * n)] for n in range(13)],
        "learning_rate": [[10 * n, 1e-4] for n in range(1, 13)],
    }


@pytest.mark.parametrize(("by", "more"), [(0.4, False), (0.3, True)])
def test_what_came_late_is_said_in_plain_words(by, more):
    said = diagnose(slowing(by))
    assert said.verdict == "healthy"
    share, since = map(int, re.findall(r"(\d+) % of that fall came after step (\d+)", said.sentence)[0])
    steps, losses = zip(*slowing(by)["eval"], strict=True)
    there = np.interp(since, steps, losses)
    assert share == round(100 * (there - losses[-1]) / (losses[0] - losses[-1]))
    assert ("a longer run may bring" in said.sentence) is more
    assert "third" not in said.sentence


def test_what_a_run_that_was_still_falling_gained_late_can_be_read_off_its_chart():
    """Also where the rate fell to zero: the last third of the learning is then more than that of the steps."""
    rates = [[step, 1e-3 * (1 + math.cos(math.pi * step / 120)) / 2] for step in range(1, 121)]
    curve = [
        [step, 1 + 2 * math.exp(-0.015 * sum(rate for at, rate in rates if at <= step) / 1e-3)]
        for step in range(0, 121, 4)
    ]
    made = {"train": curve[1:], "eval": curve, "learning_rate": rates}
    said = diagnose(made)
    assert said.verdict == "underfitting"
    (finding,) = [item for item in said.findings if item.code == "FT109"]
    since, fell, share = map(
        float, re.findall(r"After step ([\d.]+) .* fell by ([\d.]+), which is (\d+) %", finding.sentence)[0]
    )
    assert 36 <= since <= 52
    losses = dict(curve)
    near = max(step for step in losses if step <= since)
    assert losses[near + 4] - curve[-1][1] < fell < losses[near] - curve[-1][1]
    assert share == round(100 * fell / (curve[0][1] - curve[-1][1]))


def test_a_drop_at_a_cut_of_the_rate_is_no_part_of_the_fall_that_is_told():
    """The rate stands still, is cut, and stands still: what came late is told of a stretch in which the loss fell by that much."""
    rates = [[step, 1e-3 if step <= 100 else 1e-4] for step in range(1, 121)]
    curve = [[step, 3 - 0.01 * step - (1.0 if step > 100 else 0.0)] for step in range(0, 121, 4)]
    said = diagnose({"train": curve[1:], "eval": curve, "learning_rate": rates})
    told = " ".join([said.sentence, *(item.sentence for item in said.findings)])
    spans = re.findall(r"etween steps (\d+) and (\d+) the evaluation loss still fell by ([\d.]+)", told)
    assert spans
    losses = dict(curve)
    for since, until, fell in spans:
        first, last = (min(losses, key=lambda step, at=at: abs(step - float(at))) for at in (since, until))
        assert float(fell) == pytest.approx(losses[first] - losses[last], abs=0.06)


def test_what_follows_a_healthy_verdict_is_called_optional_here_and_on_the_page():
    said = diagnose(history(healthy), RECIPE)
    assert said.opening == "Nothing has to change. If you like, an optional next experiment"
    assert diagnose(history(still_falling), RECIPE).opening == "What to change next"
    (row,) = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| healthy |")]
    assert "optional next experiment" in row
    assert "nothing has to change" in row
