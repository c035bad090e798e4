"""Every error ftkit raises on purpose: what happened, with which value, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class FtkitError(Exception):
    """The root of the tree.

    Parameters
    ----------
    what
        One sentence: what happened, and with which value.
    remedy
        One sentence: what the person can do now.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".strip())

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentence. The way through our code would only hide it."""
        return [f"{type(self).__name__}: {self}"]


class ModelError(FtkitError):
    """A base model could not be found, fetched or read."""


class DataError(FtkitError):
    """A data file could not be read or turned into training rows."""


class RunError(FtkitError):
    """A run folder cannot be used as asked."""


class RunExistsError(RunError):
    """The run name is taken: nothing was trained; the person has to choose how to go on.

    Parameters
    ----------
    run
        The name as written in the cell.
    choices
        The values that the ``existing=`` argument may take now (``resume`` only where a checkpoint is).
    """

    def __init__(self, what: str, remedy: str = "", *, run: str, choices: Sequence[str] = ()) -> None:
        super().__init__(what, remedy)
        self.run = run
        self.choices = tuple(choices)


class IdentityError(FtkitError):
    """A model is not the one it is said to be; going on would give a silent wrong answer."""


class CellError(FtkitError):
    """A notebook cell could not be written, found or edited."""


class MissingPackageError(FtkitError):
    """An optional package is needed; the message names what to install."""


class Interrupted(KeyboardInterrupt):
    """The person interrupted on purpose: a ``KeyboardInterrupt`` of which a notebook shows one sentence."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: where the interrupt happened to be met is of no use to anybody."""
        return [str(self)]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a form.

    Attributes
    ----------
    field
        Dotted path in the recipe, such as ``training.learning_rate``.
    value
        What was given.
    allowed
        What is allowed, as a phrase.
    hint
        What to try, as a sentence.
    label
        The field's name in the form.
    """

    field: str
    value: object
    allowed: str
    hint: str = ""
    label: str = ""

    def __str__(self) -> str:
        given = repr(self.value)
        if len(given) > 60:
            given = given[:57] + "…"
        name = f"{self.label} ({self.field})" if self.label else self.field
        return f"{name}: {given} will not do; allowed is {self.allowed}. {self.hint}".strip()


class RecipeError(FtkitError):
    """A recipe holds values that cannot be; all of them are listed at once in `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "One setting" if len(self.problems) == 1 else f"{len(self.problems)} settings"
        lines = "\n".join(f"  • {problem}" for problem in self.problems)
        super().__init__(f"{count} of the recipe cannot be used:\n{lines}")
