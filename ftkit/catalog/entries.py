"""The base models to choose from: the data file ``entries.json``, read and counted."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from ftkit.catalog.shapes import exact_parameters
from ftkit.fields import EncoderShape, ModelShape
from ftkit.fields.encoders import LAYER_NAMES


@dataclass(frozen=True)
class BaseModelEntry:
    """One base model of the catalogue.

    Attributes
    ----------
    id
        ftkit's short name.
    label
        The name shown in forms.
    hub_id
        ``owner/name`` on the Hugging Face hub: the original weights.
    parameters
        Exact number of weights; of an encoder those without a head.
    shape
        The sizes they follow from.
    licence
        Its name; `gated` says whether it must be accepted on the hub before the weights can be fetched.
    context
        Tokens that it can take in at most.
    chat
        Whether it has a chat template.
    note
        One plain sentence on when to take it.
    unsloth_4bit
        The same model packed into four bits, for Unsloth; None where there is none.
    """

    id: str
    label: str
    hub_id: str
    parameters: int
    shape: ModelShape
    licence: str
    gated: bool
    context: int
    chat: bool
    note: str
    unsloth_4bit: str | None


@cache
def models() -> tuple[BaseModelEntry, ...]:
    """The catalogue, smallest model first."""
    rows = json.loads(resources.files(__package__).joinpath("entries.json").read_text(encoding="utf-8"))
    entries = []
    for row in rows:
        sizes = row.pop("shape")
        reads = sizes["kind"] in LAYER_NAMES
        bare = (EncoderShape if reads else ModelShape)(parameters=0, **sizes)
        shape = replace(bare, parameters=exact_parameters(bare))
        entries.append(BaseModelEntry(shape=shape, parameters=shape.parameters, chat=not reads, **row))
    return tuple(sorted(entries, key=lambda entry: entry.parameters))
