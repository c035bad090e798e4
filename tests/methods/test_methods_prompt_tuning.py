"""Prompt tuning: the count, and vectors that start as words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ftkit.methods import METHODS, prompt_tuning
from tests.methods.architectures import KINDS, model_of
from tests.methods.shapes import STARTER, shape_of

METHOD = METHODS["prompt-tuning"]


def with_prompt(model: Any, folder: Any, **settings: Any) -> tuple[Any, int]:
    from peft import get_peft_model

    chosen = METHOD.settings(**settings)
    names: dict[str, Any] = {"model_path": str(folder)}
    exec(METHOD.cell(chosen, {}, "CAUSAL_LM"), names)
    stated = METHOD.trainable(chosen, shape_of(model))
    return get_peft_model(model, names["peft_config"]), stated


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tokens", [1, 5])
def test_the_trainable_parameters_are_those_that_peft_makes(kind, tokens, tiny_model_folder):
    model, stated = with_prompt(model_of(kind, vocab_size=400), tiny_model_folder, num_virtual_tokens=tokens)
    assert stated == sum(p.numel() for p in model.parameters() if p.requires_grad)


def test_the_starter_model_has_the_measured_number():
    assert METHOD.trainable(METHOD.settings(), STARTER) == 9_216


@pytest.mark.parametrize("text", ["Hi", "Talk like a pirate, and then some more words, and more than that."])
def test_the_vectors_start_as_words(tiny_model_folder, text):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder)
    words = (AutoTokenizer.from_pretrained(tiny_model_folder)(text)["input_ids"] * 16)[:16]
    expected = base.get_input_embeddings().weight[words].detach().clone()
    model, _ = with_prompt(base, tiny_model_folder, prompt_tuning_init_text=text)
    assert torch.equal(model.prompt_encoder["default"].embedding.weight, expected)


def test_the_cell_shows_what_was_chosen():
    settings = METHOD.settings(num_virtual_tokens=4, prompt_tuning_init_text='Say "Arr".')
    assert METHOD.cell(settings, {}, "CAUSAL_LM") == (
        "from peft import PromptTuningConfig\n"
        "\n"
        "peft_config = PromptTuningConfig(\n"
        '    task_type="CAUSAL_LM",\n'
        "    num_virtual_tokens=4,\n"
        '    prompt_tuning_init="TEXT",  # starts as words, not as noise\n'
        "    prompt_tuning_init_text='Say \"Arr\".',\n"
        "    tokenizer_name_or_path=str(model_path),\n"
        ")\n"
    )


@pytest.mark.parametrize("wrong", [{"num_virtual_tokens": 0}, {"prompt_tuning_init_text": ""}])
def test_the_impossible_is_rejected(wrong):
    with pytest.raises(ValidationError):
        prompt_tuning.Settings(**wrong)


def test_a_short_run_starts_where_the_starter_model_learned_most():
    assert METHOD.learning_rate(STARTER, 30).value == 1e-1
    assert METHOD.learning_rate(STARTER, 500).value == 3e-2


def test_it_says_why_it_does_not_merge():
    assert not METHOD.merges
    assert "no weight of the model changes" in METHOD.merging


def test_it_is_saved_where_the_models_folder_comes_as_a_path(tiny_model_folder, tmp_path):
    # As it does from ftkit.starter_model(), and from ftkit.merged_model(…).
    names: dict[str, Any] = {"model_path": tiny_model_folder}
    exec(METHOD.cell(METHOD.settings(), {}, "CAUSAL_LM"), names)
    names["peft_config"].save_pretrained(tmp_path)
    assert (tmp_path / "adapter_config.json").is_file()
