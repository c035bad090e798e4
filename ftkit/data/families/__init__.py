"""The forms in which examples are written: one file a family, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.ID: module for module in modules}


FAMILIES: dict[str, ModuleType] = _collect()
"""The family modules by id.

A module states

``ID``, ``LABEL``
    The id and what the form is called.
``ROLES``
    The roles that a column can play, with the names such columns go by (lower case, best first).
``REQUIRED``
    The roles without which it is not this family.
``conversation(record, mapping) -> list[Turn]``
    One record as a conversation; raises :class:`~ftkit.data.records.DoesNotFit`.
``REFUSAL``, instead of ``conversation``
    In a family that is recognised only to be refused: a sentence that says what to do instead.
``recognises(record, mapping) -> bool`` (optional)
    Whether the values, not only the column names, look like this family.
``PLAIN`` (optional)
    True where the family is a column map that a cell can write in one readable expression.
"""
