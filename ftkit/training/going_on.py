"""A resumed run is the same run: same base, same held-out rows, settings that the checkpoint can take up."""

from __future__ import annotations

import warnings
from typing import Any

from ftkit.adapters.either import adapter_off, has_adapter
from ftkit.errors import RunError
from ftkit.runfolder import RunFolder
from ftkit.training.actual import data_facts, model_facts
from ftkit.training.continued import check_continued_base
from ftkit.training.rewritten import can_be_converted

# The checkpoint's optimizer brings the first two with it: what the cell says now would be recorded and not used.
# With another schedule or batch, the curve would be that of two trainings. More epochs are a longer training, not another.
_ONE_TRAINING = ("learning_rate", "weight_decay", "lr_scheduler_type", "warmup_steps")


def check_goes_on(folder: RunFolder, trainer: Any, model: Any, tokenizer: Any) -> dict[str, Any]:
    """Hold a training that is resumed against what the run was started with.

    Returns
    -------
    dict
        ``tensors`` (0) and ``note``, for the record.

    Raises
    ------
    IdentityError
        Where the base under the adapter is another one.
    RunError
        Where its curves could not be read as one run's. Nothing was trained then.
    """
    from ftkit.comparison.identity import check_same

    before = folder.actual()
    note = "Resumed: the tensors were not compared again."
    continued = bool(before.get("continues"))
    comparable = has_adapter(model) and not can_be_converted(model) and not continued
    if comparable and tokenizer is not None and folder.base_logits.exists():
        with adapter_off(model):
            check_same(model, tokenizer, folder.base_logits, "base")
        note = "Resumed: the base answers as it did before the first step."
    if continued:
        check_continued_base(model, RunFolder(str(before["continues"]), folder.path.parent))
        note = (
            "Resumed: the base's tensors are those of its files, and a reference is what the run before made."
        )
    changed = []
    known, now = before.get("model"), model_facts(model)
    if isinstance(known, dict):
        changed += [
            f"the model's {key} ({known[key]} then, {now[key]} now)"
            for key in ("class", "parameters", "trainable")
            if known.get(key) is not None and known[key] != now[key]
        ]
    arguments = before.get("arguments")
    if isinstance(arguments, dict):
        current = trainer.args.to_dict()
        changed += [
            f"{name} ({_short(arguments[name])} then, {_short(current[name])} now)"
            for name in _ONE_TRAINING
            if arguments.get(name) is not None and arguments[name] != current[name]
        ]
        then, batch = _batch(arguments), _batch(current)
        if then and then != batch:
            changed.append(f"the batch ({then} examples then, {batch} now)")
    data = before.get("data")
    held_out, trained = (data.get("eval"), data.get("train")) if isinstance(data, dict) else (None, None)
    if held_out is not None and held_out != data_facts(trainer.eval_dataset):
        changed.append("the held-out rows, so that losses before and after could not be compared")
    if changed:
        raise RunError(
            f"The run {folder.name!r} cannot go on, for something is not as it was: {'; '.join(changed)}. "
            "Nothing was trained.",
            "Put it back as it was, or train under a new name.",
        )
    if trained is not None and trained != data_facts(trainer.train_dataset):
        told = "The training rows are not those that the run began with."
        warnings.warn(told, stacklevel=2)
        note = f"{note} {told}"
    return {"tensors": 0, "note": note}


def _batch(arguments: dict[str, Any]) -> int:
    """Examples a step on each device; 0 where it is not on record."""
    micro, times = (
        arguments.get(name) for name in ("per_device_train_batch_size", "gradient_accumulation_steps")
    )
    return micro * times if isinstance(micro, int) and isinstance(times, int) else 0


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
