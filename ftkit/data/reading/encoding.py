"""In which encoding a file's text is written: what it states, else what its bytes look like."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from ftkit.data.reading.stored import Stored
from ftkit.errors import DataError

LONGEST_LINE = 16 * 2**20
CHUNK = 2**20
EXAMINED = 256 * 2**20
"""So many bytes are looked at before reading; what is odd beyond them costs single rows."""

GUESSED_FROM = 2**16
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
APPLE = {
    "mac_cyrillic": "cp1251",
    "mac_greek": "cp1253",
    "mac_turkish": "cp1254",
    "mac_latin2": "cp1250",
    "mac_roman": "cp1252",
    "mac_iceland": "cp1252",
    "ptcp154": "cp1251",
    "kz1048": "cp1251",
}
"""Rare encodings, and the common one that shares most of its bytes with each."""
WESTERN = re.compile(r"[\x00-\x7fÀ-ÖØ-öø-ÿŒœŠšŽžŸ€‚„…‘’“”–—•™ ¡£§©«»®°±²³´·º¼½¾¿]*", re.DOTALL)


@dataclass(frozen=True)
class Text:
    """The text of a file whose encoding is known.

    Attributes
    ----------
    stored
        The bytes.
    encoding
        As Python calls it.
    sample
        The beginning, at most 1 MB of it.
    whole
        Whether the sample is all there is.
    notes
        What was guessed.
    """

    stored: Stored
    encoding: str
    sample: str
    whole: bool
    notes: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is UTF-8 without a mark or a doubt, on the disk as it is."""
        return self.encoding == "utf-8" and not self.notes and not self.stored.packed

    def open(self, newline: str = "\n") -> TextIO:
        """The text from the first character on. Bytes that do not belong become lone surrogates, which no row may hold."""
        errors = "replace" if self.encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        return io.TextIOWrapper(self.stored.open(), encoding=self.encoding, errors=errors, newline=newline)

    def lines(self, newline: str = "\n") -> Iterator[str]:
        """Line after line with their ends. Only a line feed ends one, unless the newline is ``""``.

        Raises
        ------
        DataError
            If a line is too long to be a row.
        """
        with self.open(newline) as file:
            while line := file.readline(LONGEST_LINE + 2):
                if len(line) > LONGEST_LINE:
                    raise _too_long(self.stored)
                yield line


def open_text(stored: Stored, *, long_lines: bool = False) -> Text:
    """Find out how a file's text is encoded.

    Parameters
    ----------
    stored
        The file.
    long_lines
        Whether a line may be of any length, as in JSON.

    Raises
    ------
    DataError
        If it is empty or no text.
    """
    with stored.open() as file:
        first = file.read(CHUNK)
        stated = stated_encoding(first)
        look = _Look(stored, stated)
        chunk = first
        while chunk:
            look.at(chunk)
            if look.seen >= EXAMINED or (stated and not look.blank and long_lines):
                break
            chunk = file.read(CHUNK)
    if not long_lines and max(look.longest, look.run) > LONGEST_LINE:
        raise _too_long(stored)
    encoding, notes = look.verdict()
    errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    sample = codecs.getincrementaldecoder(encoding)(errors).decode(first)
    whole = look.seen == len(first)
    if look.blank or (whole and not sample.strip("\ufeff").strip()):
        raise DataError(f"{stored.says} is empty.", "Choose a file with at least a few examples in it.")
    _refuse_other_things(stored, sample)
    return Text(stored, encoding, sample, whole, notes)


def stated_encoding(first: bytes) -> str:
    """The encoding that the beginning of a file leaves no doubt of; mostly empty."""
    return next((name for mark, name in BOMS if first.startswith(mark)), "") or _wide(first)


class _Look:
    """What is learned about a file while its bytes pass by."""

    def __init__(self, stored: Stored, stated: str) -> None:
        self._stored, self._stated = stored, stated
        self._wide = stated.startswith(("utf-16", "utf-32"))
        self.seen = self._lines = self._good = self._bad = self.run = self.longest = 0
        self.blank = True
        self._tail = self._doubtful = b""

    def at(self, chunk: bytes) -> None:
        if not self._wide and (nul := chunk.find(b"\0")) >= 0:
            line = self._lines + chunk[:nul].count(b"\n") + 1
            raise DataError(
                f"{self._stored.says} is not plain text: there is a NUL byte in line {line}.",
                "If it comes from a spreadsheet or an editor, save it again as UTF-8 text.",
            )
        self.seen += len(chunk)
        self._lines += chunk.count(b"\n")
        self.blank = self.blank and not chunk.strip(b" \t\r\n\v\f\0\xef\xbb\xbf\xff\xfe")
        if (newline := chunk.find(b"\n")) < 0:
            self.run += len(chunk)
        else:
            self.longest = max(self.longest, self.run + newline)
            self.run = len(chunk) - chunk.rfind(b"\n") - 1
        if not self._stated and not (not self._tail and chunk.isascii()):
            self._decode(chunk)

    def _decode(self, chunk: bytes) -> None:
        data = self._tail + chunk
        decoder = codecs.getincrementaldecoder("utf-8")
        try:
            strict = decoder()
            text = strict.decode(data)
            self._tail = strict.getstate()[0]
            # Every character that took more than a byte makes the text shorter than its bytes.
            self._good += len(data) - len(self._tail) - len(text)
        except UnicodeDecodeError as error:
            lenient = decoder("surrogateescape")
            text = lenient.decode(data)
            self._tail = lenient.getstate()[0]
            self._bad += len(re.findall("[\udc80-\udcff]+", text))
            self._good += len(re.findall("[^\0-\x7f\udc80-\udcff]+", text))
            if not self._doubtful:
                start = max(0, error.start - GUESSED_FROM // 2)
                self._doubtful = data[start : start + GUESSED_FROM]

    def verdict(self) -> tuple[str, tuple[str, ...]]:
        if self._stated:
            note = (f"read as {name_of(self._stated)}",) if self._stated != "utf-8-sig" else ()
            return self._stated, note
        if self._tail and self.seen < EXAMINED:
            # The file ends inside a character.
            self._bad += 1
            self._doubtful = self._doubtful or self._tail
        if not self._bad:
            return "utf-8", ()
        if self._good > 5 * self._bad:
            places = "one place in it is" if self._bad == 1 else f"{self._bad} places in it are"
            return "utf-8", (f"read as UTF-8, although {places} not: those rows are left out",)
        encoding = guess(self._doubtful)
        return encoding, (f"read as {name_of(encoding)} (a guess)",)


def guess(data: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8.

    Few accented letters are no evidence to tell one Western code page from another; then it is Windows-1252, by far
    the most common one.
    """
    from charset_normalizer import from_bytes

    western = data.decode("cp1252", "replace")
    odd = sum(byte >= 0x80 for byte in data)
    # Two bytes above ASCII in a row are rare in Western text and the rule in Chinese, Japanese, Korean, Russian.
    pairs = len(re.findall(rb"[\x80-\xff]{2}", data))
    if WESTERN.fullmatch(western) and pairs * 4 <= odd:
        return "cp1252"
    best = from_bytes(data, steps=8, chunk_size=1024).best()
    found = best.encoding if best is not None else ""
    if found in APPLE and _is_all_letters(data, APPLE[found]):
        return APPLE[found]
    return found if found and not found.startswith("utf") else "cp1252"


def _is_all_letters(data: bytes, encoding: str) -> bool:
    """Whether most of what is not ASCII are letters when it is read so."""
    odd = [character for character in data.decode(encoding, "replace") if character >= "\x80"]
    return bool(odd) and sum(map(str.isalpha, odd)) > 0.9 * len(odd)


def name_of(encoding: str) -> str:
    """An encoding's name as an editor shows it."""
    if re.fullmatch(r"cp125\d", encoding):
        return encoding.replace("cp", "Windows-")
    return encoding.replace("_", "-").upper()


def _wide(first: bytes) -> str:
    """UTF-16 and UTF-32 without a mark: in most scripts every other byte of the commonest characters is NUL."""
    head = first[:4096]
    half = len(head) // 2
    if half < 2:
        return ""
    places = [head[place::4].count(0) for place in range(4)]
    quarter = len(head) // 4
    if quarter > 1 and not places[0] and min(places[2:]) > 0.9 * quarter:
        return "utf-32-le"
    if quarter > 1 and not places[3] and min(places[:2]) > 0.9 * quarter:
        return "utf-32-be"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return ""


def _refuse_other_things(stored: Stored, sample: str) -> None:
    """What is often saved under a data file's name and is something else."""
    start = sample[:200].lstrip("\ufeff \t\r\n").lower()
    if start.startswith("version https://git-lfs"):
        raise DataError(
            f"{stored.says} is only a pointer to the data, which Git LFS has not fetched.",
            "Run: git lfs pull",
        )
    if start.startswith(("<!doctype html", "<html")):
        raise DataError(
            f"{stored.says} is a web page, not data.",
            "Open it in a browser: most often it says why the download did not work.",
        )


def _too_long(stored: Stored) -> DataError:
    return DataError(
        f"{stored.says} has a line of more than {LONGEST_LINE // 2**20} MB.", "Write one example a line."
    )
