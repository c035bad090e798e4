"""How a run may be called, and where its folder lies."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ftkit.errors import RunError
from ftkit.runfolder.figures import shortened

RUNS = "ftkit-runs"
LONGEST_NAME = 80
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}\Z")


def locate(run: str | Path, root: str | Path | None) -> Path:
    """The folder of a run that is given by its name, or by a path.

    Raises
    ------
    RunError
        Where `run` can be neither.
    """
    text = os.fspath(run)
    is_path = isinstance(run, Path) or "/" in text or os.sep in text or text.startswith("~")
    if is_path:
        return _usable(text)
    if not _NAME.match(text):
        raise RunError(
            f"{text!r} cannot be the name of a run.",
            "Use letters, digits, dots, dashes and underscores, such as pirate-1.",
        )
    return (Path(root) if root is not None else Path.cwd() / RUNS).absolute() / text


def _usable(text: str) -> Path:
    try:
        path = Path(text).expanduser().absolute()
        path.is_dir()  # a path that is too long is refused by the system, not by Python
    except (OSError, RuntimeError, ValueError) as error:
        raise RunError(
            f"{shortened(text)} cannot be the path of a run ({shortened(str(error))}).",
            "Check how it is spelt.",
        ) from error
    return path
