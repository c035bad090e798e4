"""A healthy run's sentence, in words that need no lesson first; and that what it suggests is optional."""

from __future__ import annotations

import math
from pathlib import Path

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
    assert "of that fall came late in the run" in said.sentence
    assert ("a longer run may bring" in said.sentence) is more
    assert "third" not in said.sentence


def test_so_is_what_a_run_that_was_still_falling_gained_late():
    said = diagnose(history(still_falling), RECIPE)
    assert "Late in the run" in next(item.sentence for item in said.findings if item.code == "FT109")
    assert "(a step" not in said.sentence


def test_what_follows_a_healthy_verdict_is_called_optional_here_and_on_the_page():
    said = diagnose(history(healthy), RECIPE)
    assert said.opening == "Nothing has to change. If you like, an optional next experiment"
    assert diagnose(history(still_falling), RECIPE).opening == "What to change next"
    (row,) = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| healthy |")]
    assert "optional next experiment" in row
    assert "nothing has to change" in row
