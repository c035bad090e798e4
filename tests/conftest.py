"""What every test room shares: a tiny model, tiny data, no network, no cache of the person's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if "PYTEST_XDIST_WORKER" in os.environ:
    # As many workers as cores: one thread each, or they would take the cores from one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

LONGEST = ("notebooks", "ui")
"""The rooms that take longest: they are begun first, and together by one worker, as two browsers would be too much."""


@pytest.hookimpl(wrapper=True)  # around the others: xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Say what one worker runs in one piece: the long rooms, and each other file for what its tests share."""
    here = Path(__file__).parent
    for item in items:
        room = item.path.relative_to(here).parts[0]
        item.add_marker(pytest.mark.xdist_group("long" if room in LONGEST else item.path.name))
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONGEST)
    yield


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny model; do not write into it."""
    from tests.tiny import tiny_model

    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def tiny_data(tmp_path: Path) -> Path:
    """A folder with ``train.jsonl`` (48 rows), ``validation.jsonl`` (8) and ``test.jsonl`` (8)."""
    from tests.tiny import tiny_rows, write_jsonl

    folder = tmp_path / "tiny-data"
    rows = tiny_rows(64)
    write_jsonl(folder / "train.jsonl", rows[:48])
    write_jsonl(folder / "validation.jsonl", rows[48:56])
    write_jsonl(folder / "test.jsonl", rows[56:])
    return folder
