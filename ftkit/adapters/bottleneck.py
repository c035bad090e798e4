"""Bottleneck adapters for models of the Transformers library, in plain PyTorch.

A saved folder holds this file under the name ``load_adapters.py`` beside the weights, so that they can be used
without the program that trained them. It needs torch, transformers and safetensors, and nothing else::

    from transformers import AutoModelForCausalLM
    from load_adapters import adapters_off, load_adapters

    model = AutoModelForCausalLM.from_pretrained("the base model, see adapters.json")
    load_adapters(model, "the folder of this file")
    model.generate(...)  # answers as it was trained
    with adapters_off(model):
        model.generate(...)  # answers as the base

Several adapters over one base: ``load_adapters(model, folder, name="pirate")`` for each, then
``set_active(model, "pirate")``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

WEIGHTS, SETTINGS = "adapters.safetensors", "adapters.json"
PLACEMENTS = {"pfeiffer": ("feed_forward",), "houlsby": ("attention", "feed_forward")}
NONLINEARITIES = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}

# Where a block's two parts are in the families of models: the first of these names that it has. In BERT the
# module named "output" also adds the block's input, so there the adapter follows the linear layer inside.
_PARTS = {
    "attention": (
        "self_attn",
        "attention.output.dense",
        "attention",
        "attn",
        "self_attention",
        "linear_attn",
    ),
    "feed_forward": ("mlp", "output.dense", "ffn", "feed_forward", "block_sparse_moe", "fc2"),
}
# A classifier's head is new, so it has to train, and what BERT has below it: each adapter has its own copy of them.
_HEADS = ("score", "classifier", "pre_classifier", "pooler")


class Bottleneck(nn.Module):
    """One adapter: down to a few numbers, a bend, up again, added to what came in.

    The way up starts at zero: until the first step, what comes in goes out unchanged.
    """

    def __init__(self, hidden: int, settings: dict[str, Any], generator: torch.Generator) -> None:
        super().__init__()
        self.settings = dict(settings)
        # The generator alone decides the numbers; the person's own random state is left as it was.
        with torch.random.fork_rng(devices=[]):
            self.down = nn.Linear(hidden, settings["size"])
            self.up = nn.Linear(settings["size"], hidden)
        self.nonlinearity = NONLINEARITIES[settings["nonlinearity"]]()
        self.dropout = nn.Dropout(settings["dropout"])
        bound = hidden**-0.5
        nn.init.uniform_(self.down.weight, -bound, bound, generator=generator)
        for start_at_zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(start_at_zero)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """What came in plus what the adapter says about it."""
        # The adapter keeps full precision also over a base in half precision: small steps would be rounded away.
        narrow = self.nonlinearity(self.down(hidden.to(self.down.weight.dtype)))
        return hidden + self.up(self.dropout(narrow)).to(hidden.dtype)


class AdapterSite(nn.Module):
    """A place behind a part of the model, with room for several adapters by name; at most one is active."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.adapters = nn.ModuleDict()
        self.active: str | None = None
        self.listen(part)

    def listen(self, part: nn.Module) -> None:
        """Change what the part gives from now on."""
        self.hook = part.register_forward_hook(self.after)

    def after(self, part: nn.Module, inputs: Any, output: Any) -> Any:
        """Called with what the part gives; attention gives a tuple whose first item counts."""
        if self.active is None or self.active not in self.adapters:
            return output
        adapter = self.adapters[self.active]
        if isinstance(output, tuple):
            return (adapter(output[0]), *output[1:])
        return adapter(output)


class HeadSite(AdapterSite):
    """The place of a classifier's head: the active adapter's copy of the head answers instead of it."""

    def after(self, part: nn.Module, inputs: Any, output: Any) -> Any:
        """Called with what the head read."""
        if self.active is None or self.active not in self.adapters:
            return output
        return self.adapters[self.active](*inputs)


def _part(block: nn.Module, kind: str) -> nn.Module | None:
    for path in _PARTS[kind]:
        try:
            return block.get_submodule(path)
        except AttributeError:
            continue
    return None


def _blocks(model: Any) -> list[nn.Module]:
    """The model's blocks, in order."""
    config = model.config.get_text_config()
    if not getattr(config, "is_encoder_decoder", False):
        for module in model.modules():
            if isinstance(module, nn.ModuleList) and len(module) == config.num_hidden_layers:
                blocks = list(module)
                if all(_part(block, kind) is not None for block in blocks for kind in _PARTS):
                    return blocks
    raise ValueError(
        f"{type(model).__name__} has no blocks with an attention and a feed-forward part that are known here. "
        "Models such as Llama, Qwen, Mistral, Gemma, GPT-2 and BERT have; or train LoRA instead."
    )


def _places(model: Any) -> Iterator[tuple[str, nn.Module, str, nn.Module]]:
    """Where an adapter can be: a name such as ``0.feed_forward``, the module that holds it, and the part it follows."""
    for number, block in enumerate(_blocks(model)):
        for kind in _PARTS:
            part = _part(block, kind)
            assert part is not None
            yield f"{number}.{kind}", block, kind, part
    for name in _HEADS:
        for owner in (model, model.base_model):
            if isinstance(head := getattr(owner, name, None), nn.Module):
                yield f"head.{name}", owner, name, head
                break


def _sites(model: Any) -> list[tuple[str, AdapterSite]]:
    return [
        (place, site)
        for place, owner, kind, _ in _places(model)
        if isinstance(site := getattr(owner, f"after_{kind}", None), AdapterSite)
    ]


def _adapters(model: Any, name: str) -> dict[str, nn.Module]:
    found = {place: site.adapters[name] for place, site in _sites(model) if name in site.adapters}
    if not found:
        known = ", ".join(adapter_names(model)) or "none"
        raise ValueError(f"The model has no adapters named {name!r}; it has: {known}.")
    return found


def has_adapters(model: Any) -> bool:
    """Whether bottleneck adapters have been added to a model."""
    return any(isinstance(module, AdapterSite) for module in model.modules())


def adapter_names(model: Any) -> list[str]:
    """The names of a model's adapters, in the order in which they were added."""
    if not has_adapters(model):
        return []
    # Whatever the placement, every adapter follows the feed-forward parts.
    return [name for place, site in _sites(model) if place == "0.feed_forward" for name in site.adapters]


def active_adapters(model: Any) -> str | None:
    """The name of the adapters that answer now, None where the base does."""
    return next((site.active for _, site in _sites(model)), None) if has_adapters(model) else None


def adapter_settings(model: Any, name: str) -> dict[str, Any]:
    """Size, placement, nonlinearity and dropout of the adapters of that name."""
    adapter = next(iter(_adapters(model, name).values()))
    assert isinstance(adapter, Bottleneck)  # the blocks come before the head
    return dict(adapter.settings)


def adapter_tensors(model: Any, name: str) -> dict[str, torch.Tensor]:
    """The weights of the adapters of that name, as their file names them."""
    return {
        f"{place}.{key}": tensor
        for place, adapter in _adapters(model, name).items()
        for key, tensor in adapter.state_dict().items()
    }


def _check(model: Any, name: str, settings: dict[str, Any]) -> None:
    for key, known in (("placement", PLACEMENTS), ("nonlinearity", NONLINEARITIES)):
        if settings[key] not in known:
            raise ValueError(f"{key}={settings[key]!r} is not known; choose one of {', '.join(known)}.")
    if not isinstance(settings["size"], int) or settings["size"] < 1:
        raise ValueError(f"size={settings['size']!r} has to be a whole number above 0, such as 64.")
    if not 0 <= settings["dropout"] < 1:
        raise ValueError(f"dropout={settings['dropout']!r} has to be at least 0 and below 1.")
    if not isinstance(name, str) or not name or "." in name or hasattr(nn.ModuleDict(), name):
        raise ValueError(f"{name!r} cannot name adapters; take a word without dots, such as 'pirate'.")
    if hasattr(model, "peft_config"):
        raise ValueError("The model has a PEFT adapter already. Load the base again and add these to it.")
    if name in adapter_names(model):
        raise ValueError(
            f"The model has adapters named {name!r} already. Load the base again, take another name, or remove "
            "them with remove_adapters(model)."
        )


def add_adapters(
    model: Any,
    name: str = "default",
    *,
    size: int = 64,
    placement: str = "pfeiffer",
    nonlinearity: str = "relu",
    dropout: float = 0.0,
    seed: int = 0,
) -> Any:
    """Freeze a model and add bottleneck adapters that train instead.

    They start at zero: the model answers exactly as before until the first step. What a ``Trainer`` saves
    as a checkpoint then holds the adapters alone, not the frozen weights. The result is saved with
    ``save_adapters`` and loaded with ``load_adapters``.

    Parameters
    ----------
    model
        A decoder such as Llama, Qwen, Mistral or Gemma, or an encoder such as BERT; it is changed in place.
    name
        Several adapters can be over one model; ``set_active`` chooses by name. A new one is active at once.
    size
        The width of the narrow layer: how much an adapter can hold.
    placement
        ``pfeiffer``: one after the feed-forward part of each block. ``houlsby``: one more after attention.
    nonlinearity
        ``relu``, ``gelu``, ``silu`` or ``tanh``.
    dropout
        The share of the narrow layer that is switched off at random in training.
    seed
        The same seed gives the same start.

    Returns
    -------
    model
        The same model.

    Raises
    ------
    ValueError
        Where an argument or the model will not do; the model is as it was then.
    """
    settings = {"size": size, "placement": placement, "nonlinearity": nonlinearity, "dropout": dropout}
    _check(model, name, settings)
    places = list(_places(model))
    if not has_adapters(model):
        model.before_adapters = {
            "trained": [key for key, weight in model.named_parameters() if weight.requires_grad],
            "not_saved": model._keys_to_ignore_on_save,
        }
        model.requires_grad_(False)
    hidden = model.config.get_text_config().hidden_size
    generator = torch.Generator().manual_seed(seed)
    for _, owner, kind, part in places:
        if kind not in (*PLACEMENTS[placement], *_HEADS):
            continue
        site = getattr(owner, f"after_{kind}", None)
        if kind in _HEADS:
            if site is not None:
                site.hook.remove()  # or the copy would listen to itself
            adapter = copy.deepcopy(part)
        else:
            adapter = Bottleneck(hidden, settings, generator)
        if site is None:
            site = HeadSite(part) if kind in _HEADS else AdapterSite(part)
            owner.add_module(f"after_{kind}", site)
        elif kind in _HEADS:
            site.listen(part)
        site.adapters[name] = adapter.to(next(part.parameters()).device).train(part.training)
    set_active(model, name)
    return model


def set_active(model: Any, name: str) -> None:
    """Let the adapters of that name answer and train; the others rest.

    Raises
    ------
    ValueError
        Where the model has none of that name.
    """
    _adapters(model, name)
    for _, site in _sites(model):
        site.active = name
        for other, adapter in site.adapters.items():
            adapter.requires_grad_(other == name)
    _leave_frozen_out_of_checkpoints(model)


def _leave_frozen_out_of_checkpoints(model: Any) -> None:
    # Transformers leaves these names out of what it saves, and does not miss them in a checkpoint that it loads.
    trained = {key for key, weight in model.named_parameters() if weight.requires_grad}
    model._keys_to_ignore_on_save = set(model.state_dict()) - trained


@contextmanager
def adapters_off(model: Any) -> Iterator[None]:
    """Let the base answer, as if it had no adapters, for as long as the ``with`` block lasts."""
    before = [(site, site.active) for _, site in _sites(model)] if has_adapters(model) else []
    for site, _ in before:
        site.active = None
    try:
        yield
    finally:
        for site, active in before:
            site.active = active


def remove_adapters(model: Any, name: str | None = None) -> None:
    """Take the adapters of that name away, or all of them: without any, the model is as it was before.

    Where those that were active are gone, the base answers until ``set_active`` says otherwise.
    """
    for gone in [name] if name is not None else adapter_names(model):
        _adapters(model, gone)
        for _, owner, kind, _ in list(_places(model)):
            site = getattr(owner, f"after_{kind}", None)
            if site is None:
                continue
            if gone in site.adapters:
                del site.adapters[gone]
            if site.active == gone:
                site.active = None
            if not site.adapters:
                site.hook.remove()
                delattr(owner, f"after_{kind}")
    before = getattr(model, "before_adapters", None)
    if before is None or has_adapters(model):
        if before is not None:
            _leave_frozen_out_of_checkpoints(model)
        return
    for key, weight in model.named_parameters():
        weight.requires_grad_(key in before["trained"])
    model._keys_to_ignore_on_save = before["not_saved"]
    del model.before_adapters


def load_adapters(model: Any, folder: str | Path, name: str = "default") -> Any:
    """Add adapters from a saved folder to their base and make them active.

    Parameters
    ----------
    model
        The base that they were trained on.
    folder
        Holds ``adapters.json`` and ``adapters.safetensors``.
    name
        What they are called from now on.

    Raises
    ------
    ValueError
        Where they do not fit the model; it is as it was then.
    """
    from safetensors.torch import load_file

    about = json.loads((Path(folder) / SETTINGS).read_text(encoding="utf-8"))
    tensors = load_file(str(Path(folder) / WEIGHTS))
    before = active_adapters(model)
    add_adapters(model, name, **about["settings"])
    own = adapter_tensors(model, name)
    wrong = set(own) ^ set(tensors) or {key for key in own if own[key].shape != tensors[key].shape}
    if wrong:
        remove_adapters(model, name)
        if before is not None:
            set_active(model, before)
        raise ValueError(
            f"These adapters are for another model than {type(model).__name__} of this size ({min(wrong)} does "
            f"not fit). They were trained on {about.get('base_model_name_or_path')!r}."
        )
    for key, tensor in own.items():
        tensor.copy_(tensors[key])
    return model
