"""Cells read back: literals of known arguments, and nothing guessed."""

from __future__ import annotations

import pytest

from ftkit.cells import Difference, Expression, drift, read, read_values, set_values, write
from ftkit.errors import CellError
from tests.cells.resolved_recipes import inspected, resolved

RATE = "training.learning_rate"


def cells(**presets: object) -> dict[str, str]:
    return {step: cell.source for step, cell in write(resolved(**presets), inspected()).items()}


def test_an_argument_that_is_left_out_has_the_library_s_default():
    values = read_values("args = SFTConfig(output_dir='x')", "train")
    assert (values[RATE], values["training.num_train_epochs"]) == (2e-5, 3.0)
    assert values["training.batch_size"] == 8
    assert values["training.max_steps"] is None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("SFTConfig(learning_rate=lr)", "lr"),
        ("SFTConfig(learning_rate=2 * 1e-4)", "2 * 1e-4"),
        ("SFTConfig(learning_rate=f'é{x}')", "f'é{x}'"),
        ("SFTConfig(**common)", "**…"),
        ("args = SFTConfig(learning_rate=1)\nargs.learning_rate = 3", "3"),
    ],
)
def test_code_of_the_person_s_is_reported_as_theirs(source, text):
    assert read(source, "train")[RATE] == Expression(text)
    assert RATE not in read_values(source, "train")


def test_two_calls_leave_open_which_is_meant():
    assert read("a = SFTConfig(learning_rate=1)\nb = SFTConfig(learning_rate=2)", "train") == {}


def test_a_batch_of_unknown_parts_is_unknown():
    source = "SFTConfig(per_device_train_batch_size=n, gradient_accumulation_steps=2)"
    assert read(source, "train")["training.batch_size"] == Expression("n")


def test_the_technique_is_read_from_its_call():
    assert read_values("peft_config = LoraConfig(r=4)", "method")["method.name"] == "lora"
    assert read_values("peft_config = None", "method") == {"method.name": "full"}
    assert read("peft_config = make()", "method") == {}


def test_the_system_prompt_of_a_plain_cell_is_read():
    plain = write(resolved(data="data/pirate", system="Arr! 'é'"), inspected(plain=True))["data"].source
    assert read_values(plain, "data") == {"data.source": "data/pirate", "data.system": "Arr! 'é'"}


def test_a_cell_that_is_not_python_cannot_be_read():
    with pytest.raises(CellError, match="not valid Python"):
        read("SFTConfig(", "train")


def test_cell_and_form_that_agree_have_not_drifted():
    for step, source in cells(run="a", data="d").items():
        assert drift(source, source, step) == []


def test_drift_names_each_setting_with_both_values():
    form = cells(run="a")["train"]
    hand = set_values(form, "train", {RATE: 0.3, "training.batch_size": 32}).replace('run="a"', "run=name")
    assert drift(hand, form, "train") == [
        Difference(RATE, 5e-4, 0.3),
        Difference("training.batch_size", 8, 32),
        Difference("run", "a", Expression("name")),
    ]


def test_a_setting_that_vanished_from_the_cell_has_drifted():
    assert drift("pass", cells(run="b")["compare"], "compare") == [Difference("run", "b", Expression(""))]


def test_another_technique_in_the_cell_is_drift():
    found = drift("peft_config = None", cells()["method"], "method")
    assert found[0] == Difference("method.name", "lora", "full")


def test_the_run_that_a_comparison_is_held_against_is_read_back():
    alone = write(resolved(run="two"), inspected())["compare"].source
    after = write(resolved(run="two", parent="one"), inspected())["compare"].source
    assert read(alone, "compare") == {"run": "two", "parent": None}
    assert read_values(after, "compare") == {"run": "two", "parent": "one"}
    assert set_values(alone, "compare", {"parent": None}) == alone
    assert read(set_values(alone, "compare", {"parent": "one"}), "compare")["parent"] == "one"
    edited = after.replace('"one"', "older")
    assert drift(edited, after, "compare") == [Difference("parent", "one", Expression("older"))]
