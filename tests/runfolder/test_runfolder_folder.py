"""One run's folder: states, attempts, rows, what survives a crash."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ftkit.errors import RunError
from ftkit.runfolder import RunFolder, files, owner, runs


def test_a_name_lies_in_the_working_directory_and_a_path_where_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert RunFolder("pirate-1").path == tmp_path / "ftkit-runs" / "pirate-1"
    assert RunFolder("else/pirate-1").path == tmp_path / "else" / "pirate-1"
    assert RunFolder(tmp_path / "x").path == tmp_path / "x"
    assert RunFolder("pirate-1", root=tmp_path).path == tmp_path / "pirate-1"


@pytest.mark.parametrize("name", ["", "..", "a b", "<b>", "-x", "x" * 81, "a\nb"])
def test_a_name_that_cannot_be_a_folder_is_refused(name):
    with pytest.raises(RunError, match="cannot be the name"):
        RunFolder(name)


def test_the_folder_stays_where_it_was_when_the_directory_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = RunFolder("one")
    run.begin()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run.append_metrics({"attempt": 1, "step": 1, "loss": 2.0})
    assert (tmp_path / "ftkit-runs" / "one" / "metrics.jsonl").exists()


def test_states_are_kept_with_what_was_noted_before(tmp_path):
    run = RunFolder("one", tmp_path)
    assert not run.exists()
    assert run.state()["state"] == "none"
    assert run.begin(total_steps=10) == 1
    run.set_state("stopped", "You stopped it.", step=4)
    state = run.state()
    assert (state["state"], state["why"], state["step"], state["total_steps"]) == (
        "stopped",
        "You stopped it.",
        4,
        10,
    )
    with pytest.raises(ValueError, match="tired"):
        run.set_state("tired")


def test_a_running_run_whose_process_is_gone_is_interrupted(tmp_path):
    code = f"from ftkit.runfolder import RunFolder; print(RunFolder('one', {str(tmp_path)!r}).begin())"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    state = RunFolder("one", tmp_path).state()
    assert state["state"] == "interrupted"
    assert "without a word" in state["why"]


def test_a_process_number_given_to_someone_else_does_not_count(tmp_path):
    me = owner.this_process()
    assert owner.alive(me, 0)
    assert not owner.alive({**me, "pid_started": me["pid_started"] - 100}, 0)
    assert not owner.alive({**me, "pid": "x"}, 0)
    elsewhere = {**me, "machine": "another"}
    assert owner.alive(elsewhere, __import__("time").time())
    assert not owner.alive(elsewhere, 0)


def test_overwriting_clears_and_resuming_keeps(tmp_path):
    run = RunFolder("one", tmp_path)
    run.write_recipe("first")
    run.begin()
    run.append_metrics({"attempt": 1, "step": 1, "loss": 1.0})
    (run.checkpoints / "checkpoint-1").mkdir(parents=True)
    assert run.begin(from_step=1) == 2
    assert run.checkpoints.exists()
    assert len(run.read_rows("metrics.jsonl")) == 1
    assert run.begin() == 3
    assert not run.checkpoints.exists()
    assert not (run.path / "metrics.jsonl").exists()
    assert run.recipe_text() == "first"
    assert run.state()["attempts"] == [{"attempt": 3, "from_step": 0}]


def test_a_new_recipe_waits_until_the_person_overwrites(tmp_path):
    run = RunFolder("one", tmp_path)
    run.write_recipe("first")
    run.begin()
    assert run.write_recipe("second").name == "recipe.next.yaml"
    assert run.recipe_text() == "first"
    run.begin(from_step=3)
    assert run.recipe_text() == "first"
    run.begin()
    assert run.recipe_text() == "second"
    assert not (run.path / "recipe.next.yaml").exists()


def test_a_half_written_line_does_not_swallow_the_next(tmp_path):
    run = RunFolder("one", tmp_path)
    run.begin()
    run.append_metrics({"attempt": 1, "step": 1, "loss": 1.0})
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"attempt": 1, "step": 2, "lo')
    assert [row["step"] for row in run.read_rows("metrics.jsonl")] == [1]
    run.begin(from_step=1)
    run.append_metrics({"attempt": 2, "step": 2, "loss": 0.5})
    assert [row["step"] for row in run.read_rows("metrics.jsonl")] == [1, 2]


def test_rows_of_many_threads_do_not_mix(tmp_path):
    run = RunFolder("one", tmp_path)
    run.begin()

    def write(number):
        for step in range(50):
            run.append_speed({"attempt": 1, "step": step, "thread": number, "text": "x" * 200})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(run.read_rows("speed.jsonl")) == 200


def test_numbers_that_are_not_finite_stay_readable_json(tmp_path):
    run = RunFolder("one", tmp_path)
    run.append_metrics({"attempt": 1, "step": 1, "loss": float("nan"), "grad_norm": float("-inf")})
    text = (run.path / "metrics.jsonl").read_text()
    row = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert row["loss"] == "NaN"
    assert float(row["grad_norm"]) == float("-inf")


def test_wishes_are_seen_by_their_time_and_never_removed(tmp_path):
    run = RunFolder("one", tmp_path)
    run.begin()
    assert run.control_changed() == 0
    assert run.control() == {}
    run.request("sample", prompt='Hello\n"there" </script>')
    seen = run.control_changed()
    assert seen > 0
    assert run.control()["prompt"] == 'Hello\n"there" </script>'
    (run.path / "control.json").write_text("{")
    with pytest.raises(RunError, match=r"control\.json"):
        run.control()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_as_such(tmp_path):
    run = RunFolder("one", tmp_path)
    run.begin()
    (run.path / "metrics.jsonl").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        run.append_metrics({"attempt": 1, "step": 1})


def test_state_gets_through_where_no_second_file_fits(tmp_path, monkeypatch):
    run = RunFolder("one", tmp_path)
    run.begin()

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.Path, "write_text", full)
    run.set_state("failed", "The disk is full.")
    monkeypatch.undo()
    assert run.state()["state"] == "failed"
    assert not list(run.path.glob(".state*"))


def test_damaged_files_are_named(tmp_path):
    run = RunFolder("one", tmp_path)
    run.begin()
    (run.path / "verdict.json").write_text("[1]")
    with pytest.raises(RunError, match=r"verdict\.json"):
        run.verdict()
    (run.path / "state.json").write_text('{"state": ["running"], "attempt": "x", "step": -4}')
    assert run.state()["attempt"] == 0
    (run.path / "state.json").write_text("\x00\x01")
    with pytest.raises(RunError, match=r"state\.json"):
        run.state()
    assert runs(tmp_path)[0].state == "failed"


def test_the_list_shows_started_runs_newest_first(tmp_path):
    assert runs(tmp_path / "none") == []
    RunFolder("planned", tmp_path).write_recipe("x")
    for name, started in (("old", "2026-01-01"), ("new", "2026-02-01")):
        run = RunFolder(name, tmp_path)
        run.begin(started=started)
        run.append_metrics({"attempt": 1, "step": 0, "eval_loss": 3.0})
        run.append_metrics({"attempt": 1, "step": 5, "eval_loss": 2.0})
        run.append_metrics({"attempt": 1, "step": 6, "eval_loss": float("nan")})
        run.write_json("verdict.json", {"verdict": "healthy"})
    listed = runs(tmp_path)
    assert [run.name for run in listed] == ["new", "old"]
    assert (listed[0].base_loss, listed[0].best_loss, listed[0].best_step) == (3.0, 2.0, 5)
    assert listed[0].verdict == "healthy"
    assert json.dumps(listed[0].to_json())


@pytest.mark.parametrize("name", ["thesis.txt", "model", "adapter", "state.json.bak"])
def test_a_folder_that_is_no_run_is_left_alone(tmp_path, name):
    (tmp_path / "mine" / name).mkdir(parents=True)
    (tmp_path / "mine" / "recipe.yaml").write_text("run: mine")
    with pytest.raises(RunError, match=f"no run and not empty.*{name}"):
        RunFolder(tmp_path / "mine").begin()
    assert {entry.name for entry in (tmp_path / "mine").iterdir()} == {name, "recipe.yaml"}


def test_a_run_without_its_state_is_still_a_run(tmp_path):
    run = RunFolder(tmp_path / "one")
    run.begin()
    run.append_metrics({"attempt": 1, "step": 1, "loss": 2.0})
    (run.path / "state.json").unlink()
    assert RunFolder(run.path).begin() == 1


def test_a_file_in_the_place_of_a_run_is_told(tmp_path):
    (tmp_path / "one").write_text("")
    with pytest.raises(RunError, match="is a file"):
        RunFolder(tmp_path / "one").begin()
