"""What a run keeps of its evaluations: the losses of single rows, those of training rows, and the base's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.training import soft_prompt
from ftkit.training.clock import Clock
from ftkit.training.per_example import PerExample
from ftkit.training.record import Record
from ftkit.training.train_slice import TrainSlice


class Losses:
    """Writes down the rows of every evaluation, and measures what the trainer does not.

    Parameters
    ----------
    trainer
        About to train; not kept.
    model
        What trains.
    record
        Where the losses go.
    clock
        Counts what the measuring takes.
    steps, eval_steps
        Optimizer steps of the whole run, and between two evaluations; 0 for none.
    """

    def __init__(
        self, trainer: Any, model: Any, record: Record, clock: Clock, *, steps: int, eval_steps: int
    ) -> None:
        self._record, self._clock = record, clock
        self._rows = PerExample()
        self._rows.attach(model, trainer.eval_dataset)
        self._slice = TrainSlice(trainer, steps, eval_steps)

    @property
    def note(self) -> str:
        """Why there are no losses of single rows; empty where there are."""
        return self._rows.note

    def step_is_finite(self) -> bool:
        """Whether the losses since the last step are numbers."""
        return self._rows.step_is_finite()

    def base(self, trainer: Any) -> None:
        """Measure what an adapter has to beat that changes the answers from the start: the loss at step 0 is not the base's."""
        if trainer.args.eval_strategy == "no" or isinstance(trainer.eval_dataset, dict | None):
            return
        if not getattr(trainer, "loss_is_evaluated", True):
            return  # PPO's evaluations have no loss
        with self._clock.our_model_work():
            loss = soft_prompt.measured_base_loss(trainer)
        self._record.log(0, {"base_loss": loss})
        rows = self._rows.finish({"eval_loss": loss}, self._record.attempt, 0)
        if rows:
            self._record.evaluated([_renamed(row, "base_loss") for row in rows])

    def evaluated(self, step: int, metrics: Mapping[str, Any], trainer: Any, model: Any) -> None:
        """An evaluation is done: its rows, then the training rows where it is their turn."""
        rows = self._rows.finish(metrics, self._record.attempt, step)
        if rows:
            self._record.evaluated(rows)
            by_task = self._rows.by_task(rows)
            if by_task:
                self._record.log(step, {f"eval_{task}_loss": loss for task, loss in by_task.items()})
        if trainer is not None and self._slice.is_due(step):
            self._training_rows(step, trainer, model)

    def _training_rows(self, step: int, trainer: Any, model: Any) -> None:
        """The training rows in the same mode as the held-out ones."""
        with self._clock.measured():
            loss = self._slice.measure(trainer, model)
            rows = self._rows.finish({"eval_loss": loss}, self._record.attempt, step, self._slice.rows)
        self._record.log(step, {"train_slice_loss": loss})
        self._record.evaluated([_renamed(row, "train_slice_loss") for row in rows])

    def end(self) -> None:
        """Let go of the model and of the rows."""
        self._rows.detach()
        self._slice.forget()


def _renamed(row: dict[str, Any], name: str) -> dict[str, Any]:
    """A row's loss, under the name that says whose it is."""
    return {(name if key == "loss" else key): value for key, value in row.items()}
