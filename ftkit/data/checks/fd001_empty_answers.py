"""FD001: rows whose answer is missing, empty, or only stands for one."""

from __future__ import annotations

import re

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD001"
TITLE = "Empty or missing answers"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "stepwise")
MEANING = (
    "A model that is trained on an empty answer learns to say nothing. Rows without any answer are left out anyway; "
    "answers such as “N/A” or “TODO” look like text and would be learned."
)
TRY = "Fill the answers in, or leave these rows out. If it is most of the rows, another column may hold the answer."
FIX: str | None = "drop-empty"

# Words that tables and programs write where there is nothing. "None" and "no" are real answers and not among them.
STAND_INS = frozenset(
    (
        "n/a",
        "#n/a",
        "nan",
        "null",
        "undefined",
        "todo",
        "tbd",
        "to do",
        "[deleted]",
        "[removed]",
        "#value!",
        "#ref!",
    )
)
_MISSING = re.compile(
    r"^the (?:\w+ )?(?:answer|response|text of an answer|text of a reply|text of a step) is (?:missing|empty)$"
    r"|^(?:an?|the) \w+ has no (?:answer|output)\b"
)


class Check:
    """Counts what was left out for it, and what stands in for an answer."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._missing, self._stand_ins = Tally(), Tally()

    def leave_out(self, skipped: Skipped) -> None:
        """Count records that have no answer."""
        if _MISSING.search(skipped.reason):
            self._missing.leave_out(skipped)

    def see(self, row: SeenRow) -> None:
        """Look whether an answer says anything."""
        for answer in row.answers:
            # A call of a tool stands beside an empty text.
            if len(answer) < 12 and _says_nothing(answer) and not _calls(row):
                self._stand_ins.add(row)
                break

    def finding(self) -> Finding | None:
        """How many there are of both kinds."""
        missing, stand_ins = self._missing, self._stand_ins
        if not (missing.count or stand_ins.count):
            return None
        said = []
        if missing.count:
            said.append(
                f"{missing.count:,} {'row has' if missing.count == 1 else 'rows have'} no answer and will not be used."
            )
        if stand_ins.count:
            verb = "row only has" if stand_ins.count == 1 else "rows only have"
            said.append(f"{stand_ins.count:,} {verb} something like “N/A”, “TODO” or a few dots as answer.")
        return Finding(
            " ".join(said),
            missing.count + stand_ins.count,
            (*stand_ins.first, *missing.first)[:10],
            stand_ins.ordinals,
            severity=None if stand_ins.count else "note",
            offer=bool(stand_ins.count),
        )


def _says_nothing(answer: str) -> bool:
    bare = answer.strip().lower()
    return not bare or bare in STAND_INS or not bare.strip(".…-–—_ ")


def _calls(row: SeenRow) -> bool:
    for name in ("completion", "chosen", "rejected"):
        messages = row.row.get(name)
        if isinstance(messages, list) and any("tool_calls" in message for message in messages):
            return True
    return False
