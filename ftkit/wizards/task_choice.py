"""What the model shall learn: all tasks, with when to choose which, and what examples each needs."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from ftkit.recipe.recommend import haves
from ftkit.tasks import TASKS
from ftkit.wizards.markup import Html, joined, paragraph, table, tag
from ftkit.wizards.session import Session

LABEL = "The model shall"


class TaskChoice:
    """A view of the session's task.

    Parameters
    ----------
    compared
        Whether all tasks can be looked at side by side below it.
    """

    def __init__(self, session: Session, guard: Any, *, compared: bool) -> None:
        self._session = session
        self._filling = False
        self._compared = compared
        options = [(task.title, name) for name, task in TASKS.items()]
        self.control = widgets.Dropdown(description=LABEL, options=options)
        self.control.observe(guard(self._on_choice), names="value")
        row = widgets.VBox([self.control])
        row.add_class("ftkit-row")
        row.add_class("ftkit-wide")
        self._about = widgets.HTML()
        self._about.add_class("ftkit-task")
        self.widget = widgets.VBox([row, self._about])

    def _on_choice(self, change: Any) -> None:
        if not self._filling:
            self._session.choose_task(change["new"])

    def refresh(self) -> None:
        """Show the chosen task."""
        name = self._session.recipe.task.name
        self._filling = True
        try:
            self.control.value = name
        finally:
            self._filling = False
        about = self._told(name)
        if self._about.value != about:
            self._about.value = about

    def _told(self, name: str) -> Html:
        task = TASKS[name]
        if not self._compared:
            return paragraph(tag("span", task.summary, "ftkit-quiet"))
        told = [
            paragraph(task.summary),
            paragraph(tag("b", "Choose it when: "), task.choose_when),
            paragraph(tag("b", "You need: "), needed(name), "."),
        ]
        rows = [(one.title, one.summary, one.choose_when, needed(each)) for each, one in TASKS.items()]
        head = ("Task", "What happens", "Choose it when", "You need")
        every = table(head, rows, selected=list(TASKS).index(name))
        return joined(
            [*told, tag("details", joined([tag("summary", f"Compare all {len(rows)} tasks"), every]))]
        )


def needed(name: str) -> str:
    """The examples that a task is trained on, in a few words."""
    words = haves()[TASKS[name].form]
    return f"{words[0].lower()}{words[1:]}"
