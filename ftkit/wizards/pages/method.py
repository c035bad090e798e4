"""The technique: a few questions, what follows from them, what was chosen, and all of them side by side."""

from __future__ import annotations

import re
from typing import Any

import ipywidgets as widgets

from ftkit.errors import FtkitError
from ftkit.fields import ModelShape, describe
from ftkit.methods import METHODS, Method
from ftkit.recipe.needs import head_parameters
from ftkit.recipe.overview import TYPICAL, overview
from ftkit.tasks import TASKS
from ftkit.wizards.markup import Html, joined, note, paragraph, percent, tag
from ftkit.wizards.obstacles import method_obstacle
from ftkit.wizards.pages import Guard
from ftkit.wizards.pages.model import budget
from ftkit.wizards.questions import Questions
from ftkit.wizards.session import Session
from ftkit.wizards.technique_table import technique_table

UNUSUAL = ("Rank", "Alpha")
"""Settings by whose names techniques are spoken of before the page that explains them."""


class MethodPage:
    """Find a technique; see exactly how much of the model it trains."""

    HEADING = "How it is trained"
    LEAD = (
        "You can train all of the model, or leave it as it is and train a small part beside it, an adapter. Answer what you can: "
        "the recommendation follows. LoRA is a good choice where you are not sure."
    )

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._filling = False
        self._questions = Questions(session, guard)
        self._choice = widgets.Dropdown(
            description="Method", options=[(technique.label, name) for name, technique in METHODS.items()]
        )
        self._choice.observe(guard(self._on_choice), names="value")
        choice = widgets.VBox([self._choice])
        choice.add_class("ftkit-row")
        choice.add_class("ftkit-long-label")  # in line with the questions above it
        self._about, self._compared = widgets.HTML(), widgets.HTML()
        self.body = [
            self._questions.widget,
            widgets.HTML(tag("h3", "Your choice")),
            choice,
            self._about,
            self._compared,
        ]

    def _on_choice(self, change: Any) -> None:
        if not self._filling:
            self._session.choose_method(change["new"])

    def refresh(self) -> None:
        """Show the recommendation, and the chosen technique beside the others."""
        self._questions.refresh()
        chosen = self._session.recipe.method.name
        self._filling = True
        try:
            self._choice.value = chosen
        finally:
            self._filling = False
        self._about.value = self._chosen(chosen)
        self._compared.value = self._table(chosen)

    def _chosen(self, name: str) -> Html:
        technique = METHODS[name]
        parts = [
            paragraph(tag("b", technique.label), f": {technique.summary[0].lower()}{technique.summary[1:]}")
        ]
        try:
            shape, count, total = (
                self._session.found.shape,
                self._session.trainable(),
                self._session.weights(),
            )
        except FtkitError:
            # The Model page says what is wrong with the model.
            return joined(parts)
        sentence = joined(
            [
                tag("b", f"{count:,} of {total:,}"),
                " weights train: ",
                tag("b", percent(count, total)),
                f" ({shape.parameters:,} are the model's, the others are added)."
                if total > shape.parameters
                else ".",
                self._about_head(shape),
            ]
        )
        obstacle = method_obstacle(self._session)
        return joined(
            [
                *parts,
                *([note("warn", paragraph(obstacle))] if obstacle else []),
                paragraph(sentence),
                paragraph(tag("b", "Choose it when: "), technique.choose_when),
                paragraph(tag("b", "Watch out: "), technique.watch_for),
                *_words_in(technique),
            ]
        )

    def _about_head(self, shape: ModelShape) -> str:
        task = TASKS[self._session.recipe.task.name]
        head = head_parameters(shape, task)
        if not head:
            return ""
        outputs = " where there are two classes" if task.head == "classes" else ""
        return f" What is new on top trains as well: {head:,} weights{outputs}."

    def _table(self, chosen: str) -> Html:
        session = self._session
        try:
            found = session.found
        except FtkitError:
            return Html("")
        try:
            facts = session.facts
        except FtkitError:
            facts = TYPICAL
        every = overview(found.shape, session.machine, session.recipe.task.name, facts)
        shown = technique_table(every, found.shape.parameters, budget(session.machine), chosen)
        title = f"All {len(every)} techniques, for {found.label}"
        return joined([tag("h3", title), shown])


def _words_in(technique: Method) -> list[Html]:
    """What the settings are that its description speaks of, as their own page explains them."""
    said = f"{technique.summary} {technique.choose_when} {technique.watch_for}".lower()
    shared = describe(METHODS["lora"].settings)  # a technique may speak of the rank and have none
    known = {about.label: about.help for about in shared.values()}
    known |= {about.label: about.help for about in describe(technique.settings).values()}
    words = [name for name in UNUSUAL if re.search(rf"\b{name.lower()}s?\b", said)]
    return [paragraph(tag("b", f"{name}: "), f"{known[name][0].lower()}{known[name][1:]}") for name in words]
