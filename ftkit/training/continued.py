"""A run that trains another run's adapter further: proof that it starts from what that run made."""

from __future__ import annotations

from typing import Any

from ftkit.adapters.either import REFERENCE, is_saved_adapter
from ftkit.errors import IdentityError
from ftkit.runfolder import RunFolder
from ftkit.tasks import Task
from ftkit.training.base import check_is_base

LOAD_IT = (
    'Load it in the train cell with PeftModel.from_pretrained(model, "ftkit-runs/{run}/adapter", '
    "is_trainable=True), and give the trainer no peft_config."
)


def check_continues(trainer: Any, model: Any, tokenizer: Any, parent: RunFolder, task: Task | None) -> str:
    """Prove that what is about to train is a run's result, and that its reference is so, too.

    Parameters
    ----------
    trainer, model, tokenizer
        Before the first step.
    parent
        The run whose adapter trains on.
    task
        What it trains for; None where that is not known.

    Returns
    -------
    str
        What to note.

    Raises
    ------
    IdentityError
        Where the adapter is another one, the model does not answer as the run's did, or the reference would be
        another model.
    """
    from ftkit.comparison.identity import at_rest, check_same

    config = getattr(model, "peft_config", {}).get("default")
    remedy = LOAD_IT.format(run=parent.name)
    if config is None or config.peft_type != "LORA" or not parent.adapter.is_dir():
        raise IdentityError(
            f"This model does not go on with a LoRA adapter of the run {parent.name!r}.", remedy
        )
    if not is_saved_adapter(model, parent.adapter):
        raise IdentityError(
            f"The adapter is not, number for number, the one that the run {parent.name!r} made.", remedy
        )
    # A trainer that measures against where the model started from keeps a second copy of the adapter for it. One that
    # switches the adapter off instead would measure against the base of the run before.
    own = any(hasattr(trainer, name) for name in ("ref_model", "reference"))
    measures = own or (task is not None and task.measures)
    copied = REFERENCE in model.peft_config
    if measures and not copied and getattr(trainer.args, "beta", None) != 0:
        raise IdentityError(
            f"{type(trainer).__name__} would hold the model against the base of the run {parent.name!r} instead of "
            "what that run made.",
            f'Start from the merged model instead: ftkit.merged_model("{parent.name}").',
        )
    _check_reference(model, parent)
    if tokenizer is None:
        raise IdentityError(
            "Without a tokenizer nobody can tell whether the model answers as the run before left it.",
            "Give the trainer processing_class=tokenizer.",
        )
    with at_rest(model):
        check_same(model, tokenizer, parent.path / "tuned_logits.safetensors", "tuned")
    return f"It goes on with the adapter of the run {parent.name!r}, and starts from what that run made."


def check_continued_base(model: Any, parent: RunFolder) -> None:
    """The same for a run that is resumed: its adapter has moved on, its base and its reference may not have.

    Raises
    ------
    IdentityError
        Where the base's tensors are not those of its files, or the reference is another one.
    """
    check_is_base(model, continues=True)
    _check_reference(model, parent)


def _check_reference(model: Any, parent: RunFolder) -> None:
    if REFERENCE in model.peft_config and not is_saved_adapter(model, parent.adapter, REFERENCE):
        raise IdentityError(
            f"The reference is not what the run {parent.name!r} made.",
            "Run the cell that loads the model again.",
        )
