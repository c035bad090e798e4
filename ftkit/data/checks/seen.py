"""What a check looks at, and what it says."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ftkit.data.accounting import Skipped
from ftkit.data.checks.twins import Twins

Severity = Literal["error", "warning", "note"]
"""error: training on it as it is makes no sense. warning: it will probably hurt. note: worth knowing."""
FIRST_ROWS = 10


class Place(NamedTuple):
    """Where a row of the data stands: its file, and its number in it from 1."""

    file: str
    number: int


@dataclass(slots=True)  # not frozen: that makes a million of them three times as slow
class SeenRow:
    """One training row as the checks see it; :func:`seen_row` makes it.

    Attributes
    ----------
    ordinal
        Its place among the training rows, from 0 without gaps.
    number, file, part
        The record it comes from, the name of the file and the part given with it (train, validation, test or "").
    form, row
        The id of its form, and the row itself.
    prompt
        What is asked or read first, without the system prompt; the text itself where there is only text.
    answers
        What is learned from or compared: the answer; better and worse; the steps. None where there is only text.
    system
        The system prompt; empty where there is none.
    said
        All its text that no earlier row of the same record held: the rows of a conversation repeat their beginning.
    prompt_hash
        Equal for equal prompts (system prompt and tools on offer included).
    first
        Whether it is the first row of its record.
    tokens, trained
        How many tokens it has, and how many of those that are not cut off are learned from; None where no model was given.
    label
        Its label, in forms that have one.
    tools
        The tools on offer, as JSON; empty where there are none.
    """

    ordinal: int
    number: int
    file: str
    part: str
    form: str
    row: Mapping[str, Any]
    prompt: str
    answers: tuple[str, ...]
    system: str
    said: str
    prompt_hash: int
    first: bool = True
    tokens: int | None = None
    trained: int | None = None
    label: Any = None
    tools: str = ""

    @property
    def answer(self) -> str:
        """The answer; where there are several, one under the other."""
        return "\n".join(self.answers)


@dataclass(frozen=True)
class CheckFacts:
    """What the checks know beforehand.

    Attributes
    ----------
    form
        The id of the form that all rows have.
    max_length
        The sequence length in tokens; longer rows are cut.
    rows
        How many records there are, where that is known.
    roles
        The roles that the model's chat template prints; None where no model was given.
    near_duplicates
        Whether to look for near-duplicates, where the package for it is installed.
    """

    form: str
    max_length: int | None = None
    rows: int | None = None
    roles: frozenset[str] | None = None
    near_duplicates: bool = True


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    sentence
        What is there, with the numbers. Never a secret or a name from the data.
    count
        How many records it is about.
    rows
        The first ten of them.
    drop
        The ordinals of the training rows that its fix takes out.
    severity
        In place of the check's own, where this case is worse or better.
    offer
        Whether its fix is safe in this case.
    """

    sentence: str
    count: int
    rows: tuple[Place, ...] = ()
    drop: Sequence[int] = ()
    severity: Severity | None = None
    offer: bool = True


@dataclass
class Tally:
    """Rows noted one after the other: how many records they are of, the first of them, and their ordinals."""

    count: int = 0
    rows: list[Place] = field(default_factory=list)
    ordinals: array[int] = field(default_factory=lambda: array("q"))
    _last: Place | None = None

    def add(self, row: SeenRow) -> None:
        """Note a row; several rows of one record count once."""
        place = Place(row.file, row.number)
        self.ordinals.append(row.ordinal)
        if place != self._last:
            self._last = place
            self.count += 1
            if len(self.rows) < FIRST_ROWS:
                self.rows.append(place)

    def leave_out(self, skipped: Skipped) -> None:
        """Note records that became no rows."""
        self.count += skipped.count
        more = (Place(skipped.file, number) for number in skipped.first_rows)
        self.rows = [*self.rows, *more][:FIRST_ROWS]

    @property
    def first(self) -> tuple[Place, ...]:
        """The first ten, by file and number."""
        return tuple(self.rows)


class Places:
    """What several checks share: where every training row comes from, in a few bytes each, and which are nearly the same.

    Attributes
    ----------
    twins
        Finds rows that are nearly the same; None where that is not wanted or its package is missing.
    """

    def __init__(self, twins: Twins | None = None) -> None:
        self.twins = twins
        self.files: list[str] = []
        self.parts: list[str] = []
        self.number, self.file, self.part = array("q"), array("i"), array("b")

    def add(self, row: SeenRow) -> None:
        """Note the next row."""
        self.number.append(row.number)
        self.file.append(_place(self.files, row.file))
        self.part.append(_place(self.parts, row.part))

    def of(self, ordinal: int) -> Place:
        """Where one row comes from."""
        return Place(self.files[self.file[ordinal]], self.number[ordinal])

    def tally(self, ordinals: Iterable[int]) -> Tally:
        """These rows, which are given in rising order."""
        tally = Tally()
        for ordinal in ordinals:
            place = self.of(ordinal)
            tally.ordinals.append(ordinal)
            if place != tally._last:
                tally._last = place
                tally.count += 1
                if len(tally.rows) < FIRST_ROWS:
                    tally.rows.append(place)
        return tally


def _place(names: list[str], name: str) -> int:
    # Rows of one file come together: the last name is nearly always the right one.
    if names and names[-1] == name:
        return len(names) - 1
    if name not in names:
        names.append(name)
    return names.index(name)


def hash64(text: str) -> int:
    """A number of 63 bits for a text; never fails, whatever the text holds."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def seen_row(
    ordinal: int,
    number: int,
    file: str,
    part: str,
    form: str,
    row: Mapping[str, Any],
    *,
    prompt_hash: int | None = None,
    before: SeenRow | None = None,
    tokens: int | None = None,
    trained: int | None = None,
) -> SeenRow:
    """A training row as the checks see it.

    Parameters
    ----------
    prompt_hash
        Where it was computed already.
    before
        The row seen before: where it is of the same record, what both hold is not looked at twice.
    """
    asked = row.get("prompt")
    system, known = "", 0
    first = before is None or before.number != number or before.file != file
    if isinstance(asked, list):
        if asked and asked[0].get("role") == "system":
            system = asked[0].get("content") or ""
        prompt = _text(asked[1:] if system else asked)
        if form == "sft" and before is not None and not first:
            known = _continued(before.row, asked)
    elif "input_ids" in row:
        prompt = " ".join(map(str, row["input_ids"]))
    else:
        prompt = asked if isinstance(asked, str) else row.get("text", "")
    answers = tuple(_text(value) for name in _ANSWERS if (value := row.get(name)) is not None)
    if isinstance(steps := row.get("completions"), list):
        answers = tuple(steps)
    new = _text(asked[known:]) if known and isinstance(asked, list) else prompt
    said = "\n".join((system, new, *answers)) if system and first else "\n".join((new, *answers))
    if "input_ids" in row:
        said = ""  # numbers, and no words in which a check could find anything
    tools = _json(row["tools"]) if row.get("tools") else ""
    if prompt_hash is None:
        prompt_hash = hash64(f"{system}\0{prompt}\0{tools}" if tools else f"{system}\0{prompt}")
    return SeenRow(
        ordinal, number, file, part, form, row, prompt, answers, system, said, prompt_hash,
        first, tokens, trained, row.get("label"), tools,
    )  # fmt: skip


_ANSWERS = ("completion", "chosen", "rejected")


def _continued(before: Mapping[str, Any], asked: Sequence[Any]) -> int:
    """How many messages of a prompt the row before held; none where a record's examples stand each for itself."""
    known: int = len(before["prompt"]) + len(before["completion"])
    last = before["completion"][-1:] or before["prompt"][-1:]
    return known if asked[known - 1 : known] == last else 0


def _text(messages: Any) -> str:
    """The text of messages, one under the other."""
    if isinstance(messages, str):
        return messages
    if len(messages) == 1:
        return _content(messages[0])
    return "\n".join([_content(message) for message in messages])


def _content(message: Mapping[str, Any]) -> str:
    """What a message says; a call of a tool is said, too: two calls with other arguments are two answers."""
    said = message.get("content") or ""
    if "tool_calls" not in message:
        return said
    calls = [call.get("function") or call for call in message["tool_calls"]]
    return "\n".join(
        [*([said] if said else []), *(f"{c.get('name')} {_json(c.get('arguments'))}" for c in calls)]
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
