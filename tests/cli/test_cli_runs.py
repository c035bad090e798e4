"""``ftkit runs`` lists what is here; where nothing is, it says which folder that was and where else to look."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ftkit.cli import answer_to
from ftkit.runfolder import RunFolder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory of a person whose tutorials are elsewhere, without runs."""
    monkeypatch.setenv("FTKIT_HOME", str(tmp_path / "my tutorials"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def begun(name: str, root: Path | None = None) -> RunFolder:
    folder = RunFolder(name, root)
    folder.begin()
    folder.set_state("stopped")
    return folder


COMMANDS = [
    ["runs"],
    ["diagnose", "pirate-1"],
    ["diagnose", "ftkit-runs/pirate-1"],
    ["diagnose", ""],
    ["compare", "pirate-1", "--prompt", "Hello?"],
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_folder_that_was_looked_in_is_named(here: Path, command: list[str]) -> None:
    assert answer_to(command).text.endswith(f"There are no runs in {here / 'ftkit-runs'}.")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_runs_of_the_tutorials_are_pointed_at(here: Path, command: list[str]) -> None:
    tutorials = here.parent / "my tutorials"
    begun("pirate-1", tutorials / "ftkit-runs")
    told = answer_to(command).text
    assert f"There are no runs in {here / 'ftkit-runs'}." in told
    assert told.endswith(f"Those of the tutorials are in {tutorials}: cd there first.")


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_the_list_is_pointed_at_where_there_is_one(here: Path, command: list[str]) -> None:
    begun("poet-1")
    begun("pirate-1", here.parent / "my tutorials/ftkit-runs")
    assert answer_to(command).text.endswith(f"`ftkit runs` lists those in {here / 'ftkit-runs'}.")


def test_a_column_without_entries_is_left_out(here: Path) -> None:
    begun("poet-1")
    heading, row = answer_to(["runs"]).text.splitlines()
    assert (heading.split(), row.split()) == (["RUN", "STATE", "STEPS"], ["poet-1", "stopped", "0"])


def test_a_column_with_one_entry_is_kept_for_all(here: Path) -> None:
    begun("poet-1")
    begun("poet-2").write_json("actual.json", {"continues": "poet-1"})
    heading, *rows = answer_to(["runs"]).text.splitlines()
    first, later = sorted(rows)
    assert "GOES ON FROM" in heading
    assert (later.split(), first.split()) == (
        ["poet-2", "poet-1", "stopped", "0"],
        ["poet-1", "stopped", "0"],
    )
    assert later.index("stopped") == first.index("stopped") == heading.index("STATE")


@pytest.mark.parametrize("copied", ["pirate-1 (copy)", "pirate-1 - Kopie"])
def test_a_folder_that_was_copied_hides_no_run(here: Path, copied: str) -> None:
    """A file manager gives it a name that no run has."""
    begun("pirate-1")
    shutil.copytree(here / "ftkit-runs/pirate-1", here / "ftkit-runs" / copied)
    _, *rows = answer_to(["runs"]).text.splitlines()
    assert {row.partition("  ")[0] for row in rows} == {"pirate-1", copied}


@pytest.mark.parametrize(
    "actual", ['{"model": {"path": "/home/me/my models/model"}}', '{"continues": "no name!"}', "{", "[]"]
)
def test_a_run_of_which_nobody_knows_what_was_before_it_hides_none(here: Path, actual: str) -> None:
    folder = begun("pirate-1")
    (folder.path / "actual.json").write_text(actual, encoding="utf-8")
    assert "pirate-1  stopped" in answer_to(["runs"]).text
