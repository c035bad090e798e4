"""What a check is shown, and what it says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ftkit.data.accounting import Skipped

Severity = Literal["error", "warning", "note"]
FIRST_ROWS = 10
"""Row numbers that a finding names."""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One row that would be trained on.

    Attributes
    ----------
    ordinal
        Its place among all rows, from 0.
    number, file, part
        Where its record stands: the number in its file, the file's name, the part that the file is.
    form, row
        The id of its standard form, and the row itself.
    prompt
        Everything that is read: the prompt's texts, or the text of running text and classification.
    answer
        The text that is learned from; the better answer of a pair.
    rejected
        The worse answer of a pair; else empty.
    prompt_hash, answer_hash
        64-bit numbers, the same for the same texts, in this process and any other.
    tokens
        Its length in the model's tokens; None where no model was given.
    trained
        How many of them are learned from, within the longest row that training takes; None where nobody counted.
    """

    ordinal: int
    number: int
    file: str
    part: str
    form: str
    row: Mapping[str, Any]
    prompt: str
    answer: str
    rejected: str
    prompt_hash: int
    answer_hash: int
    tokens: int | None = None
    trained: int | None = None


@dataclass(frozen=True)
class CheckFacts:
    """What is known before the first row.

    Attributes
    ----------
    form
        The id of the standard form of all rows.
    max_length
        The longest row that training takes, in tokens; None where that is not known.
    """

    form: str
    max_length: int | None = None


@dataclass(frozen=True)
class Sign:
    """What a check found.

    Attributes
    ----------
    sentence
        What it is, with the figures, for the person. Never a value that should stay secret.
    rows
        Numbers of the first rows concerned.
    drop
        The ordinals of the rows that the check's fix leaves out.
    severity
        Where it is another than the check's own.
    """

    sentence: str
    rows: Sequence[int] = ()
    drop: Collection[int] = ()
    severity: Severity | None = None


@dataclass(frozen=True)
class Finding:
    """A check's finding as it is shown, stored and printed.

    Attributes
    ----------
    code, severity, title
        Which check, how bad, and what it is called.
    finding
        What it found, in a sentence.
    rows
        Numbers of the first rows concerned.
    meaning, tries
        What that means for the training, and what to try.
    fix, fix_label
        The id of a safe remedy and the words on its button; None where there is none.
    """

    code: str
    severity: Severity
    title: str
    finding: str
    rows: tuple[int, ...]
    meaning: str
    tries: str
    fix: str | None
    fix_label: str | None


class Looking(Protocol):
    """One check at work on one source: fresh for each inspection, a few bytes a row at most."""

    def see(self, row: SeenRow) -> None:
        """Look at the next row."""

    def sign(self, skipped: Sequence[Skipped]) -> Sign | None:
        """What it found, when all rows have gone by; `skipped` are the records that became none."""
