"""The form that says what is what: for each part of an example a column, a field inside one, a text, or a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import ipywidgets as widgets

from ftkit.data import FAMILIES
from ftkit.data.mapping import ColumnSource, columns_of, field, nested_names
from ftkit.data.records import DoesNotFit
from ftkit.data.role_words import role_name
from ftkit.errors import DataError
from ftkit.wizards.markup import Html, joined, short, tag, visible
from ftkit.wizards.session import Session

RARE = {"history", "parent", "thinking", "tools"}
"""Parts that few files have: shown where a column plays them, or on demand."""
PLAIN = "prompt-completion"
LONGEST = 140


class Written(Enum):
    """What is typed instead of chosen."""

    CONSTANT = "constant"
    TEMPLATE = "template"


HINTS = {
    Written.CONSTANT: "the same text for every row",
    Written.TEMPLATE: "for example: {title} by {author}",
}


def source_in_words(source: str | Mapping[Any, str]) -> str:
    """Where a part's text comes from."""
    if isinstance(source, str):
        return f"the column {visible(source)}"
    ((kind, text),) = source.items()
    return (
        f"always “{visible(text)}”"
        if kind == Written.CONSTANT.value
        else f"put together as “{visible(text)}”"
    )


class RoleRow:
    """One part of an example: where its text comes from, and what that gives in the first row."""

    def __init__(self, role: str, changed: Callable[[], None], guard: Callable[..., Any]) -> None:
        self.role = role
        self._changed = changed
        self._filling = False
        label = role_name(role)
        self.choice = widgets.Dropdown(description=label, options=[("none", "")])
        self.typed = widgets.Text(description="", continuous_update=False)
        self.typed.description = f"{label}: its text"
        self.typed.add_class("ftkit-typed")
        self._said = widgets.HTML()
        self._said.add_class("ftkit-said")
        self.widget = widgets.VBox([widgets.VBox([self.choice, self.typed]), self._said])
        self.widget.add_class("ftkit-row")
        self.choice.observe(guard(self._on_choice), names="value")
        self.typed.observe(guard(self._on_typed), names="value")

    def _on_choice(self, change: Any) -> None:
        written = isinstance(change["new"], Written)
        self._make_room(written)
        if self._filling:
            return
        if not written:
            self._changed()
            return
        self.typed.placeholder = HINTS[change["new"]]
        if self.typed.value.strip():
            self._changed()
        else:
            self._say(tag("div", "Type the text, then press Enter.", "ftkit-help"))

    def _on_typed(self, _change: Any) -> None:
        if not self._filling:
            self._changed()

    @property
    def source(self) -> ColumnSource | None:
        """What was chosen or typed; None where nothing plays this part."""
        if isinstance(self.choice.value, Written):
            typed = self.typed.value
            return {self.choice.value.value: typed} if typed.strip() else None
        return self.choice.value or None

    def show(
        self, source: ColumnSource | None, paths: Sequence[str], records: Sequence[Mapping[str, Any]]
    ) -> None:
        """Show where the text comes from now; `paths` are the columns and fields to choose from."""
        options: list[tuple[str, Any]] = [
            ("none", ""),
            *((visible(short(path, 60)), path) for path in paths),
            ("the same text in every row …", Written.CONSTANT),
            ("a template with {column} …", Written.TEMPLATE),
        ]
        if source is None and isinstance(self.choice.value, Written):
            return  # the person is about to type
        self._filling = True
        try:
            value: Any = source or ""
            if isinstance(source, Mapping):
                ((kind, text),) = source.items()
                value, self.typed.value = Written(kind), text
                self.typed.placeholder = HINTS[value]
            elif value and value not in paths:
                options.insert(1, (visible(short(str(value), 60)), value))
            if list(self.choice.options) != options:
                self.choice.options = options
            self.choice.value = value
            self._make_room(isinstance(value, Written))
        finally:
            self._filling = False
        self._say(_live(self.role, source, records))

    def _say(self, text: Html) -> None:
        self._said.value = text

    def _make_room(self, written: bool) -> None:
        """What is typed is often long: the row takes the whole width then."""
        self.typed.layout.display = None if written else "none"
        (self.widget.add_class if written else self.widget.remove_class)("ftkit-wide")


class MappingForm:
    """All parts of the chosen family.

    Parameters
    ----------
    session
        Whose recipe the mapping is written into.
    guard
        Wraps what is done on a change.
    """

    def __init__(self, session: Session, guard: Callable[..., Any]) -> None:
        self._session = session
        self._guard = guard
        self._rows: dict[str, RoleRow] = {}
        self._lead = widgets.HTML(
            tag(
                "p",
                "Say for each part where its text stands. Beside it you see what that gives in the first row.",
                "ftkit-quiet",
            )
        )
        self._box = widgets.VBox()
        self._all = widgets.Checkbox(description="Show rarer parts", indent=False)
        self._all.observe(guard(lambda _: self._show_rare()), names="value")
        self.widget = widgets.VBox([self._lead, self._box, self._all])
        self.widget.add_class("ftkit-mapping")

    def show(self, kind: str, found: Mapping[str, Any], columns: Sequence[str]) -> None:
        """Show the form.

        Parameters
        ----------
        kind
            The family's own name.
        found
            The mapping that was found or said.
        columns
            The columns of the files.
        """
        module = FAMILIES.get(kind) or FAMILIES[PLAIN]
        if hasattr(module, "REFUSAL"):
            module = FAMILIES[PLAIN]
        roles = [*module.REQUIRED, *(role for role in module.ROLES if role not in module.REQUIRED)]
        given = self._session.recipe.data.columns
        roles += [role for role in given if role not in roles]
        if list(self._rows) != roles:
            old = list(self._rows.values())
            self._rows = {role: RoleRow(role, self._on_change, self._guard) for role in roles}
            self._box.children = [row.widget for row in self._rows.values()]
            for row in old:
                row.widget.close()
        records = self._session.first_records
        paths = [*columns, *(path for path in nested_names(records) if path not in columns)]
        now = {**{role: source for role, source in found.items() if role in roles}, **given}
        for role, row in self._rows.items():
            row.show(now.get(role), paths, records)
        self._show_rare()

    def _show_rare(self) -> None:
        rare = [row for role, row in self._rows.items() if role in RARE]
        for row in rare:
            row.widget.layout.display = None if self._all.value or row.source is not None else "none"
        self._all.layout.display = None if rare else "none"

    def _on_change(self) -> None:
        sources = {role: row.source for role, row in self._rows.items()}
        self._session.set({"data.columns": {role: source for role, source in sources.items() if source}})


def _live(role: str, source: ColumnSource | None, records: Sequence[Mapping[str, Any]]) -> Html:
    """What a source gives in the first row that has something there."""
    if source is None or not records:
        return Html("")
    try:
        columns_of(source)
    except DataError as error:
        return tag("div", f"{error.what} {error.remedy}", "ftkit-problem", role="alert")
    for number, record in enumerate(records, 1):
        try:
            value = field(record, {role: source}, role)
        except DoesNotFit:
            continue
        if value is not None and str(value).strip():
            shown = value if isinstance(value, str) else repr(value)
            where = tag("span", f"row {number}: ", "ftkit-quiet")
            return tag("div", joined([where, visible(short(shown, LONGEST))]), "ftkit-live")
    return tag("div", "nothing stands there in the first rows", "ftkit-problem")
