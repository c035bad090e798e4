"""Solutions in steps, each of which is marked as right or wrong: what process reward models learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.mapping import Roles, field
from ftkit.data.pairs import question
from ftkit.data.records import DoesNotFit, Example, text_of

ID = "stepwise"
LABEL = "solutions in steps with a label each"
TASK = "prm"
ROLES = {
    "prompt": ("prompt", "question", "problem", "instruction"),
    "steps": ("completions", "steps"),
    "labels": ("labels",),
    "system": ("system", "system_prompt"),
}
REQUIRED = ("prompt", "steps", "labels")


def examples(record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """The steps with their labels."""
    steps, labels = field(record, mapping, "steps"), field(record, mapping, "labels")
    if not isinstance(steps, list) or not steps or not isinstance(labels, list):
        raise DoesNotFit("the steps or their labels are no list, or an empty one")
    if len(steps) != len(labels):
        raise DoesNotFit("there are not as many labels as steps")
    if not all(isinstance(label, (bool, int)) and label in (0, 1) for label in labels):
        raise DoesNotFit("the label of a step is neither true nor false")
    return [
        Example(
            turns=tuple(question(record, mapping)),
            steps=tuple(text_of(step, "text of a step") for step in steps),
            step_labels=tuple(map(bool, labels)),
        )
    ]


def recognises(record: Mapping[str, Any], mapping: Roles) -> bool:
    """Whether steps and labels are lists."""
    return isinstance(field(record, mapping, "steps"), list) and isinstance(
        field(record, mapping, "labels"), list
    )
