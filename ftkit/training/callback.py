"""The one callback that a trainer gets: it passes events on and counts what that costs."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from ftkit.training.following import Following


class FollowCallback(TrainerCallback):
    """Tells a :class:`~ftkit.training.following.Following` what the trainer does."""

    def __init__(self, following: Following) -> None:
        self.following = following

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Before the first step."""
        with self.following.clock.our_code():
            self.following.begin(state, kwargs["model"], kwargs["processing_class"])

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A step starts."""
        self.following.speed.step_begins()

    def on_substep_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A micro-batch is done, the step is not."""
        with self.following.clock.our_code():
            self.following.between_batches()

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The gradients are there, the weights are as before."""
        with self.following.clock.our_code():
            self.following.check_loss()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """The weights have changed."""
        with self.following.clock.our_code():
            self.following.step_ended(state, control, kwargs["model"], kwargs["processing_class"])
        return control

    def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """One batch of an evaluation is done."""
        if self.following.active:
            with self.following.clock.our_code():
                self.following.between_batches()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """The trainer has numbers."""
        if self.following.active:
            with self.following.clock.our_code():
                self.following.logged(int(state.global_step), dict(logs or {}))

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> Any:
        """An evaluation is done."""
        if self.following.active:
            with self.following.clock.our_code():
                self.following.evaluated(
                    int(state.global_step), dict(metrics or {}), kwargs["model"], control
                )
        return control

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A checkpoint has been written."""
        if self.following.active:
            with self.following.clock.our_code():
                self.following.saved(int(state.global_step), kwargs["model"])

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The best weights are loaded by now, where the cell asks for that."""
        with self.following.clock.our_code():
            self.following.finish(state, kwargs["model"], kwargs["processing_class"])
