"""Bottleneck adapters: counted exactly, shown as plain code, small on disk, resumed and switched like LoRA."""

from __future__ import annotations

import contextlib
import gc
import json
import logging
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors import safe_open
from transformers import TrainerCallback

import ftkit
from ftkit.adapters import adapter_names, add_adapters, remove_adapters
from ftkit.errors import IdentityError
from ftkit.fields import ModelShape
from ftkit.methods import METHODS, adapters
from ftkit.runfolder import RunFolder
from tests.methods.shapes import STARTER, shape_of
from tests.training.made_trainer import losses, make_trainer


def adapted(folder: Path, **settings: object):
    from transformers import AutoModelForCausalLM

    return add_adapters(AutoModelForCausalLM.from_pretrained(folder, dtype="float32"), **settings)


@pytest.mark.parametrize(
    "chosen", [{}, {"size": 7}, {"placement": "houlsby"}, {"placement": "houlsby", "size": 3, "dropout": 0.1}]
)
def test_the_trainable_parameters_are_those_that_are_added(tiny_model_folder, chosen):
    settings = adapters.Settings(**chosen)
    model = adapted(tiny_model_folder, **settings.model_dump(exclude={"name"}))
    counted = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    remove_adapters(model)
    assert adapters.trainable(settings, shape_of(model)) == counted


def test_the_starter_model_has_the_reckoned_number():
    assert adapters.trainable(adapters.Settings(), STARTER) == 2_231_040
    assert adapters.trainable(adapters.Settings(placement="houlsby"), STARTER) == 2 * 2_231_040


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"size": True}, {"dropout": 1.0}, {"placement": "parallel"}, {"width": 3}]
)
def test_the_impossible_is_refused_in_the_form(wrong):
    with pytest.raises(ValidationError):
        adapters.Settings(**wrong)


def test_the_cell_says_what_it_is_and_why_there_is_no_peft_config():
    assert adapters.cell(adapters.Settings(placement="houlsby"), {}, "CAUSAL_LM") == (
        "# Bottleneck adapters: a narrow layer after attention and after the feed-forward part of\n"
        "# each block trains, the model itself stays as it is. PEFT has none, so there is no\n"
        "# peft_config; the train cell adds ftkit's.\n"
        "peft_config = None\n"
        "adapter_size = 64\n"
        'adapter_placement = "houlsby"\n'
        "adapter_dropout = 0.0\n"
    )


@pytest.mark.parametrize(
    ("parameters", "steps", "rate"), [(135e6, 60, 1e-3), (135e6, 500, 3e-4), (1e9, 60, 3e-4), (8e9, 60, 1e-4)]
)
def test_the_learning_rate_starts_where_it_was_measured_and_the_guides_say(parameters, steps, rate):
    choice = adapters.learning_rate(ModelShape(int(parameters), 1, 1, 1, 1, 1, 1, 1, True), steps)
    assert choice.value == rate


def test_it_says_that_it_cannot_merge_and_makes_answers_slower():
    method = METHODS["adapters"]
    assert not method.merges
    assert "cannot" in method.merging
    assert "longer" in method.watch_for


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checkpoints(run: str) -> list[Path]:
    return sorted(Path("ftkit-runs", run, "checkpoints").glob("checkpoint-*"))


@contextlib.contextmanager
def propagated(name: str):
    """Let a library's log reach the test."""
    logger = logging.getLogger(name)
    before, logger.propagate = logger.propagate, True
    try:
        yield
    finally:
        logger.propagate = before


class Spoils(TrainerCallback):
    """Makes the last steps worse than those before."""

    def on_step_end(self, args, state, control, model=None, **kwargs):
        if state.global_step == 7:
            with torch.no_grad():
                for name, weight in model.named_parameters():
                    if ".up." in name:
                        weight.mul_(-20)


def test_checkpoints_hold_the_adapters_alone_and_the_best_one_is_loaded_at_the_end(
    here, tiny_model_folder, caplog
):
    model = adapted(tiny_model_folder, size=4)
    trainer = make_trainer(tiny_model_folder, model=model, method="full", callbacks=[Spoils()])
    ftkit.follow(trainer, run="one")
    with caplog.at_level(logging.WARNING), propagated("transformers"):
        trainer.train()
    best = trainer.state.best_model_checkpoint
    assert trainer.state.best_global_step == 6
    for folder in checkpoints("one"):
        with safe_open(folder / "model.safetensors", framework="pt") as stored:
            assert all(".adapters.default." in name for name in stored.keys())  # noqa: SIM118
        moments = torch.load(folder / "optimizer.pt", weights_only=True)["state"]
        assert sum(state["exp_avg"].numel() for state in moments.values()) == 2 * (2 * 64 * 4 + 4 + 64)
    with safe_open(Path(best) / "model.safetensors", framework="pt") as stored:
        for name, weight in model.state_dict().items():
            if ".adapters." in name:
                assert torch.equal(stored.get_tensor(name), weight)
    assert "keys in the checkpoint model" not in caplog.text
    kept = {path.name for path in Path("ftkit-runs/one/adapter").iterdir()}
    assert {"adapters.safetensors", "adapters.json", "load_adapters.py", "tokenizer.json"} <= kept
    assert not kept & {"model.safetensors", "adapter_config.json", "config.json"}
    assert not Path("ftkit-runs/one/model").exists()
    actual = RunFolder("one").actual()
    assert actual["peft_config"]["size"] == 4
    assert actual["base_check"]["tensors"] > 0
    assert actual["base_check"]["note"] == ""


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(here, tiny_model_folder):
    whole = make_trainer(tiny_model_folder, model=adapted(tiny_model_folder, size=4), method="full")
    ftkit.follow(whole, run="one")
    whole.train()
    first = make_trainer(
        tiny_model_folder,
        "two",
        model=adapted(tiny_model_folder, size=4),
        method="full",
        callbacks=[StopAt()],
    )
    ftkit.follow(first, run="two")
    first.train()
    second = make_trainer(tiny_model_folder, "two", model=adapted(tiny_model_folder, size=4), method="full")
    ftkit.follow(second, run="two", existing="resume")
    second.train(resume_from_checkpoint=str(checkpoints("two")[-1]))
    assert second.state.global_step == 8
    ends = [dict(losses(trainer)) for trainer in (whole, second)]
    assert ends[1][8] == pytest.approx(ends[0][8], abs=1e-5)
    assert "The base answers" in RunFolder("two").actual()["base_check"]["note"].replace(
        "the base", "The base"
    )


class StopAt(TrainerCallback):
    """Asks for a stop, as the button does."""

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == 4:
            RunFolder("two").request("stop")


def test_a_model_that_was_trained_already_is_refused(here, tiny_model_folder):
    model = adapted(tiny_model_folder, size=4)
    trainer = make_trainer(tiny_model_folder, model=model, method="full", max_steps=2)
    ftkit.follow(trainer, run="one")
    trainer.train()
    again = make_trainer(tiny_model_folder, "two", model=model, method="full", max_steps=2)
    ftkit.follow(again, run="two")
    with pytest.raises(IdentityError, match="trained already"):
        again.train()
    assert not RunFolder("two").exists()


def test_the_comparison_uses_the_model_in_memory_only_where_it_is_the_saved_one(here, tiny_model_folder):
    from ftkit.comparison.weights import Sides

    model = adapted(tiny_model_folder, size=4, placement="houlsby")
    trainer = make_trainer(tiny_model_folder, model=model, method="full")
    ftkit.follow(trainer, run="one")
    trainer.train()
    with Sides(RunFolder("one")).tuned() as tuned:
        assert tuned is model
    with torch.no_grad():
        model.model.layers[0].after_attention.adapters["default"].up.bias.add_(1.0)
    with Sides(RunFolder("one")).tuned() as tuned:
        assert tuned is not model
        assert adapter_names(tuned) == ["default"]
    result = ftkit.compare("one", ["Say red twice."], rows=0, max_new_tokens=4)
    assert result.base_difference < 1e-3
    assert result.tuned_difference < 1e-3


def test_another_base_under_the_adapters_is_refused(here, tiny_model_folder, tmp_path):
    from tests.tiny import tiny_model

    trainer = make_trainer(tiny_model_folder, model=adapted(tiny_model_folder, size=4), method="full")
    ftkit.follow(trainer, run="one")
    trainer.train()
    other = tiny_model(tmp_path / "other", seed=1)
    facts = json.loads(Path("ftkit-runs/one/actual.json").read_text())
    facts["model"]["path"] = str(other)
    del trainer
    RunFolder("one").write_json("actual.json", facts)
    gc.collect()
    with pytest.raises(IdentityError, match="base model does not answer as it did"):
        ftkit.compare("one", ["Say red twice."], rows=0, max_new_tokens=4)
