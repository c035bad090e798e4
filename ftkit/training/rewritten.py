"""Techniques that rewrite the base's own weights in memory, such as PiSSA: proof, and a result that is plain LoRA.

PiSSA moves the strongest directions of each weight matrix into its pair of small matrices and leaves the rest in
the base. Before the first step base and pair together are the base; "adapter off" never is. So what the base says
is recorded with the adapter on, and at the end the start is subtracted: what is saved is a plain LoRA adapter, of
twice the rank, for the untouched base.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONVERTED = ("pissa",)
ALLOWED = 1e-3
"""Largest difference between a weight and its two parts, of its largest value: a decomposition rounds."""

_START = "adapter_at_start"


def start_of(model: Any) -> str:
    """The way in which an adapter starts that changes the base (``pissa``, ``olora``, …), or nothing."""
    starts = (getattr(config, "init_lora_weights", None) for config in configs(model))
    return next((start for start in starts if isinstance(start, str) and start != "gaussian"), "")


def configs(model: Any) -> list[Any]:
    """The settings of a model's adapters."""
    return list(getattr(model, "peft_config", {}).values())


def can_be_converted(model: Any) -> bool:
    """Whether the result can be saved as plain LoRA."""
    return start_of(model).startswith(CONVERTED)


def parts_moved(model: Any) -> dict[str, Callable[[], Any]]:
    """What the adapter took out of each of the base's weights, by name; computed when it is called for.

    All of them at once would take as much memory as the model.
    """
    found: dict[str, Callable[[], Any]] = {}
    for name, module in model.get_base_model().named_modules():
        if hasattr(module, "get_delta_weight") and hasattr(module, "base_layer"):
            for adapter in module.active_adapters:
                if adapter in module.lora_A:
                    found[f"{name}.weight"] = functools.partial(_delta, module, adapter)
    return found


def _delta(module: Any, adapter: str) -> Any:
    return module.get_delta_weight(adapter).detach()


def keep_start(model: Any, run: Path) -> None:
    """Save the adapter as it is before the first step, which is subtracted in the end."""
    (name,) = model.active_adapters
    config = model.peft_config[name]
    # Saved as if it had started at zero: loaded otherwise, it would be taken out of the base once more.
    plain = copy.deepcopy(config)
    plain.init_lora_weights = True
    model.peft_config[name] = plain
    try:
        model.save_pretrained(run / _START)
    finally:
        model.peft_config[name] = config


def save_as_lora(model: Any, run: Path, folder: Path) -> None:
    """Save the result as plain LoRA for the untouched base."""
    from peft import get_peft_model_state_dict
    from peft.utils import SAFETENSORS_WEIGHTS_NAME
    from safetensors.torch import load_file, save_file

    model.save_pretrained(folder, path_initial_model_for_weight_conversion=str(run / _START))
    # PEFT keeps what it subtracted from, and nothing else: what trained as a whole, such as a classifier's head,
    # would be lost.
    (name,) = model.active_adapters
    trained = get_peft_model_state_dict(model, adapter_name=name)
    whole = {key: value.detach().cpu() for key, value in trained.items() if "lora_" not in key}
    if whole:
        file = str(folder / SAFETENSORS_WEIGHTS_NAME)
        tensors = {**load_file(file), **{key: value.contiguous() for key, value in whole.items()}}
        save_file(tensors, file, metadata={"format": "pt"})
