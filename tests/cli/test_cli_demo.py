"""``ftkit demo``: the tutorial's file placed, executed and told, here on a small notebook and the tiny model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ftkit.cli import answer_to, demo, tutorials
from ftkit.runfolder import RunFolder
from tests.tiny import tiny_rows, write_jsonl

CALL = 'import ftkit\n\nftkit.wizard(data="rows", run="tiny-1", num_train_epochs=1)'


def small_course(folder, source=CALL):
    """A folder with a notebook in the first tutorial's place, its rows beside it."""
    cells = [
        nbformat.v4.new_markdown_cell("Hello.", id="hello"),
        nbformat.v4.new_code_cell(source, id="wizard"),
    ]
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "x"}}
    )
    folder.mkdir()
    nbformat.write(notebook, folder / tutorials.FIRST)
    rows = tiny_rows(64)
    for part, chosen in (("train", rows[:48]), ("validation", rows[48:56]), ("test", rows[56:])):
        write_jsonl(folder / "rows" / f"{part}.jsonl", chosen)
    return folder


@pytest.fixture(scope="module")
def done(tmp_path_factory, tiny_model_folder):
    """The command's whole output, as a terminal would show it, and the notebook it names."""
    place = tmp_path_factory.mktemp("demo")
    course = small_course(place / "course")
    program = (
        "import sys; from pathlib import Path; from ftkit.cli import main, tutorials;"
        f"tutorials.packaged = lambda: Path({str(course)!r}); sys.exit(main(sys.argv[1:]))"
    )
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "FTKIT_STARTER": str(tiny_model_folder),
        "HOME": str(place),
    }
    command = [sys.executable, "-c", program, "demo"]
    ended = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_the_last_line_is_the_run_folder(done):
    *_, last = done.splitlines()
    assert last.startswith("run folder: /")
    folder = Path(last.removeprefix("run folder: "))
    assert folder.parent.name == "ftkit-runs"
    assert json.loads((folder / "state.json").read_text())["state"] == "finished"
    assert (folder / "recipe.yaml").is_file()
    assert " " not in str(folder)


def test_verdict_answers_and_notebook_are_told(done):
    lines = done.splitlines()
    assert any(line.startswith("Verdict: ") for line in lines)
    assert sum(line.startswith("    base:  ") for line in lines) == demo.PAIRS
    assert sum(line.startswith("    tuned: ") for line in lines) == demo.PAIRS
    named = next(line for line in lines if line.startswith("Executed notebook: "))
    notebook = nbformat.read(named.removeprefix("Executed notebook: "), as_version=4)
    nbformat.validate(notebook)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    assert "widgets" not in notebook.metadata
    assert "plotly" in json.dumps([cell.get("outputs") for cell in notebook.cells])


def test_the_evidence_and_what_to_do_next_are_told_too(done):
    assert "The evidence in this run is" in done or "I cannot tell" in done
    assert "checks passed" in done
    assert "do the tutorial in JupyterLab: make lab" in done


def test_an_answer_of_several_lines_stays_below_its_name_and_one_that_was_cut_says_so(tmp_path):
    run = RunFolder("r", tmp_path)
    said = {"text": "one\n\ntwo", "ended": False}
    pair = {"question": "q", "base": said, "tuned": {"text": "three", "ended": True}}
    run.write_json("comparison.json", {"pairs": [pair]})
    run.append_metrics({"attempt": 1, "step": 1, "loss": 1.0})
    answer = demo._told(run, tmp_path / "a.ipynb", None, 1.0)
    told = answer.text
    assert answer.document["pairs"] == [{"question": "q", "base": "one\n\ntwo", "tuned": "three"}]
    assert "    base:  one\n\n           two … (cut here)\n    tuned: three\n" in told


def test_a_home_with_a_space_is_not_worked_in(tmp_path, monkeypatch):
    (tmp_path / "Ada L").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "Ada L"))
    monkeypatch.setattr(demo.tempfile, "gettempdir", lambda: str(tmp_path / "t"))
    assert " " not in str(demo.work_folder())
    assert demo.work_folder() != demo.work_folder()


def test_a_cell_that_fails_is_told_and_what_ran_is_saved(tmp_path, monkeypatch, tiny_model_folder):
    course = small_course(tmp_path / "course", CALL + '\nraise ValueError("on purpose")')
    monkeypatch.setattr(tutorials, "packaged", lambda: course)
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    answer = answer_to(["demo", "--folder", str(tmp_path / "work")])
    assert answer.code == 2
    assert "ValueError: on purpose" in answer.document["error"]
    assert str(tmp_path / "work" / tutorials.FIRST) in answer.document["remedy"]
    saved = nbformat.read(tmp_path / "work" / tutorials.FIRST, as_version=4)
    assert saved.cells[1].outputs[-1].ename == "ValueError"


def test_a_folder_with_runs_is_not_used_again(tmp_path, monkeypatch, tiny_model_folder):
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    (tmp_path / "work/ftkit-runs").mkdir(parents=True)
    assert "holds runs already" in answer_to(["demo", "--folder", str(tmp_path / "work")]).document["error"]
