"""The choices, what is wrong with them, and what follows: no widgets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ftkit.errors import DataError, FtkitError, RecipeError
from ftkit.recipe import recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.wizards.obstacles import obstacles
from ftkit.wizards.session import Session
from tests.tiny import tiny_rows, write_jsonl
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import finished


def test_presets_are_the_first_choices(session: Session) -> None:
    assert session.recipe.data.source == "pairs.jsonl"
    assert session.recipe.run == "parrot-1"


def test_a_preset_that_is_no_setting_is_refused(work: Path) -> None:
    with pytest.raises(RecipeError, match="learning_rat"):
        Session({"learning_rat": 1e-3})


def test_every_step_has_a_cell_and_automatic_values_have_reasons(session: Session) -> None:
    assert list(session.cells) == ["model", "data", "method", "train", "compare"]
    assert session.resolved.reasons["training.learning_rate"]
    assert session.facts.skipped == 2


def test_all_wrong_values_are_kept_and_explained_at_once(session: Session) -> None:
    session.set({"training.learning_rate": "fast"})
    session.set({"training.num_train_epochs": -1})
    assert set(session.problems) == {"training.learning_rate", "training.num_train_epochs"}
    assert session.value("training.learning_rate") == "fast"
    assert session.recipe.training.learning_rate == "auto"
    session.set({"training.learning_rate": 1e-3})
    assert set(session.problems) == {"training.num_train_epochs"}
    assert session.recipe.training.learning_rate == 1e-3


def test_a_rule_between_two_fields_is_shown_at_the_one_that_was_changed(session: Session) -> None:
    session.set({"training.per_device_train_batch_size": 3})
    problem = session.problem("training.per_device_train_batch_size")
    assert problem is not None
    assert "divides" in problem.allowed
    assert session.problem("training.batch_size") is None
    session.set({"training.batch_size": 9})
    assert not session.problems
    assert session.recipe.training.per_device_train_batch_size == 3


def test_obstacles_name_every_problem_and_its_page(work: Path) -> None:
    session = Session({"data": "nowhere.jsonl"}, machine=MACHINE)
    session.set({"training.seed": -1})
    steps = [step for step, _ in obstacles(session, ("model", "data", "method", "train"))]
    assert steps == ["train", "data"]


def test_without_data_the_model_and_method_cells_are_there(work: Path) -> None:
    session = Session(machine=MACHINE)
    assert list(session.cells) == ["model", "method"]
    assert obstacles(session, ("model",)) == []
    with pytest.raises(DataError):
        _ = session.facts


def test_switching_the_method_back_brings_its_settings_back(session: Session) -> None:
    session.set({"method.r": 4})
    session.choose_method("full")
    assert session.trainable() == session.found.shape.parameters
    session.choose_method("lora")
    assert session.recipe.method.r == 4


def test_a_wrong_setting_of_a_method_goes_with_it(session: Session) -> None:
    session.set({"method.r": -4})
    session.choose_method("full")
    assert not session.problems


def test_a_changed_file_is_looked_at_again(session: Session, work: Path) -> None:
    assert session.inspection.rows == 60
    write_jsonl(work / "pairs.jsonl", tiny_rows(20))
    assert session.inspection.rows == 20


def test_a_model_that_is_not_there_says_what_to_do(work: Path) -> None:
    session = Session({"model": "smolm2-135m"}, machine=MACHINE)
    ((step, sentence),) = obstacles(session, ("model",))
    assert step == "model"
    assert "smollm2-135m" in sentence


def test_the_starter_model_has_to_be_fetched_before_its_cell_is_written(
    session: Session, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FTKIT_STARTER")
    monkeypatch.setenv("FTKIT_CACHE", str(work / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(work / "empty"))
    session.look_again()
    assert session.model_folder is None
    assert session.facts.longest > 0, "reckoned until the tokenizer is here"
    assert "Get it now" in str(obstacles(session, ("model",)))
    assert obstacles(session, ("data",)) == []


# -- remembering ---------------------------------------------------------------------------------


def test_stored_choices_win_over_presets_that_did_not_change(session: Session) -> None:
    session.set({"training.learning_rate": 1e-4, "run": "parrot-2", "parent": "parrot-1"})
    again = Session({"data": "pairs.jsonl", "run": "parrot-1"}, machine=MACHINE)
    again.adopt(session.state())
    assert again.recipe == session.recipe


def test_a_preset_that_was_changed_or_added_wins(session: Session) -> None:
    session.set({"training.learning_rate": 1e-4})
    again = Session({"data": "pairs.jsonl", "run": "polly", "num_train_epochs": 3}, machine=MACHINE)
    again.adopt(session.state())
    assert again.recipe.run == "polly"
    assert again.recipe.training.num_train_epochs == 3
    assert again.recipe.training.learning_rate == 1e-4


def test_a_changed_method_preset_brings_its_own_settings(session: Session) -> None:
    again = Session({"method": "full"}, machine=MACHINE)
    again.adopt(session.state())
    assert again.recipe.method.name == "full"
    back = Session({"method": "lora", "r": 8}, machine=MACHINE)
    back.adopt(again.state())
    assert back.recipe.method.r == 8


def test_two_calls_in_one_notebook_share_their_presets(work: Path) -> None:
    first = Session({"run": "parrot-1"}, machine=MACHINE)
    second = Session({"data": "pairs.jsonl"}, machine=MACHINE)
    second.adopt(first.state())
    second.set({"run": "mine"})
    again = Session({"run": "parrot-1"}, machine=MACHINE)
    again.adopt(second.state())
    assert again.recipe.run == "mine"


@pytest.mark.parametrize("stored", [{}, {"schema": 99, "recipe": {}}, {"schema": 1, "recipe": "x"}])
def test_stored_choices_of_another_version_are_refused_aloud(session: Session, stored: dict) -> None:
    before = session.recipe
    with pytest.raises(FtkitError, match="another version"):
        session.adopt(stored)
    assert session.recipe == before


def test_stored_choices_that_cannot_be_are_refused_aloud(session: Session) -> None:
    state = session.state()
    state["recipe"]["training"]["seed"] = -5
    with pytest.raises(RecipeError):
        session.adopt(state)


def test_the_data_cell_stays_plain_though_a_row_is_too_long_to_be_trained_on(work: Path) -> None:
    rows = tiny_rows(40)
    rows[7]["answer"] = "blue " * 3000
    for part, some in (
        ("train", rows),
        ("validation", tiny_rows(10, seed=2)),
        ("test", tiny_rows(10, seed=3)),
    ):
        write_jsonl(work / "three" / f"{part}.jsonl", some)
    session = Session({"data": "three"}, machine=MACHINE)
    assert session.measured.usable == session.measured.rows - 1
    assert session.inspection.usable == session.inspection.rows
    assert "load_dataset" in session.cells["data"].source


def test_a_model_without_a_chat_template_gets_one_in_its_cell(
    work: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    base = shutil.copytree(tiny_model_folder, tmp_path / "base")
    (base / "chat_template.jinja").unlink()
    session = Session({"data": "pairs.jsonl", "model": str(base)}, machine=MACHINE)
    assert obstacles(session, ("model", "data", "method", "train")) == []
    assert "### Assistant:" in session.cells["model"].source
    assert "The model has no chat template" in session.cells["model"].source
    assert session.facts.longest == session.measured.tokens.max  # type: ignore[union-attr]
    session.set({"model.id": "smollm2-135m"})
    assert "chat_template" not in session.cells["model"].source


def test_a_technique_that_cannot_be_used_is_refused_in_the_form_with_the_way_out(session: Session) -> None:
    session.choose_method("bitfit")
    (obstacle,) = obstacles(session, ("method",))
    assert obstacle[0] == "method"
    assert "no biases" in obstacle[1]
    session.set({"method.biases": "add"})
    assert not obstacles(session, ("method",))


def test_another_task_brings_its_starts_and_leaves_what_was_set(session: Session) -> None:
    session.set({"training.num_train_epochs": 1.0})
    session.choose_task("classification")
    assert session.recipe.training.batch_size == 16
    assert session.recipe.training.num_train_epochs == 1.0
    session.choose_task("sft")
    assert session.recipe.training.batch_size == 8


def test_who_names_a_run_that_exists_gets_its_choices(work: Path) -> None:
    """What the Review page says of that run is then said of the choices that stand below it."""
    made = Session({"data": "pairs.jsonl", "run": "parrot-1", "r": 4, "learning_rate": 1e-3}, machine=MACHINE)
    finished("parrot-1")
    RunFolder("parrot-1").path.joinpath("recipe.yaml").write_text(recipe_to_yaml(made.recipe), "utf-8")
    again = Session({"run": "parrot-1"}, machine=MACHINE)
    assert again.recipe == made.recipe
    assert Session({"run": "parrot-1", "r": 8}, machine=MACHINE).recipe.method.r == 8
    # The call of a panel that is open is edited to name another run: its choices, not the ones made so far.
    other = Session({"data": "pairs.jsonl", "run": "other", "num_train_epochs": 5}, machine=MACHINE)
    other.set({"method.r": 32})
    other.present({"run": "parrot-1"})
    assert other.recipe == made.recipe
    # The same call once more leaves what was chosen since.
    other.set({"method.r": 64})
    other.present({"run": "parrot-1"})
    assert other.recipe.method.r == 64
    # A notebook with stored choices whose call names the run now.
    stored = Session({"data": "pairs.jsonl", "run": "other"}, machine=MACHINE).state()
    adopted = Session({"run": "parrot-1"}, machine=MACHINE)
    adopted.adopt(stored)
    assert adopted.recipe == made.recipe


def test_a_run_whose_recipe_cannot_be_read_changes_nothing(work: Path) -> None:
    finished("parrot-1")
    RunFolder("parrot-1").path.joinpath("recipe.yaml").write_text("[[[", "utf-8")
    assert Session({"run": "parrot-1", "r": 8}, machine=MACHINE).recipe.method.r == 8


def test_a_setting_beside_the_name_of_a_run_leaves_its_technique_and_its_task(work: Path) -> None:
    for name, presets in (
        ("dora-1", {"method": "dora", "r": 4}),
        ("sft-1", {"seed": 7, "num_train_epochs": 5}),
    ):
        made = Session({"data": "pairs.jsonl", "run": name, **presets}, machine=MACHINE)
        finished(name)
        RunFolder(name).path.joinpath("recipe.yaml").write_text(recipe_to_yaml(made.recipe), "utf-8")
    found = Session({"run": "dora-1", "r": 8}, machine=MACHINE).recipe.method
    assert (found.name, found.r) == ("dora", 8)
    training = Session({"run": "sft-1", "task": "classification"}, machine=MACHINE).recipe.training
    assert (training.seed, training.num_train_epochs) == (7, 5.0)


def test_to_start_anew_from_the_name_of_a_run_is_to_start_from_its_choices(work: Path) -> None:
    made = Session({"data": "pairs.jsonl", "run": "parrot-1", "seed": 7}, machine=MACHINE)
    finished("parrot-1")
    RunFolder("parrot-1").path.joinpath("recipe.yaml").write_text(recipe_to_yaml(made.recipe), "utf-8")
    again = Session({"run": "parrot-1"}, machine=MACHINE)
    again.set({"method.r": 4})
    again.start_anew()
    assert (again.recipe.data.source, again.recipe.training.seed, again.recipe.method.r) == (
        "pairs.jsonl",
        7,
        16,
    )
    assert again.recipe.run == "parrot-2"
