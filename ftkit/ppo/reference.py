"""The model that training started from, which the policy pays for leaving."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ftkit.adapters.either import REFERENCE, adapter_off, copy_adapter, has_adapter, moved_from_zero

ROUNDING = 1e-4
"""Largest difference, as a share of the largest logit: DoRA's fresh adapter adds nothing but rounding."""


class Reference:
    """The policy as it was before the first step.

    A fresh adapter adds nothing yet: with it off, the base *is* the model that starts, and takes no further memory. That
    is not believed but tried: both ways have to give the same numbers. An adapter that was trained before (a run that
    goes on from another) gets a frozen copy beside it, under the name that TRL gives to such a copy. In all other cases
    (every weight trains, or an adapter that rewrites the base) a frozen copy of the model is kept.

    Parameters
    ----------
    model
        The policy, before the first step and before a checkpoint is loaded.

    Attributes
    ----------
    copied
        Whether there is a frozen copy of the whole model.
    """

    def __init__(self, model: Any) -> None:
        self._policy = model
        self._copy: Any = None
        self._trained_before = False
        if has_adapter(model) and _adds_nothing(model):
            return
        if moved_from_zero(model) and hasattr(model, "peft_config"):
            self._trained_before = True
            copy_adapter(model, REFERENCE)
        else:
            self._copy = copy.deepcopy(model).requires_grad_(False).eval()

    @property
    def copied(self) -> bool:
        """Whether there is a frozen copy of the whole model."""
        return self._copy is not None

    @contextmanager
    def model(self) -> Iterator[Any]:
        """The reference, for the time of the ``with`` block."""
        if self._copy is not None:
            yield self._copy
        elif self._trained_before:
            trains = self._policy.active_adapter
            self._policy.set_adapter(REFERENCE)
            try:
                yield self._policy
            finally:
                self._policy.set_adapter(trains)
        else:
            with adapter_off(self._policy):
                yield self._policy


def _adds_nothing(model: Any) -> bool:
    """Whether the model says the same with its adapter and without."""
    vocabulary = model.get_input_embeddings().weight.shape[0]
    ids = torch.arange(min(16, vocabulary), device=model.device)[None]
    training = model.training
    model.eval()
    with torch.no_grad():
        on = model(input_ids=ids).logits.float()
        with adapter_off(model):
            off = model(input_ids=ids).logits.float()
    model.train(training)
    return on.shape == off.shape and bool((on - off).abs().max() <= ROUNDING * off.abs().max())
