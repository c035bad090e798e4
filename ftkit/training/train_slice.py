"""A fixed slice of the training rows, evaluated as the held-out rows are: a fair partner for the gap.

The running training loss is none: dropout is on, and the weights move while it is averaged. The slice is measured after
some of the evaluations only, so that all of it takes at most `SHARE` of what the training computes.
"""

from __future__ import annotations

import copy
from typing import Any

from ftkit.training.random_numbers import same_random_numbers

SHARE = 0.02
# A step computes a row forwards and backwards: at least twice what an evaluation of the row takes.
STEP_COSTS = 2
FEWEST_ROWS, MOST_ROWS = 8, 32
FEWEST_TIMES = 2
# Where trainers of TRL collect figures until the next row of the log.
_COLLECTED = ("_metrics", "_stored_metrics")


def plan(steps: int, batch: int, eval_steps: int, rows: int) -> tuple[int, tuple[int, ...]]:
    """How many rows the slice has, and after which steps it is measured; ``(0, ())`` where it would take too long.

    Parameters
    ----------
    steps, batch
        Optimizer steps of the whole run, and rows of each.
    eval_steps
        Steps between two evaluations.
    rows
        Training rows there are.
    """
    last = steps // eval_steps * eval_steps if eval_steps else 0
    room = int(SHARE * STEP_COSTS * steps * batch)
    if not last or room < FEWEST_TIMES * FEWEST_ROWS or rows < FEWEST_ROWS:
        return 0, ()
    evaluations = last // eval_steps + 1
    times = max(FEWEST_TIMES, min(evaluations, room // FEWEST_ROWS))
    size = min(MOST_ROWS, room // times, rows)
    places = {round(k * (evaluations - 1) / (times - 1)) for k in range(times)}
    return size, tuple(sorted(place * eval_steps for place in places))


class TrainSlice:
    """Measures the slice at the steps that are its own.

    Parameters
    ----------
    trainer
        About to train.
    steps
        Optimizer steps of the whole run.
    eval_steps
        Steps between two evaluations; 0 for none.
    """

    def __init__(self, trainer: Any, steps: int, eval_steps: int) -> None:
        self._rows: Any = None
        self._loader: Any = None
        data, args = trainer.train_dataset, trainer.args
        columns = getattr(data, "column_names", None) or []
        # Without token ids the trainer makes its own sequences; a loss of those is another matter.
        if "input_ids" not in columns or not hasattr(data, "select") or args.eval_strategy == "no":
            self._size, self._steps = 0, frozenset[int]()
            return
        batch = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        self._size, due = plan(steps, batch, eval_steps, len(data))
        self._steps = frozenset(due)
        if self._size:
            every = [round(k * (len(data) - 1) / (self._size - 1)) for k in range(self._size)]
            self._rows = data.select(sorted(set(every)))

    @property
    def rows(self) -> Any:
        """The training rows it is made of; ``None`` where there is no slice."""
        return self._rows

    def is_due(self, step: int) -> bool:
        """Whether it is measured after this step."""
        return step in self._steps

    def measure(self, trainer: Any, model: Any) -> float:
        """Its loss, averaged as the trainer averages the evaluation loss. Leaves no trace in the training."""
        from ftkit.comparison.identity import at_rest

        collected = {
            name: copy.deepcopy(getattr(trainer, name)) for name in _COLLECTED if hasattr(trainer, name)
        }
        total, count = 0.0, 0
        try:
            with same_random_numbers(), at_rest(model):
                if self._loader is None:
                    self._loader = trainer.get_eval_dataloader(self._rows)
                for inputs in self._loader:
                    loss, _, _ = trainer.prediction_step(model, inputs, prediction_loss_only=True)
                    size = len(next(iter(inputs.values())))
                    total, count = total + float(loss) * size, count + size
        finally:
            for name, value in collected.items():
                setattr(trainer, name, value)
        return total / count

    def forget(self) -> None:
        """Let go of the rows."""
        self._rows = self._loader = None
        self._steps = frozenset()
