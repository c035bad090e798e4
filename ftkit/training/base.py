"""Before the first step: proof that what starts is the untouched base."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from ftkit.adapters.either import adapter_off, base_of, has_adapter, has_soft_prompt, moved_from_zero
from ftkit.errors import IdentityError
from ftkit.training import lengths, rewritten

_AGAIN = "Run the cell that loads it again: it starts from the untouched base."
_ROUNDED = (
    "DoRA's lengths start rounded, as the base is in half precision: the loss at step 0 is not quite the base's, which "
    "was measured apart."
)
ROWS = 2


def weight_files(path: str, revision: str | None = None) -> list[Path]:
    """The safetensors files of a model that are on this machine; none where there are none.

    Parameters
    ----------
    path
        A folder, or a hub id whose files may be in the cache.
    """
    if Path(path).is_dir():
        return sorted(file for file in Path(path).glob("model*.safetensors"))
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        whole = try_to_load_from_cache(path, "model.safetensors", revision=revision)
        index = try_to_load_from_cache(path, "model.safetensors.index.json", revision=revision)
    except HFValidationError:
        return []  # a folder that is gone
    if isinstance(whole, str):
        return [Path(whole)]
    if not isinstance(index, str):
        return []
    names = set(json.loads(Path(index).read_text(encoding="utf-8"))["weight_map"].values())
    files = [Path(index).with_name(name) for name in sorted(names)]
    return [file for file in files if file.exists()]


def _own_weights(model: Any) -> dict[str, Any]:
    """The base's parameters by the names that they have in its files."""
    found = {}
    for name, parameter in base_of(model).named_parameters():
        plain = name.replace(".token_adapter", "").replace(".base_layer", "").replace(".original_module", "")
        found[plain] = parameter
    return found


def _same_rows(parameter: Any, stored: list[int]) -> bool:
    """Whether a tensor has the shape that it has in the file, or only more rows: those of new tokens."""
    shape = list(parameter.shape)
    return shape == stored or (len(shape) == 2 and shape[1:] == stored[1:] and shape[0] > stored[0])


def check_adapter_adds_nothing(model: Any, tokenizer: Any) -> str:
    """Prove, whatever the technique, that the adapter has no say yet: else the loss at step 0 is not the base's.

    Returns
    -------
    str
        What could not be checked; empty where it was.

    Raises
    ------
    IdentityError
        Where switching the adapter off changes the answer.
    """
    from ftkit.comparison.identity import (
        FIXED_PROMPTS,
        TOLERANCE,
        at_rest,
        last_logits,
        prompt_ids,
    )

    if not has_adapter(model) or tokenizer is None or rewritten.can_be_converted(model):
        return ""  # what rewrites the base was held against the files, tensor for tensor
    if has_soft_prompt(model):
        return "Its soft prompt changes the answers from the start: the loss at step 0 is not the base's."
    ids = prompt_ids(tokenizer, FIXED_PROMPTS[0])
    rounded = lengths.start_rounded(model)
    with at_rest(model), lengths.unrounded(model) if rounded else contextlib.nullcontext():
        with adapter_off(model):
            without = last_logits(model, ids, head=False)
        difference = float((last_logits(model, ids, head=False) - without).abs().max())
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    if difference <= TOLERANCE.get(dtype, TOLERANCE["bfloat16"]):
        return _ROUNDED if rounded else ""
    raise IdentityError(
        f"The adapter changes the model's answers before the first step (logits differ by {difference:.3g}): it "
        "has been trained already, or it is told not to start at zero.",
        f"{_AGAIN} Leave out init_lora_weights=False.",
    )


def check_is_base(model: Any, *, continues: bool = False) -> dict[str, Any]:
    """Prove that a model is its untouched base, from slices of every tensor in its files.

    Parameters
    ----------
    continues
        Whether its adapter is another run's on purpose, which :mod:`ftkit.training.continued` checks.

    Returns
    -------
    dict
        ``tensors``: how many were held against the files; ``note``: what could not be checked.

    Raises
    ------
    IdentityError
        Where the model or its adapter has been trained already.
    """
    import torch
    from safetensors import safe_open

    if not continues and moved_from_zero(model):
        raise IdentityError(
            "This model has been trained already: its adapter is not fresh.",
            f"{_AGAIN} To train the adapter of another run on, on purpose, say which: "
            'ftkit.follow(…, continues="that run").',
        )
    base = base_of(model)
    path = str(getattr(base.config, "_name_or_path", "") or "")
    revision = getattr(base.config, "_commit_hash", None)
    files = weight_files(path, revision) if path else []
    if not files:
        return {"tensors": 0, "note": f"The files of {path!r} are not on this machine: not compared."}
    own = _own_weights(model)
    moved = rewritten.parts_moved(model) if rewritten.can_be_converted(model) else {}
    compared = packed = 0
    for file in files:
        with safe_open(str(file), framework="pt") as stored:
            for name in stored.keys():  # noqa: SIM118  (safe_open is no mapping)
                parameter = own.get(name)
                slice_ = stored.get_slice(name)
                if parameter is None or parameter.is_meta or not _same_rows(parameter, slice_.get_shape()):
                    continue
                if not parameter.is_floating_point():
                    packed += 1
                    continue
                expected = slice_[:ROWS].to(parameter.dtype)
                compared += 1
                now = parameter.detach()[:ROWS].cpu()
                if name in moved and parameter.dtype != torch.float32:
                    # What is left of a weight cannot be told to the last digit: with a fresh adapter the starter
                    # model's weights move by up to 0.5 % of the largest in bfloat16, its logits by up to 0.75.
                    raise IdentityError(
                        f"{rewritten.start_of(model)!r} takes the base's weights apart, and in half precision the "
                        "parts do not add up to them: with a fresh adapter this model is not its base.",
                        'Load it with dtype="float32". The trainer still computes with bf16=True.',
                    )
                if name in moved:
                    now = now + moved[name]()[:ROWS].cpu()
                    largest = float(expected.abs().max())
                    same = torch.allclose(now, expected, rtol=0, atol=rewritten.ALLOWED * largest)
                else:
                    same = torch.equal(now, expected)
                if not same:
                    rewriting = rewritten.start_of(model)
                    if rewriting and not moved:
                        raise IdentityError(
                            f"init_lora_weights={rewriting!r} rewrites the base's own weights, or this model has "
                            "been trained already: with the adapter off it is not the base any more.",
                            "Leave out init_lora_weights: before and after could not be compared.",
                        )
                    raise IdentityError(
                        f"This model has been trained already: {name} is not what {Path(path).name!r} holds.",
                        _AGAIN,
                    )
    if packed or getattr(base, "quantization_method", None):
        note = "The packed weights were not compared with the files: packing is no exact copy."
    elif compared:
        note = ""
    else:
        note = "No tensor in the files has the name and shape of one in memory: not compared."
    return {"tensors": compared, "note": note}
