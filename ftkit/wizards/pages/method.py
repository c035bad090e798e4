"""The technique: what trains, when to take which."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from ftkit import hardware
from ftkit.errors import FtkitError
from ftkit.methods import METHODS
from ftkit.wizards.markup import Html, gigabytes, joined, note, paragraph, table, tag
from ftkit.wizards.pages import Guard
from ftkit.wizards.pages.model import budget
from ftkit.wizards.session import Session


class MethodPage:
    """Choose a technique; see exactly how much of the model it trains."""

    HEADING = "How it is trained"
    LEAD = "You can train all of the model, or leave it as it is and train a small part beside it."

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._filling = False
        self._choice = widgets.Dropdown(
            description="Method", options=[(technique.label, name) for name, technique in METHODS.items()]
        )
        self._choice.observe(guard(self._on_choice), names="value")
        choice = widgets.VBox([self._choice])
        choice.add_class("ftkit-row")
        self._about, self._compared = widgets.HTML(), widgets.HTML()
        self.body = [choice, self._about, self._compared]

    def _on_choice(self, change: Any) -> None:
        if not self._filling:
            self._session.choose_method(change["new"])

    def refresh(self) -> None:
        """Show the chosen technique beside the others."""
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
            shape, count = self._session.found.shape, self._session.trainable()
        except FtkitError:
            # The Model page says what is wrong with the model.
            return joined(parts)
        sentence = joined(
            [
                tag("b", f"{count:,} of {shape.parameters:,}"),
                " weights train: ",
                tag("b", share(count, shape.parameters)),
                " of the model's size.",
            ]
        )
        obstacle = self._session.method_obstacle()
        return joined(
            [
                *parts,
                *([note("warn", paragraph(obstacle))] if obstacle else []),
                paragraph(sentence),
                paragraph(tag("b", "Choose it when: "), technique.choose_when),
                paragraph(tag("b", "Watch out: "), technique.watch_for),
            ]
        )

    def _table(self, chosen: str) -> Html:
        rows = [
            (technique.label, *self._needs(name), technique.choose_when, technique.watch_for)
            for name, technique in METHODS.items()
        ]
        head = ("Method", "What trains", "Memory (estimate)", "Choose it when", "Watch out for")
        every = table(head, rows, selected=list(METHODS).index(chosen))
        return tag("details", joined([tag("summary", f"Compare all {len(rows)} methods"), every]))

    def _needs(self, name: str) -> tuple[object, object]:
        session = self._session
        try:
            shape, count, resolved = session.found.shape, session.trainable(name), session.resolved
        except FtkitError:
            return "", ""
        training = resolved.recipe.training
        estimate = hardware.memory_estimate(
            shape,
            name,
            count,
            session.machine,
            micro_batch=int(training.per_device_train_batch_size),
            length=int(training.max_length),
        )
        fits = estimate.value <= budget(session.machine)
        own = session.recipe.method
        settings = own if own.name == name else METHODS[name].settings()
        fits = fits and METHODS[name].obstacle(settings, shape, session.machine) is None
        word = tag("span", "fits" if fits else "not here", "ftkit-fits" if fits else "ftkit-toobig")
        return (
            f"{count:,} weights ({share(count, shape.parameters)})",
            joined([f"{gigabytes(estimate.value)}, ", word]),
        )


def share(part: int, whole: int) -> str:
    """A share in per cent, with digits enough not to read zero."""
    percent = 100 * part / whole
    return f"{percent:.0f}\N{NO-BREAK SPACE}%" if percent >= 10 else f"{percent:.2g}\N{NO-BREAK SPACE}%"
