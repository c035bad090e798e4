"""Of few evaluations that only rose there is no verdict, but the sentence says what they did."""

from __future__ import annotations

import pytest

from ftkit.diagnosis import diagnose
from ftkit.runfolder import History
from tests.diagnosis.made_up import healthy, history

FROM_THE_BASE = "But the evaluation loss has only risen, from the base model on: no model of this run is better than the base."
SINCE_10 = "But the evaluation loss has only risen since step 10: the model of that step is the one to keep."


def few(*losses: float, base: float | None = None, **more) -> History:
    made = History(total_steps=10 * len(losses), **more)
    made.eval = [(10 * number, loss) for number, loss in enumerate(losses, 1)]
    if base is not None:
        made.eval.insert(0, (0, base))
    made.train = [(step, 2.0 - step / 40) for step in range(1, 10 * len(losses) + 1)]
    return made


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (few(1.5, 1.6, 1.8), SINCE_10),
        (few(1.5, 1.6, 1.8, 1.9), SINCE_10),
        (few(1.5, 1.6, 1.8, base=2.0), SINCE_10),
        (few(1.5, 1.6, base=1.2), FROM_THE_BASE),
        (few(1.5, 1.6, 1.8, base=1.2), FROM_THE_BASE),
    ],
)
def test_it_is_said_and_stays_no_verdict(made, said):
    found = diagnose(made, ended=True)
    assert found.verdict == "not-enough-evidence"
    assert found.confidence == 0
    assert found.sentence == f"I cannot tell. {found.findings[0].sentence} {said}"
    assert found.findings[0].code == "FT002"


@pytest.mark.parametrize(
    "made",
    [
        few(1.5, 1.6),  # one rise
        few(1.5, 1.6, base=2.0),
        few(1.5, 1.4, 1.8),  # a fall
        few(1.5, 1.6, 1.6),  # no rise
        few(1.500, 1.501, 1.502),  # one not worth a word
        few(1.5, 1.4, 1.3),
        few(1.8, 1.5, 1.6, 1.7),  # it fell first, and not from the base
    ],
)
def test_it_is_not_said_where_it_did_not_rise_throughout(made):
    assert "But" not in diagnose(made, ended=True).sentence


def test_while_a_run_goes_on_that_is_so_so_far():
    made = few(1.5, 1.6, 1.8)
    made.total_steps = 40
    sentence = diagnose(made).sentence
    assert sentence.startswith("I cannot tell yet.")
    assert sentence.endswith(
        "has only risen so far since step 10: the model of that step is the one to keep."
    )


def test_it_is_not_said_where_the_answers_got_better_meanwhile():
    made = few(1.5, 1.6, 1.8)
    made.rows = [
        {"step": step, "eval_loss": loss, "eval_accuracy": 0.5 + step / 100} for step, loss in made.eval
    ]
    assert "But" not in diagnose(made, ended=True).sentence


def test_it_is_not_said_where_there_are_enough_evaluations_or_another_reason():
    assert "But" not in diagnose(history(healthy, evaluations=60, steps=120, done=0.15)).sentence
    assert "But" not in diagnose(few(-1.5, -1.4, -1.2), ended=True).sentence  # no losses
