"""The arguments of PPO, named as in the PPO trainer that TRL had."""

from __future__ import annotations

from dataclasses import dataclass, field

from transformers import TrainingArguments

from ftkit.errors import RunError


@dataclass
class PPOConfig(TrainingArguments):
    """Arguments of :class:`~ftkit.ppo.PPOTrainer`, beside those of Transformers' ``TrainingArguments``.

    One step of training answers ``per_device_train_batch_size × gradient_accumulation_steps`` prompts and learns from
    all of these answers; the first of the two numbers is how many are in memory at once.

    Parameters
    ----------
    max_completion_length
        Longest answer, in tokens.
    temperature
        How freely answers are drawn: 1 as likely as the model holds them, less is more careful.
    num_ppo_epochs
        How many times the policy learns from the same answers.
    num_mini_batches
        Into how many parts these are divided, each with an update of its own.
    kl_coef
        The price of moving away from the reference: per token, times how much likelier it has become.
    cliprange
        How much likelier or less likely than when it was drawn a token may become before it stops counting: 0.2 is 20 %.
    cliprange_value
        How far the value head may move from its first estimate in one step, in units of the reward.
    gamma
        What a reward one token later is worth. 1: an answer is judged as a whole.
    lam
        From 0 (each advantage trusts the value head) to 1 (each trusts what really came).
    missing_eos_penalty
        Taken off the reward of an answer that does not end by itself within ``max_completion_length`` tokens.
    value_learning_rate
        The learning rate of the value head. It is new and small, so it learns faster than the model.
    """

    max_completion_length: int = field(default=128, metadata={"help": "Longest answer, in tokens."})
    temperature: float = field(default=1.0, metadata={"help": "How freely answers are drawn."})
    num_ppo_epochs: int = field(default=4, metadata={"help": "Passes over the same answers."})
    num_mini_batches: int = field(default=1, metadata={"help": "Updates in each pass."})
    kl_coef: float = field(default=0.05, metadata={"help": "The price of moving away from the reference."})
    cliprange: float = field(default=0.2, metadata={"help": "Clip range of the policy."})
    cliprange_value: float = field(default=0.2, metadata={"help": "Clip range of the value head."})
    gamma: float = field(default=1.0, metadata={"help": "What a reward one token later is worth."})
    lam: float = field(default=0.95, metadata={"help": "Lambda of generalised advantage estimation."})
    missing_eos_penalty: float = field(
        default=0.0, metadata={"help": "Taken off the reward of an answer without an end."}
    )
    value_learning_rate: float = field(default=1e-3, metadata={"help": "Learning rate of the value head."})

    # The rewards may need any column, and the best model is the one that gets the most, not the one with the lowest loss.
    remove_unused_columns: bool = field(default=False, metadata={"help": "Leave all columns to the rewards."})
    metric_for_best_model: str | None = field(
        default="reward", metadata={"help": "What the best checkpoint has the most of."}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_completion_length", "num_ppo_epochs", "num_mini_batches"):
            if getattr(self, name) < 1:
                raise RunError(f"{name}={getattr(self, name)} will not do.", "It has to be 1 at least.")
        for name in ("temperature", "cliprange", "cliprange_value", "value_learning_rate"):
            if not getattr(self, name) > 0:
                raise RunError(f"{name}={getattr(self, name)} will not do.", "It has to be above 0.")
        if not self.kl_coef >= 0:
            raise RunError(f"kl_coef={self.kl_coef} will not do.", "It cannot be below 0.")
        for name in ("gamma", "lam"):
            if not 0 <= getattr(self, name) <= 1:
                raise RunError(f"{name}={getattr(self, name)} will not do.", "It lies between 0 and 1.")
        if self.world_size > 1 or self.n_gpu > 1:
            raise RunError(
                f"This PPO trainer uses one device and found {max(self.world_size, self.n_gpu)}.",
                "Restart the kernel and set os.environ['CUDA_VISIBLE_DEVICES'] = '0' before anything else.",
            )
        if self.fp16:
            raise RunError("This PPO trainer does not work with fp16=True.", "Take bf16=True, or neither.")
