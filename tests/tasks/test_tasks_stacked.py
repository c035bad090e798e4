"""A run that trains another run's adapter on, unmerged: it starts from what that run made, and so does its reference."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit import catalog
from ftkit.catalog import chain_of
from ftkit.errors import CellError, IdentityError, RunError
from ftkit.recipe import from_presets, recipe_to_yaml
from ftkit.recipe.chain import method_of
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.tasks.test_tasks_chain import difference, rows_of, run_step
from tests.tasks.test_tasks_ppo import POWER_CUT
from tests.tasks.trained import data_files, rewarding_letters, rows_for


@pytest.fixture(scope="module")
def parent(tmp_path_factory: Any, tiny_model_folder: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("stacked"))
        yield run_step(str(tiny_model_folder), "sft-1", "sft", "lora", tiny_model_folder)


def trainer_for(tiny: Path, run: str, adapter: Path, kind: str = "DPO", **arguments: Any) -> Any:
    import trl
    from datasets import Dataset
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny, dtype="float32", use_safetensors=True)
    model = PeftModel.from_pretrained(model, str(adapter), is_trainable=True)
    rows = Dataset.from_list(rows_for({"DPO": "preference", "SFT": "sft"}[kind]))
    args = getattr(trl, f"{kind}Config")(
        output_dir=f"ftkit-runs/{run}/checkpoints",
        use_cpu=True,
        bf16=False,
        activation_checkpointing=False,
        per_device_train_batch_size=4,
        learning_rate=5e-3,
        max_steps=6,
        **arguments,
        eval_strategy="steps",
        eval_steps=3,
        save_steps=3,
        eval_on_start=True,
        load_best_model_at_end=True,
        logging_steps=1,
    )
    return getattr(trl, f"{kind}Trainer")(
        model=model,
        args=args,
        train_dataset=rows.select(range(32)),
        eval_dataset=rows.select(range(32, 40)),
        processing_class=AutoTokenizer.from_pretrained(tiny),
    )


def test_a_preference_run_starts_at_ln_2_and_its_base_is_the_run_before(parent, tiny_model_folder):
    trainer = trainer_for(tiny_model_folder, "dpo-1", parent.adapter)
    ftkit.follow(trainer, run="dpo-1", continues="sft-1")
    trainer.train()
    run = RunFolder("dpo-1")
    assert rows_of(run, "eval_loss")[0] == (0, pytest.approx(math.log(2), abs=1e-5))
    assert rows_of(run, "eval_rewards/margins")[0][1] == pytest.approx(0, abs=1e-5)
    assert rows_of(run, "eval_loss")[-1][1] < math.log(2)
    for part in (0, 1, 2):
        assert difference(run.base_logits, parent.path / "tuned_logits.safetensors", part) < 1e-3
    facts = json.loads((run.path / "actual.json").read_text())
    assert facts["continues"] == "sft-1"
    assert "starts from what that run made" in facts["base_check"]["note"]
    assert facts["base_check"]["tensors"] == 20
    assert chain_of("dpo-1") == ["sft-1", "dpo-1"]
    # The reference is not part of the result.
    assert sorted(path.name for path in run.adapter.iterdir() if path.is_dir()) == []

    found = ftkit.compare("dpo-1", ["Say red twice."], rows=0, max_new_tokens=4)
    assert found.base_difference < 1e-3
    assert found.tuned_difference < 1e-3
    assert "'sft-1'" in " ".join(found.notes)
    merged = ftkit.merged_model("dpo-1")
    assert (Path(merged) / "model.safetensors").exists()


def test_the_generated_cells_start_from_the_run_before_each_time(parent, tiny_model_folder, tmp_path):
    from ftkit.cells.editing import set_follow
    from ftkit.cli.planning import plan

    shape = catalog.find("run:sft-1").shape
    method = method_of(catalog.continued("sft-1"), shape)
    presets = {
        "task": "dpo",
        "model": "run:sft-1",
        "chain": "continue",
        "data": data_files(tmp_path, "preference"),
    }
    steps = {"max_steps": 2, "batch_size": 4, "learning_rate": 5e-3}
    with pytest.raises(CellError, match="its own, which stay"):
        plan(from_presets(run="cells-1", **presets, r=2))
    recipe = from_presets(run="cells-1", **presets, **steps, **{"method": method.pop("name"), **method})
    RunFolder("cells-1").write_recipe(recipe_to_yaml(recipe))
    written, names = plan(recipe).cells, {}
    for step in ("model", "data", "method", "train"):
        exec(written[step].source, names)
    run = RunFolder("cells-1")
    once = rows_of(run, "loss")
    exec(set_follow(written["train"].source, existing="overwrite"), names)
    assert rows_of(run, "loss") == once
    assert rows_of(run, "eval_loss")[0] == (0, pytest.approx(math.log(2), abs=1e-5))
    assert rows_of(run, "eval_rewards/margins")[0][1] == pytest.approx(0, abs=1e-5)
    assert difference(run.base_logits, parent.path / "tuned_logits.safetensors", 0) < 1e-3
    assert run.actual()["differences"] == []
    assert chain_of("cells-1") == ["sft-1", "cells-1"]


def test_a_resumed_run_still_starts_from_the_run_before(parent, tiny_model_folder):
    import torch
    from transformers import TrainerCallback

    class PowerCut(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if state.global_step == 4:
                raise RuntimeError("the lights went out")

    first = trainer_for(tiny_model_folder, "again", parent.adapter)
    first.add_callback(PowerCut())
    ftkit.follow(first, run="again", continues="sft-1")
    with pytest.raises(RuntimeError, match="lights"):
        first.train()
    moved = trainer_for(tiny_model_folder, "again", parent.adapter)
    with torch.no_grad():
        moved.model.base_model.model.model.norm.weight[:1] += 0.01
    ftkit.follow(moved, run="again", existing="resume", continues="sft-1")
    with pytest.raises(IdentityError, match="is not what"):
        moved.train(resume_from_checkpoint=True)
    second = trainer_for(tiny_model_folder, "again", parent.adapter)
    ftkit.follow(second, run="again", existing="resume", continues="sft-1")
    second.train(resume_from_checkpoint=True)
    run = RunFolder("again")
    assert run.state()["state"] == "finished"
    facts = json.loads((run.path / "actual.json").read_text())
    assert facts["continues"] == "sft-1"
    assert "what the run before made" in facts["base_check"]["note"]


def test_more_of_the_same_task_starts_from_the_run_before(parent, tiny_model_folder):
    trainer = trainer_for(tiny_model_folder, "sft-2", parent.adapter, "SFT", max_length=128)
    ftkit.follow(trainer, run="sft-2", continues="sft-1")
    trainer.train()
    run = RunFolder("sft-2")
    assert run.state()["state"] == "finished"
    assert difference(run.base_logits, parent.path / "tuned_logits.safetensors", 0) < 1e-3
    assert difference(run.base_logits, parent.base_logits, 0) > 1e-2


def test_without_saying_so_a_trained_adapter_is_refused_as_before(parent, tiny_model_folder):
    trainer = trainer_for(tiny_model_folder, "unsaid", parent.adapter)
    ftkit.follow(trainer, run="unsaid")
    with pytest.raises(IdentityError, match="trained already"):
        trainer.train()


@pytest.mark.parametrize("which", ["default", "ref"])
def test_one_number_that_is_not_the_run_s_is_enough(parent, tiny_model_folder, which):
    import torch

    trainer = trainer_for(tiny_model_folder, "moved", parent.adapter)
    names = [name for name, _ in trainer.model.named_parameters() if f"lora_B.{which}" in name]
    with torch.no_grad():
        trainer.model.get_parameter(names[0])[0, 0] += 1e-6
    ftkit.follow(trainer, run="moved", continues="sft-1")
    with pytest.raises(IdentityError, match=r"number for number|reference is not"):
        trainer.train()


def test_another_base_under_the_adapter_is_refused(parent, tmp_path_factory):
    from tests.tiny import tiny_model

    other = tiny_model(tmp_path_factory.mktemp("other") / "tiny", seed=1)
    trainer = trainer_for(other, "other-base", parent.adapter)
    ftkit.follow(trainer, run="other-base", continues="sft-1")
    with pytest.raises(IdentityError, match="does not answer as it did"):
        trainer.train()


def test_a_trainer_whose_reference_would_be_the_first_base_is_refused(parent, tiny_model_folder):
    trainer = trainer_for(tiny_model_folder, "no-copy", parent.adapter)
    trainer.model.delete_adapter("ref")  # then TRL switches the adapter off instead
    ftkit.follow(trainer, run="no-copy", continues="sft-1")
    with pytest.raises(IdentityError, match="instead of what that run made"):
        trainer.train()


@pytest.mark.parametrize("task", ["ppo", "rloo", "grpo"])
def test_a_run_that_learns_from_rewards_starts_at_its_reference(task, parent, tiny_model_folder, tmp_path):
    """Neither the first run's base, nor a reference that moves along: nothing at the start, something afterwards."""
    run, names = by_its_cells(task, f"{task}-1", tmp_path, edited=rewarding_letters)
    distances = rows_of(run, "eval_kl")
    assert distances[0] == (0, pytest.approx(0, abs=1e-6))
    assert abs(distances[-1][1]) > 1e-6  # TRL estimates it, and an estimate can come out below zero
    assert difference(run.base_logits, parent.path / "tuned_logits.safetensors", 0) < 1e-3
    assert run.actual()["continues"] == "sft-1"
    assert "starts from what that run made" in run.actual()["base_check"]["note"]
    model = names["trainer"].model
    assert not [name for name, weight in model.named_parameters() if ".ref." in name and weight.requires_grad]
    assert sorted(path.name for path in run.adapter.iterdir() if path.is_dir()) == []
    found = ftkit.compare(run.name, ["Say red twice."], rows=0, max_new_tokens=4)
    assert found.base_difference < 1e-3
    assert found.tuned_difference < 1e-3


def test_a_resumed_ppo_run_still_pays_for_leaving_the_run_before(parent, tiny_model_folder, tmp_path):
    from ftkit.cells.editing import set_follow

    def fails(source: str) -> str:
        return rewarding_letters(source).replace("outcome = trainer.train()", POWER_CUT)

    straight, _ = by_its_cells("ppo", "ppo-straight", tmp_path, edited=rewarding_letters, max_steps=4)
    with pytest.raises(OSError, match="power cut"):
        by_its_cells("ppo", "ppo-parts", tmp_path, edited=fails, max_steps=4)
    again, _ = by_its_cells(
        "ppo",
        "ppo-parts",
        tmp_path,
        edited=lambda source: set_follow(rewarding_letters(source), existing="resume"),
        max_steps=4,
    )
    assert again.state()["attempt"] == 2
    assert "what the run before made" in again.actual()["base_check"]["note"]
    assert rows_of(again, "eval_kl")[-1][1] == pytest.approx(rows_of(straight, "eval_kl")[-1][1], rel=1e-4)
    assert rows_of(again, "eval_kl")[-1][1] > 1e-6


def by_its_cells(task: str, run: str, place: Path, *, edited: Any, **presets: Any) -> tuple[RunFolder, Any]:
    """A run that trains the adapter of ``sft-1`` on, carried out with its own cells."""
    from ftkit.cli.planning import plan

    method = method_of(catalog.continued("sft-1"), catalog.find("run:sft-1").shape)
    form = TASKS[task].form
    chosen = {"run": run, "task": task, "model": "run:sft-1", "chain": "continue", "batch_size": 8}
    chosen |= {"data": data_files(place / form, form), "max_steps": 2, "learning_rate": 5e-3}
    recipe = from_presets(
        **chosen | {"max_completion_length": 8, "method": method.pop("name"), **method} | presets
    )
    RunFolder(run).write_recipe(recipe_to_yaml(recipe))
    written, names = plan(recipe).cells, {}
    for step in ("model", "data", "method", "train"):
        source = written[step].source
        exec(edited(source) if step == "train" else source, names)
    return RunFolder(run), names


def test_a_task_that_would_switch_the_adapter_off_is_refused(parent, tiny_model_folder):
    from ftkit.training.continued import check_continues

    trainer = trainer_for(tiny_model_folder, "sft-3", parent.adapter, "SFT", max_length=128)
    tokenizer = trainer.processing_class
    for task in ("ppo", "rloo", "grpo", "dpo", "kto"):  # this trainer keeps no copy for any of them
        with pytest.raises(IdentityError, match="instead of what that run made"):
            check_continues(trainer, trainer.model, tokenizer, parent, TASKS[task])
    for task in ("sft", "domain", "multi-task", "orpo"):
        assert "sft-1" in check_continues(trainer, trainer.model, tokenizer, parent, TASKS[task])


def test_nobody_s_run_cannot_be_gone_on_with(parent, tiny_model_folder):
    trainer = trainer_for(tiny_model_folder, "x", parent.adapter)
    for name in ("nobody", "x"):
        with pytest.raises(RunError, match="another run that is here"):
            ftkit.follow(trainer, run="x", continues=name)
