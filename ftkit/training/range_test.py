"""``ftkit.find_learning_rate(trainer)``: raise the rate from tiny to far too large, look at the loss, put all back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder import RunFolder
from ftkit.runfolder.folder import LEARNING_RATE_TEST
from ftkit.training.random_numbers import RandomNumbers

SMOOTH = 0.7
"""How much of the curve before goes into each smoothed point."""

FIRST = 6
"""Losses whose mean is where the curve starts, and whose spread is the noise."""

FAR_ABOVE = 1.5
"""So many times the loss at the start means that the rate is far too large."""

NEARLY_ALL = 0.9
"""The share of the fall after which the curve counts as having reached its lowest part."""

BELOW = 8.0
"""The proposal is so many times smaller than the rate at which that is reached. Measured with LoRA on the starter model,
where 0.0005 to 0.001 works well: its curve gets there at 0.007 and rises again from 0.01 on."""


@dataclass(frozen=True)
class RangeTest:
    """What a learning-rate range test found.

    Attributes
    ----------
    rates, losses
        The rate of each step, and the training loss right after it, on a batch not seen before.
    smoothed
        The losses with less noise.
    proposed
        A rate to start with; None where the curve does not tell.
    reason
        Why, as a sentence or two.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...] = field(repr=False)
    proposed: float | None
    reason: str

    def __str__(self) -> str:
        return f"{headline(self.proposed)} {self.reason}"

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from ftkit.live.range_figure import range_figure
        from ftkit.live.stored import PLOTLY_MIME

        figure = range_figure(self.rates, self.losses, self.smoothed, self.proposed, str(self))
        return {PLOTLY_MIME: figure, "text/plain": str(self)}


def headline(proposed: float | None) -> str:
    """The result in a few words."""
    return f"Start with a learning rate of {proposed:g}." if proposed else "The curve does not tell."


def find_learning_rate(
    trainer: Any, run: str | Path | None = None, *, low: float = 1e-6, high: float = 1.0, steps: int = 60
) -> RangeTest:
    """Try learning rates from very small to far too large, and propose one.

    Each step takes the next batch with a rate a little higher than the one before, until the loss explodes. Then
    weights, optimizer, settings and random numbers are put back: a training after it starts from the untouched model,
    as if nothing had been tried.

    Parameters
    ----------
    trainer
        A ``Trainer`` of Transformers or TRL, built and not yet training.
    run
        The run, or the path of its folder, that the result is kept with; nothing is written where None.
    low, high
        The first and the last rate.
    steps
        How many batches at most.

    Returns
    -------
    RangeTest
        Its picture is drawn where a cell ends in it.

    Raises
    ------
    RunError
        Where the trainer has trained already, or its loss says nothing about the rate.
    """
    if trainer.state.global_step > 0:
        raise RunError(
            f"This trainer has trained already ({trainer.state.global_step} steps): a test would start from a tuned model.",
            "Run the cell that builds the trainer again.",
        )
    if hasattr(trainer, "reward_funcs") or not hasattr(trainer, "compute_loss"):
        raise RunError(
            "This trainer learns from rewards: its loss does not fall as it learns, so it says nothing about the rate.",
            "Start with the rate that the form chooses.",
        )
    if not 0 < low < high or steps < 2 * FIRST:
        raise RunError(
            f"From {low!r} to {high!r} in {steps!r} steps is no range.",
            f"Try 1e-6 to 1.0 in {10 * FIRST} steps.",
        )
    recorder = _recorder(low, high, steps)
    with _as_it_was(trainer), _settings_for(trainer, recorder, steps):
        trainer.train()
    result = read_curve(recorder.rates, recorder.losses)
    if run is not None:
        RunFolder(run).write_json(LEARNING_RATE_TEST, result.to_json())
    return result


def read_curve(rates: Sequence[float], losses: Sequence[float]) -> RangeTest:
    """Propose a rate from what was measured: pairs of rate and loss after the step that was taken with it."""
    measured = [(rate, loss) for rate, loss in zip(rates, losses, strict=True) if math.isfinite(loss)]
    tried, kept = [rate for rate, _ in measured], [loss for _, loss in measured]
    smooth = smoothed(kept)

    def found(proposed: float | None, reason: str) -> RangeTest:
        return RangeTest(tuple(tried), tuple(kept), tuple(smooth), proposed, reason)

    if len(kept) < 2 * FIRST:
        return found(None, "Too few steps had a loss that is a number: try a lower first rate.")
    start = sum(kept[:FIRST]) / FIRST
    noise = math.sqrt(sum((loss - start) ** 2 for loss in kept[:FIRST]) / (FIRST - 1))
    at = min(range(FIRST, len(smooth)), key=smooth.__getitem__)
    fall = start - smooth[at]
    if fall <= max(noise * (1 - SMOOTH), 0.01 * start):
        return found(
            None,
            "The loss falls nowhere by more than it wavers from batch to batch. Keep the rate that is chosen for you.",
        )
    reached = next(n for n in range(FIRST, len(smooth)) if smooth[n] <= start - NEARLY_ALL * fall)
    proposed = float(f"{tried[reached] / BELOW:.1g}")
    return found(
        proposed,
        f"The loss has nearly reached its lowest at a rate of about {tried[reached]:.1g}; higher ones soon take too "
        "large steps. An eighth of it learns quickly and leaves room.",
    )


def smoothed(values: Sequence[float]) -> list[float]:
    """Each value pulled towards those before it; the first ones weigh no more than the others."""
    total, found = 0.0, []
    for number, value in enumerate(values, 1):
        total = SMOOTH * total + (1 - SMOOTH) * value
        found.append(total / (1 - SMOOTH**number))
    return found


def _recorder(low: float, high: float, steps: int) -> Any:
    """A callback that sets each step's rate and notes the loss of the next one."""
    from transformers import TrainerCallback

    class Recorder(TrainerCallback):
        def __init__(self) -> None:
            self.rates: list[float] = []
            self.losses: list[float] = []
            self._rate = low
            self._shares: list[float] | None = None
            self._tell = _progress(steps)

        def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            groups = more["optimizer"].param_groups
            if self._shares is None:
                # Some techniques train a part faster than the rest: these ratios stay.
                self._shares = [group["lr"] / args.learning_rate for group in groups]
            self._rate = low * (high / low) ** (state.global_step / max(1, steps - 1))
            for group, share in zip(groups, self._shares, strict=True):
                group["lr"] = self._rate * share

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
            if not logs or "loss" not in logs:
                return
            loss = float(logs["loss"])
            # The loss of a step is measured before its update: it tells about the step before.
            if state.global_step > 1:
                self.losses.append(loss)
            if len(self.rates) < steps - 1:
                self.rates.append(self._rate)
            self._tell(state.global_step, self._rate, loss)
            first = self.losses[:FIRST]
            start = sum(first) / len(first) if first else loss
            if not math.isfinite(loss) or (len(self.losses) > FIRST and loss > FAR_ABOVE * start + 0.5):
                control.should_training_stop = True

        def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            self.rates = self.rates[: len(self.losses)]
            self._tell(0, self._rate, 0.0)

    return Recorder()


def _progress(steps: int) -> Callable[[int, float, float], None]:
    """Says how far the test is, on one line; step 0 takes the line away."""
    from IPython import get_ipython

    if get_ipython() is None:
        return lambda step, rate, loss: None
    from IPython.display import display

    handle: Any = display({"text/plain": f"Trying {steps} learning rates …"}, raw=True, display_id=True)

    def tell(step: int, rate: float, loss: float) -> None:
        text = (
            f"Step {step} of at most {steps}: learning rate {rate:.1e}, loss {loss:.3f}" if step else "Done."
        )
        handle.update({"text/plain": text}, raw=True)

    return tell


@contextmanager
def _as_it_was(trainer: Any) -> Iterator[None]:
    """Weights, optimizer, state and random numbers, put back however the test ends."""
    import copy

    import torch
    from transformers.trainer_callback import TrainerControl

    model = trainer.model
    random, training = RandomNumbers(), model.training
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    weights = {name: p.detach().clone() for name, p in trained.items()}
    buffers = {name: b.detach().clone() for name, b in model.named_buffers()}
    optimizer, scheduler, state = trainer.optimizer, trainer.lr_scheduler, copy.deepcopy(trainer.state)
    own = copy.deepcopy(optimizer.state_dict()) if optimizer is not None else None
    try:
        yield
    finally:
        with torch.no_grad():
            for name, parameter in trained.items():
                parameter.copy_(weights[name])
                parameter.grad = None
            for name, buffer in model.named_buffers():
                if name in buffers:
                    buffer.copy_(buffers[name])
        if optimizer is not None:
            optimizer.load_state_dict(own)
        trainer.optimizer, trainer.lr_scheduler, trainer.state = optimizer, scheduler, state
        trainer.control, trainer.model_wrapped = TrainerControl(), model
        trainer.is_in_train = False
        model.train(training)
        random.put_back()


@contextmanager
def _settings_for(trainer: Any, recorder: Any, steps: int) -> Iterator[None]:
    """The trainer set for a test: no evaluation, no checkpoint, no other callback."""
    from transformers.trainer_callback import DefaultFlowCallback

    wanted = {
        "max_steps": steps,
        "num_train_epochs": 1.0,
        "eval_strategy": "no",
        "eval_on_start": False,
        "save_strategy": "no",
        "load_best_model_at_end": False,
        "logging_strategy": "steps",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "lr_scheduler_type": "constant",
        "warmup_steps": 0,
        "disable_tqdm": True,
    }
    args, handler = trainer.args, trainer.callback_handler
    before = {name: getattr(args, name) for name in wanted}
    callbacks = list(handler.callbacks)
    for name, value in wanted.items():
        setattr(args, name, value)
    flow = [one for one in callbacks if isinstance(one, DefaultFlowCallback)]
    handler.callbacks = [*flow, recorder]
    try:
        yield
    finally:
        handler.callbacks = callbacks
        for name, value in before.items():
            setattr(args, name, value)
