"""Which Python the environment is made from, shown with little scripts that answer like one."""

import json
import sys
from pathlib import Path

import pytest

from bootstrap import pythons
from bootstrap.steps import SetupError


def fake(folder: Path, name: str, version: str, torch: str = "") -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    answer = json.dumps([[int(part) for part in version.split(".")], str(path), torch])
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return str(path)


def broken(folder: Path, name: str) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")
    path.chmod(0o755)
    return str(path)


def test_three_eleven_wins_wherever_it_stands(tmp_path):
    new = fake(tmp_path, "python3.13", "3.13.1")
    right = fake(tmp_path, "python3.11", "3.11.9")
    assert pythons.choose([new, right]).path == right


def test_else_the_lowest_above_it(tmp_path):
    found = [
        fake(tmp_path, "python3.14", "3.14.0"),
        fake(tmp_path, "python3", "3.12.4"),
        fake(tmp_path, "p", "3.13.0"),
    ]
    assert pythons.choose(found).name == "Python 3.12.4"


def test_old_ones_and_dead_shims_do_not_count(tmp_path):
    found = [
        broken(tmp_path, "python3.11"),
        fake(tmp_path, "python3.10", "3.10.13"),
        str(tmp_path / "missing"),
    ]
    with pytest.raises(SetupError, match=r"needs Python 3\.11 or newer"):
        pythons.choose(found)


def test_every_folder_of_path_is_looked_at(tmp_path):
    fake(tmp_path / "one", "python3", "3.9.1")
    fake(tmp_path / "two", "python3.11", "3.11.2")
    fake(tmp_path / "two", "python3-config", "3.11.2")
    path = f"{tmp_path / 'one'}:{tmp_path / 'nowhere'}:{tmp_path / 'two'}"
    assert [Path(p).name for p in pythons.on_path(path)] == ["python3", "python3.11"]
    assert pythons.choose(pythons.on_path(path)).version == (3, 11, 2)


def test_this_python_answers():
    found = pythons.ask(sys.executable)
    assert found is not None
    assert found.version == sys.version_info[:3]
