"""Versions and machine of a run. No names of people or machines, no variables that may hold secrets."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

PACKAGES = (
    "ftkit", "torch", "transformers", "trl", "peft", "datasets", "accelerate", "tokenizers", "safetensors",
    "huggingface_hub", "numpy", "bitsandbytes", "ipykernel", "jupyterlab",
)  # fmt: skip


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _source(folder: Path) -> str:
    """``hub``, ``wheel``, ``folder``, or the run that made the model: ``run:NAME``."""
    from ftkit.catalog import starter_source
    from ftkit.catalog.from_runs import PREFIX
    from ftkit.runfolder import RunFolder

    if not folder.is_dir():
        return "hub"
    made = folder.name in ("merged", "model") and RunFolder(folder.absolute().parent).exists()
    return f"{PREFIX}{folder.absolute().parent.name}" if made else starter_source(folder)


def environment(model_path: str) -> dict[str, Any]:
    """What ``environment.json`` holds.

    Parameters
    ----------
    model_path
        Where the base was loaded from: the starter model says what its weights were made of.
    """
    import psutil
    import torch

    gpu = None
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        gpu = {"name": properties.name, "memory": properties.total_memory, "cuda": torch.version.cuda}
    return {
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "gpu": gpu,
        "threads": torch.get_num_threads(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
        "model_source": _source(Path(model_path)),
    }
