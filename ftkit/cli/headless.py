"""Tutorials without a browser: the wizard's cells placed into the file, every cell executed."""

from __future__ import annotations

import ast
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ftkit.cli.answer import say
from ftkit.cli.planning import Plan, plan
from ftkit.errors import CellError, FtkitError
from ftkit.notebook import CellView
from ftkit.notebook.progress import roughly
from ftkit.recipe import from_presets
from ftkit.runfolder import History, RunFolder

HEARTBEAT = 15.0  # seconds between two lines about a training that goes on


class Call(NamedTuple):
    """A call of ``ftkit.wizard`` in a notebook.

    Attributes
    ----------
    cell
        The id of its cell.
    step
        The one step that it opens; None for all.
    presets
        The choices that it names.
    """

    cell: str
    step: str | None
    presets: dict[str, Any]


def wizard_call(views: list[CellView]) -> Call:
    """The first cell that calls ``ftkit.wizard``.

    Raises
    ------
    CellError
        Where there is no such cell, or its arguments are not written out.
    """
    for view in views:
        if view.type == "code" and "wizard" in view.source:
            for node in ast.walk(_parsed(view.source)):
                if isinstance(node, ast.Call) and _name_of(node.func) == "wizard":
                    return Call(view.id, *_arguments(node, view.id))
    raise CellError("No cell of this notebook calls ftkit.wizard(…).", "Add one, or take a fresh copy.")


def _parsed(source: str) -> ast.AST:
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])  # a magic, or a cell that is not Python: no call of ours


def _arguments(call: ast.Call, cell: str) -> tuple[str | None, dict[str, Any]]:
    try:
        positional = [ast.literal_eval(value) for value in call.args]
        named = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
    except ValueError:
        positional = [None, None]
    if len(positional) > 1 or len(named) != len(call.keywords):
        raise CellError(
            f"The wizard's call in cell {cell!r} computes its arguments.",
            "Write them out as texts and numbers.",
        )
    step = positional[0] if positional else named.pop("step", None)
    return step, named


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def place_cells(notebook: Any) -> Plan:
    """Write the cells of a notebook's wizard call into the notebook, as its buttons would.

    Paths in the call are read from the working directory, as the notebook's kernel will.

    Raises
    ------
    FtkitError
        Where the call cannot be understood, or its model or data cannot be used.
    """
    from ftkit.cells.placement import place
    from ftkit.notebook import file

    views = file.views(notebook)
    call = wizard_call(views)
    made = plan(from_presets(**call.presets))
    wanted = [cell for step, cell in made.cells.items() if call.step in (None, step)]
    if not wanted:
        raise CellError(f"There is no step {call.step!r}.", f"The steps are {', '.join(made.cells)}.")
    file.apply(notebook, place(views, wanted, call.cell).operations)
    return made


def execute(notebook: Any, path: Path, run: str) -> int | None:
    """Execute every cell and save the result at `path`, whose folder is the kernel's working directory.

    Parameters
    ----------
    run
        Name of the run that it trains: its progress is told meanwhile.

    Returns
    -------
    int or None
        The most memory that the kernel held at once, in bytes; None where the system does not tell.

    Raises
    ------
    FtkitError
        Where a cell fails or the kernel dies. What ran until then is saved, too.
    KeyboardInterrupt
        On Ctrl+C or a request to end; the kernel is shut down then.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError
    from zmq import ZMQError

    peak: list[int] = []
    folder = RunFolder(run, path.parent / "ftkit-runs")

    def started(cell: Any, cell_index: int) -> None:
        if cell.cell_type == "code":
            step = cell.metadata.get("ftkit", {}).get("step")
            say(f"Cell {cell_index + 1} of {len(notebook.cells)}" + (f": {step}" if step else ""))

    def executed(**_: Any) -> None:
        pid = getattr(getattr(client.km, "provisioner", None), "pid", None)
        found = peak_memory(pid) if pid else None
        peak[:] = [found] if found else peak

    # The environment's own kernel, even where the person has installed one of the same name elsewhere.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        store_widget_state=False,
        # Not its warning about the transport between two processes of this very machine.
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=started,
        on_cell_executed=executed,
    )
    try:
        with _told_progress(folder):
            client.execute()
    except CellExecutionError as error:
        raise FtkitError(
            f"A cell of the tutorial failed: {error.ename}: {error.evalue}.", f"Look at it in {path}."
        ) from error
    except DeadKernelError as error:
        raise FtkitError(
            "The kernel ended without a word; most often the memory did not suffice.",
            "Close other programs, or look at `ftkit doctor`.",
        ) from error
    except (AssertionError, ZMQError) as error:
        # nbclient answers Ctrl+C and a request to end by shutting the kernel down itself, and then misses it or the
        # socket to it.
        if client.km is not None:
            raise
        raise KeyboardInterrupt from error
    finally:
        nbformat.write(notebook, path)
    return peak[0] if peak else None


def peak_memory(pid: int) -> int | None:
    """The largest resident memory of a process so far in bytes; None where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "")
    return int(line.split()[1]) * 1024 if line else None


@contextmanager
def _told_progress(folder: RunFolder) -> Iterator[None]:
    """Say every now and then how far the training is, read from its run folder."""
    over = threading.Event()

    def tell() -> None:
        before, first = -1, None
        while not over.wait(HEARTBEAT):
            history = History.from_run(folder.path) if folder.exists() else None
            if history is None or history.last_step == before or not history.train:
                continue
            before, now = history.last_step, time.monotonic()
            first = first or (before, now)
            of = f" of {history.total_steps}" if history.total_steps else ""
            say(f"  step {before}{of}, loss {history.train[-1][1]:.2f}{_left(history, first, now)}")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _left(history: History, first: tuple[int, float], now: float) -> str:
    """How long the training still takes, by its pace since this first saw it."""
    done, left = history.last_step - first[0], (history.total_steps or 0) - history.last_step
    return f", {roughly(left * (now - first[1]) / done)} left" if done > 0 and left > 0 else ""
