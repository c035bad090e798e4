"""Base models: which there are, how large they are, where they come from."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftkit.catalog.entries import BaseModelEntry, models
    from ftkit.catalog.finding import Found, find, folder_here, in_cell, tokenizer_folder
    from ftkit.catalog.from_runs import chain_of, run_named
    from ftkit.catalog.kept_adapters import EIGHT_BITS, Continued, continued, packed_bits
    from ftkit.catalog.shapes import exact_parameters, shape_from_config
    from ftkit.catalog.starter import STARTER_ID, starter_model, starter_record, starter_source

# Loaded on first use, so that ``python -m ftkit.catalog.starter`` is not imported before it runs.
_HOMES = {
    "BaseModelEntry": "entries",
    "EIGHT_BITS": "kept_adapters",
    "Continued": "kept_adapters",
    "continued": "kept_adapters",
    "packed_bits": "kept_adapters",
    "Found": "finding",
    "STARTER_ID": "starter",
    "exact_parameters": "shapes",
    "find": "finding",
    "chain_of": "from_runs",
    "folder_here": "finding",
    "in_cell": "finding",
    "models": "entries",
    "shape_from_config": "shapes",
    "run_named": "from_runs",
    "starter_model": "starter",
    "starter_record": "starter",
    "starter_source": "starter",
    "tokenizer_folder": "finding",
}

__all__ = [
    "EIGHT_BITS",
    "STARTER_ID",
    "BaseModelEntry",
    "Continued",
    "Found",
    "chain_of",
    "continued",
    "exact_parameters",
    "find",
    "folder_here",
    "in_cell",
    "models",
    "packed_bits",
    "run_named",
    "shape_from_config",
    "starter_model",
    "starter_record",
    "starter_source",
    "tokenizer_folder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
