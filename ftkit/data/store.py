"""Training rows kept as the very lines that are written in the end: in memory, and on disk where they are many."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from ftkit.data.records import DoesNotFit

IN_MEMORY = 20_000
"""Up to so many rows are held in memory; all of them go to a temporary file when there are more."""
READ_AHEAD = 1 << 20
_NESTED = ("tools", "tool_calls")


def line_of(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON: columns and the keys of messages sorted, what tools are called with as it came.

    The order inside a tool's description matters: a chat template prints it as it stands.

    Raises
    ------
    DoesNotFit
        If it holds what JSON in UTF-8 cannot: half a character, not-a-number, thousands of levels or digits.
    """
    try:
        if "tools" in row or any(_calls_tools(value) for value in row.values()):
            return json.dumps(_sorted(row), ensure_ascii=False, allow_nan=False).encode()
        return json.dumps(row, ensure_ascii=False, allow_nan=False, sort_keys=True).encode()
    except UnicodeEncodeError as error:
        raise DoesNotFit("a text contains half a character (a lone surrogate)") from error
    except (ValueError, RecursionError) as error:
        raise DoesNotFit("a number in it cannot be stored, or it is nested too deeply") from error


def _calls_tools(column: Any) -> bool:
    return isinstance(column, list) and any(isinstance(m, dict) and "tool_calls" in m for m in column)


def _sorted(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [dict(sorted(m.items())) if isinstance(m, dict) else m for m in row[name]]
        if isinstance(row[name], list) and name not in _NESTED
        else row[name]
        for name in sorted(row)
    }


class RowStore:
    """Rows in the order in which they came, read again by their ordinal from 0.

    The temporary file has no name in any folder: it is gone as soon as nothing needs it, however the process ends.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._most = in_memory
        self._lines: list[bytes] = []
        self._ends = array("q", [0])
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return len(self._ends) - 1 if self._file else len(self._lines)

    def append(self, line: bytes) -> None:
        """Keep one more line, as :func:`line_of` makes it."""
        if self._file is None:
            self._lines.append(line)
            if len(self._lines) > self._most:
                self._to_disk()
            return
        self._file.write(line)
        self._ends.append(self._ends[-1] + len(line))

    def line(self, ordinal: int) -> bytes:
        """One line, without a line break at its end."""
        return next(self.lines((ordinal,)))

    def lines(self, ordinals: Iterable[int]) -> Iterator[bytes]:
        """The lines at these places; reading in rising order is fast."""
        if self._file is None:
            yield from (self._lines[ordinal] for ordinal in ordinals)
            return
        self._file.flush()
        start, block = 0, b""
        for ordinal in ordinals:
            low, high = self._ends[ordinal], self._ends[ordinal + 1]
            if low < start or high > start + len(block):
                # Each reader seeks for itself: two may go through the rows in turns.
                self._file.seek(low)
                start, block = low, self._file.read(max(READ_AHEAD, high - low))
                self._file.seek(0, 2)
            yield block[low - start : high - start]

    def rows(self, ordinals: Iterable[int]) -> Iterator[dict[str, Any]]:
        """The rows at these places."""
        for line in self.lines(ordinals):
            yield json.loads(line)

    def _to_disk(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="ftkit-rows-")  # noqa: SIM115  (it lives as long as the store)
        for line in self._lines:
            self._file.write(line)
            self._ends.append(self._ends[-1] + len(line))
        self._lines = []


class StoredRows(Sequence[dict[str, Any]]):
    """Some rows of a store as a sequence that holds none of them: what :func:`load_parts` gives for large data."""

    def __init__(self, store: RowStore, ordinals: Sequence[int]) -> None:
        self._store, self._ordinals = store, ordinals

    def __len__(self) -> int:
        return len(self._ordinals)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return list(self._store.rows(self._ordinals[index]))
        return next(self._store.rows((self._ordinals[index],)))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._store.rows(self._ordinals)
