"""Examples that share a row: what keeps them apart, and that each one's loss is still recorded."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ftkit.fields import Gpu, Machine
from ftkit.training.per_example import PerExample
from tests.tiny import as_chat, tiny_rows


def trainer_for(folder: Path, out: Path, rows: int, **arguments: Any) -> Any:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    args = SFTConfig(
        output_dir=str(out),
        use_cpu=True,
        bf16=False,
        activation_checkpointing=False,
        max_length=256,
        per_device_eval_batch_size=4,
        **arguments,
    )
    return SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder),
        args=args,
        train_dataset=Dataset.from_list(as_chat(tiny_rows(24))),
        eval_dataset=Dataset.from_list(as_chat(tiny_rows(rows, seed=1))),
        processing_class=AutoTokenizer.from_pretrained(folder),
    )


def recorded(trainer: Any) -> tuple[dict[str, float], str]:
    """Each held-out example's loss by its name, and the note."""
    listener = PerExample()
    listener.attach(trainer.model, trainer.eval_dataset)
    trainer.model.eval()
    metrics = trainer.evaluate()
    rows = listener.finish(metrics, 0, 0)
    note = listener.note
    listener.detach()
    return {row["row"]: row["loss"] for row in rows}, note


def test_without_flash_attention_examples_in_one_row_see_each_other(tiny_model_folder: Path):
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, attn_implementation="sdpa").eval()
    first, second = torch.arange(3, 10)[None], torch.arange(20, 29)[None]
    positions = torch.cat([torch.arange(7), torch.arange(9)])[None]
    with torch.no_grad():
        alone = model(input_ids=second).logits
        together = model(input_ids=torch.cat([first, second], dim=1), position_ids=positions).logits[:, 7:]
    assert float((together - alone).abs().max()) > 0.1


def test_losses_of_single_examples_are_told_apart_in_a_row_without_padding(
    tiny_model_folder: Path, tmp_path: Path
):
    apart, _ = recorded(trainer_for(tiny_model_folder, tmp_path / "a", 10))
    packed, note = recorded(
        trainer_for(tiny_model_folder, tmp_path / "b", 10, packing=True, eval_packing=False)
    )
    assert note == ""
    assert set(packed) == set(apart)
    assert len(packed) == 10
    # The first example of a row sees no other one, whatever the attention: its loss is the same.
    same = [name for name in apart if packed[name] == pytest.approx(apart[name], abs=1e-3)]
    assert len(same) >= 3


def test_a_model_that_gives_no_logits_is_named_and_nothing_is_made_up(tiny_model_folder: Path):
    import torch

    listener = PerExample()
    with torch.no_grad():
        listener._hook(
            SimpleNamespace(training=False), (), {"labels": torch.ones(1, 3)}, SimpleNamespace(logits=object)
        )
    assert listener.finish({"eval_loss": 1.0}, 0, 0) == []
    assert "no logits" in listener.note


def test_a_compiled_model_is_listened_to_as_well(tiny_model_folder: Path, tmp_path: Path):
    import torch

    plain, _ = recorded(trainer_for(tiny_model_folder, tmp_path / "a", 4))
    trainer = trainer_for(tiny_model_folder, tmp_path / "b", 4)
    listener = PerExample()
    listener.attach(trainer.model, trainer.eval_dataset)
    compiled = torch.compile(trainer.model, backend="eager")
    compiled.eval()
    for batch in trainer.get_eval_dataloader():
        with torch.no_grad():
            output = compiled(**batch, fused_lm_head=True)
    rows = listener.finish({"eval_loss": float(output.loss)}, 0, 0)
    listener.detach()
    assert {row["row"]: row["loss"] for row in rows} == pytest.approx(plain, abs=1e-3)


def test_a_run_whose_examples_share_rows_is_followed_to_its_end(
    tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import ftkit
    from ftkit.runfolder import RunFolder

    monkeypatch.chdir(tmp_path)
    trainer = trainer_for(
        tiny_model_folder,
        tmp_path / "ftkit-runs" / "packed" / "checkpoints",
        10,
        packing=True,
        eval_packing=False,
        per_device_train_batch_size=2,
        max_steps=3,
        eval_strategy="steps",
        eval_steps=1,
        eval_on_start=True,
        logging_steps=1,
        learning_rate=1e-3,
    )
    assert len(trainer.train_dataset) < 24
    ftkit.follow(trainer, run="packed")
    trainer.train()
    run = RunFolder("packed")
    state = run.state()
    assert state["state"] == "finished"
    assert not state.get("note")
    evaluated = [json.loads(line) for line in (run.path / "evaluations.jsonl").read_text().splitlines()]
    assert {len([row for row in evaluated if row["step"] == step]) for step in range(4)} == {10}


@pytest.mark.gpu
def test_packed_rows_with_flash_attention_give_what_the_examples_give_alone(
    tiny_model_folder: Path, tmp_path: Path
):
    from ftkit.hardware import this_machine

    machine: Machine = this_machine()
    card: Gpu | None = machine.gpu
    if card is None or not card.bf16:
        pytest.skip("needs an NVIDIA card of the Ampere generation or newer")
    pytest.importorskip("flash_attn", reason="Flash Attention is not installed")
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        tiny_model_folder, attn_implementation="flash_attention_2", dtype="bfloat16"
    )
    model = model.cuda().eval()
    first, second = torch.arange(3, 10)[None].cuda(), torch.arange(20, 29)[None].cuda()
    positions = torch.cat([torch.arange(7), torch.arange(9)])[None].cuda()
    with torch.no_grad():
        alone = model(input_ids=second).logits
        together = model(
            input_ids=torch.cat([first, second], dim=1), position_ids=positions, use_cache=False
        ).logits[:, 7:]
    assert float((together - alone).abs().max()) < 0.1
