"""A run's adapter that a next run trains on, unmerged: the base under it, and the settings that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftkit.catalog import from_runs
from ftkit.catalog.starter import STARTER_ID, starter_here
from ftkit.errors import ModelError
from ftkit.runfolder import RunFolder

EIGHT_BITS = (
    "over weights of eight bits what flows through the model is rounded, too, and a whole model without that rounding "
    "gives other answers"
)
"""Why an adapter that was trained so is not merged."""

MERGE = "Choose “merge”: a new adapter then starts on the model that the run made."


@dataclass(frozen=True)
class Continued:
    """What goes on.

    Attributes
    ----------
    run
        The run that made the adapter.
    base
        What stands for the model under it where a cell is written: ``smollm2-135m``, ``run:NAME`` for what another
        run made, a folder or a hub id.
    settings
        The adapter's own, as PEFT saved them.
    bits
        How many bits each weight of the base was packed into; None where it was not.
    """

    run: str
    base: str
    settings: Mapping[str, Any]
    bits: int | None


def continued(name: str) -> Continued:
    """The adapter that a run made, for another one to train on.

    Raises
    ------
    ModelError
        Where nobody can go on from the run, or its result is no LoRA adapter of its own.
    """
    if "/" in name or "\\" in name:
        raise ModelError(f"The run {name!r} lies in another place: what goes on has to be beside it.", MERGE)
    folder = from_runs.result_of(name)
    config = folder / "adapter_config.json"
    if not config.is_file():
        raise ModelError(
            f"The run {name!r} trained the model's own weights and left no adapter to go on with.", MERGE
        )
    settings = from_runs.read_object(config)
    if settings.get("peft_type") != "LORA":
        raise ModelError(f"The adapter of the run {name!r} is no LoRA adapter: only those can go on.", MERGE)
    if settings.get("trainable_token_indices"):
        raise ModelError(f"The run {name!r} also trained new tokens, which its base lacks.", MERGE)
    return Continued(name, _named(from_runs.base_of(name), RunFolder(name)), settings, packed_bits(name))


def packed_bits(run: str | Path) -> int | None:
    """How many bits each weight of a run's base was packed into; None where it was not, or nobody knows."""
    facts = RunFolder(run).actual().get("model")
    packed = facts.get("quantization") if isinstance(facts, dict) else None
    if not isinstance(packed, dict):
        return None
    return 4 if packed.get("load_in_4bit") else 8 if packed.get("load_in_8bit") else None


def _named(base: str, run: RunFolder) -> str:
    """A base by the name that its cell calls for, where its place differs from machine to machine."""
    starter = starter_here()
    folder = Path(base)
    if starter is not None and folder.is_dir() and folder.resolve() == starter.resolve():
        return STARTER_ID
    made_by = folder.parent
    beside = made_by.is_dir() and made_by.parent.resolve() == run.path.parent.resolve()
    if beside and folder.name in ("merged", "model"):
        return f"{from_runs.PREFIX}{made_by.name}"
    return base
