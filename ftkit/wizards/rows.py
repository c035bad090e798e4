"""One setting on a page: a labelled control, what it means, what was chosen for you, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ftkit.errors import FtkitError
from ftkit.fields import Description
from ftkit.methods import METHODS
from ftkit.tasks import TASKS
from ftkit.wizards import entries
from ftkit.wizards.markup import Html, joined, tag
from ftkit.wizards.session import Session

Options = Sequence[tuple[str, Any]]
YES_OR_NO = "yes or no"


class FieldRow:
    """A view of one setting of a session.

    Parameters
    ----------
    path
        Dotted path in the recipe.
    options
        Labels and values to choose from; the setting's own choices where None, a text field without any.
    guard
        Wraps what is done on a change, so that an error in it is shown.
    wide
        Whether the control takes the whole width.

    Attributes
    ----------
    full
        Whether to say, too, what happens at the extremes and what the setting is called in the code.
    """

    def __init__(
        self,
        session: Session,
        path: str,
        *,
        guard: Callable[..., Any],
        options: Options | None = None,
        wide: bool = False,
    ) -> None:
        self.path = path
        self.full = False
        self._session = session
        about = session.descriptions()[path]
        chosen = options if options is not None else [(str(choice), choice) for choice in about.choices]
        if not chosen and about.allowed == YES_OR_NO:
            chosen = [("no", False), ("yes", True)]
        self._free = not chosen
        if self._free:
            self.control = widgets.Text(description=about.label, continuous_update=False, tooltip=about.help)
        else:
            self.control = widgets.Dropdown(description=about.label, options=chosen, tooltip=about.help)
        self._said = widgets.HTML()
        self._said.add_class("ftkit-said")
        self.widget = widgets.VBox([self.control, self._said])
        self.widget.add_class("ftkit-row")
        if wide:
            self.widget.add_class("ftkit-wide")
        self._filling = False
        self._invalid = False
        self.refresh()
        self.control.observe(guard(self._on_change), names="value")

    def _on_change(self, change: Any) -> None:
        if self._filling:
            return
        about = self._session.descriptions()[self.path]
        if self._free and not change["new"].strip():
            self._session.release(self.path)
            return
        value = entries.parse(change["new"], about) if self._free else change["new"]
        self._session.set({self.path: value})

    def matches(self, words: str) -> bool:
        """Whether all the words stand in what is said about the setting, or in its names."""
        about = self._session.descriptions()[self.path]
        texts = (about.label, about.help, about.path, about.argument, about.variable, about.unit)
        whole = " ".join((*texts, about.too_low, about.too_high)).lower()
        return all(word in whole for word in words.lower().split())

    def show(self, visible: bool) -> None:
        """Take the row off the page, or put it back."""
        self.widget.layout.display = None if visible else "none"

    def refresh(self) -> None:
        """Show the session's value, its reason and what is wrong with it."""
        value = self._session.value(self.path)
        self._filling = True
        try:
            if self._free:
                self.control.value = entries.show(value)
            else:
                known = [option for _, option in self.control.options]
                if value not in known:
                    self.control.options = [
                        *self.control.options,
                        (f"as it is: {entries.show(value)}", value),
                    ]
                self.control.value = value
        finally:
            self._filling = False
        self._said.value = self._explanation()
        invalid = self._session.problem(self.path) is not None
        if invalid != self._invalid:
            (self.widget.add_class if invalid else self.widget.remove_class)("ftkit-invalid")
            self._invalid = invalid

    def _explanation(self) -> Html:
        about = self._session.descriptions()[self.path]
        problem = self._session.problem(self.path)
        parts = []
        if problem:
            parts.append(tag("div", entries.explain(problem), "ftkit-problem", role="alert"))
        elif self._session.value(self.path) == "auto":
            parts.append(self._chosen())
        usual = self._usual_for_the_technique() or entries.usual_range(about)
        tail = joined([" ", tag("span", f"({usual})", "ftkit-number")]) if usual else Html("")
        parts.append(tag("div", joined([about.help, tail]), "ftkit-help"))
        if self.full:
            parts.append(tag("div", joined(self._extremes(about), " "), "ftkit-extremes"))
        return joined(parts)

    def _usual_for_the_technique(self) -> str:
        """Between which learning rates the chosen technique mostly works; empty for other settings."""
        if self.path != "training.learning_rate":
            return ""
        method = METHODS[self._session.recipe.method.name]
        return f"usual for {method.label}: {entries.from_to(*method.rates)}"

    def _chosen(self) -> Html:
        try:
            resolved = self._session.resolved
        except FtkitError:
            # What is missing is said on the page where it is missing.
            return Html("")
        value = resolved.recipe.get(self.path)
        if value == "auto":
            return Html("")
        reason = resolved.reasons.get(self.path, "")
        value_text = tag("b", entries.show(value))
        return tag(
            "div", joined(["chosen for you: ", value_text, f" · {reason}" if reason else ""]), "ftkit-chosen"
        )

    def _extremes(self, about: Description) -> list[Html]:
        """What happens far below and far above the usual range, and the name in the code."""
        found = [
            joined([tag("b", f"{name}: "), text])
            for name, text in (("Too low", about.too_low), ("Too high", about.too_high))
            if text
        ]
        task = TASKS[self._session.recipe.task.name]
        function, _, argument = about.argument.partition(".")
        name = about.argument or about.variable
        if function == "SFTConfig":
            # Described as of supervised fine-tuning: other tasks take them in classes of their own.
            name = about.argument.replace("SFTConfig", task.arguments)
            if argument.partition(" ")[0] not in {**task.defaults, "learning_rate": 0}:
                name = ""
        return [*found, joined(["In the code: ", tag("code", name), "."])] if name else found
