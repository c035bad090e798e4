"""The reference is the model that starts: the distance to it is nothing before the first step, and something after."""

from __future__ import annotations

import pytest
import torch

from tests.ppo.made import logged, ppo_trainer


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_distance_is_nothing_at_the_start_and_grows(method, tmp_path, tiny_model_folder):
    trainer = ppo_trainer(
        tmp_path, tiny_model_folder, method=method, eval_on_start=True, eval_strategy="steps", eval_steps=2
    )
    assert trainer.reference.copied == (method == "full")
    trainer.train()
    before, after = logged(trainer, "eval_kl")
    assert before == pytest.approx(0, abs=1e-6)
    assert after > 1e-4
    # The first answers were drawn by the model that starts, too.
    assert logged(trainer, "kl")[0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_training_does_not_move_it(method, tmp_path, tiny_model_folder):
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32").eval()
    trainer = ppo_trainer(tmp_path, tiny_model_folder, method=method)
    trainer.train()
    ids = torch.arange(20)[None]
    with torch.no_grad(), trainer.reference.model() as reference:
        assert torch.equal(reference(input_ids=ids).logits, base(input_ids=ids).logits)
    trainer.model.eval()
    assert not torch.equal(trainer.model(input_ids=ids).logits, base(input_ids=ids).logits)


def test_an_adapter_that_is_not_fresh_is_copied(tmp_path, tiny_model_folder):
    """Switched off, it would be the base: not the model that this training starts from."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32")
    torch.manual_seed(0)
    trained = get_peft_model(
        base, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    )
    trainer = ppo_trainer(tmp_path, tiny_model_folder, model=trained, peft_config=None)
    assert trainer.reference.copied
    assert trainer.evaluate()["eval_kl"] == pytest.approx(0, abs=1e-6)


def test_an_adapter_that_was_trained_before_gets_a_frozen_copy_beside_it(tmp_path, tiny_model_folder):
    """Another model in memory would be one too many; and the copy is what the run before made, not its base."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    first = ppo_trainer(tmp_path, tiny_model_folder)
    first.train()
    first.model.save_pretrained(tmp_path / "adapter")

    def before() -> object:
        base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32")
        return PeftModel.from_pretrained(base, tmp_path / "adapter", is_trainable=True).eval()

    ids, begun = torch.arange(20)[None], before()
    trainer = ppo_trainer(
        tmp_path,
        tiny_model_folder,
        model=before(),
        peft_config=None,
        eval_on_start=True,
        eval_strategy="steps",
    )
    assert not trainer.reference.copied
    trainer.train()
    distances = logged(trainer, "eval_kl")
    assert distances[0] == pytest.approx(0, abs=1e-6)
    assert distances[-1] > 1e-4
    with torch.no_grad(), trainer.reference.model() as reference:
        assert torch.equal(reference(input_ids=ids).logits, begun(input_ids=ids).logits)
    assert trainer.model.active_adapter == "default"
    moving = {name for name, weight in trainer.model.named_parameters() if weight.requires_grad}
    assert moving
    assert all(".default." in name for name in moving)


def test_an_adapter_that_rewrites_the_base_is_copied(tmp_path, tiny_model_folder):
    from peft import LoraConfig

    pissa = LoraConfig(r=4, target_modules="all-linear", init_lora_weights="pissa", task_type="CAUSAL_LM")
    trainer = ppo_trainer(tmp_path, tiny_model_folder, peft_config=pissa)
    assert trainer.reference.copied
    assert trainer.evaluate()["eval_kl"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("method", ["lora", "ia3", "vera", "pissa", "prompt-tuning"])
def test_a_copy_is_kept_just_where_the_estimate_counts_one(method, tiny_model_folder):
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from ftkit.methods import METHODS
    from ftkit.ppo.reference import Reference
    from ftkit.tasks import TASKS

    technique, names = METHODS[method], {"model_path": str(tiny_model_folder)}
    settings = technique.resolve(technique.settings(**technique.example))[0]
    exec(technique.cell(settings, {}, "CAUSAL_LM"), names)
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32")
    reference = Reference(get_peft_model(base, names["peft_config"]))
    assert reference.copied == bool(TASKS["ppo"].models_beside(technique, TASKS["ppo"].settings()))
