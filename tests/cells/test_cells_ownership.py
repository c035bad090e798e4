"""A cell is ours by its metadata, and only while nobody has edited it."""

from __future__ import annotations

import pytest

from ftkit.cells import KEY, SCHEMA, digest, metadata, ownership, rewrite, state_of
from ftkit.notebook.operations import CellView


def view(source: str = "x = 1", mark: object = None, cell_type: str = "code", **more: object) -> CellView:
    return CellView("c1", cell_type, source, {**more, **({} if mark is None else {KEY: mark})})


def our_mark(source: str = "x = 1") -> dict[str, object]:
    return metadata("train", source, "a")[KEY]


def test_untouched_edited_and_foreign_cells_are_told_apart():
    assert state_of(view(mark=our_mark())) == "ours"
    assert state_of(view("x = 2", our_mark())) == "edited"
    assert state_of(view()) == "foreign"


def test_blanks_that_editors_change_by_themselves_are_no_edit():
    assert state_of(view("x = 1  \r\n\n", our_mark())) == "ours"
    assert digest("if x:\n  y") != digest("if x:\n    y")


@pytest.mark.parametrize(
    "mark",
    ["text", {}, {"schema": SCHEMA + 1}, {**our_mark(), "step": "dance"}, {**our_mark(), "digest": None}],
)
def test_a_mark_that_cannot_be_understood_makes_the_cell_the_person_s(mark):
    assert state_of(view(mark=mark)) == "foreign"


def test_a_marked_cell_that_became_text_is_the_person_s():
    assert state_of(view(mark=our_mark(), cell_type="markdown")) == "foreign"


def test_older_marks_are_upgraded_one_step_at_a_time(monkeypatch):
    monkeypatch.setattr(ownership, "SCHEMA", 3)
    monkeypatch.setitem(ownership.UPGRADES, 1, lambda old: {**old, "schema": 2, "step": old["step"].lower()})
    monkeypatch.setitem(ownership.UPGRADES, 2, lambda old: {**old, "schema": 3, "run": "a"})
    old = {"schema": 1, "step": "TRAIN", "digest": digest("x = 1"), "unknown": 5}
    mark = ownership.mark_of(view(mark=old))
    assert mark == {"schema": 3, "step": "train", "digest": digest("x = 1"), "run": "a"}


def test_a_button_s_change_leaves_an_untouched_cell_ours_and_an_edited_one_theirs():
    untouched = rewrite(view(mark=our_mark(), tags=["keep"]), "x = 3", "b")
    assert untouched.metadata == {"tags": ["keep"], **metadata("train", "x = 3", "b")}
    assert untouched.expected == "x = 1"
    edited = rewrite(view("x = 2", our_mark()), "x = 3", "b")
    assert edited.metadata == {KEY: our_mark()}
