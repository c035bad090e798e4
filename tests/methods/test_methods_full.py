"""Full fine-tuning: every weight trains, slowly."""

from __future__ import annotations

from ftkit.methods import METHODS
from tests.methods.shapes import STARTER

FULL = METHODS["full"]


def test_all_parameters_train():
    assert FULL.trainable(FULL.settings(), STARTER) == STARTER.parameters


def test_the_learning_rate_is_low_with_a_reason():
    choice = FULL.learning_rate(STARTER, 100)
    assert choice.value == 2e-5
    assert "every weight" in choice.reason


def test_the_cell_says_that_there_is_no_adapter():
    names: dict[str, object] = {}
    exec(FULL.cell(FULL.settings(), {}, "CAUSAL_LM"), names)
    assert names["peft_config"] is None
