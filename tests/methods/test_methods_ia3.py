"""IA3: a scale for each channel of the chosen layers; it starts at 1, and nothing pulls it to 0."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ftkit.methods import METHODS
from ftkit.recipe import from_presets, resolve
from tests.methods.architectures import KINDS, answers, made_ready, model_of, moved
from tests.methods.shapes import STARTER
from tests.methods.trained import FACTS, LAPTOP

IA3 = METHODS["ia3"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"target_modules": ["q_proj", "v_proj"]},
        {"target_modules": ["down_proj"], "feedforward_modules": []},
        {"target_modules": ["up_proj", "down_proj", "o_proj"], "feedforward_modules": ["up_proj", "o_proj"]},
    ],
)
def test_it_trains_what_it_says_and_starts_as_the_base(kind, settings):
    import torch

    base = model_of(kind)
    before = answers(base)
    model, stated, counted = made_ready("ia3", base, **settings)
    assert stated == counted > 0
    assert torch.equal(answers(model), before)


@pytest.mark.parametrize("kind", KINDS)
def test_merged_it_is_a_model_like_the_base(kind):
    import torch

    base = model_of(kind)
    names = set(base.state_dict())
    model, _, _ = made_ready("ia3", base)
    after = answers(moved(model))
    merged = model.merge_and_unload()
    assert IA3.merges
    assert torch.allclose(answers(merged), after, atol=1e-5)
    assert set(merged.state_dict()) == names


def test_the_starter_model_has_the_measured_number():
    assert IA3.trainable(IA3.settings(), STARTER) == 57_600


def test_the_cell_is_peft_s_own_call():
    settings, reasons = IA3.resolve(IA3.settings())
    assert IA3.cell(settings, reasons, "CAUSAL_LM") == (
        "from peft import IA3Config\n"
        "\n"
        "peft_config = IA3Config(\n"
        '    task_type="CAUSAL_LM",\n'
        '    target_modules=["k_proj", "v_proj", "down_proj"],\n'
        "    # scaled where numbers go in; the others where they come out\n"
        '    feedforward_modules=["down_proj"],\n'
        ")\n"
    )


def test_layers_that_get_no_scale_cannot_be_scaled_at_their_input():
    with pytest.raises(ValidationError, match="some of the layers"):
        IA3.settings(target_modules=["q_proj"], feedforward_modules=["down_proj"])
    left, reasons = IA3.resolve(IA3.settings(target_modules=["q_proj"]))
    assert left.feedforward_modules == []
    assert reasons["feedforward_modules"]


def test_the_learning_rate_is_higher_on_a_short_run():
    short, long = IA3.learning_rate(STARTER, 60), IA3.learning_rate(STARTER, 600)
    assert short.value == 3e-2 > long.value == 1e-2
    assert short.reason != long.reason


def plan(**presets):
    return resolve(from_presets(**presets), LAPTOP, FACTS, STARTER)


def test_weight_decay_is_off_with_a_reason_until_the_person_turns_it_on():
    left = plan(method="ia3")
    assert left.recipe.training.weight_decay == 0
    assert "not to 1" in left.reasons["training.weight_decay"]
    assert not any("weight decay" in warning for warning in left.warnings)
    asked = plan(method="ia3", weight_decay=0.01)
    assert asked.recipe.training.weight_decay == 0.01
    assert any("weight decay of 0.01" in warning and "not to 1" in warning for warning in asked.warnings)


def test_others_keep_the_usual_weight_decay():
    left = plan(method="lora")
    assert left.recipe.training.weight_decay == 0.01
    assert left.reasons["training.weight_decay"]


@pytest.mark.parametrize("method", ["ia3", "norm-tuning", "bitfit"])
def test_what_the_trainer_decays_is_what_the_reasons_say(method):
    """Transformers leaves norms and biases out; IA3's scales it would decay."""
    from transformers import Trainer, TrainingArguments

    model, _, _ = made_ready(method, model_of("llama"), **METHODS[method].example)
    arguments = TrainingArguments(output_dir="x", use_cpu=True, weight_decay=0.01, report_to="none")
    decayed = Trainer(model, arguments).get_decay_parameter_names(model)
    trains = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert bool(trains & set(decayed)) == (method == "ia3")
