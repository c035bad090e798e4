"""Shapes of models for the tests of this room."""

from __future__ import annotations

from typing import Any

from ftkit.catalog.shapes import shape_from_config
from ftkit.fields import ModelShape

STARTER = ModelShape(134_515_008, 30, 576, 1536, 9, 3, 64, 49152, True, kind="llama")


def shape_of(model: Any) -> ModelShape:
    """The shape that a loaded model's config describes."""
    return shape_from_config(model.config.to_dict(), "model")
