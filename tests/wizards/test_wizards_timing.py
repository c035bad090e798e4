"""How long a training will take: as long as the run before it took, where that says something about it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import pytest

from ftkit.recipe import recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import Session
from tests.wizards.looking import text_of

HERE = {"cores": os.cpu_count(), "processor": platform.machine(), "gpu": None}


def trained(session: Session, name: str = "parrot-1", environment: dict[str, Any] = HERE) -> RunFolder:
    """A run of these choices that took two seconds a step."""
    folder = RunFolder(name)
    folder.write_recipe(recipe_to_yaml(session.recipe.changed({"run": name})))
    folder.begin()
    folder.write_json("environment.json", environment)
    folder.append_speed({"attempt": 1, "step": 10, "training": 20.0})
    folder.set_state("finished")
    return folder


def test_the_run_itself_says_how_long_it_takes(panel: Panel) -> None:
    session = panel.session
    assert "an estimate for 2 cores" in session.step_seconds().reason
    trained(session)
    session.look_again()
    assert session.step_seconds() == (2.0, "as measured in parrot-1")
    panel.go("train")
    assert "as measured in parrot-1" in text_of(panel)


@pytest.mark.parametrize(
    "change", [{"training.num_train_epochs": 7.0}, {"training.learning_rate": 1e-3}, {"method.r": 4}]
)
def test_the_run_before_says_it_for_what_takes_as_long(session: Session, change: dict[str, Any]) -> None:
    trained(session)
    session.set({"run": "parrot-2", "parent": "parrot-1", **change})
    assert session.step_seconds() == (2.0, "as measured in parrot-1")


@pytest.mark.parametrize(
    "change",
    [
        {"training.batch_size": 4},
        {"training.max_length": 64},
        {"method": {"name": "full"}},
        {"data.system": "Be short."},
    ],
)
def test_other_work_is_estimated(session: Session, change: dict[str, Any]) -> None:
    trained(session)
    session.set({"run": "parrot-2", "parent": "parrot-1", **change})
    assert "an estimate" in session.step_seconds().reason


@pytest.mark.parametrize("other", [{"cores": 4096}, {"processor": "abacus"}, {"gpu": {"name": "a card"}}, {}])
def test_a_run_of_another_machine_says_nothing(session: Session, other: dict[str, Any]) -> None:
    trained(session, environment={**HERE, **other} if other else {})
    session.look_again()
    assert "an estimate" in session.step_seconds().reason


def test_damaged_files_are_no_obstacle(session: Session) -> None:
    folder = trained(session)
    (folder.path / "environment.json").write_text("{", encoding="utf-8")
    session.look_again()
    assert "an estimate" in session.step_seconds().reason


def test_other_examples_in_the_same_file_are_estimated(session: Session, work: Path) -> None:
    trained(session)
    rows = (work / "pairs.jsonl").read_text("utf-8")
    (work / "pairs.jsonl").write_text(rows.replace("red", "red, and a long tail of words"), "utf-8")
    session.look_again()
    assert "an estimate" in session.step_seconds().reason


def test_a_much_larger_adapter_is_estimated(session: Session) -> None:
    trained(session)
    session.set({"run": "parrot-2", "parent": "parrot-1", "method.r": 256})
    assert "an estimate" in session.step_seconds().reason
