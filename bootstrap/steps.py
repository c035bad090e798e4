"""Say what happens, run commands quietly, and remember what is done already."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

HEARTBEAT = 15.0  # seconds between two signs of life where the output is no terminal
SILENCE = 25.0  # seconds after which a command that prints nothing is said to be at work still
TICK = 1.0  # seconds between two looks at the clock meanwhile
ALARMING = re.compile(
    r"Attempting uninstall|Found existing installation|(Successfully )?[Uu]ninstall(ing|ed)\b"
)
"""How pip tells that it puts another version of a package in place: it sounds as if something were taken away."""
CAUSE = re.compile(r"\b(?!CalledProcessError)[A-Z]\w*Error: .+")
"""What a line says of a cause; that a program called another, which failed, is none."""
SKIPPED_FOLDERS = {"node_modules", "lib", "__pycache__", ".yarn", ".ipynb_checkpoints"}


class SetupError(Exception):
    """The set-up cannot go on; the message says what to do."""


def say(text: str) -> None:
    """One line for the person, at once and in order with what the commands print."""
    print(text, flush=True)


def hash_of(*things: Path | str) -> str:
    """One digest over texts, files and folders; what was built or fetched inside a folder does not count."""
    digest = hashlib.sha256()
    for thing in things:
        if isinstance(thing, str):
            digest.update(thing.encode())
            continue
        files = sorted(path for path in thing.rglob("*") if path.is_file()) if thing.is_dir() else [thing]
        for path in files:
            relative = path.relative_to(thing.parent)
            if (
                SKIPPED_FOLDERS.isdisjoint(relative.parts)
                and path.suffix != ".tsbuildinfo"
                and path.is_file()
            ):
                digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class Done:
    """The steps that are done, each with the digest of what it was done from.

    Parameters
    ----------
    file
        A JSON file inside the environment, so that it vanishes together with what it speaks about.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._digests = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._digests = {}  # missing or cut off halfway: every step is simply done again

    def has(self, step: str, digest: str) -> bool:
        """Whether the step was done from exactly this."""
        return self._digests.get(step) == digest

    def mark(self, step: str, digest: str) -> None:
        """Remember a finished step."""
        self._digests[step] = digest
        self._write()

    def forget(self, *steps: str) -> None:
        """Have these steps done again next time."""
        for step in steps:
            self._digests.pop(step, None)
        self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(self._digests, indent=1), encoding="utf-8")
        fresh.replace(self.file)


def run(command: list[str], log: Path, *, env: dict[str, str] | None = None, cwd: Path | None = None) -> bool:
    """Run a command; its output goes to the log, its last line shows that it is alive, or else the time does.

    Returns
    -------
    bool
        Whether it ended well. Where it did not, the end of its output has been shown.
    """
    last: deque[str] = deque(maxlen=25)
    causes: Counter[str] = Counter()
    live = sys.stdout.isatty()
    started = shown = time.monotonic()
    latest = ""

    def tell(text: str) -> None:
        nonlocal shown
        shown = time.monotonic()
        line = f"… {shown - started:.0f} s: {text}"[:90]
        if live:
            print("\r    " + line.ljust(90), end="", flush=True)
        else:
            say(f"    {line}")

    with log.open("a", encoding="utf-8", errors="replace") as file:
        file.write("\n$ " + " ".join(command) + "\n")
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        for line in _lines(process):
            silent = time.monotonic() - shown
            if line is None:
                if silent > SILENCE:
                    tell(f"still at work ({latest})" if latest else "still at work")
                continue
            file.write(line)
            file.flush()
            text = line.strip()
            if not text:
                continue
            last.append(text)
            if named := CAUSE.search(text):
                causes[named[0]] += 1
            if ALARMING.match(text):
                continue
            latest = text[:50]
            if silent > (0.1 if live else HEARTBEAT):
                tell(text)
        code = process.wait()
    if live:
        print("\r" + " " * 94 + "\r", end="", flush=True)
    if code:
        say(f"    This command failed (exit code {code}): {' '.join(command)}")
        for text in last:
            say(f"    | {text}")
        # What went wrong inside stands hundreds of lines before the end, under traces of those that called it.
        for cause, times in causes.most_common(3):
            say(f"    It named an error{f' {times} times' if times > 1 else ''}: {cause[:300]}")
        say(f"    All of its output is in {log}")
    return code == 0


def _lines(process: subprocess.Popen[str]) -> Iterator[str | None]:
    """What a command prints, line by line; and None about once a second while it prints nothing."""
    waiting: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            waiting.put(line)
        waiting.put(None)

    # A line is waited for without an end: that is left to another thread, so that this one can say how long it takes.
    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = waiting.get(timeout=TICK)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line
