"""Which settings differ between two runs, as their trainers really got them: a cell may have been edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder import RunFolder

_ADAPTER = {
    "peft_type": "technique", "r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout", "use_dora": "DoRA",
    "use_rslora": "rank-stabilised scale", "init_lora_weights": "start of the adapter",
}  # fmt: skip
_ARGUMENTS = {
    "learning_rate": "learning rate", "lr_scheduler_type": "schedule", "warmup_steps": "warm-up", "weight_decay": "weight decay",
    "optim": "optimiser", "max_grad_norm": "largest gradient", "label_smoothing_factor": "label smoothing", "beta": "beta",
    "packing": "packing", "max_length": "longest example", "seed": "seed",
}  # fmt: skip

WEIGHTED_LOSS = "weighted_loss"
"""What the function is called in the cell of a classification with class weights."""


def what_changed(run: RunFolder, before: RunFolder) -> tuple[str, ...]:
    """Such as ``("length: 8 epochs → 5 epochs",)``; empty where nothing of it differs, or one of the two did not write down what it had.

    Alpha that follows the rank in proportion is no second change, nor are numbers that follow from others.
    """
    try:
        now, then = _settings(run.actual()), _settings(before.actual())
    except RunError:
        return ()
    if not now or not then:
        return ()
    names = [name for name in now if name in then and now[name] != then[name]]
    if {"rank", "alpha"} <= set(names) and _in_proportion(now, then):
        names.remove("alpha")
    if "technique" in names and "layers" in names:
        names.remove("layers")  # each technique has its own
    if {"training examples", "longest example"} <= set(names):
        names.remove("longest example")  # it follows from them
    return tuple(
        name if name == "training examples" else f"{name}: {_shown(then[name])} → {_shown(now[name])}"
        for name in names
    )


def _settings(actual: Mapping[str, Any]) -> dict[str, Any]:
    """What counts, by its name for people."""
    arguments, adapter = actual.get("arguments"), actual.get("peft_config")
    if not isinstance(arguments, Mapping):
        return {}
    model = actual.get("model")
    found: dict[str, Any] = {}
    if isinstance(model, Mapping):
        found["base model"] = _model_name(str(model.get("path") or ""))
        found["weights in"] = str(model.get("quantization") or "full precision")
    found["technique"] = "full fine-tuning"
    if isinstance(adapter, Mapping):
        found |= {name: adapter[key] for key, name in _ADAPTER.items() if adapter.get(key) is not None}
        layers = adapter.get("target_modules")
        found["layers"] = ", ".join(sorted(map(str, layers))) if isinstance(layers, list) else layers
    found |= {name: arguments[key] for key, name in _ARGUMENTS.items() if arguments.get(key) is not None}
    if "own_loss" in actual:  # runs of before do not say
        loss = str(actual["own_loss"] or "plain")
        found["loss function"] = "weighted by class" if loss == WEIGHTED_LOSS else loss
    steps = arguments.get("max_steps")
    limited = isinstance(steps, int) and steps > 0
    length, unit = (steps, "step") if limited else (arguments.get("num_train_epochs"), "epoch")
    found["length"] = f"{_shown(length)} {unit if length == 1 else f'{unit}s'}"
    found["batch size"] = _times(
        arguments.get("per_device_train_batch_size"), arguments.get("gradient_accumulation_steps")
    )
    data = actual.get("data")
    if isinstance(data, Mapping):
        found["training examples"] = data.get("train")
    return found


def _in_proportion(now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    numbers = [side[name] for side in (now, then) for name in ("rank", "alpha")]
    if not all(isinstance(number, int | float) for number in numbers):
        return False
    return bool(now["alpha"] * then["rank"] == then["alpha"] * now["rank"])


def _model_name(path: str) -> str:
    """The same on every machine: of a hub's folder the model's name, of a run's merged model that of the run."""
    parts = [part for part in PureWindowsPath(path).parts if part not in ("\\", "/")]
    hub = next((part for part in parts if part.startswith("models--")), None)
    if hub is not None:
        return hub.rpartition("--")[2]
    return "/".join(parts[-2:] if parts[-1:] == ["merged"] else parts[-1:])


def _times(one: Any, other: Any) -> Any:
    return one * (other or 1) if isinstance(one, int) and isinstance(other, int | None) else one


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
