"""What stands in the cells of a run that trains another run's adapter on, and how it is read back."""

from __future__ import annotations

import re
from typing import Any

from ftkit.catalog import continued
from ftkit.catalog.from_runs import PREFIX
from ftkit.cells.syntax import Expression, Syntax, keyword
from ftkit.errors import FtkitError
from ftkit.fields import Source, comment
from ftkit.methods import METHODS
from ftkit.recipe import Resolved
from ftkit.runfolder import RUNS
from ftkit.tasks import TASKS

MODEL, CHAIN = "model.id", "model.chain"
_ADAPTER = re.compile(rf"{RUNS}/([^/]+)/adapter")


def adapter_path(run: str) -> str:
    """Where a run's adapter lies, from the kernel's working directory."""
    return f"{RUNS}/{run}/adapter"


def method_source(resolved: Resolved, run: str) -> str:
    """The method cell: the adapter's settings come with it."""
    settings = resolved.recipe.method
    technique = METHODS[settings.name]
    layers = settings.target_modules
    where = "all linear layers" if layers == "all-linear" else ", ".join(layers)
    about = comment(
        f"{technique.label} as the run {run!r} set it up: rank {settings.r}, alpha {settings.lora_alpha}, on "
        f"{where}. These stay, for the adapter that it made trains on."
    )
    packing = f"{technique.goes_on}\n" if technique.goes_on else "\n"
    return f"from peft import LoraConfig\n{packing}{about}\npeft_config = LoraConfig.from_pretrained(adapter_path)"


def loading_source(task_id: str, run: str) -> Source:
    """The lines of the train cell that put the adapter on."""
    about = f"The adapter that the run {run!r} made, not merged: it trains on from where that run left it."
    if TASKS[task_id].measures:
        about += " The trainer keeps a frozen copy of it, and measures against that."
    return Source(
        f"{comment(about)}\n"
        "model = PeftModel.from_pretrained(\n"
        "    model, adapter_path, config=peft_config, is_trainable=True\n"
        ")"
    )


def read_model(syntax: Syntax, base: str | None) -> dict[str, Any] | None:
    """What a model cell says of the run that goes on; None where no adapter does.

    Parameters
    ----------
    base
        The model that the cell loads; None where that is code of the person's.
    """
    node = syntax.assigned("adapter_path")
    if node is None:
        return None
    found = _ADAPTER.fullmatch(str(syntax.value(node)))
    if found is None:
        return {MODEL: Expression(syntax.text(node)), CHAIN: "continue"}
    try:
        below = continued(found[1]).base
    except FtkitError:
        below = base or ""  # a run of another folder: `follow` holds the model against it
    if base != below:
        # Another base than the one that the adapter was made for.
        loaded = syntax.assigned("model_path")
        return {MODEL: Expression(syntax.text(loaded) if loaded is not None else ""), CHAIN: "continue"}
    return {MODEL: f"{PREFIX}{found[1]}", CHAIN: "continue"}


def read_train(syntax: Syntax) -> dict[str, Any]:
    """What a train cell says of it; nothing where its training starts from a base."""
    call = syntax.call("follow")
    node = keyword(call, "continues") if call is not None else None
    if node is None:
        return {}
    run = syntax.value(node)
    return {MODEL: f"{PREFIX}{run}" if isinstance(run, str) else run, CHAIN: "continue"}
