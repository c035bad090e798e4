"""A run's result as one whole model, from which a next run can start: proven to be what the run made."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from ftkit.adapters.either import OWN_WEIGHTS, PEFT_WEIGHTS, has_soft_prompt, load_adapter
from ftkit.catalog import EIGHT_BITS, packed_bits
from ftkit.comparison.identity import (
    FIXED_PROMPTS,
    TOLERANCE,
    at_rest,
    check_same,
    last_logits,
    prompt_ids,
    stored_dtype,
)
from ftkit.comparison.unpacked import unpacked
from ftkit.comparison.weights import Sides
from ftkit.errors import IdentityError, RunError
from ftkit.runfolder import RunFolder
from ftkit.runfolder.whereabouts import whereabouts

RECORD = "merged_from.json"
"""Beside the merged weights: the digests of the adapter they were made of, and of their own files."""


def merged_model(run: str | Path) -> str:
    """The folder of a run's result as a whole model, for a run that goes on from there.

    What a full training saved is used as it is. An adapter is merged into its base once, and the result kept in the
    run's folder; before it is handed out, it has to give the answers that the trained model gave.

    Parameters
    ----------
    run
        Name of a run in ``ftkit-runs``, or a run folder's path.

    Returns
    -------
    str
        A folder with safetensors and tokenizer, as seen from the working directory where it is inside.

    Raises
    ------
    RunError
        Where there is no such run, it has no result, its result judges instead of writing, or its technique cannot be
        merged.
    IdentityError
        Where the merged model would not answer as the trained one did.
    """
    folder = RunFolder(run)
    if not folder.exists():
        raise RunError(f"There is no run {str(run)!r} here.", whereabouts())
    sides = Sides(folder)
    if sides.labels:
        raise RunError(
            f"The run {folder.name!r} made a model that judges texts and writes none: no run can go on from it.",
            "Name it as the reward of a run that learns from rewards, or go on from another run.",
        )
    if not sides.adapter:
        return _near(folder.model)
    from filelock import FileLock

    with FileLock(str(folder.path / "merged.lock")):
        if not _is_there(folder):
            _merge(folder, sides)
    return _near(folder.merged)


def _near(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _adapter_files(folder: RunFolder) -> dict[str, str]:
    return {
        name: _digest(folder.adapter / name)
        for name in (PEFT_WEIGHTS, OWN_WEIGHTS)
        if (folder.adapter / name).exists()
    }


def _is_there(folder: RunFolder) -> bool:
    """Whether what was merged before was made of this very adapter, and is still as it was written."""
    try:
        record = json.loads((folder.merged / RECORD).read_text(encoding="utf-8"))
        files = dict(record["files"])
        same = record["adapter"] == _adapter_files(folder)
        return same and bool(files) and all(_digest(folder.merged / n) == d for n, d in files.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _answers(model: Any, tokenizer: Any) -> list[Any]:
    with at_rest(model):
        return [last_logits(model, prompt_ids(tokenizer, prompt)) for prompt in FIXED_PROMPTS]


def _merged(model: Any, tokenizer: Any, folder: RunFolder, *, packed: bool) -> Any:
    """The base and its adapter as one model, which answers as the two did at the end of the training.

    In half precision it cannot be held against those answers: rounded to eight bits of precision, the sum of a weight
    and what was trained beside it loses a part of the latter (measured on the starter model after eight steps of LoRA:
    the logits moved by 1.9). So two things are proven instead. Base and adapter, apart, are what was trained; and with
    the very same numbers in float32, which holds every one of them exactly, the merged model answers as the two did
    apart.
    """
    import torch

    tuned = folder.path / "tuned_logits.safetensors"
    if not packed and all(weight.dtype == torch.float32 for weight in model.parameters()):
        model = model.merge_and_unload()
        with at_rest(model):
            check_same(model, tokenizer, tuned, "tuned")
        return model
    with at_rest(model):
        check_same(model, tokenizer, tuned, "tuned")
    if packed:
        model = load_adapter(unpacked(model.unload()), folder.adapter)
    # On the processor: a card may have no room for twice the size, and may round float32 while it multiplies (TF32).
    model = model.cpu().float()
    apart = _answers(model, tokenizer)
    model = model.merge_and_unload()
    pairs = zip(_answers(model, tokenizer), apart, strict=True)
    difference = max(float((now - then).abs().max().nan_to_num(nan=float("inf"))) for now, then in pairs)
    if difference > TOLERANCE["float32"]:
        raise IdentityError(
            f"The merged model does not answer as base and adapter did apart (logits differ by {difference:.3g}, "
            f"allowed is {TOLERANCE['float32']:.3g}), so it is not used.",
            "Train that step again with LoRA, and go on from there.",
        )
    return model


def _merge(folder: RunFolder, sides: Sides) -> None:
    if packed_bits(folder.path) == 8:
        raise RunError(
            f"The result of the run {folder.name!r} cannot become part of a model's own weights: {EIGHT_BITS}.",
            "A next run can train its adapter on (chain: continue). For a whole model, train that step again with QLoRA.",
        )
    base = sides.clean_base()
    # Merged into packed weights it would be rounded away in part; unpacked they are the very same numbers.
    packed = bool(sides.packing())
    if packed and stored_dtype(folder.base_logits) == "float32":
        base, packed = base.dequantize(), False  # and give the very same answers
    model: Any = load_adapter(base, folder.adapter)
    if has_soft_prompt(model) or not hasattr(model, "merge_and_unload"):
        raise RunError(
            f"The result of the run {folder.name!r} cannot become part of a model's own weights: its technique adds "
            "parts that a plain model does not have.",
            "Train that step again with LoRA, and go on from there.",
        )
    tokenizer = sides.tokenizer()
    model = _merged(model, tokenizer, folder, packed=packed)
    half = folder.merged.with_name("merged.partial")
    for old in (half, folder.merged):
        if old.exists():
            shutil.rmtree(old)
    need = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    if (free := shutil.disk_usage(folder.path).free) < need:
        raise RunError(
            f"The merged model takes {need / 2**20:.0f} MiB of disk and {free / 2**20:.0f} MiB are free.",
            "Make room, for example by deleting checkpoints of old runs in ftkit-runs.",
        )
    model.save_pretrained(str(half))
    tokenizer.save_pretrained(str(half))
    files = {path.name: _digest(path) for path in sorted(half.glob("*.safetensors"))}
    record = {"run": folder.name, "adapter": _adapter_files(folder), "files": files}
    (half / RECORD).write_text(json.dumps(record), encoding="utf-8")
    half.rename(folder.merged)
