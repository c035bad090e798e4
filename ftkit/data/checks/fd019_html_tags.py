"""FD019: the marks of web pages in what is to be learned."""

from __future__ import annotations

import re

from ftkit.data.checks.program_code import without_code
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD019"
TITLE = "HTML tags in the answers"
SEVERITY = "note"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "stepwise", "domain")
MEANING = (
    "Text that was copied from a web page may still hold its marks, such as <b>, <br> or &nbsp;. The model learns to write "
    "them letter for letter, and who reads its answers outside a web page sees them."
)
TRY = "Take the tags out of the file where answers are to be plain text; leave them where a web page will show the answers."
FIX: str | None = None

_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|br|p|div|span|font|a|img|ul|ol|li|h[1-6]|table|tr|td|th)(?:\s+[\w-]+\s*=[^<>]{0,200})?\s*/?>|&(?:nbsp|amp|lt|gt|quot|#\d{2,5});",
    re.IGNORECASE,
)
# Lessons about web pages, and program code that nobody marked as such: there they are meant.
_MEANT = re.compile(
    r"html|xml|\bcss\b|javascript|typescript|react|jsx|\bphp\b|markup|web ?page|web ?site|browser|\btags?\b|<script|<style|<!--"
    r"|[;{]\s*\n|=>|\b(?:const|let|var) \w+ ?=|\bdef \w+\(|^(?:import|from) \w+",
    re.MULTILINE,
)
_KEPT = 3
_LONGEST = 20_000
# Where so many rows have some, they are the data set's way of writing, and will be the model's.
_MANY = 0.05


class Check:
    """Looks for the common tags and escapes of a page, outside program code and lessons about pages."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._tally, self._tags = Tally(), dict[str, None]()
        self._seen = 0

    def see(self, row: SeenRow) -> None:
        """Look at what is learned from one row."""
        self._seen += 1
        learned = row.said if row.answers is None else " ".join(row.answers)
        if "<" not in learned and "&" not in learned:
            return
        if hit := tag_in(learned[:_LONGEST], row.prompt[:_LONGEST]):
            self._tally.add(row)
            if len(self._tags) < _KEPT:
                self._tags[" ".join(hit.split())[:40]] = None

    def finding(self) -> Finding | None:
        """How many rows have one."""
        tally = self._tally
        if not tally.count:
            return None
        what = "row holds" if tally.count == 1 else "rows hold"
        return Finding(
            f"{tally.count:,} {what} marks of a web page in what is learned, such as {', '.join(self._tags)}.",
            tally.count,
            tally.first,
            severity="warning" if tally.count >= _MANY * self._seen else None,
        )


def tag_in(learned: str, asked: str = "") -> str:
    """The first tag that stands in plain text; empty where there is none, or where the row is about such things."""
    if not _TAG.search(learned) or _MEANT.search(f"{asked}\n{learned}".lower()):
        return ""
    hit = _TAG.search(without_code(learned))
    return hit.group() if hit else ""
