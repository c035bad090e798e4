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


def _as_windows(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)  # five bytes that Windows-1252 leaves free come through as control characters


_BYTE = {_as_windows(byte): byte for byte in range(0x80, 0x100)}
_MORE = "".join(re.escape(_as_windows(byte)) for byte in range(0x80, 0xC0))
# What UTF-8 looks like when it is read as Windows-1252. Of the pairs only those of Western European letters:
# the others occur in real text, such as “CAFÉ®”.
_GARBLED = re.compile(f"[ÂÃ][{_MORE}]|[à-ï][{_MORE}]{{2}}|ð[{_MORE}]{{3}}")
_LOST = "\ufffd"


class Check:
    """Looks for UTF-8 that was read as Windows-1252, and for lost letters."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._garbled, self._lost = Tally(), Tally()

    def see(self, row: SeenRow) -> None:
        """Look at the text of one row; plain English is done at once."""
        text = row.said
        if text.isascii():
            return
        if mend(text) != text:
            self._garbled.add(row)
        if _LOST in text:
            self._lost.add(row)

    def finding(self) -> Finding | None:
        """How many rows are affected, and how many can be mended."""
        garbled, lost = self._garbled, self._lost
        if not (garbled.count or lost.count):
            return None
        said = []
        if garbled.count:
            what = "row has" if garbled.count == 1 else "rows have"
            said.append(f"{garbled.count:,} {what} garbled letters that can be mended, such as “Ã©” for “é”.")
        if lost.count:
            what = "row has" if lost.count == 1 else "rows have"
            said.append(f"{lost.count:,} {what} a “�” in place of a letter that is lost.")
        rows = dict.fromkeys((*garbled.first, *lost.first))
        return Finding(
            " ".join(said), max(garbled.count, lost.count), tuple(rows)[:10], offer=bool(garbled.count)
        )


def mend(text: str) -> str:
    """The text with its garbled letters as they were meant; all else byte for byte the same."""
    return text if text.isascii() else _GARBLED.sub(_meant, text)


def _meant(hit: re.Match[str]) -> str:
    garbled = hit.group()
    if (
        len(garbled) == 2
        and garbled[1] in "»”’…–—™®"
        and hit.start()
        and hit.string[hit.start() - 1].isupper()
    ):
        return garbled  # a word in capitals before a closing quote
    try:
        return bytes(_BYTE[letter] for letter in garbled).decode("utf-8")
    except UnicodeDecodeError:
        return garbled
