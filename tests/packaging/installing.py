"""Environments to install a distribution in, with no Node anywhere on PATH."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def without_node(python: Path) -> dict[str, str]:
    """The environment variables of a machine without Node: PATH is one empty folder."""
    empty = python.parent.parent / "empty"
    return {
        "PATH": str(empty),
        "HOME": os.environ.get("HOME", ""),
        **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "LANG"))},
    }


def new_environment(folder: Path, *, borrow: bool) -> Path:
    """An environment in `folder`; its interpreter.

    Parameters
    ----------
    borrow
        Whether it may import what the environment of the tests has, JupyterLab above all. What is
        installed for JupyterLab to find, it has for itself.
    """
    venv.create(folder, with_pip=not borrow, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if borrow:
        (own,) = (folder / "lib").glob("python*/site-packages")
        paths = [path for path in site.getsitepackages() if path.startswith(sys.prefix)]
        (own / "borrowed.pth").write_text("\n".join(paths) + "\n")
    return python


def install(python: Path, *what: str | Path) -> None:
    """Install with pip, without dependencies unless pip is told so."""
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    done = subprocess.run([*pip, *map(str, what)], env=without_node(python), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def labextensions(python: Path) -> str:
    """What ``jupyter labextension list`` says there."""
    listed = subprocess.run(
        [python, "-m", "jupyterlab.labextensions", "list"],
        env={
            **without_node(python),
            "JUPYTER_CONFIG_DIR": str(python.parent / "config"),
            "JUPYTER_PREFER_ENV_PATH": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout + listed.stderr
