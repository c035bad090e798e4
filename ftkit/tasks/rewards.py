"""What rewards an answer: a function that stands in the train cell, or a reward model that a run has trained.

Either way the train cell gets a function ``reward(prompts, completions, **more)`` as TRL's trainers call it: two lists
of the same length, each item a list of messages; it returns one number an answer.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import PydanticCustomError

from ftkit.fields import Source, call, comment, setting
from ftkit.methods import Obstacle
from ftkit.runfolder import RunFolder

FUNCTION = "function"
"""The value of ``task.reward`` that stands for the function in the cell; any other names a run."""

_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")

_FUNCTION_SOURCE = """\
# What is a good answer? Change this to what you want: each answer gets a number, and the
# model learns to get more. Here: an answer that ends as a sentence does, and soon.
def reward(prompts, completions, **more):
    points = []
    for completion in completions:
        text = completion[-1]["content"].strip()
        finished = text.endswith((".", "!", "?"))
        length = len(text.split())
        points.append(finished - min(length, 50) / 50 if text else -1.0)
    return points
"""


def reward_setting() -> Any:
    """The setting ``reward``, the same for every task that trains against one."""
    return setting(
        FUNCTION,
        label="Reward",
        help="What gives each answer its number: 'function', a few lines of Python in the train cell that you change; "
        "or the name of a run that trained a reward model.",
        hint="Try 'function', or the name of a finished run of the task 'reward'.",
    )


def check_reward(value: Any) -> Any:
    """Refuse what can be no run's name; a pydantic validator for the setting, in the mode ``before``."""
    if isinstance(value, str) and not _RUN_NAME.match(value):
        raise PydanticCustomError("reward", "neither 'function' nor the name of a run")
    return value


def reward_source(reward: str) -> Source:
    """The lines of a train cell that define ``reward``; they need ``import ftkit`` where it is a run's model."""
    if reward == FUNCTION:
        return Source(_FUNCTION_SOURCE)
    says = (
        "The model that this run trained gives each answer its number; it proves first that it is that model."
    )
    return Source(
        f"{comment(says)}\nreward = {call('ftkit.reward_model', {'0': reward}, before='reward = ')}\n"
    )


def reward_obstacle(reward: str) -> Obstacle | None:
    """Why nothing can be rewarded with this, None where it can: the run has to be there and to hold a reward model."""
    return None if reward == FUNCTION else run_obstacle(RunFolder(reward))


def run_obstacle(run: RunFolder) -> Obstacle | None:
    """Why a run's model cannot reward answers, None where it can."""
    out = "Train one with the task 'reward' first, or take 'function'."
    if not run.exists():
        return Obstacle(f"There is no run {run.name!r} whose model could reward the answers.", out)
    about = run.actual().get("model")
    labels = about.get("labels") if isinstance(about, dict) else None
    if not isinstance(labels, list) or len(labels) != 1:
        why = f"The run {run.name!r} trained no reward model: it does not give an answer one number."
        return Obstacle(why, out)
    if not (run.adapter.is_dir() or (run.model / "config.json").is_file()):
        return Obstacle(f"The run {run.name!r} has no result yet.", "Train it to its end first.")
    return None
