"""REINFORCE leave-one-out: each answer is judged against the mean of the other answers to its prompt."""

from __future__ import annotations

from ftkit.tasks import answers

TASK = answers.task(
    "rloo",
    {"num_generations": 2, "beta": 0.05},
    order=62,
    title="Learn from rewards, the plainest way (RLOO)",
    summary="The model writes several answers to each prompt; each counts by how much it beats the mean of the others.",
    choose_when="As GRPO, with less machinery: the advantage is a plain difference, and the distance from the start "
    "is paid for out of the reward.",
    settings=answers.settings("rloo", "REINFORCE leave-one-out", "RLOOConfig", 0.05),
)
