"""What every test room shares: a tiny model, tiny data, no network, no cache of the person's."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and no fixture here is changed by one.
UNCHECKED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("patient", deadline=None, suppress_health_check=UNCHECKED)
settings.load_profile("patient")

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if "PYTEST_XDIST_WORKER" in os.environ:
    # As many workers as cores: one thread each, or they would take the cores from one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

LONGEST = ("notebooks", "ui")
"""The rooms that take longest: they are begun first, so that no worker has to wait for another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long rooms first."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONGEST)


def pytest_runtest_setup() -> None:
    """Once the libraries are there, keep the garbage collector from going through all of them at every training."""
    if gc.get_freeze_count() == 0 and "trl.trainer.sft_trainer" in sys.modules:
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _nothing_stays_where_all_passed(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[None]:
    """The folders that whole files share, gigabytes in all: pytest takes them away only where it runs as one process."""
    yield
    if "PYTEST_XDIST_WORKER" in os.environ and not request.session.testsfailed:
        shutil.rmtree(tmp_path_factory.getbasetemp(), ignore_errors=True)


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
