"""What differs between two runs is named, so that no change gets the praise or the blame of another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftkit.comparison.helped import Helped
from ftkit.comparison.what_changed import WEIGHTED_LOSS, what_changed
from ftkit.runfolder import RunFolder

ARGUMENTS = {
    "learning_rate": 0.002, "num_train_epochs": 8, "max_steps": -1, "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 1, "lr_scheduler_type": "cosine", "weight_decay": 0.01, "seed": 42, "max_length": 70,
    "warmup_steps": 0.05,
}  # fmt: skip
LORA = {
    "peft_type": "LORA",
    "r": 16,
    "lora_alpha": 32,
    "lora_dropout": 0.1,
    "target_modules": ["q_proj", "v_proj"],
    "use_dora": False,
}


def run(
    root: Path,
    name: str,
    adapter: dict | None = LORA,
    rows: str = "a",
    path: str = "/models/smollm2",
    quantization: str | None = None,
    loss: str | None = None,
    **arguments: object,
) -> RunFolder:
    folder = RunFolder(name, root)
    folder.begin()
    folder.write_json(
        "actual.json",
        {"arguments": {**ARGUMENTS, **arguments}, "peft_config": adapter, "own_loss": loss,
         "model": {"path": path, "quantization": quantization}, "data": {"train": {"rows": 8, "content": rows}}},
    )  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({}, ()),
        ({"num_train_epochs": 5}, ("length: 8 epochs → 5 epochs",)),
        ({"max_steps": 64}, ("length: 8 epochs → 64 steps",)),
        ({"num_train_epochs": 1.0}, ("length: 8 epochs → 1 epoch",)),
        ({"max_steps": 1}, ("length: 8 epochs → 1 step",)),
        ({"per_device_train_batch_size": 1, "gradient_accumulation_steps": 2}, ()),
        ({"adapter": {**LORA, "r": 8, "lora_alpha": 16}}, ("rank: 16 → 8",)),
        ({"adapter": {**LORA, "r": 8}}, ("rank: 16 → 8",)),
        ({"adapter": None}, ("technique: LORA → full fine-tuning",)),
        ({"loss": WEIGHTED_LOSS}, ("loss function: plain → weighted by class",)),
        ({"loss": "my_loss"}, ("loss function: plain → my_loss",)),
        ({"rows": "b"}, ("training examples",)),
        ({"rows": "b", "max_length": 90}, ("training examples",)),
        ({"warmup_steps": 0.1}, ("warm-up: 0.05 → 0.1",)),
        ({"adapter": {**LORA, "use_dora": True}}, ("DoRA: False → True",)),
        ({"adapter": {**LORA, "r": "8", "lora_alpha": "x"}}, ("rank: 16 → 8", "alpha: 32 → x")),
        ({"adapter": {"peft_type": "IA3", "target_modules": ["k_proj"]}}, ("technique: LORA → IA3",)),
        ({"seed": 1234567}, ("seed: 42 → 1234567",)),
        ({"path": "C:\\m\\smollm2"}, ()),
        ({"path": "/hub/models--Org--smollm2/snapshots/12fd25f"}, ()),
        ({"path": "/w/ftkit-runs/sft-1/merged"}, ("base model: smollm2 → sft-1/merged",)),
        ({"quantization": "4 bit"}, ("weights in: full precision → 4 bit",)),
        ({"learning_rate": 5e-4, "per_device_train_batch_size": 8},
         ("learning rate: 0.002 → 0.0005", "batch size: 2 → 8")),
    ],
)  # fmt: skip
def test_each_difference_is_named(tmp_path, later, said):
    assert what_changed(run(tmp_path, "two", **later), run(tmp_path, "one")) == said


def test_nothing_is_said_of_a_run_that_wrote_nothing_down(tmp_path):
    blank = RunFolder("blank", tmp_path)
    blank.begin()
    assert what_changed(run(tmp_path, "two"), blank) == ()
    blank.path.joinpath("actual.json").write_text("{")
    assert what_changed(blank, run(tmp_path, "one")) == ()


def test_with_several_changes_the_answer_says_that_none_can_be_told_from_the_others():
    one = Helped("b", "a", 1.0, 2.0, -1.0, -1.2, -0.8, 20, 100, ("rank: 16 → 8",))
    assert one.sentence.endswith("Changed: rank: 16 → 8.")
    several = Helped("b", "a", 1.0, 2.0, -1.0, -1.2, -0.8, 20, 100, ("rank: 16 → 8", "seed: 1 → 2"))
    assert several.sentence.endswith("rank: 16 → 8; seed: 1 → 2. Which of them did it nobody can tell.")
    assert json.dumps(several.changed)
