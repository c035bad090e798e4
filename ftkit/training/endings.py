"""Every way a training can end, in words that say what to change."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ftkit.diagnosis.reading import WORTH_MENTIONING
from ftkit.diagnosis.said import figure
from ftkit.errors import FtkitError, RunError
from ftkit.runfolder import History
from ftkit.training.existing import has_checkpoint

_NO_MEMORY = (
    "defaultcpuallocator: can't allocate",
    "defaultcpuallocator: not enough memory",
    "out of memory",
)
_NO_ROOM = ("no space left on device", "disk quota exceeded", "os error 28)")
# What torch says when a file cannot be written to its end, without the reason.
_HALF_WRITTEN = ("pytorchstreamwriter failed", "inline_container", "unexpected pos")
_LITTLE = 64 * 2**20


class Ending(NamedTuple):
    """How a training ended.

    Attributes
    ----------
    state
        ``failed`` or ``interrupted``.
    why
        What happened and what to change.
    """

    state: str
    why: str


def worse_than_the_base(history: History, step: int) -> str:
    """What somebody has to know who would take the model of this step for an improvement; mostly empty."""
    base, loss = history.base_loss, dict(history.eval).get(step)
    if history.rewarded or history.kept is not None or base is None or loss is None:
        return ""
    if not loss > base + WORTH_MENTIONING * abs(base):
        return ""
    return (
        f" On the held-out examples it is worse than the untouched model: a loss of {figure(loss)}, and {figure(base)} without "
        "training."
    )


def not_a_number(step: int, args: Any) -> RunError:
    """The error for a loss that is NaN or infinite at a step."""
    half = " Half precision (fp16) makes it likelier: try bf16, or full precision." if args.fp16 else ""
    return RunError(
        f"The loss became not-a-number at step {step}, so the training was stopped before it spoiled the model.",
        f"Most often the learning rate is too high: try {args.learning_rate / 3:.1g} instead of "
        f"{args.learning_rate:g}, or a longer warm-up.{half}",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and what was being handled meanwhile."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop(0)
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting.append(current.__cause__)
            waiting.append(None if current.__suppress_context__ else current.__context__)


def _is_out_of_memory(error: BaseException) -> bool:
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _NO_MEMORY)


def _is_out_of_room(error: BaseException, folder: Path) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    text = str(error).lower()
    if any(words in text for words in _NO_ROOM):
        return True
    return any(words in text for words in _HALF_WRITTEN) and shutil.disk_usage(folder).free < _LITTLE


def _memory(args: Any) -> Ending:
    micro, pieces = args.per_device_train_batch_size, args.gradient_accumulation_steps
    ways = []
    if micro > 1:
        ways.append(
            f"per_device_train_batch_size={micro // 2} with gradient_accumulation_steps={pieces * 2} "
            f"instead of {micro} with {pieces}"
        )
    length = getattr(args, "max_length", None)
    if length:
        ways.append(f"a max_length below {length}")
    ways.append("activation_checkpointing=True, or a smaller model")
    return Ending(
        "failed",
        f"The memory did not suffice. Try {'; or '.join(ways)}. Restart the kernel first: it frees what is held.",
    )


def _room(folder: Path) -> Ending:
    free = shutil.disk_usage(folder).free / 2**20
    return Ending(
        "failed",
        f"The disk is full ({free:.0f} MiB are free): the run could not be written. Make room, for example by "
        "deleting checkpoints of old runs in ftkit-runs, and run the cell again.",
    )


def _given_up(checkpoints: Path, step: int) -> Ending:
    when = f"at step {step}" if step else "before the first step was done"
    if has_checkpoint(checkpoints):
        way = "What the last checkpoint holds is there: run the cell again and choose Resume"
        way += ' (with ftkit.run: existing="resume").'
    else:
        way = "There is no checkpoint to go on from, but only the steps so far are lost. To start over, run the cell "
        way += 'again and choose Overwrite (with ftkit.run: existing="overwrite").'
    return Ending("interrupted", f"You gave up {when}: the result was not saved. {way}")


def explain(error: BaseException | None, args: Any, folder: Path, step: int) -> Ending:
    """Put what was raised into words.

    Parameters
    ----------
    error
        What ended the training; None where nobody knows.
    args
        The trainer's arguments, for what to change.
    folder
        The run's folder.
    step
        The last step that was done.
    """
    if error is None:
        return Ending(
            "failed", f"The training ended at step {step} without being finished; nothing says why."
        )
    for cause in _chain(error):
        if isinstance(cause, KeyboardInterrupt):
            return _given_up(Path(args.output_dir), step)
        if isinstance(cause, FtkitError):
            return Ending("failed", str(cause))
        if _is_out_of_memory(cause):
            return _memory(args)
        if _is_out_of_room(cause, folder):
            return _room(folder)
        if isinstance(cause, FileNotFoundError) and cause in (error, error.__cause__):
            name = cause.filename or str(cause)
            return Ending(
                "failed",
                f"A file that the training needs is gone: {name}. Put it back where it was, "
                "run the cells from the data on, and choose Resume.",
            )
        if isinstance(cause, SystemExit):
            return Ending("interrupted", f"The program was ended at step {step}.")
    first = (str(error).strip().splitlines() or [""])[0]
    return Ending("failed", f"{type(error).__name__} at step {step}: {first}")
