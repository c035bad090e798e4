"""The run before, drawn under the run that changed something: only where both were measured alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftkit.live import static_figure
from ftkit.live.before import Earlier, earlier_run
from ftkit.recipe import from_presets, recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.diagnosis.made_up import healthy, history
from tests.live.test_live_view import clock, running, shown

__all__ = ["clock", "shown"]


def made(root: Path, run: str, content: str = "same", rows: bool = True, **presets: object) -> RunFolder:
    folder = RunFolder(run, root)
    folder.write_recipe(recipe_to_yaml(from_presets(run=run, **presets)))
    folder.begin()
    folder.write_json("actual.json", {"data": {"eval": {"rows": 8, "content": content}}})
    lines = [f'{{"attempt": 1, "step": {step}, "eval_loss": {2 - step / 10}}}\n' for step in (0, 5, 10)]
    (folder.path / "metrics.jsonl").write_text("".join(lines) if rows else "")
    return folder


def test_the_parent_s_evaluations_are_found(tmp_path):
    made(tmp_path, "one-1")
    found = earlier_run(made(tmp_path, "one-2", parent="one-1"))
    assert found == Earlier("one-1", [(0, 2.0), (5, 1.5), (10, 1.0)])


@pytest.mark.parametrize("why", ["no parent", "gone", "other examples", "nothing measured", "no recipe"])
def test_nothing_is_drawn_where_nothing_could_be_compared(tmp_path, why):
    if why != "gone":
        made(
            tmp_path, "one-1", "other" if why == "other examples" else "same", rows=why != "nothing measured"
        )
    run = made(tmp_path, "one-2", **({} if why == "no parent" else {"parent": "one-1"}))
    if why == "no recipe":
        (run.path / "recipe.yaml").unlink()
    assert earlier_run(run) is None


def test_live_and_in_the_picture_that_stays(shown, clock):
    view, chart = running(shown, before=Earlier("one-1", [(0, 2.0), (5, 1.5)]))
    view.update(history(healthy), {})
    assert "evaluation of one-1" in [trace["name"] for trace in chart.get_state()["traces"]]
    figure = static_figure(history(healthy), before=Earlier("one-1", [(0, 2.0), (5, 1.5)]))
    curve = next(trace for trace in figure["data"] if trace["meta"] == "before")
    assert (curve["x"], curve["y"]) == ([0, 5], [2.0, 1.5])
    assert "before" not in [trace.get("meta") for trace in static_figure(history(healthy))["data"]]


def test_the_whole_run_before_is_seen_where_it_was_longer(shown, clock):
    before = Earlier("one-1", [(0, 2.0), (60, 1.5), (200, 3.0)])
    view, chart = running(shown, before=before)
    view.update(history(healthy), {})
    figure = static_figure(history(healthy), before=before)
    for axes in (chart.get_state()["axes"], figure["layout"]):
        assert axes["xaxis"]["range"][1] > 200


def test_other_metrics_keep_the_steps_of_their_own_run():
    made = history(healthy)
    made.add({"step": made.last_step, "mean_token_accuracy": 0.5})
    figure = static_figure(made, None, TASKS["sft"].metrics, before=Earlier("one-1", [(0, 2.0), (200, 3.0)]))
    (menu,) = figure["layout"]["updatemenus"]
    losses, accuracy = (button["args"][1]["xaxis.range"][1] for button in menu["buttons"])
    assert accuracy < 1.1 * made.last_step < 200 < losses
