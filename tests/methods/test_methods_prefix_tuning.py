"""Prefix tuning: the count, the start from the base's own keys and values, and what it cannot be combined with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from ftkit.fields import Gpu
from ftkit.methods import METHODS, prefix_tuning
from ftkit.recipe import from_presets, resolve
from tests.methods.architectures import KINDS, made_ready, model_of
from tests.methods.shapes import STARTER
from tests.methods.trained import FACTS, GIB, LAPTOP, cells_of, names_for, planned

METHOD = METHODS["prefix-tuning"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tokens", [1, 5])
def test_the_trainable_parameters_are_those_that_peft_makes(kind, tokens):
    _, stated, counted = made_ready("prefix-tuning", model_of(kind), num_virtual_tokens=tokens)
    assert stated == counted


def test_the_starter_model_has_the_measured_number():
    assert METHOD.trainable(METHOD.settings(), STARTER) == 184_320


def test_the_cell_shows_what_was_chosen():
    settings = METHOD.settings(num_virtual_tokens=4, prefix_text="Talk like a pirate. ")
    assert METHOD.cell(settings, {}, "CAUSAL_LM") == (
        "from peft import PrefixTuningConfig\n"
        "\n"
        "peft_config = PrefixTuningConfig(\n"
        '    task_type="CAUSAL_LM",\n'
        "    num_virtual_tokens=4,\n"
        ")\n"
        "\n"
        "# What the prefix starts from; the train cell fills it in.\n"
        'prefix_text = "Talk like a pirate. "\n'
    )


def before_the_training(model: Any, plan: Any) -> Any:
    """The trainer as the cells leave it, its first step not yet made."""
    names = names_for(model)
    cells = cells_of(plan)
    for source in (cells["method"], cells["train"].split("# Records the run")[0]):
        exec(compile(source, "<cell>", "exec"), names)
    return names["trainer"]


@pytest.mark.parametrize("text", ["Talk like a pirate, and then some more words, and more than that.", "Hi"])
def test_the_prefix_starts_as_the_base_s_own_keys_and_values(tiny_model_folder, tmp_path, monkeypatch, text):
    """Also where the text has fewer tokens than the prefix: it is repeated."""
    import torch

    monkeypatch.chdir(tmp_path)
    plan = planned(tiny_model_folder, "prefix-1", "prefix-tuning")
    plan = replace(plan, recipe=plan.recipe.model_copy(update={"method": METHOD.settings(prefix_text=text)}))
    trainer = before_the_training(tiny_model_folder, plan)
    model, tokenizer = trainer.model.eval(), trainer.processing_class
    ids = torch.tensor([tokenizer(text * 16)["input_ids"][:16]])
    with torch.no_grad(), model.disable_adapter():
        cache = model(input_ids=ids, use_cache=True).past_key_values
    expected = torch.cat(
        [part[0].transpose(0, 1).reshape(16, -1) for layer in cache for part in layer[:2]], 1
    )
    assert torch.allclose(model.prompt_encoder["default"].embedding.weight, expected, atol=1e-6)


def test_the_prefix_answers_as_the_text_itself_would(tiny_model_folder, tmp_path, monkeypatch):
    """Positions included: the model continues after the prefix exactly as after the words that it was made of."""
    import torch

    monkeypatch.chdir(tmp_path)
    trainer = before_the_training(tiny_model_folder, planned(tiny_model_folder, "prefix-1", "prefix-tuning"))
    model, tokenizer = trainer.model.eval(), trainer.processing_class
    words = tokenizer(METHOD.settings().prefix_text * 16)["input_ids"][:16]
    ids = tokenizer("Say red twice.")["input_ids"]
    with torch.no_grad():
        with_prefix = model(input_ids=torch.tensor([ids])).logits[0]
        with model.disable_adapter():
            with_words = model(input_ids=torch.tensor([words + ids])).logits[0, len(words) :]
    assert torch.allclose(with_prefix, with_words, atol=1e-4)


def test_activation_checkpointing_stays_off_also_where_it_would_save_memory(tiny_model_folder):
    machine = replace(LAPTOP, gpu=Gpu("H100", 80 * GIB, True))
    large = replace(STARTER, parameters=3_000_000_000)
    found = {
        method: resolve(from_presets(run="x-1", method=method), machine, FACTS, large, "x")
        for method in ("lora", "prefix-tuning")
    }
    assert found["lora"].activation_checkpointing
    assert not found["prefix-tuning"].activation_checkpointing
    assert "thrown away" in found["prefix-tuning"].reasons["derived.activation_checkpointing"]


@pytest.mark.parametrize(
    "wrong", [{"num_virtual_tokens": 0}, {"num_virtual_tokens": True}, {"prefix_text": " "}]
)
def test_the_impossible_is_rejected(wrong):
    with pytest.raises(ValidationError):
        prefix_tuning.Settings(**wrong)


def test_a_short_run_starts_where_the_starter_model_learned_most():
    assert METHOD.learning_rate(STARTER, 30).value == 3e-2
    assert METHOD.learning_rate(STARTER, 500).value == 1e-2


def test_it_says_why_it_does_not_merge():
    assert not METHOD.merges
    assert "no weight of the model changes" in METHOD.merging
