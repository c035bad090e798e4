"""The drawn schedule is the one that Transformers will follow."""

import pytest

from ftkit.recipe import from_presets, resolve
from ftkit.recipe.schedule import DRAWN, factor, learning_rates, warmup_of
from tests.recipe.made_up import FACTS, LAPTOP, STARTER


@pytest.mark.parametrize("kind", ["cosine", "linear", "constant"])
@pytest.mark.parametrize("warmup", [0, 0.05, 0.3, 7, 40])
def test_every_step_has_the_rate_that_transformers_gives_it(kind, warmup):
    import torch
    from transformers import TrainingArguments, get_scheduler

    total = 33
    args = TrainingArguments(output_dir="x", warmup_steps=warmup, use_cpu=True)
    steps = args.get_warmup_steps(total)
    assert warmup_of(warmup, total) == steps
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = get_scheduler(kind, optimizer, num_warmup_steps=steps, num_training_steps=total)
    for step in range(total):
        assert factor(kind, step, steps, total) == pytest.approx(scheduler.get_last_lr()[0]), step
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("presets", [{}, {"max_steps": 1}, {"max_steps": 5000, "warmup_steps": 100}])
def test_the_curve_is_short_and_holds_both_ends_and_the_peak(presets):
    resolved = resolve(from_presets(learning_rate=1e-3, **presets), LAPTOP, FACTS, STARTER)
    points = learning_rates(resolved)
    assert len(points) <= DRAWN + 3
    assert points[0][0] == 1
    assert points[-1][0] == resolved.total_steps
    warmup = warmup_of(resolved.recipe.training.warmup_steps, resolved.total_steps)
    if warmup < resolved.total_steps:
        assert max(rate for _, rate in points) == pytest.approx(1e-3)
