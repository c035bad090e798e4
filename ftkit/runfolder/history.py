"""A run's curve, from wherever it comes: a run folder, a Trainer's state, or plain lists."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder.attempts import counting, starts_of
from ftkit.runfolder.evaluation_sets import add_mean_loss
from ftkit.runfolder.figures import as_number as _number
from ftkit.runfolder.figures import as_step as _step
from ftkit.runfolder.figures import shortened as _short
from ftkit.runfolder.folder import RunFolder
from ftkit.runfolder.json_file import FORMS, STATE_FILE, load_json
from ftkit.runfolder.measure import Measure, Points, at_start
from ftkit.runfolder.metric_names import better_when
from ftkit.runfolder.metrics import Kept, kept_by
from ftkit.runfolder.series import rows_of
from ftkit.runfolder.trainer_log import epochs_of, read_log, state_of, usable_epochs
from ftkit.runfolder.whereabouts import whereabouts

# A row of one kind replaces an earlier row of that kind at the same step, not one of another kind.
_KINDS = ("base_loss", "train_slice_loss", "eval_loss", "loss", "train_loss")
_SERIES = {
    "loss": "train",
    "eval_loss": "eval",
    "learning_rate": "learning_rate",
    "grad_norm": "grad_norm",
    "train_slice_loss": "train_slice",
    "reward": "reward",
    "eval_reward": "eval_reward",
}


@dataclass
class History:
    """Losses over steps. Reading is forgiving, and says in `problems` what it could not use.

    Attributes
    ----------
    train, eval
        Pairs of step and mean loss, by rising step; NaN and infinities are kept.
    learning_rate, grad_norm
        Pairs of step and value.
    reward, eval_reward
        Pairs of step and mean reward, of a run that learns from rewards.
    evaluations
        Per step and held-out row: summed loss in nats, number of tokens.
    clusters
        Held-out rows that belong together (one conversation, nearly the same question): row → name of its group.
    sure, train_slice_sure
        Per step and row: how many of its tokens the model gave more than half of the probability.
    train_slice, train_slice_evaluations
        Loss of a fixed slice of the training rows, measured as the held-out rows are; in all, and per row.
    measured_base, base_evaluations
        The base's own evaluation loss, in all and per held-out row, where it was measured apart because the run
        does not start as the base (a soft prompt changes the answers before the first step).
    total_steps, warmup_steps, epochs
        What was planned; None where it is not known.
    metric_for_best_model, greater_is_better
        By what the trainer chooses the checkpoint that it keeps, as in its arguments; None where it is not known.
    kept_step
        The step of the best checkpoint by that metric, where the trainer itself says it.
    ended
        Whether the trainer says that the run is over; None where it does not say.
    rows
        The rows themselves, keys as in Trainer's ``log_history``.
    problems
        One sentence for each row or line that could not be used.
    """

    train: Points = field(default_factory=list)
    eval: Points = field(default_factory=list)
    learning_rate: Points = field(default_factory=list)
    grad_norm: Points = field(default_factory=list)
    reward: Points = field(default_factory=list)
    eval_reward: Points = field(default_factory=list)
    evaluations: dict[int, dict[str, tuple[float, int]]] = field(default_factory=dict)
    clusters: dict[str, str] = field(default_factory=dict)
    sure: dict[int, dict[str, int]] = field(default_factory=dict)
    train_slice_sure: dict[int, dict[str, int]] = field(default_factory=dict)
    train_slice: Points = field(default_factory=list)
    train_slice_evaluations: dict[int, dict[str, tuple[float, int]]] = field(default_factory=dict)
    measured_base: float | None = None
    base_evaluations: dict[str, tuple[float, int]] = field(default_factory=dict)
    total_steps: int | None = None
    warmup_steps: int | None = None
    epochs: float | None = None
    metric_for_best_model: str | None = None
    greater_is_better: bool | None = None
    kept_step: int | None = None
    ended: bool | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def until(self, step: int) -> History:
        """The same as it stood after a step: series and evaluations up to it, plan and base as they are."""

        def cut(value: Any) -> Any:
            if isinstance(value, list):
                return [point for point in value if point[0] <= step]
            return {at: rows for at, rows in value.items() if at <= step}

        names = {*_SERIES.values(), "evaluations", "sure", "train_slice_sure", "train_slice_evaluations"}
        rows = [row for row in self.rows if (_step(row.get("step")) or 0) <= step]
        made = replace(self, rows=rows, **{name: cut(getattr(self, name)) for name in names})
        # What the trainer said at the end it had not said yet.
        made.kept_step = self.kept_step if self.kept_step is None or self.kept_step <= step else None
        made.ended = self.ended if step >= self.last_step else None
        return made

    @property
    def last_step(self) -> int:
        """The latest step that anything is known about; 0 before the first."""
        return max((points[-1][0] for points in (self.train, self.eval) if points), default=0)

    @property
    def rewarded(self) -> bool:
        """Whether the model learns from rewards: then its loss says nothing about how good it is."""
        return bool(self.reward or self.eval_reward)

    @property
    def measure(self) -> Measure:
        """What tells how good the model is. One definition for verdict, chart, texts and tables."""
        if not self.rewarded:
            return Measure("loss", self.train, self.eval, False, self.base_loss, self.kept)
        # Where the base's loss was measured apart, the model at step 0 is not the base.
        base = at_start(self.eval_reward) if self.measured_base is None else None
        reward, held_out = (
            [(s, v) for s, v in p if math.isfinite(v)] for p in (self.reward, self.eval_reward)
        )
        return Measure("reward", reward, held_out, True, base)

    @property
    def kept(self) -> Kept | None:
        """The evaluation that is kept where the trainer chooses it by a metric of the task; None where by the loss.

        The direction is the trainer's own; where that is not known, the metric's name tells.
        """
        name = (self.metric_for_best_model or "loss").removeprefix("eval_")
        if name == "loss" or self.rewarded:
            return None
        points = [point for point in self.metric(name)[1] if math.isfinite(point[1])]
        # What was measured before the first step is the base: no checkpoint holds it.
        points = [point for point in points if point[0] > 0] or points
        if not points:
            return None
        higher = self.greater_is_better
        if higher is None:
            higher = better_when(name) != "lower"
        said = [point for point in points if point[0] == self.kept_step]
        step, value = (max if higher else min)(said or points, key=lambda point: point[1])
        return Kept(f"eval_{name}", step, value, higher)

    @property
    def base_loss(self) -> float | None:
        """The evaluation loss of the untouched base: measured apart, or else the one at step 0; None without either.

        One definition for verdict, chart, texts and tables. A run that learns from rewards has none: see `measure`.
        """
        if self.rewarded:
            return None
        return at_start(self.eval, self.train) if self.measured_base is None else self.measured_base

    def metric(self, key: str) -> tuple[Points, Points]:
        """What a task's trainer logged besides the loss: pairs of step and value, from training and from evaluations.

        Parameters
        ----------
        key
            As in ``log_history``, without ``eval_``. What is no number there is passed over.
        """
        found: tuple[Points, Points] = ([], [])
        for points, name in zip(found, (key, f"eval_{key}"), strict=True):
            for row in self.rows:
                step, value = _step(row.get("step")), _number(row.get(name))
                if step is None or value is None:
                    continue
                if points and points[-1][0] == step:
                    points[-1] = (step, value)
                else:
                    points.append((step, value))
        return found

    def add(self, row: Mapping[str, Any]) -> None:
        """Add one row while a run goes on; steps may only rise."""
        step = _step(row.get("step"))
        if step is None:
            self.problems.append(f"a row without a usable step: {_short(row)}")
            return
        self.rows.append(dict(row))
        if "base_loss" in row:
            base = _number(row["base_loss"])
            if base is None or not math.isfinite(base):
                self.problems.append(f"base_loss at step {step} is no number: {_short(row['base_loss'])}")
            else:
                self.measured_base = base
        for key, name in _SERIES.items():
            if key not in row:
                continue
            value = _number(row[key])
            if value is None:
                self.problems.append(f"{key} at step {step} is no number: {_short(row[key])}")
                continue
            points: Points = getattr(self, name)
            if points and points[-1][0] == step:
                points[-1] = (step, value)
            else:
                points.append((step, value))

    def add_evaluations(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add per-row losses of one or more evaluations.

        ``base_loss`` in place of ``loss`` is the base's own, ``train_slice_loss`` that of a row it trains on.
        """
        for row in rows:
            of_base, of_slice = "base_loss" in row, "train_slice_loss" in row
            loss = _number(row.get("base_loss" if of_base else "train_slice_loss" if of_slice else "loss"))
            step, tokens = _step(row.get("step")), _step(row.get("tokens"))
            if step is None or loss is None or tokens is None or not isinstance(row.get("row"), str):
                self.problems.append(f"an evaluated row that cannot be used: {_short(row)}")
            elif of_base:
                self.base_evaluations[row["row"]] = (loss, tokens)
            elif of_slice:
                self.train_slice_evaluations.setdefault(step, {})[row["row"]] = (loss, tokens)
                _note_sure(self.train_slice_sure, step, row)
            else:
                if isinstance(row.get("cluster"), str):
                    self.clusters[row["row"]] = row["cluster"]
                self.evaluations.setdefault(step, {})[row["row"]] = (loss, tokens)
                _note_sure(self.sure, step, row)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]], **planned: Any) -> History:
        """From rows with ``step``: sorted, the last row of a kind at a step counts.

        Rows with neither loss are put together: evaluations on several data sets log one each.
        """
        found = cls(**planned)
        latest: dict[tuple[int, str], dict[str, Any]] = {}
        for row in rows:
            step = _step(row.get("step")) if isinstance(row, Mapping) else None
            if step is None:
                found.problems.append(f"a row without a usable step: {_short(row)}")
                continue
            kind = next((name for name in _KINDS if name in row), "other")
            earlier = latest.pop((step, kind), None)
            latest[(step, kind)] = {**earlier, **row} if earlier and kind == "other" else dict(row)
        add_mean_loss(latest.values(), found.problems)
        for _, row in sorted(latest.items(), key=lambda item: item[0][0]):
            found.add(row)
        return found

    @classmethod
    def from_run(cls, run: str | Path | RunFolder) -> History:
        """From a run folder: what counts of all its attempts, as if it had been one.

        Raises
        ------
        RunError
            Where there is no such run.
        """
        folder = run if isinstance(run, RunFolder) else RunFolder(run)
        if not (folder.path / "metrics.jsonl").exists() and not folder.exists():
            raise RunError(f"There is no run {str(folder.path)!r}.", whereabouts())
        problems: list[str] = []
        starts = starts_of(folder, problems)
        rows = list(counting(folder.path / "metrics.jsonl", starts, problems))
        evaluated = counting(folder.path / "evaluations.jsonl", starts, problems)
        planned: dict[str, Any] = {}
        try:
            actual = folder.actual()
            total = _step(actual.get("total_steps"))
            planned = {
                "total_steps": total,
                "warmup_steps": _step(actual.get("warmup_steps")),
                # Where steps end a run the trainer rounds its epochs up: the logged ones tell.
                "epochs": epochs_of(
                    [row for row in rows if isinstance(row, dict)], actual.get("epochs"), total
                ),
                **kept_by(actual.get("arguments")),
            }
        except RunError as error:
            problems.append(str(error))
        found = cls.from_rows(rows, **planned)
        found.add_evaluations(evaluated)
        found.problems[:0] = problems
        return found

    @classmethod
    def from_trainer_state(cls, state: Any) -> History:
        """From a Trainer's own state.

        Parameters
        ----------
        state
            A Trainer, its ``state`` (the object or a dict of it), the list ``log_history``, or the path of a
            ``trainer_state.json`` or of a checkpoint folder.

        Raises
        ------
        RunError
            Where it is no trainer state.
        """
        if isinstance(state, str | Path):
            path = Path(state)
            if path.is_dir():
                path = path / STATE_FILE
            if not path.is_file():
                raise RunError(f"There is no file {str(path)!r}.", f"Give the path of a {STATE_FILE}.")
            state = load_json(path)
        rows, known, problems = read_log(state_of(state) or {})
        found = cls.from_rows(rows, **known)
        found.problems[:0] = problems
        return found

    @classmethod
    def from_series(cls, series: Mapping[str, Any]) -> History:
        """From plain data: ``{"train": [...], "eval": [...], "total_steps": 100, …}``.

        Each series is a list of losses (steps 1, 2, 3 … for ``train``; for ``eval``, too, where there are as many of them, else
        0, 1, 2 …, as a model can be evaluated before the first step), a list of (step, loss) pairs, or a mapping from step to loss; arrays of numpy and series of pandas (with the steps as
        index) are read like them. Metrics such as ``eval_accuracy`` are read beside them. What Keras calls ``loss``
        and ``val_loss`` counts from 1.

        Raises
        ------
        RunError
            Where a series is none of these.
        """
        if not isinstance(series, Mapping):
            raise RunError(f"{_short(series)} holds no series.", FORMS)
        problems: list[str] = []
        found = cls.from_rows(
            rows_of(series, problems),
            total_steps=_step(series.get("total_steps")),
            warmup_steps=_step(series.get("warmup_steps")),
            epochs=usable_epochs(series.get("epochs")),
            **kept_by(series),
        )
        found.problems[:0] = problems
        return found


def _note_sure(noted: dict[int, dict[str, int]], step: int, row: Mapping[str, Any]) -> None:
    sure = _step(row.get("sure"))
    if sure is not None:
        noted.setdefault(step, {})[row["row"]] = sure
