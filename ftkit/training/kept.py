"""What a run keeps of its model: what it said before the first step and after the last, and the result itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ftkit.adapters.either import has_adapter, save_adapter
from ftkit.runfolder import RunFolder, files
from ftkit.training import rewritten
from ftkit.training.clock import Clock
from ftkit.training.forgetting import can_be_probed, probe


def store_base(
    trainer: Any, model: Any, tokenizer: Any, folder: RunFolder, clock: Clock, *, continues: bool
) -> None:
    """Before the first step: what the base says, and the form in which prompts are put.

    Parameters
    ----------
    continues
        Whether another run's adapter trains on.
    """
    from ftkit.comparison.identity import store_base_logits, store_prompt_check

    if tokenizer is None:
        return  # nothing turns a prompt into tokens; a comparison says that there is no record
    with clock.our_model_work():
        if rewritten.can_be_converted(model):
            rewritten.keep_start(model, folder.path)
            store_base_logits(model, tokenizer, folder.base_logits, adapter=True)
        else:
            # What a run starts from that trains an adapter on is the model with the adapter.
            store_base_logits(model, tokenizer, folder.base_logits, adapter=continues)
    with clock.measured():
        on = continues or rewritten.can_be_converted(model)
        _probe_forgetting(model, tokenizer, folder, "before", adapter=on)
    if hasattr(trainer.train_dataset, "__getitem__") and hasattr(trainer.train_dataset, "__len__"):
        store_prompt_check(trainer.train_dataset, folder.path / "prompt_check.json")


def _probe_forgetting(
    model: Any, tokenizer: Any, folder: RunFolder, when: str, *, adapter: bool = True
) -> None:
    """Note how well the model reads ordinary text, before or after; no training is lost to that."""
    path = folder.path / "forgetting.json"
    if not can_be_probed(model, tokenizer) or (when == "after" and not path.exists()):
        return
    noted = files.read_json(path) if when == "after" else {}
    found: dict[str, Any] = {}
    for name, (sums, tokens) in probe(model, tokenizer, adapter=adapter).items():
        earlier = noted.get(name, {})
        if earlier.get("tokens", tokens) != tokens:
            return  # another tokenizer: the two cannot be held against each other
        found[name] = {**earlier, "tokens": tokens, when: sums}
    folder.write_json("forgetting.json", found)


def result_folder(model: Any, folder: RunFolder) -> Path:
    """Where the result of a run goes: a small adapter, or a whole model."""
    return folder.adapter if has_adapter(model) else folder.model


def save_result(model: Any, tokenizer: Any, folder: RunFolder, clock: Clock) -> None:
    """After the last step: the result, and what it says."""
    from ftkit.comparison.identity import store_tuned_logits
    from ftkit.comparison.weights import remember

    where = result_folder(model, folder)
    half = where.with_name(f"{where.name}.partial")
    for old in (half, where):
        if old.exists():
            shutil.rmtree(old)
    if rewritten.can_be_converted(model):
        rewritten.save_as_lora(model, folder.path, half)
    else:
        save_adapter(model, half)
    if tokenizer is not None:
        tokenizer.save_pretrained(half)
    half.rename(where)
    if tokenizer is None:
        return
    with clock.our_model_work():
        store_tuned_logits(model, tokenizer, folder.path / "tuned_logits.safetensors")
    with clock.measured():
        _probe_forgetting(model, tokenizer, folder, "after")
    remember(folder.path, model)
