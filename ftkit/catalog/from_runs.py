"""A run's result as the model that a next run starts from: ``run:NAME`` where a model's name is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ftkit.errors import ModelError, RunError
from ftkit.runfolder import RUNS, RunFolder

PREFIX = "run:"
MERGED = ("LORA", "IA3", "ADALORA", "OFT", "VERA")
"""PEFT's kinds of adapters that become part of the base's own weights."""
_TRAIN_IT = "`ftkit runs` lists the runs; go on from one that is finished."


def run_named(model_id: str) -> str | None:
    """The run that a model's name means; None where it means no run."""
    wanted = model_id.strip()
    return wanted.removeprefix(PREFIX).strip() if wanted.startswith(PREFIX) else None


def result_of(name: str) -> Path:
    """The folder with a run's own result, tokenizer beside it: its adapter, or its whole model.

    Raises
    ------
    ModelError
        Where nobody can go on from it, with the reason.
    """
    try:
        run = RunFolder(name)
        started = run.exists()
        facts = run.actual().get("model") if started else {}
    except RunError as error:
        raise ModelError(error.what, error.remedy) from error
    if not started:
        raise ModelError(f"There is no run {name!r} here.", _TRAIN_IT)
    if isinstance(facts, dict) and facts.get("labels"):
        raise ModelError(
            f"The run {name!r} made a model that judges texts and writes none.",
            "Go on from a run whose model writes; a reward model is named among the task's settings.",
        )
    if (run.model / "config.json").is_file():
        return run.model
    if (run.adapter / "adapter_model.safetensors").is_file():
        kind = str(read_object(run.adapter / "adapter_config.json").get("peft_type", ""))
        if kind in MERGED:
            return run.adapter
    elif not (run.adapter / "adapters.safetensors").is_file():
        raise ModelError(f"The run {name!r} has no result yet.", _TRAIN_IT)
    raise ModelError(
        f"The result of the run {name!r} cannot become part of a model's own weights, so no run can go on from it.",
        "Train that step again with LoRA or all weights, and go on from there.",
    )


def base_of(name: str) -> str:
    """Where a run's own base was loaded from: a folder, or a hub id.

    Raises
    ------
    ModelError
        Where the run does not say.
    """
    run = RunFolder(name)
    facts = run.actual().get("model")
    path = facts.get("path") if isinstance(facts, dict) else None
    if not isinstance(path, str) or not path:
        raise ModelError(f"The run {name!r} does not say which model it started from.", _TRAIN_IT)
    beside = run.path.parent.parent / path
    return str(beside) if beside.is_dir() else path


def chain_of(name: str, root: str | Path | None = None) -> list[str]:
    """The runs that led to this one, the first first; this one is the last.

    What counts is where a run's weights were really loaded from, not what its recipe says. Folders may have names that no run
    can have: they were copied, or are no runs.
    """
    folder = Path(root) if root is not None else Path.cwd() / RUNS
    names = [name]
    while True:
        try:
            about = RunFolder(folder / names[0]).actual()
        except RunError:
            return names  # it is damaged: nobody knows what was before
        facts, further = about.get("model"), about.get("continues")
        if isinstance(further, str) and further not in names and RunFolder(folder / further).exists():
            names.insert(0, further)
            continue
        path = Path(str(facts.get("path") or "")) if isinstance(facts, dict) else Path()
        before = path.parent.name
        known = path.name in ("merged", "model") and before and before not in names
        if not known or not RunFolder(folder / before).exists():
            return names
        names.insert(0, before)


def read_object(path: Path) -> dict[str, Any]:
    """A JSON file of a run's result. Raises ModelError where it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {error}.", "Train the run again.") from error
    return content if isinstance(content, dict) else {}
