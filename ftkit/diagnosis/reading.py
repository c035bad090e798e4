"""A history, measured once: what every check needs, so that none computes it twice."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ftkit.diagnosis.curves import Curve, Gap, curve_of
from ftkit.diagnosis.evidence import Evidence, number
from ftkit.diagnosis.held_out_rows import PerRow, rows_of
from ftkit.diagnosis.rise import Rise, chance_of_order, measure_rise
from ftkit.diagnosis.statistics import Difference, Floats, between, jitter, paired_difference, smoothed
from ftkit.diagnosis.trained_rows import TrainedRows, since_best
from ftkit.runfolder import History, better_when

# Fewer logged training losses than this say little about where the training rows are.
FEWEST_LOGGED = 12
# A change below this share of the loss is real perhaps, but not worth a word.
WORTH_MENTIONING = 0.01
# Less than this share of the whole gain is hardly any.
HARDLY = 0.05
MOST_LOOKS = 200
# By so many times what the curve shakes by the lowest of very many values may be low.
BY_LUCK = 5
# As means of so many are asked for their order: neighbours know of one another.
IN_A_ROW = 8
# By this share the loss on training rows fell on, where they are being learnt by heart.
LEARNT_ON = 0.2
# A rate has come down at this share of the highest so far, and is raised again at so many times that.
COME_DOWN, RAISED = 0.5, 1.2


class Reading:
    """A history with what can be measured in it.

    Parameters
    ----------
    history
        The series as recorded.
    ended
        Whether the run is over; unknown (``None``) is taken from the planned number of steps.
    looks
        How many times this run was looked at with an eye on stopping it; 1 for a look at the end.
    evidence
        What the run folder knows beside the curves.
    """

    def __init__(
        self,
        history: History,
        *,
        ended: bool | None = None,
        looks: int = 1,
        evidence: Evidence | None = None,
    ) -> None:
        self.history = history
        self.evidence = evidence or Evidence()
        self.looks = looks
        self.train = curve_of(history.train)
        self.eval = curve_of(history.eval)
        self.last_step = int(max([step for step, _ in [*history.train, *history.eval]], default=0))
        planned = history.total_steps or self.last_step
        self.total_steps = int(planned)
        self.ended = self.last_step >= planned if ended is None else ended

    @cached_property
    def alpha(self) -> float:
        """The chance of a false alarm one look may take so that all looks together stay near 5 %.

        Close to Pocock's boundary for as many equally spaced looks.
        """
        return 0.05 * float(np.clip(self.looks, 1, MOST_LOOKS)) ** (-2 / 3)

    @cached_property
    def epochs(self) -> float | None:
        """Epochs that the run went through so far, ``None`` where unknown."""
        total = self.history.epochs
        if not total or not self.total_steps:
            return None
        return float(total) * self.last_step / self.total_steps

    @cached_property
    def per_row(self) -> PerRow | None:
        """Evaluation losses of the rows seen at every evaluation, ``None`` with fewer than two of each."""
        return rows_of(self.history)

    @cached_property
    def base(self) -> float | None:
        """The evaluation loss of the untouched model, ``None`` where it is not known."""
        return self.history.base_loss

    @cached_property
    def eval_jitter(self) -> float:
        """Standard deviation of one evaluation's loss around the smooth course of the curve."""
        return jitter(*self.eval)

    @cached_property
    def eval_width(self) -> int:
        """How many neighbouring evaluations are averaged: 1 up to 24 of them, so that short runs stay sharp."""
        return max(1, len(self.eval) // 24 * 2 - 1)

    @cached_property
    def eval_smooth(self) -> Floats:
        """The evaluation curve as the checks see it."""
        return smoothed(self.eval.values, self.eval_width)

    @cached_property
    def best(self) -> int:
        """Index of the lowest evaluation, of the recorded values: the checkpoint that is kept."""
        return int(np.argmin(self.eval.values))

    @cached_property
    def best_step(self) -> int | None:
        """Step whose weights are worth keeping: by the metric that the trainer goes by, else by the loss or reward."""
        if self.history.rewarded:
            best = self.history.measure.best
            return None if best is None else int(best[0])
        return self.lowest_step if self.history.kept is None else self.history.kept.step

    @cached_property
    def lowest_step(self) -> int | None:
        """Step of the lowest evaluation loss."""
        return int(self.eval.steps[self.best]) if len(self.eval) else None

    @cached_property
    def best_loss(self) -> float:
        """The lowest evaluation loss."""
        return float(self.eval.values[self.best])

    @cached_property
    def as_good_step(self) -> int:
        """The first step whose evaluation was as good as the best: by nearly all of the gain, and within 1 %."""
        slack = min(WORTH_MENTIONING * abs(self.best_loss), HARDLY * max(self.gain, 0.0))
        step = int(self.eval.steps[int((self.eval.values <= self.best_loss + slack).argmax())])
        # What chooses the checkpoint did get better until there.
        return step if self.history.kept is None else max(step, self.history.kept.step)

    @cached_property
    def reference(self) -> float:
        """What the gain is counted from: the base, or the first evaluation where the base is not known."""
        return float(self.eval.values[0]) if self.base is None else self.base

    @cached_property
    def gain(self) -> float:
        """How far the best evaluation lies below the base (or below the first, where the base is not known)."""
        return self.reference - self.best_loss

    @cached_property
    def steadily_best(self) -> float:
        """The lowest evaluation loss; of many the lowest average over neighbours, where the lowest is so low that noise does it."""
        half = self.eval_width // 2
        averaged = float(self.eval_smooth[half : len(self.eval) - half].min())
        return averaged if averaged - self.best_loss <= BY_LUCK * self.eval_jitter else self.best_loss

    @cached_property
    def gain_interval(self) -> Difference | None:
        """The gain with its interval over the held-out rows, ``None`` without losses per row.

        Where no evaluation was better than the first, it is the (negative) gain of the last one.
        """
        rows = self.per_row
        if rows is None:
            return None
        start = rows.losses[0] if self.base is None else rows.base
        if start is None:
            return None
        best = int(np.argmin(rows.losses.sum(axis=1))) or len(rows.losses) - 1
        return paired_difference(start, rows.losses[best], rows.tokens)

    @cached_property
    def rise(self) -> Rise | None:
        """The end against the best; ``None`` while fewer than two evaluations follow the best one."""
        rows = self.per_row
        same = rows is not None and np.array_equal(rows.steps, self.eval.steps)
        by_row = (rows.losses, rows.tokens) if rows is not None and same else None
        return measure_rise(*self.eval, self.eval_smooth, self.eval_width, by_row, ended=self.ended)

    @cached_property
    def rise_by_chance(self) -> float:
        """How often chance alone would show such a rise; 1 where there is none.

        Which rows were held out and the shaking of the run have to be ruled out each by itself. Where the loss on the training
        rows fell on by a good part after the best evaluation, learning by heart is what is to be expected, and it is
        enough that both at once would be a rare accident (twice as rare, as there are two ways then to be convinced).
        """
        rise, trained = self.rise, self.trained_rows
        if rise is None:
            return 1.0
        learnt = trained is not None and trained.now < (1 - LEARNT_ON) * trained.then
        return min(rise.chance, 2 * rise.together) if learnt else rise.chance

    @cached_property
    def climb_by_chance(self) -> float:
        """How often evaluations without a trend stand in so rising an order as those after the lowest do.

        Of many, the means of neighbours are asked: they know less of one another than neighbours do.
        """
        after = self.eval.values[self.best + 1 :]
        width = max(self.eval_width, len(after) // IN_A_ROW)
        means = after[len(after) % width :].reshape(-1, width).mean(axis=1)
        return chance_of_order(means)

    @cached_property
    def gap(self) -> Gap | None:
        """What the run gained on the slice of training rows beyond the held-out rows; ``None`` where not measured twice."""
        rows, measured = self.per_row, self.history.train_slice_evaluations
        if rows is None:
            return None
        steps = [step for step in sorted(measured) if step in rows.steps]
        if len(steps) < 2:
            return None
        first, last = steps[0], steps[-1]
        ids = sorted(measured[first].keys() & measured[last].keys())
        before, after = (np.array([measured[step][row][0] for row in ids]) for step in (first, last))
        tokens = np.array([measured[first][row][1] for row in ids], dtype=np.float64)
        if len(ids) < 2 or not tokens.all() or not np.isfinite([before, after]).all():
            return None
        trained = paired_difference(after, before, tokens)
        place = np.searchsorted(rows.steps, (first, last))
        held_out = paired_difference(rows.losses[place[1]], rows.losses[place[0]], rows.tokens)
        return Gap(*between(held_out, trained), trained.value, held_out.value, first, last)

    @cached_property
    def ahead(self) -> float:
        """How far the loss on training rows lies below that on held-out ones at the end; 0 where nothing tells.

        The running loss is measured with dropout on, which makes it larger: the model is further ahead than this says.
        """
        if self.gap is not None:
            return self.gap.value
        if len(self.train) < FEWEST_LOGGED or not len(self.eval):
            return 0.0
        latest = self.train.values[-max(3, len(self.train) // 6) :]
        return float(self.eval.values[-1] - latest.mean())

    @cached_property
    def rates(self) -> Curve:
        """The learning rates as logged."""
        return curve_of(self.history.learning_rate)

    @cached_property
    def knows_the_rates(self) -> bool:
        """Whether learning rates were logged."""
        return len(self.rates) >= 3 and bool(self.rates.values.max() > 0)

    @cached_property
    def is_restarted(self) -> bool:
        """Whether the rate had come down by the lowest evaluation, and was raised again since (warm restarts).

        The loss then rises until the rate has come down once more: it tells nothing in between.
        """
        if not self.knows_the_rates or self.lowest_step is None:
            return False
        steps, rates = self.rates
        then, now = self.rates.at(self.lowest_step), float(rates[-1])
        highest = float(rates[steps <= self.lowest_step].max(initial=then))
        # At the start of a warm-up the rate may be nothing: it has not come down to that.
        return highest > 0 and then <= COME_DOWN * highest and now > RAISED * then

    @cached_property
    def learned(self) -> Curve:
        """Evaluation loss over the learning done: the sum of the learning rates up to each evaluation.

        A schedule that falls to zero flattens every curve. Against the sum of the rates a model that
        still learns keeps falling. Without recorded rates it is the evaluation loss over steps.
        """
        if not self.knows_the_rates:
            return Curve(self.eval.steps, self.eval_smooth)
        # Exact under the straight lines between the logged rates, so that the unit of a step makes no difference.
        grid = np.union1d(self.rates.steps, self.eval.steps)
        at = np.maximum(np.interp(grid, *self.rates), 0)
        done = np.concatenate([[0.0], np.cumsum((at[1:] + at[:-1]) / 2 * np.diff(grid))])
        return Curve(np.interp(self.eval.steps, grid, done), self.eval_smooth)

    @cached_property
    def train_width(self) -> int:
        """How many logged training losses are averaged: a twelfth of them."""
        return max(1, len(self.train) // 12 // 2 * 2 + 1)

    @cached_property
    def train_smooth(self) -> Floats:
        """The training curve as the checks see it."""
        return smoothed(self.train.values, self.train_width)

    @cached_property
    def train_jitter(self) -> float:
        """Standard deviation of one logged training loss around the smooth course of the curve."""
        return jitter(*self.train)

    @property
    def method(self) -> str | None:
        """``lora`` for any adapter of matrices, ``full`` where all weights train; ``None`` where unknown or else."""
        if not self.evidence.actual:
            return None
        adapter = self.evidence.fact("peft_config")
        if adapter is None:
            return "full"
        kind = adapter.get("peft_type") if isinstance(adapter, Mapping) else None
        return "lora" if str(kind).rpartition(".")[2].upper() in ("LORA", "ADALORA") else None

    @cached_property
    def metrics(self) -> list[str]:
        """Names of what was logged at the evaluations beside the loss and is known to be good or bad."""
        names = {key for row in self.history.rows for key in row if key.startswith("eval_")}
        return sorted(name for name in names - {"eval_loss", "eval_reward"} if better_when(name))

    def logged(self, name: str) -> Curve:
        """Any other series of the log by its name; empty where it was not logged."""
        found = ((row.get("step"), number(row.get(name))) for row in self.history.rows)
        return curve_of((step, value) for step, value in found if step is not None and value is not None)

    def train_near(self, step: float) -> float:
        """The mean of the logged training losses closest to a step (at least two, about a tenth of them)."""
        count = max(2, len(self.train) // 10)
        closest = np.argsort(np.abs(self.train.steps - step), kind="stable")[:count]
        return float(self.train.values[closest].mean())

    @cached_property
    def trained_rows(self) -> TrainedRows | None:
        """How the loss on rows that are trained on went since the best evaluation; ``None`` where nothing tells."""
        if not len(self.eval):
            return None
        best, last = float(self.eval.steps[self.best]), float(self.eval.steps[-1])
        return since_best(self.history, best, last, *self.train)


def planned_looks(history: History) -> int:
    """How many evaluations there will have been at the end, as far as the plan is known."""
    done = len(history.eval)
    if not history.total_steps or not history.last_step:
        return done
    return max(done, round(done * history.total_steps / history.last_step))
