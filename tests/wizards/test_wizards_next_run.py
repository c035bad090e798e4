"""Remedies and new starts: what they make of the choices and the cells, and how they are taken back."""

from __future__ import annotations

import pytest

from ftkit.diagnosis import Remedy
from ftkit.live import DiagnosisView
from ftkit.recipe import recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from tests.diagnosis.made_up import history, still_falling
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import every, finished, notices, press, text_of
from tests.wizards.open_notebook import OpenNotebook


def trained(run: str, panel: Panel) -> None:
    """A finished run with the panel's choices."""
    finished(run)
    RunFolder(run).path.joinpath("recipe.yaml").write_text(recipe_to_yaml(panel.session.recipe), "utf-8")


EPOCHS = Remedy("training.num_train_epochs", 2.0, 1.0, "why", "effect")
RATE = Remedy("training.learning_rate", 5e-4, 2.5e-4, "why", "effect")


def test_a_second_remedy_takes_the_place_of_the_first(panel: Panel, book: OpenNotebook) -> None:
    press(panel, "Insert all")
    trained("parrot-1", panel)
    panel.next_run.on_remedy(EPOCHS)
    panel.next_run.on_remedy(RATE)
    assert panel.session.recipe.training.num_train_epochs == 2.0
    assert panel.session.recipe.training.learning_rate == 2.5e-4
    assert "num_train_epochs=1" not in book.source("train")
    assert (panel.session.recipe.run, panel.session.recipe.parent) == ("parrot-2", "parrot-1")


def test_a_remedy_starts_from_what_the_run_had_whatever_the_form_says(panel: Panel) -> None:
    trained("parrot-1", panel)
    panel.session.set({"method.r": 4, "training.seed": 7})
    said = panel.next_run.on_remedy(RATE)
    assert panel.session.recipe.method.r == 16
    assert panel.session.recipe.training.seed == 42
    assert "Rank" in said  # what goes back to what the run had is named
    assert "Seed" in said
    panel.next_run.undo_remedy()
    assert (panel.session.recipe.method.r, panel.session.recipe.run) == (4, "parrot-1")


def test_without_a_cell_nobody_is_told_that_one_was_changed(panel: Panel) -> None:
    trained("parrot-1", panel)
    said = panel.next_run.on_remedy(RATE)
    assert "in the cell" not in said
    assert "holds all of this already" not in text_of(panel)


@pytest.mark.parametrize("with_cells", [True, False])
def test_what_is_to_be_pressed_after_a_remedy_is_said_once_and_does_it(
    panel: Panel, book: OpenNotebook, with_cells: bool
) -> None:
    if with_cells:
        press(panel, "Insert all")
    underfitted(panel)
    panel.go("compare")
    press(panel, "Epochs: 2 → 4")
    told = f"{said_by(panel)} {text_of(panel)}"
    assert "“Run all”" in told
    assert "“Insert all”" not in told
    assert "no cells of this yet" not in told
    assert ("write its cells" in told) is not with_cells
    assert ("Written into your notebook" in told) is with_cells
    press(panel, "Run all")
    assert book.ran == list(STEPS)
    assert 'run="parrot-2"' in book.source("train")


def said_by(panel: Panel) -> str:
    """The sentence below the remedies."""
    return next(one.said for one in every(panel.widget) if isinstance(one, DiagnosisView))


def underfitted(panel: Panel) -> RunFolder:
    """A finished run with the panel's choices that was still falling."""
    made = history(still_falling)
    folder = RunFolder("parrot-1")
    trained("parrot-1", panel)
    for step, loss in made.train:
        folder.append_metrics({"attempt": 1, "step": step, "loss": loss})
    for step, loss in made.eval:
        folder.append_metrics({"attempt": 1, "step": step, "eval_loss": loss})
    folder.write_json("verdict.json", {"verdict": "underfitting"})
    return folder


def buttons(panel: Panel) -> list[str]:
    return [getattr(one, "description", "") for one in every(panel.widget)]


def test_the_pressed_button_is_marked_and_takes_it_back(panel: Panel) -> None:
    underfitted(panel)
    panel.go("compare")
    before = panel.session.recipe
    press(panel, "Epochs: 2 → 4")
    assert panel.session.recipe.training.num_train_epochs == 4.0
    press(panel, "✓ Epochs: 2 → 4")
    assert panel.session.recipe == before
    press(panel, "Epochs: 2 → 4")
    panel.session.set({"training.num_train_epochs": 7.0})
    assert "✓ Epochs: 2 → 4" not in buttons(panel)
    assert "Epochs: 2 → 4" in buttons(panel)
    assert "once more to take it back" not in text_of(panel)
    # By hand what the button would do: it is the same change.
    panel.session.set({"training.num_train_epochs": 4.0})
    assert "✓ Epochs: 2 → 4" in buttons(panel)


def test_all_choices_go_back_to_the_call_and_that_can_be_undone(panel: Panel) -> None:
    panel.session.set({"method.r": 4})
    trained("parrot-1", panel)
    panel.go("compare")
    press(panel, "Start all choices anew")
    assert panel.session.recipe.method.r == 16
    assert panel.session.recipe.data.source == "pairs.jsonl"
    assert panel.session.recipe.run == "parrot-2"
    press(panel, "Take it back")
    assert (panel.session.recipe.method.r, panel.session.recipe.run) == (4, "parrot-1")


def test_started_anew_the_run_does_not_keep_the_name_of_one_that_was_prepared(panel: Panel) -> None:
    for run in ("parrot-1", "parrot-2"):
        panel.session.set({"run": run})
        trained(run, panel)
    panel.next_run.on_remedy(EPOCHS)
    assert panel.session.recipe.run == "parrot-3"
    panel.next_run.start_anew()
    assert (panel.session.recipe.run, panel.session.recipe.parent) == ("parrot-4", None)
    assert "the run is called parrot-4" in notices(panel)["anew"]


def test_a_remedy_keeps_what_the_persons_own_cell_trained_with(panel: Panel, book: OpenNotebook) -> None:
    """The run had 1e-3, whatever the recipe says: another remedy must not change that as well."""
    press(panel, "Insert all")
    trained("parrot-1", panel)
    book.edit("train", "learning_rate=0.0005,", "learning_rate=1e-3,  # mine")
    RunFolder("parrot-1").write_json("actual.json", {"arguments": {"learning_rate": 1e-3}, "differences": []})
    panel.next_run.on_remedy(RATE)
    assert "learning_rate=0.00025,  # mine" in book.source("train")
    panel.next_run.on_remedy(EPOCHS)
    assert "learning_rate=0.001,  # mine" in book.source("train")
    assert panel.session.recipe.training.num_train_epochs == 1.0


def test_what_was_chosen_after_a_remedy_outlives_its_being_taken_back(panel: Panel) -> None:
    trained("parrot-1", panel)
    panel.session.set({"training.seed": "abc"})
    panel.next_run.on_remedy(EPOCHS)
    panel.session.set({"method.r": 8})
    panel.next_run.undo_remedy()
    assert panel.session.recipe.method.r == 8
    assert panel.session.recipe.training.num_train_epochs == 2.0
    assert panel.session.wrong == {"training.seed": "abc"}


def test_after_a_restart_a_remedy_that_is_taken_back_is_gone(panel: Panel) -> None:
    trained("parrot-1", panel)
    panel.session.set({"run": "parrot-2", "parent": "parrot-1", "training.num_train_epochs": 1.0})
    panel.next_run.on_remedy(EPOCHS)
    panel.next_run.undo_remedy()
    assert panel.session.recipe.training.num_train_epochs == 2.0
    assert panel.session.recipe.run == "parrot-1"


def test_without_a_recipe_that_can_be_read_remedies_take_turns_as_well(panel: Panel) -> None:
    trained("parrot-1", panel)
    RunFolder("parrot-1").path.joinpath("recipe.yaml").write_text("[[[", "utf-8")
    panel.next_run.on_remedy(EPOCHS)
    panel.next_run.on_remedy(RATE)
    assert panel.session.recipe.training.num_train_epochs == 2.0


def test_a_remedy_of_a_run_of_another_technique_changes_the_cells_too(
    panel: Panel, book: OpenNotebook
) -> None:
    press(panel, "Insert all")
    trained("parrot-1", panel)
    book.edit("method", "lora_dropout", "# mine\n    lora_dropout")
    panel.session.choose_method("full")
    panel.next_run.on_remedy(RATE)
    assert panel.session.recipe.method.name == "lora"
    panel.next_run.undo_remedy()
    assert panel.session.recipe.method.name == "full"
    assert "wrong inside" not in text_of(panel)


def opened(run: str) -> Panel:
    """The panel that ``ftkit.wizard(run=…)`` opens in a new notebook, on its last page."""
    made = Panel(Session({"run": run}, machine=MACHINE), OpenNotebook(), STEPS)  # type: ignore[arg-type]
    made.start()
    made.tabs.selected_index = STEPS.index("compare")
    return made


def test_all_choices_of_a_run_that_follows_another_start_anew_without_that_one(
    panel: Panel,
) -> None:
    trained("parrot-1", panel)
    RunFolder("parrot-1").write_json("verdict.json", {"verdict": "healthy"})
    panel.session.set({"run": "parrot-2", "parent": "parrot-1"})
    trained("parrot-2", panel)
    again = opened("parrot-2")
    press(again, "Start all choices anew")
    assert (again.session.recipe.run, again.session.recipe.parent) == ("parrot-3", None)
    assert "The run parrot-1" not in text_of(again)
    press(again, "Take it back")
    assert (again.session.recipe.run, again.session.recipe.parent) == ("parrot-2", "parrot-1")


def test_what_cannot_be_used_is_there_again_when_all_choices_are(panel: Panel) -> None:
    panel.session.set({"training.seed": "abc"})
    panel.go("compare")
    press(panel, "Start all choices anew")
    assert not panel.session.wrong
    press(panel, "Take it back")
    assert panel.session.wrong == {"training.seed": "abc"}


def test_a_run_of_another_machine_takes_remedies_and_gives_them_back(panel: Panel) -> None:
    """Its model is not here, so that no cell can be written: the choices change, and that is told and can be undone."""
    panel.session.set({"model.id": "/home/somebody/model", "data.source": "/home/somebody/rows.jsonl"})
    trained("parrot-1", panel)
    elsewhere = opened("parrot-1")
    before = elsewhere.session.recipe
    assert "parrot-2" in elsewhere.next_run.on_remedy(EPOCHS)
    assert "/home/somebody/model" in notices(elsewhere)["left-0"]
    assert "parrot-1" in elsewhere.next_run.undo_remedy()
    assert elsewhere.session.recipe == before
    press(elsewhere, "Start all choices anew")
    press(elsewhere, "Take it back")
    assert elsewhere.session.recipe == before


def test_a_recipe_in_another_encoding_keeps_no_remedy_back(panel: Panel) -> None:
    trained("parrot-1", panel)
    RunFolder("parrot-1").path.joinpath("recipe.yaml").write_bytes("run: \xe9".encode("latin-1"))
    assert "parrot-2" in panel.next_run.on_remedy(EPOCHS)
    assert "inside ftkit" not in text_of(panel)


def test_after_a_run_with_the_longest_name_the_next_one_has_a_name(panel: Panel) -> None:
    longest = "p" * 80
    panel.session.set({"run": longest})
    trained(longest, panel)
    said = panel.next_run.on_remedy(EPOCHS)
    assert panel.session.recipe.run == "p" * 78 + "-2"
    assert panel.session.recipe.run in said


def test_after_a_restart_the_remedy_that_is_prepared_is_marked_and_can_be_taken_back(
    panel: Panel, book: OpenNotebook
) -> None:
    underfitted(panel)
    panel.go("compare")
    press(panel, "Insert all")
    press(panel, "Epochs: 2 → 4")
    later = Panel(Session({"run": "parrot-1"}, machine=MACHINE), book, STEPS)  # type: ignore[arg-type]
    later.start()
    later.tabs.selected_index = STEPS.index("compare")
    assert later.session.recipe.run == "parrot-2"
    assert "parrot-2 is prepared with this change" in text_of(later)
    press(later, "✓ Epochs: 2 → 4")
    assert later.session.recipe.training.num_train_epochs == 2.0
    assert later.session.recipe.run == "parrot-1"
    assert "num_train_epochs=2" in book.source("train")
    assert "✓ Epochs: 2 → 4" not in buttons(later)


def test_taken_back_a_cell_has_what_the_person_had_typed(panel: Panel, book: OpenNotebook) -> None:
    """They had not run it, and had not taken it up into the form."""
    press(panel, "Insert all")
    trained("parrot-1", panel)
    book.edit("train", "learning_rate=0.0005,", "learning_rate=7e-4,  # mine")
    panel.next_run.on_remedy(RATE)
    panel.next_run.on_remedy(EPOCHS)
    panel.next_run.on_remedy(RATE)
    assert "learning_rate=0.00025,  # mine" in book.source("train")
    panel.next_run.undo_remedy()
    assert "learning_rate=7e-4,  # mine" in book.source("train")
    assert "parrot-1" in book.source("train")
    panel.next_run.on_remedy(RATE)
    book.edit("train", "# mine", "# mine, and more")
    panel.next_run.undo_remedy()
    assert "learning_rate=0.0005,  # mine, and more" in book.source("train")


def test_what_could_not_be_written_is_no_matter_once_the_remedy_is_taken_back(
    panel: Panel, book: OpenNotebook
) -> None:
    press(panel, "Insert all")
    trained("parrot-1", panel)
    book.edit("train", "learning_rate=0.0005,", "learning_rate=base * 2,")
    panel.next_run.on_remedy(RATE)
    assert any(key.startswith("left-") for key in notices(panel))
    panel.next_run.undo_remedy()
    assert not any(key.startswith("left-") for key in notices(panel))


def test_a_run_that_broke_off_says_what_to_change_next(panel: Panel) -> None:
    folder = underfitted(panel)
    (folder.path / "verdict.json").unlink()
    folder.set_state("interrupted")
    panel.go("compare")
    assert "what it learned" not in text_of(panel)
    assert any(label.startswith("Epochs: 2") for label in buttons(panel))


def test_a_run_without_a_verdict_keeps_it_to_itself(panel: Panel) -> None:
    """As ``show_verdict=False`` leaves it: the person makes up their own mind first."""
    folder = underfitted(panel)
    (folder.path / "verdict.json").unlink()
    panel.go("compare")
    assert not any(label.startswith("Epochs: 2") for label in buttons(panel))


def test_a_run_that_is_renamed_by_hand_follows_the_one_that_was_trained(panel: Panel) -> None:
    trained("parrot-1", panel)
    panel.session.set({"run": "parrot-2", "parent": "parrot-1"})
    panel.session.set({"run": "mine"})
    assert panel.session.recipe.parent == "parrot-1", "parrot-2 was never trained"
    trained("mine", panel)
    panel.session.set({"run": "not a name"})
    assert (panel.session.recipe.run, panel.session.recipe.parent) == ("mine", "parrot-1")
    panel.session.set({"run": "again"})
    assert panel.session.recipe.parent == "mine"
    panel.session.set({"run": "mine"})  # back to one that was trained: it follows whom it followed then
    assert panel.session.recipe.parent == "parrot-1"


def test_a_first_run_that_is_renamed_follows_nothing(panel: Panel) -> None:
    trained("parrot-1", panel)
    panel.session.set({"run": "other"})
    assert panel.session.recipe.parent is None


def test_what_kept_a_press_from_working_is_forgotten_once_the_choices_change(panel: Panel) -> None:
    panel.session.set({"training.num_train_epochs": "abc"})
    press(panel, "Insert all")
    assert "refused" in notices(panel)
    panel.session.set({"training.num_train_epochs": 2.0})
    assert "refused" not in notices(panel)


def test_what_is_typed_between_two_remedies_outlives_the_taking_back(
    panel: Panel, book: OpenNotebook
) -> None:
    press(panel, "Insert all")
    trained("parrot-1", panel)
    book.edit("train", "outcome =", "# mine\noutcome =")
    panel.next_run.on_remedy(EPOCHS)
    book.edit("train", "# mine", "# mine, and a line written since")
    panel.next_run.on_remedy(RATE)
    panel.next_run.undo_remedy()
    assert "# mine, and a line written since" in book.source("train")
    assert "learning_rate=0.0005," in book.source("train")
