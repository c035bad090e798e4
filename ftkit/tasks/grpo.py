"""Group relative policy optimisation: of several answers to one prompt, the better ones become likelier."""

from __future__ import annotations

from ftkit.tasks import answers

TASK = answers.task(
    "grpo",
    {"num_generations": 8, "beta": 0.0},
    order=60,
    title="Learn from rewards, several answers side by side (GRPO)",
    summary="The model writes several answers to each prompt; those that get more reward than the others become likelier.",
    choose_when="You can say by a rule, or with a reward model, how good an answer is; after a first fine-tune.",
    settings=answers.settings("grpo", "Group relative policy optimisation", "GRPOConfig", 0.04),
)
