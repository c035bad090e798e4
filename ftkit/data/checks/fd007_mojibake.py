"""FD007: letters garbled by a wrong encoding."""

from __future__ import annotations

import re

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD007"
TITLE = "Garbled letters"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "Somewhere on the way the text was read in the wrong encoding: “é” became “Ã©”, or “�” stands where a letter was "
    "lost. The model learns to write it like that."
)
TRY = "Mend what can be mended, or save the file again as UTF-8 from the program that it comes from."
FIX: str | None = "mend-mojibake"


def _read_as(encoding: str, bytes_: range) -> str:
    """What these bytes become when they are read in an encoding."""
    letters = (bytes([byte]).decode(encoding, "replace") for byte in bytes_)
    return "".join(sorted({re.escape(letter) for letter in letters} - {_LOST}))


_LOST = "\ufffd"
_MORE = range(0x80, 0xC0)
# In UTF-8 a letter outside English is a byte from C2 on and one to three more from 80 to BF. What that looks like in the
# encodings that programs guess instead is rare in real text: only there is ftfy asked, which is slow and careful.
_SUSPECT = re.compile(
    "|".join(
        f"[{_read_as(encoding, range(first, end))}][{_read_as(encoding, _MORE)}]{{{more}}}"
        for encoding in ("latin-1", "cp1252", "cp1250", "cp1251", "cp437")
        for first, end, more in ((0xC2, 0xE0, 1), (0xE0, 0xF5, 2))
    )
    # The same of old Macs, but no quotation mark before a letter; and a quotation mark of which a byte is gone.
    + f"|[¬√][{_read_as('mac-roman', _MORE)}]|‚Ä|â€"
)
# A line that is longer than a book is no writing; ftfy would take minutes for it.
_LONGEST = 1_000_000


class Check:
    """Looks for UTF-8 that was read as something else, and for lost letters."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._garbled, self._lost = Tally(), Tally()
        self._count, self._last = 0, ("", 0)

    def see(self, row: SeenRow) -> None:
        """Look at the text of one row; plain English is done at once."""
        text = row.said
        if text.isascii():
            return
        lost, garbled = _LOST in text, mend(text) != text
        if garbled:
            self._garbled.add(row)
        if lost:
            self._lost.add(row)
        if (lost or garbled) and (row.file, row.number) != self._last:
            self._count, self._last = self._count + 1, (row.file, row.number)

    def finding(self) -> Finding | None:
        """How many rows are affected, and how many can be mended."""
        garbled, lost = self._garbled, self._lost
        if not self._count:
            return None
        said = []
        if garbled.count:
            what = "row has" if garbled.count == 1 else "rows have"
            said.append(f"{garbled.count:,} {what} garbled letters that can be mended, such as “Ã©” for “é”.")
        if lost.count:
            what = "row has" if lost.count == 1 else "rows have"
            said.append(f"{lost.count:,} {what} a “�” in place of a letter that is lost.")
        rows = tuple(dict.fromkeys((*garbled.first, *lost.first)))[:10]
        return Finding(" ".join(said), self._count, rows, offer=bool(garbled.count))


def mend(text: str) -> str:
    """The text with its garbled letters as they were meant; lines without any stay byte for byte the same."""
    if text.isascii() or not _SUSPECT.search(text):
        return text
    # Line by line: one well-read line must not keep the others from being mended.
    return "\n".join([_mended(line) for line in text.split("\n")])


def _mended(line: str) -> str:
    if line.isascii() or len(line) > _LONGEST or not _SUSPECT.search(line):
        return line
    from ftfy import fix_encoding

    meant: str = fix_encoding(line)
    # A mended line that has lost letters or gained bytes that no text holds was not meant like that.
    return line if meant.count(_LOST) > line.count(_LOST) or "\0" in meant else meant
