"""What a command answers, and how it alone reaches standard output."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ftkit.errors import FtkitError, RecipeError

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Also those that turn the direction in which a line is read."""

AS_JSON = "print one JSON document and nothing else"


@dataclass(frozen=True)
class Answer:
    """The result of a command, for people and for programs.

    Attributes
    ----------
    document
        What ``--json`` prints.
    text
        What is printed without it.
    code
        The exit code.
    error
        Whether the text says that something went wrong, and so belongs on standard error.
    afterwards
        Goes on working once the answer is out and gives the exit code, such as a server that runs on.
    """

    document: dict[str, Any] | list[Any]
    text: str
    code: int = 0
    error: bool = False
    afterwards: Callable[[], int] | None = None


def of_error(error: FtkitError) -> Answer:
    """The answer that stands for an error: what happened and what to do, exit code 2."""
    document: dict[str, Any] = {
        "error": getattr(error, "what", str(error)),
        "remedy": getattr(error, "remedy", ""),
    }
    if isinstance(error, RecipeError):
        document["error"] = str(error)
        document["remedy"] = "Change these settings in the recipe and try again."
        document["problems"] = [plain(problem) for problem in error.problems]
    text = str(document["error"]) + (f"\n{document['remedy']}" if document["remedy"] else "")
    return Answer(document, text, code=2, error=True)


def plain(value: Any) -> Any:
    """The value in the types that strict JSON has; not-a-number and infinity become null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item") and callable(value.item):
        return plain(value.item())  # a NumPy number
    return value


def keep_stdout() -> TextIO:
    """Standard output for the answer alone; from now on all else that is written there goes to stderr.

    The redirection is below Python, for what compiled libraries and child processes print, and it
    stays until the process ends: their buffers are flushed last of all.
    """
    sys.stdout.flush()
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return kept


def shown(text: str) -> str:
    """A text as a terminal may get it: what models and files say cannot move the cursor or set colours."""
    return _CONTROLS.sub("\ufffd", text).rstrip("\n") + "\n"


def write(answer: Answer, out: TextIO, *, as_json: bool) -> None:
    """Print the answer, after everything that was said before it."""
    sys.stderr.flush()
    if as_json:
        out.write(json.dumps(plain(answer.document), indent=2, allow_nan=False) + "\n")
    elif answer.error:
        sys.stderr.write(shown(answer.text))
        sys.stderr.flush()
    else:
        out.write(shown(answer.text))
    out.flush()


def say(text: str) -> None:
    """A sentence on the way to the answer, on standard error."""
    sys.stderr.write(shown(text))
    sys.stderr.flush()
