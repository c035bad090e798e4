"""What ``make`` offers, read without carrying it out."""

import os
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")


def commands_of(target, *arguments):
    """The commands that a target would run."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", target, *arguments],
        cwd=ROOT,
        # The tests may be run by make themselves; its flags are not for this one.
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@needs_make
@pytest.mark.parametrize("target", ["setup", "lab", "demo", "test", "test-all", "bench", "check"])
def test_every_target_begins_with_the_set_up(target):
    assert "-m bootstrap" in commands_of(target)[0]


@needs_make
def test_another_python_can_be_asked_for():
    assert '--python "/opt/python3.12"' in commands_of("setup", "PYTHON=/opt/python3.12")[0]


@needs_make
def test_only_test_all_runs_the_slow_tests():
    assert '-m "not slow"' in commands_of("test")[-1]
    assert "not slow" not in commands_of("test-all")[-1]


def test_a_change_has_to_pass_check_and_test():
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert re.findall(r"(?m)^make (\S+)$", script.read_text()) == ["check", "test"]


def test_every_constraint_is_an_exact_version():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)


def test_the_only_address_in_the_set_up_is_pytorchs():
    files = [
        *(ROOT / "bootstrap").glob("*.py"),
        ROOT / "Makefile",
        *(ROOT / "binder").iterdir(),
        ROOT / ".ci/run",
    ]
    found = {address for file in files for address in re.findall(r"https?://[^\s\"')]+", file.read_text())}
    assert found == {"https://download.pytorch.org/whl/cpu"}


def test_every_constraint_installs_on_the_first_3_11():
    """Debian 12 has Python 3.11.2; a pin that wants more would stop the set-up there."""
    pinned = dict(
        line.strip().lower().replace("_", "-").split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    )
    too_new = {
        found.name: wanted
        for found in metadata.distributions()
        if pinned.get(found.name.lower().replace("_", "-")) == found.version
        and (wanted := found.metadata.get("Requires-Python"))
        and not SpecifierSet(wanted).contains("3.11.0")
    }
    assert too_new == {}
