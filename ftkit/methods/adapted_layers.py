"""What techniques share whose adapter stands beside chosen linear layers: the setting that chooses them, and the cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ftkit.fields import AUTO, call, role_of, setting
from ftkit.methods.method import Cell

Module = Annotated[
    Literal["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    BeforeValidator(role_of),
]
"""A linear layer of a block. An encoder's own name for it, such as BERT's ``query``, is taken too."""
Layers = Literal["all-linear"] | Annotated[list[Module], Field(min_length=1)]
"""All linear layers of every block, or those named."""


def layers_setting(config: str, help_: str) -> Any:
    """The setting that chooses the layers; a list such as ``["q_proj", "v_proj"]`` or all of them."""
    return setting(
        "all-linear",
        label="Layers",
        help=help_,
        argument=f"{config}.target_modules",
        hint="Try 'all-linear', or a list such as ['q_proj', 'v_proj'].",
    )


def alpha_setting(argument: str, hint: str) -> Any:
    """The setting of how strongly an adapter of a rank counts."""
    return setting(
        AUTO,
        label="Alpha",
        help="How strongly the adapter counts: the model adds alpha ÷ rank times what the adapter says.",
        usual=(4, 128),
        argument=argument,
        when_overfitting="Lower it.",
        when_underfitting="Raise it.",
        too_low="the adapter is hardly heard.",
        too_high="it acts like a learning rate that is too high.",
        hint=hint,
    )


def dropout_setting(start: float, argument: str, help_: str, hint: str) -> Any:
    """The setting of how much is switched off at random."""
    return setting(
        start,
        label="Dropout",
        help=help_,
        usual=(0.0, 0.2),
        argument=argument,
        when_overfitting="Raise it.",
        when_underfitting="Lower it.",
        too_low="on few examples the adapter learns them by heart.",
        too_high="it learns slowly, for much of what it reads is switched off.",
        hint=hint,
        ge=0,
        lt=1,
    )


INPUT_DROPOUT = (
    "The share of the adapter's input that is switched off at random, so that it cannot rely on one detail."
)


def config_call(
    config: str,
    defaults: Mapping[str, Any],
    settings: Any,
    reasons: Mapping[str, str],
    task_type: str,
    fixed: Mapping[str, Any] | None = None,
) -> str:
    """``peft_config = …`` with the arguments that differ from PEFT's own defaults; `fixed` ones are no settings."""
    known = settings.model_dump(include=set(defaults), warnings=False)
    arguments = {"task_type": task_type, **known, **(fixed or {})}
    given = {name: value for name, value in arguments.items() if value != defaults.get(name)}
    return f"peft_config = {call(config, given, reasons)}\n"


def config_cell(config: str, defaults: Mapping[str, Any]) -> Cell:
    """A method cell that is this one call."""

    def written(settings: Any, reasons: Mapping[str, str], task_type: str) -> str:
        made = config_call(config, defaults, settings, reasons, task_type)
        return f"from peft import {config}\n\n{made}"

    return written
