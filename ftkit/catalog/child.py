"""Run a long piece of work in a process of its own and follow what it says."""

from __future__ import annotations

import queue
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence

from ftkit.errors import ModelError

_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@|\bhf_[A-Za-z0-9]{8,}|(?<=[Bb]earer )\S+")


class ChildError(ModelError):
    """A child process failed; `what` ends with its last words, free of credentials."""


def redact(text: str) -> str:
    """The text without passwords in addresses and without Hugging Face tokens."""
    return _CREDENTIALS.sub("***", text)


def run_child(
    arguments: Sequence[str],
    what: str,
    on_line: Callable[[str], None],
    *,
    first_line_within: float | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run this Python with `arguments` and hand over each line of its output as it comes.

    Parameters
    ----------
    what
        What the child does, as the beginning of a sentence such as ``Fetching the model``.
    on_line
        Called with every line of standard output.
    first_line_within
        Seconds until the first line; a child that stays silent longer is ended.

    Raises
    ------
    ChildError
        Where the child fails or stays silent. It never outlives this call, whatever ends it.
    """
    # -P: a file named like a package in the person's folder must not be imported instead of it.
    command = [sys.executable, "-P", *arguments]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        child = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=dict(environment) if environment is not None else None,
        )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(child, lines), daemon=True).start()
        try:
            limit = first_line_within
            while (line := lines.get(timeout=limit)) is not None:
                limit = None
                on_line(line)
        except queue.Empty:
            raise ChildError(f"{what} got no answer within {first_line_within:g} seconds.") from None
        finally:
            if sys.exc_info()[0] is not None:
                child.kill()
            code = child.wait()
        if code:
            errors.seek(0)
            words = [line.strip() for line in errors if line.strip()]
            # pip marks what matters; of anything else the last line says what happened.
            telling = [line for line in words if line.startswith("ERROR:")] or words[-1:]
            reason = redact(" ".join(telling)) or f"exit status {code}"
            raise ChildError(f"{what} failed: {reason.rstrip('.')}.")


def _read(child: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert child.stdout is not None
    with child.stdout as stream:
        for line in stream:
            lines.put(line.rstrip("\n"))
    lines.put(None)
