"""Find the Python that the environment is made from: 3.11, else the lowest above it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bootstrap.steps import SetupError

LOWEST = (3, 11)
NAME = re.compile(r"python(3(\.\d+)?)?(\.exe)?\Z")
# A shim may be on PATH and still lead nowhere, and Debian ships Pythons that cannot make environments:
# only an interpreter that answers all of this counts.
QUESTION = """
import json, sys
import ensurepip, venv
from importlib import metadata
try:
    torch = metadata.version("torch")
except metadata.PackageNotFoundError:
    torch = ""
own = sys.prefix == sys.base_prefix
print(json.dumps([list(sys.version_info[:3]), sys.executable, torch if own else ""]))
"""


@dataclass(frozen=True)
class Python:
    """An interpreter that can make an environment.

    Attributes
    ----------
    version
        Major, minor, micro.
    path
        The interpreter.
    torch
        The version of torch that is installed beside it, empty without one.
    """

    version: tuple[int, int, int]
    path: str
    torch: str = ""

    @property
    def name(self) -> str:
        """Such as ``Python 3.11.7``."""
        return "Python " + ".".join(map(str, self.version))


def ask(path: str) -> Python | None:
    """What an interpreter says about itself, None where it does not answer or cannot make environments."""
    try:
        answer = subprocess.run(
            [path, "-c", QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if answer.returncode:
            return None
        version, executable, torch = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None  # not a Python we can use, which is all that was asked
    return Python((version[0], version[1], version[2]), executable, torch)


def on_path(folders: str | None = None) -> list[str]:
    """Everything on PATH that is called like a Python, in the order of PATH."""
    found = []
    for folder in (os.environ.get("PATH", "") if folders is None else folders).split(os.pathsep):
        try:
            names = sorted(entry.name for entry in Path(folder or ".").iterdir())
        except OSError:
            continue  # PATH often names folders that are not there
        found += [str(Path(folder) / name) for name in names if NAME.match(name)]
    return list(dict.fromkeys(found))


def choose(candidates: list[str]) -> Python:
    """The first Python 3.11 among the candidates, else the lowest version above it.

    Raises
    ------
    SetupError
        Where none is new enough.
    """
    usable = []
    for path in candidates:
        python = ask(path)
        if python is None or python.version < LOWEST:
            continue
        if python.version[:2] == LOWEST:
            return python
        usable.append(python)
    if not usable:
        raise SetupError(
            "ftkit needs Python 3.11 or newer with the venv module, and none was found on PATH. "
            "Install it from python.org or with your system's packages "
            "(on Debian and Ubuntu: apt install python3.11 python3.11-venv), then run this again."
        )
    return min(usable, key=lambda python: python.version[:2])
