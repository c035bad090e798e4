"""Weights that bitsandbytes packs into four bits stay packed the way they are trained with."""

from __future__ import annotations

from typing import Any

_REPACKS = "support_avx512bf16_for_cpu"


def keep_packing(model: Any) -> None:
    """Have a model's four-bit weights stay as they are when it is evaluated.

    On a processor with AVX512-BF16 bitsandbytes (0.50) packs them anew at the first evaluation, for a faster way through. It
    does not undo that when the training goes on: what flows back is then wrong, and nothing can unpack them again.
    """
    for module in model.modules():
        if getattr(module, _REPACKS, False):
            setattr(module, _REPACKS, False)
