"""P-tuning: the count, with the network that makes the vectors."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ftkit.methods import METHODS, p_tuning
from tests.methods.architectures import KINDS, made_ready, model_of
from tests.methods.shapes import STARTER

METHOD = METHODS["p-tuning"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "settings", [{}, {"num_virtual_tokens": 3, "encoder_hidden_size": 7}, {"encoder_hidden_size": 64}]
)
def test_the_trainable_parameters_are_those_that_peft_makes(kind, settings):
    _, stated, counted = made_ready("p-tuning", model_of(kind), **settings)
    assert stated == counted


def test_the_starter_model_has_the_measured_number():
    assert METHOD.trainable(METHOD.settings(), STARTER) == 173_888


def test_the_cell_shows_what_was_chosen():
    assert METHOD.cell(METHOD.settings(encoder_hidden_size=64), {}, "CAUSAL_LM") == (
        "from peft import PromptEncoderConfig\n"
        "\n"
        "peft_config = PromptEncoderConfig(\n"
        '    task_type="CAUSAL_LM",\n'
        "    num_virtual_tokens=16,\n"
        "    encoder_hidden_size=64,\n"
        ")\n"
    )


@pytest.mark.parametrize("wrong", [{"num_virtual_tokens": 0}, {"encoder_hidden_size": 0}])
def test_the_impossible_is_rejected(wrong):
    with pytest.raises(ValidationError):
        p_tuning.Settings(**wrong)


def test_a_short_run_starts_where_the_starter_model_learned_most():
    assert METHOD.learning_rate(STARTER, 30).value == 5e-3
    assert METHOD.learning_rate(STARTER, 500).value == 1e-3


def test_it_says_why_it_does_not_merge():
    assert not METHOD.merges
    assert "no weight of the model changes" in METHOD.merging
