"""Token ids: recognised, so that nobody trains on it by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field

ID = "pre-tokenised"
LABEL = "token ids"
TASK = "sft"
ROLES: dict[str, tuple[str, ...]] = {
    "ids": ("input_ids",),
    "mask": ("attention_mask",),
    "labels": ("labels",),
}
REQUIRED = ("ids",)
REFUSAL = "These rows are token ids of some model, not text. Go back to the text they were made from."


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the ids are a list."""
    return isinstance(field(record, mapping, "ids"), list)
