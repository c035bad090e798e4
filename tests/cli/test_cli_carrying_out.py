"""``ftkit.run``: the cells of a recipe carried out in this very process, as if they had been placed."""

from __future__ import annotations

import gc
import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.cells import run_source
from ftkit.cli.planning import plan
from ftkit.errors import RecipeError, RunError, RunExistsError
from ftkit.hardware import this_machine
from ftkit.recipe import from_presets, load_recipe, recipe_to_yaml
from ftkit.runfolder import RunFolder


@pytest.fixture
def presets(
    tiny_model_folder: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """A short run, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return {"run": "echo-1", "model": str(tiny_model_folder), "data": str(tiny_data), "max_steps": 4}


def test_the_verdict_is_kept_and_not_told_where_one_wants_to_guess(
    presets: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    done = ftkit.run(**presets, show_verdict=False)
    sentence = done.verdict()["sentence"]
    silent = capsys.readouterr()
    assert "The training is finished" in silent.err
    assert sentence not in silent.out + silent.err
    ftkit.run(**{**presets, "run": "echo-2"})
    assert sentence in capsys.readouterr().err


def test_it_trains_what_the_cells_would_and_keeps_them(presets: dict[str, Any]) -> None:
    done = ftkit.run(**presets)
    assert isinstance(done, RunFolder)
    assert (done.name, done.state()["state"]) == ("echo-1", "finished")
    recipe = from_presets(**presets)
    assert load_recipe(done.path / "recipe.yaml") == recipe
    assert (done.path / "code.py").read_text(encoding="utf-8") == run_source(plan(recipe).cells)
    assert done.adapter.is_dir()
    assert done.actual()["differences"] == []
    compared = ftkit.compare(done, ["Say red twice."], rows=0, max_new_tokens=4)
    assert compared.base_difference < 1e-3


def test_two_in_a_row_both_start_from_the_untouched_model(
    presets: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (ftkit.run(**{**presets, "run": name}) for name in ("echo-1", "echo-2"))
    read = [(run.path / "metrics.jsonl").read_bytes() for run in (first, second)]
    assert read[0] == read[1]
    first_told, second_told = (line for line in capsys.readouterr().out.splitlines() if "GB of disk" in line)
    assert "measured" not in first_told
    assert "(as measured in echo-1), up to" in second_told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"learning_rate": 0.01, "max_steps": 20}, "20 steps, about 24 minutes (as measured in slow-1)"),
        ({"max_steps": 1}, "1 step, about a minute (as measured in slow-1)"),
        ({"batch_size": 2}, "4 steps, about half a minute"),
        ({"method": "full"}, "4 steps, about half a minute"),
    ],
)
def test_what_did_the_same_work_here_says_how_long_it_takes(
    presets: dict[str, Any], change: dict[str, Any], told: str
) -> None:
    recipe, card = from_presets(**presets), this_machine().gpu
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "gpu": {"name": card.name} if card else None,
    }
    for name, seconds in (("slow-1", 600.0), ("broken-1", 0.0)):  # the latest that measured anything counts
        done = RunFolder(name)
        done.write_recipe(recipe_to_yaml(recipe.changed({"run": name})))
        done.begin()
        done.write_json("environment.json", machine)
        done.append_speed({"attempt": 1, "step": 10, "training": seconds})
    assert plan(from_presets(**{**presets, **change})).duration() == told


def test_a_name_that_is_taken_trains_nothing_until_the_person_chose(presets: dict[str, Any]) -> None:
    done = ftkit.run(**presets)
    before = (done.path / "metrics.jsonl").read_bytes()
    with pytest.raises(RunExistsError, match=r'run="echo-2".*existing="overwrite"') as refused:
        ftkit.run(**{**presets, "max_steps": 2})
    assert refused.value.choices == ("overwrite",)
    assert (done.path / "metrics.jsonl").read_bytes() == before
    assert not (done.path / "recipe.next.yaml").exists()
    ftkit.run(existing="overwrite", **{**presets, "max_steps": 2})
    steps = [json.loads(line)["step"] for line in (done.path / "metrics.jsonl").read_text().splitlines()]
    assert max(steps) == 2
    assert load_recipe(done.path / "recipe.yaml").training.max_steps == 2
    with pytest.raises(RunError, match="cannot be resumed"):
        ftkit.run(existing="resume", **presets)


def test_what_cannot_be_is_refused_before_anything_is_written(presets: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="learning_speed"):
        ftkit.run(**presets, learning_speed=3)
    with pytest.raises(RunError, match="'later' is not a choice"):
        ftkit.run(existing="later", **presets)
    assert not Path("ftkit-runs").exists()


def test_a_run_that_fails_leaves_names_and_record_in_order(
    presets: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftkit.cli import planning

    def broken(*_: Any) -> str:
        return "tokenizer = 1 / 0"

    monkeypatch.setattr(planning, "training_source", broken)
    with pytest.raises(ZeroDivisionError):
        ftkit.run(**presets)
    assert "tokenizer" not in globals()
    assert RunFolder("echo-1").state()["state"] == "none"


# -- stopped on the way: the kernel's interrupt ends the cell, Stop ends one run ------------------------


@pytest.fixture
def shell(presets: dict[str, Any]) -> Iterator[Any]:
    """A real IPython in this process: its cells end as those of a notebook do."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.user_ns["presets"] = presets
    yield shell
    shell.reset(new_session=False)
    sys.last_value = sys.last_traceback = shell.InteractiveTB.tb = None
    gc.collect()
    InteractiveShell.clear_instance()


LOOP = "import ftkit\nruns = [ftkit.run(**{**presets, 'run': run}) for run in ('echo-1', 'echo-2')]"


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def at_step(number: int, act: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen when a step has ended in the first run, before ftkit looks."""
    from ftkit.training.following import Following

    before = Following.step_ended

    def step_ended(self: Any, state: Any, *more: Any) -> None:
        if (self.folder.name, state.global_step) == ("echo-1", number):
            act()
        before(self, state, *more)

    monkeypatch.setattr(Following, "step_ended", step_ended)


@pytest.mark.parametrize(
    ("step", "ended", "told"),
    [(2, "stopped", "You stopped the run 'echo-1' at step 2"), (4, "finished", "'echo-1' is finished")],
)
def test_an_interrupt_keeps_the_run_and_ends_the_loop(
    shell: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    step: int,
    ended: str,
    told: str,
) -> None:
    at_step(step, interrupt, monkeypatch)
    result = shell.run_cell(LOOP)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert (RunFolder("echo-1").state()["state"], RunFolder("echo-1").adapter.is_dir()) == (ended, True)
    assert not RunFolder("echo-2").path.exists()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if told in line]
    assert line.endswith("The rest of this cell was not run.")
    assert "Traceback" not in line


def test_the_stop_button_ends_one_run_and_the_loop_goes_on(
    shell: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_step(2, lambda: RunFolder("echo-1").request("stop"), monkeypatch)
    assert shell.run_cell(LOOP).success
    assert [run.state()["state"] for run in shell.user_ns["runs"]] == ["stopped", "finished"]
    assert capsys.readouterr().out.count("Only the run 'echo-1' was stopped") == 1


def test_two_interrupts_show_one_line(
    shell: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def twice() -> None:
        interrupt()
        interrupt()

    at_step(1, twice, monkeypatch)
    result = shell.run_cell(LOOP)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out
    state = RunFolder("echo-1").state()
    assert state["state"] == "interrupted"
    assert "Resume" not in state["why"]
    assert 'existing="overwrite"' in state["why"]
    assert not RunFolder("echo-2").path.exists()


def test_a_script_goes_on_after_an_interrupt(
    presets: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_step(2, interrupt, monkeypatch)
    assert ftkit.run(**presets).state()["state"] == "stopped"
