"""The learning-rate range test: what it proposes, and that nothing of it is left."""

from __future__ import annotations

import math

import pytest

import ftkit
from ftkit.errors import RunError
from ftkit.runfolder import RunFolder
from ftkit.training.range_test import FIRST, read_curve, smoothed
from tests.training.made_trainer import losses, make_trainer


def weights(model):
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def same(before, after):
    import torch

    assert before.keys() == after.keys()
    return all(torch.equal(value, after[name]) for name, value in before.items())


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_training_after_it_is_the_one_that_would_have_been_without_it(tiny_model_folder, work, method):
    plain = make_trainer(tiny_model_folder, "plain", method=method)
    plain.train()
    tested = make_trainer(tiny_model_folder, "tested", method=method)
    before, arguments = weights(tested.model), tested.args.to_dict()
    callbacks = list(tested.callback_handler.callbacks)
    found = ftkit.find_learning_rate(tested, low=1e-5, high=10.0, steps=24)
    assert len(found.losses) >= FIRST
    assert same(before, weights(tested.model))
    assert all(parameter.grad is None for parameter in tested.model.parameters())
    assert tested.args.to_dict() == arguments
    assert tested.callback_handler.callbacks == callbacks
    assert tested.state.global_step == 0
    assert tested.optimizer is None
    assert tested.lr_scheduler is None
    tested.train()
    assert losses(tested) == losses(plain)
    assert same(weights(plain.model), weights(tested.model))


def test_everything_is_put_back_also_where_it_is_interrupted(tiny_model_folder, work, monkeypatch):
    trainer = make_trainer(tiny_model_folder)
    before, count = weights(trainer.model), []
    step = trainer.training_step

    def interrupted(*arguments, **named):
        count.append(1)
        if len(count) > 5:
            raise KeyboardInterrupt
        return step(*arguments, **named)

    monkeypatch.setattr(trainer, "training_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ftkit.find_learning_rate(trainer, high=1.0, steps=20)
    assert same(before, weights(trainer.model))
    assert trainer.state.global_step == 0
    assert str(trainer.args.save_strategy.value) == "steps"


def test_it_starts_no_run_though_the_trainer_is_followed(tiny_model_folder, work):
    trainer = make_trainer(tiny_model_folder, "one")
    ftkit.follow(trainer, run="one")
    found = ftkit.find_learning_rate(trainer, run="one", low=1e-5, high=10.0, steps=24)
    assert not RunFolder("one").exists()
    assert RunFolder("one").learning_rate_test()["proposed"] == found.proposed
    trainer.train()
    assert RunFolder("one").state()["state"] == "finished"
    # It belongs to the person: what a training clears away is not this.
    assert RunFolder("one").learning_rate_test()["reason"] == found.reason


def test_the_rates_rise_evenly_and_the_parts_of_an_optimizer_keep_their_ratio(tiny_model_folder, work):
    from torch.optim import SGD

    trainer = make_trainer(tiny_model_folder, method="full")
    slow, *fast = [parameter for parameter in trainer.model.parameters() if parameter.requires_grad]
    optimizer = SGD([{"params": [slow], "lr": 5e-3}, {"params": fast, "lr": 5e-2}], lr=5e-3)
    trainer.optimizer = optimizer
    seen = []
    plain = optimizer.step

    def step(*arguments, **named):
        seen.append([group["lr"] for group in optimizer.param_groups])
        return plain(*arguments, **named)

    optimizer.step = step
    found = ftkit.find_learning_rate(trainer, low=1e-6, high=1e-4, steps=13)
    assert trainer.optimizer is optimizer
    assert [group["lr"] for group in optimizer.param_groups] == [5e-3, 5e-2]
    assert len(seen) == 13
    assert found.rates == pytest.approx([rates[0] for rates in seen[:-1]])
    assert [rates[1] / rates[0] for rates in seen] == pytest.approx([10.0] * 13)
    assert [b / a for a, b in zip(found.rates, found.rates[1:], strict=False)] == pytest.approx(
        [100 ** (1 / 12)] * 11
    )


def test_a_trainer_that_has_trained_or_that_learns_from_rewards_is_refused(tiny_model_folder, work):
    trainer = make_trainer(tiny_model_folder)
    trainer.state.global_step = 3
    with pytest.raises(RunError, match="trained already"):
        ftkit.find_learning_rate(trainer)
    trainer.state.global_step = 0
    with pytest.raises(RunError, match="no range"):
        ftkit.find_learning_rate(trainer, low=1.0, high=1e-3)
    trainer.reward_funcs = [len]
    with pytest.raises(RunError, match="rewards"):
        ftkit.find_learning_rate(trainer)


def valley(lowest: float, count: int = 60) -> tuple[list[float], list[float]]:
    """Losses that fall until a rate and then rise."""
    rates = [10 ** (-6 + 6 * at / count) for at in range(count)]
    return rates, [
        3.0
        - 1.2 / (1 + math.exp(-3 * math.log10(rate / lowest * 8)))
        + max(0.0, math.log10(rate / lowest)) ** 2
        for rate in rates
    ]


@pytest.mark.parametrize("lowest", [1e-4, 1e-3, 1e-2])
def test_the_proposal_lies_below_the_lowest_loss_and_on_the_way_down(lowest):
    found = read_curve(*valley(lowest))
    assert found.proposed is not None
    assert lowest / 20 < found.proposed < lowest
    assert f"{found.proposed:g}" in str(found)


def test_it_may_say_that_it_cannot_tell():
    rates = [1e-6 * 1.2**at for at in range(40)]
    flat = read_curve(rates, [2.0 + 0.1 * (-1) ** at for at in range(40)])
    assert flat.proposed is None
    assert "wavers" in flat.reason
    assert read_curve(rates[:5], [1.0] * 5).proposed is None
    assert read_curve(rates, [math.nan] * 40).proposed is None


def test_smoothing_begins_at_the_first_value_and_keeps_a_constant():
    assert smoothed([2.0] * 5) == pytest.approx([2.0] * 5)
    assert smoothed([3.0, 1.0])[0] == 3.0


def test_its_picture_holds_every_rate_and_the_sentence():
    import json

    found = read_curve(*valley(1e-3))
    bundle = found._repr_mimebundle_()
    figure = bundle["application/vnd.plotly.v1+json"]
    json.dumps(figure, allow_nan=False)
    assert len(figure["data"][0]["x"]) == 60
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert str(found).split()[0] in figure["layout"]["title"]["text"]
    assert figure["layout"]["shapes"][0]["x0"] == found.proposed
