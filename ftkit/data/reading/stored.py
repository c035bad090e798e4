"""The bytes of one file, wherever they lie: on the disk as they are, in a gzip file, in a ZIP."""

from __future__ import annotations

import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from ftkit.errors import DataError

BOMB_FROM = 64 * 2**20
BOMB_RATIO = 100
"""What unpacks to more than this many times its size, and to more than BOMB_FROM bytes, is no data."""

LARGEST_UNPACKED = 512 * 2**20
"""Formats that jump about in a file (Parquet, PDF) are unpacked to a temporary file up to this size."""


@dataclass(frozen=True)
class Stored:
    """One file to read.

    Attributes
    ----------
    path
        The file on the disk.
    suffix
        The ending that says the format, in lower case: of ``a.csv.gz`` it is ``.csv``.
    member
        The name inside the archive; empty where there is none.
    opener
        Opens the bytes as they are to be read; None for the file itself.
    key
        In a JSON object with the rows of several parts, under which key those that are meant stand.
    """

    path: Path
    suffix: str
    member: str = ""
    opener: Callable[[], Any] | None = None
    key: str = ""

    @property
    def packed(self) -> bool:
        """Whether the bytes have to be unpacked on the way."""
        return self.opener is not None

    @property
    def name(self) -> str:
        """What the person calls it."""
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @property
    def label(self) -> str:
        """The bare name, which rows carry as their source."""
        return self.member or self.path.name

    @property
    def says(self) -> str:
        """How a message about it begins."""
        if self.member:
            return f"{self.member!r} in the file {str(self.path)!r}"
        return f"The file {str(self.path)!r}"

    def open(self) -> BinaryIO:
        """The bytes from the first one on.

        Raises
        ------
        DataError
            If there is no such file, it may not be read, or it is no ordinary file.
        """
        try:
            if not self.path.is_file():
                raise DataError(
                    f"{self.says} is not a file that can be read.", "Choose a file with examples."
                )
            if self.opener is None:
                return self.path.open("rb")
            return cast(BinaryIO, io.BufferedReader(Unpacked(self.opener(), self), 2**18))
        except OSError as error:
            raise DataError(
                f"{self.says} cannot be read: {error.strerror or error}.",
                "Check its name and its permissions.",
            ) from error

    def size(self) -> int:
        """The bytes on the disk, packed as they are."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @contextmanager
    def seekable(self) -> Iterator[BinaryIO]:
        """The bytes of a format that is not read from front to back.

        Raises
        ------
        DataError
            As :meth:`open`, or if what is packed is too large.
        """
        with self.open() as file:
            if not self.packed:
                yield file
                return
            with tempfile.TemporaryFile() as copy:
                shutil.copyfileobj(_Limited(file, self), copy, 2**20)
                copy.seek(0)
                yield cast(BinaryIO, copy)


class Unpacked(io.RawIOBase):
    """What comes out of an archive, watched: damage becomes a clear error, and a bomb is never unpacked."""

    def __init__(self, inner: Any, stored: Stored) -> None:
        self._inner, self._stored = inner, stored
        self._total, self._limit = 0, max(BOMB_FROM, BOMB_RATIO * stored.size())

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As every raw file."""
        try:
            piece = self._inner.read(len(buffer))
        except RuntimeError as error:
            raise DataError(
                f"{self._stored.says} is protected by a password.",
                "Unpack it yourself and point at the folder.",
            ) from error
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise DataError(
                f"{self._stored.says} is damaged: {_plain(error)}.", "Fetch or pack it again."
            ) from error
        self._total += len(piece)
        if self._total > self._limit:
            raise DataError(
                f"{self._stored.says} unpacks to more than {BOMB_RATIO} times its size, as no data does.",
                "If you trust it, unpack it yourself and point at the file.",
            )
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close what is inside as well."""
        if not self.closed:
            self._inner.close()
        super().close()


class _Limited:
    def __init__(self, file: BinaryIO, stored: Stored) -> None:
        self._file, self._stored, self._total = file, stored, 0

    def read(self, count: int = -1, /) -> bytes:
        piece = self._file.read(count)
        self._total += len(piece)
        if self._total > LARGEST_UNPACKED:
            raise DataError(
                f"{self._stored.says} unpacks to more than {LARGEST_UNPACKED // 2**20} MB.",
                "Unpack it yourself and point at the file.",
            )
        return piece


def on_disk(path: Path) -> Stored:
    """A file on the disk; the content of a gzip file."""
    suffix = path.suffix.lower()
    if suffix == ".gz" or starts(path).startswith(b"\x1f\x8b"):
        inner = Path(path.stem).suffix.lower() if suffix == ".gz" else suffix
        return Stored(path, inner, opener=lambda: gzip.open(path, "rb"))
    return Stored(path, suffix)


def starts(path: Path, count: int = 8) -> bytes:
    """The first bytes of a file; none where it cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""


def _plain(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "it ends too early"
    text = str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
