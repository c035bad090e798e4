"""Advantages and losses against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from ftkit.ppo.advantages import explained_variance, generalised_advantages, token_rewards, whiten
from ftkit.ppo.losses import policy_losses, value_losses

# Two answers: one of three tokens, one of two (its third place is padding).
MASK = torch.tensor([[1, 1, 1], [1, 1, 0]])


def test_rewards_of_tokens():
    logps = torch.tensor([[-1.0, -2.0, -0.5], [-1.0, -1.0, -9.0]])
    reference = torch.tensor([[-1.5, -1.0, -0.5], [-1.0, -3.0, -7.0]])
    rewards = token_rewards(torch.tensor([2.0, -1.0]), logps, reference, MASK, kl_coef=0.1)
    # The first token is 0.5 likelier than in the reference and pays 0.05; the second is 1 less likely and is paid 0.1.
    # The last token also earns the answer's score: 2, and in the second answer -1 at its *second* token, which pays
    # 0.1 × 2 besides. Padding earns nothing.
    expected = torch.tensor([[-0.05, 0.1, 2.0], [0.0, -1.2, 0.0]])
    torch.testing.assert_close(rewards, expected)


def test_advantages_by_hand():
    rewards = torch.tensor([[0.0, 0.0, 1.0], [0.0, 2.0, 0.0]])
    values = torch.tensor([[0.5, 0.4, 0.2], [1.0, 1.5, 99.0]])  # the 99 stands in the padding
    advantages, returns = generalised_advantages(rewards, values, MASK, gamma=0.9, lam=0.5)
    # First answer, from its end; γλ = 0.45:
    #   δ2 = 1 + 0.9·0   − 0.2 =  0.8      A2 =  0.8
    #   δ1 = 0 + 0.9·0.2 − 0.4 = −0.22     A1 = −0.22 + 0.45·0.8  =  0.14
    #   δ0 = 0 + 0.9·0.4 − 0.5 = −0.14     A0 = −0.14 + 0.45·0.14 = −0.077
    # Second answer, which ends at its second token:
    #   δ1 = 2 + 0.9·0   − 1.5 =  0.5      A1 =  0.5
    #   δ0 = 0 + 0.9·1.5 − 1.0 =  0.35     A0 =  0.35 + 0.45·0.5  =  0.575
    torch.testing.assert_close(advantages, torch.tensor([[-0.077, 0.14, 0.8], [0.575, 0.5, 0.0]]))
    # What the value head should have said: A + V.
    torch.testing.assert_close(returns, torch.tensor([[0.423, 0.54, 1.0], [1.575, 2.0, 0.0]]))


def test_with_gamma_and_lambda_1_an_advantage_is_all_that_comes_less_what_was_expected():
    rewards = torch.tensor([[1.0, 2.0, 3.0]])
    values = torch.tensor([[0.5, 0.5, 0.5]])
    advantages, returns = generalised_advantages(rewards, values, torch.ones(1, 3), gamma=1.0, lam=1.0)
    torch.testing.assert_close(returns, torch.tensor([[6.0, 5.0, 3.0]]))
    torch.testing.assert_close(advantages, torch.tensor([[5.5, 4.5, 2.5]]))


def test_whitening_looks_at_the_tokens_that_are_there():
    values = torch.tensor([[1.0, 3.0, 5.0], [3.0, 3.0, 1000.0]])
    # 1, 3, 5, 3, 3: mean 3, variance (4 + 0 + 4 + 0 + 0) / 5 = 1.6.
    step = 2 / math.sqrt(1.6)
    torch.testing.assert_close(whiten(values, MASK), torch.tensor([[-step, 0.0, step], [0.0, 0.0, 0.0]]))


def test_explained_variance():
    returns = torch.tensor([[1.0, 2.0, 3.0]])
    everything = torch.ones(1, 3)
    assert explained_variance(returns, returns, everything) == pytest.approx(1)
    assert explained_variance(torch.zeros(1, 3), returns, everything) == pytest.approx(0)
    # Returns less values: 2, 2, 0: variance 8/9, where the returns' is 2/3. 1 − (8/9)/(2/3) = −1/3: worse than nothing.
    assert explained_variance(torch.tensor([[-1.0, 0.0, 3.0]]), returns, everything) == pytest.approx(-1 / 3)
    assert math.isnan(explained_variance(returns, torch.ones(1, 3), everything))


def test_the_clipped_objective():
    old = torch.zeros(1, 4)
    # How much likelier the tokens have become: 1.5, 0.5, 1.5 and 1.1 times.
    logps = torch.tensor([[1.5, 0.5, 1.5, 1.1]]).log()
    advantages = torch.tensor([[1.0, -1.0, -1.0, 1.0]])
    losses, clipped = policy_losses(logps, old, advantages, cliprange=0.2)
    # Good and 1.5 times likelier: counts as 1.2, no more to gain. Bad and half as likely: counts as 0.8, enough.
    # Bad and likelier: nothing is clipped, it has to be put right. Good and within the range: as it is.
    torch.testing.assert_close(losses, torch.tensor([[-1.2, 0.8, 1.5, -1.1]]))
    assert clipped.tolist() == [[True, True, False, False]]


def test_what_is_clipped_teaches_nothing():
    logps = torch.tensor([[1.5, 1.1]]).log().requires_grad_()
    losses, _ = policy_losses(logps, torch.zeros(1, 2), torch.ones(1, 2), cliprange=0.2)
    losses.sum().backward()
    assert logps.grad[0, 0] == 0
    assert logps.grad[0, 1] == pytest.approx(-1.1)


def test_the_value_loss():
    values, old, returns = torch.tensor([[1.0, 0.1]]), torch.zeros(1, 2), torch.tensor([[1.0, 1.0]])
    # The first has come all the way, which is more than 0.2: it counts as 0.2, half of 0.8² = 0.32.
    # The second: half of 0.9² = 0.405.
    torch.testing.assert_close(value_losses(values, old, returns, 0.2), torch.tensor([[0.32, 0.405]]))
