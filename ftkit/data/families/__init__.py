"""The forms in which examples are written: one file a family, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ftkit.data.mapping import Roles
from ftkit.data.records import DoesNotFit, Example, lower_names, structure_in

MEDIA = (
    *("image", "images", "video", "videos", "audio", "audios"),
    *("image_path", "image_paths", "video_path", "video_paths", "audio_path", "audio_paths"),
)
"""Columns for pictures, films and sound, in lower case."""
EMPTY = ("", "[]", "{}", "null", "None", "nan")
"""What tables write where there is nothing."""


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {kind_of(module): module for module in modules if hasattr(module, "ID")}


def kind_of(module: ModuleType) -> str:
    """The family's own name: its id, unless it is one of several that are reported under the same id."""
    return str(getattr(module, "KIND", module.ID))


def examples_of(module: ModuleType, record: Mapping[str, Any], mapping: Roles) -> list[Example]:
    """What one record says, read as this family: what everything outside this folder calls.

    Raises
    ------
    DoesNotFit
        If the record cannot be read so, or says something that is not text.
    """
    if hasattr(module, "REFUSAL"):
        raise DoesNotFit(f"this is {module.LABEL}, which this kit does not train on")
    if has_media(record):
        raise DoesNotFit("the row comes with pictures, sound or video")
    try:
        examples: list[Example] = module.examples(record, mapping)
    except DoesNotFit as reason:
        opened = unpacked(record, mapping)
        if opened is None:
            raise
        try:
            examples = module.examples(opened, mapping)
        except DoesNotFit:
            raise reason from None
    if not examples:
        raise DoesNotFit("the row holds no example")
    return examples


def as_recognised(module: ModuleType, record: Mapping[str, Any], mapping: Roles) -> Mapping[str, Any] | None:
    """The record in which the family recognises itself, cells unpacked where it takes that; None where it does not."""
    if not hasattr(module, "recognises"):
        return record
    for read in (lambda: record, lambda: unpacked(record, mapping)):
        value = read()
        try:
            if value is not None and module.recognises(value, mapping):
                return value
        except DoesNotFit:
            continue
    return None


def unpacked(record: Mapping[str, Any], mapping: Roles) -> dict[str, Any] | None:
    """The record with the lists and groups that tables keep as text in a cell; None where there are none."""
    columns = [source for source in mapping.values() if isinstance(source, str) and source in record]
    found = {column: structure_in(record[column]) for column in columns}
    opened = {column: value for column, value in found.items() if value is not None}
    return {**record, **opened} if opened else None


def has_media(record: Mapping[str, Any]) -> bool:
    """Whether a column for pictures, sound or video holds any."""
    names = lower_names(record)
    if any(name in names and _is_there(record[names[name]]) for name in MEDIA):
        return True
    # As `datasets` keeps a picture or a sound, whatever its column is called.
    for value in record.values():  # noqa: SIM110  (a loop, because tables may have thousands of columns)
        if type(value) is dict and value.keys() == {"bytes", "path"}:
            return True
    return False


def _is_there(value: Any) -> bool:
    # An empty list in a cell of a table is text.
    return bool(value) and value == value and not (isinstance(value, str) and value.strip() in EMPTY)


FAMILIES: dict[str, ModuleType] = _collect()
"""The family modules by their own name (``KIND``, which is the id where the family has one).

A module states

``ID``, ``LABEL``
    The id under which it is reported, and what the form is called.
``KIND`` (optional)
    Its own name, where it is not the only family of that id. The module whose ``KIND`` is the id is the plain one.
``TASK``
    The task that such data are naturally for, a key of :data:`ftkit.data.forms.TASKS`.
``ROLES``
    The roles that a column can play, with the names such columns go by (lower case, best first).
``REQUIRED``
    The roles without which it is not this family.
``examples(record, mapping) -> list[Example]``
    What one record says; raises :class:`~ftkit.data.records.DoesNotFit` and nothing else.
``REFUSAL``, instead of ``examples``
    In a family that is recognised only to be refused: a sentence that says what to do instead.
``recognises(record, mapping) -> bool`` (optional)
    Whether the values, not only the column names, look like this family.
``DEFAULTS`` (optional)
    Roles that are filled without a column, such as a constant answer.
``NAME_OF(record, mapping) -> str`` (optional)
    The name under which this way of writing is known, for the reason.
``NOTE`` (optional)
    A sentence about what becomes of the rows that the person should know.
``FORM`` (optional)
    The form that the rows keep for its own task, where they are not turned into that task's usual form.
``PLAIN`` (optional)
    True where the family is a column map that a cell can write in one readable expression.
"""
