"""The PPO trainer: Transformers' ``Trainer`` whose step draws answers, judges them and learns from them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer, set_seed
from transformers.trainer_utils import EvalLoopOutput

from ftkit.adapters.either import base_of
from ftkit.errors import RunError
from ftkit.ppo.advantages import (
    explained_variance,
    generalised_advantages,
    token_rewards,
    whiten,
)
from ftkit.ppo.config import PPOConfig
from ftkit.ppo.figures import earned, figures
from ftkit.ppo.losses import policy_losses, value_losses
from ftkit.ppo.reference import Reference
from ftkit.ppo.rollout import Rollout, draw, entropy, of_tokens, pad_token, prompt_batch, read
from ftkit.ppo.scoring import RewardFunction, score
from ftkit.ppo.value_head import ValueHead


class PPOTrainer(Trainer):
    """Trains a language model to get more reward.

    Parameters
    ----------
    model
        The model that writes, as it is before training: it is also the reference.
    args
        A :class:`~ftkit.ppo.PPOConfig`.
    reward_funcs
        A function ``reward(prompts, completions, **more)`` that returns one number an answer, or several whose numbers
        are added up.
    train_dataset, eval_dataset
        Rows with a ``prompt``: a text, or a list of messages. Their other columns go to the reward functions.
    processing_class
        The tokenizer.
    peft_config
        Puts a fresh adapter on the model, which alone trains.
    callbacks, optimizers
        As in Transformers' ``Trainer``.
    """

    args: PPOConfig
    processing_class: Any
    optimizer: Any

    loss_is_evaluated = False
    """An evaluation answers the held-out prompts: its figures are rewards, and there is no loss."""

    def __init__(
        self,
        model: Any,
        args: PPOConfig,
        reward_funcs: RewardFunction | Sequence[RewardFunction],
        train_dataset: Any = None,
        eval_dataset: Any = None,
        processing_class: Any = None,
        peft_config: Any = None,
        callbacks: list[Any] | None = None,
        optimizers: tuple[Any, Any] = (None, None),
    ) -> None:
        set_seed(args.seed)  # before the adapter, whose weights begin at random
        if peft_config is not None:
            from peft import get_peft_model

            model = get_peft_model(model, peft_config)
        if args.activation_checkpointing and hasattr(model, "peft_config"):
            model.enable_input_require_grads()
        _switch_dropout_off(model)
        super().__init__(
            model=model,
            args=args,
            data_collator=_rows_as_they_are,
            train_dataset=train_dataset,
            eval_dataset=eval_dataset,
            processing_class=processing_class,
            callbacks=callbacks,
            optimizers=optimizers,
        )
        self.reward_funcs = [reward_funcs] if callable(reward_funcs) else list(reward_funcs)
        self._reference: Reference | None = None
        hidden_size = base_of(self.model).config.get_text_config().hidden_size
        self.value_head = ValueHead(hidden_size).to(args.device)
        self._ends = _end_tokens(base_of(self.model), processing_class)
        self._rows: list[dict[str, Any]] = []
        self._metrics: dict[str, list[float]] = defaultdict(list)
        self._tokens = 0

    @property
    def reference(self) -> Reference:
        """The model as it is when training begins (an adapter may still be given its start after this trainer is built)."""
        if self._reference is None:
            self._reference = Reference(self.model)
        return self._reference

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """Train; the reference is what the model is now, before a checkpoint to resume from is loaded."""
        self._reference = self.reference
        return super().train(*args, **kwargs)

    # -- one step of training ---------------------------------------------------------------------------

    def get_batch_samples(self, *args: Any, **kwargs: Any) -> Any:
        """The pieces of the next batch; with them a new step begins."""
        self._rows = []
        return super().get_batch_samples(*args, **kwargs)

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Tensor:
        """Wait for the whole batch; then answer its prompts and learn from the answers."""
        self._rows += inputs["rows"]
        if not self.accelerator.sync_gradients:
            return torch.zeros((), device=self.args.device)
        rollout = self.roll_out(model, self._rows)
        self._collect(figures(rollout, self.args))
        self._tokens += int(rollout.prompt_mask.sum() + rollout.mask.sum())
        return self.improve(model, rollout)

    @torch.no_grad()
    def roll_out(self, model: Any, rows: list[dict[str, Any]]) -> Rollout:
        """Draw an answer to each prompt, and note what policy, reference, value head and rewards say about it."""
        args, tokenizer = self.args, self.processing_class
        prompts = prompt_batch(tokenizer, rows, args.device)
        model.eval()
        with self.accelerator.autocast():
            ids, mask, ended = draw(
                self.accelerator.unwrap_model(model),
                *prompts,
                longest=args.max_completion_length,
                temperature=args.temperature,
                ends=self._ends,
                pad=pad_token(tokenizer),
            )
            # All answers are written at once, which saves time; they are read in pieces, which saves memory.
            pieces = zip(
                *(part.split(args.per_device_train_batch_size) for part in (*prompts, ids, mask)), strict=True
            )
            said = [self._what_is_said(model, *piece) for piece in pieces]
        kept = [row[row_mask.bool()].tolist() for row, row_mask in zip(ids, mask, strict=True)]
        texts = tokenizer.batch_decode(kept, skip_special_tokens=True)
        scores = score(self.reward_funcs, rows, texts, kept)
        logps, reference_logps, values, entropies = (
            torch.cat(kind) * mask for kind in zip(*said, strict=True)
        )
        return Rollout(
            prompt_ids=prompts[0],
            prompt_mask=prompts[1],
            ids=ids,
            mask=mask,
            logps=logps,
            reference_logps=reference_logps,
            values=values,
            entropies=entropies,
            scores=torch.tensor(scores, dtype=torch.float32, device=ids.device),
            ended=ended,
        )

    def _what_is_said(
        self, model: Any, prompt_ids: Tensor, prompt_mask: Tensor, ids: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log-probabilities in policy and reference, values and entropies of the tokens of some answers."""
        answers = prompt_ids, prompt_mask, ids, mask
        log_probabilities, hidden = read(model, *answers, self.args.temperature)
        with self.reference.model() as reference:
            in_reference, _ = read(reference, *answers, self.args.temperature)
        return (
            of_tokens(log_probabilities, ids),
            of_tokens(in_reference, ids),
            self.value_head(hidden),
            entropy(log_probabilities),
        )

    def improve(self, model: Any, rollout: Rollout) -> Tensor:
        """Learn from the answers, several times over; returns the mean loss.

        The last update is left to Transformers' ``Trainer``, which then also moves the learning rate on.
        """
        args = self.args
        rewards = token_rewards(
            earned(rollout, args), rollout.logps, rollout.reference_logps, rollout.mask, args.kl_coef
        )
        advantages, returns = generalised_advantages(
            rewards, rollout.values, rollout.mask, args.gamma, args.lam
        )
        self._collect({"explained_variance": explained_variance(rollout.values, returns, rollout.mask)})
        advantages = whiten(advantages, rollout.mask)

        model.train()
        size = math.ceil(len(rollout) / args.num_mini_batches)
        updates = [
            chosen
            for _ in range(args.num_ppo_epochs)
            for chosen in torch.randperm(len(rollout)).to(args.device).split(size)
        ]
        losses = []
        for number, chosen in enumerate(updates, start=1):
            self.optimizer.zero_grad()
            losses.append(self._update(model, rollout, advantages, returns, chosen))
            if number < len(updates):
                if args.max_grad_norm > 0:
                    self.accelerator.clip_grad_norm_(model.parameters(), args.max_grad_norm)
                self.optimizer.step()
        return torch.tensor(sum(losses) / len(losses), device=args.device)

    def _update(
        self, model: Any, rollout: Rollout, advantages: Tensor, returns: Tensor, chosen: Tensor
    ) -> float:
        """The gradients of one mini-batch, a piece at a time; returns its loss."""
        args = self.args
        tokens = rollout.mask[chosen].sum()
        totals = torch.zeros(3, device=args.device)
        for rows in chosen.split(args.per_device_train_batch_size):
            piece = rollout.select(rows)
            with self.accelerator.autocast():
                log_probabilities, hidden = read(
                    model, piece.prompt_ids, piece.prompt_mask, piece.ids, piece.mask, args.temperature
                )
            of_policy, clipped = policy_losses(
                of_tokens(log_probabilities, piece.ids) * piece.mask,
                piece.logps,
                advantages[rows],
                args.cliprange,
            )
            of_values = value_losses(
                self.value_head(hidden) * piece.mask, piece.values, returns[rows], args.cliprange_value
            )
            # The value head reads the model without moving it, so that one backward pass serves both.
            sums = [(kind * piece.mask).sum() / tokens for kind in (of_policy, of_values, clipped)]
            self.accelerator.backward(sums[0] + sums[1])
            totals += torch.stack([one.detach().float() for one in sums])
        policy_loss, value_loss, clip_fraction = totals.tolist()
        if not math.isfinite(policy_loss + value_loss):
            raise RunError(
                f"The loss became not-a-number at step {self.state.global_step + 1}, so the training was stopped.",
                f"Most often the learning rate is too high: try {args.learning_rate / 3:.1g} instead of "
                f"{args.learning_rate:g}, or rewards that are not so large.",
            )
        self._collect({"value_loss": value_loss, "clip_fraction": clip_fraction})
        return policy_loss + value_loss

    # -- figures ------------------------------------------------------------------------------------------

    def _collect(self, found: dict[str, float]) -> None:
        for name, value in found.items():
            if math.isfinite(value):
                self._metrics[name].append(value)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the figures of the steps since the last training row to the next one."""
        if "loss" in logs:
            logs = {**logs, **{name: sum(values) / len(values) for name, values in self._metrics.items()}}
            logs["num_tokens"] = self._tokens
            self._metrics.clear()
        super().log(logs, start_time)

    def evaluation_loop(
        self,
        dataloader: Any,
        description: str,
        prediction_loss_only: bool | None = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> EvalLoopOutput:
        """Answer the held-out prompts, drawn with the same random numbers each time; nothing of training is moved."""
        cards = [self.args.device] if self.args.device.type == "cuda" else []
        pieces = []
        with torch.random.fork_rng(devices=cards):
            torch.manual_seed(self.args.seed)
            for inputs in dataloader:
                pieces.append(self.roll_out(self.model, inputs["rows"]))
                self.control = self.callback_handler.on_prediction_step(self.args, self.state, self.control)
        found = figures(Rollout.joined(pieces), self.args)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in found.items()}
        rows = sum(len(piece) for piece in pieces)
        nothing: Any = None
        return EvalLoopOutput(predictions=nothing, label_ids=None, metrics=metrics, num_samples=rows)

    # -- the value head beside the model ----------------------------------------------------------------------

    def create_optimizer(self, *args: Any, **kwargs: Any) -> Any:
        """The optimizer, which trains the value head at its own rate, too."""
        optimizer = super().create_optimizer(*args, **kwargs)
        known = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
        if id(self.value_head.linear.weight) not in known:
            optimizer.add_param_group(
                {
                    "params": list(self.value_head.parameters()),
                    "lr": self.args.value_learning_rate,
                    "weight_decay": 0.0,
                }
            )
        return optimizer

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        self.value_head.save(output_dir)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        if checkpoint is not None:
            self.value_head.load(checkpoint)

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Not counted: how much is computed depends on how long the answers get."""
        return 0


def _rows_as_they_are(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": rows}


def _switch_dropout_off(model: Any) -> None:
    """A token's probability must not depend on chance: it is compared with what it was when the token was drawn."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def _end_tokens(base: Any, tokenizer: Any) -> list[int]:
    """The tokens that end an answer."""
    configured = getattr(base.generation_config, "eos_token_id", None)
    found = {tokenizer.eos_token_id, *(configured if isinstance(configured, list) else [configured])}
    return sorted(token for token in found if token is not None)
