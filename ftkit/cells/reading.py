"""Read a cell back: which settings of the recipe its literals stand for."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import Any

from ftkit.cells.chained import read_train as read_chained_train
from ftkit.cells.data_cell import DEFAULTS as DATA_DEFAULTS
from ftkit.cells.mixture import PREPARE, read_others, read_weights, source_node
from ftkit.cells.model_cell import read_model
from ftkit.cells.syntax import Expression, Syntax, keyword, unpacks
from ftkit.fields import describe, literal
from ftkit.methods import METHODS
from ftkit.methods.method import Marks
from ftkit.recipe import DataChoice, Training
from ftkit.tasks import TASKS, Task

BATCH = "training.batch_size"
MICRO = "training.per_device_train_batch_size"
ACCUMULATION = "gradient_accumulation_steps"
BACKEND = "training.backend"


@dataclass(frozen=True)
class Difference:
    """A setting that reads otherwise in the cell than in the form.

    Attributes
    ----------
    path
        Dotted path in the recipe.
    form
        What the form would write.
    cell
        What stands in the cell: a value, or an :class:`~ftkit.cells.Expression` of the person's.
    """

    path: str
    form: Any
    cell: Any


@dataclass(frozen=True)
class Argument:
    """A setting's place in a cell: an argument of a call, or a variable.

    Attributes
    ----------
    function
        The name of what is called; empty for a variable.
    name
        The keyword, or the variable's name.
    default
        What the library does without it.
    """

    function: str
    name: str
    default: Any


def task_of(syntax: Syntax) -> Task | None:
    """Which task a train cell is for, by the class of its arguments; None where that cannot be told."""
    return next((task for task in TASKS.values() if syntax.call(task.arguments) is not None), None)


@cache
def arguments(task_id: str) -> dict[str, Argument]:
    """The settings that are one argument of one call in a task's train cell, by dotted path."""
    task = TASKS[task_id]
    found: dict[str, Argument] = {}
    for path, about in describe(Training, "training").items():
        _, _, name = about.argument.partition(".")
        if name in task.defaults:
            found[path] = Argument(task.arguments, name, task.defaults[name])
    if task.form == "prompts":
        found["training.max_length"] = Argument("", "longest_prompt", None)
    elif "max_length" not in task.defaults:
        found["training.max_length"] = Argument("tokenizer", "max_length", None)
    found["training.early_stopping"] = Argument("follow", "early_stopping", False)
    for path, about in describe(task.settings, "task").items():
        if about.argument:
            name = about.argument.partition(".")[2]
            found[path] = Argument(task.arguments, name, task.defaults[name])
    return found


@cache
def method_arguments(method: str) -> dict[str, Argument]:
    """The same for one technique's settings."""
    technique = METHODS[method]
    found = {}
    for path, about in describe(technique.settings, "method").items():
        if about.variable:
            found[path] = Argument("", about.variable, None)
        elif about.argument:
            function, _, name = about.argument.partition(".")
            found[path] = Argument(function, name, technique.defaults[name])
    return found


@cache
def data_arguments() -> dict[str, Argument]:
    """The settings of the data that are arguments of ``ftkit.prepare_data``."""
    names = {"split_seed": "seed"}
    fields = [path.partition(".")[2] for path in describe(DataChoice, "data")]
    wanted = {field: names.get(field, field) for field in fields}
    return {
        f"data.{field}": Argument(PREPARE, name, DATA_DEFAULTS[name])
        for field, name in wanted.items()
        if name in DATA_DEFAULTS
    }


def method_of(syntax: Syntax) -> str | None:
    """Which technique a method cell sets up, None where it cannot be told."""
    points = {name: _points(syntax, technique.marks) for name, technique in METHODS.items()}
    most = max(points.values())
    best = [name for name, count in points.items() if count == most]
    return best[0] if most and len(best) == 1 else None


def _points(syntax: Syntax, marks: Marks) -> int:
    """How much of a cell a technique's marks account for; 0 where one of them is missing."""
    points = 0
    for name, arguments in marks.items():
        call, assigned = syntax.call(name), syntax.assigned(name)
        if call is None and assigned is None:
            return 0
        points += 1
        for argument, wanted in arguments.items():
            node = keyword(call, argument) if call is not None and argument else assigned
            if node is None or syntax.value(node) != wanted:
                return 0
            points += 1
    return points


def argument_value(syntax: Syntax, argument: Argument) -> Any:
    """What an argument is: a value, an :class:`Expression`, or None where the call is not there."""
    if not argument.function:
        assigned = syntax.assigned(argument.name)
        return None if assigned is None else syntax.value(assigned)
    call = syntax.call(argument.function)
    if call is None:
        return None
    later = syntax.set_later(argument.name)
    if later is not None:
        return Expression(syntax.text(later))
    node = keyword(call, argument.name)
    if node is not None:
        return syntax.value(node)
    return Expression("**…") if unpacks(call) else argument.default


def follow_run(syntax: Syntax) -> ast.expr | None:
    """Where ``follow(trainer, run="…")`` names its run."""
    call = syntax.call("follow")
    if call is None:
        return None
    return keyword(call, "run") or (call.args[1] if len(call.args) > 1 else None)


def prepared_source(syntax: Syntax) -> ast.expr | None:
    """Where ``prepare_data("…")`` names its file."""
    call = syntax.call(PREPARE)
    return None if call is None else source_node(call)


COMPARED_WITH = Argument("compare", "before", None)
"""Where a compare cell names the run that this one is held against."""


def compared_run(syntax: Syntax) -> ast.expr | None:
    """Where ``compare("…")`` names its run."""
    call = syntax.call("compare")
    if call is None:
        return None
    return keyword(call, "run") or (call.args[0] if call.args else None)


def _read_train(syntax: Syntax) -> dict[str, Any]:
    task = task_of(syntax)
    if task is None:
        run = follow_run(syntax)
        return {} if run is None else {"run": syntax.value(run)}
    known = arguments(task.id)
    values = {path: argument_value(syntax, argument) for path, argument in known.items()}
    values = {path: value for path, value in values.items() if value is not None}
    if values.get("training.max_steps") == -1:
        values["training.max_steps"] = None
    values[BACKEND] = "unsloth" if syntax.imports_from("unsloth") else "trl"
    if packs(syntax, task):
        values.pop(MICRO)  # rows of several examples: how many in a batch cannot be told from their number
    micro = values.get(MICRO)
    if micro is not None:
        accumulation = argument_value(
            syntax, Argument(task.arguments, ACCUMULATION, task.defaults[ACCUMULATION])
        )
        both = (micro, accumulation)
        yours = next((part for part in both if not isinstance(part, int)), None)
        values[BATCH] = micro * accumulation if yours is None else yours
    values |= read_weights(syntax)
    run = follow_run(syntax)
    return values if run is None else {**values, **read_chained_train(syntax), "run": syntax.value(run)}


def packs(syntax: Syntax, task: Task) -> bool:
    """Whether a train cell puts several examples into one row."""
    packing = argument_value(syntax, Argument(task.arguments, "packing", False))
    return packing not in (None, False)


def _read_method(syntax: Syntax) -> dict[str, Any]:
    method = method_of(syntax)
    if method is None:
        return {}
    values = {
        path: argument_value(syntax, known)
        for path, known in method_arguments(method).items()
        if known.function or syntax.assigned(known.name) is not None
    }
    return {"method.name": method, **values}


def _read_one(syntax: Syntax, path: str, node: ast.expr | None) -> dict[str, Any]:
    return {} if node is None else {path: syntax.value(node)}


def _folder_of(files: Any) -> Any:
    """The folder of a plain cell's three files, which is what the form names."""
    if not isinstance(files, dict) or not all(isinstance(path, str) for path in files.values()):
        return files if isinstance(files, Expression) else Expression(literal(files))
    folders = {path.rpartition("/")[0] for path in files.values()}
    return folders.pop() if len(folders) == 1 else Expression(literal(files))


def _read_data(syntax: Syntax) -> dict[str, Any]:
    values = _read_first(syntax)
    return {**values, **read_others(syntax, values)}


def _read_first(syntax: Syntax) -> dict[str, Any]:
    """What a data cell says about the recipe's own data, of which a mixture has others beside."""
    load = syntax.call("load_dataset")
    if load is not None:
        files = keyword(load, "data_files")
        found = {} if files is None else {"data.source": _folder_of(syntax.value(files))}
        system = syntax.assigned("system")
        return {**found, "data.system": None if system is None else syntax.value(system)}
    source = prepared_source(syntax)
    values = _read_one(syntax, "data.source", source)
    for path, known in data_arguments().items():
        value = argument_value(syntax, known)
        if source is not None:
            values[path] = value
    return values


def read(source: str, step: str) -> dict[str, Any]:
    """What a cell says about the settings of its step, by dotted path.

    Literals are read; an argument that is left out has the library's default; anything else is
    an :class:`~ftkit.cells.Expression`. A setting whose place is not found is not in the result. The sources and
    weights of a mixture are there by the names of its data sets, as ``ftkit.tasks.multi_task.as_settings`` takes them.

    Raises
    ------
    CellError
        Where the cell is not Python.
    """
    syntax = Syntax(source)
    if step == "model":
        return read_model(syntax)
    if step == "method":
        return _read_method(syntax)
    if step == "train":
        return _read_train(syntax)
    if step == "compare":
        values = _read_one(syntax, "run", compared_run(syntax))
        return {**values, "parent": argument_value(syntax, COMPARED_WITH)} if values else values
    return _read_data(syntax)


def read_values(source: str, step: str) -> dict[str, Any]:
    """Those settings of :func:`read` that are plain values, ready for ``Recipe.changed``."""
    return {path: value for path, value in read(source, step).items() if not isinstance(value, Expression)}


def drift(source: str, written: str, step: str) -> list[Difference]:
    """The settings that read otherwise in the notebook's cell than in the form's.

    Parameters
    ----------
    source
        The cell as it stands in the notebook.
    written
        The cell as the form would write it now.
    step
        Whose cell it is.

    Raises
    ------
    CellError
        Where the cell in the notebook is not Python.
    """
    form, cell = read(written, step), read(source, step)
    return [
        Difference(path, value, cell.get(path, Expression("")))
        for path, value in form.items()
        # What the form leaves empty cannot have vanished from the cell.
        if (cell[path] != value if path in cell else value is not None)
    ]
