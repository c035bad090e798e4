"""``ftkit.follow(trainer, run=…)``: the one line of ours in a train cell."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

from ftkit.adapters.packing import keep_packing
from ftkit.errors import RunError, RunExistsError
from ftkit.runfolder import RunFolder


def follow(
    trainer: Any,
    run: str | Path,
    existing: str = "ask",
    continues: str | Path | None = None,
    *,
    early_stopping: bool = False,
) -> None:
    """Record a training in ``ftkit-runs/<run>`` and draw its curves while it runs.

    Adds one callback to the trainer and changes nothing about what it computes. Nothing is written
    before ``trainer.train()`` starts.

    Parameters
    ----------
    trainer
        A ``Trainer`` of Transformers or TRL, built and not yet training.
    run
        The name of the run, or the path of its folder.
    existing
        What to do with a run of that name: ``"ask"`` raises, ``"resume"`` goes on with it (together
        with ``trainer.train(resume_from_checkpoint=True)``), ``"overwrite"`` replaces it.
    continues
        The run whose LoRA adapter this training goes on with, unmerged: the cell has loaded it with
        ``PeftModel.from_pretrained(model, "ftkit-runs/<that run>/adapter", is_trainable=True)``. What that run made is
        then where this one starts from, and what its comparison calls base.
    early_stopping
        Whether to end the training at the first evaluation at which :func:`ftkit.should_stop` says so. The
        weights of the best step are restored; for that the trainer needs ``load_best_model_at_end=True``.

    Raises
    ------
    RunExistsError
        Where the run was started before and `existing` is ``"ask"``; a notebook also shows buttons.
    RunError
        Where the name cannot be one, the folder is no run's, the run is being trained right now or cannot
        be resumed, the trainer has trained already, or it could not restore its best step.
    """
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    from ftkit.training.callback import FollowCallback
    from ftkit.training.existing import check_existing
    from ftkit.training.following import Following
    from ftkit.training.watch import Watch, end_what_is_left

    end_what_is_left()
    gc.collect()  # an earlier run of the cell left a trainer that only refers to itself
    if not trainer.is_world_process_zero():
        return
    if existing != "resume" and trainer.state.global_step > 0:
        raise RunError(
            f"This trainer has trained already ({trainer.state.global_step} steps): there is nothing left to follow.",
            "ftkit.follow stands before trainer.train(). Run the cell that builds the trainer again.",
        )
    if early_stopping and not trainer.args.load_best_model_at_end:
        raise RunError(
            "Early stopping would leave you with the last weights, not the best: this trainer does not restore them.",
            "Set load_best_model_at_end=True in the trainer's arguments, or leave early_stopping out.",
        )
    folder = RunFolder(run)
    parent = None if continues is None else RunFolder(continues)
    if parent is not None and (not parent.exists() or parent.path.resolve() == folder.path.resolve()):
        raise RunError(
            f"The training cannot go on with the adapter of {str(continues)!r}: it has to be another run that is here.",
            "`ftkit runs` lists the runs.",
        )
    try:
        check_existing(folder, existing, Path(trainer.args.output_dir))
    except RunError as refused:
        # A notebook keeps this frame for its traceback; the model must not stay in memory with it.
        del trainer
        if isinstance(refused, RunExistsError):
            from ftkit.training.choices import offer

            offer(refused, folder)
        raise
    # Ours take their place. The notebook's is loaded only where it is in use.
    own_table = getattr(sys.modules.get("transformers.utils.notebook"), "NotebookProgressCallback", None)
    for shown in (FollowCallback, ProgressCallback, PrinterCallback, own_table):
        if shown is not None:
            trainer.remove_callback(shown)
    keep_packing(trainer.model)
    following = Following(trainer, folder, existing, sys._getframe(1), parent, early_stopping=early_stopping)
    trainer.add_callback(FollowCallback(following))
    Watch(following, trainer)
