"""DoRA's lengths: how long each output's weights are, which train apart from their direction.

PEFT measures them in the number format of the base. In half precision they start rounded, so that a fresh adapter
changes each output a little (measured on the starter model in bfloat16: by up to 0.39 %, the logits by up to 0.66, the
loss by 0.003). That much is no training; what else an adapter says before the first step would be.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ftkit.errors import IdentityError

_SAME = 1e-5
"""Largest difference between two computations of a length in float32, of the length."""
_ALMOST = 1.01
"""Where a length lies between two numbers of the base's format, the way of adding up may decide which one is nearer."""


def _lengths(model: Any) -> Iterator[tuple[str, Any, Any]]:
    """The linear layers' lengths, each with its name and the base's layer."""
    from peft.tuners.lora.dora import DoraLinearLayer

    for name, module in model.named_modules():
        kept: Any = getattr(module, "lora_magnitude_vector", None)
        for adapter in getattr(module, "active_adapters", ()) if kept else ():
            if adapter in kept and type(kept[adapter]) is DoraLinearLayer:
                yield name, kept[adapter], module.get_base_layer()


def _measured(dora: Any, layer: Any) -> tuple[Any, Any]:
    """The lengths of a layer's weights in float32, and the number format that the weights have."""
    import torch
    from peft.utils.integrations import dequantize_module_weight

    weight = dequantize_module_weight(layer).detach()
    whole = weight.float().T if dora.fan_in_fan_out else weight.float()
    return torch.linalg.norm(whole, dim=1).to(dora.weight.device), weight.dtype


def start_rounded(model: Any) -> bool:
    """Whether the lengths were measured in half precision."""
    import torch

    first = next(_lengths(model), None) if hasattr(model, "peft_config") else None
    return first is not None and _measured(*first[1:])[1] in (torch.bfloat16, torch.float16)


@contextlib.contextmanager
def unrounded(model: Any) -> Iterator[None]:
    """Put the lengths as float32 measures them in place of the rounded ones, for a while.

    Raises
    ------
    IdentityError
        Where a length is not that of the base's weights, rounded: it has been trained.
    """
    import torch

    before: list[tuple[Any, Any]] = []
    try:
        for name, dora, layer in _lengths(model):
            exact, dtype = _measured(dora, layer)
            now = dora.weight.detach().float()
            rounded = torch.equal(now, now.to(dtype).float())
            # The nearest number of a format is at most half a step away. A length that is none of its numbers was
            # not measured in it.
            allowed = _ALMOST * torch.finfo(dtype).eps / 2 if rounded and dtype != torch.float32 else _SAME
            if not bool(((now - exact).abs() <= allowed * exact).all()):
                raise IdentityError(
                    f"This model has been trained already: the lengths that DoRA keeps of {name} are not those of "
                    "the base's weights.",
                    "Run the cell that loads it again: it starts from the untouched base.",
                )
            before.append((dora.weight, dora.weight.data))
            dora.weight.data = exact.to(torch.float32)
        yield
    finally:
        for weight, data in before:
            weight.data = data
