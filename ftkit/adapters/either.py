"""What a run has to know of a model's adapter, whether it is PEFT's or a bottleneck adapter of our own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

REFERENCE = "ref"
"""What TRL calls the frozen copy of an adapter that it measures against."""

PEFT_WEIGHTS, OWN_WEIGHTS = "adapter_model.safetensors", "adapters.safetensors"
# The part of an adapter that starts at zero, so that a fresh one adds nothing, by PEFT's kind of adapter; and the ways
# of making a fresh one for which that holds.
_STARTS_AT_ZERO = {"LORA": "lora_B", "ADALORA": "lora_E", "VERA": "vera_lambda_b", "OFT": "oft_R"}
_PLAINLY_MADE = (True, "gaussian")


def _of_peft(model: Any) -> bool:
    return hasattr(model, "peft_config")


def _of_ours(model: Any) -> bool:
    # Only what has been added needs torch, and then it is loaded anyway.
    return hasattr(model, "before_adapters")


def has_adapter(model: Any) -> bool:
    """Whether the model is an untouched base with an adapter that can be switched off and saved alone."""
    return _of_peft(model) or _of_ours(model)


def base_of(model: Any) -> Any:
    """The model under a PEFT adapter, or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def adapter_config(model: Any) -> dict[str, Any] | None:
    """The active adapter's settings, named as its technique's settings are; None without an adapter."""
    if _of_peft(model) and model.peft_config:
        name = model.active_adapter if isinstance(model.active_adapter, str) else model.active_adapter[0]
        return {key: value for key, value in model.peft_config[name].to_dict().items() if value is not None}
    if _of_ours(model):
        from ftkit.adapters.bottleneck import active_adapters, adapter_settings

        active = active_adapters(model)
        return None if active is None else adapter_settings(model, active)
    return None


def has_soft_prompt(model: Any) -> bool:
    """Whether learned vectors stand in front of the text."""
    return any(config.is_prompt_learning for config in getattr(model, "peft_config", {}).values())


@contextlib.contextmanager
def _classifier_without_soft_prompt(model: Any) -> Iterator[None]:
    """PEFT's own way looks for how such a model writes, which a classifier cannot, and leaves its trained head on."""
    from peft.utils.other import AuxiliaryTrainingWrapper

    heads = [module for module in model.modules() if isinstance(module, AuxiliaryTrainingWrapper)]
    trains = [(weight, weight.requires_grad) for weight in model.parameters()]
    forward = model.forward
    try:
        model.forward = model.base_model.forward
        for head in heads:
            head.enable_adapters(False)
        yield
    finally:
        model.forward = forward
        for head in heads:
            head.enable_adapters(True)
        for weight, trained in trains:
            weight.requires_grad_(trained)


@contextlib.contextmanager
def adapter_off(model: Any) -> Iterator[None]:
    """Switch the adapter off for a while; nothing to do for a model without one."""
    if has_soft_prompt(model) and not hasattr(model, "prepare_inputs_for_generation"):
        with _classifier_without_soft_prompt(model):
            yield
    elif _of_peft(model):
        with model.disable_adapter():
            yield
    elif _of_ours(model):
        from ftkit.adapters.bottleneck import adapters_off

        with adapters_off(model):
            yield
    else:
        yield


def moved_from_zero(model: Any) -> list[str]:
    """Names of adapter weights that are zero before the first step and are not: it has been trained already."""
    if _of_ours(model):
        return [
            name
            for name, weight in model.named_parameters()
            if ".after_" in name and ".up." in name and weight.requires_grad and bool(weight.detach().any())
        ]
    zero = [
        f".{_STARTS_AT_ZERO[config.peft_type]}.{name}"
        for name, config in getattr(model, "peft_config", {}).items()
        if config.peft_type in _STARTS_AT_ZERO
        and getattr(config, "init_lora_weights", getattr(config, "init_weights", None)) in _PLAINLY_MADE
    ]
    return [
        name
        for name, weight in model.named_parameters()
        if any(part in name for part in zero) and bool(weight.detach().any())
    ]


def copy_adapter(model: Any, name: str) -> None:
    """Put a frozen copy of a PEFT model's active adapter beside it; the active one stays so."""
    active = model.active_adapter
    model.add_adapter(name, model.peft_config[active])
    weights = dict(model.named_parameters())
    for full, weight in weights.items():
        if f".{active}." in full or full.endswith(f".{active}"):
            weights[f".{name}".join(full.rsplit(f".{active}", 1))].data.copy_(weight.data)
    model.set_adapter(active)  # the copy stands still


def trains_tokens(model: Any) -> bool:
    """Whether rows of single tokens train: they are in the adapter, and PEFT would save all other rows with them."""
    return any(
        getattr(config, "trainable_token_indices", None)
        for config in getattr(model, "peft_config", {}).values()
    )


def save_adapter(model: Any, folder: str | Path) -> None:
    """Save the adapter alone."""
    if _of_ours(model):
        from ftkit.adapters.saved import save_adapters

        save_adapters(model, folder)
    elif trains_tokens(model):
        own = [name for name in model.peft_config if name != REFERENCE]
        model.save_pretrained(folder, selected_adapters=own, save_embedding_layers=False)
    elif REFERENCE in getattr(model, "peft_config", {}):
        model.save_pretrained(folder, selected_adapters=[n for n in model.peft_config if n != REFERENCE])
    else:
        model.save_pretrained(folder)


def holds_adapter(folder: str | Path) -> bool:
    """Whether a folder holds a saved adapter. Pickled weights do not count: they could run foreign code."""
    return any((Path(folder) / name).exists() for name in (PEFT_WEIGHTS, OWN_WEIGHTS))


def _as_saved(model: Any, folder: str | Path) -> None:
    """Put an adapter's weights into the number formats of its file.

    PEFT loads all of them in float32. Over packed weights TRL trains them in bfloat16, and the same numbers give other
    answers where another format computes with them.
    """
    import torch
    from safetensors import safe_open

    formats = {"BF16": torch.bfloat16, "F16": torch.float16}
    with safe_open(str(Path(folder) / PEFT_WEIGHTS), framework="pt") as stored:
        saved = {name: stored.get_slice(name).get_dtype() for name in stored.keys()}  # noqa: SIM118
    for name, weight in model.named_parameters():
        half = formats.get(saved.get(name.replace(".default", ""), ""))
        if half is not None:
            weight.data = weight.data.to(half)


def load_adapter(base: Any, folder: str | Path) -> Any:
    """The base with a saved adapter on it, in the number formats in which it was saved."""
    if (Path(folder) / OWN_WEIGHTS).exists():
        from ftkit.adapters.saved import load_adapters

        return load_adapters(base, folder)
    from peft import PeftModel

    model = PeftModel.from_pretrained(base, str(folder))
    _as_saved(model, folder)
    return model


def is_saved_adapter(model: Any, folder: str | Path, name: str = "default") -> bool:
    """Whether the adapter in memory (of PEFT's, the one of that name) is, tensor for tensor, the one in a folder."""
    import torch
    from safetensors.torch import load_file

    ours = (Path(folder) / OWN_WEIGHTS).exists()
    if not (_of_ours(model) if ours else _of_peft(model)):
        return False
    loaded: dict[str, Any]
    if ours:
        from ftkit.adapters.bottleneck import active_adapters, adapter_tensors

        active = active_adapters(model)
        loaded = {} if active is None else adapter_tensors(model, active)
    else:
        from peft import get_peft_model_state_dict

        rows: Literal["auto"] | bool = False if trains_tokens(model) else "auto"
        loaded = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=rows)
    saved = load_file(str(Path(folder) / (OWN_WEIGHTS if ours else PEFT_WEIGHTS)))
    return set(saved) == set(loaded) and all(torch.equal(saved[key], loaded[key].cpu()) for key in saved)
