"""What a wizard knows: the choices, what is wrong with them, and the cells that they give.

No widgets and no notebook here: the pages are views over a :class:`Session`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit import catalog, cells, data, hardware
from ftkit.data.stamps import stamp
from ftkit.errors import FtkitError, ModelError
from ftkit.fields import Choice, DataFacts, Machine
from ftkit.methods import METHODS
from ftkit.recipe import Resolved, resolve, rows_before
from ftkit.recipe.chain import adapter_before
from ftkit.recipe.measured import measured_step
from ftkit.recipe.needs import memory_needed
from ftkit.recipe.new_tokens import new_weights
from ftkit.recipe.overview import TYPICAL
from ftkit.recipe.resolve import longest_allowed
from ftkit.tasks import TASKS
from ftkit.tasks.multi_task import other_choices
from ftkit.wizards.choices import Choices
from ftkit.wizards.obstacles import model_obstacle
from ftkit.wizards.reckoning import first_records, rough_facts
from ftkit.wizards.runs import run_to_read

if TYPE_CHECKING:
    from ftkit.catalog import Found
    from ftkit.cells import Cell
    from ftkit.data import Inspection, Offered

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


class Session(Choices):
    """The choices of one wizard and all that follows from them.

    Parameters
    ----------
    presets
        The arguments of ``ftkit.wizard(…)`` after the step.
    machine
        What the automatic values are chosen for; this machine where None.

    Attributes
    ----------
    on_progress
        Told how far the reading of the data is: rows done, all of them where known, what is being done.
    ran
        Digests of the cells that this kernel has run, by step; they outlive the panel that ran them.
    """

    def __init__(self, presets: Mapping[str, Any] | None = None, *, machine: Machine | None = None) -> None:
        super().__init__(presets)
        self.on_progress: Callable[[int, int | None, str], None] | None = None
        self.ran: dict[str, str] = {}
        self._machine = machine
        self._known: dict[str, tuple[Any, Any]] = {}

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
        folder, limit = self._counted_with(), self.longest_allowed
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

    def _counted_with(self) -> Path | None:
        """The folder with the tokenizer that the examples are counted with; None where the model does not suit them."""
        return None if model_obstacle(self) else self.model_folder

    @property
    def facts(self) -> DataFacts:
        """Rows and tokens of the data. Raises DataError where it cannot be read.

        Until the model's tokenizer is on this machine the tokens are an estimate on the safe side.
        """
        choice, task = self.recipe.data, self.recipe.task.name
        folder, limit = self._counted_with(), self.longest_allowed
        others = other_choices(choice, self.recipe.task)
        stamps = [(other.source, stamp(other.source)) for other in others]
        key = (choice.model_dump_json(), stamp(choice.source), task, folder, limit, str(stamps))
        skipped = self.inspection.rows - self.inspection.usable

        def count() -> DataFacts:
            if folder is None:
                parts = data.load_parts(choice, task)
                data.check_trainable(parts)
                return rough_facts(parts, TASKS[task].form, skipped)
            facts = data.facts_of(choice, task, folder, max_length=limit, skipped=skipped)
            for other in others:
                facts = facts.together(data.facts_of(other, "sft", folder))
            return facts

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
            facts = TYPICAL
        shape, machine = self.found.shape, self.machine
        held_against = (self.recipe.parent, self.recipe.data)
        before = self._once("rows_before", held_against, lambda: rows_before(self.recipe))
        key = (self.recipe, facts, shape, machine, self.model_folder, before)
        return self._once(
            "resolved",
            key,
            lambda: resolve(self.recipe, machine, facts, shape, self._model_path(), self.offered(), before),
        )

    def _model_path(self) -> str:
        before = adapter_before(self.recipe)
        return before.base if before else catalog.in_cell(self.found)

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
        return self._once("cells", key, lambda: cells.write(resolved, inspection, self.offered()))

    def cell(self, step: str) -> Cell:
        """The cell of one step; call it only where :meth:`obstacles` names none for it."""
        if step == "rate":
            return cells.write_range_test(self.resolved, self.inspection)
        return self.cells[step]

    def offered(self) -> Offered | None:
        """The chat template for a model that has none."""
        try:
            kind = self.recipe.data.chat_template
            return data.offered_template(self.model_folder, kind) if self.model_folder else None
        except FtkitError:
            return None  # it has no end token either, which the data page says

    def trainable(self, method: str | None = None) -> int:
        """Exact number of parameters that train with the chosen technique, or with another one."""
        technique = METHODS[method or self.recipe.method.name]
        chosen = self.resolved.recipe.method
        settings = chosen if chosen.name == technique.id else technique.resolve(technique.settings())[0]
        recipe = self.recipe.model_copy(update={"method": settings})
        own = int(technique.trainable(settings, self.found.shape))
        return own + new_weights(recipe, self.offered(), self.found.shape)

    def weights(self) -> int:
        """Number of the model's weights with those that the chosen technique adds, a task's new head aside."""
        settings, shape = self.resolved.recipe.method, self.found.shape
        technique = METHODS[settings.name]
        added = technique.trainable(settings, shape) if technique.adapter else technique.adds(settings, shape)
        return int(shape.parameters + added)

    def memory(self) -> Choice:
        """How much memory the run will take at its peak, roughly, and what that is made of."""
        resolved = self.resolved
        recipe, training = resolved.recipe, resolved.recipe.training
        return memory_needed(
            TASKS[recipe.task.name],
            recipe.task,
            METHODS[recipe.method.name],
            recipe.method,
            resolved.shape,
            resolved.machine,
            longest=int(training.max_length),
            batch=training.batch_size,
            micro_batch=int(training.per_device_train_batch_size),
        )

    def step_seconds(self) -> Choice:
        """How long one step will take, roughly, and how that was reckoned."""
        resolved = self.resolved
        recipe = resolved.recipe
        if measured := self._measured_step():
            return measured
        return hardware.time_estimate(
            resolved.shape, recipe.method.name, resolved.machine, resolved.tokens_a_step
        )

    def _measured_step(self) -> Choice | None:
        run = run_to_read(self.recipe)
        if run is None:
            return None
        key = (self.recipe, run.name, stamp(str(run.path / "speed.jsonl")))
        made: Choice | None = self._once(
            "measured_step", key, lambda: measured_step(self.recipe, run, self.machine)
        )
        return made

    def seconds(self) -> Choice:
        """How long the training will take, roughly, and how that was reckoned."""
        step = self.step_seconds()
        return Choice(step.value * self.resolved.total_steps * WITH_EVALUATION, step.reason)
