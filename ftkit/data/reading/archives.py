"""ZIP files: a folder in a file. Nothing is unpacked to the disk; names lead nowhere."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ftkit.data.reading.stored import BOMB_FROM, BOMB_RATIO, Stored
from ftkit.errors import DataError

MOST_MEMBERS = 10_000


def members(path: Path) -> list[Stored]:
    """The files in a ZIP, to be read from where they are.

    Raises
    ------
    DataError
        If it is damaged, locked, a bomb, or holds names that lead out of it.
    """
    archive = Stored(path, ".zip")
    with archive.open() as file, _opened(archive, file) as opened:
        infos = [info for info in opened.infolist() if not info.is_dir()]
    found = []
    for info in infos:
        name = info.filename.replace("\\", "/")
        inner = PurePosixPath(name)
        if inner.is_absolute() or ".." in inner.parts or ":" in inner.parts[0]:
            raise DataError(
                f"{archive.says} holds a file whose name leads out of it: {info.filename[:80]!r}.",
                "Do not trust it. If you know where it comes from, unpack it yourself and point at the folder.",
            )
        if info.flag_bits & 1:
            raise DataError(
                f"{archive.says} is locked with a password.", "Unpack it yourself and point at the folder."
            )
        opener = _opener(path, info.filename)
        if inner.suffix.lower() == ".gz":
            inner, opener = PurePosixPath(inner.stem), _unzipped(opener)
        found.append(Stored(path, inner.suffix.lower(), name, opener))
    return found


def check_zip(stored: Stored, file: BinaryIO, largest: int, inside: str = "") -> None:
    """Refuse what is only dressed up as a document and would fill the memory: Excel and Word files are ZIP files.

    Parameters
    ----------
    stored, file
        The file and its bytes.
    largest
        How many bytes may be held in memory.
    inside
        The end of the names of the parts that are held; all parts by default.

    Raises
    ------
    DataError
        If it is none, or its parts unpack to far more than a document has.
    """
    with _opened(stored, file) as opened:
        total = sum(info.file_size for info in opened.infolist() if info.filename.endswith(inside))
    if total > largest:
        raise DataError(
            f"{stored.says} unpacks to more than {largest // 2**20} MB.",
            "Save it as CSV or plain text.",
        )
    file.seek(0)


@contextmanager
def _opened(stored: Stored, file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    file.seek(0, 2)
    size = file.tell()
    try:
        with zipfile.ZipFile(file) as opened:
            infos = opened.infolist()
            if len(infos) > MOST_MEMBERS:
                raise DataError(
                    f"{stored.says} holds {len(infos)} files, more than {MOST_MEMBERS}.",
                    "Unpack it yourself and join them.",
                )
            # Members may share their bytes, so that each one alone looks harmless.
            if sum(info.file_size for info in infos) > max(BOMB_FROM, BOMB_RATIO * size):
                raise DataError(
                    f"{stored.says} unpacks to more than {BOMB_RATIO} times its size, as no data does.",
                    "If you trust it, unpack it yourself and point at the folder.",
                )
            yield opened
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        text = str(error) or type(error).__name__
        raise DataError(
            f"{stored.says} is damaged or of another kind: {text[:1].lower() + text[1:]}.",
            "Fetch or save it again.",
        ) from error


def _opener(path: Path, name: str) -> Callable[[], Any]:
    def open_member() -> Any:
        # The member keeps the archive open until it is closed itself.
        with zipfile.ZipFile(path) as archive:
            return archive.open(name)

    return open_member


def _unzipped(opener: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: gzip.open(opener(), "rb")
