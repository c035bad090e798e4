"""Every technique on encoders: what it says will train is what trains, and what it cannot do it says."""

from __future__ import annotations

from typing import Any

import pytest

from ftkit.catalog import shape_from_config
from ftkit.cells.train_cell import about_encoder
from ftkit.cells.writing import _method
from ftkit.fields import EncoderShape
from ftkit.methods import METHODS
from ftkit.recipe import from_presets, resolve
from ftkit.recipe.needs import head_parameters
from ftkit.recipe.overview import overview
from ftkit.tasks import TASKS
from tests.encoders import KINDS, classifier
from tests.methods.trained import FACTS, LAPTOP

REFUSED = {"prefix-tuning", "qlora", "lora-8bit"}
FOR_DISTILBERT = {"prompt-tuning", "p-tuning"}
"""Refused for this kind besides."""


def refused(kind: str) -> set[str]:
    return REFUSED | (FOR_DISTILBERT if kind == "distilbert" else set())


CASES = [(kind, method) for kind in KINDS for method in METHODS if method not in refused(kind)]


def made_ready(kind: str, method_id: str, **settings: Any) -> tuple[Any, EncoderShape, Any]:
    """A classifier after a technique's own cell and its piece of the train cell."""
    model = classifier(kind)
    shape = shape_from_config(model.config.to_dict(), kind)
    assert isinstance(shape, EncoderShape)
    recipe = from_presets(task="classification", method=method_id, **settings)
    resolved = resolve(recipe, LAPTOP, FACTS, shape, "a model")
    names: dict[str, Any] = {"model": model, "model_path": "a model"}
    exec(_method(resolved), names)
    config = names["peft_config"]
    if config is None:
        if method_id == "adapters":
            from ftkit import add_adapters

            add_adapters(model, size=resolved.recipe.method.size)
        elif method_id != "full":
            names["choose_what_trains"](model)
    else:
        from peft import get_peft_model

        about = about_encoder(resolved)
        config.modules_to_save = about["kept_whole"] or None
        if about["left_out"]:
            config.exclude_modules = about["left_out"]
        if method_id == "prompt-tuning":
            config.prompt_tuning_init = "RANDOM"  # its text would need a tokenizer
        model = get_peft_model(model, config)
    return model, shape, resolved.recipe.method


def trains(model: Any) -> int:
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


@pytest.mark.parametrize(("kind", "method_id"), CASES, ids=map("-".join, CASES))
def test_it_trains_exactly_what_it_says_and_the_head(kind: str, method_id: str) -> None:
    model, shape, settings = made_ready(kind, method_id)
    stated = METHODS[method_id].trainable(settings, shape)
    assert trains(model) == stated + head_parameters(shape, TASKS["classification"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("names", [["q_proj", "v_proj"], ["down_proj"], ["o_proj", "down_proj", "up_proj"]])
@pytest.mark.parametrize("method_id", ["lora", "ia3"])
def test_layers_are_chosen_by_the_names_of_the_recipe(kind: str, names: list[str], method_id: str) -> None:
    model, shape, settings = made_ready(kind, method_id, target_modules=names)
    assert trains(model) == METHODS[method_id].trainable(settings, shape) + shape.head(2)
    # An encoder's own names mean the same.
    own = from_presets(method=method_id, target_modules=[shape.layer_name(name) for name in names])
    assert own.method.target_modules == names


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("last_blocks", [0, 1])
def test_feature_extraction_leaves_the_lower_blocks_alone(kind: str, last_blocks: int) -> None:
    model, shape, settings = made_ready(kind, "freeze", last_blocks=last_blocks, head="trained")
    assert trains(model) == last_blocks * shape.block() + shape.head(2)
    assert METHODS["freeze"].trainable(settings, shape) == last_blocks * shape.block()


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_used_is_refused_with_the_way_out(kind: str) -> None:
    shape = shape_from_config(classifier(kind).config.to_dict(), kind)
    lines = {line.id: line for line in overview(shape, LAPTOP, "classification")}
    assert {name for name, line in lines.items() if not line.fits} == refused(kind)
    assert all("Take " in lines[name].reason for name in refused(kind))
    lora = METHODS["lora"]
    hindrance = lora.hindrance(lora.settings(target_modules=["gate_proj"]), shape, LAPTOP)
    assert hindrance is not None
    assert "no layer gate_proj" in hindrance.why
    assert lora.trainable(lora.settings(r=4, target_modules=["gate_proj", "q_proj"]), shape) == 2 * 4 * 64


@pytest.mark.parametrize("task", ["sft", "domain", "dpo", "reward", "ppo", "grpo", "multi-task"])
def test_no_technique_makes_an_encoder_write(task: str) -> None:
    shape = shape_from_config(classifier("bert").config.to_dict(), "bert")
    lines = overview(shape, LAPTOP, task)
    assert not any(line.fits for line in lines)
    assert all("cannot write any" in line.reason and "text classification" in line.reason for line in lines)
