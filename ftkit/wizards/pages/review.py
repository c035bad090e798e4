"""Everything at a glance before the run, and what came of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ftkit import catalog
from ftkit.data.role_words import role_name
from ftkit.errors import FtkitError
from ftkit.fields import Description
from ftkit.methods import METHODS
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from ftkit.wizards import entries
from ftkit.wizards.chain import Link, chain_picture, next_links
from ftkit.wizards.mapping_form import source_in_words
from ftkit.wizards.markup import Html, bullets, duration, gigabytes, joined, note, paragraph, table, tag
from ftkit.wizards.notices import said
from ftkit.wizards.obstacles import obstacles, offers_template, step_of
from ftkit.wizards.pages import Guard
from ftkit.wizards.pages.model import budget
from ftkit.wizards.rows import FieldRow
from ftkit.wizards.runs import prepared_by, run_to_read
from ftkit.wizards.session import STEP_TITLES, Session

if TYPE_CHECKING:
    from ftkit.data import Inspection
    from ftkit.diagnosis import Remedy
    from ftkit.live import DiagnosisView

LEFT_OUT = ("run", "parent", "data.columns")
SPLIT = ("data.validation_share", "data.test_share", "data.split_seed")
BEFORE = "Look it through once. Then let all cells be written and run from here, or go back and run them page by page."
WHILE = "It is being trained: watch its chart, below the training cell. What came of it will stand here."
AFTER = (
    "Read what came of it, and what to change next. “Insert and run this step” then asks the base model and "
    "yours the same questions."
)
LEADS = {"running": WHILE, "finished": AFTER, "stopped": AFTER}
BROKEN_OFF = ("failed", "interrupted")
"""Nobody came to write a verdict down; what was measured until then tells all the same."""
STATE_WORDS = {
    "running": "is being trained",
    "finished": "has finished",
    "stopped": "was stopped, and what it learned is kept",
    "failed": "failed",
    "interrupted": "was interrupted",
}


class ReviewPage:
    """The run's name, all choices, what the run will need; then the verdict and what to try next.

    Attributes
    ----------
    on_remedy
        Called when a remedy's button is pressed; set by the panel, and without it there are no buttons.
    on_undo, on_anew
        Called when it is pressed once more, and when all choices are to start anew.
    on_next
        The same for the buttons of runs that may come next.
    """

    HEADING = "Review: the whole run at a glance"

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._guard = guard
        self.on_remedy: Callable[[Remedy], None] | None = None
        self.on_undo: Callable[[], str] | None = None
        self.on_anew: Callable[[], None] | None = None
        self.on_next: Callable[[Link], None] | None = None
        self._anew = widgets.Button(
            description="Start all choices anew",
            tooltip="All choices as the panel's call has them, and a new run. It can be taken back.",
            layout={"width": "auto", "margin": "16px 0", "align_self": "flex-start"},
        )
        self._anew.on_click(guard(lambda _: self.on_anew() if self.on_anew else None))
        self._run = FieldRow(session, "run", guard=guard)
        self._needs, self._choices, self._result = widgets.HTML(), widgets.HTML(), widgets.VBox()
        self._shown: Any = None
        self._view: DiagnosisView | None = None
        self._said = ""
        self.body = [self._run.widget, self._result, self._needs, self._choices, self._anew]

    @property
    def LEAD(self) -> str:  # noqa: N802  (what every page states)
        """What is to be done here now."""
        state = RunFolder(self._session.recipe.run).state()["state"]
        return LEADS.get(state, BEFORE)

    def refresh(self) -> None:
        """Show the choices and, once there is one, the run."""
        self._run.refresh()
        try:
            self._needs.value = self._needed()
            self._choices.value = self._table()
        except FtkitError as error:
            self._needs.value, self._choices.value = note("bad", said(error)), ""
        self._show_result()
        if self._view is not None:
            self._mark(self._view)

    def _mark(self, view: DiagnosisView) -> None:
        """Show which remedy the choices hold: the one that was pressed, or what comes to the same."""
        pressed = view.pressed if view.pressed and self._holds(view.pressed) else None
        found = pressed or prepared_by(view.diagnosis.remedies, self._session.recipe)
        ours = bool(self._said) and view.said == self._said
        if ours or (found is None) != (view.pressed is None):
            name = self._session.recipe.run
            self._said = (
                f"{name} is prepared with this change. Press its button once more to take it back."
                if found
                else ""
            )
            view.say(self._said)
        view.mark(found)

    def _holds(self, remedy: Remedy) -> bool:
        """Whether the choices have what a remedy changes."""
        tree = self._session.recipe.model_dump()
        asked = [(path.partition("."), value) for path, value in remedy.changes.items()]
        return all((tree.get(branch) or {}).get(name) == value for (branch, _, name), value in asked)

    # -- before -----------------------------------------------------------------------------

    def _needed(self) -> Html:
        hindrances = obstacles(self._session, ("model", "data", "method", "train"))
        if hindrances:
            items = bullets(
                joined([tag("b", STEP_TITLES.get(step, step)), f": {sentence}"])
                for step, sentence in hindrances
            )
            return note("warn", paragraph(tag("b", "Before it can start:")), items)
        resolved, seconds, memory = self._session.resolved, self._session.seconds(), self._session.memory()
        folder = f"ftkit-runs/{resolved.recipe.run}"
        result = "adapter" if METHODS[resolved.recipe.method.name].adapter else "model"
        needs = table(
            ("", ""),
            [
                ("Time", f"{duration(seconds.value)} for {resolved.length}; {seconds.reason}"),
                (
                    "Memory",
                    f"about {gigabytes(memory.value)} of the {gigabytes(budget(resolved.machine))} that a run may use "
                    f"here; {memory.reason}",
                ),
                (
                    "Disk",
                    f"up to {gigabytes(resolved.disk_needed)}; {gigabytes(resolved.machine.disk_free)} are free",
                ),
                (
                    "Written",
                    joined(
                        [
                            "the folder ",
                            tag("code", folder),
                            f": your choices, the code, all measurements, the best and the last checkpoint, the {result}",
                        ]
                    ),
                ),
            ],
        )
        warnings = [note("warn", paragraph(warning)) for warning in resolved.warnings]
        return joined([tag("h3", "What it takes"), needs, *warnings])

    def _table(self) -> Html:
        rows: dict[str, list[tuple[str, str, str]]] = {title: [] for title in STEP_TITLES.values()}
        rows["Model"].append(("Task", TASKS[self._session.recipe.task.name].title, ""))
        rows["Method"].append(("Method", METHODS[self._session.recipe.method.name].label, ""))
        starts = self._session.starts()
        for path, about in self._session.descriptions().items():
            if path not in LEFT_OUT and (row := self._row(path, about, starts.get(path))):
                rows[STEP_TITLES[step_of(path)]].append(row)
            if path == "data.columns":
                rows["Data"] += [
                    (role_name(role), source_in_words(source), "your choice")
                    for role, source in self._session.recipe.data.columns.items()
                ]
        tables = [
            joined([tag("h4", title), table(("Setting", "Value", "Why"), several)])
            for title, several in rows.items()
            if several
        ]
        return joined([tag("h3", "All choices"), tag("div", joined(tables), "ftkit-choices")])

    def _row(self, path: str, about: Description, start: Any) -> tuple[str, str, str] | None:
        """Label, value and reason of one setting; None for one that plays no part.

        A value that is not the `start` of the chosen task and technique is the person's choice.
        """
        session = self._session
        value, chosen = session.recipe.get(path), session.resolved.recipe.get(path)
        inspection = _looked(session)
        if (value is None and chosen is None) or (
            path in SPLIT and inspection is not None and inspection.split == "files"
        ):
            return None
        if (path == "model.chain" and not catalog.run_named(session.recipe.model.id)) or (
            path == "data.chat_template" and not offers_template(session)
        ):
            return None
        if path == "data.family" and value == "auto" and inspection is not None:
            return about.label, inspection.label, f"recognised: {inspection.reason}"
        shown = ("on" if chosen else "off") if isinstance(chosen, bool) else entries.show(chosen) or "none"
        if path == "model.id" and chosen == catalog.STARTER_ID:
            shown += " (the starter model)"
        if chosen != value:
            return about.label, shown, f"chosen for you: {session.resolved.reasons.get(path, '')}"
        return about.label, shown, "" if value == start else "your choice"

    # -- after ------------------------------------------------------------------------------

    def _show_result(self) -> None:
        run = run_to_read(self._session.recipe)
        if run is None:
            key, children, self._view = None, [], None
        else:
            state, verdict = run.state(), run.verdict()
            # A comparison is evidence, too: what it says belongs to the findings.
            compared = run.path / "comparison.json"
            when = compared.stat().st_mtime_ns if compared.exists() else None
            key = (run.name, state["state"], state.get("updated"), bool(verdict), when)
            if key == self._shown:
                return
            children = self._told(run, state)
        if key != self._shown:
            old, self._result.children = self._result.children, children
            self._shown = key
            for widget in old:
                widget.close()

    def _told(self, run: RunFolder, state: dict[str, Any]) -> list[widgets.Widget]:
        from ftkit.diagnosis import diagnose
        from ftkit.live import DiagnosisView

        word = STATE_WORDS.get(state["state"], state["state"])
        why = paragraph(state["why"]) if state["why"] else ""
        title = widgets.HTML(joined([tag("h3", f"The run {run.name} {word}"), why]))
        broke_off = state["state"] in BROKEN_OFF
        if state["state"] == "running" or not (run.verdict() or broke_off):
            self._view = None
            return [title]
        remedy, undo = self.on_remedy, self.on_undo
        self._view = view = DiagnosisView(
            diagnose(run.path),
            on_remedy=self._guard(remedy) if remedy else None,
            on_undo=self._guard(undo) if undo else None,
        )
        return [title, view, widgets.HTML(chain_picture(run)), *self._what_next(run)]

    def _what_next(self, run: RunFolder) -> list[widgets.Widget]:
        """A button for each run that may follow."""
        take, links = self.on_next, next_links(run)
        if take is None or not links:
            return []
        rows: list[widgets.Widget] = []
        for link in links:
            button = widgets.Button(description=link.title, layout={"width": "auto"})
            button.on_click(self._guard(lambda _, link=link: take(link)))
            row = widgets.VBox([button, widgets.HTML(paragraph(tag("span", link.why, "ftkit-quiet")))])
            row.add_class("ftkit-next")
            rows.append(row)
        lead = "A next run can go on from what this one made. Its examples are chosen on the Data page."
        return [widgets.HTML(joined([tag("h3", "What may come next"), paragraph(lead)])), *rows]


def _looked(session: Session) -> Inspection | None:
    try:
        return session.inspection
    except FtkitError:
        # What is wrong with the data stands above, under "Before it can start".
        return None
