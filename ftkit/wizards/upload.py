"""A file from the person's own computer, put beside the notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from ftkit.errors import DataError
from ftkit.wizards.markup import joined, note, paragraph, tag

ACCEPTED = ".json,.jsonl,.ndjson,.csv,.tsv,.parquet,.txt,.md,.pdf,.gz,.zip,.xlsx,.docx"
MOST = 9_000_000
"""Bytes that reach the kernel: Jupyter's connection refuses messages of 10 MB and more without a word."""
LONGEST_NAME = 120
_UNWANTED = re.compile(r"[^\w .()+,=@-]", re.ASCII)


def safe_name(given: str) -> str:
    """A plain file name out of one that a browser sent: no folders, nothing hidden, nothing a system refuses."""
    name = re.split(r"[/\\]", given)[-1]
    name = _UNWANTED.sub("_", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    stem = stem.strip(" .")[:LONGEST_NAME] or "upload"
    return f"{stem}.{ending[:20]}" if ending else stem


def save_upload(given: str, content: bytes, folder: Path | None = None) -> tuple[Path, bool]:
    """Write an uploaded file; nothing that is there is overwritten.

    Parameters
    ----------
    given
        The name as the browser sent it.
    folder
        Where to; the kernel's working directory, which is the notebook's folder, where None.

    Returns
    -------
    tuple
        The file, and whether it was written now (False: the very same one was there already).

    Raises
    ------
    DataError
        If the folder cannot be written.
    """
    folder = folder or Path()
    name = Path(safe_name(given))
    number = 1
    while True:
        target = folder / (name.name if number == 1 else f"{name.stem}-{number}{name.suffix}")
        try:
            # "x" refuses to write over anything, also where another program was quicker.
            with target.open("xb") as file:
                file.write(content)
        except FileExistsError:
            if target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content:
                return target, False
            number += 1
        except OSError as error:
            raise DataError(
                f"The file cannot be saved beside the notebook ({error.strerror or error}).",
                "Make room, or put it into another folder and type its path.",
            ) from error
        else:
            return target, True


def size_in_words(count: int) -> str:
    """``512 bytes``, ``14 kB``, ``1.2 MB``."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 1000:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"


class Upload:
    """The button for it, and what came of it.

    Parameters
    ----------
    take
        Called with the path of the file that was written.
    guard
        Wraps what is done, so that an error in it is shown.
    """

    def __init__(self, take: Callable[[str], None], guard: Callable[..., Any]) -> None:
        self._take = take
        self.button = widgets.FileUpload(
            accept=ACCEPTED,
            multiple=False,
            description="Choose a file on your computer",
            tooltip="It is saved beside this notebook; nothing is overwritten.",
        )
        self.button.add_class("ftkit-upload")
        self._said = widgets.HTML(
            tag("span", "up to 9 MB; drag a larger one into the file list on the left", "ftkit-quiet")
        )
        row = widgets.HBox([self.button, self._said])
        row.add_class("ftkit-actions")
        self.told = widgets.HTML()
        self.widget = widgets.VBox([row, self.told])
        self.widget.add_class("ftkit-uploading")
        self._emptying = False
        self.button.observe(guard(self._on_file), names="value")

    def _on_file(self, change: Any) -> None:
        if self._emptying or not change["new"]:
            return
        file = change["new"][0]
        content = bytes(file["content"])
        path, written = save_upload(str(file["name"]), content)
        # Emptied, so that the same file can be chosen again and its bytes are not kept twice.
        self._emptying = True
        try:
            self.button.value = ()
        finally:
            self._emptying = False
        size = size_in_words(len(content))
        what = "was saved beside this notebook" if written else "is beside this notebook already"
        as_name = "" if path.name == file["name"] else f", under the name {path.name}"
        sentence = [tag("b", file["name"]), f" ({size}) {what}{as_name}. Nothing was overwritten."]
        self.told.value = note("info", paragraph(joined(sentence)))
        self._take(path.as_posix())

    def quiet(self) -> None:
        """Take the last sentence away: the person has gone on to something else."""
        self.told.value = ""
