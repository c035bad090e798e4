"""Carries a session's cells into the open notebook, runs them, and follows what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ftkit import cells
from ftkit.cells.ownership import mark_of
from ftkit.errors import CellError, FtkitError
from ftkit.notebook import CellView, Insert, Replace
from ftkit.recipe import recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.wizards.awaited import ENDED_WELL, UNTOLD, Awaited
from ftkit.wizards.changing import (
    Changed,
    answer_existing,
    answered,
    differences,
    follow_choices,
    set_in_cell,
    step_shown,
)
from ftkit.wizards.obstacles import obstacles
from ftkit.wizards.outcomes import Done, Outcome, Refused, run_exists

if TYPE_CHECKING:
    from ftkit.cells import Difference
    from ftkit.notebook import Bridge, Reply, Snapshot
    from ftkit.wizards.session import Session

CELL_NAMES = {
    "model": "model cell",
    "data": "data cell",
    "method": "method cell",
    "rate": "learning-rate cell",
    "train": "training cell",
    "compare": "comparison cell",
}
NEEDED = {"train": ("model", "data", "method"), "rate": ("model", "data", "method")}
"""Steps whose names another step's cell uses."""


Tell = Callable[[Outcome], None]


class NotebookWriter:
    """One wizard's hand in the notebook.

    Parameters
    ----------
    session
        Whose cells they are.
    bridge
        The way to the open notebook; its anchor is the panel's own cell.
    guard
        Wraps whatever the notebook calls, so that an error in it is shown; nobody else would see it.

    Attributes
    ----------
    cells
        The cells of ours as they were last seen, by id.
    """

    def __init__(
        self,
        session: Session,
        bridge: Bridge,
        guard: Callable[[Any], Any] = lambda work: work,
    ) -> None:
        self.session = session
        self.cells: dict[str, CellView] = {}
        self._bridge = bridge
        self._guard = guard
        self._awaited = Awaited()
        self._outside: set[str] = set()
        self._ends: list[Callable[[], None]] = []

    def watch(
        self,
        seen: Callable[[], None],
        ran: Callable[[str, bool, str], None],
        lost: Callable[[], None],
    ) -> None:
        """Follow the notebook.

        Parameters
        ----------
        seen
            Called when cells of ours were edited, copied or removed.
        ran
            Called as ``ran(step, ok, error)`` when one of them has run.
        lost
            Called when the page that ran some of them is gone, and nobody knows how they ended.
        """

        def changed(cell_id: str, source: str, metadata: Mapping[str, Any]) -> None:
            self._see(CellView(cell_id, "code", source, metadata))
            self._outside.add(cell_id)
            seen()

        def removed(cell_id: str) -> None:
            self.cells.pop(cell_id, None)
            seen()

        def did_run(cell_id: str, ok: bool, error: str) -> None:
            left = self._awaited.left_by(cell_id) if error == UNTOLD else None
            if left is not None:
                ok, error = left.ok, left.error
            if self._awaited.heard(cell_id, ok):
                ended(cell_id, ok, error)

        def ended(cell_id: str, ok: bool, error: str) -> None:
            view = self.cells.get(cell_id)
            step = step_shown(view) if view else None
            if view is None or step is None:
                return
            if ok:
                self.session.ran[step] = cells.digest(view.source)
            ran(step, ok, error)

        def page_gone(ids: Sequence[str]) -> None:
            found = self._awaited.lost(ids)
            if found:
                lost()
            for cell_id, one in found.items():
                if one is not None:
                    ended(cell_id, one.ok, one.error)

        listeners = {"changed": changed, "removed": removed, "ran": did_run, "lost": page_gone}
        self._ends = [self._bridge.on(event, self._guard(listener)) for event, listener in listeners.items()]

    def close(self) -> None:
        """Follow the notebook no longer."""
        for end in self._ends:
            end()
        self._ends = []

    def look(self, done: Callable[[], None]) -> None:
        """See which cells of ours the notebook holds."""

        def got(snapshot: Snapshot) -> None:
            if snapshot.ok:
                self._take(snapshot)
            done()

        self._bridge.snapshot(self._guard(got))

    def _take(self, snapshot: Snapshot) -> None:
        self.cells = {view.id: view for view in snapshot.views if step_shown(view)}

    def _see(self, view: CellView) -> None:
        self._outside.discard(view.id)
        if step_shown(view):
            self.cells[view.id] = view
        else:
            self.cells.pop(view.id, None)

    # -- asking -----------------------------------------------------------------------------

    @property
    def run(self) -> str | None:
        """The run that the cells in the notebook were written for; None where there are none."""
        return next((mark["run"] for view in self.cells.values() if (mark := mark_of(view))), None)

    def standing(self, step: str) -> str:
        """How a step's cell in the notebook stands: ``missing``, ``current``, ``older`` or ``edited``."""
        views = [view for view in self.cells.values() if step_shown(view) == step]
        if not views:
            return "missing"
        if any(cells.state_of(view) == "ours" for view in views):
            wanted = self.session.cells.get(step)
            same = wanted and any(cells.digest(view.source) == cells.digest(wanted.source) for view in views)
            return "current" if same else "older"
        return "edited"

    def has_run(self, step: str) -> bool:
        """Whether the kernel has run this step's cell as it stands now."""
        return any(
            self.session.ran.get(step) == cells.digest(view.source)
            for view in self.cells.values()
            if step_shown(view) == step
        )

    def is_done(self, step: str) -> bool:
        """Whether nothing of a step is left to do: its cell has run, if only in the kernel that trained the run."""
        if self.has_run(step):
            return True
        if not self.cells:
            return False
        try:
            run = RunFolder(self.session.recipe.run)
            ended_well = run.state()["state"] in ENDED_WELL
            as_trained = ended_well and self.standing(step) == self.standing("train") == "current"
        except FtkitError:
            # The Model page says so where there is no model to write cells for, the Review where a run cannot be read.
            return False
        return as_trained and (step != "compare" or (run.path / "comparison.json").exists())

    def needed(self, step: str) -> tuple[str, ...]:
        """Earlier steps that this one builds on and that have not run as the form has them now."""
        if step == "compare":
            state = RunFolder(self.session.recipe.run).state()["state"]
            return () if state in ENDED_WELL else (*self.needed("train"), "train")
        return tuple(
            other
            for other in NEEDED.get(step, ())
            if not self.has_run(other) or self.standing(other) == "older"
        )

    def drift(self) -> list[tuple[CellView, list[Difference]]]:
        """The cells that say something else than the form, and were changed by somebody else.

        That is the person, an undo, or another part of ftkit such as the buttons below a train cell.
        """
        found = [
            (view, differences(view, self.session))
            for view in self.cells.values()
            if view.id in self._outside or cells.state_of(view) == "edited"
        ]
        return [(view, several) for view, several in found if several]

    # -- doing ------------------------------------------------------------------------------

    def insert(self, steps: Sequence[str], *, run: bool, tell: Tell, existing: str = "") -> None:
        """Write the cells of these steps, and run them.

        Parameters
        ----------
        run
            Whether to run them, together with earlier steps that they need and that have not run.
        tell
            Told once what came of it.
        existing
            The answer to "this run exists": ``resume`` or ``overwrite``.
        """
        needed = [other for step in steps for other in self.needed(step)] if run else []
        wanted = [step for step in cells.ORDER if step in steps or step in needed]
        hindrances = obstacles(self.session, wanted)
        if hindrances:
            tell(Refused(tuple(sentence for _, sentence in hindrances), hindrances[0][0]))
            return

        def got(snapshot: Snapshot) -> None:
            if not snapshot.ok or snapshot.anchor_id is None:
                tell(Refused((snapshot.error or "The cell of the panel is not in this notebook any more.",)))
                return
            self._take(snapshot)
            self._place(snapshot, wanted, run, existing, tell)

        self._bridge.snapshot(self._guard(got))

    def _place(self, snapshot: Snapshot, wanted: Sequence[str], run: bool, existing: str, tell: Tell) -> None:
        views = {view.id: view for view in snapshot.views}
        written = [self.session.cell(step) for step in wanted]
        placement = cells.place(snapshot.views, written, snapshot.anchor_id or "")
        kept = {step for step, _ in placement.kept}
        operations = list(placement.operations)
        if run and "train" in wanted:
            view = views.get(placement.cell_ids["train"])
            own = view is not None and "train" in kept and answered(view.source)
            exists = run_exists(self.session.recipe.run)
            if exists and not existing and not own:
                tell(exists)
                return
            if exists and existing:
                try:
                    operations = self._answered(operations, view, placement.cell_ids["train"], existing)
                except CellError as error:
                    tell(Refused((str(error),), "train"))
                    return
            if existing != "resume":
                RunFolder(self.session.recipe.run).write_recipe(recipe_to_yaml(self.session.recipe))
            self._awaited.trains(placement.cell_ids["train"], self.session.recipe.run)
        ids = [placement.cell_ids[step] for step in wanted] if run else []
        done = Done(
            written=self._steps_of(operations),
            running=tuple(wanted) if run else (),
            kept=tuple(step for step in wanted if step in kept),
        )
        # The chart is to be seen while it trains, or else the answers; the other cells have little to show.
        seen = next((step for step in ("train", "compare") if step in wanted), None)
        show = placement.cell_ids[seen] if run and seen else None
        self._apply(operations, ids, done, tell, show)

    def _answered(
        self, operations: list[Insert | Replace], view: CellView | None, cell_id: str, existing: str
    ) -> list[Insert | Replace]:
        """The operations, with the answer written into the train cell: ours, or the person's own."""
        cell = self.session.cells["train"]
        if not any(operation.id == cell_id for operation in operations):
            assert view is not None
            source = cells.set_follow(view.source, existing=existing)
            return (
                [*operations, cells.rewrite(view, source, cell.run)] if source != view.source else operations
            )
        new = answer_existing(cell, existing)
        mark = cells.metadata("train", new.source, new.run)
        return [
            replace(operation, source=new.source, metadata={**operation.metadata, **mark})
            if operation.id == cell_id
            else operation
            for operation in operations
        ]

    def sources(self) -> dict[str, str]:
        """The text of every cell of ours as it was last seen, by id."""
        return {view.id: view.source for view in self.cells.values()}

    def follow(
        self, paths: Sequence[str], tell: Tell, back: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        """Bring the notebook's cells up to a change of the choices at these paths.

        Parameters
        ----------
        back
            What cells held before a change that is taken back, and after it: see :func:`follow_choices`.
        """

        def got(snapshot: Snapshot) -> None:
            if not snapshot.ok or snapshot.anchor_id is None:
                tell(Refused((snapshot.error or "The cell of the panel is not in this notebook any more.",)))
                return
            self._take(snapshot)
            try:
                changed = follow_choices(snapshot.views, self.session, paths, snapshot.anchor_id, back)
            except FtkitError as error:
                # Without a model there are no cells; the choices are changed all the same.
                changed = Changed((), (str(error),))
            self._change(changed, tell)

        self._bridge.snapshot(self._guard(got))

    def keep_form(self, view: CellView, found: Sequence[Difference], tell: Tell) -> None:
        """Write the form's values into an edited cell, and nothing else of it."""
        values = {one.path: one.form for one in found}
        self._change(set_in_cell(view, step_shown(view) or "", values, self.session.recipe.run), tell)

    def _change(self, changed: Changed, tell: Tell) -> None:
        done = Done(written=self._steps_of(changed.operations), left_alone=changed.left_alone)
        if changed.operations:
            self._apply(changed.operations, [], done, tell)
        else:
            tell(done)

    def _steps_of(self, operations: Sequence[Insert | Replace]) -> tuple[str, ...]:
        views = [
            CellView(operation.id, "code", operation.source, operation.metadata) for operation in operations
        ]
        found = {step_shown(view) for view in views}
        return tuple(step for step in cells.ORDER if step in found)

    def _apply(
        self,
        operations: Sequence[Insert | Replace],
        run: Sequence[str],
        done: Done,
        tell: Tell,
        show: str | None = None,
    ) -> None:
        def answer(reply: Reply) -> None:
            if not reply.ok:
                tell(Refused((reply.error,)))
                return
            for operation in operations:
                self._see(CellView(operation.id, "code", operation.source, operation.metadata))
            self._awaited.send(run)
            tell(done)

        self._bridge.apply(operations, run, self._guard(answer), show=show)
