"""Where cells go: replaced where untouched, kept where edited, written anew where deleted.

The notebook here is a list; `carried_out` does to it what file and bridge do to a real one.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftkit.cells import KEY, STEPS, Cell, Placement, place, state_of
from ftkit.errors import CellError
from ftkit.notebook.operations import CellView, Insert

WIZARD = CellView("w", "code", 'ftkit.wizard(data="x")', {})
TEXT = CellView("t", "markdown", "# My notes", {})


def wanted(version: int = 1, run: str = "a", steps: tuple[str, ...] = STEPS) -> list[Cell]:
    return [Cell(step, f"{step} = {version}", run) for step in steps]


def carried_out(views: list[CellView], placement: Placement) -> list[CellView]:
    views = list(views)
    for operation in placement.operations:
        ids = [view.id for view in views]
        if isinstance(operation, Insert):
            assert operation.id not in ids
            new = CellView(operation.id, "code", operation.source, operation.metadata)
            views.insert(ids.index(operation.after) + 1, new)
        else:
            index = ids.index(operation.id)
            assert views[index].source == operation.expected
            views[index] = replace(views[index], source=operation.source, metadata=operation.metadata)
    return views


def written(views: list[CellView], version: int = 1, **more: object) -> list[CellView]:
    return carried_out(views, place(views, wanted(version, **more), "w"))


def sources(views: list[CellView]) -> list[str]:
    return [view.source for view in views]


def edited(views: list[CellView], step: str, source: str) -> list[CellView]:
    return [replace(view, source=source) if view.source.startswith(step) else view for view in views]


def test_cells_stand_below_the_wizard_in_the_order_of_the_steps():
    views = written([TEXT, WIZARD, replace(TEXT, id="u")])
    expected = ["# My notes", WIZARD.source, *(f"{step} = 1" for step in STEPS), "# My notes"]
    assert sources(views) == expected
    assert all(state_of(view) == "ours" for view in views[2:7])


def test_equal_notebooks_get_equal_cells():
    assert written([WIZARD]) == written([WIZARD])


def test_nothing_happens_where_everything_is_as_wanted():
    views = written([WIZARD])
    placement = place(views, wanted(), "w")
    assert placement.operations == ()
    assert set(placement.cell_ids) == set(STEPS)


def test_untouched_cells_are_replaced_where_they_are():
    before = written([WIZARD])
    after = written(before, version=2)
    assert [view.id for view in after] == [view.id for view in before]
    assert sources(after)[1:] == [f"{step} = 2" for step in STEPS]


def test_an_edited_cell_is_never_overwritten():
    views = edited(written([WIZARD]), "train", "train = 'mine'")
    placement = place(views, wanted(2), "w")
    assert placement.kept == (("train", placement.cell_ids["train"]),)
    assert "train = 'mine'" in sources(carried_out(views, placement))


def test_an_edit_that_says_what_we_would_write_makes_the_cell_ours_again():
    views = edited(written([WIZARD]), "train", "train = 2")
    placement = place(views, wanted(2), "w")
    assert placement.kept == ()
    assert all(state_of(view) == "ours" for view in carried_out(views, placement)[1:])


def test_a_deleted_cell_is_written_anew_in_its_place():
    views = [view for view in written([WIZARD]) if not view.source.startswith("method")]
    assert sources(written(views, version=2)) == [WIZARD.source, *(f"{step} = 2" for step in STEPS)]


def test_a_moved_cell_is_replaced_where_it_is():
    views = written([TEXT, WIZARD])
    moved = [views[3], *views[:3], *views[4:]]
    after = written(moved, version=2)
    assert after[0].source == "data = 2"
    assert len(after) == len(moved)


def test_a_missing_cell_comes_after_a_moved_earlier_one():
    views = written([WIZARD], steps=("model", "data"))
    reordered = [views[0], views[2], TEXT, views[1]]
    after = carried_out(reordered, place(reordered, wanted(steps=("method",)), "w"))
    assert sources(after)[-1] == "method = 1"


def test_of_copies_the_untouched_nearest_is_ours_and_the_others_are_left_alone():
    views = written([WIZARD])
    train = next(view for view in views if view.source.startswith("train"))
    copies = [*views, replace(train, id="copy-1"), replace(train, id="copy-2", source="train = 'mine'")]
    placement = place(copies, wanted(2), "w")
    assert placement.copies == (("train", "copy-1"), ("train", "copy-2"))
    after = {view.id: view.source for view in carried_out(copies, placement)}
    assert (after[train.id], after["copy-1"], after["copy-2"]) == ("train = 2", "train = 1", "train = 'mine'")


def test_an_untouched_copy_goes_before_an_edited_original():
    views = written([WIZARD])
    train = next(view for view in views if view.source.startswith("train"))
    copies = [*edited(views, "train", "train = 'mine'"), replace(train, id="copy")]
    placement = place(copies, wanted(2), "w")
    assert placement.cell_ids["train"] == "copy"
    assert placement.copies == (("train", train.id),)
    assert placement.kept == ()


def test_the_run_may_be_renamed():
    after = written(written([WIZARD]), version=2, run="b")
    assert {view.metadata[KEY]["run"] for view in after[1:]} == {"b"}
    assert len(after) == 6


def test_two_wizards_do_not_touch_each_other_s_cells():
    second = CellView("w2", "code", "import ftkit\nftkit.wizard()", {})
    views = written([WIZARD])
    views = carried_out([*views, second], place([*views, second], wanted(5, run="b"), "w2"))
    views = written(views, version=2)
    assert sources(views)[1:6] == [f"{step} = 2" for step in STEPS]
    assert sources(views)[7:] == [f"{step} = 5" for step in STEPS]


def test_one_step_by_itself_needs_no_other():
    views = written([WIZARD, TEXT], steps=("data",))
    assert sources(views) == [WIZARD.source, "data = 1", "# My notes"]


def test_what_others_keep_in_the_metadata_stays():
    views = written([WIZARD])
    views[1] = replace(views[1], metadata={**views[1].metadata, "tags": ["parameters"]})
    assert written(views, version=2)[1].metadata["tags"] == ["parameters"]


def test_without_its_own_cell_the_wizard_says_so():
    with pytest.raises(CellError, match="wizard's own cell"):
        place([TEXT], wanted(), "w")


@given(st.permutations(range(7)), st.sets(st.sampled_from(STEPS)), st.sets(st.sampled_from(STEPS)))
def test_whatever_happened_no_edit_is_lost_and_every_step_is_there_once(order, deleted, changed):
    views = written([WIZARD, TEXT])
    views = [views[index] for index in order]
    views = [view for view in views if view.source.split(" ")[0] not in deleted]
    for step in changed:
        views = edited(views, step, f"{step} = 'mine'")
    after = written(views, version=2)
    expected = {f"{step} = 'mine'" if step in changed - deleted else f"{step} = 2" for step in STEPS}
    assert sorted(sources(after)) == sorted([*expected, WIZARD.source, TEXT.source])
    assert written(after, version=2) == after
