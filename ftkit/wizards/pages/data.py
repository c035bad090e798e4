"""The examples: where they are, what was recognised, what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ftkit.data import FAMILIES
from ftkit.errors import FtkitError
from ftkit.wizards.markup import Html, bullets, joined, note, paragraph, short, table, tag
from ftkit.wizards.pages import Guard
from ftkit.wizards.rows import FieldRow
from ftkit.wizards.session import Session

if TYPE_CHECKING:
    from ftkit.data import Inspection, Row

LONGEST_SHOWN = 400
PART_WORDS = {
    "train": "the model learns from these",
    "validation": "it never learns from these; they show whether it learns or only memorises",
    "test": "kept for the very end; nothing is decided by them",
}
ROLE_WORDS = {
    "prompt": "What is asked",
    "answer": "The answer",
    "system": "System prompt",
    "context": "Context",
    "messages": "The messages",
    "history": "Earlier turns",
}
SPEAKERS = {"system": "System", "user": "Asked", "assistant": "Answer"}


class DataPage:
    """Say where the examples are; look at what becomes of them."""

    HEADING = "Your examples"
    LEAD = (
        "The model learns from pairs: what somebody asks, and the answer you would like. A hundred good, "
        "consistent pairs do more than thousands of careless ones."
    )

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._guard = guard
        self._filling = False
        self._source = FieldRow(session, "data.source", guard=guard, wide=True)
        self._source.control.placeholder = "for example data/pirate or my-questions.csv"
        self._found, self._preview = widgets.HTML(), widgets.HTML()
        self._mend = widgets.Checkbox(
            description="This is not right: let me say which column is what", indent=False
        )
        self._mend.observe(guard(lambda _: self.refresh()), names="value")
        known = [(module.LABEL, name) for name, module in FAMILIES.items() if not hasattr(module, "REFUSAL")]
        self._family = FieldRow(
            session, "data.family", guard=guard, options=[("recognise it (auto)", "auto"), *known]
        )
        self._columns = widgets.VBox()
        self._roles: dict[str, widgets.Dropdown] = {}
        self._mending = widgets.VBox([self._family.widget, self._columns])
        self._system = FieldRow(session, "data.system", guard=guard, wide=True)
        shares = ("data.validation_share", "data.test_share", "data.split_seed")
        self._shares = [FieldRow(session, path, guard=guard) for path in shares]
        self._split = widgets.VBox([row.widget for row in self._shares])
        self.body = [
            self._source.widget,
            self._found,
            self._preview,
            self._mend,
            self._mending,
            self._system.widget,
            self._split,
        ]

    def refresh(self) -> None:
        """Look at the file as it is now."""
        for row in (self._source, self._family, self._system, *self._shares):
            row.refresh()
        inspection, trouble = self._look()
        if inspection is not None:
            self._found.value = _recognised(inspection)
            self._preview.value = _examples(inspection)
        else:
            self._found.value, self._preview.value = trouble, ""
        unclear = bool(self._session.recipe.data.columns) or (
            inspection is not None and bool(inspection.refusal)
        )
        mending = self._mend.value or unclear
        chosen = bool(self._session.recipe.data.source)
        self._mend.layout.display = None if chosen and not unclear else "none"
        self._mending.layout.display = None if chosen and mending else "none"
        self._split.layout.display = None if inspection is not None and inspection.split == "ours" else "none"
        if chosen and mending:
            self._show_columns(inspection)

    def _look(self) -> tuple[Inspection | None, Html]:
        if not self._session.recipe.data.source:
            hint = joined(
                [
                    "Type where your examples are: a file (JSON, JSONL or CSV) or a folder, seen from this notebook. "
                    "A line of such a file looks like this: ",
                    tag("code", '{"prompt": "Who are you?", "response": "Ahoy, I be Captain Byte!"}'),
                ]
            )
            return None, note("info", paragraph(hint))
        try:
            return self._session.inspection, Html("")
        except FtkitError as error:
            return None, note("bad", paragraph(tag("b", error.what)), paragraph(error.remedy))

    # -- which column is what ---------------------------------------------------------------

    def _show_columns(self, inspection: Inspection | None) -> None:
        try:
            columns = self._session.columns
        except FtkitError:
            # The same trouble stands above already.
            self._columns.children = []
            return
        family = self._session.recipe.data.family
        if family == "auto":
            family = inspection.family if inspection else "prompt-completion"
        roles = list(getattr(FAMILIES.get(family), "ROLES", FAMILIES["prompt-completion"].ROLES))
        given = self._session.recipe.data.columns
        now: Mapping[str, Any] = {**(inspection.mapping if inspection else {}), **given}
        options = [("none", ""), *((column, column) for column in columns)]
        self._filling = True
        try:
            if list(self._roles) != roles:
                self._roles = {role: self._role(role) for role in roles}
                self._columns.children = list(self._roles.values())
            for role, control in self._roles.items():
                control.options = options
                control.value = now.get(role, "") if now.get(role, "") in columns else ""
        finally:
            self._filling = False

    def _role(self, role: str) -> widgets.Dropdown:
        control = widgets.Dropdown(description=ROLE_WORDS.get(role, role), options=[("none", "")])
        control.add_class("ftkit-row")
        control.observe(self._guard(self._on_role), names="value")
        return control

    def _on_role(self, _change: Any) -> None:
        if not self._filling:
            # What is no column's name (a constant, a template) cannot be shown in a list of columns, and stays.
            given = self._session.recipe.data.columns
            chosen: dict[str, Any] = {role: s for role, s in given.items() if not isinstance(s, str)}
            chosen |= {role: control.value for role, control in self._roles.items() if control.value}
            self._session.set({"data.columns": chosen})


def _recognised(inspection: Inspection) -> Html:
    if inspection.refusal:
        return Html(note("bad", paragraph(tag("b", inspection.refusal))) + _left_out(inspection))
    head = joined(
        [
            "Recognised as ",
            tag("b", inspection.label),
            f": {inspection.reason}. ",
            tag("b", f"{inspection.usable:,} of {inspection.rows:,} rows can be used"),
            "." if not inspection.skipped else "; the others are left out:",
        ]
    )
    return Html(note("good", paragraph(head)) + _left_out(inspection) + _parts(inspection))


def _left_out(inspection: Inspection) -> Html:
    if not inspection.skipped:
        return Html("")
    return bullets(
        joined(
            [
                tag("b", f"{one.count:,}"),
                f" because {one.reason} ({one.file}, {_rows(one.first_rows, one.count)})",
            ]
        )
        for one in inspection.skipped
    )


def _rows(first: tuple[int, ...], count: int) -> str:
    more = ", …" if count > len(first) else ""
    return f"row {first[0]}" if count == 1 else f"rows {', '.join(map(str, first))}{more}"


def _parts(inspection: Inspection) -> Html:
    whose = "your files" if inspection.split == "files" else "dealt out by ftkit"
    rows = [(part, f"{count:,}", PART_WORDS.get(part, "")) for part, count in inspection.parts.items()]
    return table(("Part", "Examples", f"What it is for ({whose})"), rows, right=(1,))


def _examples(inspection: Inspection) -> Html:
    if not inspection.preview:
        return Html("")
    shown = [_example(row) for row in inspection.preview]
    more = tag("details", joined([tag("summary", "Show more examples"), *shown[1:]])) if shown[1:] else ""
    return joined([tag("h3", "What the model will see, and what it learns (marked)"), shown[0], more])


def _example(row: Row) -> Html:
    turns = [
        tag(
            "div",
            joined(
                [
                    tag("b", SPEAKERS.get(one["role"], one["role"])),
                    tag("span", short(one["content"], LONGEST_SHOWN)),
                ]
            ),
            f"ftkit-turn{' ftkit-learned' if learned else ''}",
        )
        for messages, learned in ((row["prompt"], False), (row["completion"], True))
        for one in messages
    ]
    return tag("div", joined(turns), "ftkit-example")
