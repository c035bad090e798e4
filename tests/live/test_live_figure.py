import json
import math

import pytest

from ftkit.diagnosis import diagnose
from ftkit.live import static_figure
from ftkit.live.before import Earlier
from ftkit.live.figure import layout, thinned, traces
from ftkit.live.wording import LOSS_NOTE, SHADE_NOTE, numbers, plain
from ftkit.runfolder import History
from tests.diagnosis.made_up import by_heart, healthy, history, overfit


def test_train_and_eval_share_one_axis():
    figure = static_figure(history(healthy))
    axes = {trace.get("meta", trace["name"]): trace.get("yaxis", "y") for trace in figure["data"]}
    assert axes["train"] == axes["evaluation loss"] == axes["best"] == "y"
    assert axes["rate"] == "y2"


def test_the_base_is_a_labelled_line_and_the_best_is_marked():
    made = history(healthy)
    found = layout(made)
    base, best = made.eval[0][1], min(made.eval, key=lambda point: point[1])
    line = next(shape for shape in found["shapes"] if shape["type"] == "line")
    assert line["y0"] == line["y1"] == base
    assert [label["text"] for label in found["annotations"]] == [f"base<br>model<br>{base:.3f}"]
    star = next(trace for trace in traces(made) if trace.get("meta") == "best")
    assert (star["x"][0], star["y"][0]) == best
    assert star["name"] == f"best: {best[1]:.3f} at step {best[0]}"


def test_no_words_stand_where_a_curve_may_run():
    made = history(healthy)
    (label,) = layout(made)["annotations"]
    assert (label["xref"], label["x"], label["xanchor"]) == ("paper", 1, "left")
    assert layout(made)["margin"]["r"] > 5 * 7, "the number has room beside the field"


@pytest.mark.parametrize("rising", [True, False])
def test_the_star_has_room_at_the_first_step_and_at_the_last(rising):
    rows = [{"step": step, "eval_loss": 2 + (step if rising else -step) / 50} for step in (0, 20, 40)]
    made = History.from_rows(rows, total_steps=40)
    step, _ = made.measure.best
    low, high = layout(made)["xaxis"]["range"]
    star, narrow = 15, 280
    for room in (step - low, high - step):
        assert room / (high - low) * narrow >= star / 2


def test_the_base_the_run_before_and_the_learning_rate_do_not_look_alike():
    made = history(healthy)
    drawn = {
        trace["meta"]: trace for trace in traces(made, before=Earlier("one-1", made.eval)) if "meta" in trace
    }
    base = next(shape["line"] for shape in layout(made)["shapes"] if shape["type"] == "line")
    looks = [
        (line["color"], line.get("dash")) for line in (drawn["before"]["line"], drawn["rate"]["line"], base)
    ]
    assert len(set(looks)) == 3
    assert drawn["before"]["line"].get("dash") is None


def test_where_there_is_a_shade_a_sentence_says_what_it_is():
    made = history(healthy)
    said = static_figure(made)["layout"]["annotations"][-1]["text"].replace("<br>", " ")
    assert said == f"{LOSS_NOTE} {SHADE_NOTE}"
    without = static_figure(history(healthy, per_row=False))["layout"]["annotations"]
    assert not [note for note in without if "chance" in note["text"]]


def test_the_line_is_the_measured_base_where_the_run_does_not_start_as_the_base():
    made = history(healthy)
    made.add({"step": 0, "base_loss": 1.25})
    found = layout(made)
    assert next(shape for shape in found["shapes"] if shape["type"] == "line")["y0"] == 1.25
    assert "base<br>model<br>1.250" in [label["text"] for label in found["annotations"]]
    best = min(loss for _, loss in made.eval)
    assert ("gain over the base", f"{1.25 - best:.3f}") in numbers(made, {}, 60, 2.0)
    assert "(base model 1.250)" in plain("x", made, None)


def test_overfitting_is_shaded_from_the_best_step_on():
    made = history(overfit, by_heart)
    diagnosis = diagnose(made)
    shade = next(shape for shape in layout(made, diagnosis)["shapes"] if shape["type"] == "rect")
    assert (shade["x0"], shade["x1"]) == (diagnosis.best_step, 60)
    assert not any(shape["type"] == "rect" for shape in layout(made)["shapes"])


def test_the_picture_is_right_on_white_and_on_black():
    found = static_figure(history(healthy))["layout"]
    assert found["paper_bgcolor"] == found["plot_bgcolor"] == "rgba(0,0,0,0)"
    grey = found["font"]["color"].lstrip("#")
    light = [int(grey[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    luminance = sum(
        weight * (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4)
        for weight, c in zip((0.2126, 0.7152, 0.0722), light, strict=True)
    )
    assert 1.05 / (luminance + 0.05) > 4  # on white
    assert (luminance + 0.05) / (0.0056 + 0.05) > 4  # on JupyterLab's dark background


def test_the_static_figure_is_plain_json_and_small():
    made = history(healthy, evaluations=1000, steps=40_000)
    made.train = [(step, 2.0) for step in range(40_000)]
    made.train[7] = (7, math.nan)
    text = json.dumps(static_figure(made, diagnose(made)), allow_nan=False)
    assert len(text) < 66_000


def test_gaps_stay_gaps():
    figure = static_figure(History(train=[(1, 2.0), (2, math.nan), (3, 1.0)]))
    assert figure["data"][0]["y"] == [2.0, None, 1.0]


def test_before_the_first_loss_the_axis_has_no_numbers():
    assert layout(History())["yaxis"]["showticklabels"] is False
    assert "showticklabels" not in layout(history(healthy))["yaxis"]


def test_an_empty_history_has_a_figure():
    figure = static_figure(History())
    assert figure["data"] == []
    assert "yaxis2" not in figure["layout"]


@pytest.mark.parametrize("count", [1, 5, 900, 901, 5000, 123_457])
def test_thinning_keeps_both_ends_and_the_limit(count):
    steps, values = thinned([(step, float(step)) for step in range(count)], 900)
    assert len(steps) == len(values) <= 900
    assert (steps[0], steps[-1]) == (0, count - 1)


def test_all_curves_together_have_at_most_2000_points():
    points = [(step, 1.0) for step in range(50_000)]
    made = History(train=points, eval=points, learning_rate=points)
    assert sum(len(trace["x"]) for trace in traces(made)) <= 2000


def test_a_run_that_learns_from_rewards_shows_its_reward_and_not_its_loss():
    rows = [{"step": step, "loss": -0.3, "reward": step / 10} for step in range(1, 11)]
    rows += [{"step": step, "eval_loss": 0.1, "eval_reward": 0.5 + step / 10} for step in (0, 5, 10)]
    history = History.from_rows(rows, total_steps=10)
    drawn = {trace["name"]: list(trace["y"]) for trace in traces(history)}
    assert drawn["evaluation reward"] == [0.5, 1.0, 1.5]
    assert drawn["best: 1.500 at step 10"] == [1.5]
    assert not any("loss" in name for name in drawn)
    shown = layout(history)
    assert shown["yaxis"]["title"]["text"] == "reward"
    assert "base<br>model<br>0.500" in [note["text"] for note in shown["annotations"]]
    assert dict(numbers(history, {}, 10, 1.0))["gain over the base"] == "1.000"
    assert "Highest evaluation reward 1.500 at step 10 (base model 0.500)." in plain("x", history, None)


def with_slice() -> History:
    made = history(overfit, by_heart)
    for step, loss in made.eval:
        made.add({"step": step, "train_slice_loss": loss - step / 100})
    return made


def test_the_shade_is_what_chance_can_do_around_the_curve_and_nothing_at_the_best():
    made = history(overfit, by_heart)
    shade = next(trace for trace in traces(made) if trace["meta"] == "band")
    steps = [step for step, _ in made.eval]
    assert shade["x"].tolist() == [*steps, *reversed(steps)]
    high, low = shade["y"][: len(steps)], shade["y"][len(steps) :][::-1]
    best = min(range(len(steps)), key=lambda at: made.eval[at][1])
    for at, (_, loss) in enumerate(made.eval):
        assert low[at] == loss == high[at] if at == best else low[at] < loss < high[at]
    rose = made.eval[-1][1] - made.eval[best][1]
    assert made.eval[-1][1] - low[-1] < rose, "so clear a rise is more than chance"


def test_without_losses_of_single_rows_nothing_is_shaded():
    assert "band" not in [trace.get("meta") for trace in traces(history(healthy, per_row=False))]


def test_the_gap_is_to_training_examples_that_were_measured_alike():
    made = with_slice()
    curve = next(trace for trace in traces(made) if trace["meta"] == "slice")
    assert curve["y"].tolist() == [loss for _, loss in made.train_slice]
    assert ("gap to training", "+0.600") in numbers(made, {}, 60, 2.0)
    shown = {trace["name"]: trace.get("visible", True) for trace in static_figure(made)["data"]}
    assert shown["loss on training examples"] == "legendonly"
    assert shown["evaluation loss"] is True


def test_the_gap_names_its_step_once_there_are_later_evaluations():
    made = with_slice()
    made.train_slice = made.train_slice[:-1]
    step = made.train_slice[-1][0]
    assert f"gap at step {step}" in dict(numbers(made, {}, 60, 2.0))
    made.train_slice = made.train_slice[:1]
    assert made.train_slice[0][0] == 0
    assert not [name for name, _ in numbers(made, {}, 60, 2.0) if name.startswith("gap")]


def test_a_thousand_evaluations_are_shaded_with_few_points():
    made = history(healthy, evaluations=1000, steps=4000, rows=4)
    shade = next(trace for trace in traces(made) if trace.get("meta") == "band")
    assert len(shade["x"]) <= 300


def test_the_names_of_the_axes_keep_their_distance_from_the_numbers():
    """Without one plotly lays them over numbers such as 5e-4."""
    points = [(1, 5e-4), (2, 2e-4)]
    drawn = layout(History(train=points, eval=points, learning_rate=points))
    for axis in (drawn["yaxis"], drawn["yaxis2"]):
        assert axis["title"]["standoff"] > 0
        assert axis["automargin"]


def test_a_stored_picture_says_whose_it_is():
    drawn = static_figure(history(healthy), run="pirate-1")
    assert drawn["layout"]["xaxis"]["title"]["text"] == "step of pirate-1"
    measured = next(trace for trace in drawn["data"] if trace["name"] == "evaluation loss")
    assert measured["hovertemplate"].startswith("evaluation loss %{y:.3f} at step %{x}")
