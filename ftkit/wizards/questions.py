"""A few plain questions, what is known already among them, and the technique that follows from the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from ftkit.data.forms import TASKS as FORM_OF
from ftkit.errors import FtkitError
from ftkit.methods import METHODS
from ftkit.recipe.overview import Technique, overview
from ftkit.recipe.recommend import (
    CHANGES,
    PROMPTS,
    Recommendation,
    Situation,
    Suggestion,
    haves,
    recommend,
    tasks_for,
)
from ftkit.tasks import TASKS
from ftkit.wizards.markup import Html, bullets, gigabytes, joined, note, paragraph, percent, tag
from ftkit.wizards.pages.model import budget
from ftkit.wizards.session import Session

ROWS = {"few": ("fewer than 200", 100), "some": ("200 to 2,000", 500), "many": ("2,000 or more", 5000)}
COUNTS = {"one": "One task", "several": "Several tasks"}
ASKED = {
    "prompt": ("Would a better prompt do?", [(text, name) for name, text in PROMPTS.items()]),
    "has": ("What have you got?", [(text, name) for name, text in haves().items()]),
    "rows": ("How many examples?", [(text, name) for name, (text, _) in ROWS.items()]),
    "change": ("What shall change?", [(text, name) for name, text in CHANGES.items()]),
    "tasks": ("One task or several?", [(text, name) for name, text in COUNTS.items()]),
}
USUAL = {"prompt": "untried", "has": "sft", "rows": "some", "change": "style", "tasks": "one"}
RUNNERS_UP = 2


class Questions:
    """The questions, the recommendation, and one button that takes it."""

    def __init__(self, session: Session, guard: Any) -> None:
        self._session = session
        self._filling = False
        self._found: Recommendation | None = None
        self.controls: dict[str, widgets.Dropdown] = {}
        rows = []
        for name, (question, options) in ASKED.items():
            control = widgets.Dropdown(description=question, options=options, value=USUAL[name])
            control.observe(
                guard(lambda change, name=name: self._on_answer(name, change["new"])), names="value"
            )
            row = widgets.VBox([control])
            row.add_class("ftkit-row")
            row.add_class("ftkit-asked")
            row.add_class("ftkit-long-label")
            self.controls[name] = control
            rows.append(row)
        self._known, self._said = widgets.HTML(), widgets.HTML()
        self.take = widgets.Button(description="Take it")
        self.take.on_click(guard(lambda _: self._on_take()))
        actions = widgets.HBox([self.take])
        actions.add_class("ftkit-actions")
        self._rows = dict(zip(ASKED, rows, strict=True))
        asked = widgets.VBox(rows)
        asked.add_class("ftkit-questions")
        self.widget = widgets.VBox([asked, self._known, self._said, actions])

    # -- what is known ----------------------------------------------------------------------

    def _form_found(self) -> str:
        """The form that the examples are naturally in; empty while nothing was read."""
        try:
            return FORM_OF.get(self._session.measured.natural_task or "", "")
        except FtkitError:
            return ""

    def _rows_found(self) -> int | None:
        """Examples to learn from; where they suit another task only, the rows that there are."""
        try:
            inspection = self._session.measured
            facts = None if inspection.refusal else self._session.facts
        except FtkitError:
            return None
        return inspection.rows if facts is None else facts.train_rows

    def _usable(self) -> bool:
        """Whether the chosen task can learn from the examples."""
        try:
            return not self._session.measured.refusal
        except FtkitError:
            return False

    def _answer(self, name: str) -> str:
        said = self._session.answers.get(name, "")
        known = {value for _, value in ASKED[name][1]}
        return said if said in known else USUAL[name]

    def situation(self) -> Situation:
        """The answers, and what the wizard knows without asking."""
        form, rows = self._form_found(), self._rows_found()
        has = form if form in haves() else self._answer("has")
        fitting = tasks_for(has, self._answer("tasks") == "several")
        task = self._session.recipe.task.name
        if self._usable():
            fitting = (task, *fitting)  # what was chosen works: nobody is talked out of it
        return Situation(
            prompt=self._answer("prompt"),
            has=has,
            change=self._answer("change"),
            rows=ROWS[self._answer("rows")][1] if rows is None else rows,
            several=self._answer("tasks") == "several",
            task=task if task in fitting or not fitting else fitting[0],
        )

    # -- doing ------------------------------------------------------------------------------

    def _on_answer(self, name: str, said: str) -> None:
        if not self._filling:
            self._session.answer(name, said)

    def _on_take(self) -> None:
        if self._found and self._found.ranked:
            self._session.choose_task(self.situation().task)
            self._session.choose_method(self._found.ranked[0].technique.id)

    def refresh(self) -> None:
        """Show the answers and what follows from them."""
        self._filling = True
        try:
            for name, control in self.controls.items():
                control.value = self._answer(name)
        finally:
            self._filling = False
        situation = self.situation()
        form, rows = self._form_found(), self._rows_found()
        self._show("has", form not in haves())
        self._show("rows", rows is None)
        self._show("change", TASKS[situation.task].head == "words")
        self._known.value = self._known_already(form, rows)
        try:
            shape = self._session.found.shape
        except FtkitError:
            # The Model page says what is wrong with the model.
            self._said.value, self._found = "", None
            self.take.layout.display = "none"
            return
        techniques = overview(shape, self._session.machine, situation.task, self._session.resolved.facts)
        self._found = recommend(situation, techniques, shape, self._session.machine)
        self._said.value = self._told(self._found, situation, techniques)
        first = self._found.ranked[0].technique if self._found.ranked else None
        recipe = self._session.recipe
        taken = first is None or (recipe.method.name == first.id and recipe.task.name == situation.task)
        self.take.layout.display = "none" if taken or situation.prompt == "enough" else None
        if first is not None:
            both = "" if recipe.task.name == situation.task else f" for “{short_title(situation.task)}”"
            self.take.description = f"Take {first.label}{both}"

    def _show(self, name: str, visible: bool) -> None:
        self._rows[name].layout.display = None if visible else "none"

    def _known_already(self, form: str, rows: int | None) -> Html:
        machine = self._session.machine
        memory = machine.gpu.memory if machine.gpu else machine.memory
        card = machine.gpu.name if machine.gpu else "no graphics card"
        cores = "one core" if machine.cores == 1 else f"{machine.cores} cores"
        known = [f"this machine has {cores}, {card}, {gigabytes(memory)} of memory"]
        if rows is not None and form in haves():
            what = haves()[form]
            known.insert(
                0, f"{what[0].lower()}{what[1:]}, {rows:,} of them to learn from (read from your data)"
            )
        return paragraph(tag("b", "Known already: "), "; ".join(known), ".")

    # -- what follows -----------------------------------------------------------------------

    def _told(self, found: Recommendation, situation: Situation, techniques: Sequence[Technique]) -> Html:
        advice = note("info", *map(paragraph, found.advice)) if found.advice else Html("")
        if situation.prompt == "enough":
            return advice
        if not found.ranked:
            least = min(techniques, key=lambda one: one.memory)
            why = f"No technique fits this machine with this model. {least.label}: {least.reason}"
            return joined([advice, note("warn", paragraph(why))])
        first, *rest = found.ranked
        chosen = self._session.recipe.method.name == first.technique.id
        head = joined(
            [
                "Recommended: ",
                tag("b", first.technique.label),
                " (you have it chosen)" if chosen else "",
                f". {METHODS[first.technique.id].summary}",
            ]
        )
        for_task = self._for_task(situation)
        parts = [paragraph(head), *for_task, bullets(self._reasons(first))]
        if first.cautions:
            parts.append(paragraph(tag("b", "But: "), " ".join(first.cautions.values())))
        next_ones = [one for one in rest if one.score > 0][:RUNNERS_UP]
        if next_ones:
            parts.append(paragraph(tag("b", "Next best: "), _in_short(next_ones)))
        return joined([advice, note("good", *parts)])

    def _for_task(self, situation: Situation) -> list[Html]:
        if situation.task == self._session.recipe.task.name:
            return []
        task = TASKS[situation.task]
        return [
            paragraph("For what you have, another task fits: ", tag("b", task.title), f". {task.choose_when}")
        ]

    def _reasons(self, suggestion: Suggestion) -> list[str]:
        one = suggestion.technique
        usable, weights = budget(self._session.machine), self._session.found.shape.parameters
        part = percent(one.trainable, one.total)
        trains = "It trains every weight" if one.trainable >= weights else f"It trains {part} of the weights"
        fits = f"{trains} and takes {gigabytes(one.memory)} at least, one example at a time, of the {gigabytes(usable)} that a run may use here."
        return [*suggestion.reasons.values(), fits]


def _in_short(suggestions: Sequence[Suggestion]) -> Html:
    parts = [
        joined([tag("b", one.technique.label), f" ({reason[0].lower()}{reason[1:].rstrip('.')})"])
        for one in suggestions
        for reason in [next(iter(one.reasons.values()))]
    ]
    return joined([joined(parts, "; "), "."])


def short_title(task: str) -> str:
    """A task's title without what stands in brackets."""
    return TASKS[task].title.partition(" (")[0]
