"""``ftkit.wizard()``: opens the panel in the notebook that calls it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.errors import Problem, RecipeError
from ftkit.wizards.session import STEP_TITLES, STEPS, Session

if TYPE_CHECKING:
    from ftkit.wizards.panel import Panel

_session: Session | None = None
"""The choices of this kernel's notebook: kept here, where no cell of the person's can overwrite them."""

_panels: dict[str | None, Panel] = {}
"""The open panels by the cell that shows them."""

NAMES = {**{step: step for step in STEPS}, **{title.lower(): step for step, title in STEP_TITLES.items()}}
LONGEST_NAME = 60
HELLO = "The ftkit panel. If you only see this line: run this cell again (Shift+Enter)."


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
    import warnings

    from IPython.display import display

    # PEFT still asks a model for this by its old name. The person can do nothing about it, and a red
    # box above a first training only frightens.
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)

    from ftkit.notebook import current_cell, get_bridge
    from ftkit.notebook.progress import quick_bars_stay_away
    from ftkit.wizards.panel import Panel

    quick_bars_stay_away()
    global _session
    keep_tables(presets)
    steps = STEPS if step is None else (step_named(step),)
    if _session is None:
        _session = Session(presets)
    else:
        _session.present(presets)
    bridge, anchor = get_bridge(), current_cell()
    old = _panels.pop(anchor, None)
    if old is not None:
        old.close()
    panel = Panel(_session, bridge, steps, anchor)
    _panels[anchor] = panel
    view = {"application/vnd.jupyter.widget-view+json": _view(panel), "text/plain": HELLO}
    display(view, raw=True)
    panel.start()


def keep_tables(presets: dict[str, Any]) -> None:
    """Save a table in memory as a file, and take the file in its place: choices and cells outlive the kernel."""
    source = presets.get("data")
    if source is None or isinstance(source, (str, Path)):
        return
    from ftkit.data.table_file import is_table, keep_table

    if not is_table(source):
        return
    path, rows = keep_table(source, _called(source))
    presets["data"] = path.as_posix()
    if rows:
        print(  # noqa: T201  (a cell speaks like that)
            f"Your table was saved beside this notebook as {path} ({rows:,} rows): the cells below read it there."
        )


def _called(source: Any) -> str:
    """The name that the person's variable has, for a file name."""
    from IPython import get_ipython

    shell = get_ipython()
    names = shell.user_ns.items() if shell is not None else ()
    found = (name for name, value in list(names) if value is source and not name.startswith("_"))
    return next((name for name in found if name.isascii() and len(name) <= LONGEST_NAME), "table")


def _view(panel: Panel) -> dict[str, Any]:
    return {"version_major": 2, "version_minor": 0, "model_id": panel.widget.model_id}
