"""What the techniques that train a soft prompt share: vectors in front of the text, and nothing in the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.fields import Machine, ModelShape, setting
from ftkit.methods.method import Method, Obstacle

SHORT_RUN = 200
"""Steps below which a higher learning rate is needed to get anywhere."""

STARTING_TEXT = "Answer the way the examples do, in their tone and form. "

MERGING = (
    "It cannot: what is learned are vectors in front of the text, and no weight of the model changes, so there is "
    "nothing to add them to. Keep the base and the small adapter side by side."
)


SPEAKS_FOR = {"memory-short": "What trains takes next to no memory."}
SPEAKS_AGAINST = {"complete": "It steers what the model can do already, and teaches nothing new."}
"""What holds for all of them."""


def soft_prompt(config: str, defaults: Mapping[str, Any], **own: Any) -> Method:
    """A technique of this kind: what it does not state is the same for all.

    Parameters
    ----------
    config, defaults
        The PEFT class of its adapter, and that class's own defaults.
    """
    shared: dict[str, Any] = {
        "merging": MERGING,
        "merges": False,
        "marks": {config: {}},
        "starts_as_base": False,
        "obstacle": obstacle,
    }
    speaks = {
        "speaks_for": {**SPEAKS_FOR, **own.pop("speaks_for", {})},
        "speaks_against": {**SPEAKS_AGAINST, **own.pop("speaks_against", {})},
    }
    return Method(config=config, defaults=defaults, **{**shared, **speaks, **own})


def few_tokens(config: str, defaults: Mapping[str, Any], **own: Any) -> Method:
    """One whose vectors stand at the input alone: they steer a large model well, and a small one hardly."""
    return soft_prompt(
        config,
        defaults,
        speaks_for={"large-model": "A large model is well steered by a few learned tokens."},
        speaks_against={"small-model": "On small models it is weak."},
        **own,
    )


def obstacle(settings: Any, shape: ModelShape, machine: Machine) -> Obstacle | None:
    """PEFT looks for the width of a model under a name that DistilBERT's config does not have."""
    if shape.kind != "distilbert":
        return None
    return Obstacle(
        "PEFT cannot put learned vectors in front of what a DistilBERT reads: it does not find how wide they are.",
        "Take BitFit, which trains as little, or a BERT.",
    )


def virtual_tokens(argument: str) -> Any:
    """The setting that all of them have: how many vectors there are."""
    return setting(
        16,
        label="Virtual tokens",
        help="How many learned vectors stand in front of every text. Each takes the room of one token.",
        usual=(8, 64),
        argument=argument,
        when_overfitting="Lower it.",
        when_underfitting="Raise it, after the learning rate.",
        too_low="too few words to steer with.",
        too_high="room in every prompt is used up, and learning gets slow.",
        hint="Try 16; 8 to 64 are usual.",
        gt=0,
    )


def starting_text(about: str, *, argument: str = "", variable: str = "") -> Any:
    """The setting of the two that start from words."""
    return setting(
        STARTING_TEXT,
        label="Starting text",
        help=f"{about} A longer text is cut to the number of virtual tokens, a shorter one is repeated.",
        hint="Write one sentence that says what the answers should be like.",
        min_length=1,
        pattern=r"\S",
        argument=argument,
        variable=variable,
    )
