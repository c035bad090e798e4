"""What was trained in mixed precision, as on a card, is known again by what was saved of it."""

import pytest
import torch
from transformers import AutoModelForCausalLM

import ftkit
from ftkit.comparison import weights
from tests.training.made_trainer import make_trainer


@pytest.mark.parametrize(
    ("method", "dtype"), [("full", "float32"), ("lora", "bfloat16")], ids=["full", "lora"]
)
def test_the_models_are_known_again(monkeypatch, tmp_path, tiny_model_folder, method, dtype):
    monkeypatch.chdir(tmp_path)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype=dtype)
    trainer = make_trainer(tiny_model_folder, method=method, model=model, bf16=True)
    ftkit.follow(trainer, run="one")
    trainer.train()
    ids = torch.tensor([[3, 4, 5]])
    with torch.autocast("cpu", torch.bfloat16):
        expected = trainer.model(input_ids=ids).logits
    assert torch.equal(trainer.model(input_ids=ids).logits, expected), "the trainer's precision stays"
    del trainer, model
    weights._alive.clear()
    result = ftkit.compare("one", ["Say red twice."], rows=0, max_new_tokens=4)
    assert result.base_difference == 0
    assert result.tuned_difference == 0
