import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from ftkit.diagnosis import Diagnosis, diagnose
from ftkit.live import LiveView
from ftkit.live import view as live_view
from ftkit.live.view import CalmVerdict
from ftkit.live.wording import SHADE_NOTE, numbers
from ftkit.runfolder import History
from tests.diagnosis.made_up import by_heart, healthy, history, overfit


@pytest.fixture
def shown(monkeypatch):
    """What was displayed: (bundle or object, display id)."""
    calls = []
    InteractiveShell.instance()
    monkeypatch.setattr(
        "IPython.display.display", lambda item, **more: calls.append((item, more.get("display_id")))
    )
    monkeypatch.setattr(
        "IPython.display.update_display", lambda item, **more: calls.append((item, more.get("display_id")))
    )
    yield calls
    InteractiveShell.clear_instance()


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(live_view.time, "monotonic", lambda: now[0])
    return now


def running(shown, **options):
    view = LiveView("pirate-1", total_steps=60, epochs=2.0, **options)
    view.show()
    return view, shown[0][0]


def test_pushes_at_most_four_times_a_second(shown, clock):
    view, chart = running(shown)
    pushes = []
    chart.observe(lambda change: pushes.append(clock[0]), "axes")
    for _ in range(100):
        clock[0] += 0.01
        made = history(healthy, seed=len(pushes))
        view.update(made, {"step": 3})
    assert 3 <= len(pushes) <= 4


def test_shows_the_numbers_of_the_run(shown, clock):
    view, chart = running(shown)
    status = {
        "step": 30,
        "epoch": 1.0,
        "steps_per_second": 0.25,
        "tokens_per_second": 151.2,
        "memory_bytes": 1.78e9,
        "seconds_left": 120,
    }
    view.update(history(healthy), status)
    found = dict(chart.numbers)
    assert found["step"] == "30 of 60"
    assert found["time left"] == "about 2 min"
    assert found["speed"] == "4 s a step"
    assert found["tokens"] == "151 a second"
    assert found["memory"] == "1.8 GB"
    assert "learning rate" in found
    assert "surprised" in chart.note


@pytest.mark.parametrize(
    ("steps", "words"),
    [(0.01, "100 s a step"), (0.3, "3.3 s a step"), (2.345, "2.3 steps/s"), (250.0, "250 steps/s")],
)
def test_the_speed_has_no_exponent(steps, words):
    assert dict(numbers(History(), {"steps_per_second": steps}, None, None))["speed"] == words


def test_the_shade_is_explained_while_there_is_one(shown, clock):
    view, chart = running(shown)
    assert SHADE_NOTE not in chart.note
    view.update(history(healthy), {})
    assert chart.note.endswith(SHADE_NOTE)
    view.update(history(healthy, per_row=False), {}, now=True)
    assert SHADE_NOTE not in chart.note


def test_curves_travel_as_float32_and_stay_as_traits(shown, clock):
    view, chart = running(shown)
    made = history(healthy)
    view.update(made, {})
    state = chart.get_state()
    losses = next(trace for trace in state["traces"] if trace["name"] == "evaluation loss")
    steps = np.frombuffer(losses["x"], dtype=np.float32)
    assert steps.tolist() == [float(step) for step, _ in made.eval]


def test_stop_and_sample_reach_the_training_only_while_it_runs(shown, clock):
    asked = []
    view, chart = running(shown, on_stop=lambda: asked.append("stop"), on_sample=asked.append)
    chart._handle_custom_msg({"op": "stop", "run": "pirate-1"}, [])
    chart._handle_custom_msg({"op": "sample", "run": "pirate-1", "prompt": "What is compost?"}, [])
    chart._handle_custom_msg("nonsense", [])
    assert asked == ["stop", "What is compost?"]
    view.freeze(history(healthy))
    view._on_message(chart, {"op": "stop"}, [])
    assert len(asked) == 2


def test_stopping_is_shown_at_once(shown, clock):
    view, chart = running(shown)
    view.update(history(healthy), {"state": "running"})
    view.update(history(healthy), {"state": "stopping"})
    assert chart.state == "stopping"


def test_answers_are_listed_as_text(shown, clock):
    view, chart = running(shown)
    view.add_sample(20, "<b>?", "<img src=x>")
    assert chart.samples == [{"step": 20, "prompt": "<b>?", "answer": "<img src=x>"}]


def test_an_answer_that_was_cut_at_the_limit_says_so_while_it_runs_and_afterwards(shown, clock):
    view, chart = running(shown)
    rows = [
        {"step": 20, "prompt": "a", "answer": "a long", "ended": False},
        {"step": 20, "prompt": "b", "answer": "a whole one", "ended": True},
        {"step": 20, "prompt": "c", "answer": "of an old run"},
    ]
    view.update(history(healthy), {"samples": rows})
    told = ["a long … (cut here)", "a whole one", "of an old run"]
    assert [sample["answer"] for sample in chart.samples] == told
    view.freeze(history(healthy))
    (answers,) = (bundle for bundle, display_id in shown[2:] if display_id is None)
    assert all(answer in answers["text/html"] for answer in told)


def test_the_end_leaves_a_picture_where_the_chart_was(shown, clock):
    view, chart = running(shown)
    made = history(overfit, by_heart)
    view.freeze(made, diagnose(made))
    view.freeze(made, diagnose(made))
    (_, first), (bundle, second), _ = shown
    assert first == second
    assert set(bundle) == {"application/vnd.plotly.v1+json", "text/plain"}
    assert "Overfitting" in bundle["text/plain"]
    assert "base model" in bundle["text/plain"]
    assert chart.comm is None
    view.update(made, {})  # too late, and harmless


def test_below_the_picture_stay_the_answers_and_the_verdict_as_escaped_text(shown, clock):
    view, _ = running(shown)
    view.add_sample(20, "<b>?", "<img src=x>")
    made = history(overfit, by_heart)
    view.freeze(made, diagnose(made))
    answers, verdict = (bundle for bundle, display_id in shown[2:] if display_id is None)
    assert "<img" not in answers["text/html"]
    assert "&lt;img src=x&gt;" in answers["text/html"]
    assert set(answers) == set(verdict) == {"text/html", "text/plain"}
    assert "Overfitting" in verdict["text/html"]


def test_without_a_chart_nothing_fails():
    view = LiveView("pirate-1")
    view.update(History(), {})
    view.add_sample(1, "a", "b")
    view.freeze(History())


def verdict(word):
    return Diagnosis(word, 0.5, 1, f"{word}.")


def test_the_verdict_does_not_flicker():
    calm = CalmVerdict()
    said = []
    for word in ("healthy", "overfitting", "healthy", "overfitting", "overfitting", "healthy", "unstable"):
        calm.hear(verdict(word))
        said.append(calm.shown.verdict)
    assert said == [
        "healthy",
        "healthy",
        "healthy",
        "healthy",
        "overfitting",
        "overfitting",
        "unstable",
    ]


def test_the_first_verdict_that_can_tell_is_shown_at_once():
    calm = CalmVerdict()
    for word in ("not-enough-evidence", "healthy"):
        calm.hear(verdict(word))
    assert calm.shown.verdict == "healthy"
    calm.hear(verdict("not-enough-evidence"))
    assert calm.shown.verdict == "healthy"


def test_where_no_verdict_will_come_none_is_promised(shown):
    view = LiveView("one", keeps_back=True)
    view.show()
    assert "kept back" in shown[-1][0].verdict["text"]
    assert "comes as soon as" not in shown[-1][0].verdict["text"]


def test_once_the_untouched_model_is_measured_nothing_says_that_it_will_be(shown, clock):
    view = LiveView("one", keeps_back=True)
    view.show()
    made = history(healthy)
    assert "untouched model is measured" in shown[-1][0].verdict["text"]
    assert "untouched model is measured" in view.as_it_stands(made.until(-1))[1]
    clock[0] += 1
    view.update(made, {}, None)
    assert "untouched model" not in shown[-1][0].verdict["text"] + view.as_it_stands(made)[1]
    assert "kept back" in shown[-1][0].verdict["text"]


def test_the_verdict_is_announced_in_words_without_numbers(shown, clock):
    view, chart = running(shown)
    made = history(healthy)
    view.update(made, {}, diagnose(made))
    assert chart.announced == "Verdict: healthy."
    assert chart.verdict == {"kind": "healthy", "text": diagnose(made).sentence}


def test_the_same_evaluation_does_not_count_twice(shown, clock):
    view, chart = running(shown)
    first, second = verdict("healthy"), verdict("overfitting")
    for heard in (first, second, second, second):
        clock[0] += 1
        view.update(history(healthy), {}, heard)
    assert chart.verdict["kind"] == "healthy"
