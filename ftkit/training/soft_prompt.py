"""Soft prompts: learned vectors in front of the text, which change the answers before the first step.

So the loss at step 0 is not the base's, and the base is measured apart. P-tuning's vectors come out of a small
network; PEFT saves the finished vectors without it, and would feed them to the network again on the way back.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ftkit.adapters.either import adapter_off, has_soft_prompt
from ftkit.errors import RunError

NETWORK = "prompt_encoder.safetensors"
# Where trainers of TRL collect figures until the next row of the log.
_COLLECTED = ("_metrics", "_stored_metrics")


def check_checkpointing(model: Any, args: Any) -> None:
    """Refuse prefix tuning with activation checkpointing: the prefix would silently be left out.

    Raises
    ------
    RunError
        With the way out.
    """
    kinds = [str(config.peft_type.value) for config in getattr(model, "peft_config", {}).values()]
    if args.activation_checkpointing and "PREFIX_TUNING" in kinds:
        raise RunError(
            "Prefix tuning does not work with activation checkpointing: the prefix is handed over as stored keys and "
            "values, which checkpointing throws away. Nothing was trained.",
            "Set activation_checkpointing=False in the train cell; a smaller batch saves memory, too.",
        )


def measured_base_loss(trainer: Any) -> float:
    """The evaluation loss without the soft prompt: the trainer's own loop, leaving no trace in its figures."""
    from ftkit.comparison.identity import at_rest
    from ftkit.training.random_numbers import same_random_numbers

    model = trainer.model
    collected = {name: copy.deepcopy(getattr(trainer, name)) for name in _COLLECTED if hasattr(trainer, name)}
    try:
        with (
            same_random_numbers(),
            at_rest(model),
            adapter_off(model),
            trainer.accelerator.autocast(),
        ):
            found = trainer.evaluation_loop(
                trainer.get_eval_dataloader(),
                description="Base",
                prediction_loss_only=True,
                metric_key_prefix="base",
            )
    finally:
        for name, value in collected.items():
            setattr(trainer, name, value)
    return float(found.metrics["base_loss"])


def _networks(model: Any) -> Iterator[tuple[str, Any]]:
    """The encoders that hold more than the vectors themselves, by the name of their adapter."""
    if has_soft_prompt(model):
        for name, encoder in model.prompt_encoder.items():
            if set(encoder.state_dict()) != {"embedding.weight"}:
                yield name, encoder


def keep_network(model: Any, checkpoint: Path) -> None:
    """Save the network beside a checkpoint: without it the training could not go on from there."""
    from safetensors.torch import save_file

    tensors = {
        f"{name}.{key}": value.detach().cpu().contiguous()
        for name, encoder in _networks(model)
        for key, value in encoder.state_dict().items()
    }
    if tensors and checkpoint.is_dir():
        save_file(tensors, str(checkpoint / NETWORK))


def put_network_back(model: Any, checkpoint: Path) -> None:
    """When a training goes on: the network as it was, in place of the finished vectors that PEFT put into it.

    Raises
    ------
    RunError
        Where the checkpoint has none: the training would go on from another prompt.
    """
    from safetensors.torch import load_file

    networks = dict(_networks(model))
    if not networks:
        return
    if not (checkpoint / NETWORK).is_file():
        raise RunError(
            f"The training cannot go on from {checkpoint.name}: P-tuning's network was not kept in it.",
            "Train the run again, under a new name or with existing='overwrite'.",
        )
    tensors = load_file(str(checkpoint / NETWORK))
    for name, encoder in networks.items():
        encoder.load_state_dict({key: tensors[f"{name}.{key}"] for key in encoder.state_dict()})


def use_finished_vectors(model: Any, checkpoint: Path) -> None:
    """When the best checkpoint was loaded at the end: take its vectors as they are, not through the network again."""
    import torch
    from safetensors.torch import load_file

    for name, encoder in _networks(model):
        saved = checkpoint / "adapter_model.safetensors"
        loaded = encoder.embedding.weight.detach().cpu()
        if saved.is_file() and torch.equal(load_file(str(saved))["prompt_embeddings"], loaded):
            model.peft_config[name].inference_mode = True
