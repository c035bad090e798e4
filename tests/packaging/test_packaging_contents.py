"""What is in the wheel and in the sdist, and what must not be."""

from __future__ import annotations

import json
import re
import tarfile
import tomllib
import zipfile

import pytest

import ftkit
from tests.packaging.installing import ROOT

LAB = "ftkit-0.1.0.data/data/share/jupyter/labextensions/ftkit-labextension/".replace(
    "0.1.0", ftkit.__version__
)


def names_in(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_carries_the_front_end_the_chart_and_the_tutorials(wheel):
    names = set(names_in(wheel))
    assert {f"{LAB}package.json", f"{LAB}install.json", f"{LAB}static/style.js"} <= names
    assert any(name.startswith(f"{LAB}static/remoteEntry.") for name in names)
    assert f"{LAB}schemas/ftkit-labextension/commands.json" in names
    assert {"ftkit/live/static/chart.js", "ftkit/tutorials/01_first_fine_tune.ipynb"} <= names
    for kind in ("jinja", "json", "py"):
        ours = {str(path.relative_to(ROOT)) for path in (ROOT / "ftkit").rglob(f"*.{kind}")}
        ours = {name for name in ours if not name.startswith("ftkit/labextension/")}
        assert ours <= names


def test_nothing_from_the_workshop_is_in_the_wheel(wheel):
    for name in names_in(wheel):
        assert not re.search(
            r"node_modules|build_log|(^|/)tests/|ftkit-runs|checkpoint|\.tsbuildinfo|/\.", name
        ), name


def test_no_file_tells_where_it_was_built(wheel):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            assert str(ROOT).encode() not in archive.read(name), name


def test_the_wheel_is_for_every_machine_and_small(wheel):
    assert wheel.name == f"ftkit-{ftkit.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < 3_000_000


def test_the_sdist_carries_sources_and_what_was_built(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"labextension/src/index.ts", "labextension/yarn.lock", "tests/tiny.py", "Makefile"} <= names
    assert {"ftkit/labextension/static/style.js", "ftkit/live/static/chart.js"} <= names
    assert not [name for name in names if "node_modules" in name or name.startswith("labextension/lib/")]


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    package = json.loads((ROOT / "labextension/package.json").read_text())["version"]
    assert project == package == ftkit.__version__


@pytest.mark.parametrize("name", ["yarn.lock", "package.json", ".yarnrc.yml"])
def test_no_registry_is_named(name):
    text = (ROOT / "labextension" / name).read_text()
    assert not re.search(r"https?://|registry\.", text)


def test_the_extension_asks_for_jupyterlab_4_4_and_later():
    package = json.loads((ROOT / "ftkit/labextension/package.json").read_text())
    ranges = package["dependencies"]
    assert ranges["@jupyterlab/notebook"] == ranges["@jupyterlab/application"] == "^4.4.0"
    assert ranges["@jupyterlab/services"] == "^7.4.0"
