"""What was trained in mixed precision, as on a card, is known again by what was saved of it."""

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, LoraModel, PrefixTuningConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

import ftkit
from ftkit.adapters.either import load_adapter
from ftkit.comparison import weights
from ftkit.errors import IdentityError
from ftkit.runfolder import RunFolder
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


@pytest.mark.parametrize("make", [PromptTuningConfig, PrefixTuningConfig])
def test_a_soft_prompt_is_no_part_of_the_base(monkeypatch, tmp_path, tiny_model_folder, make):
    monkeypatch.chdir(tmp_path)
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="bfloat16")
    model = get_peft_model(base, make(task_type="CAUSAL_LM", num_virtual_tokens=4))
    _run(tiny_model_folder, model=model, method="full")
    result = ftkit.compare("one", ["Say red twice."], rows=0, max_new_tokens=4)
    assert (result.base_difference, result.tuned_difference) == (0, 0)


def test_an_adapter_that_trained_in_half_precision_is_loaded_in_it(monkeypatch, tmp_path, tiny_model_folder):
    """As TRL trains it over packed weights. The lengths of DoRA stay whole there."""
    monkeypatch.chdir(tmp_path)
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="bfloat16")
    config = LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", use_dora=True)
    model = get_peft_model(base, config)
    for name, weight in model.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            weight.data = weight.data.bfloat16()
    then = {name: weight.dtype for name, weight in model.named_parameters()}
    # Where the best checkpoint is loaded back, PEFT puts all of it into float32: then it is saved so.
    run = _run(tiny_model_folder, model=model, method="full", load_best_model_at_end=False)
    result = ftkit.compare("one", ["Say red twice."], rows=0, max_new_tokens=4)
    assert (result.base_difference, result.tuned_difference) == (0, 0)
    loaded = load_adapter(
        AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="bfloat16"), run.adapter
    )
    assert {name: weight.dtype for name, weight in loaded.named_parameters()} == then
    assert ftkit.merged_model("one")


def _run(folder, **more):
    more.setdefault("model", AutoModelForCausalLM.from_pretrained(folder, dtype="bfloat16"))
    trainer = make_trainer(folder, bf16=True, **more)
    ftkit.follow(trainer, run="one")
    trainer.train()
    weights._alive.clear()
    return RunFolder("one")


def test_merging_rounds_nothing_away(monkeypatch, tmp_path, tiny_model_folder):
    monkeypatch.chdir(tmp_path)
    run = _run(tiny_model_folder)
    merged = AutoModelForCausalLM.from_pretrained(ftkit.merged_model("one"), dtype="auto")
    assert merged.dtype == torch.float32
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="bfloat16").float()
    tuned = load_adapter(base, run.adapter).eval()
    ids = torch.tensor([[3, 4, 5, 6]])
    with torch.no_grad():
        apart = tuned(input_ids=ids).logits
        assert (merged(input_ids=ids).logits - apart).abs().max() < 1e-4
        assert (merged.bfloat16().float()(input_ids=ids).logits - apart).abs().max() > 1e-3, "it would round"


def test_a_run_goes_on_from_what_was_merged(monkeypatch, tmp_path, tiny_model_folder):
    monkeypatch.chdir(tmp_path)
    _run(tiny_model_folder)
    merged = ftkit.merged_model("one")
    model = AutoModelForCausalLM.from_pretrained(merged, dtype="bfloat16")
    trainer = make_trainer(Path(merged), "two", model=model, bf16=True)
    ftkit.follow(trainer, run="two")
    trainer.train()
    weights._alive.clear()
    assert RunFolder("two").actual()["base_check"] == {"tensors": 20, "note": ""}
    result = ftkit.compare("two", ["Say red twice."], rows=0, max_new_tokens=4)
    assert (result.base_difference, result.tuned_difference) == (0, 0)


def test_another_adapter_is_not_merged(monkeypatch, tmp_path, tiny_model_folder):
    """Proven in float32, the merged model is still that of the run: what was trained is looked at before."""
    monkeypatch.chdir(tmp_path)
    run = _run(tiny_model_folder)
    file = run.adapter / "adapter_model.safetensors"
    save_file({name: 3 * tensor for name, tensor in load_file(file).items()}, file, {"format": "pt"})
    with pytest.raises(IdentityError, match="tuned model does not answer"):
        ftkit.merged_model("one")


def test_a_merge_that_gives_other_answers_is_refused(monkeypatch, tmp_path, tiny_model_folder):
    monkeypatch.chdir(tmp_path)
    run = _run(tiny_model_folder)
    merge = LoraModel.merge_and_unload

    def rounding(self):
        return merge(self).bfloat16().float()

    monkeypatch.setattr(LoraModel, "merge_and_unload", rounding)
    with pytest.raises(IdentityError, match="as base and adapter did apart"):
        ftkit.merged_model("one")
    assert not run.merged.exists()
