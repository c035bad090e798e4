"""What a task logs besides the loss: each with its sentence, live and in the picture that stays."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ftkit.live import static_figure
from ftkit.live.metrics import panels
from ftkit.live.wording import SHADE_NOTE
from ftkit.runfolder import History
from ftkit.tasks import TASKS, Metric
from tests.diagnosis.made_up import healthy, history
from tests.live.test_live_view import clock, running, shown

__all__ = ["clock", "shown"]

DPO = TASKS["dpo"].metrics


def preferences() -> History:
    """A run that logs two of the three metrics of DPO, in training and in evaluations."""
    made = history(healthy)
    for step in range(1, 61):
        made.add({"step": step, "loss": 0.6, "rewards/accuracies": step / 60, "rewards/margins": "NaN"})
        if step % 10 == 0:
            made.add({"step": step, "eval_loss": 0.6, "eval_rewards/accuracies": 0.5 + step / 200})
    return made


def test_only_what_was_logged_is_offered_in_the_order_of_the_task():
    found = panels(preferences(), DPO)
    assert [panel.label for panel in found] == ["better answer preferred", "margin"]
    first = found[0]
    assert first.note == f"{DPO[0].reading} Higher is better."
    training, evaluation = first.traces
    assert training["x"].tolist() == list(range(1, 61))
    assert evaluation["y"].tolist() == [0.55, 0.6, 0.65, 0.7, 0.75, 0.8]
    assert first.picture == (
        "Chart of better answer preferred: in training from 0.0167 to 1, in evaluations from 0.55 to 0.8."
    )
    assert np.isnan(found[1].traces[0]["y"]).all()
    assert panels(History(), DPO) == []


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_says_how_to_read_what_it_logs(task):
    for metric in task.metrics:
        rows = [
            {"step": 1, "loss": 1.0, metric.key: 0.5},
            {"step": 1, "eval_loss": 1.0, f"eval_{metric.key}": 0.25},
        ]
        made = History.from_rows(rows)
        if made.measure.name == metric.key:
            assert panels(made, [metric]) == []
            continue
        (panel,) = panels(made, [metric])
        assert panel.note.startswith(metric.reading)
        assert ("better" in panel.note.lower().rpartition(". ")[2]) == bool(metric.better)
        assert [trace["y"].tolist() for trace in panel.traces] == [[0.5], [0.25]]
    assert len({metric.label for metric in task.metrics} | {"loss"}) == len(task.metrics) + 1


def test_the_live_chart_gets_all_of_them_so_that_a_click_needs_no_kernel(shown, clock):
    view, chart = running(shown, metrics=DPO)
    view.update(preferences(), {})
    found = chart.get_state()["panels"]
    assert [panel["label"] for panel in found] == ["better answer preferred", "margin"]
    curve = found[0]["traces"][1]
    assert np.frombuffer(curve["x"], dtype=np.float32).tolist() == [10, 20, 30, 40, 50, 60]
    assert found[0]["axes"]["yaxis"]["title"]["text"] == "better answer preferred"
    assert found[0]["note"] == f"{DPO[0].reading} Higher is better."
    view.freeze(preferences())
    bundle = next(item for item, _ in shown[1:] if isinstance(item, dict))
    assert "updatemenus" in bundle["application/vnd.plotly.v1+json"]["layout"]


def test_the_picture_that_stays_has_a_button_for_each_and_its_sentence():
    figure = static_figure(preferences(), metrics=DPO)
    json.dumps(figure, allow_nan=False)
    (menu,) = figure["layout"]["updatemenus"]
    assert [button["label"] for button in menu["buttons"]] == ["loss", "better answer preferred", "margin"]
    count = len(figure["data"])
    names = [trace["name"] for trace in figure["data"]]
    first = [trace.get("visible", True) for trace in figure["data"]]
    masks = [button["args"][0]["visible"] for button in menu["buttons"]]
    assert masks[0] == first
    assert [sum(column) for column in zip(*masks, strict=True)] == [1] * count
    accuracy = menu["buttons"][1]["args"]
    assert [name for name, seen in zip(names, accuracy[0]["visible"], strict=True) if seen] == [
        "in training",
        "in evaluations",
    ]
    changes = accuracy[1]
    assert changes["yaxis.title.text"] == "better answer preferred"
    assert changes["shapes"] == []
    (said,) = changes["annotations"]
    assert said["text"].replace("<br>", " ") == f"{DPO[0].reading} Higher is better."
    # The way back to the loss brings its lines, its marks and the learning rate's axis.
    back = menu["buttons"][0]["args"][1]
    assert back["shapes"] == figure["layout"]["shapes"]
    assert back["annotations"] == figure["layout"]["annotations"]
    assert back["yaxis.domain"] == figure["layout"]["yaxis"]["domain"]
    assert (back["yaxis2.visible"], changes["yaxis2.visible"]) == (True, False)


def test_without_metrics_the_picture_is_as_it_was():
    assert "updatemenus" not in static_figure(history(healthy), metrics=DPO)["layout"]


def test_many_names_become_a_list_that_opens():
    metrics = [Metric(f"m{n}", f"a rather long name {n}", "Read it.") for n in range(6)]
    made = History.from_rows([{"step": 1} | {metric.key: 1.0 for metric in metrics}])
    (menu,) = static_figure(made, metrics=metrics)["layout"]["updatemenus"]
    assert menu["type"] == "dropdown"


def test_the_picture_with_metrics_stays_small():
    made = History(train=[(step, 2.0) for step in range(40_000)])
    for step in range(40_000):
        made.rows.append({"step": step, **{metric.key: 0.123456 for metric in DPO}})
    assert len(json.dumps(static_figure(made, metrics=DPO))) < 66_000


def test_a_run_without_recipe_goes_by_the_class_of_its_trainer():
    from ftkit.training.actual import task_of

    mine = type("Mine", (type("DPOTrainer", (), {}),), {})
    assert task_of(mine(), None) is TASKS["dpo"]
    assert task_of(object(), None) is None


def test_a_loss_that_is_not_that_of_words_has_a_sentence_of_its_own(shown, clock):
    note = TASKS["dpo"].loss_reading
    assert "0.693" in note
    view, chart = running(shown, metrics=DPO, loss_note=note)
    assert chart.note == note
    view.freeze(preferences())
    bundle = next(item for item, _ in shown[1:] if isinstance(item, dict))
    said = bundle["application/vnd.plotly.v1+json"]["layout"]["annotations"][-1]["text"]
    assert said.replace("<br>", " ") == f"{note} {SHADE_NOTE}"


def test_a_run_that_learns_from_rewards_begins_with_its_reward(shown, clock):
    metrics = TASKS["grpo"].metrics
    made = History.from_rows(
        [{"step": n, "loss": 0.0, "reward": n / 10, "kl": 0.1, "eval_reward": n / 10} for n in range(1, 6)]
    )
    view, chart = running(shown, metrics=metrics, loss_note=TASKS["grpo"].loss_reading)
    view.update(made, {})
    state = chart.get_state()
    assert state["measure"] == "reward"
    assert state["note"].startswith("The reward says")
    assert "reward" not in [panel["label"] for panel in state["panels"]]
    (menu,) = static_figure(made, metrics=metrics)["layout"]["updatemenus"]
    assert menu["buttons"][0]["label"] == "reward"


def test_the_gradient_norm_is_a_tab_of_the_live_chart_only(shown, clock):
    view, chart = running(shown)
    made = history(healthy)
    for step, norm in made.grad_norm:
        made.rows.append({"step": step, "grad_norm": norm})
    view.update(made, {})
    (panel,) = chart.get_state()["panels"]
    assert (panel["label"], panel["note"][:17]) == ("gradient norm", "The gradient norm")
    assert "updatemenus" not in static_figure(made)["layout"]
