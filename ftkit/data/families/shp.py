"""Stanford Human Preferences: a post with two replies, and which of them people liked better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import question
from ftkit.data.records import DoesNotFit, Example, Turn, text_of, together

ID = "preference"
KIND = "shp"
LABEL = "two replies, and which of them was liked better (SHP)"
TASK = "dpo"
ROLES = {
    "prompt": ("history", "prompt", "question"),
    "first": ("human_ref_a", "response_a", "answer_a"),
    "second": ("human_ref_b", "response_b", "answer_b"),
    "label": ("labels", "label", "winner", "preference"),
}
REQUIRED = ("prompt", "first", "second", "label")
FIRST, SECOND = ("1", "a", "model_a", "response_a"), ("0", "b", "model_b", "response_b")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The pair; a label of 1 means that the first reply is the better one."""
    replies = tuple(
        Turn("assistant", text_of(field(record, mapping, role), "text of a reply"))
        for role in ("first", "second")
    )
    given = field(record, mapping, "label")
    label = str(int(given) if isinstance(given, bool) else given).strip().lower() if _is_short(given) else ""
    if label not in (*FIRST, *SECOND):
        raise DoesNotFit("the label says not which reply is the better one")
    better, worse = replies if label in FIRST else replies[::-1]
    prompt = tuple(question(record, {"prompt": mapping["prompt"]}))
    group = together("\0".join(turn.content for turn in prompt))
    return [Example(turns=prompt, chosen=(better,), rejected=(worse,), group=group)]


def _is_short(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and value in (0, 1))
