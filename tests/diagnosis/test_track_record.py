"""The figures beside a verdict: those that were measured, in words, and only where the test runs say something."""

import json
from html import escape
from pathlib import Path

import pytest

from benchmarks.histories.page import PAGE, page
from benchmarks.histories.score import BESIDE_THE_VERDICT, VERDICTS, beside_the_verdict, changed
from benchmarks.pairs import RESULTS
from ftkit.diagnosis import diagnose
from ftkit.diagnosis.track_record import in_words, track_record
from ftkit.live.verdict import headline_html
from tests.diagnosis.made_up import by_heart, healthy, history, overfit

MEASURED = json.loads((RESULTS / "histories.json").read_text("utf-8"))


def test_the_figures_beside_the_verdict_are_the_measured_ones():
    shipped = json.loads(Path(BESIDE_THE_VERDICT).read_text("utf-8"))
    assert shipped == beside_the_verdict(MEASURED, shipped["measured"])


def test_the_page_is_what_was_measured():
    assert PAGE.read_text("utf-8") == page(), "python -m benchmarks.histories.page"


def test_the_test_runs_are_those_whose_hashes_were_committed():
    assert changed() == MEASURED["changed_since_pinned"] == []


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_record_that_adds_up(verdict):
    record = track_record(verdict)
    assert 0 <= record["right"] <= record["said"]
    starter = record["starter"]
    if verdict != "not-enough-evidence":
        assert f"{starter['right']} of {starter['runs']}" in in_words(record)


def test_it_says_what_was_true_where_the_verdict_was_not():
    starter = {"right": 1, "runs": 2}
    wrong = {"right": 3, "said": 9, "else": "underfitting", "starter": starter}
    assert "this verdict was right 3 of 9 times" in in_words(wrong)
    assert "the other times it was mostly underfitting" in in_words(wrong)
    assert "other times" not in in_words(wrong | {"right": 9, "else": None})


def test_it_says_where_a_run_is_longer_than_those_it_is_about():
    assert "this one more" in in_words(track_record("overfitting", epochs=8))
    assert "this one more" not in in_words(track_record("overfitting", epochs=5))
    assert "this one more" not in in_words(track_record("overfitting"))


def test_it_is_left_out_where_nothing_was_evaluated():
    """That a verdict takes an evaluation is true of every run: no figure says anything beside it."""
    made = history(healthy)
    made.eval, made.evaluations = [], {}
    found = diagnose(made)
    assert found.verdict == "not-enough-evidence"
    assert found.track_record is None
    assert diagnose(history(healthy, evaluations=3)).track_record == track_record("not-enough-evidence", 2.0)


def test_it_stands_beside_the_verdict():
    found = diagnose(history(overfit, by_heart))
    assert found.to_json()["track_record"] == track_record("overfitting")
    assert in_words(found.track_record) in found.text()
    assert escape(in_words(found.track_record)) in headline_html(found)


def test_it_says_nothing_about_a_run_that_goes_on_or_learns_from_rewards():
    assert diagnose(history(healthy, done=0.5)).track_record is None
    rewarded = history(healthy)
    rewarded.eval_reward = [(step, 1.0) for step, _ in rewarded.eval]
    assert diagnose(rewarded).track_record is None


@pytest.mark.parametrize("said", [0, 9])
@pytest.mark.parametrize("epochs", [2, 8])
def test_it_is_said_in_short_sentences_that_need_no_brackets(said, epochs):
    record = track_record("healthy", epochs) | {"said": said, "else": "underfitting"}
    words = in_words(record)
    assert "(" not in words
    right, runs = record["starter"]["right"], record["starter"]["runs"]
    assert f"On SmolLM2 alone {right} of {runs} verdicts of any kind were right." in words
    assert len(words) < 240
    assert all(sentence[0].isupper() for sentence in words.split(". "))


def test_that_it_cannot_tell_is_not_called_right():
    said = in_words(track_record("not-enough-evidence"))
    assert "did lack evidence" in said
    assert "right" not in said
