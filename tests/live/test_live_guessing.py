"""``ftkit.guess``: the curve first, then an answer, then the verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ftkit
from ftkit.diagnosis import VERDICT_WORDS
from ftkit.errors import RunError
from ftkit.live.stored import PLOTLY_MIME
from ftkit.runfolder import RunFolder
from tests.live.test_live_view import shown

__all__ = ["shown"]

TURNED = (4.2, 3.0, 2.4, 2.2, 2.3, 2.6, 3.0, 3.4, 3.8)


@pytest.fixture
def overfitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run whose evaluation loss turned up while the training loss fell."""
    monkeypatch.chdir(tmp_path)
    run = RunFolder("<b>one</b>")
    run.begin()
    for step, loss in enumerate(TURNED):
        run.append_metrics({"attempt": 1, "step": step * 5, "eval_loss": loss})
        for more in range(1, 6):
            at = step * 5 + more
            run.append_metrics({"attempt": 1, "step": at, "loss": 4.0 * 0.93**at})
    run.set_state("finished", step=40)
    assert ftkit.diagnose(run).verdict == "overfitting"
    return run


def test_the_curve_gives_nothing_away_until_one_has_answered(overfitted, shown):
    asked = ftkit.guess(overfitted)
    asked._ipython_display_()
    (curve, first), (question, second), (buttons, _) = shown
    assert "verfitting" not in json.dumps([curve, question])
    assert [button.description for button in buttons.children] == list(VERDICT_WORDS.values())
    marks = curve[PLOTLY_MIME]["layout"]

    del shown[:]
    buttons.children[1].click()
    (curve, same), (answer, there) = shown
    assert (same, there) == (first, second)
    assert curve[PLOTLY_MIME]["layout"] != marks
    assert "You said: Underfitting. The verdict is another one" in answer["text/plain"]
    assert "Overfitting" in answer["text/html"]
    assert all(button.disabled for button in buttons.children)

    del shown[:]
    buttons.children[0].click()
    assert (asked.said, shown) == ("underfitting", [])


def test_an_answer_in_the_call_needs_no_click(overfitted, shown):
    asked = ftkit.guess("<b>one</b>", "overfitting")
    assert "You said: Overfitting. So does the verdict." in str(asked)
    asked._ipython_display_()
    assert len(shown) == 2
    assert "<b>one</b>" not in shown[1][0]["text/html"]


def test_what_cannot_be_guessed_is_said(overfitted):
    with pytest.raises(RunError, match="'good' is no verdict") as caught:
        ftkit.guess(overfitted, "good")
    assert "'healthy'" in str(caught.value)
    with pytest.raises(RunError, match=r"There is no run .*two"):
        ftkit.guess("two")
