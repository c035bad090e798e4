"""Change a setting in a cell: the literal, and not one byte more.

Attacked: characters of several bytes before the literal, CRLF, comments between arguments, calls
in every layout, magics, and code that only looks like the setting.
"""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.catalog import STARTER_ID
from ftkit.cells import read_values, set_follow, set_values, write
from ftkit.errors import CellError
from tests.cells.resolved_recipes import inspected, resolved
from tests.fields.test_fields_source import HOSTILE

RATE = "training.learning_rate"


def train_cell(**presets: object) -> str:
    return write(resolved(run="pirate-1", **presets), inspected())["train"].source


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SFTConfig(learning_rate=1e-4)", "SFTConfig(learning_rate=0.5)"),
        ("SFTConfig( learning_rate = 1e-4 , seed=1)", "SFTConfig( learning_rate = 0.5 , seed=1)"),
        ("s = 'é漢😀'; a = SFTConfig(learning_rate=1)", "s = 'é漢😀'; a = SFTConfig(learning_rate=0.5)"),
        ("x = '''é\n漢''', SFTConfig(learning_rate=1)", "x = '''é\n漢''', SFTConfig(learning_rate=0.5)"),
        ("# é\r\nSFTConfig(\r\n  learning_rate=1,\r\n)", "# é\r\nSFTConfig(\r\n  learning_rate=0.5,\r\n)"),
        ("trl.SFTConfig(learning_rate=(1))", "trl.SFTConfig(learning_rate=(0.5))"),
        ("%time\n!ls é\nSFTConfig(learning_rate=-1)  # é", "%time\n!ls é\nSFTConfig(learning_rate=0.5)  # é"),
        ("%%time\nSFTConfig(learning_rate=1)", "%%time\nSFTConfig(learning_rate=0.5)"),
        ("a = '\u2028'\x0c\nSFTConfig(learning_rate=1)", "a = '\u2028'\x0c\nSFTConfig(learning_rate=0.5)"),
    ],
)
def test_only_the_literal_changes(before, after):
    assert set_values(before, "train", {RATE: 0.5}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SFTConfig()", "SFTConfig(learning_rate=0.5)"),
        ("SFTConfig(seed=1)", "SFTConfig(seed=1, learning_rate=0.5)"),
        ("SFTConfig(seed=1,)", "SFTConfig(seed=1, learning_rate=0.5,)"),
        ("SFTConfig('é')", "SFTConfig('é', learning_rate=0.5)"),
        ("SFTConfig(\n    seed=1,\n)", "SFTConfig(\n    seed=1,\n    learning_rate=0.5,\n)"),
        ("SFTConfig(\n    seed=1\n)", "SFTConfig(\n    seed=1,\n    learning_rate=0.5,\n)"),
        ("SFTConfig(\n\tseed=1  # é, why\n)", "SFTConfig(\n\tseed=1,  # é, why\n\tlearning_rate=0.5,\n)"),
        (
            "SFTConfig(\n  a=1, seed=1,  # why\n)",
            "SFTConfig(\n  a=1, seed=1,  # why\n  learning_rate=0.5,\n)",
        ),
        (
            "SFTConfig(a=1,\n          seed=1)",
            "SFTConfig(a=1,\n          seed=1,\n          learning_rate=0.5)",
        ),
        ("SFTConfig(\r\n  seed=1,\r\n)", "SFTConfig(\r\n  seed=1,\r\n  learning_rate=0.5,\r\n)"),
        (
            "SFTConfig(\n    a=f(\n        1,\n    ),\n)",
            "SFTConfig(\n    a=f(\n        1,\n    ),\n    learning_rate=0.5,\n)",
        ),
    ],
)
def test_a_missing_argument_is_added_like_the_others(before, after):
    assert set_values(before, "train", {RATE: 0.5}) == after


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("rate = 1\nSFTConfig(learning_rate=rate)", "is rate in the cell"),
        ("SFTConfig(**common)", r"\*\* argument"),
        ("args = SFTConfig(learning_rate=1)\nargs.learning_rate = 2", "further down"),
        ("SFTConfig(learning_rate=1)\nSFTConfig(learning_rate=2)", "exactly one call"),
        ("x = 1", "exactly one call"),
        ("SFTConfig((1))", "could not be added"),
        ("SFTConfig(", "not valid Python"),
        ("SFTConfig(learning_rate=1)\0", "not valid Python"),
    ],
)
def test_code_of_the_person_s_is_not_guessed_at(source, message):
    with pytest.raises(CellError, match=message):
        set_values(source, "train", {RATE: 0.5})


def test_batch_and_micro_batch_are_two_literals():
    source = "SFTConfig(per_device_train_batch_size=2, gradient_accumulation_steps=4)"
    batch, micro = "training.batch_size", "training.per_device_train_batch_size"
    assert set_values(source, "train", {batch: 16}) == source.replace("=4", "=8")
    assert set_values(source, "train", {batch: 7}) == source.replace("=2", "=1").replace("=4", "=7")
    assert set_values(source, "train", {micro: 4}) == source.replace("=4", "=2").replace("size=2", "size=4")
    assert set_values(source, "train", {batch: 6, micro: 3}) == source.replace("=2", "=3").replace("=4", "=2")
    assert set_values(source, "train", {batch: 8}) == source
    assert set_values("SFTConfig()", "train", {batch: 16}) == "SFTConfig(gradient_accumulation_steps=2)"
    with pytest.raises(CellError, match="does not divide"):
        set_values(source, "train", {batch: 7, micro: 2})
    with pytest.raises(CellError, match="plain numbers"):
        set_values("SFTConfig(per_device_train_batch_size=n)", "train", {batch: 7})


def test_no_limit_of_steps_is_written_as_minus_one():
    assert (
        set_values("SFTConfig(max_steps=5)", "train", {"training.max_steps": None})
        == "SFTConfig(max_steps=-1)"
    )


def test_a_new_run_name_moves_the_checkpoints_too():
    changed = set_values(train_cell(), "train", {"run": "pirate-2"})
    assert changed == train_cell().replace("pirate-1", "pirate-2")
    assert train_cell().count("pirate-1") == 2
    own_folder = train_cell().replace("ftkit-runs/pirate-1/checkpoints", "elsewhere")
    assert 'output_dir="elsewhere"' in set_values(own_folder, "train", {"run": "pirate-2"})


def test_each_step_has_its_settings():
    cells = {step: cell.source for step, cell in write(resolved(data="a.csv"), inspected()).items()}
    for step, path, value in [
        ("model", "model.id", "HuggingFaceTB/SmolLM2-360M-Instruct"),
        ("data", "data.source", "b.csv"),
        ("data", "data.system", "Ahoy!"),
        ("data", "data.split_seed", 7),
        ("method", "method.r", 8),
        ("method", "method.target_modules", ["q_proj", "v_proj"]),
        ("compare", "run", "other"),
    ]:
        changed = set_values(cells[step], step, {path: value})
        assert read_values(changed, step)[path] == value
        assert changed != cells[step]


def test_another_model_takes_the_place_of_the_starter_s_call_and_back():
    starter = write(resolved(STARTER_ID), inspected())["model"].source
    other = set_values(starter, "model", {"model.id": "models/mine"})
    assert other == starter.replace("ftkit.starter_model()", '"models/mine"')
    assert set_values(other, "model", {"model.id": STARTER_ID}) == starter
    without_import = 'model_path = "models/mine"'
    with pytest.raises(CellError, match="import ftkit"):
        set_values(without_import, "model", {"model.id": STARTER_ID})
    with pytest.raises(CellError, match="not a plain value"):
        set_values("import ftkit\nmodel_path = mine.starter_model(1)", "model", {"model.id": "models/mine"})


def test_a_setting_that_has_no_place_in_the_cell_is_refused():
    for step, path in [
        ("method", "method.name"),
        ("method", "method.dora"),
        ("data", "model.id"),
        ("model", "run"),
    ]:
        with pytest.raises(CellError, match="no place for"):
            set_values(write(resolved(), inspected())[step].source, step, {path: 1})


def test_either_all_changes_are_made_or_none():
    with pytest.raises(CellError):
        set_values("SFTConfig(learning_rate=1, seed=s)", "train", {RATE: 2, "training.seed": 3})


def test_resume_sets_both_literals_and_start_over_takes_them_back():
    resumed = set_follow(train_cell(), existing="resume")
    assert 'ftkit.follow(trainer, run="pirate-1", existing="resume")' in resumed
    assert "trainer.train(resume_from_checkpoint=True)" in resumed
    over = set_follow(resumed, run="pirate-2")
    assert 'ftkit.follow(trainer, run="pirate-2", existing="ask")' in over
    assert "trainer.train(resume_from_checkpoint=False)" in over
    overwritten = set_follow(resumed, existing="overwrite")
    assert 'existing="overwrite"' in overwritten
    assert "resume_from_checkpoint=False" in overwritten
    assert set_follow(train_cell(), run="pirate-2") == train_cell().replace("pirate-1", "pirate-2")


def test_follow_may_name_its_run_by_position():
    source = "follow(trainer, 'a')\ntrainer.train()"
    assert set_follow(source, run="b") == 'follow(trainer, "b")\ntrainer.train()'
    with pytest.raises(CellError, match="follow"):
        set_follow("trainer.train()", existing="resume")


@settings(max_examples=200)
@given(
    st.text(st.one_of(st.sampled_from(HOSTILE), st.characters(exclude_categories=["Cs"])), max_size=40),
    st.floats(1e-9, 1e3),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_stands_around_it_only_the_literal_changes(text, value, newline):
    top = f"note = {text!r}  # {text!a}{newline}漢 = 'é'; args = SFTConfig(a={text!r}, learning_rate="
    bottom = f", b=2){newline}# 漢 {text!a}"
    changed = set_values(f"{top}1e-4{bottom}", "train", {RATE: value})
    assert changed.startswith(top)
    assert changed.endswith(bottom)
    assert ast.literal_eval(changed[len(top) : len(changed) - len(bottom)]) == value


def test_epochs_are_written_as_in_our_own_cells():
    cell = train_cell(num_train_epochs=4.0)
    assert "num_train_epochs=4," in cell
    assert set_values(cell, "train", {"training.num_train_epochs": 2.0}) == cell.replace(
        "epochs=4,", "epochs=2,"
    )
    assert "num_train_epochs=1.5," in set_values(cell, "train", {"training.num_train_epochs": 1.5})
