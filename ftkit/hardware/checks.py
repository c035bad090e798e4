"""``ftkit doctor``: is everything here that a run needs, and if not, what to do."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ftkit.fields import Machine
from ftkit.hardware.machine import this_machine

EXTENSION = "ftkit-labextension"
LEAST_MEMORY = 2_000_000_000
LEAST_DISK = 3_000_000_000
FETCH = (
    "`ftkit lab` fetches it (0.3 GB at most, 0.5 GB on the disk); so does `python -m ftkit.catalog.starter`."
)
GB = 1e9
# What a run itself imports; the notebook's packages bring each other along.
PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "tokenizers", "jupyterlab", "ipykernel")


def doctor(folder: str | Path = ".") -> list[dict[str, Any]]:
    """Look at this machine: one row a check.

    Parameters
    ----------
    folder
        Where run folders will go.

    Returns
    -------
    list of dict
        Each with ``check`` (its name), ``ok``, ``value`` (what was found) and ``advice`` (what to do;
        empty where nothing is).
    """
    machine = this_machine(folder)
    rows = [
        _python(),
        *_packages(),
        _extension(),
        _starter(),
        _cores(machine),
        _memory(machine),
        _disk(machine),
    ]
    return [*rows, *_gpu(machine)]


def _row(check: str, ok: bool, value: str, advice: str = "") -> dict[str, Any]:
    return {"check": check, "ok": ok, "value": value, "advice": advice}


def _python() -> dict[str, Any]:
    fine = sys.version_info >= (3, 11)
    advice = "" if fine else "Install Python 3.11 or newer and set ftkit up with it."
    return _row("Python", fine, platform.python_version(), advice)


def _wanted() -> dict[str, str]:
    """The version ranges that ftkit declares, by package; empty where it runs uninstalled."""
    from packaging.requirements import Requirement

    try:
        lines = importlib.metadata.requires("ftkit") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    needed = [Requirement(line) for line in lines if "extra ==" not in line]
    return {requirement.name: str(requirement.specifier) for requirement in needed}


def _packages() -> Iterator[dict[str, Any]]:
    from packaging.specifiers import SpecifierSet

    wanted = _wanted()
    for name in dict.fromkeys((*PACKAGES, *wanted)):
        allowed = wanted.get(name, "")
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield _row(name, False, "missing", f"Install it: pip install '{name}{allowed}'")
            continue
        fits = SpecifierSet(allowed).contains(version, prereleases=True)
        if not fits:
            yield _row(name, False, f"{version}, not {allowed}", f"Install it: pip install '{name}{allowed}'")
        elif name in PACKAGES:
            yield _row(name, True, version)


def _extension() -> dict[str, Any]:
    from jupyter_core.paths import jupyter_path

    found = next(
        (path for path in map(Path, jupyter_path("labextensions")) if (path / EXTENSION).exists()), None
    )
    if found:
        return _row("JupyterLab extension", True, str(found / EXTENSION))
    return _row(
        "JupyterLab extension",
        False,
        "not installed",
        "Install ftkit from its wheel, or run make setup; without it you copy the code into cells yourself.",
    )


def _starter() -> dict[str, Any]:
    from ftkit.catalog.starter import CACHE, ENV_FOLDER, starter_here, starter_in

    here, shared = starter_here(), os.environ.get(CACHE, "")
    if named := os.environ.get(ENV_FOLDER):
        value = f"{here} (set by {ENV_FOLDER})"
        if here and (here / "config.json").is_file():
            return _row("Starter model", True, value)
        advice = f"{ENV_FOLDER}={named} has no config.json in it: unset it to use the starter model."
        return _row("Starter model", False, value, advice)
    if shared and starter_in(shared) is None:
        value = f"{here} (your own copy: {CACHE} holds none)" if here else "missing"
        return _row("Starter model", False, value, _named_in_vain(shared))
    if here:
        return _row("Starter model", True, f"{here} (from {CACHE})" if shared else str(here))
    # Whoever has a network needs no more than that, so it is worth a note and no fault.
    return _row("Starter model", True, "missing", f"Needed once with a network: {FETCH}")


def _named_in_vain(shared: str) -> str:
    """What is wrong with the folder that FTKIT_CACHE names, which holds no starter model, and what to do."""
    from ftkit.catalog.starter import CACHE, PLACE, starter_in

    folder = Path(shared).expanduser().resolve()
    # What prepares the model prints the model's own folder, and so people name that one, or the one above it.
    for meant in (folder.parent, folder.parent.parent):
        if folder.is_relative_to(meant / PLACE.parent) and starter_in(meant):
            return f"{CACHE}={shared} is too far inside: set {CACHE}={meant}, which has {PLACE.as_posix()} in it."
    what = f"has no whole {PLACE.as_posix()} in it" if folder.is_dir() else "is no folder on this machine"
    return f"{CACHE}={shared} {what}. Name the folder that has {PLACE.as_posix()} in it, or put it there: {FETCH}"


def _cores(machine: Machine) -> dict[str, Any]:
    threads = os.environ.get("OMP_NUM_THREADS", "")
    value = f"{machine.cores}" + (f", OMP_NUM_THREADS is {threads}" if threads else "")
    if threads.isdigit() and int(threads) > machine.cores:
        return _row(
            "Processor cores",
            False,
            value,
            f"More threads than cores slow training down: set OMP_NUM_THREADS to {machine.cores}.",
        )
    return _row("Processor cores", True, value)


def _memory(machine: Machine) -> dict[str, Any]:
    value = f"{machine.memory / GB:.1f} GB, {machine.memory_free / GB:.1f} GB of it free"
    if machine.memory < LEAST_MEMORY:
        return _row(
            "Memory", False, value, "The starter model trains in 2 GB; use a machine with at least that."
        )
    if machine.memory_free < LEAST_MEMORY:
        return _row("Memory", True, value, "Close other programs and notebooks before you train.")
    return _row("Memory", True, value)


def _disk(machine: Machine) -> dict[str, Any]:
    value = f"{machine.disk_free / GB:.1f} GB free"
    if machine.disk_free < LEAST_DISK:
        return _row("Disk", False, value, "Make room: a run with the starter model and its copies take 3 GB.")
    return _row("Disk", True, value)


def _gpu(machine: Machine) -> Iterator[dict[str, Any]]:
    if machine.gpu:
        torch = importlib.metadata.version("torch") if _installed("torch") else ""
        value = f"{machine.gpu.name}, {machine.gpu.memory / GB:.0f} GB"
        if torch.endswith("+cpu"):
            yield _row(
                "Graphics card",
                False,
                value,
                f"torch {torch} cannot use it: install torch from PyPI instead.",
            )
        else:
            yield _row("Graphics card", True, value)
        return
    if shutil.which("nvidia-smi") and not _installed("nvidia-ml-py"):
        yield _row("Graphics card", False, "present, not readable", "Install it: pip install 'ftkit[gpu]'")
        return
    yield _row(
        "Graphics card", True, "none", "Models up to about 1 billion parameters train without one, slowly."
    )


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
