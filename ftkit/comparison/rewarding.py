"""A run's reward model as a function that gives answers their numbers, after it proved that it is that model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ftkit.comparison.identity import check_same
from ftkit.comparison.judged import outputs
from ftkit.comparison.weights import Sides
from ftkit.errors import RunError
from ftkit.runfolder import RunFolder

Text = str | list[dict[str, str]]


class RewardModel:
    """Gives each answer the number that the run's model gives it; call it as TRL calls a reward function.

    Attributes
    ----------
    model
        The reward model, loaded for this alone; none of its weights trains.
    tokenizer
        Its own, from the run folder: it may be another than the one of the model that writes.
    tuned_difference
        How far its answers are from what it said at the end of its training, at most.
    """

    __name__ = "reward_model"  # under which TRL logs it

    def __init__(self, model: Any, tokenizer: Any, tuned_difference: float) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.tuned_difference = tuned_difference

    def __call__(self, prompts: Sequence[Text], completions: Sequence[Text], **more: Any) -> list[float]:
        """One number an answer.

        Parameters
        ----------
        prompts, completions
            Chat messages or plain texts; the answer is judged together with its prompt.
        more
            Whatever else the trainer hands over; it is not looked at.

        Raises
        ------
        RunError
            Where a number is none.
        """
        pairs = zip(prompts, completions, strict=True)
        asked = [self._tokens(prompt, completion) for prompt, completion in pairs]
        found = [
            float(numbers[0]) for numbers in outputs(self.model, self.tokenizer, asked, lambda done: None)
        ]
        if not all(map(math.isfinite, found)):
            raise RunError(
                "The reward model gave an answer a reward that is no number.",
                "Train the reward model again with a lower learning rate.",
            )
        return found

    def _tokens(self, prompt: Text, completion: Text) -> list[int]:
        """Prompt and answer in the form in which the reward model was trained on them."""
        if isinstance(prompt, str) or isinstance(completion, str):
            return list(self.tokenizer(f"{prompt}{completion}")["input_ids"])
        messages = [*prompt, *completion]
        encoded = self.tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True)
        return list(encoded["input_ids"])


def reward_model(run: str | Path) -> RewardModel:
    """Load the reward model that a run has trained.

    Parameters
    ----------
    run
        Name or folder of a finished run of the task ``reward``.

    Returns
    -------
    RewardModel
        A function ``(prompts, completions) → numbers``, for GRPO, RLOO and PPO. The weights are read from
        safetensors only.

    Raises
    ------
    RunError
        Where there is no such run, it trained something else, or has no result.
    IdentityError
        Where the model does not answer as it did at the end of its training.
    """
    import torch

    from ftkit.tasks.rewards import run_obstacle

    folder = RunFolder(run)
    if obstacle := run_obstacle(folder):
        raise RunError(obstacle.why, obstacle.remedy)
    sides = Sides(folder)
    tokenizer = sides.tokenizer()
    # Loading an adapter draws random numbers; the training's own go on as if nothing had been loaded.
    with torch.random.fork_rng():
        model = sides.fresh()
    model.config.pad_token_id = tokenizer.pad_token_id
    difference = check_same(model, tokenizer, folder.path / "tuned_logits.safetensors", "tuned")
    return RewardModel(model, tokenizer, difference)
