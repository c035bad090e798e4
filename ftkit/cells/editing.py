"""Change a setting in a cell that the person may have edited: the literal, and nothing else."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

from ftkit.cells.chained import CHAIN, MODEL
from ftkit.cells.data_cell import SHARED
from ftkit.cells.mixture import ALSO, PREPARE, WEIGHTS, check_names, other_nodes, source_node, weights_node
from ftkit.cells.model_cell import TEMPLATE, call_for, called_for, packed_model
from ftkit.cells.reading import (
    ACCUMULATION,
    BACKEND,
    BATCH,
    COMPARED_WITH,
    MICRO,
    Argument,
    argument_value,
    arguments,
    compared_run,
    data_arguments,
    follow_run,
    method_arguments,
    method_of,
    packs,
    prepared_source,
    read,
    task_of,
)
from ftkit.cells.syntax import Edit, Expression, Syntax, keyword, unpacks
from ftkit.cells.train_cell import output_dir, whole
from ftkit.errors import CellError
from ftkit.fields import Source, literal
from ftkit.tasks import TASKS, Task

AMOUNTS = {"training.num_train_epochs", "training.warmup_steps"}
"""Numbers that are mostly whole, and are written so in our own cells."""

BY_HAND = "Change it in the notebook by hand, or let the cell be written anew."


def _literal_edit(syntax: Syntax, node: ast.expr, name: str, value: Any) -> list[Edit]:
    """Put a value in the place of a literal; refuses where code of the person stands there."""
    if isinstance(syntax.value(node), Expression):
        raise CellError(f"{name} is {syntax.text(node)} in the cell, which is not a plain value.", BY_HAND)
    if syntax.value(node) == value and type(syntax.value(node)) is type(value):
        return []
    return [syntax.replaced(node, literal(value))]


def _set_keyword(source: str, function: str, name: str, value: Any) -> str:
    """Set one keyword argument of a call; it is added where it is missing."""

    def find(syntax: Syntax) -> ast.Call | None:
        return syntax.call(function)

    return _set_argument(source, find, function, name, value)


def _set_argument(
    source: str, find: Callable[[Syntax], ast.Call | None], function: str, name: str, value: Any
) -> str:
    syntax = Syntax(source)
    call = find(syntax)
    if call is None:
        raise CellError(f"The cell does not have exactly one call of {function}.", BY_HAND)
    later = syntax.set_later(name)
    if later is not None:
        raise CellError(f"{name} is set again to {syntax.text(later)} further down in the cell.", BY_HAND)
    node = keyword(call, name)
    if node is not None:
        return syntax.edited(_literal_edit(syntax, node, name, value))
    if unpacks(call):
        raise CellError(f"{name} may come from the ** argument of {function}.", BY_HAND)
    changed = syntax.edited(syntax.with_keyword(call, name, literal(value)))
    if not _reads(changed, find, name, value):
        raise CellError(f"{name} could not be added to {function}.", BY_HAND)
    return changed


def _reads(source: str, find: Callable[[Syntax], ast.Call | None], name: str, value: Any) -> bool:
    """Whether an argument has arrived where it was meant to be."""
    try:
        syntax = Syntax(source)
    except CellError:
        return False
    call = find(syntax)
    node = keyword(call, name) if call is not None else None
    return node is not None and bool(syntax.value(node) == value)


def _set_expression(source: str, node: ast.expr | None, name: str, value: Any) -> str:
    syntax = Syntax(source)
    if node is None:
        raise CellError(f"The cell does not say {name} in the usual place.", BY_HAND)
    return syntax.edited(_literal_edit(syntax, node, name, value))


def _set_batch(source: str, changes: Mapping[str, Any]) -> str:
    """Batch and micro-batch: two literals whose product is the batch."""
    now = read(source, "train")
    function = _task(source).arguments
    if packs(Syntax(source), _task(source)):
        raise CellError(
            "Several examples share a row in this cell, so that a batch is counted in rows.", BY_HAND
        )
    batch, micro = (changes.get(path, now.get(path)) for path in (BATCH, MICRO))
    if not isinstance(batch, int) or not isinstance(micro, int):
        raise CellError("The batch size in the cell is not made of plain numbers.", BY_HAND)
    if batch % micro:
        if MICRO in changes and BATCH in changes:
            raise CellError(
                f"A micro-batch of {micro} does not divide a batch of {batch}.", "Choose one that does."
            )
        if MICRO in changes:
            batch = micro * max(1, round(batch / micro))
        else:
            micro = math.gcd(batch, micro)
    for name, value in (("per_device_train_batch_size", micro), (ACCUMULATION, batch // micro)):
        if argument_value(Syntax(source), _argument(function, name)) != value:
            source = _set_keyword(source, function, name, value)
    return source


def _task(source: str) -> Task:
    """The task of a train cell."""
    task = task_of(Syntax(source))
    if task is None:
        names = " or ".join(sorted({task.arguments for task in TASKS.values()}))
        raise CellError(f"The cell does not have exactly one call of {names}.", BY_HAND)
    return task


def _argument(function: str, name: str) -> Argument:
    defaults = next(task.defaults for task in TASKS.values() if function == task.arguments)
    return Argument(function, name, defaults[name])


def _set_run(source: str, step: str, run: str) -> str:
    """The run's name, and with it the folder of its checkpoints."""
    syntax = Syntax(source)
    if step == "compare":
        return _set_expression(source, compared_run(syntax), "the run", run)
    node = follow_run(syntax)
    before = syntax.value(node) if node is not None else None
    source = _set_expression(source, node, "the run", run)
    task = task_of(Syntax(source))
    if task is None:
        return source
    function = task.arguments
    folder = argument_value(Syntax(source), Argument(function, "output_dir", None))
    if isinstance(before, str) and folder == output_dir(before):
        return _set_keyword(source, function, "output_dir", output_dir(run))
    return source


def set_values(source: str, step: str, changes: Mapping[str, Any]) -> str:
    """Change settings in a cell.

    Only the literals change, every other byte stays. An argument that is missing is added; nothing
    is ever removed.

    Parameters
    ----------
    source
        The cell as it stands.
    step
        Whose cell it is.
    changes
        Values by dotted path in the recipe.

    Raises
    ------
    CellError
        Where a setting is not a plain value in this cell; then nothing is changed.
    """
    rest = dict(changes)
    batch = {path: rest.pop(path) for path in (BATCH, MICRO) if path in rest}
    if batch and step == "train":
        source = _set_batch(source, batch)
    for path, value in rest.items():
        amount = path in AMOUNTS and isinstance(value, float)
        source = _set_one(source, step, path, whole(value) if amount else value)
    return source


def _set_data(source: str, path: str, value: Any) -> str:
    if path == ALSO:
        return _set_others(source, value)
    others = other_nodes(Syntax(source)) if path in SHARED else None
    for name in others or ():
        # What all data sets share is changed in all of them.
        source = _set_argument(source, _other(name), PREPARE, SHARED[path], value)
    if others and Syntax(source).call(PREPARE) is None and path != "data.system":
        return source  # the first one's files are split already
    return _set_first(source, path, value)


def _other(name: str) -> Callable[[Syntax], ast.Call | None]:
    return lambda syntax: (other_nodes(syntax) or {}).get(name)


def _set_others(source: str, wanted: Mapping[str, str]) -> str:
    """The sources of a mixture's other data sets, by name."""
    calls = other_nodes(Syntax(source))
    if calls is None:
        raise CellError("The data cell has no place for the other data sets.", BY_HAND)
    check_names(calls, wanted, BY_HAND)
    for name, value in wanted.items():
        node = source_node((other_nodes(Syntax(source)) or {})[name])
        source = _set_expression(source, node, f"the file of {name}", value)
    return source


def _set_weights(source: str, wanted: Mapping[str, float]) -> str:
    """How often each task of a mixture is drawn, by name."""
    syntax = Syntax(source)
    now = read(source, "train").get(WEIGHTS)
    if not isinstance(now, Mapping):
        raise CellError("The weights in the cell are not plain numbers.", BY_HAND)
    check_names(now, wanted, BY_HAND)
    return _set_expression(source, weights_node(syntax), "the weights", {name: wanted[name] for name in now})


def _set_first(source: str, path: str, value: Any) -> str:
    syntax = Syntax(source)
    if path == "data.system" and syntax.call(PREPARE) is None:
        return _set_expression(source, syntax.assigned("system"), "the system prompt", value)
    if path == "data.source":
        return _set_expression(source, prepared_source(syntax), "the file", value)
    known = data_arguments().get(path)
    if known is None:
        raise CellError(f"The data cell has no place for {path}.", BY_HAND)
    return _set_keyword(source, known.function, known.name, value)


def _set_model(source: str, value: Any) -> str:
    """The model: a literal, or the call for the starter, which has no path that is right everywhere."""
    syntax = Syntax(source)
    node, packed = syntax.assigned("model_path"), syntax.assigned("packed_path")
    called = node is not None and called_for(syntax, node)
    text = call_for(value)
    if node is None or (not called and isinstance(syntax.value(node), Expression)):
        return _set_expression(source, node, "the model", value)
    if text and not syntax.imports("ftkit"):
        raise CellError(f"The model is {text}, and the cell lacks import ftkit.", BY_HAND)
    text = text or literal(value)
    edits = [] if syntax.text(node) == text else [syntax.replaced(node, text)]
    if packed is not None:
        # The model that is trained goes along, else it would be another than the form's.
        edits.append(syntax.replaced(packed, literal(packed_model(value) or Source("model_path"))))
    return syntax.edited(edits)


def _set_one(source: str, step: str, path: str, value: Any) -> str:
    if path == "run" and step in ("train", "compare"):
        return _set_run(source, step, value)
    if path == "parent" and step == "compare":
        unchanged = read(source, step).get(path) == value  # also where both say nothing
        return (
            source if unchanged else _set_keyword(source, COMPARED_WITH.function, COMPARED_WITH.name, value)
        )
    if path in (MODEL, CHAIN, TEMPLATE) and read(source, step).get(path) == value:
        return source
    if path == MODEL and step == "model" and Syntax(source).assigned("adapter_path") is None:
        return _set_model(source, value)
    if step == "train" and path == BACKEND and read(source, step).get(path) == value:
        return source
    if step == "train" and path == WEIGHTS:
        return _set_weights(source, value)
    if step == "train" and path in (places := arguments(_task(source).id)):
        known = places[path]
        if not known.function:
            return _set_expression(source, Syntax(source).assigned(known.name), known.name, value)
        return _set_keyword(source, known.function, known.name, -1 if value is None else value)
    if step == "method":
        method = method_of(Syntax(source))
        known_here = method_arguments(method) if method else {}
        if path in known_here:
            place = known_here[path]
            if not place.function:
                return _set_expression(source, Syntax(source).assigned(place.name), place.name, value)
            return _set_keyword(source, place.function, place.name, value)
    if step == "data":
        return _set_data(source, path, value)
    raise CellError(f"The {step} cell has no place for {path}.", BY_HAND)


def set_follow(source: str, *, run: str | None = None, existing: str | None = None) -> str:
    """Answer "this run exists" in the train cell.

    Parameters
    ----------
    run
        A new name: Start over as ``<name>-2``.
    existing
        ``"resume"`` also makes ``trainer.train`` go on from the last checkpoint; ``"overwrite"``
        starts anew under the same name; ``"ask"`` is the default.

    Raises
    ------
    CellError
        Where the calls are not in the cell, or not with plain values.
    """
    if run is not None:
        source = _set_run(source, "train", run)
    syntax = Syntax(source)
    follow, train = syntax.call("follow"), syntax.call("train")
    if follow is None or train is None:
        raise CellError("The cell does not have exactly one follow(…) and one trainer.train(…).", BY_HAND)
    if existing is not None or keyword(follow, "existing") is not None:
        source = _set_keyword(source, "follow", "existing", existing or "ask")
    resume = existing == "resume"
    if resume or keyword(train, "resume_from_checkpoint") is not None:
        source = _set_keyword(source, "train", "resume_from_checkpoint", resume)
    return source
