"""What a page gets of a run that cannot have the live chart: a picture, drawn anew now and then."""

from __future__ import annotations

import pytest

from ftkit.live.view import NOTHING_HELD_OUT
from ftkit.runfolder import History, RunFolder
from ftkit.training import display


@pytest.fixture
def now(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(display.time, "monotonic", lambda: clock[0])
    return clock


@pytest.fixture
def sent(monkeypatch, tmp_path, now):
    """Makes a display of a training that is evaluated or not; and the histories that were drawn for the page."""
    pictures: list[History] = []

    class View:
        display_id = "one"

        def update(self, *_):
            pass

        def as_it_stands(self, history):
            pictures.append(history)
            return {}, "", ""

    def shown(evaluates):
        made = display.Notebook(
            RunFolder("one", tmp_path),
            total_steps=100,
            epochs=1.0,
            evaluates=evaluates,
            on_stop=lambda: None,
            on_sample=lambda _: None,
        )
        made._view = View()
        return made

    return shown, pictures


def grown(steps: int, evaluations: int = 0) -> History:
    made = History(total_steps=100)
    made.train = [(step, 2.0) for step in range(1, steps + 1)]
    made.eval = [(step, 2.0) for step in range(evaluations)]
    return made


def update(shown, history, wanted=1):
    shown.update(history, {"want_pictures": wanted}, None)


@pytest.mark.parametrize("base", [0, 1])
def test_without_evaluations_the_training_loss_goes_on_in_the_picture(sent, now, base):
    """Also where the base alone was measured."""
    make, pictures = sent
    shown = make(evaluates=False)
    update(shown, grown(3, base), wanted=0)
    assert not pictures, "no page asked"
    update(shown, grown(3, base))
    update(shown, grown(4, base))
    assert len(pictures) == 1, "too soon for another one"
    now[0] += display.PICTURE_EVERY
    update(shown, grown(4, base))
    now[0] += display.PICTURE_EVERY
    update(shown, grown(4, base))
    assert len(pictures) == 2, "nothing is new"
    update(shown, grown(5, base))
    assert [len(history.train) for history in pictures] == [3, 4, 5]
    update(shown, grown(5, base), wanted=2)
    assert len(pictures) == 4, "another page gets one at once"


def test_with_evaluations_each_gets_one_at_once_and_nothing_else_does(sent, now):
    make, pictures = sent
    shown = make(evaluates=True)
    for steps, evaluations in ((3, 1), (4, 1), (9, 1), (10, 2), (11, 3)):
        now[0] += display.PICTURE_EVERY
        update(shown, grown(steps, evaluations))
    now[0] -= display.PICTURE_EVERY
    update(shown, grown(12, 4))
    assert [len(history.eval) for history in pictures] == [1, 2, 3, 4]


def test_a_chart_that_fails_leaves_the_page_its_messages(sent, now, monkeypatch):
    make, _ = sent
    shown = make(evaluates=True)
    told: list[str] = []
    page = type("Page", (), {"training": lambda _, run, active, left, text, cell: told.append(text)})
    monkeypatch.setattr("ftkit.notebook.get_bridge", lambda: type("Bridge", (), {"page": page()}))
    shown._view.update = lambda *_: 1 / 0
    with pytest.warns(UserWarning, match="live chart of 'one' is switched off"):
        shown.update(grown(3, 1), {"seconds_left": 60}, None)
    now[0] += display.BANNER_EVERY
    shown.update(grown(4, 1), {"seconds_left": 60}, None)
    assert told == ["training, about 1 min left"] * 2


def test_a_training_that_is_never_evaluated_is_not_said_to_wait_for_it():
    from ftkit.live import LiveView

    assert LiveView("one", evaluates=False).as_it_stands(History())[1] == NOTHING_HELD_OUT
    assert "The verdict comes" in LiveView("one").as_it_stands(History())[1]
