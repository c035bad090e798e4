"""From a resolved recipe to the cells: plain code with the arguments that matter, and why."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ftkit.catalog import STARTER_ID, run_named
from ftkit.cells.chained import adapter_path, method_source
from ftkit.cells.data_cell import is_plain, other_calls, plain_values, prepared_values
from ftkit.cells.model_cell import call_for, packed_model
from ftkit.cells.rendering import render
from ftkit.cells.steps import STEPS, Cell
from ftkit.cells.train_cell import train_source
from ftkit.errors import CellError
from ftkit.fields import EncoderShape, ModelShape, Source, literal
from ftkit.fields.source import WIDTH
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, Resolved
from ftkit.recipe.chain import goes_on
from ftkit.tasks import TASKS
from ftkit.tasks.multi_task import mixture

if TYPE_CHECKING:
    from ftkit.data import Inspection, Offered

ASKED = ("Ask questions of your own: add them to the list.", "Who are you?")
OTHERWISE_ASKED = {
    "classification": ("Have texts of your own judged: add them to the list.", "Hello, I have a question."),
    "domain": ("Give it beginnings of your own: it goes on with them.", "It is important to"),
}
"""What the comparison invites to, and with what it begins, by the form of the rows."""
HAVE_ANSWERS = ("sft", "domain")
"""Forms whose test rows say what is right, so that the loss on them tells whether a change helped."""
HAVE_ANSWERS = ("sft", "domain")
"""Forms whose test rows say what is right, so that the loss on them tells whether a change helped."""


def _checked(step: str, source: str, run: str) -> Cell:
    """The cell, if it is Python."""
    source = source.strip("\n")
    try:
        ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise CellError(
            f"The {step} cell could not be written: {error}.",
            "This is a mistake in ftkit; please report it together with the recipe.",
        ) from error
    return Cell(step, source, run)


def _in_words(count: int) -> str:
    """A number of parameters as people say it."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} billion"
    return f"{count / 1e6:.0f} million" if count >= 1e6 else f"{count:,}"


def _model(resolved: Resolved, offered: Offered | None) -> str:
    size = _in_words(resolved.shape.parameters)
    about = f"{resolved.recipe.model.id}: {size} parameters"
    called = call_for(resolved.model_path)
    if resolved.model_path == STARTER_ID:
        about += "; fetched once, then kept on this machine"
    elif called:
        run = run_named(resolved.model_path)
        about = f"The model that the run {run!r} made, {size} parameters: whole, with what it learned inside."
    model_path = Source(called) if called else resolved.model_path
    before = run_named(resolved.recipe.model.id) if goes_on(resolved.recipe) else None
    if before:
        about = f"The model that the run {before!r} started from, {size} parameters, and the adapter that it made."
    # What a text's class is needs no conversation.
    asked = TASKS[resolved.recipe.task.name].head != "classes"
    chatml = bool(offered and offered.end)
    template = _in_pieces(offered.template, 0 if chatml else 4) if offered and asked else None
    one = offered is not None and len(offered.new_tokens) == 1
    unsloth = resolved.backend == "unsloth"
    packed = packed_model(resolved.model_path) if resolved.recipe.method.name == "qlora" else None
    return render(
        "model",
        model_path=model_path,
        adapter_path=adapter_path(before) if before else None,
        about=about,
        ours=bool(called),
        unsloth=unsloth,
        packed=packed if unsloth else None,
        template=template,
        chatml=chatml,
        new_tokens=list(offered.new_tokens) if offered else [],
        these_tokens=Source("this one" if one else "these"),
        rows_of_its_own=Source("it a row of its own" if one else "each a row of its own"),
        end=offered.end if offered else "",
    )


def _in_pieces(template: str, indent: int) -> Source:
    """A Jinja template as a literal, broken before its statements."""
    pad, lines = " " * (indent + 4), [""]
    for piece in re.split(r"(?=\{%)", template):
        if len(pad) + len(literal(lines[-1] + piece)) > WIDTH:
            lines.append("")
        lines[-1] += piece
    return Source("\n".join(["(", *(pad + literal(line) for line in lines if line), " " * indent + ")"]))


def _data(resolved: Resolved, inspection: Inspection) -> str:
    recipe = resolved.recipe
    others = other_calls(recipe.data, mixture(recipe.data.source, recipe.task))
    if is_plain(inspection):
        return render("data", others=others, **plain_values(recipe.data, inspection))
    longest = int(recipe.training.max_length)
    task = "sft" if others else recipe.task.name
    return render("data", others=others, **prepared_values(recipe.data, inspection, task, longest))


def _method(resolved: Resolved) -> str:
    if goes_on(resolved.recipe):
        return method_source(resolved, str(run_named(resolved.recipe.model.id)))
    settings, task_type = resolved.recipe.method, TASKS[resolved.recipe.task.name].task_type
    reasons = {
        name.removeprefix("method."): reason
        for name, reason in resolved.reasons.items()
        if name.startswith("method.")
    }
    return str(METHODS[settings.name].cell(_as_named(settings, resolved.shape), reasons, task_type))


def _as_named(settings: Any, shape: ModelShape) -> Any:
    """A technique's settings with the layers called as the model's own modules are."""
    if not isinstance(shape, EncoderShape):
        return settings
    changed = {}
    for field in ("target_modules", "feedforward_modules"):
        names = getattr(settings, field, None)
        if isinstance(names, list):
            changed[field] = [shape.layer_name(name) for name in names]
    return settings.model_copy(update=changed)


def write(
    resolved: Resolved, inspection: Inspection | None, offered: Offered | None = None
) -> dict[str, Cell]:
    """Write the cells of a recipe.

    Parameters
    ----------
    resolved
        The recipe without automatic values; their reasons become comments.
    inspection
        What the data is like, from which follows how plain its cell can be. None while there is no
        data yet: the cells that need some are left out then.
    offered
        The chat template for a model that has none.

    Returns
    -------
    dict
        The cells by step, in the order of :data:`~ftkit.cells.STEPS`.

    Raises
    ------
    CellError
        Where a cell would not be valid Python: nothing is handed over then.
    """
    run = resolved.recipe.run
    sources = {"model": _model(resolved, offered), "method": _method(resolved)}
    if inspection is not None:
        sources["data"] = _data(resolved, inspection)
        sources["train"] = train_source(resolved, inspection)
        task = TASKS[resolved.recipe.task.name]
        form = task.form
        invites, first = OTHERWISE_ASKED.get(form, ASKED)
        before = held_against(resolved.recipe)
        sources["compare"] = render("compare", run=run, prompts=[first], invites=invites, before=before)
    return {step: _checked(step, sources[step], run) for step in STEPS if step in sources}


def held_against(recipe: Recipe) -> str | None:
    """The run that the comparison asks "did the change help?" about; None where a task has no answers to ask by."""
    return recipe.parent if TASKS[recipe.task.name].form in HAVE_ANSWERS else None


def write_range_test(resolved: Resolved, inspection: Inspection) -> Cell:
    """Write the cell that tries learning rates: the train cell's trainer, with a test in place of the training.

    Parameters
    ----------
    resolved, inspection
        As for :func:`write`.

    Raises
    ------
    CellError
        Where the task has a train cell of its own that no test can take the place of.
    """
    cell = _checked("rate", train_source(resolved, inspection, range_test=True), resolved.recipe.run)
    if "ftkit.find_learning_rate(" not in cell.source:
        raise CellError(
            "For this task no learning rates can be tried.", "Start with the rate that is chosen for you."
        )
    return cell


def run_source(cells: Mapping[str, Cell], *, compare: bool = False) -> str:
    """All cells as one script, as ``ftkit cells`` prints it and ``ftkit run`` carries it out.

    Parameters
    ----------
    compare
        Whether the script also compares base and tuned model at its end.
    """
    steps = [step for step in STEPS if step in cells and (compare or step != "compare")]
    return "\n\n\n".join(f"# --- {step} ---\n{cells[step].source}" for step in steps) + "\n"
