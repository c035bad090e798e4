"""What keeps cells from being written, as a form says it: one sentence each, with the way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftkit import catalog
from ftkit.errors import FtkitError
from ftkit.methods import METHODS
from ftkit.recipe import backend, chain, new_tokens, suits
from ftkit.tasks import TASKS
from ftkit.wizards.entries import explain

if TYPE_CHECKING:
    from ftkit.wizards.session import Session

FETCHING = {"model", "rate", "train"}
NOT_HERE = "The starter model is not on this machine yet: press “Get it now” on the Model page."


def obstacles(session: Session, steps: Sequence[str]) -> list[tuple[str, str]]:
    """What keeps the cells of these steps from being written: ``(step, sentence)``, all at once."""
    found = [(step_of(path), f"{session.label(path)}: {explain(p)}") for path, p in session.problems.items()]
    if (
        session.recipe.model.id == catalog.STARTER_ID
        and session.model_folder is None
        and set(steps) & FETCHING
    ):
        found.append(("model", NOT_HERE))
    if misfit := model_obstacle(session):
        # In such a model's tokens the examples cannot be counted: that would only say the same again.
        return [*found, ("model", misfit)]
    if hindrance := chain_obstacle(session):
        return [*found, ("model", hindrance)]
    for step, what in (("model", lambda: session.found), ("data", lambda: session.facts)):
        if step == "data" and not set(steps) & {"data", "rate", "train"}:
            continue
        try:
            what()
        except FtkitError as error:
            found.append((step, str(error)))
    if set(steps) & {"method", "rate", "train"} and (obstacle := method_obstacle(session)):
        found.append(("method", obstacle))
    if sentence := template_obstacle(session):
        found.append(("data", sentence))
    task = TASKS[session.recipe.task.name]
    if "train" in steps and (refusal := task.obstacle(session.recipe.task, session.recipe.training)):
        found.append(("train", str(refusal)))
    if set(steps) & {"model", "rate", "train"} and (sentence := backend_obstacle(session)):
        found.append(("train", sentence))
    return found


def model_obstacle(session: Session) -> str:
    """Why the chosen model cannot be trained for the chosen task, and the way out; mostly empty."""
    try:
        return str(suits.unsuited(session.recipe, session.found.shape) or "")
    except FtkitError:
        return ""  # the Model page says what is wrong with the model


def backend_obstacle(session: Session) -> str:
    """Why the chosen back end cannot be used here, and the way out; mostly empty."""
    try:
        return str(backend.backend_obstacle(session.recipe, session.machine, session.found.shape) or "")
    except FtkitError:
        return ""  # the Model page says what is wrong with the model


def method_obstacle(session: Session) -> str:
    """Why the chosen technique cannot be used with this model on this machine, and the way out; mostly empty."""
    technique, task = METHODS[session.recipe.method.name], TASKS[session.recipe.task.name]
    try:
        obstacle = technique.hindrance(session.recipe.method, session.found.shape, session.machine)
        obstacle = obstacle or task.refuses(technique, session.recipe.method)
    except FtkitError:
        return ""  # the Model page says what is wrong with the model
    return str(obstacle or "")


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


def step_of(path: str) -> str:
    """The step on whose page a setting stands."""
    branch = path.partition(".")[0]
    return {"model": "model", "data": "data", "method": "train", "task": "train", "training": "train"}.get(
        branch, "compare"
    )
