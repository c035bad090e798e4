"""What a wizard knows: the choices, what is wrong with them, and the cells that they give.

No widgets and no notebook here: the pages are views over a :class:`Session`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit import catalog, cells, data, hardware
from ftkit.errors import FtkitError, ModelError, Problem, RecipeError
from ftkit.fields import Choice, DataFacts, Description, Machine
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, Resolved, from_presets, resolve, validate
from ftkit.recipe.resolve import longest_allowed
from ftkit.recipe.tree import descriptions
from ftkit.tasks import TASKS
from ftkit.wizards.entries import explain
from ftkit.wizards.reckoning import TYPICAL_FACTS, first_records, rough_facts, stamp

if TYPE_CHECKING:
    from ftkit.catalog import Found
    from ftkit.cells import Cell
    from ftkit.data import Inspection, Offered

SCHEMA = 1
STEPS = cells.STEPS
STEP_TITLES = {
    "model": "Model",
    "data": "Data",
    "method": "Method",
    "train": "Hyperparameters",
    "compare": "Review",
}
WITH_EVALUATION = 1.15
"""Evaluations take at most 15 % of the training's time."""

FETCHING = {"model", "train"}
NOT_HERE = "The starter model is not on this machine yet: press “Get it now” on the Model page."

_PRESETS = {"task": "task.name", "model": "model.id", "data": "data.source", "method": "method"}


def preset_path(name: str, recipe: Recipe) -> str:
    """The dotted path that an argument of ``ftkit.wizard`` sets."""
    if name in _PRESETS:
        return _PRESETS[name]
    tree = recipe.model_dump()
    homes = [key for key in ("data", "task", "method", "training") if name in tree[key]]
    return name if name in tree or not homes else f"{homes[0]}.{name}"


class Session:
    """The choices of one wizard and all that follows from them.

    Parameters
    ----------
    presets
        The arguments of ``ftkit.wizard(…)`` after the step.
    machine
        What the automatic values are chosen for; this machine where None.

    Attributes
    ----------
    recipe
        The last choices that were valid.
    wrong
        What stands in fields and cannot be used, by dotted path.
    problems
        What is wrong with it, by dotted path.
    on_progress
        Told how far the reading of the data is: rows done, all of them where known, what is being done.

    Raises
    ------
    RecipeError
        Where the presets are no settings or cannot be.
    """

    def __init__(self, presets: Mapping[str, Any] | None = None, *, machine: Machine | None = None) -> None:
        self.presets = dict(presets or {})
        self.recipe = from_presets(**self.presets)
        self.wrong: dict[str, Any] = {}
        self.problems: dict[str, Problem] = {}
        self.on_progress: Callable[[int, int | None, str], None] | None = None
        self._machine = machine
        self._methods: dict[str, dict[str, Any]] = {}
        self._known: dict[str, tuple[Any, Any]] = {}
        self._listeners: list[Callable[[], None]] = []

    # -- choosing ---------------------------------------------------------------------------

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every change."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        """The opposite of :meth:`on_change`."""
        self._listeners.remove(listener)

    def tell(self) -> None:
        """Call every listener."""
        for listener in list(self._listeners):
            listener()

    def descriptions(self) -> dict[str, Description]:
        """Every setting of the chosen method's recipe, by dotted path."""
        return descriptions(self.recipe.method.name, self.recipe.task.name)

    def value(self, path: str) -> Any:
        """What the field of a setting shows: also a value that cannot be used."""
        return self.wrong[path] if path in self.wrong else self.recipe.get(path)

    def problem(self, path: str) -> Problem | None:
        """What is wrong with a field; a rule between two fields is shown at the one changed last."""
        if path in self.problems:
            return self.problems[path]
        branch = path.rpartition(".")[0]
        return self.problems.get(branch) if branch and path in self.wrong else None

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take changes by dotted path; what cannot be used stays in `wrong` with its problem."""
        pending = {**self.wrong, **changes}
        try:
            self.recipe = self.recipe.changed(pending)
        except RecipeError as error:
            self.problems, self.wrong = {}, {}
            for problem in error.problems:
                at = [path for path in pending if _touch(path, problem.field)]
                # A rule between two fields, broken by changing the other one: it is shown there.
                shown = {problem.field: at} if at else {path: [path] for path in changes}
                self.problems.update(dict.fromkeys(shown, problem))
                self.wrong.update({path: pending[path] for paths in shown.values() for path in paths})
            self.recipe = self.recipe.changed({p: v for p, v in pending.items() if p not in self.wrong})
        else:
            self.wrong, self.problems = {}, {}
        self.tell()

    def choose_method(self, name: str) -> None:
        """Switch the technique; its settings come back as they were when it was chosen before."""
        if name == self.recipe.method.name:
            return
        self._methods[self.recipe.method.name] = self.recipe.method.model_dump()
        for path in [path for path in self.wrong if path.startswith("method")]:
            del self.wrong[path]
        settings = self._methods.get(name) or METHODS[name].settings().model_dump()
        self.set({"method": settings})

    def choose_task(self, name: str) -> None:
        """Switch what the model is trained to do, with the hyperparameters that the new task starts from.

        Only those change that are still where the old task starts; what the person has set stays.
        """
        before = self.recipe.task.name
        if name == before:
            return
        start, new = (from_presets(task=task).training for task in (before, name))
        changes: dict[str, Any] = {"task": TASKS[name].settings().model_dump()}
        for field, value in new.model_dump().items():
            if getattr(self.recipe.training, field) == getattr(start, field):
                changes[f"training.{field}"] = value
        self.set(changes)

    def take_up(self, recipe: Recipe) -> None:
        """Choose everything anew, as a run that follows from another starts."""
        self.recipe, self.wrong, self.problems = recipe, {}, {}
        self.tell()

    # -- remembering ------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What the notebook's metadata keeps, as plain data."""
        return {"schema": SCHEMA, "presets": self.presets, "recipe": self.recipe.model_dump()}

    def present(self, presets: Mapping[str, Any]) -> None:
        """Take up the arguments of one more call, or of the same call once more.

        The choices made so far stay, except for a preset that was changed or added: who edits the
        call means it.
        """
        before, self.presets = self.presets, dict(presets)
        self._take(self.recipe, before)

    def adopt(self, stored: Mapping[str, Any]) -> None:
        """Take up choices that were stored in the notebook.

        They win over the presets in the call, except for a preset that was changed, or added, since
        they were stored.

        Raises
        ------
        FtkitError
            Where they cannot be read; the choices are then those of the presets.
        """
        if stored.get("schema") != SCHEMA or not isinstance(stored.get("recipe"), Mapping):
            raise FtkitError(
                "The choices stored in this notebook come from another version of ftkit and were not taken over.",
                "The panel starts from its call; look through the pages once.",
            )
        before = stored.get("presets")
        self._take(validate(dict(stored["recipe"])), before if isinstance(before, Mapping) else {})

    def _take(self, chosen: Recipe, before: Mapping[str, Any]) -> None:
        """These choices, with the presets that are not as they were."""
        fresh = from_presets(**self.presets)
        changed = [
            name for name, value in self.presets.items() if name not in before or before[name] != value
        ]
        paths = [preset_path(name, fresh) for name in changed]
        if any(path.startswith("method") for path in paths) and chosen.method.name != fresh.method.name:
            paths = ["method", *(path for path in paths if not path.startswith("method"))]
        tree = fresh.model_dump()
        self.recipe = chosen.changed({path: _at(tree, path) for path in paths})
        self.presets = {**before, **self.presets}
        self.wrong, self.problems = {}, {}
        self.tell()

    # -- what follows -----------------------------------------------------------------------

    def _once(self, name: str, key: Any, make: Callable[[], Any]) -> Any:
        """`make()`, unless it was made from an equal key before; its FtkitError is kept as well."""
        if name not in self._known or self._known[name][0] != key:
            try:
                value = make()
            except FtkitError as error:
                value = error
            self._known[name] = (key, value)
        value = self._known[name][1]
        if isinstance(value, FtkitError):
            raise value
        return value

    def look_again(self) -> None:
        """Forget what was read from the disk and the machine."""
        self._known.clear()
        self.tell()

    @property
    def machine(self) -> Machine:
        """What the automatic values are chosen for."""
        return self._machine or self._once("machine", None, hardware.this_machine)

    @property
    def found(self) -> Found:
        """The base model. Raises ModelError where there is none."""
        return self._once("found", self.recipe.model.id, lambda: catalog.find(self.recipe.model.id))

    @property
    def inspection(self) -> Inspection:
        """What the data cell finds in the data. Raises DataError where it cannot be read."""
        measured = self.measured
        if measured.tokens is None or not measured.tokens.share_over_limit:
            return measured
        # The data cell does not know how long an example may be: the training cell leaves the long ones out.
        choice, task = self.recipe.data, self.recipe.task.name
        key = (choice.model_dump_json(), stamp(choice.source), task)
        return self._once(
            "inspection", key, lambda: data.inspect_choice(choice, task, progress=self.on_progress)
        )

    @property
    def measured(self) -> Inspection:
        """What the training will find in the data, counted in the model's tokens where its tokenizer is here.

        Raises
        ------
        DataError
            Where it cannot be read.
        """
        choice, task = self.recipe.data, self.recipe.task.name
        folder, limit = self.model_folder, self.longest_allowed
        key = (choice.model_dump_json(), stamp(choice.source), task, folder, limit)
        return self._once(
            "measured",
            key,
            lambda: data.inspect_choice(
                choice, task, model=folder, max_length=limit, progress=self.on_progress
            ),
        )

    @property
    def longest_allowed(self) -> int:
        """Tokens beyond which an example is left out: chosen, or the most that ftkit would choose here."""
        return longest_allowed(self.recipe, self.machine)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the data files, whatever was said about them. Raises DataError."""
        source = self.recipe.data.source
        look = self._once("columns", (source, stamp(source)), lambda: data.inspect_data(source).columns)
        return tuple(look)

    @property
    def first_records(self) -> tuple[Mapping[str, Any], ...]:
        """The first rows as they stand in the file. Raises DataError where it cannot be read."""
        source = self.recipe.data.source
        return self._once("first", (source, stamp(source)), lambda: first_records(source))

    @property
    def model_folder(self) -> Path | None:
        """The base model on this machine, None while it has to be fetched or is none (see `found`)."""
        model = self.recipe.model.id
        try:
            folder: Path | None = self._once("folder", model, lambda: catalog.folder_here(model))
        except ModelError:
            return None
        return folder

    @property
    def facts(self) -> DataFacts:
        """Rows and tokens of the data. Raises DataError where it cannot be read.

        Until the model's tokenizer is on this machine the tokens are an estimate on the safe side.
        """
        choice, task = self.recipe.data, self.recipe.task.name
        folder, limit = self.model_folder, self.longest_allowed
        key = (choice.model_dump_json(), stamp(choice.source), task, folder, limit)
        skipped = self.inspection.rows - self.inspection.usable

        def count() -> DataFacts:
            if folder is None:
                parts = data.load_parts(choice, task)
                data.check_trainable(parts)
                return rough_facts(parts, TASKS[task].form, skipped)
            return data.facts_of(choice, task, folder, max_length=limit, skipped=skipped)

        return self._once("facts", key, count)

    @property
    def resolved(self) -> Resolved:
        """The recipe without automatic values.

        While there is no data to look at, they are chosen for a few hundred short examples.

        Raises
        ------
        FtkitError
            Where the base model cannot be found.
        """
        try:
            facts = self.facts
        except FtkitError:
            facts = TYPICAL_FACTS
        shape, machine = self.found.shape, self.machine
        key = (self.recipe, facts, shape, machine, self.model_folder)
        return self._once(
            "resolved", key, lambda: resolve(self.recipe, machine, facts, shape, self._model_path())
        )

    def _model_path(self) -> str:
        return catalog.in_cell(self.found)

    @property
    def cells(self) -> dict[str, Cell]:
        """The cells of the valid choices, by step; without data that can be used only those that do not need any.

        Raises
        ------
        FtkitError
            Where the base model cannot be found.
        """
        resolved = self.resolved
        try:
            inspection = self.inspection
        except FtkitError:
            inspection = None
        if inspection is not None and inspection.refusal:
            inspection = None  # a cell would only fail; the Data page says what is missing
        key = (resolved, inspection, self.model_folder)
        return self._once("cells", key, lambda: cells.write(resolved, inspection, self._offered()))

    def _offered(self) -> Offered | None:
        """The chat template for a model that has none."""
        try:
            return data.offered_template(self.model_folder) if self.model_folder else None
        except FtkitError:
            return None  # it has no end token either, which the data page says

    def obstacles(self, steps: Sequence[str]) -> list[tuple[str, str]]:
        """What keeps the cells of these steps from being written: ``(step, sentence)``, all at once."""
        found = [(step_of(path), f"{self.label(path)}: {explain(p)}") for path, p in self.problems.items()]
        if self.recipe.model.id == catalog.STARTER_ID and self.model_folder is None and set(steps) & FETCHING:
            found.append(("model", NOT_HERE))
        for step, what in (("model", lambda: self.found), ("data", lambda: self.facts)):
            if step == "data" and not set(steps) & {"data", "train"}:
                continue
            try:
                what()
            except FtkitError as error:
                found.append((step, str(error)))
        if set(steps) & {"method", "train"} and (obstacle := self.method_obstacle()):
            found.append(("method", obstacle))
        task = TASKS[self.recipe.task.name]
        if "train" in steps and (hindrance := task.obstacle(self.recipe.task, self.recipe.training)):
            found.append(("train", str(hindrance)))
        return found

    def method_obstacle(self) -> str:
        """Why the chosen technique cannot be used with this model on this machine, and the way out; mostly empty."""
        technique, task = METHODS[self.recipe.method.name], TASKS[self.recipe.task.name]
        try:
            obstacle = technique.obstacle(self.recipe.method, self.found.shape, self.machine)
            obstacle = obstacle or task.refuses(technique, self.recipe.method)
        except FtkitError:
            return ""  # the Model page says what is wrong with the model
        return str(obstacle or "")

    def label(self, path: str) -> str:
        """A setting's name in the form."""
        about = self.descriptions().get(path)
        return about.label if about else path.rpartition(".")[2].replace("_", " ")

    def trainable(self, method: str | None = None) -> int:
        """Exact number of parameters that train with the chosen technique, or with another one."""
        technique = METHODS[method or self.recipe.method.name]
        chosen = self.resolved.recipe.method
        settings = chosen if chosen.name == technique.id else technique.resolve(technique.settings())[0]
        return int(technique.trainable(settings, self.found.shape))

    def seconds(self) -> Choice:
        """How long the training will take, roughly, and how that was reckoned."""
        resolved = self.resolved
        step = hardware.time_estimate(
            resolved.shape,
            resolved.recipe.method.name,
            resolved.machine,
            resolved.tokens_a_step,
        )
        return Choice(step.value * resolved.total_steps * WITH_EVALUATION, step.reason)


def step_of(path: str) -> str:
    """The step on whose page a setting stands."""
    branch = path.partition(".")[0]
    return {"model": "model", "data": "data", "method": "train", "task": "train", "training": "train"}.get(
        branch, "compare"
    )


def _at(tree: Any, path: str) -> Any:
    for part in path.split("."):
        tree = tree[part]
    return tree


def _touch(path: str, other: str) -> bool:
    """Whether two dotted paths are the same, or one is inside the other."""
    return path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")
