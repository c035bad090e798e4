"""The panel: pages behind tabs, the cell that each one writes, and the buttons that write and run it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ftkit.errors import FtkitError
from ftkit.notebook.plain import code_html
from ftkit.wizards.chain import Link
from ftkit.wizards.events import Teller
from ftkit.wizards.markup import Html, duration, joined, listed, paragraph, tag
from ftkit.wizards.next_run import NextRun
from ftkit.wizards.notices import NoticeBoard
from ftkit.wizards.pages import Page, page_for
from ftkit.wizards.preview import preview
from ftkit.wizards.session import STEP_TITLES, STEPS, Session
from ftkit.wizards.style import CSS
from ftkit.wizards.writer import CELL_NAMES, NotebookWriter

if TYPE_CHECKING:
    from ftkit.notebook import Bridge

SHOWN_CELLS = {"train": ("method", "train")}
"""Pages that show more than their own step's cell."""

WHERE_THE_CHART_IS = "While it trains, its chart is below that cell, further down."

STANDING = {
    "missing": "not in the notebook yet",
    "current": "in the notebook",
    "older": "in the notebook, but older than these choices: insert it again",
    "edited": "in the notebook, and edited by you: it stays as it is",
}
NO_EXTENSION = (
    "JupyterLab's part of ftkit does not answer here, so the code cannot be written into your notebook for you: "
    "copy it into a cell of its own and run it."
)


class Panel:
    """What ``ftkit.wizard()`` shows.

    Parameters
    ----------
    session
        The choices.
    bridge
        The way to the open notebook.
    steps
        The pages to show, in order.

    Attributes
    ----------
    page
        The step that is looked at.
    widget
        To be displayed.
    """

    def __init__(self, session: Session, bridge: Bridge, steps: Sequence[str] = STEPS) -> None:
        self.session = session
        self.steps = tuple(steps)
        self.board = NoticeBoard()
        self.writer = NotebookWriter(session, bridge, self.board.guard)
        self.teller = Teller(self)
        self.next_run = NextRun(self)
        self.bridge = bridge
        self._plain = False
        self._moving = False
        self.page = self.steps[0]
        self._pages: dict[str, Page] = {}
        self._leads: dict[str, widgets.HTML] = {}
        self._previews: dict[str, widgets.HTML] = {}
        # A page is made when it is first looked at, which a busy kernel does later.
        wait = [widgets.HTML(paragraph(tag("span", "One moment …", "ftkit-quiet")))]
        self._boxes = {step: widgets.VBox(wait) for step in self.steps}
        self.widget = self._frame()
        self._show_page()
        session.on_change(self._on_session)
        self.writer.watch(self.teller.on_cells, self.teller.on_ran, self.teller.on_lost)

    # -- building ---------------------------------------------------------------------------

    def _frame(self) -> widgets.VBox:
        guard = self.board.guard
        self._head = widgets.HTML()
        self._head.add_class("ftkit-head")
        for box in self._boxes.values():
            box.add_class("ftkit-page")
        self.main = widgets.Button(description="Insert and run this step", button_style="primary")
        self.main.on_click(guard(lambda _: self.insert_step()))
        self.insert_all = widgets.Button(description="Insert all")
        self.insert_all.on_click(guard(lambda _: self.insert_every(run=False)))
        self.run_all = widgets.Button(description="Run all")
        self.run_all.on_click(guard(lambda _: self.insert_every(run=True)))
        self._hint = widgets.HTML()
        self._foot = widgets.HBox([self.main, self.insert_all, self.run_all, self._hint])
        self._foot.add_class("ftkit-foot")
        self._say = widgets.HTML()
        self._say.add_class("ftkit-say")
        if len(self.steps) > 1:
            self.tabs = widgets.Tab(list(self._boxes.values()), titles=self._titles())
            self.tabs.selected_index = self.steps.index(self.page)
            self.tabs.add_class("ftkit-tabs")
            self.tabs.observe(guard(self._on_tab), names="selected_index")
            middle: widgets.Widget = self.tabs
        else:
            middle = self._boxes[self.steps[0]]
        children = [
            widgets.HTML(f"<style>{CSS}</style>"),
            self._head,
            middle,
            self.board.widget,
            self._foot,
            self._say,
        ]
        root = widgets.VBox(children)
        root.add_class("ftkit-wizard")
        return root

    def _titles(self) -> list[str]:
        return [
            f"{number} {STEP_TITLES[step]}{' ✓' if self.writer.is_done(step) else ''}"
            for number, step in enumerate(self.steps, 1)
        ]

    def page_of(self, step: str) -> Page:
        """A page, made when it is first looked at."""
        if step not in self._pages:
            page = page_for(step, self.session, self.board.guard)
            if step == "compare":
                page.on_remedy = self.next_run.on_remedy  # type: ignore[attr-defined]
                page.on_undo = self.next_run.undo_remedy  # type: ignore[attr-defined]
                page.on_anew = self.next_run.start_anew  # type: ignore[attr-defined]
                page.on_next = self.go_on  # type: ignore[attr-defined]
            if step == "train":
                page.on_range_test = lambda: self.insert(["rate"], run=True)  # type: ignore[attr-defined]
            self._leads[step] = widgets.HTML()
            self._previews[step] = widgets.HTML()
            self._boxes[step].children = [
                self._leads[step],
                *page.body,
                self._previews[step],
            ]
            self._pages[step] = page
        return self._pages[step]

    # -- showing ----------------------------------------------------------------------------

    def _on_session(self) -> None:
        self.board.drop("refused")  # it was said of other choices
        self._show_page()
        self.teller.on_cells()
        self.keep()

    def keep(self) -> None:
        """Store the choices in the notebook, and the page where there are several."""
        if self.bridge.connected:
            before = (self.bridge.state or {}).get("page", self.page)
            page = self.page if len(self.steps) > 1 else before
            self.bridge.set_state({**self.session.state(), "page": page})

    def _on_tab(self, change: Any) -> None:
        if not self._moving:
            self.board.drop()
            self.say("")
            self.page = self.steps[change["new"]]
            self._show_page()
            self.keep()

    def go(self, step: str) -> None:
        """Turn to a page."""
        if step not in self.steps:
            return
        self.page = step
        self._show_page()
        self.keep()

    def refresh(self) -> None:
        """Show the session as it is now."""
        self._show_page()

    def _show_page(self) -> None:
        step = self.page
        if len(self.steps) > 1:
            self._moving = True
            try:
                self.tabs.titles = self._titles()
                # Said again where nothing changed: what a page is told while it is being loaded can be lost.
                self.tabs.send_state("titles")
                self.tabs.selected_index = self.steps.index(step)
            finally:
                self._moving = False
        name = self.session.value("run")
        title = "Fine-tune a model" if len(self.steps) > 1 else f"Fine-tune a model: {STEP_TITLES[step]}"
        self._head.value = tag(
            "div", joined([tag("b", title), tag("span", f"run: {name}", "ftkit-quiet")]), "ftkit-title"
        )
        page = self.page_of(step)
        if step == "train":
            page.writes_cells = not self._plain  # type: ignore[attr-defined]
        page.refresh()
        self._leads[step].value = joined([tag("h2", page.HEADING), paragraph(page.LEAD)])
        self._previews[step].value = self._cells_shown(step)
        self._hint.value = self._before_you_press(step)

    def _cells_shown(self, step: str) -> str:
        try:
            cells = self.session.cells
        except FtkitError:
            return paragraph(tag("span", "The cell appears here once a model is chosen.", "ftkit-quiet"))
        shown = [cells[one] for one in SHOWN_CELLS.get(step, (step,)) if one in cells]
        if len(shown) < len(SHOWN_CELLS.get(step, (step,))):
            text = "The cell that this step writes appears here once there are examples on the Data page that can be used."
            return paragraph(tag("span", text, "ftkit-quiet"))
        if self._plain:
            return joined(
                Html(
                    code_html(
                        cell.source,
                        f"{NO_EXTENSION} {WHERE_THE_CHART_IS}" if cell.step == "train" else NO_EXTENSION,
                    )
                )
                for cell in shown
            )
        return "".join(
            preview(
                cell.source,
                f"The {CELL_NAMES[cell.step]} that this step writes · {STANDING[self.writer.standing(cell.step)]}",
            )
            for cell in shown
        )

    def _before_you_press(self, step: str) -> str:
        """What the main button does besides, and how long it takes where that is long."""
        first = self.writer.needed(step)
        parts = []
        if first:
            parts.append(f"The {listed([CELL_NAMES[one] for one in first])} will run first.")
        if step == "train" or "train" in first:
            try:
                seconds = self.session.seconds()
            except FtkitError:
                # Without a model there is nothing to reckon with; the Model page says so.
                return ""
            parts.append(f"The training takes {duration(seconds.value)}.")
        return tag("span", " ".join(parts), "ftkit-quiet")

    def say(self, text: str) -> None:
        """One quiet line below the buttons."""
        self._say.value = tag("span", text, "ftkit-quiet", role="status") if text else ""

    # -- doing ------------------------------------------------------------------------------

    def insert_step(self) -> None:
        """Write and run the cell of the page that is looked at."""
        self.insert([self.page], run=True)

    def insert_every(self, *, run: bool) -> None:
        """Write the cells of all steps; run them."""
        self.insert(list(STEPS if len(self.steps) > 1 else self.steps), run=run)

    def insert(self, steps: Sequence[str], *, run: bool, existing: str = "") -> None:
        """Write the cells of these steps and tell what came of it."""
        self.board.drop()
        again = {"run": run, "steps": list(steps)}
        self.writer.insert(
            steps,
            run=run,
            existing=existing,
            tell=self.board.guard(lambda outcome: self.teller.on_outcome(outcome, again)),
        )

    def go_on(self, link: Link) -> None:
        """Start on a run that follows from the one that is shown."""
        recipe = link.recipe()
        self.session.take_up(recipe)
        self.go("data")
        self.say(f"The run {recipe.run} goes on from {recipe.model.id}. Next: its examples.")

    # -- the notebook -----------------------------------------------------------------------

    def turn_to(self, page: Any) -> None:
        """Show a page that was stored, where it is one of ours."""
        if page in self.steps:
            self.page = page

    def start(self) -> None:
        """Take up what the notebook has stored, as soon as it answers."""
        self.bridge.ready(self.board.guard(self.teller.on_ready))

    def without_extension(self) -> None:
        """Show code to copy instead of buttons that write."""
        self._plain = True
        self._foot.layout.display = "none"
        self._show_page()

    def with_extension(self) -> None:
        """The opposite of :meth:`without_extension`."""
        self._plain = False
        self._foot.layout.display = None
        self._show_page()

    def close(self) -> None:
        """Let go of the notebook and of the session."""
        self.writer.close()
        self.session.forget(self._on_session)
        self.widget.close()
