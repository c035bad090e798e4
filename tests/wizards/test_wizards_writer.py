"""Writing cells into the notebook, running them, and leaving alone what a person has edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftkit.notebook import file
from ftkit.runfolder import RunFolder
from ftkit.wizards.outcomes import Done, Outcome, Refused, RunExists
from ftkit.wizards.session import STEPS, Session
from ftkit.wizards.writer import NotebookWriter
from tests.wizards.conftest import MACHINE
from tests.wizards.open_notebook import ANCHOR, OpenNotebook


@pytest.fixture
def book() -> OpenNotebook:
    return OpenNotebook()


@pytest.fixture
def writer(session: Session, book: OpenNotebook) -> NotebookWriter:
    made = NotebookWriter(session, book)  # type: ignore[arg-type]
    made.watch(lambda: None, lambda step, ok, error: None, lambda: None)
    return made


def insert(writer: NotebookWriter, *steps: str, **how: Any) -> Outcome:
    told: list[Outcome] = []
    writer.insert(steps, run=how.pop("run", True), tell=told.append, **how)
    assert len(told) == 1, "exactly one answer"
    return told[0]


def test_one_step_is_written_and_run(writer: NotebookWriter, book: OpenNotebook) -> None:
    assert insert(writer, "model") == Done(written=("model",), running=("model",))
    assert book.steps() == ["model"]
    assert book.ran == ["model"]
    assert writer.has_run("model")
    assert writer.standing("model") == "current"


def test_all_steps_are_one_edit(writer: NotebookWriter, book: OpenNotebook) -> None:
    insert(writer, *STEPS, run=False)
    assert book.steps() == list(STEPS)
    assert book.edits == 1
    assert book.ran == []


def test_training_runs_what_it_needs_first(writer: NotebookWriter, book: OpenNotebook) -> None:
    insert(writer, "model")
    assert writer.needed("train") == ("data", "method")
    insert(writer, "train")
    assert book.ran == ["model", "data", "method", "train"]


def test_a_step_whose_choices_changed_is_written_and_run_again(
    writer: NotebookWriter, book: OpenNotebook, session: Session
) -> None:
    insert(writer, "model", "data", "method")
    session.set({"method.r": 4})
    assert writer.standing("method") == "older"
    insert(writer, "train")
    assert "r=4" in book.source("method")
    assert book.ran[-2:] == ["method", "train"]


def test_a_failing_cell_stops_the_others(writer: NotebookWriter, book: OpenNotebook) -> None:
    book.failing = {"data": "DataError: gone"}
    insert(writer, *STEPS)
    assert book.ran == ["model", "data"]
    assert not writer.has_run("data")


def test_nothing_is_written_while_something_is_wrong(work: Path, book: OpenNotebook) -> None:
    session = Session({"data": "nowhere.jsonl"}, machine=MACHINE)
    outcome = insert(NotebookWriter(session, book), *STEPS)  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert outcome.page == "data"
    assert book.steps() == []


def test_the_recipe_is_in_the_run_folder_before_the_training_runs(
    writer: NotebookWriter, book: OpenNotebook
) -> None:
    insert(writer, "model")
    assert not RunFolder("parrot-1").path.exists()
    insert(writer, "train")
    assert "parrot-1" in RunFolder("parrot-1").recipe_text()


def test_a_run_that_exists_is_not_trained_before_the_person_chose(
    writer: NotebookWriter, book: OpenNotebook
) -> None:
    RunFolder("parrot-1").begin()
    RunFolder("parrot-1").set_state("stopped")
    checkpoint = RunFolder("parrot-1").checkpoints / "checkpoint-4"
    checkpoint.mkdir(parents=True)
    half_written = insert(writer, *STEPS)
    assert half_written == RunExists("parrot-1", "stopped", resumable=False)
    (checkpoint / "trainer_state.json").write_text("{}", "utf-8")
    assert insert(writer, *STEPS) == RunExists("parrot-1", "stopped", resumable=True)
    assert book.steps() == []
    insert(writer, *STEPS, existing="resume")
    assert 'existing="resume"' in book.source("train")
    assert "resume_from_checkpoint=True" in book.source("train")
    assert book.ran == list(STEPS)


def test_the_answer_is_asked_for_again_the_next_time(writer: NotebookWriter, book: OpenNotebook) -> None:
    RunFolder("parrot-1").begin()
    RunFolder("parrot-1").set_state("finished")
    insert(writer, "train", existing="overwrite")
    assert 'existing="overwrite"' in book.source("train")
    assert insert(writer, "train") == RunExists("parrot-1", "finished", resumable=False)


def test_the_answer_reaches_a_cell_that_the_person_edited(writer: NotebookWriter, book: OpenNotebook) -> None:
    insert(writer, "train", run=False)
    book.edit("train", "outcome =", "# mine\noutcome =")
    RunFolder("parrot-1").begin()
    RunFolder("parrot-1").set_state("finished")
    insert(writer, "train", existing="overwrite")
    assert "# mine" in book.source("train")
    assert 'existing="overwrite"' in book.source("train")


def test_an_edited_cell_is_kept_and_run_as_it_is(writer: NotebookWriter, book: OpenNotebook) -> None:
    insert(writer, "method", run=False)
    book.edit("method", "r=16", "r=5")
    outcome = insert(writer, "method")
    assert isinstance(outcome, Done)
    assert outcome.kept == ("method",)
    assert "r=5" in book.source("method")
    assert book.ran == ["method"]


def test_edits_are_compared_with_the_form(writer: NotebookWriter, book: OpenNotebook) -> None:
    insert(writer, *STEPS, run=False)
    assert writer.drift() == []
    book.edit("train", "num_train_epochs=2", "num_train_epochs=7")
    ((view, (difference,)),) = writer.drift()
    assert (difference.path, difference.form, difference.cell) == ("training.num_train_epochs", 2, 7)
    told: list[Outcome] = []
    writer.keep_form(view, [difference], told.append)
    assert "num_train_epochs=2" in book.source("train")
    assert writer.drift() == []


def test_half_typed_python_is_no_difference(writer: NotebookWriter, book: OpenNotebook) -> None:
    insert(writer, "method", run=False)
    book.edit("method", "r=16", "r=(")
    assert writer.drift() == []


def test_an_older_cell_of_ours_is_no_drift(
    writer: NotebookWriter, book: OpenNotebook, session: Session
) -> None:
    insert(writer, "method", run=False)
    session.set({"method.r": 4})
    assert writer.drift() == []


def test_an_undo_in_the_notebook_shows_as_a_difference(
    writer: NotebookWriter, book: OpenNotebook, session: Session
) -> None:
    insert(writer, "method", run=False)
    before = file.views(book.notebook)
    session.set({"method.r": 4})
    insert(writer, "method", run=False)
    old = next(view for view in before if view.id != ANCHOR)
    book.tell("changed", old.id, old.source, old.metadata)
    ((_, (difference, *_)),) = writer.drift()
    assert (difference.form, difference.cell) == (4, 16)


def test_a_remedy_changes_only_the_literal_of_an_edited_cell(
    writer: NotebookWriter, book: OpenNotebook, session: Session
) -> None:
    insert(writer, *STEPS, run=False)
    book.edit("train", "outcome =", "print('my own line')\noutcome =")
    before = book.source("train")
    session.set({"training.num_train_epochs": 1.0, "run": "parrot-2", "parent": "parrot-1"})
    told: list[Outcome] = []
    writer.follow(("training.num_train_epochs", "run", "parent"), told.append)
    expected = before.replace("num_train_epochs=2", "num_train_epochs=1.0").replace("parrot-1", "parrot-2")
    assert book.source("train") in (expected, expected.replace("1.0", "1"))
    assert "parrot-2" in book.source("compare")
    assert book.edits == 2, "one undo takes all of it back"


def test_an_edited_comparison_asks_about_the_latest_change(
    writer: NotebookWriter, book: OpenNotebook, session: Session
) -> None:
    insert(writer, *STEPS, run=False)
    book.edit("compare", "ftkit.compare", "# mine\nftkit.compare")
    for run, parent in [("parrot-2", "parrot-1"), ("parrot-3", "parrot-2")]:
        session.set({"run": run, "parent": parent})
        writer.follow(("run", "parent"), lambda outcome: None)
        source = book.source("compare")
        assert "# mine" in source
        assert f'"{run}"' in source
        assert source.count("before=") == 1
        assert f'before="{parent}"' in source
        assert writer.drift() == []
    session.set({"parent": None})
    writer.follow(("parent",), lambda outcome: None)
    assert "before=None" in book.source("compare")
    assert writer.drift() == []


def test_another_model_reaches_an_edited_cell_as_what_from_pretrained_takes(
    writer: NotebookWriter, book: OpenNotebook, session: Session
) -> None:
    insert(writer, "model", run=False)
    book.edit("model", "tokenizer = ", "print(model_path)\ntokenizer = ")
    assert writer.drift() == []
    for model, shown in [
        ("qwen2.5-0.5b", '"Qwen/Qwen2.5-0.5B-Instruct"'),
        ("smollm2-135m", "ftkit.starter_model()"),
    ]:
        session.set({"model.id": model})
        writer.follow(["model.id"], lambda outcome: None)
        assert f"model_path = {shown}\n" in book.source("model")
        assert "print(model_path)" in book.source("model")
        assert writer.drift() == []


def test_a_change_that_has_no_place_in_the_cell_is_said(
    writer: NotebookWriter, book: OpenNotebook, session: Session
) -> None:
    insert(writer, "train", run=False)
    book.edit("train", "learning_rate=", "learning_rate=my_rate or ")
    session.set({"training.learning_rate": 1e-5})
    told: list[Any] = []
    writer.follow(("training.learning_rate",), told.append)
    assert "by hand" in told[0].left_alone[0]
    assert "my_rate" in book.source("train")


def test_a_wizard_cell_that_is_gone_is_said(session: Session) -> None:
    book = OpenNotebook()
    book.notebook.cells.clear()

    def nothing(done: Any) -> None:
        from ftkit.notebook import Snapshot

        done(Snapshot((), None, "a.ipynb"))

    book.snapshot = nothing  # type: ignore[method-assign]
    outcome = insert(NotebookWriter(session, book), "model")  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert "not in this notebook" in outcome.why[0]
