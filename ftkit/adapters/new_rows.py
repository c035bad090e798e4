"""Rows that a model got for new tokens: as they were before the first step, so that its base can be had again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftkit.adapters.either import base_of, trains_tokens

FILE = "new_tokens.safetensors"
"""In the run folder, where the training began with more rows than the base's files hold."""


def _layers(base: Any) -> dict[str, Any]:
    """The weights with a row for each token, by what they are for; tied ones once."""
    found: dict[str, Any] = {}
    for name, layer in (("input", base.get_input_embeddings()), ("output", base.get_output_embeddings())):
        # PEFT's wrapper stands around a layer whose single rows train.
        layer = getattr(getattr(layer, "token_adapter", None), "base_layer", layer)
        if layer is not None and not any(layer.weight is other for other in found.values()):
            found[name] = layer.weight
    return found


def keep_new_rows(model: Any, run_path: Path) -> None:
    """Keep the rows that the base's own files lack; nothing is written where there are none."""
    from safetensors.torch import save_file
    from transformers import AutoConfig

    base = base_of(model)
    if base.get_output_embeddings() is None:
        return
    layers = _layers(base)
    try:
        config = AutoConfig.from_pretrained(base.config._name_or_path, trust_remote_code=False)
        known = int(config.get_text_config().vocab_size)
    except (OSError, ValueError, AttributeError):
        return  # its files are not here: what could not be compared was noted
    rows = int(layers["input"].shape[0])
    if rows <= known:
        return
    new = {name: weight.detach()[known:].cpu().contiguous() for name, weight in layers.items()}
    run_path.mkdir(parents=True, exist_ok=True)
    save_file(new, str(run_path / FILE), metadata={"first": str(known)})


def rows_in_checkpoints(model: Any) -> int:
    """Weights of all rows, where PEFT may keep them in each checkpoint because single ones train."""
    if not trains_tokens(model):
        return 0
    return 2 * int(base_of(model).get_input_embeddings().weight.numel())


def new_ids(run_path: Path) -> range:
    """The ids of a run's new tokens."""
    from safetensors import safe_open

    if not (run_path / FILE).exists():
        return range(0)
    with safe_open(str(run_path / FILE), framework="pt") as stored:
        first = int((stored.metadata() or {})["first"])
        return range(first, first + stored.get_slice("input").get_shape()[0])


def put_new_rows(base: Any, run_path: Path) -> Any:
    """The same rows on a base that was loaded anew; a run without any leaves it as it is."""
    import torch
    from safetensors.torch import load_file

    if not (run_path / FILE).exists():
        return base
    new = load_file(str(run_path / FILE))
    known = int(base.get_input_embeddings().weight.shape[0])
    base.resize_token_embeddings(known + len(new["input"]), mean_resizing=False)
    with torch.no_grad():
        for name, weight in _layers(base).items():
            weight[known:] = new[name].to(weight.device, weight.dtype)
    return base
