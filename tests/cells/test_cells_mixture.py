"""Cells of several data sets: read back, changed in place, and what cannot be read said."""

from __future__ import annotations

import pytest

from ftkit.cells import Difference, Expression, drift, read, read_values, set_values, write
from ftkit.errors import CellError
from tests.cells.resolved_recipes import inspected, resolved

ALSO, WEIGHTS = "task.also", "task.weights"
SEED = "data.split_seed"


def cells(*, plain: bool = False, **presets: object) -> dict[str, str]:
    also = [{"source": "b/poems.csv", "weight": 3.0}, {"source": "user/jokes"}]
    recipe = resolved(task="multi-task", data="a/facts.jsonl", also=also, **presets)
    return {step: cell.source for step, cell in write(recipe, inspected(plain=plain)).items()}


@pytest.mark.parametrize("plain", [False, True])
def test_every_data_set_and_every_weight_is_read_back(plain):
    written = cells(plain=plain, split_seed=7, system="Be brief.")
    data = read_values(written["data"], "data")
    assert data["data.source"] == ("data/pirate" if plain else "a/facts.jsonl")
    assert data[ALSO] == {"poems": "b/poems.csv", "jokes": "user/jokes"}
    assert (data[SEED], data["data.system"], data["data.test_share"]) == (7, "Be brief.", 0.1)
    assert read_values(written["train"], "train")[WEIGHTS] == {"facts": 1.0, "poems": 3.0, "jokes": 1.0}
    for step, source in written.items():
        assert drift(source, source, step) == []


def test_an_edited_source_and_an_edited_weight_have_drifted():
    form = cells()
    data = form["data"].replace('"b/poems.csv"', '"c/songs.csv"')
    assert drift(data, form["data"], "data") == [
        Difference(
            ALSO,
            {"poems": "b/poems.csv", "jokes": "user/jokes"},
            {"poems": "c/songs.csv", "jokes": "user/jokes"},
        )
    ]
    train = form["train"].replace('"poems": 3.0', '"poems": 0.5')
    found = drift(train, form["train"], "train")
    assert [(one.path, one.cell["poems"]) for one in found] == [(WEIGHTS, 0.5)]


def test_the_first_data_set_is_read_beside_the_others():
    form = cells()["data"]
    hand = form.replace('"a/facts.jsonl"', '"a/truths.jsonl"')
    assert drift(hand, form, "data") == [Difference("data.source", "a/facts.jsonl", "a/truths.jsonl")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"user/jokes"', "JOKES"),
        ('"user/jokes",', '"user/jokes", columns={"prompt": "q"},'),
        ('    "jokes": ftkit.prepare_data(', "    name: ftkit.prepare_data("),
        ("}\n", "} | more\n"),
    ],
)
def test_what_cannot_be_read_of_the_others_is_said_and_not_guessed(before, after):
    form = cells()["data"] + "\n"
    assert before in form
    hand = form.replace(before, after)
    found = {one.path: one.cell for one in drift(hand, form, "data")}
    assert isinstance(found[ALSO], Expression)
    assert ALSO not in read_values(hand, "data")


def test_others_that_are_gone_have_drifted():
    form = cells()["data"]
    found = drift(form.partition("\n\n# The examples of the other tasks")[0], form, "data")
    assert found == [Difference(ALSO, {"poems": "b/poems.csv", "jokes": "user/jokes"}, Expression(""))]


def test_data_sets_that_are_split_differently_are_said():
    form = cells()["data"]
    one = form.replace('"user/jokes",', '"user/jokes", seed=7,')
    assert drift(one, form, "data") == [Difference(SEED, 42, Expression("42 / 7"))]
    three = form.replace('.jsonl")', '.jsonl", seed=7)').replace('task="sft",', 'task="sft", seed=7,')
    assert three.count("seed=7") == 3
    assert drift(three, form, "data") == [Difference(SEED, 42, 7)]


def test_changing_the_first_data_set_never_touches_another():
    for plain in (False, True):
        written = cells(plain=plain)["data"]
        try:
            changed = set_values(written, "data", {"data.source": "new.jsonl"})
        except CellError:
            continue
        assert read(changed, "data")[ALSO] == read(written, "data")[ALSO]
    one = 'from datasets import load_dataset\n\ndata = load_dataset("json", data_files={"train": "a/t"})\nothers = {\n    "b": ftkit.prepare_data("b"),\n}'
    with pytest.raises(CellError):
        set_values(one, "data", {"data.source": "new.jsonl"})


def test_what_all_data_sets_share_is_changed_in_all():
    written = cells(split_seed=7)["data"]
    changed = set_values("# mine\n" + written, "data", {SEED: 9, "data.test_share": 0.2})
    assert changed.startswith("# mine\n")
    assert changed.count("seed=9") == changed.count("test_share=0.2") == 3
    values = read_values(changed, "data")
    assert (values[SEED], values["data.test_share"]) == (9, 0.2)


def test_sources_and_weights_are_changed_in_place():
    written = cells()
    sources = {"poems": "c/songs.csv", "jokes": "user/jokes"}
    changed = set_values(written["data"] + "\n# mine", "data", {ALSO: sources})
    assert changed == (written["data"] + "\n# mine").replace('"b/poems.csv"', '"c/songs.csv"')
    weights = {"facts": 2.0, "poems": 1, "jokes": 1.0}
    assert read_values(set_values(written["train"], "train", {WEIGHTS: weights}), "train")[WEIGHTS] == weights


def test_another_set_of_tasks_is_not_written_into_an_edited_cell():
    written = cells()
    with pytest.raises(CellError, match="other tasks"):
        set_values(written["data"], "data", {ALSO: {"poems": "b/poems.csv"}})
    with pytest.raises(CellError, match="other tasks"):
        set_values(written["train"], "train", {WEIGHTS: {"facts": 1.0, "poems": 1.0}})
    with pytest.raises(CellError, match="no place"):
        set_values("data = 1", "data", {ALSO: {"poems": "x"}})
