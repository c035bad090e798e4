"""FD006: places that were meant to be filled in."""

from __future__ import annotations

import re

from ftkit.data.checks.program_code import without_code
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD006"
TITLE = "Placeholders left in"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "prompts", "stepwise", "domain")
MEANING = (
    "Something like {{name}} or [Your Name] was meant to be replaced before use. The model learns to write it "
    "letter for letter."
)
TRY = (
    "Replace the placeholders in the file, for instance with your assistant's name; or leave these rows out."
)
FIX: str | None = "drop-placeholders"

_NAMED = (
    r"(?:(?:your|my|first|last|full|user|customer|client|company|product|recipient|sender|business|city|state|job|event)'?s?"
    r"[ _])*(?:name|title|date|address|company|city|country|email|e-mail|phone|phone number|position|signature)"
)
# {{name}}, with the braces of no LaTeX and no code; ${name}, no sum of money and no mathematics.
_BRACES = re.compile(
    r"(?<![\\\w{}$^\])>])\{\{\s*[^\W\d][\w .-]{0,40}\}\}(?![{}\w(\[])|(?<![\\\w$])\$\{[^\W\d]\w[\w -]{0,40}\}(?![$^_\\({])"
)
# [Your Name], <insert date>, [COMPANY NAME]; neither a[0], nor <name>, nor [MASK], nor a link [name](…).
_BRACKETS = re.compile(
    r"\[(?:your|insert|enter|add)\s[^\[\]<>\n]{1,40}\](?![(\[])|<(?:your|insert|enter)\s[^\[\]<>=\n]{1,40}>"
    rf"|(?<![\w\])])\[{_NAMED}\](?![(\[])|<your[_-]\w{{1,30}}>",
    re.IGNORECASE,
)
_TODO = re.compile(
    r"^[ \t]*(?:TODO|FIXME|TBD)(?::[ \t]*\w|[ \t]*$)|[\[(<](?:TODO|FIXME|TBD)\b[^\])>\n]{0,40}[\])>]",
    re.MULTILINE,
)
# Lessons about templates and requests for one: there the placeholders are meant.
_MEANT = re.compile(
    r"(?m)template|placeholder|jinja|mustache|handlebars|liquid|django|angular|\bvue\b|svelte|helm|ansible|f-string|format string"
    r"|\{%|\{#|interpolat|shell|\bbash\b|javascript|typescript|fill[- ]in|fill in|variable|mad libs|\\begin\{|\\frac"
    # Program code that nobody marked as such.
    r"|[;{]\s*\n|=>|\b(?:const|let|var) \w+ ?=|\bfunction ?\w*\(|\bdef \w+\(|^(?:import|from) \w+|\$\(|\bs\"|\becho "
)
# The beginnings of all those: most rows have none, and are done.
_SUSPECT = re.compile(r"[\[<{$][A-Za-z{]")
_KEPT = 3
_LONGEST = 20_000  # placeholders stand in letters and forms, not in the depths of a book


class Check:
    """Looks for the usual ways to write a placeholder, outside program code and lessons about templates."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._tally, self._names = Tally(), dict[str, None]()
        self._seen = 0

    def see(self, row: SeenRow) -> None:
        """Look at the text of one row."""
        self._seen += 1
        text = row.said
        if not (_SUSPECT.search(text) or "TODO" in text or "FIXME" in text or "TBD" in text):
            return
        if hit := placeholder(text[:_LONGEST]):
            self._tally.add(row)
            if len(self._names) < _KEPT:
                self._names[" ".join(hit.split())] = None

    def finding(self) -> Finding | None:
        """How many rows have one."""
        tally = self._tally
        if not tally.count:
            return None
        what = "row holds a placeholder" if tally.count == 1 else "rows hold placeholders"
        return Finding(
            f"{tally.count:,} {what} that nobody filled in, such as {', '.join(self._names)}.",
            tally.count,
            tally.first,
            tally.ordinals,
            # A handful among many, such as the end of a letter, will hardly be learned.
            severity="note" if tally.count * 100 < self._seen else None,
            # Where most rows have one they want a name, not to be thrown away.
            offer=2 * len(tally.ordinals) < self._seen,
        )


def placeholder(text: str) -> str:
    """The first placeholder that nobody filled in; empty where there is none."""
    patterns = [
        pattern
        for pattern, sign in ((_BRACES, "{"), (_BRACKETS, ""), (_TODO, ""))
        if sign in text and pattern.search(text)
    ]
    # What follows is slow, and rarely needed.
    if not patterns or _MEANT.search(text.lower()):
        return ""
    prose = without_code(text)
    return next((hit.group() for pattern in patterns if (hit := pattern.search(prose))), "")
