"""Whether a cell of plain ``datasets`` code makes exactly the training rows that ftkit would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ftkit.data.detect import Ranked
from ftkit.data.messages import messages_in
from ftkit.data.reading import Table
from ftkit.data.sources import PARTS
from ftkit.data.turns import Row


class Plainness:
    """Looks at each record as it goes by; nothing of it is kept.

    Parameters
    ----------
    tables
        The opened files by part.
    chosen
        The family and its mapping.
    form
        The form that the rows become.
    """

    def __init__(self, tables: Mapping[str, Sequence[Table]], chosen: Ranked, form: str) -> None:
        self._mapping = chosen.mapping
        self._module = chosen.module
        opened = [table for several in tables.values() for table in several]
        formats = {"csv" if table.format in ("csv", "tsv") else "json" for table in opened}
        self._csv = "csv" in formats
        self._reason = ""
        if form != "sft":
            self._reason = "the rows are for another trainer than supervised fine-tuning"
        elif set(tables) != set(PARTS) or len(opened) != len(PARTS):
            self._reason = "train, validation and test are not three files yet"
        elif (
            len(formats) > 1
            or not all(table.plain for table in opened)
            or not all(table.format in ("csv", "tsv", "json", "jsonl") for table in opened)
        ):
            self._reason = "the files need more than datasets' own reader"
        self._ready = not self._csv
        self._alike = True
        self._regular = True
        self._names: Sequence[str] | None = None
        self._kinds: dict[str, set[type]] = {}
        plain = getattr(self._module, "PLAIN", False) and set(self._mapping) <= {
            "prompt",
            "answer",
            "context",
        }
        self._is_map = bool(plain) and all(isinstance(column, str) for column in self._mapping.values())

    def see(self, value: Any, rows: Sequence[Row]) -> None:
        """Note one record and the training rows that it became."""
        if self._reason or not isinstance(value, dict):
            return
        self._ready = (
            self._ready
            and list(rows) == [value]
            and set(value) == {"prompt", "completion"}
            and _all_text(rows)
        )
        if not self._is_map:
            return
        self._alike = self._alike and all(
            _reads_alike(value.get(column), role) for role, column in self._mapping.items()
        )
        if self._regular:
            self._see_columns(value)

    def verdict(self) -> tuple[str, bool]:
        """Why plain code would not do, empty where it would; and whether there is nothing left to map."""
        if self._reason:
            return self._reason, False
        if self._ready:
            return "", True
        if not self._is_map:
            return "turning these rows into prompts and answers takes more than a column map", False
        if self._csv and "context" in self._mapping:
            return "datasets' CSV reader takes an empty context for a missing value", False
        if not self._alike:
            return "some values are not plain text for datasets' own reader", False
        one_kind = all(kinds in ({str}, {bool}, {int}) for kinds in self._kinds.values())
        if not (self._regular and one_kind):
            return "datasets wants the same columns of the same kind in every row", False
        return "", False

    def _see_columns(self, value: Mapping[str, Any]) -> None:
        """The columns that nobody asked for let the file be read: one simple kind each, in every row of every part."""
        if self._names is None:
            self._names = list(value)
        if value.keys() != set(self._names):
            self._regular = False
            return
        for name in value.keys() - set(self._mapping.values()):
            self._kinds.setdefault(name, set()).add(self._kind(value[name]))

    def _kind(self, value: Any) -> type:
        if _reads_alike(value, ""):
            return str
        if self._csv:
            return int if isinstance(value, str) and _WHOLE.fullmatch(value) else object
        if isinstance(value, bool):
            return bool
        return int if isinstance(value, int) and abs(value) < 2**53 else object


def _all_text(rows: Sequence[Row]) -> bool:
    return all(
        set(message) == {"role", "content"} and _reads_alike(message["content"], "")
        for row in rows
        for column in row.values()
        for message in column
    )


_WHOLE = re.compile(r"-?\d{1,15}")
# What pandas and pyarrow, which read for datasets, take for a number, a truth value, a date or nothing at all.
_NOT_TEXT = re.compile(
    r"\s*([-+]?[\d.,_]+(e[-+]?\d+)?|[-+]?inf(inity)?|[-+]?nan|true|false|null|none|n/?a|<na>|#n/?a.*|-?1\.#\w+"
    r"|\d{4}-\d\d-\d\d([T ].*)?)\s*",
    re.IGNORECASE,
)


def _reads_alike(value: Any, role: str) -> bool:
    """Whether datasets' own reader gives the very same text, and the plain expression uses it as we do."""
    if role == "context" and value == "":
        return True
    if not isinstance(value, str) or not value.strip() or _NOT_TEXT.fullmatch(value):
        return False
    if messages_in(value) is not value:
        return False
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in value)
