"""Rows on the page: as they stand in the file, and as the model will see them. All of it is text, never markup."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ftkit.wizards.markup import Html, joined, short, table, tag, visible

if TYPE_CHECKING:
    from ftkit.data import Row

LONGEST_SHOWN = 400
LONGEST_CELL = 160
MOST_COLUMNS = 8
MOST_ROWS = 5
SPEAKERS = {"system": "System", "user": "Asked", "assistant": "Answer", "tool": "A tool's result"}
FIELD_WORDS = {
    "chosen": "The better answer",
    "rejected": "The worse answer",
    "text": "Text",
    "label": "Label",
    "labels": "Which steps are right",
    "tools": "Tools it may call",
}
ORDER = ("tools", "prompt", "text", "completion", "completions", "chosen", "rejected", "label", "labels")
"""What comes first on the page, however the row was stored."""
LEARNED = {"completion", "chosen", "rejected", "completions", "text"}
"""Fields of a row whose tokens train; where texts or steps have labels, those are learned and the text is only read."""


def records_table(records: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Html:
    """The first records as a table: long texts cut, what is no text as JSON."""
    shown = list(columns[:MOST_COLUMNS])
    rows = [
        (number, *(tag("span", visible(_cell(record.get(name)))) for name in shown))
        for number, record in enumerate(records[:MOST_ROWS], 1)
    ]
    more = len(columns) - len(shown)
    rest = (
        tag("p", f"{more:,} more column{'' if more == 1 else 's'} not shown.", "ftkit-quiet") if more else ""
    )
    head = ("Row", *(visible(short(name, 40)) for name in shown))
    return joined([tag("div", table(head, rows), "ftkit-records"), rest])


def _cell(value: Any) -> str:
    if value is None:
        return "(nothing)"
    if not isinstance(value, str):
        # Deep or huge values are cut anyway: only their beginning is worth writing out.
        try:
            value = json.dumps(value, ensure_ascii=False, default=str)
        except (ValueError, RecursionError):
            value = "(nested too deeply to show)"
    return short(value, LONGEST_CELL) if value.strip() else "(empty)"


def converted(row: Row) -> Html:
    """One training row: its turns, texts and labels, what is learned from marked."""
    judged = "labels" in row or ("label" in row and "completion" not in row)
    texts = {"label", "labels"} if judged else LEARNED
    pieces: list[Html] = []
    for name in sorted(row, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
        value = row[name]
        bad = name == "rejected" or (name == "completion" and row.get("label") is False)
        learned = "" if name not in texts else "learned to avoid" if bad else "learned"
        if _is_messages(value):
            several = name in ("chosen", "rejected")
            pieces += [_turn(one, learned, FIELD_WORDS[name] if several else "") for one in value]
        elif name != "source":
            pieces.append(_block(FIELD_WORDS.get(name, name), _plain(value), learned))
    return tag("div", joined(pieces), "ftkit-example")


def _is_messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) and "role" in v for v in value)


def _turn(message: Mapping[str, Any], learned: str, title: str) -> Html:
    role = str(message.get("role"))
    said = str(message.get("content") or "")
    calls = message.get("tool_calls")
    if calls:
        said = f"{said}\n→ {json.dumps(calls, ensure_ascii=False, default=str)}".strip()
    return _block(title or SPEAKERS.get(role, role), said, learned)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _block(title: str, said: str, learned: str) -> Html:
    mark = tag("i", f" · {learned}", "ftkit-mark") if learned else ""
    content = joined([tag("b", joined([title, mark])), tag("span", visible(short(said, LONGEST_SHOWN)))])
    kind = {"": "", "learned": " ftkit-learned"}.get(learned, " ftkit-avoided")
    return tag("div", content, f"ftkit-turn{kind}")
