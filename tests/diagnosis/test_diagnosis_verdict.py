import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ftkit
from ftkit.diagnosis import CHECKS, diagnose, should_stop
from ftkit.diagnosis.table import page
from ftkit.errors import RunError
from ftkit.runfolder import History, RunFolder
from tests.diagnosis.made_up import barely_moved, by_heart, healthy, history, overfit, still_falling

RECIPE = {
    "run": "pirate-1",
    "method": {"name": "lora", "r": 16, "lora_alpha": 32, "lora_dropout": 0.05},
    "training": {
        "learning_rate": 5e-4,
        "num_train_epochs": 2.0,
        "batch_size": 8,
        "seed": 42,
        "weight_decay": 0.01,
    },
    "data": {"validation_share": 0.1},
}


@pytest.mark.parametrize("seed", range(10))
def test_a_run_like_the_tutorials_is_healthy(seed):
    found = diagnose(history(healthy, seed=seed))
    assert found.verdict == "healthy"
    assert "3." in found.sentence
    assert found.confidence > 0.8


def test_a_healthy_soft_prompt_is_told_apart_from_the_base_that_it_beat():
    made = history(healthy)
    made.measured_base = made.eval[0][1] - 0.05
    for row, (loss, tokens) in made.evaluations[0].items():
        made.base_evaluations[row] = (loss - 0.05 * tokens, tokens)
    found = diagnose(made)
    assert found.verdict == "healthy"
    start, base = made.eval[0][1], made.measured_base
    assert f"from {start:.3f} (first evaluation; the base model's is {base:.3f})" in found.sentence
    assert found.numbers["base_loss"] == base


@pytest.mark.parametrize(
    ("course", "train", "verdict"),
    [
        (overfit, by_heart, "overfitting"),
        (still_falling, still_falling, "underfitting"),
        (barely_moved, barely_moved, "underfitting"),
    ],
)
def test_verdicts(course, train, verdict):
    found = diagnose(history(course, train), RECIPE)
    assert found.verdict == verdict
    assert found.findings[0].verdict == verdict
    assert found.remedies
    assert not found.remedies[0].optional
    assert re.search(r"\d", found.sentence)


def test_without_evaluation_the_verdict_is_always_that_there_is_not_enough():
    made = history(healthy)
    made.eval, made.evaluations = [], {}
    made.train[4] = (made.train[4][0], math.nan)
    found = diagnose(made)
    assert found.verdict == "not-enough-evidence"
    assert found.best_step is None
    assert "FT102" in {finding.code for finding in found.findings}


def test_an_empty_history_can_be_read():
    for source in ({"log_history": []}, {"train": [], "eval": []}, History()):
        found = diagnose(source)
        assert found.verdict == "not-enough-evidence"
        assert should_stop(source) == (False, "There are too few evaluations to tell.")


def test_nan_is_unstable():
    made = history(healthy)
    made.train[-1] = (made.train[-1][0], math.nan)
    assert diagnose(made).verdict == "unstable"


def test_where_no_loss_at_all_is_a_number_the_training_broke():
    nothing = [[step, math.nan] for step in range(1, 11)]
    assert diagnose({"train": nothing, "eval": nothing}).verdict == "unstable"
    assert (
        diagnose({"train": [[n, 3.0 - n / 10] for n in range(1, 11)], "eval": nothing}).verdict
        == "not-enough-evidence"
    )


def test_near_the_line_to_underfitting_the_evidence_is_less_clear():
    near, far = (history(lambda share, speed=speed: 1.2 + 2.2 * math.exp(-speed * share)) for speed in (7, 9))
    assert "a longer run may bring a little more" in diagnose(near).sentence
    assert diagnose(near).clearness == "clear"
    assert "a longer run" not in diagnose(far).sentence
    assert diagnose(far).clearness == "very clear"


def test_every_check_is_in_exactly_one_place():
    found = diagnose(history(overfit, by_heart))
    codes = [item.code for group in (found.findings, found.passed, found.not_applicable) for item in group]
    assert sorted(codes) == sorted(CHECKS)
    assert all(item.why for item in found.not_applicable)


def test_nothing_is_said_of_an_unstable_run_that_only_a_sound_one_can_be():
    """Its rise is no chance, and a shorter run is no cure."""
    ends = [2.4, 1.6, 1.4, 1.5, 2.2, 2.8, 3.2, 3.6], [2.4, 1.4, 1.3, 1.35, 1.3, 1.4, 1.3, 1.5]
    for losses in ends:
        train = [(10 * n, 3.0 - n / 20 if n < 40 else 4.0 + n / 40) for n in range(1, 81)]
        made = History(
            total_steps=800, train=train, eval=[(100 * n, loss) for n, loss in enumerate(losses, 1)]
        )
        outcome = diagnose(made)
        assert outcome.verdict == "unstable"
        assert not {"FT120", "FT201"} & {item.code for item in outcome.findings}
        looked = [
            item.code
            for group in (outcome.findings, outcome.passed, outcome.not_applicable)
            for item in group
        ]
        assert sorted(looked) == sorted(CHECKS)


def test_no_verdict_and_no_alarm_in_the_first_fifth():
    for seed in range(10):
        made = history(healthy, seed=seed, evaluations=60, done=0.19)
        assert diagnose(made).verdict == "not-enough-evidence"


def test_half_way_a_healthy_run_is_healthy_so_far():
    found = diagnose(history(healthy, done=0.5))
    assert found.verdict == "healthy"
    assert "so far" in found.sentence


def test_json_has_the_same_keys_and_is_plain():
    tree = diagnose(history(overfit, by_heart), RECIPE).to_json()
    assert json.loads(json.dumps(tree, allow_nan=False)) == tree
    wanted = {
        "verdict",
        "confidence",
        "best_step",
        "sentence",
        "findings",
        "passed",
        "not_applicable",
        "remedies",
    }
    assert wanted <= set(tree)
    assert {"field", "from", "to", "reason", "expected_effect"} <= set(tree["remedies"][0])
    assert {"code", "title", "severity", "evidence", "sentence", "means", "try"} <= set(tree["findings"][0])
    assert type(tree["verdict"]) is str


def test_reads_a_trainer_state_and_plain_series(tmp_path):
    made = history(healthy)
    log = [{"step": step, "loss": loss} for step, loss in made.train]
    log += [{"step": step, "eval_loss": loss} for step, loss in made.eval]
    state = {"log_history": log}
    series = {"train": [list(p) for p in made.train], "eval": [list(p) for p in made.eval]}
    assert diagnose(state).verdict == diagnose(series).verdict == "healthy"
    for name, tree in (("trainer_state.json", state), ("curves.json", series)):
        path = tmp_path / name
        path.write_text(json.dumps(tree), encoding="utf-8")
        assert diagnose(path).verdict == "healthy"
        assert diagnose(str(path)).verdict == "healthy"
    assert diagnose(tmp_path).verdict == "healthy"  # a checkpoint folder


def test_reads_a_run_with_its_recipe_and_state(tmp_path):
    folder = RunFolder("pirate-1", root=tmp_path)
    made = history(overfit, by_heart)
    folder.begin()
    folder.write_text("recipe.yaml", json.dumps(RECIPE))
    folder.write_json(
        "actual.json",
        {"total_steps": 60, "warmup_steps": 3, "epochs": 2.0, "arguments": {"learning_rate": 5e-4}},
    )
    for step, loss in made.train:
        folder.append_metrics({"attempt": 1, "step": step, "loss": loss})
    for step, loss in made.eval:
        folder.append_metrics({"attempt": 1, "step": step, "eval_loss": loss})
        folder.append_evaluations(
            {"attempt": 1, "step": step, "row": row, "loss": total, "tokens": tokens}
            for row, (total, tokens) in made.evaluations[step].items()
        )
    folder.set_state("finished")
    found = ftkit.diagnose(folder.path)
    assert found.verdict == "overfitting"
    assert found.findings[0].evidence["rise_interval"]
    assert found.remedies[0].field == "training.num_train_epochs"
    assert ftkit.should_stop(folder)[0]


@pytest.mark.parametrize("source", [{"nothing": 1}, {}, "", "no-such-run", "no/such/file.json"])
def test_says_what_it_cannot_read(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError):
        diagnose(source)


def test_a_file_that_is_no_json_gets_a_clear_message(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be read as JSON"):
        diagnose(path)


def test_should_stop_waits_for_evidence_and_names_the_step_to_keep():
    stops = []
    for last in range(1, 21):
        made = history(overfit, by_heart, evaluations=20, done=last / 20)
        stop, reason = should_stop(made)
        assert reason
        stops.append(stop)
    assert not any(stops[:8])
    assert stops[-1]
    assert "to keep" in reason


def test_should_stop_lets_healthy_runs_go_on():
    alarms = 0
    for seed in range(20):
        looks = [
            should_stop(history(healthy, seed=seed, done=part / 12, shaking=0.01))[0] for part in range(4, 13)
        ]
        alarms += any(looks)
    assert alarms <= 1


def test_should_stop_at_the_first_nan():
    assert should_stop({"train": [[1, 2.0], [2, math.nan]], "eval": [[0, 2.0]]})[0]


def test_should_stop_says_what_it_saw_where_it_goes_on():
    up = [[step, 3.0 + step / 2] for step in range(13)]
    stop, reason = should_stop({"train": up[1:], "eval": up})
    assert not stop
    assert "above the best, and the training loss rose as well" in reason
    _, reason = should_stop(history(healthy, evaluations=20))
    assert "at its best" in reason or "has not turned up" in reason


def test_should_stop_says_why_it_waits_after_a_first_evaluation_that_was_the_best():
    rising = [[100 * n, 1 + n / 10] for n in range(1, 9)]
    train = [[10 * n, 2 / n] for n in range(1, 81)]
    stop, reason = should_stop({"train": train, "eval": rising})
    assert not stop
    assert "moment ago" not in reason
    assert "never came below the first" in reason


def test_should_stop_tells_evaluations_without_a_loss_from_too_few():
    rows = [{"step": n, "loss": 3 / n, "eval_accuracy": 0.5} for n in range(1, 11)]
    stop, why = should_stop(rows)
    assert not stop
    assert why == "The model was evaluated 10 times, but without a loss (only eval_accuracy)."


def curve(evaluations, train):
    steps = range(1, len(evaluations) + 1)
    return {"train": list(zip(steps, train, strict=True)), "eval": list(zip(steps, evaluations, strict=True))}


def test_should_stop_waits_where_a_loss_rose_from_the_first_evaluation_on_and_where_it_comes_down():
    """Running averages that have to settle make such a start; what comes after it may be far better."""
    up = [2.3, 2.5, 2.8, 3.1, 3.4, 3.7, 4.0, 4.2, 4.3]
    train = [2.0 * 0.8**step for step in range(len(up) + 2)]
    assert not should_stop(curve(up, train[:9]))[0]
    longer = [*up, 4.4, 4.5, 4.6, 4.7, 4.8]
    fell = [2.0 * 0.8**step for step in range(15)]
    assert should_stop(curve(longer, fell[:14]))[0]
    stop, why = should_stop(curve([*longer, 4.2], fell))
    assert not stop
    assert "coming down again" in why


def test_should_stop_ends_no_run_for_a_rise_that_is_hardly_one():
    def climbing(by):
        """Down, and from the tenth of thirty evaluations on up by a share of the loss."""
        up = [1 + 0.5 * 0.6**step + by * max(0, step - 10) / 20 for step in range(31)]
        return {"train": [[step, 1.5 * 0.9**step] for step in range(31)], "eval": [*enumerate(up)]}

    stop, why = should_stop(climbing(0.02))
    assert not stop
    assert why.startswith("The evaluation loss rose by 1.5 %: too little to end a run for. `diagnose` calls")
    assert should_stop(climbing(0.06))[0]


def keeps_its_verdict_back():
    """Runs whose evaluation loss rises beyond doubt, and of which `diagnose` cannot tell why."""
    up = history(overfit, by_heart, evaluations=20)
    losses = {"train": up.train, "eval": up.eval}
    rates = [(step, step * 1e-6) for step, _ in up.train]
    return {
        "two rows": history(overfit, by_heart, evaluations=20, rows=2, row_wander=0.0),
        "no training loss": History.from_series(losses | {"train": []}),
        "few training losses": History.from_series(losses | {"train": up.train[::20]}),
        "warm-up": History.from_series(losses | {"learning_rate": rates, "total_steps": 600}),
    }


@pytest.mark.parametrize("made", keeps_its_verdict_back().values(), ids=keeps_its_verdict_back())
def test_should_stop_ends_no_run_of_which_diagnose_would_not_say_that_it_overfits(made):
    said = diagnose(made, ended=True)
    assert said.verdict == "not-enough-evidence"
    assert "FT101" in {finding.code for finding in said.findings}
    stop, why = should_stop(made)
    assert not stop
    assert why in {finding.sentence for finding in said.findings}


def test_should_stop_sees_a_long_climb_that_shakes():
    climb = [1.5, 1.2, 1.0] + [1.05 + 0.03 * step + 0.05 * (-1) ** step for step in range(20)]
    train = [2.0 * 0.9**step for step in range(len(climb))]
    stops = [should_stop(curve(climb[:count], train[:count]))[0] for count in range(5, len(climb) + 1)]
    assert any(stops)
    assert not any(stops[:6])


number = st.floats(allow_nan=True, allow_infinity=True, width=32)
points = st.lists(st.tuples(st.integers(0, 500), number), max_size=40)
rows = st.dictionaries(
    st.integers(0, 50),
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(number, st.integers(0, 50))),
    max_size=8,
)


@settings(max_examples=80)
@example([(0, math.inf)], [(0, math.inf)], [], {}, None, None)
@given(points, points, points, rows, st.none() | st.integers(0, 600), st.none() | st.floats(0, 50))
def test_any_history_gets_a_verdict(train, evaluations, rates, per_row, total, epochs):
    made = History(
        train=sorted(train, key=lambda point: point[0]),
        eval=sorted(evaluations, key=lambda point: point[0]),
        learning_rate=rates,
        grad_norm=rates,
        evaluations=per_row,
        total_steps=total,
        epochs=epochs,
    )
    found = diagnose(made, RECIPE)
    json.dumps(found.to_json(), allow_nan=False)
    assert found.text()
    if not any(math.isfinite(loss) for _, loss in evaluations):
        # Evaluated, and no loss of either kind is a number: that is a training that broke, and no lack of evaluations.
        broke = bool(evaluations and train) and not any(math.isfinite(loss) for _, loss in train)
        assert found.verdict == ("unstable" if broke else "not-enough-evidence")
    assert len(should_stop(made)) == 2


def test_every_check_has_its_section_in_the_docs_and_a_test_file():
    docs = (Path(__file__).parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    assert docs == page(docs), "run: python -m ftkit.diagnosis.table docs/diagnosis.md"
    for code, check in CHECKS.items():
        assert f"### {code} {check.title}\n" in docs
        assert len(list(Path(__file__).parent.glob(f"test_{code.lower()}_*.py"))) == 1


@pytest.mark.parametrize("recipe", ["[[[", "run: 2026-02-30", "[" * 20_000])
def test_a_damaged_recipe_does_not_hide_the_curves(tmp_path, recipe):
    folder = RunFolder("pirate-1", root=tmp_path)
    folder.begin()
    folder.append_metrics({"attempt": 1, "step": 0, "eval_loss": 2.0})
    folder.write_text("recipe.yaml", recipe)
    assert ftkit.diagnose(folder.path).verdict == "not-enough-evidence"
