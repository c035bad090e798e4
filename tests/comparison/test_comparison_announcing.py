"""What a comparison says of its own work."""

from __future__ import annotations

import pytest

from ftkit.comparison import announcing
from ftkit.comparison.announcing import Announcer


@pytest.fixture
def said(monkeypatch):
    lines, now = [], [0.0]
    monkeypatch.setattr(announcing.ProgressLine, "say", lambda self, text, **_: lines.append(text))
    monkeypatch.setattr(announcing.time, "monotonic", lambda: now[0])
    return lines, now


def test_the_time_left_is_that_of_both_models(said):
    lines, now = said
    announcer = Announcer(3)
    base = announcer.answers("base")
    for done in (1, 2, 3):
        now[0] += 10
        base(done)
    # The other model is loaded meanwhile: that is no part of an answer.
    now[0] += 500
    tuned = announcer.answers("tuned")
    for done in (1, 2, 3):
        now[0] += 10
        tuned(done)
    assert lines == [
        "The base model answers …",
        "The base model answers: 1 of 3, about 50 s left until both have answered",
        "The base model answers: 2 of 3, about 40 s left until both have answered",
        "The base model answers: 3 of 3, about 30 s left until both have answered",
        "The tuned model answers …",
        "The tuned model answers: 1 of 3, about 20 s left",
        "The tuned model answers: 2 of 3, about 10 s left",
        "The tuned model answers: 3 of 3",
    ]


def test_what_is_read_twice_takes_twice_as_long(said):
    lines, now = said
    announcer = Announcer(1)
    for side, more in (("tuned", 1), ("earlier", 0)):
        tell = announcer.reads(side, 2, "reads the test rows", more)
        for done in (1, 2):
            now[0] += 30
            tell(done)
    assert lines == [
        "The tuned model reads the test rows: 1 of 2, about 2 min left until both have read them",
        "The tuned model reads the test rows: 2 of 2, about 1 min left until both have read them",
        "The earlier model reads the test rows: 1 of 2, about 30 s left",
        "The earlier model reads the test rows: 2 of 2",
    ]
