"""Only what is as it should be is kept away; whatever may be wrong is still said."""

import logging

import pytest

from ftkit.notebook.quiet import is_expected, libraries_stay_quiet

REPORT = "{0}LlamaForSequenceClassification LOAD REPORT{1} from: models/tiny\nKey | Status |\n----+----+-\n{2}\n\nNotes:\n- …"


def report(*rows):
    return REPORT.format("\x1b[1m", "\x1b[0m", "\n".join(rows))


@pytest.mark.parametrize(
    "rows",
    [
        ["score.weight | MISSING |"],
        ["classifier.{bias, weight}     | \x1b[31mMISSING\x1b[0m |", "cls.predictions.bias | UNEXPECTED |"],
        ["bert.pooler.dense.weight | MISSING |"],
    ],
)
def test_a_new_head_is_no_news(rows):
    assert is_expected(report(*rows))


@pytest.mark.parametrize(
    "text",
    [
        report("score.weight | MISSING |", "model.layers.0.mlp.up_proj.weight | MISSING |"),
        report("score.weight | MISMATCH |"),
        report("model.norm.weight | UNEXPECTED |"),
        report(),
        "There were missing keys in the checkpoint model loaded: ['model.norm.weight'].",
        "Something else.",
    ],
)
def test_whatever_may_be_wrong_is_said(text):
    assert not is_expected(text)


def test_the_libraries_own_messages_are_meant(tiny_model_folder, caplog):
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    libraries_stay_quiet()
    libraries_stay_quiet()
    speaker = logging.getLogger("transformers.modeling_utils")
    assert len(speaker.filters) == len(set(speaker.filters))
    root = logging.getLogger("transformers")
    root.addHandler(caplog.handler)
    try:
        AutoModelForSequenceClassification.from_pretrained(tiny_model_folder)
        assert "LOAD REPORT" not in caplog.text
        AutoModelForCausalLM.from_pretrained(tiny_model_folder, num_hidden_layers=5)
        assert "LOAD REPORT" in caplog.text
    finally:
        root.removeHandler(caplog.handler)
