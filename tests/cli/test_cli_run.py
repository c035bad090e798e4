"""``ftkit run`` trains a recipe in a process of its own; the other commands read what it left."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
import yaml

from ftkit.cli import answer_to, recipes
from ftkit.runfolder import RunFolder
from tests.tiny import tiny_rows, write_jsonl

RECIPE = {"ftkit": 1, "run": "tiny-1", "training": {"num_train_epochs": 1, "learning_rate": 0.001}}


def program(place, *arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "ftkit.cli", *arguments, "--json"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, json.loads(done.stdout), done.stderr


def new_place(folder, model, **training):
    rows = tiny_rows(64)
    for part, chosen in (("train", rows[:48]), ("validation", rows[48:56]), ("test", rows[56:])):
        write_jsonl(folder / "rows" / f"{part}.jsonl", chosen)
    recipe = {
        **RECIPE,
        "model": {"id": str(model)},
        "data": {"source": "rows"},
        "training": {**RECIPE["training"], **training},
    }
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_model_folder):
    """A folder with one finished run, and what the command answered."""
    place = new_place(tmp_path_factory.mktemp("my runs"), tiny_model_folder)
    code, document, err = program(place, "run", "recipe.yaml")
    assert code == 0, err
    # What it takes is told before it starts.
    needs = re.search(
        r"Training 'tiny-1': \d+ steps, about .*, up to [\d.]+ GB of disk \([\d.]+ GB are free\)", err
    )
    assert needs, err
    assert needs.start() < err.index("is kept in")
    return place, document


def test_it_trains_and_tells_how_it_ended(trained):
    place, document = trained
    assert document["state"] == "finished"
    assert document["run"] == "tiny-1"
    folder = RunFolder(place / "ftkit-runs/tiny-1")
    assert document["path"] == str(folder.path)
    assert document["verdict"] == folder.verdict()["verdict"]
    assert folder.adapter.is_dir()
    assert "trainer.train()" in (folder.path / "code.py").read_text()


def test_the_code_that_ran_is_the_code_that_is_printed(trained):
    place, _ = trained
    _, document, _ = program(place, "cells", "recipe.yaml")
    assert [cell["step"] for cell in document["cells"]] == ["model", "data", "method", "train", "compare"]
    train = next(cell["source"] for cell in document["cells"] if cell["step"] == "train")
    assert train in (place / "ftkit-runs/tiny-1/code.py").read_text()


def test_a_run_that_exists_is_not_touched_without_being_told(trained):
    place, _ = trained
    before = {path: path.read_bytes() for path in (place / "ftkit-runs").rglob("*") if path.is_file()}
    code, document, _ = program(place, "run", "recipe.yaml")
    assert code == 2
    for flag in ("--resume", "--start-over", "--overwrite", "tiny-2"):
        assert flag in document["remedy"]
    assert {path: path.read_bytes() for path in (place / "ftkit-runs").rglob("*") if path.is_file()} == before


def test_runs_are_listed(trained):
    place, _ = trained
    _, document, _ = program(place, "runs")
    (run,) = document["runs"]
    assert (run["name"], run["state"], run["step"]) == ("tiny-1", "finished", 6)


def test_a_run_is_diagnosed_by_name_and_by_file(trained):
    place, document = trained
    _, by_name, _ = program(place, "diagnose", "tiny-1")
    assert by_name["verdict"] == document["verdict"]
    (state, *_) = sorted((place / "ftkit-runs/tiny-1/checkpoints").rglob("trainer_state.json"))
    _, by_file, _ = program(place, "diagnose", str(state))
    assert set(by_file) == set(by_name)
    _, from_inside, _ = program(place / "ftkit-runs/tiny-1", "diagnose", ".")
    assert from_inside == by_name


def test_both_models_are_asked(trained):
    place, _ = trained
    code, document, err = program(place, "compare", "tiny-1", "--prompt", "Say red twice.", "--rows", "1")
    assert code == 0, err
    own, from_test = document["pairs"]
    assert own["question"] == "Say red twice."
    assert from_test["expected"]


@pytest.mark.parametrize(
    "reached", ["the whole group, as by Ctrl+C", pytest.param("the command alone", marks=pytest.mark.slow)]
)
def test_an_interrupt_ends_it_well_and_keeps_the_result(tmp_path, tiny_model_folder, reached):
    place = new_place(tmp_path, tiny_model_folder, num_train_epochs=400)
    command = [sys.executable, "-m", "ftkit.cli", "run", "recipe.yaml", "--json"]
    training = subprocess.Popen(
        command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    metrics = place / "ftkit-runs/tiny-1/metrics.jsonl"
    for _ in range(600):
        if metrics.exists() and metrics.read_text().count("\n") > 2:
            break
        time.sleep(0.1)
    (os.killpg if "group" in reached else os.kill)(training.pid, signal.SIGINT)
    out, err = training.communicate(timeout=120)
    document = json.loads(out)
    assert document["state"] == "stopped", err
    assert training.returncode == 0
    assert RunFolder(place / "ftkit-runs/tiny-1").adapter.is_dir()


# -- which name, and what becomes of a run of that name, without training anything ----------------------


@pytest.fixture
def started(tmp_path, monkeypatch, tiny_model_folder):
    """A folder in which tiny-1 was started; training is only written down."""
    monkeypatch.chdir(new_place(tmp_path, tiny_model_folder))
    RunFolder("tiny-1").begin()
    RunFolder("tiny-1").set_state("stopped")
    asked = []

    def execute(source, run):
        asked.append((run, source))
        RunFolder(run).begin()
        RunFolder(run).set_state("finished")
        return 0

    monkeypatch.setattr(recipes, "execute", execute)
    return asked


def test_start_over_takes_the_next_free_name_and_remembers_the_parent(started):
    RunFolder("tiny-2").begin()
    answer = answer_to(["run", "recipe.yaml", "--start-over"])
    assert answer.document["run"] == "tiny-3"
    ((run, source),) = started
    assert run == "tiny-3"
    assert '"tiny-3"' in source
    assert "tiny-1" not in source
    assert yaml.safe_load(RunFolder("tiny-3").recipe_text())["parent"] == "tiny-1"


@pytest.mark.parametrize("existing", ["resume", "overwrite"])
def test_resume_and_overwrite_are_literals_in_the_code(started, existing):
    assert answer_to(["run", "recipe.yaml", f"--{existing}"]).code == 0
    ((_, source),) = started
    assert f'existing="{existing}"' in source
    assert ("resume_from_checkpoint=True" in source) is (existing == "resume")


def test_nothing_to_resume_is_told(tmp_path, monkeypatch, tiny_model_folder):
    monkeypatch.chdir(new_place(tmp_path, tiny_model_folder))
    answer = answer_to(["run", "recipe.yaml", "--resume"])
    assert answer.code == 2
    assert "no run 'tiny-1' to resume" in answer.document["error"]


def test_a_training_that_fails_is_an_error_with_its_reason(started, monkeypatch):
    def fail(source, run):
        RunFolder(run).begin()
        RunFolder(run).set_state("failed", "The disk is full.")
        return 1

    monkeypatch.setattr(recipes, "execute", fail)
    answer = answer_to(["run", "recipe.yaml", "--start-over"])
    assert answer.code == 2
    assert answer.document["error"] == "The disk is full."
    assert answer.document["remedy"]


@pytest.mark.parametrize(("state", "flag"), [("finished", "--resume"), ("running", "--overwrite")])
def test_what_cannot_be_is_told_before_anything_is_loaded(started, state, flag):
    RunFolder("tiny-1").set_state(state)
    answer = answer_to(["run", "recipe.yaml", flag])
    assert answer.code == 2
    assert "tiny-2" in answer.document["remedy"]
    assert started == []


def test_a_model_without_a_chat_template_trains_with_the_offered_one(tiny_model_folder, tmp_path):
    base = shutil.copytree(tiny_model_folder, tmp_path / "base")
    (base / "chat_template.jinja").unlink()
    place = new_place(tmp_path / "place", base, max_steps=2)
    code, document, err = program(place, "run", "recipe.yaml")
    assert (code, document["state"]) == (0, "finished"), err
    folder = place / "ftkit-runs/tiny-1"
    kept = [path.read_text(encoding="utf-8") for path in folder.rglob("chat_template.jinja")]
    assert kept
    assert all("### Assistant:" in template for template in kept)
    code, document, err = program(place, "compare", "ftkit-runs/tiny-1")
    assert code == 0, (document, err)
