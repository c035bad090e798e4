"""Self-instruct seeds: one instruction with several instances of input and output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import pair
from ftkit.data.records import DoesNotFit, Example, text_of, together

ID = "self-instruct"
LABEL = "instructions with several instances (self-instruct)"
TASK = "sft"
ROLES = {
    "prompt": ("instruction",),
    "instances": ("instances",),
}
REQUIRED = ("prompt", "instances")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """An example for each instance; all of one instruction stay in one part."""
    instances = field(record, mapping, "instances")
    if not isinstance(instances, list) or not instances:
        raise DoesNotFit("the instances are no list, or an empty one")
    instruction = text_of(field(record, mapping, "prompt"), "prompt")
    found = []
    for instance in instances:
        if not isinstance(instance, dict):
            raise DoesNotFit("an instance is no input with an output")
        pieces = {"prompt": instruction, "context": instance.get("input"), "answer": instance.get("output")}
        turns = pair(pieces, {name: name for name in pieces})
        found.append(Example(turns=tuple(turns), group=together(instruction)))
    return found


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether the instances hold outputs."""
    instances = field(record, mapping, "instances")
    return isinstance(instances, list) and any(isinstance(one, dict) and "output" in one for one in instances)
