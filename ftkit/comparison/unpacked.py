"""A base whose weights are packed into four bits each, unpacked: proven to be the very same weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftkit.errors import IdentityError

ALLOWED = 0.02
"""Largest difference of what a layer makes of random numbers, of its length.

Measured on the starter model's layers: none where the packed layer computes in float32, 0.003 where in bfloat16. The
unpacked layers of another base would be far off: by 0.09 to 0.11 already those that were never packed.
"""
_ROWS = 4


def _packed(model: Any) -> Iterator[tuple[str, Any]]:
    for name, module in model.named_modules():
        if type(module).__name__ == "Linear4bit":
            yield name, module


def _numbers(layer: Any) -> Any:
    """The same random numbers each time, as wide as a layer's input."""
    import torch

    return torch.randn(_ROWS, layer.in_features, generator=torch.Generator().manual_seed(layer.in_features))


def unpacked(base: Any) -> Any:
    """The same model with plain weights in float32, in which every packed one is held exactly; on the processor.

    Each layer has to make the same of random numbers as it did before. Answers could not tell: in half precision they
    are rounded otherwise where the weights are packed (the starter model's logits differed by 0.7).

    Raises
    ------
    IdentityError
        Where a layer's weights would be other ones.
    """
    import torch

    with torch.no_grad():
        before = {
            name: layer(_numbers(layer).to(layer.weight.device)).float().cpu()
            for name, layer in _packed(base)
        }
        for _, layer in _packed(base):
            # The unpacked number has the format that is noted here, and would be rounded to it.
            layer.weight.quant_state.dtype = torch.float32
        base = base.dequantize(dtype=torch.float32).cpu().float()
        for name, then in before.items():
            layer = base.get_submodule(name)
            difference = float((layer(_numbers(layer)) - then).norm() / then.norm())
            if not difference <= ALLOWED:
                raise IdentityError(
                    f"Unpacked, {name} is not what it was when it was packed (what it makes of random numbers differs "
                    f"by {difference:.1%}, allowed is {ALLOWED:.0%}).",
                    "Go on with its adapter instead (chain: continue), or train that step again with LoRA.",
                )
    return base
