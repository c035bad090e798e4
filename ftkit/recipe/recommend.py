"""From a few plain answers to a task and a ranked list of techniques, each with its reasons.

What speaks for a technique, and against it, stands in its own file; here stands when that counts, and how much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ftkit.data.forms import FORMS
from ftkit.fields import Machine, ModelShape
from ftkit.hardware.memory import CPU_SHARE, GPU_SHARE
from ftkit.methods import METHODS
from ftkit.recipe.overview import Technique
from ftkit.tasks import TASKS

FEW_ROWS, MANY_ROWS = 200, 2000
SMALL_MODEL, LARGE_MODEL = 1_000_000_000, 3_000_000_000
SHORT_SHARE = 0.5
"""The share of the usable memory beyond which LoRA makes memory the limit."""

PROMPTS = {
    "untried": "I have not tried one yet",
    "enough": "Yes, a better prompt does",
    "not-enough": "No, I tried, with examples in it",
    "lora-short": "No, and a run with LoRA fell a little short, too",
}
CHANGES = {
    "style": "How it answers: tone, form, role",
    "language": "It shall know the language of my field",
    "complete": "It shall learn something altogether new",
    "facts": "It shall know new facts",
}
HAVES = {
    "sft": "Questions with good answers, or conversations",
    "domain": "Plain texts of my field",
    "classification": "Texts with labels",
    "preference": "Pairs of answers, one better than the other",
    "unpaired": "Answers marked good or bad",
    "prompts": "Questions only, and a way to judge answers",
    "nothing": "Nothing yet",
}
"""What somebody may have, by the id of the form; a form without a line here goes by its own label."""

TRY_A_PROMPT = (
    "Try a better prompt first: say in a sentence or two what you want, add three examples, and look at the "
    "answers. It costs nothing, and it is what a training has to beat."
)
PROMPT_IS_ENOUGH = (
    "Then you need no fine-tuning: keep the prompt. Come back when it gets too long, too dear, or does not hold "
    "every time."
)
LOOK_FACTS_UP = (
    "Facts are better looked up than trained in: light fine-tuning teaches style and form reliably and facts "
    "poorly, and can make the model invent more. Think of retrieval: put the text with the facts into the prompt."
)
NO_DATA = "Start with examples: write twenty good ones by hand, look at them twice, then make it a hundred."


@dataclass(frozen=True)
class Situation:
    """What a person answered and what is known.

    Attributes
    ----------
    prompt, change
        Keys of `PROMPTS` and `CHANGES`.
    has
        A key of `HAVES`: the id of a form of data, or ``nothing``.
    rows
        Examples.
    several
        Whether the model is for several tasks.
    task
        The task that is chosen.
    """

    prompt: str = "untried"
    has: str = "sft"
    change: str = "style"
    rows: int = 0
    several: bool = False
    task: str = "sft"


@dataclass(frozen=True)
class Suggestion:
    """One technique that can be used here.

    Attributes
    ----------
    technique
        What it takes.
    score
        What speaks for it less what speaks against it.
    reasons, cautions
        Sentences for it and against it, by situation.
    """

    technique: Technique
    score: int
    reasons: Mapping[str, str]
    cautions: Mapping[str, str]


@dataclass(frozen=True)
class Recommendation:
    """What to do.

    Attributes
    ----------
    advice
        Sentences that come before any training.
    tasks
        Tasks that fit what the person has, best first; empty where none does.
    ranked
        Techniques, best first: none that has an obstacle or does not fit.
    """

    advice: tuple[str, ...]
    tasks: tuple[str, ...]
    ranked: tuple[Suggestion, ...]


@dataclass(frozen=True)
class _Scene:
    situation: Situation
    techniques: Mapping[str, Technique]
    shape: ModelShape
    machine: Machine

    @property
    def usable(self) -> float:
        gpu = self.machine.gpu
        return GPU_SHARE * gpu.memory if gpu else CPU_SHARE * self.machine.memory


HOLDS: Mapping[str, Callable[[_Scene], bool]] = {
    "always": lambda scene: True,
    "memory-short": lambda scene: scene.techniques["lora"].memory > SHORT_SHARE * scene.usable,
    "no-card": lambda scene: scene.machine.gpu is None,
    "small-model": lambda scene: scene.shape.parameters < SMALL_MODEL,
    "large-model": lambda scene: scene.shape.parameters >= LARGE_MODEL,
    "few-rows": lambda scene: scene.situation.rows < FEW_ROWS,
    "many-rows": lambda scene: scene.situation.rows >= MANY_ROWS,
    "style": lambda scene: scene.situation.change == "style" and TASKS[scene.situation.task].head == "words",
    "language": lambda scene: scene.situation.change == "language",
    "complete": lambda scene: scene.situation.change == "complete",
    "classes": lambda scene: TASKS[scene.situation.task].head == "classes",
    "several": lambda scene: scene.situation.several,
    "lora-short": lambda scene: scene.situation.prompt == "lora-short",
}
"""When each of :data:`ftkit.methods.method.SITUATIONS` holds."""

WEIGHTS = {
    "always": 3,
    "memory-short": 4,
    "lora-short": 4,
    "complete": 3,
    "several": 3,
    "classes": 3,
    "many-rows": 2,
    "few-rows": 1,
    "language": 1,
    "style": 1,
    "small-model": 1,
    "large-model": 1,
    "no-card": 1,
}


def recommend(
    situation: Situation, techniques: Sequence[Technique], shape: ModelShape, machine: Machine
) -> Recommendation:
    """Rank what can be used here.

    Parameters
    ----------
    techniques
        As :func:`ftkit.recipe.overview.overview` gives them for this model, task and machine.
    """
    scene = _Scene(situation, {one.id: one for one in techniques}, shape, machine)
    held = {tag for tag, holds in HOLDS.items() if holds(scene)}
    found = [_suggestion(one, held) for one in techniques if one.fits]
    found.sort(key=lambda one: (-one.score, METHODS[one.technique.id].order))
    return Recommendation(_advice(situation), tasks_for(situation.has, situation.several), tuple(found))


def _suggestion(technique: Technique, held: set[str]) -> Suggestion:
    method = METHODS[technique.id]
    reasons = {tag: text for tag, text in method.speaks_for.items() if tag in held}
    cautions = {tag: text for tag, text in method.speaks_against.items() if tag in held}
    score = sum(WEIGHTS[tag] for tag in reasons) - sum(WEIGHTS[tag] for tag in cautions)
    return Suggestion(technique, score, reasons, cautions)


def _advice(situation: Situation) -> tuple[str, ...]:
    found = []
    if situation.prompt == "untried":
        found.append(TRY_A_PROMPT)
    if situation.prompt == "enough":
        found.append(PROMPT_IS_ENOUGH)
    if situation.change == "facts":
        found.append(LOOK_FACTS_UP)
    if situation.has == "nothing":
        found.append(NO_DATA)
    return tuple(found)


def tasks_for(has: str, several: bool = False) -> tuple[str, ...]:
    """The tasks that rows of a form are for, in the order in which they are offered."""
    found = [name for name, task in TASKS.items() if task.form == has]
    mixed = "multi-task"
    if several and mixed in found:
        found = [mixed, *(name for name in found if name != mixed)]
    elif mixed in found:
        found = [*(name for name in found if name != mixed), mixed]
    return tuple(found)


def haves() -> dict[str, str]:
    """What somebody may have that a task is there for, by form."""
    forms = dict.fromkeys(task.form for task in TASKS.values())
    known = {form: HAVES.get(form) or FORMS[form].LABEL for form in HAVES if form in forms}
    rest = {form: str(FORMS[form].LABEL) for form in forms if form not in known and form in FORMS}
    return {**known, **rest, "nothing": HAVES["nothing"]}
