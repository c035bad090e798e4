"""A table that somebody hands over by itself, as `data=`, becomes a file beside the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftkit.data.table_file import is_table, keep_table
from ftkit.notebook.progress import interactive_shell

LONGEST_NAME = 60


def keep_tables(presets: dict[str, Any]) -> None:
    """Save a table in memory as a file, and take the file in its place: choices and cells outlive the kernel."""
    source = presets.get("data")
    if source is None or isinstance(source, (str, Path)):
        return
    if not is_table(source):
        return
    path, rows = keep_table(source, _called(source))
    presets["data"] = path.as_posix()
    if rows:
        print(  # noqa: T201  (a cell speaks like that)
            f"Your table was saved beside this notebook as {path} ({rows:,} rows): the cells below read it there."
        )


def _called(source: Any) -> str:
    """The name that the person's variable has, for a file name."""
    shell = interactive_shell()
    names = shell.user_ns.items() if shell is not None else ()
    found = (name for name, value in list(names) if value is source and not name.startswith("_"))
    return next((name for name in found if name.isascii() and len(name) <= LONGEST_NAME), "table")
