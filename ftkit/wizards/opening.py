"""``ftkit.wizard()``: opens the panel in the notebook that calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ftkit.data.kept_tables import keep_tables
from ftkit.errors import Problem, RecipeError
from ftkit.wizards.session import STEP_TITLES, STEPS, Session

if TYPE_CHECKING:
    from ftkit.wizards.panel import Panel

_panels: dict[str | None, Panel] = {}
"""The open panels by the cell that shows them. Their choices are kept here, where no cell of the person's can
overwrite them; panels of one notebook share them."""

NAMES = {**{step: step for step in STEPS}, **{title.lower(): step for step, title in STEP_TITLES.items()}}
HELLO = (
    "The ftkit panel. If you only see this line: run this cell again (Shift+Enter). Your choices are kept."
)


def step_named(name: str) -> str:
    """The step that ``ftkit.wizard("…")`` means: its own name, or that of its page.

    Raises
    ------
    RecipeError
        Where there is no such step.
    """
    try:
        return NAMES[name.lower()]
    except (KeyError, AttributeError):
        allowed = ", ".join(repr(one) for one in NAMES)
        raise RecipeError(
            [Problem("step", name, f"one of {allowed}", "Leave it out to see all steps.")]
        ) from None


def wizard(step: str | None = None, **presets: Any) -> None:
    """Open the panel that goes with you from a model and examples to a fine-tuned model.

    It writes readable cells below its own cell, and runs them when you say so. Your choices stay in
    the notebook: run the cell again after a reload or a kernel restart.

    Parameters
    ----------
    step
        ``"model"``, ``"data"``, ``"method"``, ``"hyperparameters"`` or ``"review"`` for one page by
        itself; all five where left out.
    presets
        Choices to start from, such as ``data="data/pirate"``, ``run="pirate-1"``,
        ``model="smollm2-135m"``, ``method="lora"``, ``num_train_epochs=3``. A DataFrame or a Dataset as
        `data` is saved beside the notebook first, so that the cells can read it again at any time.

    Raises
    ------
    RecipeError
        Where there is no such step or setting, or a value cannot be.
    """
    from IPython.display import display

    from ftkit.notebook import current_cell, current_page, get_bridge
    from ftkit.notebook.quiet import libraries_stay_quiet
    from ftkit.wizards.panel import Panel

    libraries_stay_quiet()
    keep_tables(presets)
    steps = STEPS if step is None else (step_named(step),)
    anchor = current_cell()
    session = _session_of(current_page(), anchor)
    if session is None:
        session = Session(presets)
    else:
        session.present(presets)
    old = _panels.pop(anchor, None)
    if old is not None:
        old.close()
    panel = Panel(session, get_bridge(anchor), steps)
    _panels[anchor] = panel
    view = {"application/vnd.jupyter.widget-view+json": _view(panel), "text/plain": HELLO}
    display(view, raw=True)
    panel.start()


def _session_of(page: str | None, cell: str | None) -> Session | None:
    """The choices of the notebook in which this cell runs: another one on the same kernel has its own."""
    # Its own panel first: of a page that was loaded while the kernel was busy, nobody knows what it shows.
    newest_first = [*([_panels[cell]] if cell in _panels else []), *reversed(_panels.values())]
    here = (panel.session for panel in newest_first if not panel.bridge.is_elsewhere(page))
    return next(here, None)


def _view(panel: Panel) -> dict[str, Any]:
    return {"version_major": 2, "version_minor": 0, "model_id": panel.widget.model_id}
