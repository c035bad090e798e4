"""The standard forms that trainers read: one file a form, found by looking into this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any


def _collect() -> dict[str, ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.ID: module for module in modules if hasattr(module, "ID")}


FORMS: dict[str, ModuleType] = _collect()
"""The form modules by id.

A module states

``ID``, ``LABEL``
    The id, and what the form is called.
``TASKS``
    The tasks whose trainers read it.
``COLUMNS``
    Its columns, each with what stands in it: ``messages``, ``text``, ``label``, ``yes or no``, or lists of them:
    ``texts``, ``several yes or no``, ``numbers``.
``rows(example, system=None) -> list[dict]``
    One example as rows of this form; raises :class:`~ftkit.data.records.DoesNotFit` where it cannot be.
``FROM``
    What becomes of data that are naturally in another form, by the id of that form, as a sentence.
``LEAD``, ``EXAMPLE``
    What such examples are, in a sentence or two for people, and one as a line of JSON.
``FAMILY``
    The family whose columns a form asks for where nothing was recognised, a key of ``FAMILIES``.
``LONG``
    What becomes of a row that is too long: ``left out``, ``cut at the end`` or ``cut into pieces``.
``sequences(row) -> list[(prompt, answer)]``
    What a trainer tokenises of a row: messages that are read (None: there are none) and messages, or a text, after them.
"""
TASKS: dict[str, str] = {task: form for form, module in FORMS.items() for task in (*module.TASKS, form)}
"""Which form each task is trained on; a form's own id counts as a task."""


def natural_form(family: ModuleType) -> str:
    """The form that a family's rows have for the task they are naturally for."""
    return str(getattr(family, "FORM", None) or TASKS[family.TASK])


def features(form: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How ``datasets`` should store rows of a form, as plain data: ``"string"``, ``"int64"``, ``"bool"`` and ``"json"``.

    Parameters
    ----------
    form
        The id of a form.
    rows
        The rows, or a sample that holds every kind of message: tool calls make a column of messages ``["json"]``,
        because each tool has other arguments.

    Returns
    -------
    dict
        ``{"prompt": [{"role": "string", "content": "string"}], …}``; a list holds the description of its items.
    """
    plain = {"role", "content"}
    columns: dict[str, str] = FORMS[form].COLUMNS
    described: dict[str, Any] = {name: _PLAIN.get(kind, "string") for name, kind in columns.items()}
    for row in rows:
        for name, value in row.items():
            if name == "tools":
                described["tools"] = ["json"]
            elif columns.get(name) == "messages" and any(set(message) != plain for message in value):
                described[name] = ["json"]
            elif columns.get(name) == "label" and isinstance(value, int):
                described[name] = "int64"
    return described


_PLAIN: dict[str, Any] = {
    "messages": [{"role": "string", "content": "string"}],
    "text": "string",
    "label": "string",
    "yes or no": "bool",
    "texts": ["string"],
    "several yes or no": ["bool"],
    "numbers": ["int64"],
}
