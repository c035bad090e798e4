"""Arrow files, as ``save_to_disk`` of ``datasets`` writes them, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftkit.data.reading.stored import Stored
from ftkit.data.reading.table import Table
from ftkit.data.reading.values import plain_value
from ftkit.data.records import Record
from ftkit.errors import DataError

SUFFIXES = (".arrow",)
KIND = "Arrow"
ROWS = True
AT_ONCE = 1000
FILE_MARK = b"ARROW1"


def open_table(stored: Stored) -> Table:
    """An Arrow file whose first row was read.

    Raises
    ------
    DataError
        If it is damaged or has no rows.
    """
    if not stored.packed and not stored.size():
        raise DataError(f"{stored.says} is empty.", "Choose a file with at least a few examples in it.")
    if next(_records(stored), None) is None:
        raise DataError(f"{stored.says} has no rows.", "Choose a file with at least a few examples in it.")
    return Table(stored.path, "arrow", stored.name, False, (), lambda: _records(stored))


def _records(stored: Stored) -> Iterator[Record]:
    import pyarrow as pa

    number = 0
    with stored.seekable() as bytes_:
        try:
            for batch in _batches(bytes_):
                for start in range(0, batch.num_rows, AT_ONCE):
                    for row in batch.slice(start, AT_ONCE).to_pylist():
                        number += 1
                        yield Record(number, {str(name): plain_value(value) for name, value in row.items()})
        except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
            text = (str(error).partition("\n")[0] or type(error).__name__)[:200]
            raise DataError(
                f"{stored.says} is not a sound Arrow file: {text.rstrip('.')}.", "Fetch or write it again."
            ) from error


def _batches(bytes_: Any) -> Iterator[Any]:
    """The batches of either of Arrow's two forms, a stream or a file."""
    from pyarrow import ipc

    start = bytes_.read(len(FILE_MARK))
    bytes_.seek(0)
    if start != FILE_MARK:
        yield from ipc.open_stream(bytes_)
        return
    file = ipc.open_file(bytes_)
    for place in range(file.num_record_batches):
        yield file.get_batch(place)
