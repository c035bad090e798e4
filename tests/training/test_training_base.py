"""The base is the base: proven before the first step, on the tensors themselves."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path

import pytest
import torch

import ftkit
from ftkit.errors import IdentityError
from ftkit.runfolder import RunFolder
from ftkit.training.base import check_is_base, weight_files
from tests.training.made_trainer import losses, make_trainer


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def base(folder, **more):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, **more)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_fresh_model_is_its_base_in_any_number_format(tiny_model_folder, dtype):
    assert check_is_base(base(tiny_model_folder, dtype=dtype)) == {"tensors": 20, "note": ""}


def test_a_fresh_adapter_changes_nothing(tiny_model_folder):
    model = make_trainer(tiny_model_folder).model
    assert check_is_base(model)["tensors"] == 20


@pytest.mark.parametrize(
    "name", ["model.embed_tokens.weight", "model.layers.1.mlp.up_proj.weight", "model.norm.weight"]
)
def test_one_changed_tensor_is_enough(tiny_model_folder, name):
    model = base(tiny_model_folder, dtype="float32")
    with torch.no_grad():
        model.get_parameter(name)[:1] += 0.01
    with pytest.raises(IdentityError, match=f"{name} is not what"):
        check_is_base(model)


def test_a_trained_adapter_is_noticed(tiny_model_folder):
    trainer = make_trainer(tiny_model_folder, max_steps=2)
    trainer.train()
    with pytest.raises(IdentityError, match=r"trained already.*loads it again"):
        check_is_base(trainer.model)


def test_what_cannot_be_compared_is_said(tiny_model_folder, monkeypatch):
    model = base(tiny_model_folder)
    model.config._name_or_path = "nobody/nothing"
    assert "not on this machine" in check_is_base(model)["note"]
    model.config._name_or_path = str(Path("gone/with/the/wind").absolute())
    assert "not on this machine" in check_is_base(model)["note"]


def test_a_model_in_the_hubs_cache_is_found(tiny_model_folder, monkeypatch):
    snapshot = Path("cache/models--a--b/snapshots/abc")
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").symlink_to(tiny_model_folder / "model.safetensors")
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs/main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(Path("cache").absolute()))
    assert [file.name for file in weight_files("a/b")] == ["model.safetensors"]


def test_a_model_in_parts_is_compared_in_parts(tiny_model_folder):
    model = base(tiny_model_folder, dtype="float32")
    model.save_pretrained("parts", max_shard_size="100KB")
    assert len(weight_files("parts")) > 1
    again = base("parts", dtype="float32")
    assert check_is_base(again)["tensors"] == 20


@pytest.mark.parametrize("method", ["lora", "full"])
def test_training_a_trained_model_is_refused_before_the_first_step(tiny_model_folder, method):
    first = make_trainer(tiny_model_folder, method=method, max_steps=2)
    ftkit.follow(first, run="one")
    first.train()
    with pytest.raises(IdentityError, match="trained already"):
        first.train()
    second = make_trainer(tiny_model_folder, model=first.model, method="full", max_steps=2)
    ftkit.follow(second, run="two")
    with pytest.raises(IdentityError, match="trained already"):
        second.train()
    assert not RunFolder("two").exists()
    assert second.state.global_step == 0


@pytest.mark.parametrize("method", ["lora", "full"])
def test_running_the_cell_again_starts_from_the_base_and_frees_the_memory(tiny_model_folder, method):
    first = make_trainer(tiny_model_folder, method=method, max_steps=3)
    ftkit.follow(first, run="one")
    first.train()
    before = losses(first)
    gone = [weakref.ref(first), weakref.ref(first.model), weakref.ref(first.optimizer.optimizer)]
    # As in a notebook: the same name is bound anew, then follow is called.
    first = make_trainer(tiny_model_folder, method=method, max_steps=3)
    ftkit.follow(first, run="one", existing="overwrite")
    assert [reference() for reference in gone] == [None, None, None]
    first.train()
    assert losses(first) == before
    assert RunFolder("one").actual()["base_check"]["tensors"] == 20


def test_a_comparison_finds_the_model_in_memory_and_does_not_keep_it(tiny_model_folder):
    from ftkit.comparison import weights

    trainer = make_trainer(tiny_model_folder, max_steps=1)
    ftkit.follow(trainer, run="one")
    trainer.train()
    path = str(RunFolder("one").path.resolve())
    assert weights._alive[path] is trainer.model
    del trainer
    gc.collect()
    assert path not in weights._alive


def test_the_tokens_of_the_first_prompts_are_kept(tiny_model_folder):
    trainer = make_trainer(tiny_model_folder, max_steps=1)
    ftkit.follow(trainer, run="one")
    trainer.train()
    kept = json.loads(Path("ftkit-runs/one/prompt_check.json").read_text())
    first = trainer.train_dataset[0]
    assert kept[0]["ids"] == first["input_ids"][: len(kept[0]["ids"])]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"init_lora_weights": False}, "answers before the first step.*not to start at zero"),
        ({"init_lora_weights": "olora"}, "'olora' rewrites the base's own weights"),
        ({"init_lora_weights": "pissa"}, None),
        ({"use_dora": True}, None),
        ({"modules_to_save": ["embed_tokens"]}, None),
    ],
)
def test_an_adapter_that_speaks_before_the_first_step_is_refused(tiny_model_folder, settings, says):
    import peft

    config = peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", **settings)
    model = peft.get_peft_model(base(tiny_model_folder, dtype="float32"), config)
    trainer = make_trainer(tiny_model_folder, model=model, method="full", max_steps=1)
    ftkit.follow(trainer, run="one")
    if says is None:
        trainer.train()
        return
    with pytest.raises(IdentityError, match=says):
        trainer.train()
    assert not RunFolder("one").exists()


def test_a_trained_adapter_of_another_technique_is_refused(tiny_model_folder):
    import peft

    config = peft.LoHaConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM")
    model = peft.get_peft_model(base(tiny_model_folder, dtype="float32"), config)
    make_trainer(tiny_model_folder, model=model, method="full", max_steps=2).train()
    again = make_trainer(tiny_model_folder, model=model, method="full", max_steps=2)
    ftkit.follow(again, run="one")
    with pytest.raises(IdentityError, match="trained already"):
        again.train()
