"""Several runs in one chart and one table, from run folders written by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.errors import RunError
from ftkit.live.several_view import COLOURS, DASHES, MARKS, figure, table
from ftkit.recipe import from_presets, recipe_to_yaml
from ftkit.runfolder import RunFolder

BASE = 4.2


def made(
    name: str,
    method: str = "lora",
    losses: tuple[float, ...] = (BASE, 3.0, 2.5),
    *,
    state: str = "finished",
    why: str = "",
    data: str = "abc",
    measure: str = "loss",
    **actual: Any,
) -> RunFolder:
    """A run as a training leaves it."""
    run = RunFolder(name)
    run.write_recipe(recipe_to_yaml(from_presets(run=name, method=method)))
    run.begin()
    for step, loss in enumerate(losses):
        run.append_metrics({"attempt": 1, "step": step * 5, f"eval_{measure}": loss})
        run.append_speed(
            {"attempt": 1, "step": step * 5, "steps_per_second": 0.5, "memory_peak": (step + 1) * 10**9}
        )
    model = {"trainable": 4_884_480, "parameters": 139_399_488}
    run.write_json("actual.json", {"model": model, "data": {"eval": {"rows": 8, "content": data}}, **actual})
    if losses:
        run.write_json("verdict.json", {"verdict": "healthy", "sentence": "Healthy."})
    run.set_state(state, why)
    return run


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_table_says_what_each_run_is_cost_and_gave() -> None:
    result = ftkit.side_by_side([made("a"), made("b", "ia3", (BASE, 4.0, 3.9))])
    first, second = result.runs
    assert (first.label, second.label) == ("LoRA", "IA3")
    assert (first.seconds_a_step, first.memory) == (2.0, 3 * 10**9)
    assert (first.best, second.best) == ((10, 2.5), (10, 3.9))
    shown = re.sub("<[^>]*>", "|", table(result))
    for text in ("4,884,480 (3.5 %)", "|2|", "3.0 GB", "2.500 at step 10", "Healthy", "had 4.200 before"):
        assert text in shown
    assert "LoRA. weights that train: 4,884,480 (3.5 %), seconds a step: 2, peak memory: 3.0 GB" in str(
        result
    )
    assert not result.notes


def test_a_step_is_timed_over_the_whole_training_and_not_by_its_last_moments() -> None:
    run = made("a")
    run.append_speed({"attempt": 1, "step": 32, "training": 42.5, "steps_per_second": 1.09})
    assert ftkit.side_by_side([run]).runs[0].seconds_a_step == pytest.approx(42.5 / 32)


def test_the_table_has_a_name_and_heads_for_rows_and_columns() -> None:
    shown = table(ftkit.side_by_side([made("a"), made("b", "full")]))
    assert shown.count('<th scope="col"') == 6
    assert shown.count('<th scope="row"') == 2
    assert "<table aria-label=" in shown


def test_a_table_too_wide_for_the_window_scrolls_and_the_sentence_above_it_does_not() -> None:
    sentence, scrolling = table(ftkit.side_by_side([made("a"), made("b", "full")])).split("<div ", 1)
    assert "2 runs side by side. Lower is better." in sentence
    assert scrolling.startswith('style="overflow-x:auto"')
    assert scrolling.index("<table") < scrolling.index("</table></div>")


def test_no_two_lines_of_the_chart_look_alike_and_the_base_is_one_line() -> None:
    methods = ("full", "freeze", "lora", "ia3", "prompt-tuning")
    drawn = figure(ftkit.side_by_side([made(method, method) for method in methods]))
    assert len(drawn["data"]) == 5
    looks = [(t["line"]["color"], t["line"]["dash"], t["marker"]["symbol"]) for t in drawn["data"]]
    for kind in zip(*looks, strict=True):
        assert len(set(kind)) == 5
    assert len(set(COLOURS)) == len(set(DASHES)) == len(set(MARKS)) == 6
    assert [line["y0"] for line in drawn["layout"]["shapes"]] == [BASE]
    assert drawn["data"][0]["x"] == [0, 5, 10]
    json.dumps(drawn, allow_nan=False)


def test_two_runs_of_one_technique_are_told_apart_by_their_names() -> None:
    result = ftkit.side_by_side(["a", made("b").path] if made("a") else [])
    assert [one.label for one in result.runs] == ["LoRA (a)", "LoRA (b)"]


def test_runs_measured_on_other_examples_are_said_not_to_compare() -> None:
    result = ftkit.side_by_side([made("a"), made("b", "full", data="other")])
    assert "not measured on the same examples" in result.notes[0]
    assert "not measured on the same examples" in table(result)


def test_a_run_whose_cell_was_changed_is_said_to_differ_from_its_recipe() -> None:
    changed = made("a", differences=[{"field": "method.r", "recipe": 16, "actual": 2}])
    assert "other settings than its recipe" in ftkit.side_by_side([changed]).notes[0]


def test_failed_and_empty_runs_stand_in_the_table_with_their_reason() -> None:
    runs = [
        made("a"),
        made("b", "full", (), state="failed", why="No memory <b>left</b>."),
        made("c", "ia3", (float("nan"),)),
    ]
    result = ftkit.side_by_side(runs)
    assert len(figure(result)["data"]) == 1
    shown = table(result)
    assert "failed: No memory &lt;b&gt;left&lt;/b&gt;." in shown
    assert "<b>left" not in shown
    assert result.runs[1].best is result.runs[2].best is None
    assert "Full fine-tuning" in str(result)
    alone = ftkit.side_by_side([runs[1]])
    assert figure(alone)["data"] == []
    assert str(alone).startswith("1 run side by side.")


def test_rewards_and_losses_do_not_share_a_chart() -> None:
    rewarded = made("b", losses=(0.1, 0.7, 0.6), measure="reward")
    assert ftkit.side_by_side([rewarded]).runs[0].best == (5, 0.7)
    with pytest.raises(RunError, match="one chart cannot hold both"):
        ftkit.side_by_side([made("a"), rewarded])


def test_what_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(RunError, match="'nobody', 'nowhere'"):
        ftkit.side_by_side(["nobody", made("a"), "nowhere"])
    with pytest.raises(RunError, match="No run was named"):
        ftkit.side_by_side([])


def test_jupyter_gets_the_chart_and_the_table_both_readable_without_a_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    ftkit.side_by_side([made("a")])._ipython_display_()
    chart, beside = shown
    assert set(chart) == {"application/vnd.plotly.v1+json", "text/plain"}
    assert set(beside) == {"text/html", "text/plain"}
    assert "<script" not in beside["text/html"]
    del shown[:]
    ftkit.side_by_side([made("b", losses=(), state="failed")])._ipython_display_()
    assert [set(bundle) for bundle in shown] == [{"text/html", "text/plain"}]
