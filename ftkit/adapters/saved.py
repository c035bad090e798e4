"""A folder with bottleneck adapters: weights, settings, and a file that loads them without ftkit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ftkit.errors import ModelError

LOADER = "load_adapters.py"


def save_adapters(model: Any, folder: str | Path, name: str | None = None) -> Path:
    """Save adapters that :func:`~ftkit.adapters.add_adapters` added; the base is not saved.

    Parameters
    ----------
    model
        The model with the adapters.
    folder
        Made where there is none. It gets ``adapters.safetensors``, ``adapters.json`` and ``load_adapters.py``,
        which loads them without ftkit and says how.
    name
        Which of them; the active ones where it is not given.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        Where the model has none.
    """
    from safetensors.torch import save_file

    from ftkit.adapters import bottleneck

    name = name or bottleneck.active_adapters(model)
    if name is None:
        raise ModelError(
            "The model has no active adapters to save.", "Choose some with set_active(model, name)."
        )
    try:
        tensors = bottleneck.adapter_tensors(model, name)
    except ValueError as error:
        raise ModelError(str(error)) from error
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "technique": "bottleneck adapters",
        "base_model_name_or_path": str(getattr(model.config, "_name_or_path", "") or ""),
        "settings": bottleneck.adapter_settings(model, name),
    }
    save_file(
        {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()},
        str(folder / bottleneck.WEIGHTS),
    )
    text = json.dumps(about, indent=2, ensure_ascii=False)
    (folder / bottleneck.SETTINGS).write_text(f"{text}\n", encoding="utf-8")
    shutil.copyfile(bottleneck.__file__, folder / LOADER)
    return folder


def load_adapters(model: Any, folder: str | Path, name: str = "default") -> Any:
    """Add saved adapters to the base that they were trained on and make them active.

    Parameters
    ----------
    model
        The base, or a model that has other adapters already.
    folder
        As :func:`save_adapters` leaves it; a run's ``adapter`` folder.
    name
        What they are called from now on; :func:`~ftkit.adapters.set_active` switches between several.

    Returns
    -------
    model
        The same model.

    Raises
    ------
    ModelError
        Where the folder cannot be read or its adapters do not fit the model, which is as it was then.
    """
    from safetensors import SafetensorError

    from ftkit.adapters import bottleneck

    try:
        return bottleneck.load_adapters(model, folder, name)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        told = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise ModelError(
            f"The adapters in {str(folder)!r} cannot be loaded. {told}",
            "Check the folder and that the model is the base that they were trained on.",
        ) from error
