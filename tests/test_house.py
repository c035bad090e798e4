"""The house stands: light to import, public names what they say, no room uses the floors above it."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

HEAVY = {"torch", "transformers", "datasets", "trl", "peft", "plotly", "pandas", "ipywidgets", "numpy"}


def in_a_fresh_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_ftkit_loads_nothing_heavy():
    loaded = json.loads(in_a_fresh_python("import sys, json, ftkit; print(json.dumps(sorted(sys.modules)))"))
    assert not HEAVY & set(loaded)


def test_rooms_that_only_describe_load_no_torch():
    code = """
import sys, json, importlib, pkgutil
import ftkit.fields, ftkit.recipe, ftkit.cells, ftkit.diagnosis, ftkit.hardware, ftkit.wizards
for room in (ftkit.fields, ftkit.recipe, ftkit.cells, ftkit.diagnosis, ftkit.hardware, ftkit.wizards):
    for info in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        importlib.import_module(info.name)
print(json.dumps(sorted(sys.modules)))
"""
    assert not {"torch", "transformers", "datasets"} & set(json.loads(in_a_fresh_python(code)))


def test_no_room_takes_the_place_of_a_public_name():
    """Importing a room makes it an attribute of the package, under its name."""
    import ftkit

    rooms = {info.name for info in pkgutil.iter_modules(ftkit.__path__)}
    assert "diagnosis" in rooms
    assert not rooms & set(ftkit.__all__)


def test_every_public_name_exists():
    import ftkit

    assert set(ftkit.__all__) <= set(dir(ftkit))
    for name in ftkit.__all__:
        assert getattr(ftkit, name).__doc__
