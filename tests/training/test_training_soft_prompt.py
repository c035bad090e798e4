"""Soft prompts: what they start from is not the base, so the base is measured apart; P-tuning's network is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.errors import RunError
from ftkit.runfolder import History, RunFolder
from tests.methods.trained import cells_of, names_for, planned, train

IDS = ("prefix-tuning", "prompt-tuning", "p-tuning")
EVERY = pytest.mark.parametrize(
    # The one that is neither at the model's side nor made by a network is in the slow lane.
    "method",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "prompt-tuning")) for name in IDS],
)


def rows_of(run: RunFolder, name: str = "metrics.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.path / name).read_text().splitlines()]


def plain_base(model: Path) -> tuple[float, dict[str, float]]:
    """The base's evaluation loss from the same trainer class without an adapter; in all and by row."""
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    from ftkit.training.per_example import PerExample

    names = names_for(model)
    args = SFTConfig(
        output_dir="unused", max_length=128, per_device_eval_batch_size=3, bf16=False, use_cpu=True
    )
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(model, dtype="float32"),
        args=args,
        train_dataset=names["data"]["train"],
        eval_dataset=names["data"]["validation"],
        processing_class=names["tokenizer"],
    )
    per_example = PerExample()
    per_example.attach(trainer.model, trainer.eval_dataset)
    metrics = trainer.evaluate()
    return metrics["eval_loss"], {row["row"]: row["loss"] for row in per_example.finish(metrics, 1, 0)}


def short(model: Path, run: str, method: str, **more: Any) -> Any:
    return planned(model, run, method, num_train_epochs=1, **more)


@EVERY
def test_the_base_loss_is_that_of_a_plain_base(method, tiny_model_folder, tmp_path, monkeypatch):
    """Eight held-out rows in batches of three: a mean over rows and one over batches would differ."""
    monkeypatch.chdir(tmp_path)
    plan = short(tiny_model_folder, "soft-1", method, learning_rate=1e-3)
    monkeypatch.setattr("tests.methods.trained.cells_of", lambda plan: _in_threes(cells_of(plan)))
    run, _ = train(plan, tiny_model_folder)
    expected, by_row = plain_base(tiny_model_folder)
    history = History.from_run(run)
    assert history.base_loss == pytest.approx(expected, abs=1e-6)
    assert {row: loss for row, (loss, _) in history.base_evaluations.items()} == pytest.approx(
        by_row, abs=1e-4
    )
    assert abs(dict(history.eval)[0] - expected) > 0.01  # it does not start as the base
    assert ftkit.diagnose(run.path).numbers["base_loss"] == history.base_loss


def _in_threes(cells: dict[str, str]) -> dict[str, str]:
    import re

    changed = re.sub(r"per_device_eval_batch_size=\d+", "per_device_eval_batch_size=3", cells["train"])
    if "per_device_eval_batch_size" not in changed:
        changed = changed.replace("eval_on_start=True", "per_device_eval_batch_size=3, eval_on_start=True", 1)
    assert "per_device_eval_batch_size=3" in changed
    return {**cells, "train": changed}


def test_measuring_the_base_leaves_no_trace_in_the_trainers_own_figures(
    tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with_base, _ = train(short(tiny_model_folder, "with-1", "prompt-tuning"), tiny_model_folder)
    monkeypatch.setattr("ftkit.training.losses.Losses.base", lambda self, trainer: None)
    without, _ = train(short(tiny_model_folder, "without-1", "prompt-tuning"), tiny_model_folder)
    measured = [row for row in rows_of(with_base) if "base_loss" in row]
    assert [set(row) for row in measured] == [{"attempt", "step", "base_loss"}]
    assert [row for row in rows_of(with_base) if "base_loss" not in row] == rows_of(without)


def test_a_technique_that_starts_as_the_base_is_not_measured_twice(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run, _ = train(short(tiny_model_folder, "lora-1", "lora"), tiny_model_folder)
    history = History.from_run(run)
    assert history.measured_base is None
    assert history.base_loss == dict(history.eval)[0]


def with_callback(train_cell: str, body: str) -> str:
    """The cell with one more callback."""
    added = (
        f"from transformers import TrainerCallback\n\n\nclass Added(TrainerCallback):\n{body}\n\n"
        "trainer.add_callback(Added())\ntrainer.train()"
    )
    assert train_cell.endswith("outcome = trainer.train()")
    return train_cell.removesuffix("outcome = trainer.train()") + added


@EVERY
def test_a_prompt_asked_in_between_is_answered_and_leaves_no_trace(
    method, tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    train(short(tiny_model_folder, "quiet-1", method), tiny_model_folder)
    names = names_for(tiny_model_folder)
    cells = cells_of(short(tiny_model_folder, "asked-1", method))
    asking = with_callback(
        cells["train"],
        "    def on_step_begin(self, args, state, control, **kwargs):\n"
        "        if state.global_step == 3:\n"
        "            from ftkit.runfolder import RunFolder\n"
        "            RunFolder('asked-1').request('sample', prompt='Say red twice.')\n",
    )
    for source in (cells["method"], asking):
        exec(compile(source, "<cell>", "exec"), names)
    (row,) = RunFolder("asked-1").samples()
    assert row["tokens"] > 0
    assert "no answer" not in row["answer"]
    assert rows_of(RunFolder("asked-1")) == rows_of(RunFolder("quiet-1"))


@EVERY
def test_a_run_goes_on_as_if_it_had_not_been_stopped(method, tiny_model_folder, tmp_path, monkeypatch):
    """Also P-tuning, whose network PEFT leaves out of its checkpoints."""
    monkeypatch.chdir(tmp_path)
    plan = planned(tiny_model_folder, "whole-1", method, num_train_epochs=2, max_steps=8)
    train(plan, tiny_model_folder)
    names = names_for(tiny_model_folder)
    cells = {step: source.replace("whole-1", "half-1") for step, source in cells_of(plan).items()}
    exec(compile(cells["method"], "<cell>", "exec"), names)
    crashes = with_callback(
        cells["train"],
        "    def on_step_begin(self, args, state, control, **kwargs):\n"
        "        if state.global_step == 4:\n"
        "            raise RuntimeError('the power went off')\n",
    )
    with pytest.raises(RuntimeError, match="power"):
        exec(compile(crashes, "<cell>", "exec"), names)
    again = cells["train"].replace('run="half-1"', 'run="half-1", existing="resume"')
    again = again.replace("trainer.train()", "trainer.train(resume_from_checkpoint=True)")
    exec(compile(again, "<cell>", "exec"), names)
    whole, half = History.from_run(RunFolder("whole-1")), History.from_run(RunFolder("half-1"))
    assert dict(half.eval) == pytest.approx(dict(whole.eval), abs=1e-5)
    assert half.base_loss == whole.base_loss
    assert [row for row in rows_of(RunFolder("half-1")) if "base_loss" in row] == [
        {"attempt": 1, "step": 0, "base_loss": whole.base_loss}
    ]


def test_without_its_network_p_tuning_does_not_go_on_from_another_prompt(tmp_path, tiny_model_folder):
    from peft import PromptEncoderConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from ftkit.training.soft_prompt import put_network_back

    config = PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=4, encoder_hidden_size=8)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_model_folder), config)
    (tmp_path / "checkpoint-4").mkdir()
    with pytest.raises(RunError, match="P-tuning's network was not kept"):
        put_network_back(model, tmp_path / "checkpoint-4")


@EVERY
def test_the_best_checkpoint_is_what_is_kept(method, tiny_model_folder, tmp_path, monkeypatch):
    """The last steps spoil the prompt: what is saved, and what is in memory, has to be the best one."""
    monkeypatch.chdir(tmp_path)
    plan = planned(tiny_model_folder, "best-1", method, num_train_epochs=2, max_steps=8)
    run, names = RunFolder("best-1"), names_for(tiny_model_folder)
    cells = cells_of(plan)
    spoilt = with_callback(
        cells["train"],
        "    def on_step_end(self, args, state, control, model, **kwargs):\n"
        "        for weight in model.prompt_encoder.parameters():\n"
        "            weight.data += 3.0 * (state.global_step > 5)\n",
    )
    for source in (cells["method"], spoilt):
        exec(compile(source, "<cell>", "exec"), names)
    history = History.from_run(run)
    best = min((loss, step) for step, loss in history.eval if step)
    assert best[1] < history.last_step
    assert names["trainer"].evaluate()["eval_loss"] == pytest.approx(best[0], abs=1e-5)

    import torch
    from safetensors.torch import load_file

    saved = load_file(run.adapter / "adapter_model.safetensors")["prompt_embeddings"]
    checkpoint = Path(names["args"].output_dir) / f"checkpoint-{best[1]}" / "adapter_model.safetensors"
    assert torch.equal(saved, load_file(checkpoint)["prompt_embeddings"])


def test_prefix_tuning_with_activation_checkpointing_is_refused_with_the_way_out(
    tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    cells = cells_of(short(tiny_model_folder, "prefix-1", "prefix-tuning"))
    assert "activation_checkpointing=False" in cells["train"]  # TRL's own default is True
    names = names_for(tiny_model_folder)
    exec(compile(cells["method"], "<cell>", "exec"), names)
    edited = cells["train"].replace("activation_checkpointing=False", "activation_checkpointing=True")
    with pytest.raises(RunError, match="activation_checkpointing=False"):
        exec(compile(edited, "<cell>", "exec"), names)


@EVERY
def test_answers_are_those_of_the_forward_pass_also_in_a_batch(method, tiny_model_folder, tmp_path):
    """Padding between a soft prompt and the text would change them."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from ftkit.comparison.generate import Asking, answers
    from ftkit.comparison.identity import last_logits, prompt_ids

    torch.manual_seed(3)
    names = names_for(tiny_model_folder)
    exec(compile(cells_of(short(tiny_model_folder, "x-1", method))["method"], "<cell>", "exec"), names)
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32")
    model = get_peft_model(base, names["peft_config"]).eval()
    tokenizer = names["tokenizer"]
    prompts = [
        [{"role": "user", "content": text}]
        for text in ("Say red twice.", "Give me blue doubled, and then once more, please.", "Hi", "Ho")
    ]
    asked = answers(model, tokenizer, prompts, Asking(max_new_tokens=6))
    for prompt, given in zip(prompts, asked, strict=True):
        ids = prompt_ids(tokenizer, prompt)
        start = len(ids)
        while len(ids) - start < 6:
            token = int(last_logits(model, ids).argmax())
            if token == tokenizer.eos_token_id:
                break
            ids.append(token)
        assert given.text == tokenizer.decode(ids[start:], skip_special_tokens=True).strip()
