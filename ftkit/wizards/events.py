"""What the panel does about what happens: answers of the notebook, cells that ran, edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ftkit import catalog
from ftkit.cells import Expression
from ftkit.errors import FtkitError
from ftkit.fields import literal
from ftkit.runfolder import RunFolder, next_name
from ftkit.wizards.changing import step_shown, taken_over
from ftkit.wizards.markup import Html, bullets, joined, listed, paragraph, tag
from ftkit.wizards.notices import Notice, said, several
from ftkit.wizards.outcomes import Done, Outcome, Refused, RunExists, run_exists
from ftkit.wizards.runs import has_ended
from ftkit.wizards.session import STEP_TITLES, STEPS
from ftkit.wizards.writer import CELL_NAMES

if TYPE_CHECKING:
    from ftkit.cells import Difference
    from ftkit.notebook import CellView
    from ftkit.wizards.panel import Panel

ADVICE = {
    "MemoryError": "The memory did not suffice: choose a smaller model or shorter examples, then run it again.",
    "OutOfMemoryError": "The card's memory did not suffice: choose a smaller model or a smaller batch.",
    "ModuleNotFoundError": "A package is missing in this kernel: its name stands in the message.",
    "NameError": "A cell above it has not run in this kernel: press “Run all”, or run the cells above first.",
    "KeyboardInterrupt": "It was stopped by you. Run the step again when you like.",
    "Interrupted": "It was stopped by you. Run the step again when you like.",
}


LEFT_ALONE = "left-"
"""How the keys of notices begin that tell what a cell had no place for."""

PAGE_OF = {"rate": "train"}
"""On whose page a cell belongs that has none of its own."""


class Teller:
    """Turns what happened into pages, notices and a line below the buttons."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._session = panel.session
        self._board = panel.board
        self._asked_drift: set[str] = set()

    # -- the connection ---------------------------------------------------------------------

    def on_ready(self, connected: bool) -> None:
        """The notebook answered, or nobody did within two seconds."""
        if not connected:
            self._session.begin()
            self._to_the_named_run()
            self._panel.without_extension()
            return
        stored = self._panel.bridge.state
        taken_up = False
        if stored:
            try:
                self._session.adopt(stored)
            except FtkitError as error:
                self._board.put(Notice("stored", "warn", said(error)))
            else:
                taken_up = True
                self._panel.turn_to(stored.get("page"))
        # The page that was stored is not one of a run that the call names only now.
        if self._session.names_anew() or not taken_up:
            self._to_the_named_run()
        if taken_up:
            self._panel.keep()  # taking up the choices has stored the page that was shown until now
        self._panel.with_extension()
        self._panel.writer.look(self._board.guard(self._seen))

    def _to_the_named_run(self) -> None:
        """Turn to the Review of the run that the call names, where it has ended."""
        session = self._session
        if "run" in session.presets and has_ended(RunFolder(session.recipe.run)):
            self._panel.turn_to(STEPS[-1])

    def _seen(self) -> None:
        self._session.begin(self._panel.writer.run)
        self._panel.refresh()
        self.on_cells()

    # -- what came of a button --------------------------------------------------------------

    def on_outcome(self, outcome: Outcome, again: Mapping[str, Any]) -> None:
        """What the notebook did with a click."""
        if isinstance(outcome, Refused):
            self._refused(outcome)
        elif isinstance(outcome, RunExists):
            self._run_exists(outcome, again)
        else:
            self._done(outcome)

    def forget_left_alone(self) -> None:
        """Take away what was said of changes that a cell had no place for: they are taken back."""
        for notice in self._board.notices:
            if notice.key.startswith(LEFT_ALONE):
                self._board.drop(notice.key)

    def _refused(self, outcome: Refused) -> None:
        page = outcome.page
        actions: tuple[tuple[str, Callable[[], None]], ...] = ()
        if page and page != self._panel.page and page in self._panel.steps:
            actions = ((f"Go to {STEP_TITLES[page]}", lambda: self._panel.go(page)),)
        self._board.put(Notice("refused", "bad", several("Nothing was done yet.", outcome.why), actions))

    def _done(self, outcome: Done) -> None:
        names = [CELL_NAMES[step] for step in outcome.kept]
        if names:
            text = (
                f"You edited the {listed(names)}: it stayed as it is. What this form says did not change it."
            )
            self._board.put(Notice("kept", "info", paragraph(text)))
        for number, sentence in enumerate(outcome.left_alone):
            self._board.put(Notice(f"{LEFT_ALONE}{number}", "warn", paragraph(sentence)))
        if outcome.running:
            self._panel.say(f"Running the {listed([CELL_NAMES[step] for step in outcome.running])} …")
        elif outcome.written:
            written = listed([CELL_NAMES[step] for step in outcome.written])
            self._panel.say(f"Written into your notebook: the {written}. One undo takes it back.")
        elif outcome.left_alone:
            self._panel.say("")  # the notices say it
        elif self._panel.writer.cells:
            self._panel.say("The notebook holds all of this already.")
        else:
            self._panel.say("The notebook has no cells of this yet: “Insert all” writes them.")
        self._panel.refresh()
        self.on_cells()

    def _run_exists(self, found: RunExists, again: Mapping[str, Any]) -> None:
        fresh = next_name(found.run)
        steps = again["steps"]

        def go_on(existing: str) -> None:
            self._panel.insert(steps, run=True, existing=existing)

        def start_over() -> None:
            self._rename(fresh, found.run, lambda: self._panel.insert(steps, run=True))

        actions = [(f"Start over as {fresh}", start_over)]
        if found.resumable:
            actions.insert(0, ("Resume", lambda: go_on("resume")))
        if found.state != "running":
            actions.append((f"Overwrite {found.run}", lambda: go_on("overwrite")))
        ways = ["Start over keeps it and trains under a new name", "Overwrite removes it first"]
        if found.resumable:
            ways.insert(0, "Resume goes on from its last checkpoint")
        text = f"There is a run named {found.run} already ({found.state}). Nothing was trained yet."
        body = Html(paragraph(tag("b", text)) + paragraph(". ".join(ways) + "."))
        self._board.put(Notice("exists", "warn", body, tuple(actions)))

    def _rename(self, name: str, parent: str, then: Any) -> None:
        self._session.set({"run": name, "parent": parent})

        def changed(outcome: Outcome) -> None:
            if isinstance(outcome, Done) and not outcome.left_alone:
                then()
            else:
                self.on_outcome(outcome, {})

        self._panel.writer.follow(("run",), self._board.guard(changed))

    # -- cells that ran ---------------------------------------------------------------------

    def on_ran(self, step: str, ok: bool, error: str) -> None:
        """A cell of ours has run to its end."""
        panel, name = self._panel, CELL_NAMES[step]
        if not ok:
            panel.say("")
            self._failed(step, error)
            panel.refresh()
            return
        panel.say(f"The {name} ran.")
        if step == "rate":
            panel.say(f"The {name} ran: its picture stands below it, and what it proposes on this page.")
        if step == "model" and self._session.recipe.model.id != catalog.STARTER_ID:
            # The tokenizer is on this machine now: lengths need not be guessed any more.
            self._session.look_again()
        if step == self._panel.page and step != STEPS[-1]:
            after = STEPS[STEPS.index(step) + 1]
            if after in panel.steps:
                panel.say(f"The {name} ran. Next: {STEP_TITLES[after]}.")
                panel.go(after)
                return
        panel.refresh()

    def on_lost(self) -> None:
        """The page that ran cells of ours is gone: nobody can say that they run."""
        self._panel.say("")
        self._panel.refresh()

    def _failed(self, step: str, error: str) -> None:
        name = CELL_NAMES[step]
        if step == "train" and "RunExistsError" in error.partition(":")[0]:
            found = run_exists(self._session.recipe.run)
            if found:
                self._run_exists(found, {"steps": ["train"]})
                return
        kind = error.partition(":")[0].rpartition(".")[2]
        advice = ADVICE.get(
            kind, f"The whole message stands below the {name}. Change what it names, then run it again."
        )
        rest = " The cells after it were not run." if step not in (STEPS[-1], "rate") else ""
        body = Html(
            paragraph(tag("b", f"The {name} failed.{rest}"))
            + paragraph(tag("code", error))
            + paragraph(advice)
        )
        at = PAGE_OF.get(step, step)
        page = () if at == self._panel.page else ((f"Go to {STEP_TITLES[at]}", lambda: self._panel.go(at)),)
        self._board.put(Notice("failed", "bad", body, page))

    # -- edited cells -----------------------------------------------------------------------

    def on_cells(self) -> None:
        """Say where edited cells and the form say different things."""
        try:
            drifted = self._panel.writer.drift()
        except FtkitError:
            # Without a model no cells can be written to compare with; the Model page says so.
            drifted = []
        keys = {f"drift-{view.id}" for view, _ in drifted}
        self._board.drop(*(self._asked_drift - keys)) if self._asked_drift - keys else None
        self._asked_drift = keys
        for view, found in drifted:
            self._board.put(self._drift(view, found))

    def _drift(self, view: CellView, found: list[Difference]) -> Notice:
        step = step_shown(view) or ""
        readable = taken_over(found, self._session.recipe)
        lines = bullets(
            joined(
                [
                    f"{self._session.label(one.path)}: ",
                    tag("code", _shown(one.cell)),
                    " in the cell, ",
                    tag("code", _shown(one.form)),
                    " here",
                ]
            )
            for one in found
        )
        body = Html(
            paragraph(
                f"You changed the {CELL_NAMES[step]}, and it differs from this form. It stays as it is, and that is what runs."
            )
            + lines
        )

        def take() -> None:
            self._session.set(readable)

        def keep() -> None:
            self._panel.writer.keep_form(view, found, self._board.guard(self._kept))

        actions = [("Keep the form's", keep)]
        if readable:
            actions.insert(0, ("Take the cell's", take))
        return Notice(f"drift-{view.id}", "info", body, tuple(actions), lasting=True)

    def _kept(self, outcome: Outcome) -> None:
        self.on_outcome(outcome, {})


def _shown(value: Any) -> str:
    if isinstance(value, Expression):
        return value.text or "nothing"
    return str(literal(value))
