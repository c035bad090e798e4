"""Parquet files, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table
from ftkit.data.reading.values import plain_value
from ftkit.data.records import Record
from ftkit.errors import DataError

SUFFIXES = (".parquet", ".pq")
KIND = "Parquet"
ROWS = True
MAGIC = (b"PAR1",)
FIRST_BATCH, LARGEST_BATCH = 16, 1024
FULL_BATCH = 8 * 2**20


def open_table(stored: Stored) -> Table:
    """A Parquet file whose description was read.

    Raises
    ------
    DataError
        If it is damaged, has no rows, or two columns of the same name.
    """
    with _opened(stored) as file:
        names = list(file.schema_arrow.names)
        rows = file.metadata.num_rows
    if not rows:
        raise DataError(f"{stored.says} has no rows.", "Choose a file with at least a few examples in it.")
    if doubled := sorted({name for name in names if names.count(name) > 1} if len(names) < 2000 else ()):
        raise DataError(
            f"{stored.says} has two columns called {doubled[0]!r}.", "Give every column a name of its own."
        )
    plain = not stored.packed
    return Table(stored.path, "parquet", stored.name, plain, (), lambda: _records(stored))


@contextmanager
def _opened(stored: Stored) -> Iterator[Any]:
    if not stored.packed and not stored.size():
        raise DataError(f"{stored.says} is empty.", "Choose a file with at least a few examples in it.")
    with stored.seekable() as bytes_, _clearly(stored):
        from pyarrow.parquet import ParquetFile

        with ParquetFile(bytes_, pre_buffer=False) as file:
            yield file


@contextmanager
def _clearly(stored: Stored) -> Iterator[None]:
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        text = (str(error).partition("\n")[0] or type(error).__name__)[:200]
        raise DataError(
            f"{stored.says} is not a sound Parquet file: {text.rstrip('.')}.", "Fetch or write it again."
        ) from error


def _records(stored: Stored) -> Iterator[Record]:
    number, size = 0, FIRST_BATCH
    with _opened(stored) as file:
        groups = range(file.metadata.num_row_groups)
        for group in groups:
            # A batch may be small on the disk and large in memory: it grows only while it stays small.
            for batch in file.iter_batches(batch_size=size, row_groups=[group], use_threads=False):
                if batch.nbytes > FULL_BATCH:
                    size = FIRST_BATCH
                elif batch.num_rows == size:
                    size = min(2 * size, LARGEST_BATCH)
                for row in batch.to_pylist():
                    number += 1
                    yield Record(number, {name: plain_value(value) for name, value in row.items()})
