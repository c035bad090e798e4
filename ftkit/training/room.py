"""Whether the disk has room for what a training writes."""

from __future__ import annotations

import shutil
from typing import Any

from ftkit.adapters.either import has_adapter
from ftkit.adapters.new_rows import rows_in_checkpoints
from ftkit.errors import RunError
from ftkit.runfolder import RunFolder


def check_room(model: Any, args: Any, folder: RunFolder) -> None:
    """Refuse to start what the disk cannot take: the best checkpoint, the last, one being written.

    Raises
    ------
    RunError
        Where it is not enough.
    """
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    # An adapter is saved by itself; without one it is the whole model, however little of it trains.
    adapter = has_adapter(model)
    saved = trained if adapter else sum(parameter.numel() for parameter in model.parameters())
    kept = 0 if args.save_strategy == "no" else 3
    need = kept * ((saved + rows_in_checkpoints(model)) * 4 + trained * 8) + saved * 4
    place = next(parent for parent in (folder.path, *folder.path.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if free < need:
        raise RunError(
            f"The run needs up to {need / 2**20:.0f} MiB of disk and {free / 2**20:.0f} MiB are free: "
            "nothing was trained.",
            "Make room, for example by deleting checkpoints of old runs in ftkit-runs.",
        )
