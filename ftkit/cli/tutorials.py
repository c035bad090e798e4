"""The course that comes with ftkit, and the copy of it that a person works in."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ftkit.errors import FtkitError

FIRST = "01_first_fine_tune.ipynb"
LEFT_OUT = {".ipynb_checkpoints", "__pycache__", "ftkit-runs"}


def packaged() -> Path:
    """The folder with the notebooks as they were published: in the package, or in the checkout.

    Raises
    ------
    FtkitError
        Where neither holds them.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "tutorials", package.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return folder
    raise FtkitError("The tutorials are missing from this installation.", "Install ftkit again.")


def copy_to(folder: Path) -> tuple[int, int]:
    """Copy every tutorial file that is not there yet; what exists is the person's and stays as it is.

    Returns
    -------
    tuple
        How many files were copied and how many were there.

    Raises
    ------
    FtkitError
        Where the folder cannot be written.
    """
    source = packaged()
    copied = kept = 0
    for file in sorted(source.rglob("*")):
        relative = file.relative_to(source)
        if not file.is_file() or not LEFT_OUT.isdisjoint(relative.parts):
            continue
        target = folder / relative
        if os.path.lexists(target):
            kept += 1
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy_whole(file, target)
        except OSError as error:
            raise FtkitError(
                f"The tutorials cannot be copied to {str(folder)!r} ({error.strerror or error}).",
                "Name another folder in FTKIT_HOME.",
            ) from error
        copied += 1
    return copied, kept


def _copy_whole(file: Path, target: Path) -> None:
    """Copy so that an interruption leaves no half file behind under the real name."""
    handle, beside = tempfile.mkstemp(prefix=".ftkit-", dir=target.parent)
    os.close(handle)
    try:
        shutil.copyfile(file, beside)
        Path(beside).chmod(0o644)
        Path(beside).replace(target)
    finally:
        Path(beside).unlink(missing_ok=True)
