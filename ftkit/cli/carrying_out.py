"""``ftkit.run()``: a whole run in one call, from choices to a trained model, without a panel."""

from __future__ import annotations

import contextlib
import gc
import linecache
from typing import Any

from ftkit.errors import Interrupted, RunExistsError
from ftkit.runfolder import RunFolder, next_name


def run(*, existing: str = "ask", show_verdict: bool = True, **presets: Any) -> RunFolder:
    """Train what these choices say, here and now: for several runs in a row, to be set side by side.

    It writes the same cells as the panel of :func:`ftkit.wizard` and carries them out one after the other, without
    placing them into the notebook; the run keeps them in its ``code.py``. The last one, which compares answers, is
    left out: ``ftkit.compare(run)`` does that.

    Parameters
    ----------
    existing
        What to do where a run of that name is there: ``"ask"`` trains nothing and says what there is to choose,
        ``"overwrite"`` replaces it, ``"resume"`` goes on with it.
    show_verdict
        Whether the verdict is shown with the curve; without it :func:`ftkit.guess` asks you first.
    presets
        The same choices as in ``ftkit.wizard(…)``, such as ``data="data/pirate"``, ``method="lora"``,
        ``run="pirate-1"``.

    Returns
    -------
    RunFolder
        The run: its ``name`` and its ``path``. ``ftkit.side_by_side``, ``ftkit.compare`` and ``ftkit.diagnose``
        take it as it is.

    Raises
    ------
    RecipeError
        For a name that is no setting and for values that cannot be.
    RunExistsError
        Where the name is taken: nothing was trained.
    FtkitError
        Where model or data cannot be used.
    Interrupted
        In a notebook, after the kernel's interrupt (■): the run is stopped and kept, the rest of the cell is not run.
        The Stop button ends only this run: it is returned, and the code goes on.
    """
    from ftkit.cli.planning import plan, training_source
    from ftkit.data.kept_tables import keep_tables
    from ftkit.notebook.progress import interactive_shell
    from ftkit.notebook.quiet import libraries_stay_quiet
    from ftkit.recipe import from_presets, recipe_to_yaml
    from ftkit.training.display import verdict_hidden

    libraries_stay_quiet()
    keep_tables(presets)
    recipe = from_presets(**presets)
    folder = RunFolder(recipe.run)
    _check_free(folder, existing)
    made = plan(recipe)
    source = training_source(made, existing)
    for warning in made.resolved.warnings:
        print(f"Note: {warning}")
    print(f"Training {recipe.run!r}: {made.needs()}.")
    if existing != "resume":
        folder.write_recipe(recipe_to_yaml(recipe))
    with contextlib.nullcontext() if show_verdict else verdict_hidden():
        _carry_out(source, f"<ftkit.run {recipe.run}>")
    if interactive_shell() is not None:
        _end_cell_if_interrupted(folder)
    return folder


def _end_cell_if_interrupted(folder: RunFolder) -> None:
    """An interrupt is meant for the whole cell, which often trains several runs; Stop is meant for one."""
    state = folder.state()
    if state.get("stopped_by") == "interrupt":
        done = (
            f"The run {folder.name!r} is finished, and it is kept."
            if state["state"] == "finished"
            else f"You stopped the run {folder.name!r} at step {state['step']}; what it learned is kept."
        )
        raise Interrupted(f"{done} The rest of this cell was not run.")
    if state.get("stopped_by") == "request" and state["state"] == "stopped":
        print(
            f"Only the run {folder.name!r} was stopped: the code after it goes on. The kernel's interrupt (■) ends it all."
        )


def _check_free(folder: RunFolder, existing: str) -> None:
    """Refuse a name that is taken before anything is read or trained, in the words of this call."""
    from ftkit.training.existing import check_existing

    try:
        check_existing(folder, existing, folder.checkpoints)
    except RunExistsError as taken:
        ways = [
            f'run="{next_name(folder.name)}" trains anew beside it',
            *(f'existing="{way}" {_DOES[way]}' for way in taken.choices),
        ]
        raise RunExistsError(
            taken.what, f"Choose: {'; '.join(ways)}.", run=folder.name, choices=taken.choices
        ) from None


_DOES = {"resume": "goes on with it", "overwrite": "replaces it"}


def _carry_out(source: str, name: str) -> None:
    """Execute a script in names of its own, so that nothing of the person's is overwritten.

    Parameters
    ----------
    name
        Where tracebacks, and the run's record of its code, find the source.
    """
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(source, name, "exec"), names)  # noqa: S102  (the cells that ftkit has just written)
    finally:
        # The next run takes the memory: a trainer refers to itself.
        names.clear()
        gc.collect()
