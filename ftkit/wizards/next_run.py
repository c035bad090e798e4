"""The next run: what a remedy makes of the choices, how that is taken back, and how all of them start anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ftkit.recipe.of_runs import differing, made_with
from ftkit.runfolder import RunFolder, next_name
from ftkit.wizards.markup import listed, paragraph
from ftkit.wizards.notices import Notice
from ftkit.wizards.runs import run_to_read

if TYPE_CHECKING:
    from ftkit.diagnosis import Remedy
    from ftkit.recipe import Recipe
    from ftkit.wizards.outcomes import Outcome
    from ftkit.wizards.panel import Panel


@dataclass
class Before:
    """What was chosen before a remedy of a run was pressed, and after."""

    run: str
    recipe: Recipe
    touched: set[str]
    wrong: dict[str, Any]
    cells: dict[str, str] = field(default_factory=dict)
    after: Recipe | None = None
    cells_after: dict[str, str] = field(default_factory=dict)

    def leave_alone_what_changed(self, sources: Mapping[str, str]) -> None:
        """Forget what cells held that the person has edited since the last remedy: that is theirs now."""
        self.cells = {
            one: held for one, held in self.cells.items() if sources.get(one) == self.cells_after.get(one)
        }

    @property
    def changed(self) -> dict[str, tuple[str, str]]:
        """The cells that were changed: what they held, and what they got."""
        both = self.cells.keys() & self.cells_after.keys()
        return {one: (self.cells[one], self.cells_after[one]) for one in both}


class NextRun:
    """Prepares the run that comes next, in the form and in the notebook's cells.

    Parameters
    ----------
    panel
        Whose choices and whose notebook.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._session = panel.session
        self._before: Before | None = None

    def on_remedy(self, remedy: Remedy) -> str:
        """Choose what the run had, with this one change, for a next run; the sentence says what was done.

        Another remedy takes the place of the one before: the next run is to show what one change does.
        """
        session = self._session
        run = run_to_read(session.recipe)
        name = run.name if run is not None else ""
        had = made_with(run) if run is not None else None
        if self._before is None or self._before.run != name:
            # After a restart the choices may hold a remedy already: what was before it is what the run had.
            prepared = session.recipe.parent == name and session.recipe.run != name
            known = had if prepared and had is not None else session.recipe
            sources = self._panel.writer.sources()
            self._before = Before(name, known, set(session.touched), dict(session.wrong), sources)
        else:
            self._before.leave_alone_what_changed(self._panel.writer.sources())
        before = session.recipe
        naming = {} if run is None else {"run": self._next_after(run.name), "parent": run.name}
        changes = {**remedy.changes, **naming}
        after = (had or self._before.recipe).changed(changes)
        session.take_up(after, session.touched | set(changes))
        self._before.after = after
        self._follow(before, remedy_of=self._before)
        said = f"The next run is called {session.recipe.run}."
        if run is not None:
            said += f" {run.name} stays as it is."
        back = [path for path in differing(before, session.recipe) if path not in changes]
        if back:
            said += f" As in {name} again: {listed([session.label(path) for path in back])}."
        do = "train it" if self._panel.writer.cells else "write its cells into your notebook and train it"
        return f"{said} Press “Run all” to {do}, or this button once more to take it back."

    def undo_remedy(self) -> str:
        """Choose again what was chosen before a remedy was pressed, and leave what was chosen since."""
        now = self._session.recipe
        was = self._before or self._before_the_restart()
        self._before = None
        if was is None or was.after is None:
            return ""
        same = (was.recipe.method.name, was.recipe.task.name) == (now.method.name, now.task.name)
        # What was changed since then stays; of another technique or task the settings are others.
        paths = (
            [path for path in differing(was.recipe, was.after) if now.get(path) == was.after.get(path)]
            if same
            else []
        )
        recipe = now.changed({path: was.recipe.get(path) for path in paths}) if same else was.recipe
        self._session.take_up(recipe, was.touched)
        if was.wrong:
            self._session.set(was.wrong)
        self._panel.teller.forget_left_alone()
        self._follow(now, back=was.changed)
        return f"Taken back. The run is called {recipe.run} again."

    def _before_the_restart(self) -> Before | None:
        """What stood before a remedy that another kernel carried out: what the run had."""
        recipe = self._session.recipe
        run = run_to_read(recipe)
        had = made_with(run) if run is not None and run.name == recipe.parent else None
        if had is None:
            return None
        return Before(had.run, had, set(self._session.touched), dict(self._session.wrong), after=recipe)

    def _next_after(self, run: str) -> str:
        """A name that is free: that of the run which is being prepared, or a new one."""
        recipe = self._session.recipe
        prepared = recipe.parent == run and not RunFolder(recipe.run).exists()
        return recipe.run if prepared else next_name(run)

    def start_anew(self) -> None:
        """Forget all choices but those in the panel's call; one press takes that back."""
        session = self._session
        before, touched, wrong = session.recipe, set(session.touched), dict(session.wrong)
        session.start_anew()
        self._follow(before)

        def back() -> None:
            now = session.recipe
            session.take_up(before, touched)
            if wrong:
                session.set(wrong)
            self._follow(now)

        text = (
            f"All choices are as the panel's call has them, and the run is called {session.recipe.run}. "
            "Runs that were trained stay as they are."
        )
        self._panel.board.put(Notice("anew", "info", paragraph(text), (("Take it back", back),)))

    def _follow(
        self,
        before: Recipe,
        *,
        remedy_of: Before | None = None,
        back: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Bring the cells up to what was changed since, or back to what they held."""

        def changed(outcome: Outcome) -> None:
            if remedy_of is not None:
                remedy_of.cells_after = self._panel.writer.sources()
            self._panel.teller.on_outcome(outcome, {})
            if remedy_of is not None and not self._panel.writer.cells:
                self._panel.say("")  # the sentence at the remedy says how they come to be
            self._panel.refresh()

        self._panel.writer.follow(
            tuple(differing(before, self._session.recipe)), self._panel.board.guard(changed), back
        )
