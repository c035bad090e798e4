"""``pip install <wheel> && ftkit lab``: without make, without a checkout, without Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.packaging.installing import ROOT, install, new_environment, without_node


def lab_check(python: Path, place: Path, model: Path) -> dict[str, object]:
    """What ``ftkit lab --check --json`` answers, started far from the checkout."""
    places = {
        "FTKIT_HOME": str(place / "course"),
        "FTKIT_STARTER": str(model),
        "HOME": str(place),
        "JUPYTER_CONFIG_DIR": str(place / "config"),
    }
    done = subprocess.run(
        [python.parent / "ftkit", "lab", "--check", "--json"],
        env={**without_node(python), **places},
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def assert_all_is_there(document: dict[str, object], place: Path) -> None:
    assert document["ok"]
    assert document["extension"]
    course = place / "course"
    published = {
        path.relative_to(ROOT / "notebooks") for path in (ROOT / "notebooks").rglob("*.*") if path.is_file()
    }
    wanted = {path for path in published if not {"ftkit-runs", ".ipynb_checkpoints"} & set(path.parts)}
    assert {path.relative_to(course) for path in course.rglob("*.*") if path.is_file()} == wanted


def test_the_wheel_carries_the_course_and_starts_jupyterlab(wheel, tmp_path, tiny_model_folder):
    python = new_environment(tmp_path / "env", borrow=True)
    install(python, "--no-deps", wheel)
    assert_all_is_there(lab_check(python, tmp_path, tiny_model_folder), tmp_path)


@pytest.mark.slow
def test_an_empty_environment_needs_only_the_wheel(wheel, tmp_path, tiny_model_folder):
    python = new_environment(tmp_path / "env", borrow=False)
    install(python, "-c", ROOT / "constraints.txt", wheel)
    assert_all_is_there(lab_check(python, tmp_path, tiny_model_folder), tmp_path)
