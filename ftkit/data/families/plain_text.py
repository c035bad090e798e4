"""Running text: a column of it, or the lines and pages of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.families.guanaco import is_transcript
from ftkit.data.families.templated import is_templated
from ftkit.data.families.vicuna import is_vicuna
from ftkit.data.mapping import Roles, field
from ftkit.data.records import Example, lower_names, text_of

ID = "plain-text"
LABEL = "plain text"
TASK = "domain"
ROLES: dict[str, tuple[str, ...]] = {
    "text": ("text", "content", "document", "page_content", "body", "passage", "paragraph"),
}
REQUIRED = ("text",)
THREADED = {"role", "parent_id", "message_id", "message_tree_id", "from", "speaker"}
"""Columns that make a text one message of a conversation that is spread over several rows."""
PAIRED = {
    *("prompt", "question", "instruction", "answer", "answers", "response", "completion", "summary"),
    *("rejected_text", "label", "labels", "code", "solution", "output", "target", "translation"),
}
"""Columns that make a text one side of something else."""
OTHERWISE = THREADED | PAIRED


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The text as it is."""
    return [Example(text=text_of(field(record, mapping, "text"), "text"))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether there is text, and no sign that it is one turn of a conversation or one side of something else."""
    text = field(record, mapping, "text")
    if not isinstance(text, str) or OTHERWISE & lower_names(record).keys():
        return False
    return not is_transcript(text) and not is_templated(text) and not is_vicuna(text)
