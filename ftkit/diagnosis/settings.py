"""How a run was set up, as far as its recipe or its log tell, and between which learning rates its technique works."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from ftkit.diagnosis.evidence import number
from ftkit.diagnosis.reading import Reading

# Where the rates of a technique end: above, training mostly breaks; below, nothing moves. As each technique says of itself
# (a test holds the two together); these here differ from LoRA's.
RATES = {
    "full": (1e-5, 1e-4),
    "adalora": (1e-4, 5e-3),
    "adapters": (1e-4, 3e-3),
    "bitfit": (1e-3, 1e-2),
    "freeze": (5e-5, 2e-3),
    "ia3": (3e-3, 5e-2),
    "norm-tuning": (1e-3, 2e-2),
    "oft": (5e-5, 5e-3),
    "p-tuning": (5e-4, 2e-2),
    "prefix-tuning": (1e-3, 1e-1),
    "prompt-tuning": (1e-2, 3e-1),
    "vera": (1e-3, 5e-2),
}
LORA_RATES = (1e-4, 2e-3)
_NEARLY_WHOLE = 0.05
HELD_OUT = ("validation", "valid", "val", "dev", "eval")
"""How files are called whose rows are held out."""


def usual_rates(method: str) -> tuple[float, float]:
    """From where to where learning rates of a technique mostly work."""
    return RATES.get(method, LORA_RATES)


class Settings:
    """The recipe of a run as a plain tree, with what the trainer really got where the recipe says ``auto``.

    Parameters
    ----------
    recipe
        The tree of ``recipe.yaml``, or ``None``.
    reading
        Tells the learning rate and the epochs where the recipe does not.
    """

    def __init__(self, recipe: Mapping[str, Any] | None, reading: Reading) -> None:
        self._recipe = recipe or {}
        self.reading = reading

    def get(self, path: str) -> Any:
        """The value at a dotted path, ``None`` where it is not known."""
        value: Any = self._recipe
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return None if value == "auto" else value

    def number(self, path: str) -> float | None:
        """The value where it is a number that a setting can have: a Trainer has -1 for no limit of steps."""
        value = self.get(path)
        known = number(value)
        return value if known is not None and 0 <= known < math.inf else None

    @property
    def is_bare(self) -> bool:
        """Whether no recipe is known: a history in memory, or of another tool."""
        return not self._recipe

    @property
    def method(self) -> str:
        """The id of the method; ``lora`` where unknown, as most runs are."""
        return str(self.get("method.name") or "lora")

    @property
    def knows_the_method(self) -> bool:
        """Whether anything says how the model was trained; a bare history does not."""
        return bool(self.get("method.name")) or self.reading.method is not None

    @property
    def rate(self) -> float | None:
        """The peak learning rate; where nobody says it, the highest one of the log."""
        if self._given_rate:
            return self._given_rate
        # Logs miss the peak itself by a little: two digits are as exact as it gets.
        return float(f"{max(self._logged_rates):.2g}") if self._logged_rates else None

    @property
    def rate_may_be_higher(self) -> bool:
        """Whether the peak is only known from a log that may have missed it: in one that shows it twice it stayed there."""
        logged = self._logged_rates
        return not self._given_rate and bool(logged) and logged.count(max(logged)) < 2

    @property
    def _given_rate(self) -> float | None:
        given = self.number("training.learning_rate")
        return given or number(self.reading.evidence.argument("learning_rate"))

    @property
    def _logged_rates(self) -> list[float]:
        logged = self.reading.history.learning_rate
        return [rate for _, rate in logged if math.isfinite(rate) and rate > 0]

    @property
    def warmup(self) -> float | None:
        """The warm-up, in steps or below 1 as a share; where nobody says it, the steps over which the logged rates rose."""
        given = self.number("training.warmup_steps")
        given = self.reading.history.warmup_steps if given is None else given
        if given is not None or not self.reading.knows_the_rates:
            return given
        steps, rates = self.reading.rates
        peak = int(rates.argmax())
        rose = peak > 0 and bool((np.diff(rates[: peak + 1]) > 0).all())
        return int(steps[peak]) if rose else None

    @property
    def warmup_share(self) -> float:
        """The warm-up as a share of the plan, 0 where none is known."""
        warmup = self.warmup or 0.0
        return warmup if warmup < 1 else warmup / max(1, self.reading.total_steps)

    @property
    def epochs(self) -> float | None:
        """Planned epochs."""
        given = self.number("training.num_train_epochs")
        if given:
            return float(given)
        logged = self.reading.history.epochs
        if not logged:
            return None
        return float(round(logged)) if self._counts_whole_epochs else float(logged)

    @property
    def _counts_whole_epochs(self) -> bool:
        """Whether the logged epochs end with a whole one, as good as: the trainer counts batches."""
        logged = self.reading.history.epochs or 0.0
        return round(logged) >= 1 and abs(logged - round(logged)) <= _NEARLY_WHOLE

    @property
    def epochs_before_the_stop(self) -> float | None:
        """Epochs that were done where the run was ended well before its plan; ``None`` where it was not."""
        if self.epochs is None or not self.was_stopped:
            return None
        return self.epochs * self.reading.last_step / self.reading.total_steps

    @property
    def was_stopped(self) -> bool:
        """Whether the run was ended well before its plan."""
        reading = self.reading
        return reading.ended and 0 < reading.last_step < 0.8 * reading.total_steps

    @property
    def misses_evaluations(self) -> bool:
        """Whether evaluations were asked for and not one came; a run made with a recipe is evaluated unless its cell says no."""
        history = self.reading.history
        if history.eval or any(key.startswith("eval_") for row in history.rows for key in row):
            return False
        asked = self.reading.evidence.argument("eval_strategy")
        if asked is None:
            return self.number("data.validation_share") is not None
        return str(asked).rpartition(".")[2].lower() != "no"

    @property
    def has_own_validation_part(self) -> bool:
        """Whether the held-out rows are a file of the data's own: then no share is taken of the others."""
        source, files = self.get("data.source"), self.reading.evidence.fact("data_files")
        if not isinstance(source, str) or not isinstance(files, Mapping):
            return False
        read = [PurePath(file) for file in files]
        return any(file.parent == PurePath(source) and file.stem.startswith(HELD_OUT) for file in read)

    @property
    def steps(self) -> int:
        """How many steps the run takes, whoever decided that: what a limit of steps is changed from."""
        return self.max_steps or self.reading.total_steps

    @property
    def max_steps(self) -> int | None:
        """The planned number of steps where steps, not epochs, end the run."""
        given = self.number("training.max_steps")
        unsaid = not given and self.number("training.num_train_epochs") is None and self.epochs is not None
        if unsaid and not self._counts_whole_epochs:
            # Nobody plans a fifth of an epoch without saying so, or 12.2 of them: the steps ended it.
            given = self.reading.total_steps
        return int(given) if given else None
