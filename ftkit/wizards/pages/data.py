"""The examples: where they are, what was recognised, what is left out and why, what the model will learn from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ftkit.data import FAMILIES, token_views
from ftkit.data.forms import FORMS
from ftkit.data.forms import TASKS as FORM_OF
from ftkit.data.role_words import role_name
from ftkit.errors import FtkitError
from ftkit.tasks import TASKS
from ftkit.wizards.chat_rows import converted, records_table
from ftkit.wizards.findings import Findings
from ftkit.wizards.length_chart import LengthChart, lengths_in_words
from ftkit.wizards.mapping_form import MappingForm
from ftkit.wizards.markup import Html, bullets, joined, listed, note, paragraph, table, tag, visible
from ftkit.wizards.obstacles import offers_template
from ftkit.wizards.other_task import OtherTask
from ftkit.wizards.pages import Guard
from ftkit.wizards.rows import FieldRow
from ftkit.wizards.session import Session
from ftkit.wizards.task_choice import TaskChoice
from ftkit.wizards.token_colours import counted, legend, token_html
from ftkit.wizards.upload import Upload

if TYPE_CHECKING:
    from types import ModuleType

    from ftkit.data import Inspection, Row

PART_WORDS = {
    "train": "the model learns from these",
    "validation": "it never learns from these; they show whether it learns or only memorises",
    "test": "kept for the very end; nothing is decided by them",
}
SECONDS_BETWEEN_WORDS = 0.5
PLAIN_TEXTS = ("domain", "classification")
"""Forms that no chat template is put around."""


class DataPage:
    """Say where the examples are; look at what becomes of them."""

    HEADING = "Your examples"

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._last_words = 0.0
        self._task = TaskChoice(session, guard, compared=False)
        self._source = FieldRow(session, "data.source", guard=guard, wide=True)
        self._source.control.placeholder = "for example data/pirate or my-questions.csv"
        self._upload = Upload(lambda path: session.set({"data.source": path}), guard)
        self._found, self._preview, self._raw = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._other_task = OtherTask(session, guard)
        self._findings = Findings(session, guard)
        self._lengths, self._chart = widgets.HTML(), LengthChart()
        self._mend = widgets.Checkbox(
            description="This is not right: let me say which column is what", indent=False
        )
        self._mend.observe(guard(lambda _: self.refresh()), names="value")
        known = sorted(
            (module.LABEL, kind)
            for kind, module in FAMILIES.items()
            if kind == module.ID and not hasattr(module, "REFUSAL")
        )
        self._family = FieldRow(
            session, "data.family", guard=guard, options=[("recognise it (auto)", "auto"), *known]
        )
        self._mapping = MappingForm(session, guard)
        self._mending = widgets.VBox([self._family.widget, self._mapping.widget])
        self._system = FieldRow(session, "data.system", guard=guard, wide=True)
        self._template = FieldRow(session, "data.chat_template", guard=guard, wide=True)
        shares = ("data.validation_share", "data.test_share", "data.split_seed")
        self._shares = [FieldRow(session, path, guard=guard) for path in shares]
        self._split = widgets.VBox([row.widget for row in self._shares])
        self.body = [
            self._task.widget,
            self._source.widget,
            self._upload.widget,
            self._found,
            self._other_task.widget,
            self._mend,
            self._mending,
            self._findings.widget,
            self._preview,
            self._lengths,
            self._chart.widget,
            self._raw,
            self._system.widget,
            self._template.widget,
            self._split,
        ]
        session.on_progress = self._on_progress

    @property
    def _form(self) -> ModuleType:
        """The form of the rows that the chosen task is trained on."""
        return FORMS[TASKS[self._session.recipe.task.name].form]

    @property
    def LEAD(self) -> str:  # noqa: N802  (what every page states)
        """What such examples are."""
        return str(self._form.LEAD)

    def refresh(self) -> None:
        """Look at the data as they are now."""
        self._task.refresh()
        for row in (self._source, self._family, self._system, self._template, *self._shares):
            row.refresh()
        inspection, trouble = self._look()
        usable = inspection is not None and not inspection.refusal
        self._other_task.show(inspection)
        self._found.value = self._said(inspection) if inspection is not None else trouble
        self._preview.value = self._learned(inspection) if inspection is not None else ""
        self._findings.show(inspection.checks if inspection is not None and usable else None)
        self._show_lengths(inspection if usable else None)
        self._raw.value = self._first_rows(inspection)
        self._show_form(inspection)
        ours = inspection is not None and inspection.split == "ours" and usable
        self._split.layout.display = None if ours else "none"
        self._system.widget.layout.display = "none" if self._form.ID in PLAIN_TEXTS else None
        self._template.show(offers_template(self._session))
        if self._session.recipe.data.source == "":
            self._upload.quiet()

    def _look(self) -> tuple[Inspection | None, Html]:
        if not self._session.recipe.data.source:
            hint = joined(
                [
                    "Choose a file on your computer, or type where your examples are, seen from this notebook: a file or a "
                    "folder. Tables (CSV, Excel), JSON and JSONL, texts and PDF can be read. Best is a line like this for each "
                    "example: ",
                    tag("code", self._form.EXAMPLE),
                ]
            )
            return None, note("info", paragraph(hint))
        try:
            return self._session.measured, Html("")
        except FtkitError as error:
            return None, note(
                "bad", paragraph(tag("b", visible(error.what))), paragraph(visible(error.remedy))
            )

    def _on_progress(self, done: int, total: int | None, what: str) -> None:
        """Say how far the reading is; a small file is read before there is anything to say."""
        now = time.monotonic()
        if done < 5000 or now - self._last_words < SECONDS_BETWEEN_WORDS:
            return
        self._last_words = now
        of = f" of {total:,}" if total else ""
        self._found.value = note(
            "info", paragraph(f"{visible(what).capitalize()}: {done:,}{of} rows so far …")
        )

    def _said(self, inspection: Inspection) -> Html:
        """What was recognised; while the form is half filled in, what is still to be chosen."""
        given = self._session.recipe.data.columns
        if not inspection.refusal or not given:
            return _recognised(inspection)
        module = FAMILIES[self._kind_for_form(inspection)]
        lacking = [role for role in module.REQUIRED if role not in {**inspection.mapping, **given}]
        if not lacking:
            return _recognised(inspection)
        names = listed([role_name(role) for role in lacking])
        return note("info", paragraph(tag("b", f"Still to choose below: {names}.")))

    # -- which column is what ---------------------------------------------------------------

    def _show_form(self, inspection: Inspection | None) -> None:
        unclear = bool(self._session.recipe.data.columns) or (
            inspection is not None and bool(inspection.refusal)
        )
        chosen = bool(self._session.recipe.data.source)
        mending = chosen and (self._mend.value or unclear or self._session.recipe.data.family != "auto")
        self._mend.layout.display = None if chosen and not (mending and not self._mend.value) else "none"
        self._mending.layout.display = None if mending else "none"
        if not mending:
            return
        try:
            columns = self._session.columns
        except FtkitError:
            # The same trouble stands above already.
            self._mapping.widget.layout.display = "none"
            return
        self._mapping.widget.layout.display = None
        self._mapping.show(self._kind_for_form(inspection), _mapping(inspection), columns)

    def _kind_for_form(self, inspection: Inspection | None) -> str:
        """Whose parts the form shows: of the family that was chosen or found; of a plain one where neither is of use."""
        family = self._session.recipe.data.family
        found = "" if inspection is None else (inspection.kind or inspection.family)
        if family != "auto":
            return found if found in FAMILIES and family == FAMILIES[found].ID else family
        module = FAMILIES.get(found)
        suits = module is not None and FORM_OF.get(module.TASK) == self._form.ID
        return found if suits else str(self._form.FAMILY)

    # -- what the model will see ------------------------------------------------------------

    def _learned(self, inspection: Inspection) -> Html:
        if not inspection.preview:
            return Html("")
        shown = [self._example(row, inspection) for row in inspection.preview]
        more = (
            tag("details", joined([tag("summary", f"Show {len(shown) - 1} more"), *shown[1:]]))
            if shown[1:]
            else ""
        )
        title = "What the model will see, and what it learns (marked)"
        if inspection.form == "prompts":
            title = "What the model will be asked; it writes the answers itself"
        return joined([tag("h3", title), shown[0], more])

    def _example(self, row: Row, inspection: Inspection) -> Html:
        return joined([converted(row), self._tokens(row, inspection)])

    def _tokens(self, row: Row, inspection: Inspection) -> Html:
        folder = self._session.model_folder
        if folder is None:
            return tag(
                "p", "Token by token: as soon as the model is on this machine.", "ftkit-quiet ftkit-small"
            )
        offered = inspection.offered
        try:
            views = token_views(
                row,
                folder,
                self._session.longest_allowed,
                form=inspection.form,
                template=offered.template if offered else None,
            )
        except FtkitError as error:
            return note("warn", paragraph(tag("b", error.what)), paragraph(error.remedy))
        parts: list[Html] = []
        for view in views:
            summary = joined([tag("b", "Token by token"), f": {counted(view)}"])
            long = str(FORMS[inspection.form].LONG)
            words = _template_words(inspection) if inspection.form not in PLAIN_TEXTS else ""
            inside = joined([legend(), words, token_html(view, long)])
            parts.append(tag("details", joined([tag("summary", summary), inside]), "ftkit-token-view"))
        return joined(parts)

    def _show_lengths(self, inspection: Inspection | None) -> None:
        tokens = inspection.tokens if inspection is not None else None
        self._lengths.value = (
            joined(
                [
                    tag("h3", "How long the examples are"),
                    paragraph(lengths_in_words(tokens, str(self._form.LONG))),
                ]
            )
            if tokens
            else ""
        )
        self._chart.show(tokens)
        self._chart.widget.layout.display = None if tokens else "none"

    def _first_rows(self, inspection: Inspection | None) -> Html:
        if inspection is None:
            return Html("")
        try:
            records = self._session.first_records
        except FtkitError:
            # The same trouble stands above already.
            return Html("")
        if not records:
            return Html("")
        inside = records_table(records, inspection.columns)
        summary = tag("summary", "The first rows, as they stand in your file")
        # Where nothing was recognised, these rows are what the person has to go by.
        opened = {"open": ""} if inspection.refusal else {}
        return tag("details", joined([summary, inside]), **opened)


def _mapping(inspection: Inspection | None) -> dict[str, Any]:
    return dict(inspection.mapping) if inspection is not None else {}


def _recognised(inspection: Inspection) -> Html:
    details = _reading(inspection)
    if inspection.refusal:
        return Html(
            note("bad", paragraph(tag("b", visible(inspection.refusal)))) + _left_out(inspection) + details
        )
    head = joined(
        [
            "Recognised as ",
            tag("b", inspection.label),
            f": {visible(inspection.reason)}. ",
            tag("b", f"{inspection.usable:,} of {inspection.rows:,} rows can be used"),
            "." if not inspection.skipped else "; the others are left out:",
        ]
    )
    return Html(note("good", paragraph(head)) + _left_out(inspection) + _parts(inspection) + details)


def _reading(inspection: Inspection) -> Html:
    """What was guessed while reading; folded away where there is nothing to decide."""
    others = [
        f"It might also be {label}: {visible(reason)}."
        for family, _, reason in inspection.ranked[:4]
        if family != inspection.family and (label := getattr(FAMILIES.get(family), "LABEL", family))
    ]
    notes = [f"{visible(text[:1].upper() + text[1:])}." for text in inspection.notes]
    if not notes and not others:
        return Html("")
    summary = "How the file was read" + (f": {len(notes)} notes" if len(notes) > 1 else "")
    if len(notes) == 1:
        summary = f"How the file was read: {visible(inspection.notes[0])}"
    return tag("details", joined([tag("summary", summary), bullets([*notes, *others])]))


def _template_words(inspection: Inspection) -> Html:
    """What the model's template adds, or which one is used where it has none."""
    if inspection.offered:
        return paragraph(inspection.offered.reason)
    marks = "Marks such as <|im_start|> are the model's own: they say who speaks, and where an answer ends."
    added = (
        [
            " It adds a system prompt of its own where you give none: ",
            tag("q", visible(inspection.injected_system)),
            ".",
        ]
        if inspection.injected_system
        else []
    )
    return paragraph(marks, *added)


def _left_out(inspection: Inspection) -> Html:
    if not inspection.skipped:
        return Html("")
    return bullets(
        joined(
            [
                tag("b", f"{one.count:,}"),
                f"{_are_left_out(one.count) if inspection.refusal else ''} because {visible(one.reason)} ({visible(one.file)}, {_rows(one.first_rows, one.count)})",
            ]
        )
        for one in inspection.skipped
    )


def _are_left_out(count: int) -> str:
    """Behind a number of rows, where no sentence before it has said what became of them."""
    return " row is left out" if count == 1 else " rows are left out"


def _rows(first: tuple[int, ...], count: int) -> str:
    more = ", …" if count > len(first) else ""
    return f"row {first[0]}" if count == 1 else f"rows {', '.join(map(str, first))}{more}"


def _parts(inspection: Inspection) -> Html:
    whose = "your files" if inspection.split == "files" else "dealt out by ftkit"
    rows = [(part, f"{count:,}", PART_WORDS.get(part, "")) for part, count in inspection.parts.items()]
    shown = table(("Part", "Examples", f"What it is for ({whose})"), rows, right=(1,))
    if sum(inspection.parts.values()) <= inspection.usable:
        return shown
    more = "One row gives several examples: one for each answer in it, with all that was said before."
    return joined([shown, tag("p", more, "ftkit-quiet")])
