"""Token ids: somebody has already turned the text into a model's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.records import DoesNotFit, Example

ID = "pre-tokenised"
LABEL = "token ids"
TASK = "sft"
FORM = "token-ids"
ROLES: dict[str, tuple[str, ...]] = {
    "ids": ("input_ids",),
    "mask": ("attention_mask",),
    "labels": ("labels",),
}
REQUIRED = ("ids",)
NOTE = (
    "Token ids mean something to one model family only, and the file does not say which: with a model chosen, each row "
    "is checked against its tokenizer, and rows of another one are left out."
)
IGNORED = -100
_LARGEST = 2**31


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The ids as they are, without padding, and the label of each: -100 where it is only read."""
    ids = _numbers(field(record, mapping, "ids"), "the token ids")
    labels = field(record, mapping, "labels")
    mask = field(record, mapping, "mask")
    learned = ids if labels is None else _numbers(labels, "the labels", lowest=IGNORED)
    there = [1] * len(ids) if mask is None else _numbers(mask, "the attention mask")
    if not len(ids) == len(learned) == len(there):
        raise DoesNotFit("the token ids, their mask and their labels are not equally many")
    kept = [(one, label) for one, label, seen in zip(ids, learned, there, strict=True) if seen]
    if not kept:
        raise DoesNotFit("there are no token ids")
    if any(label not in (one, IGNORED) for one, label in kept):
        raise DoesNotFit("a label is neither the token itself nor -100")
    return [Example(ids=tuple(one for one, _ in kept), labels=tuple(label for _, label in kept))]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the ids are a list."""
    return isinstance(field(record, mapping, "ids"), list)


def _numbers(value: Any, what: str, lowest: int = 0) -> list[int]:
    if not isinstance(value, list) or not all(type(one) is int and lowest <= one < _LARGEST for one in value):
        raise DoesNotFit(f"{what} are no list of whole numbers")
    return value
