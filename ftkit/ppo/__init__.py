"""Proximal policy optimisation (PPO), small enough to be read.

A step, as ``trainer`` takes it: the model (the *policy*) answers a batch of prompts (``rollout``); each answer gets a
number (``scoring``), and each token its share of it, less the price of moving away from the model that training started
from (``reference``); a small *value head* says what it had expected, and the surprise is each token's *advantage*
(``advantages``); then the policy learns to make what surprised it for the better likelier, a little at a time
(``losses``). ``figures`` says how it goes.

Nothing here is imported before it is used: torch takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftkit.ppo.config import PPOConfig
    from ftkit.ppo.trainer import PPOTrainer

_HOMES = {"PPOConfig": "config", "PPOTrainer": "trainer"}

__all__ = ["PPOConfig", "PPOTrainer"]


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
