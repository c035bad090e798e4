"""A work folder with data, the tiny model in the starter's place, and a panel in a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftkit.fields import Machine
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from tests.tiny import tiny_rows, write_jsonl
from tests.wizards.open_notebook import OpenNotebook

MACHINE = Machine(cores=2, memory=8 * 10**9, memory_free=6 * 10**9, disk_free=50 * 10**9)


@pytest.fixture
def work(tmp_path: Path, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: ``pairs.jsonl`` with sixty rows, two of them of no use."""
    write_jsonl(tmp_path / "pairs.jsonl", [*tiny_rows(58), {"prompt": "?"}, {"prompt": "", "answer": "x"}])
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def session(work: Path) -> Session:
    """Choices with data, on a machine that is always the same."""
    return Session({"data": "pairs.jsonl", "run": "parrot-1"}, machine=MACHINE)


@pytest.fixture
def book() -> OpenNotebook:
    """A notebook whose first cell shows the wizard."""
    return OpenNotebook()


@pytest.fixture
def panel(session: Session, book: OpenNotebook) -> Panel:
    """The panel in it, with all its pages."""
    made = Panel(session, book, STEPS)  # type: ignore[arg-type]
    made.start()
    return made
