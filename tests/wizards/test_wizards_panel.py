"""What a person sees and presses, without a browser."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from ftkit.runfolder import RunFolder
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from tests.tiny import tiny_rows, write_jsonl
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import control, every, finished, notices, press, text_of
from tests.wizards.open_notebook import OpenNotebook


def test_every_control_is_labelled_and_of_a_reachable_kind(panel: Panel) -> None:
    reachable = (widgets.Text, widgets.Dropdown, widgets.Checkbox, widgets.Button, widgets.FileUpload)
    for step in STEPS:
        panel.go(step)
    for one in every(panel.widget):
        if isinstance(one, (widgets.ValueWidget, widgets.Button)) and not isinstance(one, widgets.HTML):
            assert isinstance(one, reachable), one
            assert one.description, one
        # The histogram stands in one; nothing that is printed can land there.
        assert not isinstance(one, widgets.Output) or (one.msg_id == "" and len(one.outputs) <= 1)


def test_the_main_button_runs_the_step_and_turns_the_page(panel: Panel, book: OpenNotebook) -> None:
    for before, after in itertools.pairwise(STEPS):
        assert panel.page == before
        press(panel, "Insert and run this step")
        assert panel.page == after
    assert book.ran == ["model", "data", "method", "train"]
    assert panel.tabs.titles[0] == "1 Model ✓"


def opened_again(session: Session, book: OpenNotebook) -> Panel:
    again = Panel(session, book, STEPS)  # type: ignore[arg-type]
    again.start()
    return again


def test_the_ticks_are_there_when_the_panels_cell_is_run_again(
    panel: Panel, session: Session, book: OpenNotebook
) -> None:
    press(panel, "Insert and run this step")
    press(panel, "Insert and run this step")
    panel.close()
    again = opened_again(session, book)
    assert [title.endswith("✓") for title in again.tabs.titles] == [True, True, False, False, False]
    again.go("method")
    press(again, "Insert and run this step")
    assert book.ran == ["model", "data", "method"]


def test_after_a_restart_the_ticks_are_those_of_the_run_that_was_trained(
    panel: Panel, session: Session, book: OpenNotebook
) -> None:
    press(panel, "Insert all")
    presets = {"data": "pairs.jsonl", "run": "parrot-1"}
    assert "✓" not in " ".join(opened_again(Session(presets, machine=MACHINE), book).tabs.titles)
    finished("parrot-1")
    again = opened_again(Session(presets, machine=MACHINE), book)
    assert [title.endswith("✓") for title in again.tabs.titles] == [True, True, True, True, False]
    # Other choices: that run says nothing about them.
    again.session.set({"method.r": 4})
    assert [title.endswith("✓") for title in again.tabs.titles] == [True, True, False, True, False]
    again.session.set({"run": "parrot-2"})
    assert "✓" not in " ".join(again.tabs.titles)


def test_insert_all_and_run_all(panel: Panel, book: OpenNotebook) -> None:
    press(panel, "Insert all")
    assert book.steps() == list(STEPS)
    assert book.ran == []
    press(panel, "Run all")
    assert book.ran == list(STEPS)


def test_a_failing_cell_is_named_with_what_to_do(panel: Panel, book: OpenNotebook) -> None:
    book.failing = {"data": "NameError: name 'x' is not defined"}
    press(panel, "Run all")
    told = notices(panel)["failed"]
    assert "data cell failed" in told
    assert "were not run" in told
    assert "name 'x' is not defined" in told
    assert "Run all" in told


def test_wrong_values_are_explained_beside_their_fields_all_at_once(panel: Panel, book: OpenNotebook) -> None:
    panel.go("train")
    control(panel, "Learning rate").value = "fast"
    control(panel, "Epochs").value = "-2"
    shown = text_of(panel)
    assert "'fast' will not do" in shown
    assert "-2 will not do" in shown
    press(panel, "Insert and run this step")
    assert "Learning rate" in notices(panel)["refused"]
    assert "Epochs" in notices(panel)["refused"]
    assert book.steps() == []


def test_an_automatic_value_is_shown_with_its_reason(panel: Panel, session: Session) -> None:
    panel.go("train")
    shown = text_of(panel)
    assert "chosen for you" in shown
    assert session.resolved.reasons["training.learning_rate"] in shown


def test_the_question_about_a_better_prompt_comes_first(session: Session) -> None:
    alone = Panel(session, OpenNotebook(), ("train",))  # type: ignore[arg-type]
    shown = text_of(alone)
    assert shown.index("would a better prompt do?") < shown.index("The three that matter most")


def test_the_model_page_lists_exact_counts_and_says_estimate(panel: Panel) -> None:
    shown = text_of(panel)
    assert "8,030,261,248" in shown
    assert "too big for this machine" in shown
    assert "estimate" in shown
    assert len(control(panel, "Base model").options) > 10


def test_another_model_can_be_named(panel: Panel) -> None:
    control(panel, "Base model").value = "another"
    control(panel, "Its name").value = "no-such-model"
    assert "There is no model or folder 'no-such-model'" in text_of(panel)
    control(panel, "Base model").value = "smollm2-135m"
    assert "There is no model" not in text_of(panel)


def test_the_data_page_counts_what_is_left_out_and_why(panel: Panel) -> None:
    panel.go("data")
    shown = text_of(panel)
    assert "58 of 60 rows can be used" in shown
    assert "because the answer is missing (pairs.jsonl, row 59)" in shown
    assert "twice" in shown


def test_columns_that_nobody_knows_can_be_named(work: Path) -> None:
    rows = [{"frage": row["prompt"], "antwort": row["answer"]} for row in tiny_rows(30)]
    write_jsonl(work / "de.jsonl", rows)
    panel = Panel(Session({"data": "de.jsonl"}, machine=MACHINE), OpenNotebook(), ("data",))  # type: ignore[arg-type]
    shown = text_of(panel)
    assert (
        "does not recognise the columns 'frage' and 'antwort'. Say which one holds what is asked and which"
        in shown
    )
    assert (
        "<b>30</b> rows are left out because ftkit knows none of the columns (de.jsonl, rows 1, 2," in shown
    )
    control(panel, "What is asked").value = "frage"
    control(panel, "The answer").value = "antwort"
    assert "30 of 30 rows can be used" in text_of(panel)
    assert panel.session.recipe.data.columns == {"prompt": "frage", "answer": "antwort"}


def test_what_stands_in_a_file_is_never_markup(work: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    rows = [{"prompt": f"{evil} {n}", "answer": f"</pre>{evil}"} for n in range(30)]
    write_jsonl(work / "evil.jsonl", rows)
    panel = Panel(Session({"data": "evil.jsonl"}, machine=MACHINE), OpenNotebook(), STEPS)  # type: ignore[arg-type]
    for step in STEPS:
        panel.go(step)
    session = panel.session
    session.set({"data.source": evil, "data.system": evil, "run": evil, "model.id": evil})
    for step in STEPS:
        panel.go(step)
        press(panel, "Insert and run this step")
    raw = " ".join(one.value for one in every(panel.widget) if isinstance(one, widgets.HTML))
    assert "<img" not in raw
    assert "&lt;img" in raw


def test_an_edited_cell_is_compared_and_either_side_can_win(panel: Panel, book: OpenNotebook) -> None:
    press(panel, "Insert all")
    book.edit("train", "num_train_epochs=2", "num_train_epochs=4")
    ((key, told),) = notices(panel).items()
    assert "Epochs" in told
    press(panel, "Take the cell's")
    assert panel.session.recipe.training.num_train_epochs == 4
    assert notices(panel) == {}
    book.edit("train", "num_train_epochs=4", "num_train_epochs=5")
    press(panel, "Keep the form's")
    assert "num_train_epochs=4" in book.source("train")
    assert key not in notices(panel)


def test_an_edit_that_nobody_told_of_is_seen_when_a_button_is_pressed(
    panel: Panel, book: OpenNotebook
) -> None:
    press(panel, "Insert all")
    cell = next(c for c in book.notebook.cells if c.metadata.get("ftkit", {}).get("step") == "method")
    cell.source = cell.source.replace("r=16", "r=5")
    press(panel, "Insert all")
    assert "r=5" in book.source("method")
    assert "Rank" in notices(panel)[f"drift-{cell.id}"]


def test_a_run_that_exists_asks_first_and_starting_over_renames_the_cells(
    panel: Panel, book: OpenNotebook
) -> None:
    press(panel, "Insert all")
    book.edit("train", "outcome =", "# mine\noutcome =")
    RunFolder("parrot-1").begin()
    RunFolder("parrot-1").set_state("finished")
    press(panel, "Run all")
    assert "Nothing was trained yet" in notices(panel)["exists"]
    press(panel, "Start over as parrot-2")
    assert book.ran == list(STEPS)
    assert 'run="parrot-2"' in book.source("train")
    assert "# mine" in book.source("train")
    assert panel.session.recipe.parent == "parrot-1"
    assert 'parrot-2"' in book.source("compare")


def test_choices_are_stored_and_come_back(panel: Panel, book: OpenNotebook, work: Path) -> None:
    panel.go("train")
    control(panel, "Epochs").value = "1"
    fresh = Session({"data": "pairs.jsonl", "run": "parrot-1"}, machine=MACHINE)
    again = Panel(fresh, OpenNotebook(book.notebook, state=book.state), STEPS)  # type: ignore[arg-type]
    again.start()
    assert again.session.recipe.training.num_train_epochs == 1
    assert again.page == "train"
    assert control(again, "Epochs").value == "1"


def test_stored_choices_of_another_version_are_said_and_not_taken(session: Session) -> None:
    panel = Panel(session, OpenNotebook(state={"schema": 0}), STEPS)  # type: ignore[arg-type]
    panel.start()
    assert "another version" in notices(panel)["stored"]


def test_without_an_extension_the_code_is_there_to_copy(session: Session) -> None:
    panel = Panel(session, OpenNotebook(there=False), STEPS)  # type: ignore[arg-type]
    panel.start()
    shown = text_of(panel)
    assert "does not answer here" in shown
    assert "Copy</button>" in shown
    assert "AutoTokenizer.from_pretrained" in shown


def test_a_mistake_of_ours_is_shown_and_not_swallowed(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oh no")

    monkeypatch.setattr(panel.writer, "insert", broken)
    press(panel, "Insert and run this step")
    told = notices(panel)["error"]
    assert "ZeroDivisionError: oh no" in told
    assert "panel.py" in told


def test_what_fails_once_the_notebook_has_answered_is_shown(
    panel: Panel, book: OpenNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers long after the button's own work is done."""
    later: list[Any] = []
    answers = book.snapshot
    monkeypatch.setattr(book, "snapshot", lambda *asked: later.append(asked))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunFolder, "write_recipe", full)
    press(panel, "Run all")
    answers(*later.pop())
    assert "No space left on device" in notices(panel)["error"]


def test_closing_lets_go_of_session_and_notebook(panel: Panel, book: OpenNotebook, session: Session) -> None:
    panel.close()
    session.set({"run": "parrot-9"})
    book.tell("removed", "nothing")
    assert (book.state or {})["recipe"]["run"] == "parrot-1" if book.state else True


def opened(book: OpenNotebook, presets: dict[str, Any] | None = None) -> Panel:
    """The panel as a new kernel opens it in this notebook."""
    session = Session({"data": "pairs.jsonl", **(presets or {})}, machine=MACHINE)
    made = Panel(session, book, STEPS)  # type: ignore[arg-type]
    made.start()
    return made


def test_a_panel_that_names_no_run_starts_under_a_free_name(work: Path, book: OpenNotebook) -> None:
    assert opened(OpenNotebook()).session.recipe.run == "my-first-run"
    finished("my-first-run")
    panel = opened(book)
    panel.go("compare")
    assert panel.session.recipe.run == "my-first-run-2"
    assert panel.session.recipe.parent is None
    assert "has finished" not in text_of(panel)
    press(panel, "Run all")
    assert 'run="my-first-run-2"' in book.source("train")
    # Its own run is there now, and the name stays: in this kernel and in the next one.
    finished("my-first-run-2")
    panel.start()
    assert panel.session.recipe.run == "my-first-run-2"
    assert opened(book).session.recipe.run == "my-first-run-2"


@pytest.mark.parametrize("there", [True, False])
def test_a_name_once_found_is_kept_by_its_kernel(work: Path, there: bool) -> None:
    book = OpenNotebook(there=there)
    panel = opened(book)
    finished("my-first-run")
    again = Panel(panel.session, book, STEPS)  # type: ignore[arg-type]
    again.start()
    assert again.session.recipe.run == "my-first-run"


def test_the_cells_of_a_notebook_without_stored_choices_say_which_run_it_is(
    work: Path, book: OpenNotebook
) -> None:
    press(opened(book, {"run": "parrot-7"}), "Insert all")
    book.state = None
    finished("parrot-7")
    finished("my-first-run")
    assert opened(book).session.recipe.run == "parrot-7"


def test_the_page_comes_back_however_often(work: Path, book: OpenNotebook) -> None:
    opened(book).go("compare")
    for _ in range(3):
        assert opened(book).page == "compare"


def test_a_run_that_the_call_names_keeps_its_name(work: Path, book: OpenNotebook) -> None:
    finished("my-first-run")
    assert opened(book, {"run": "my-first-run"}).session.recipe.run == "my-first-run"


def test_without_the_extension_the_panel_says_where_the_chart_is(session: Session) -> None:
    alone = Panel(session, OpenNotebook(there=False), STEPS)  # type: ignore[arg-type]
    alone.start()
    assert "its chart is below that cell" not in text_of(alone)
    alone.go("train")
    assert text_of(alone).count("its chart is below that cell, further down") == 1


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "interrupted"])
@pytest.mark.parametrize("there", [True, False])
def test_a_run_that_has_ended_opens_on_its_review(work: Path, state: str, there: bool) -> None:
    RunFolder("parrot-1").begin()
    assert opened(OpenNotebook(there=there), {"run": "parrot-1"}).page == "model", "it is being trained"
    RunFolder("parrot-1").set_state(state)
    book = OpenNotebook(there=there)
    panel = opened(book, {"run": "parrot-1"})
    assert panel.page == "compare"
    assert "The run parrot-1" in text_of(panel)
    assert opened(OpenNotebook(there=there), {"run": "parrot-2"}).page == "model", "nobody has trained it"
    assert opened(OpenNotebook(there=there)).page == "model", "nobody has named it"
    if there:
        panel.go("data")
        assert opened(book, {"run": "parrot-1"}).page == "data", "the notebook keeps another place"


def test_a_call_that_names_another_run_opens_on_the_review_of_that_one(work: Path) -> None:
    """The place that the notebook keeps is that of the run before."""
    for run in ("curve-a", "curve-b"):
        finished(run)
        RunFolder(run).path.joinpath("recipe.yaml").write_text(f"run: {run}\n", "utf-8")
    book = OpenNotebook()
    first = opened(book, {"run": "curve-a"})
    first.go("data")
    assert opened(book, {"run": "curve-b"}).page == "compare"
    # In the same kernel the panel before has stored the new choices with its own page already.
    opened(book, {"run": "curve-b"}).go("data")
    first.session.present({"run": "curve-b"})
    assert book.state is not None
    assert book.state["page"] == "data"
    again = Panel(first.session, book, STEPS)  # type: ignore[arg-type]
    again.start()
    assert again.page == "compare"
    again.go("data")
    first.session.present({"run": "curve-b"})
    once_more = Panel(first.session, book, STEPS)  # type: ignore[arg-type]
    once_more.start()
    assert once_more.page == "data"
