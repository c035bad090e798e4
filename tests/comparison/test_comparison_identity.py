"""◆ Base is base: what answers as the base must be the base, or nothing is shown."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from ftkit.comparison.identity import (
    adapter_off,
    check_prompts,
    check_same,
    largest_difference,
    prompt_ids,
    store_base_logits,
    store_prompt_check,
    store_tuned_logits,
)
from ftkit.errors import IdentityError


@pytest.fixture
def tokenizer(tiny_model_folder):
    return AutoTokenizer.from_pretrained(tiny_model_folder)


def base(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def with_moved_adapter(folder, amount=0.1):
    model = get_peft_model(base(folder), LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.add_(amount)
    return model


def test_a_clean_load_reproduces_the_base(tiny_model_folder, tokenizer, tmp_path):
    store_base_logits(base(tiny_model_folder), tokenizer, tmp_path / "base.safetensors")
    assert check_same(base(tiny_model_folder), tokenizer, tmp_path / "base.safetensors", "base") == 0


def test_the_adapter_is_off_while_the_base_is_stored(tiny_model_folder, tokenizer, tmp_path):
    store_base_logits(with_moved_adapter(tiny_model_folder), tokenizer, tmp_path / "base.safetensors")
    assert check_same(base(tiny_model_folder), tokenizer, tmp_path / "base.safetensors", "base") < 1e-5


def test_a_tuned_model_cannot_pass_for_the_base(tiny_model_folder, tokenizer, tmp_path):
    store_base_logits(base(tiny_model_folder), tokenizer, tmp_path / "base.safetensors")
    tuned = with_moved_adapter(tiny_model_folder)
    with pytest.raises(IdentityError, match="base model does not answer as it did before"):
        check_same(tuned, tokenizer, tmp_path / "base.safetensors", "base")
    with adapter_off(tuned):
        check_same(tuned, tokenizer, tmp_path / "base.safetensors", "base")


def test_weights_changed_by_full_tuning_cannot_pass_for_the_base(tiny_model_folder, tokenizer, tmp_path):
    model = base(tiny_model_folder)
    store_base_logits(model, tokenizer, tmp_path / "base.safetensors")
    with torch.no_grad():
        model.model.layers[0].mlp.up_proj.weight.add_(0.02)
    with pytest.raises(IdentityError):
        check_same(model, tokenizer, tmp_path / "base.safetensors", "base")


def test_a_model_that_gives_nan_cannot_pass_for_the_base(tiny_model_folder, tokenizer, tmp_path):
    model = base(tiny_model_folder)
    store_base_logits(model, tokenizer, tmp_path / "base.safetensors")
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    assert largest_difference(model, tokenizer, tmp_path / "base.safetensors") == float("inf")


def test_the_tuned_side_is_recognised_too(tiny_model_folder, tokenizer, tmp_path):
    tuned = with_moved_adapter(tiny_model_folder)
    store_tuned_logits(tuned, tokenizer, tmp_path / "tuned.safetensors")
    assert check_same(tuned, tokenizer, tmp_path / "tuned.safetensors", "tuned") < 1e-5
    with pytest.raises(IdentityError, match="at the end of the training"):
        check_same(base(tiny_model_folder), tokenizer, tmp_path / "tuned.safetensors", "tuned")


def test_storing_leaves_the_model_in_the_mode_it_was_in(tiny_model_folder, tokenizer, tmp_path):
    model = with_moved_adapter(tiny_model_folder).train()
    model.base_model.model.model.norm.eval()
    store_base_logits(model, tokenizer, tmp_path / "base.safetensors")
    assert model.training
    assert not model.base_model.model.model.norm.training


def test_a_damaged_record_refuses_instead_of_passing(tiny_model_folder, tokenizer, tmp_path):
    path = tmp_path / "base.safetensors"
    path.write_bytes(b"\0" * 40)
    with pytest.raises(IdentityError, match="cannot be read"):
        largest_difference(base(tiny_model_folder), tokenizer, path)


def test_another_template_is_refused(tiny_model_folder, tokenizer, tmp_path):
    store_base_logits(base(tiny_model_folder), tokenizer, tmp_path / "base.safetensors")
    tokenizer.chat_template = tokenizer.chat_template.replace("helpful", "rude")
    with pytest.raises(IdentityError, match="no longer turns into the tokens"):
        check_same(base(tiny_model_folder), tokenizer, tmp_path / "base.safetensors", "base")


def test_training_prompts_and_questions_have_the_same_tokens(tiny_model_folder, tokenizer, tmp_path):
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from tests.tiny import as_chat, tiny_rows

    args = SFTConfig(output_dir=str(tmp_path / "out"), use_cpu=True, bf16=False)
    trainer = SFTTrainer(
        base(tiny_model_folder),
        args,
        train_dataset=Dataset.from_list(as_chat(tiny_rows(4))),
        processing_class=tokenizer,
    )
    store_prompt_check(trainer.train_dataset, tmp_path / "prompts.json")
    assert check_prompts(tokenizer, tmp_path / "prompts.json") == 3
    row = trainer.train_dataset[0]
    asked = prompt_ids(tokenizer, row["prompt"])
    assert row["input_ids"][: len(asked)] == asked
    assert row["labels"][: len(asked)] == [-100] * len(asked)
    assert tokenizer.eos_token_id in row["labels"][len(asked) :]
    tokenizer.chat_template = tokenizer.chat_template.replace("assistant\n", "assistant:\n")
    with pytest.raises(IdentityError, match="another form"):
        check_prompts(tokenizer, tmp_path / "prompts.json")
