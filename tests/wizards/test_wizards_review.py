"""The last page: every choice before the run, and what came of it after."""

from __future__ import annotations

from ftkit.diagnosis import Remedy
from ftkit.recipe import recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from tests.diagnosis.made_up import history, still_falling
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import every, finished, notices, press, text_of
from tests.wizards.open_notebook import ANCHOR, OpenNotebook


def test_a_remedy_changes_form_and_cell_and_names_a_new_run(panel: Panel, book: OpenNotebook) -> None:
    press(panel, "Insert all")
    book.edit("train", "outcome =", "# mine\noutcome =")
    RunFolder("parrot-1").begin()
    RunFolder("parrot-1").set_state("finished")
    said = panel.next_run.on_remedy(Remedy("training.learning_rate", 5e-4, 2.5e-4, "why", "effect"))
    assert "parrot-2" in said
    assert "learning_rate=0.00025" in book.source("train")
    assert "# mine" in book.source("train")
    assert panel.session.recipe.run == "parrot-2"
    assert RunFolder("parrot-1").exists()


def test_the_review_opens_with_what_is_to_be_read_now(panel: Panel) -> None:
    panel.go("compare")
    assert "Look it through once" in text_of(panel)
    folder = RunFolder("parrot-1")
    folder.begin()
    panel.refresh()
    assert "is being trained" in text_of(panel)
    assert "Look it through once" not in text_of(panel)
    folder.set_state("finished")
    folder.write_json("verdict.json", {"verdict": "healthy"})
    panel.refresh()
    assert "what to change next" in text_of(panel)
    # The next run, before it is started: its parent is shown, and its choices are to be looked through.
    panel.session.set({"run": "parrot-2", "parent": "parrot-1"})
    assert "Look it through once" in text_of(panel)


def test_the_findings_know_of_a_comparison_as_soon_as_it_is_made(panel: Panel) -> None:
    folder = RunFolder("parrot-1")
    folder.begin()
    folder.set_state("finished")
    folder.write_json("verdict.json", {"verdict": "healthy"})
    panel.go("compare")
    assert "were not compared on 3 questions" in text_of(panel)
    answers = {"base": {"text": "no"}, "tuned": {"text": "yes"}}
    folder.write_json("comparison.json", {"pairs": [answers] * 3})
    panel.refresh()
    assert "were not compared on 3 questions" not in text_of(panel)


def test_the_review_shows_every_choice_and_what_the_run_takes(panel: Panel) -> None:
    panel.go("compare")
    shown = text_of(panel)
    for word in ("Disk", "Time", "ftkit-runs/parrot-1", "Rank", "Learning rate", "chosen for you"):
        assert word in shown
    assert "Fixes</th><td>none</td>" in shown
    assert "Early stopping</th><td>off</td>" in shown


def test_what_a_task_starts_with_is_not_called_a_choice(panel: Panel) -> None:
    panel.session.choose_task("classification")
    panel.go("compare")
    shown = text_of(panel)
    assert "Epochs</th><td>3</td><td></td>" in shown
    assert "Batch size</th><td>16</td><td></td>" in shown
    panel.session.set({"training.num_train_epochs": 1.0})
    assert "Epochs</th><td>1</td><td>your choice" in text_of(panel)


def test_the_cells_that_have_something_to_show_are_brought_into_view(
    panel: Panel, book: OpenNotebook
) -> None:
    for step in STEPS[:4]:
        panel.go(step)
        press(panel, "Insert and run this step")
    press(panel, "Insert all")
    finished("parrot-1")
    panel.go("compare")
    press(panel, "Insert and run this step")
    shown = [book.view(cell).metadata["ftkit"]["step"] if cell else None for cell in book.shown]
    assert shown == [None, None, None, "train", None, "compare"]


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
    assert "no cells" in text_of(panel)


def test_the_pressed_button_is_marked_and_takes_it_back(panel: Panel) -> None:
    made = history(still_falling)
    folder = RunFolder("parrot-1")
    trained("parrot-1", panel)
    for step, loss in made.train:
        folder.append_metrics({"attempt": 1, "step": step, "loss": loss})
    for step, loss in made.eval:
        folder.append_metrics({"attempt": 1, "step": step, "eval_loss": loss})
    folder.write_json("verdict.json", {"verdict": "underfitting"})
    panel.go("compare")
    before = panel.session.recipe
    press(panel, "Epochs: 2 → 4")
    assert panel.session.recipe.training.num_train_epochs == 4.0
    press(panel, "✓ Epochs: 2 → 4")
    assert panel.session.recipe == before
    press(panel, "Epochs: 2 → 4")
    panel.session.set({"training.num_train_epochs": 7.0})
    assert "✓ Epochs: 2 → 4" not in [getattr(one, "description", "") for one in every(panel.widget)]
    assert "Epochs: 2 → 4" in [getattr(one, "description", "") for one in every(panel.widget)]


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
    made = Panel(Session({"run": run}, machine=MACHINE), OpenNotebook(), STEPS, ANCHOR)  # type: ignore[arg-type]
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
