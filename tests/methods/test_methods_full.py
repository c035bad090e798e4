"""Full fine-tuning: every weight trains, slowly."""

from __future__ import annotations

from ftkit.fields import ModelShape
from ftkit.methods import full

SHAPE = ModelShape(134_515_008, 30, 576, 1536, 9, 3, 64, 49152, True)


def test_all_parameters_train():
    assert full.trainable(full.Settings(), SHAPE) == SHAPE.parameters


def test_the_learning_rate_is_low_with_a_reason():
    choice = full.learning_rate(SHAPE, 100)
    assert choice.value == 2e-5
    assert "every weight" in choice.reason


def test_the_cell_says_that_there_is_no_adapter():
    names: dict[str, object] = {}
    exec(full.cell(full.Settings(), {}), names)
    assert names["peft_config"] is None
