"""A file with a history from elsewhere: read as JSON, or what is wrong with it, and what is expected instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ftkit.errors import RunError

STATE_FILE = "trainer_state.json"
FORMS = (
    f"Give a Trainer's {STATE_FILE}, which lies in each checkpoint-N folder of its output_dir. "
    'Or give {"train": [[step, loss], …], "eval": [[step, loss], …]}.'
)
# What separates the columns of a table, by the letter.
_TABLES = {",": ".csv", "\t": ".tsv", ";": ".csv"}
_MOST_DIGITS = 400


def load_json(path: Path) -> Any:
    """What a JSON file holds, in any encoding that JSON may have.

    Raises
    ------
    RunError
        Where it cannot be read.
    """
    name = repr(str(path))
    try:
        raw = path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise RunError(f"The file {name} cannot be read: {why}.", FORMS) from error
    if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
        raise RunError(f"The file {name} is empty.", FORMS)
    try:
        # A whole number of thousands of digits is no step and no loss: as a float it is infinite.
        return json.loads(
            raw, parse_int=lambda digits: int(digits) if len(digits) < _MOST_DIGITS else float(digits)
        )
    except (ValueError, RecursionError) as error:
        what, more = _what_is_wrong(path, raw, error)
        raise RunError(f"The file {name} cannot be read as JSON: {what}.", f"{FORMS}{more}") from error


def _what_is_wrong(path: Path, raw: bytes, error: Exception) -> tuple[str, str]:
    """What the file is instead of JSON, and what else can be done with such a one."""
    if isinstance(error, UnicodeDecodeError) or b"\0" in raw:
        return "it is no text", ""
    if not isinstance(error, json.JSONDecodeError):
        return "it is nested too deeply", ""
    text = error.doc
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        if error.msg == "Extra data":
            return "it holds several pieces of JSON, one line after another", _AS_LINES.format(str(path))
        return f"it is broken, or breaks off, at line {error.lineno}, column {error.colno}", ""
    first = text.lstrip().partition("\n")[0]
    separator = next((letter for letter in _TABLES if letter in first), None)
    if separator is None or (path.suffix.lower() not in _TABLES.values() and text.count("\n") < 1):
        return "it is no JSON", ""
    return "it is a table", _AS_TABLE.format(str(path), "" if separator == "," else f", sep={separator!r}")


_AS_TABLE = " In Python a table with a column for the step can be read, too: ftkit.diagnose(pandas.read_csv({!r}{}).to_dict('list'))."
_AS_LINES = (
    " In Python its lines can be read, too: ftkit.diagnose([json.loads(line) for line in open({!r})])."
)
