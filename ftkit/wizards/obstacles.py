"""What keeps a run's adapter from training on, or a chat template from being used, as a form says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftkit.errors import FtkitError
from ftkit.recipe import chain, new_tokens
from ftkit.tasks import TASKS

if TYPE_CHECKING:
    from ftkit.wizards.session import Session


def chain_obstacle(session: Session) -> str:
    """Why the training cannot go on from a run as the form says, and the way out; mostly empty."""
    recipe = session.recipe
    try:
        before, shape = chain.adapter_before(recipe), session.found.shape
    except FtkitError as error:
        return str(error) if chain.goes_on(recipe) else ""
    return str(chain.chain_obstacle(recipe, before, shape) or "")


def template_obstacle(session: Session) -> str:
    """Why the chosen chat template cannot be used, and the way out; mostly empty."""
    if session.model_folder is None:
        return ""  # what the model has is not known yet
    return str(new_tokens.template_obstacle(session.recipe, session.offered(), session.found.shape) or "")


def offers_template(session: Session) -> bool:
    """Whether there is a choice of chat templates: the model has none, or another one than its own was chosen."""
    recipe = session.recipe
    talks = TASKS[recipe.task.name].form not in new_tokens.NO_CONVERSATIONS
    return recipe.data.chat_template != "plain" or (talks and session.offered() is not None)
