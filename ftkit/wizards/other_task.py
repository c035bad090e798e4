"""The offer of another task, where the examples are made for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ftkit.data.forms import TASKS as FORM_OF
from ftkit.recipe.recommend import tasks_for
from ftkit.tasks import TASKS
from ftkit.wizards.markup import note, paragraph, tag
from ftkit.wizards.session import Session

if TYPE_CHECKING:
    from ftkit.data import Inspection


class OtherTask:
    """A sentence and a button; nothing where the examples suit the task that is chosen."""

    def __init__(self, session: Session, guard: Any) -> None:
        self._session = session
        self._task = ""
        self._said = widgets.HTML()
        self.button = widgets.Button(description="Take that task")
        self.button.on_click(guard(lambda _: self._session.choose_task(self._task)))
        actions = widgets.HBox([self.button])
        actions.add_class("ftkit-actions")
        self.widget = widgets.VBox([self._said, actions])
        self.widget.add_class("ftkit-notice")

    def show(self, inspection: Inspection | None) -> None:
        """Offer what the examples are made for, where that is not the chosen task."""
        found = self._fitting(inspection)
        self.widget.layout.display = None if found else "none"
        if not found or inspection is None:
            return
        self._task = found
        task = TASKS[found]
        lead = (
            "Your examples are made for another task: "
            if inspection.refusal
            else "As chosen above, a part of each example is used. All of it is used where the model shall: "
        )
        self._said.value = note("info", paragraph(lead, tag("b", task.title), f". {task.summary}"))

    def _fitting(self, inspection: Inspection | None) -> str:
        if inspection is None or inspection.natural_task is None:
            return ""
        form = FORM_OF.get(inspection.natural_task, "")
        if form == TASKS[self._session.recipe.task.name].form:
            return ""
        return next(iter(tasks_for(form)), "")
