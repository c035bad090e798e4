"""A run name that is taken: nothing is trained before the person chose."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from ftkit.errors import RunError, RunExistsError
from ftkit.runfolder import RunFolder, next_name

CHOICES = ("ask", "resume", "overwrite")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)\Z")


def last_checkpoint(folder: Path) -> Path | None:
    """The latest complete checkpoint; those that a killed process left half written are removed.

    The trainer writes ``trainer_state.json`` last, so a checkpoint without it is of no use, and
    resuming would stumble over it.
    """
    if not folder.is_dir():
        return None
    found = []
    for entry in folder.iterdir():
        match = _CHECKPOINT.match(entry.name)
        if match is None or not entry.is_dir():
            continue
        if _complete(entry):
            found.append((int(match[1]), entry))
        else:
            shutil.rmtree(entry)
    return max(found)[1] if found else None


def has_checkpoint(folder: Path) -> bool:
    """Whether there is a complete checkpoint to go on from; removes nothing."""
    return any(_CHECKPOINT.match(entry.name) and _complete(entry) for entry in _entries(folder))


def _complete(checkpoint: Path) -> bool:
    try:
        return isinstance(json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        return False


def check_existing(folder: RunFolder, existing: str, checkpoints: Path) -> None:
    """Let a training through, or say what the person has to choose.

    Parameters
    ----------
    existing
        ``ask``, ``resume`` or ``overwrite``, as written in the cell.
    checkpoints
        Where the trainer will look for checkpoints.

    Raises
    ------
    RunExistsError
        Where the run was started before and `existing` does not say how to go on.
    RunError
        Where what `existing` says cannot be done.
    """
    if existing not in CHOICES:
        raise RunError(
            f"existing={existing!r} is not a choice.", "Use existing='ask', 'resume' or 'overwrite'."
        )
    state = folder.state()
    if state["state"] == "none":
        if existing == "resume":
            raise RunError(
                f"There is no run {folder.name!r} to resume.",
                "Leave out existing='resume' and resume_from_checkpoint=True to start it.",
            )
        folder.check_ours()
        return
    if state["state"] == "running":
        raise RunError(
            f"The run {folder.name!r} is being trained right now, by the process {state.get('pid')}.",
            "Wait until it has ended, or choose another name.",
        )
    if existing == "overwrite":
        return
    # Half-written checkpoints are cleared away only for someone who wants to resume.
    resumable = state["state"] != "finished" and (
        last_checkpoint(checkpoints) is not None if existing == "resume" else has_checkpoint(checkpoints)
    )
    if existing == "resume" and resumable:
        return
    if existing == "resume":
        why = "It is finished" if state["state"] == "finished" else "It has no checkpoint yet"
        what = f"The run {folder.name!r} cannot be resumed. {why}: nothing was trained."
    else:
        what = f"A run named {folder.name!r} is here already ({state['state']}): nothing was trained."
    new = next_name(folder.name, folder.path.parent)
    ways = [
        f'start over as run="{new}"',
        'replace it with ftkit.follow(trainer, run=…, existing="overwrite")',
    ]
    if resumable:
        ways.insert(
            0,
            'go on with it: existing="resume" in ftkit.follow and trainer.train(resume_from_checkpoint=True)',
        )
    raise RunExistsError(
        what,
        f"Choose: {'; '.join(ways)}.",
        run=folder.name,
        choices=("resume", "overwrite") if resumable else ("overwrite",),
    )


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def check_start(existing: str, first_step: int) -> None:
    """The call of ``train`` has to fit what ``follow`` was told.

    Raises
    ------
    RunError
        Where one of the two says resume and the other does not.
    """
    if existing == "resume" and first_step == 0:
        raise RunError(
            "follow was told to resume, but the training starts from the base: nothing was trained.",
            "Write trainer.train(resume_from_checkpoint=True).",
        )
    if existing != "resume" and first_step > 0:
        raise RunError(
            f"The training goes on at step {first_step}, but follow was not told so: nothing was trained.",
            'Write ftkit.follow(trainer, run=…, existing="resume"), or leave out resume_from_checkpoint.',
        )
