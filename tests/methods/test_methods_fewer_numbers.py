"""VeRA, OFT and AdaLoRA: what each says will train is what trains; it starts as the base, and merges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from safetensors.torch import load_file
from transformers import Trainer

import ftkit
from ftkit.comparison import weights
from ftkit.methods import METHODS
from ftkit.methods.oft import block_size
from ftkit.runfolder import RunFolder
from tests.methods.architectures import KINDS, answers, made_ready, model_of, moved
from tests.methods.trained import planned, train

CASES = [
    ("vera", {}),
    ("vera", {"r": 7, "target_modules": ["q_proj", "down_proj"]}),
    ("oft", {}),
    ("oft", {"oft_block_size": 5, "target_modules": ["k_proj", "down_proj"]}),
    ("oft", {"oft_block_size": 500}),
    ("adalora", {}),
    ("adalora", {"init_r": 3, "target_r": 2, "target_modules": ["v_proj"]}),
]


@pytest.mark.filterwarnings("ignore:Invalid `oft_block_size`")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("method", "settings"), CASES)
def test_it_trains_what_it_says_starts_as_the_base_and_merges(kind, method, settings):
    import torch

    base = model_of(kind)
    before = answers(base)
    model, stated, counted = made_ready(method, base, **settings)
    assert stated == counted > 0
    assert torch.allclose(answers(model), before, atol=1e-6)
    after = answers(moved(model))
    assert not torch.allclose(after, before, atol=1e-4)
    assert torch.allclose(answers(model.merge_and_unload()), after, atol=1e-4)


@pytest.mark.parametrize("inputs", [7, 12, 32, 48, 96, 576, 1536])
@pytest.mark.parametrize("wanted", [2, 5, 31, 32, 33, 600])
def test_the_block_size_is_the_one_that_peft_takes(wanted, inputs):
    from peft.tuners.oft.layer import OFTLayer

    found = block_size(wanted, inputs)
    assert inputs % found == 0
    if inputs % wanted:
        assert found == OFTLayer.adjust_oft_parameters(None, inputs, wanted)


def test_adalora_takes_rank_away_where_it_helps_least(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = planned(tiny_model_folder, "ada", "adalora", init_r=6, target_r=2, num_train_epochs=4)
    run, names = train(plan, tiny_model_folder)
    config = names["model"].peft_config if hasattr(names["model"], "peft_config") else None
    config = config or names["trainer"].model.peft_config
    kept = [sum(pattern) for pattern in config["default"].rank_pattern.values()]
    assert config["default"].total_step == 32
    assert sum(kept) / len(kept) == pytest.approx(2, abs=0.5)
    assert RunFolder(tmp_path / "ftkit-runs" / run.name).state()["state"] == "finished"
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    losses = [row["eval_loss"] for row in rows if "eval_loss" in row]
    assert min(losses) < losses[0]


def test_adalora_ends_with_its_best_step_though_the_ranks_were_others_then(
    tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    better = Trainer._determine_best_metric
    monkeypatch.setattr(
        Trainer,
        "_determine_best_metric",
        lambda self, **more: self.state.global_step <= 10 and better(self, **more),
    )
    plan = planned(tiny_model_folder, "ada", "adalora", init_r=6, target_r=2, num_train_epochs=4)
    run, names = train(plan, tiny_model_folder)
    state = names["trainer"].state
    assert (state.best_global_step, state.global_step) == (10, 32), "the ranks were still moving"
    assert run.state()["state"] == "finished"
    adapter = load_file(run.adapter / "adapter_model.safetensors")
    best = load_file(Path(state.best_model_checkpoint, "adapter_model.safetensors"))
    assert set(adapter) == set(best)
    assert all((adapter[name] == best[name]).all() for name in best)
    names.clear()
    weights._alive.clear()
    assert ftkit.compare(run.name, ["Say red twice."], rows=0, max_new_tokens=4).tuned_difference < 1e-3


def test_adalora_cannot_end_with_more_than_it_starts_with():
    with pytest.raises(ValidationError, match="less than the rank at first"):
        METHODS["adalora"].settings(init_r=8, target_r=8)
