"""What a comparison found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ftkit.comparison.generate import Answer
from ftkit.comparison.helped import Helped
from ftkit.comparison.perplexity import Perplexity
from ftkit.comparison.view import as_html, as_text


@dataclass(frozen=True)
class Pair:
    """One question with both answers.

    Attributes
    ----------
    question
        The last user turn.
    base, tuned
        The two answers.
    origin
        Where the question is from; empty for the person's own.
    expected
        The answer in the test part, None for the person's own prompts.
    task
        Which of several tasks it belongs to; empty for the person's own, and where there is one alone.
    """

    question: str
    base: Answer
    tuned: Answer
    origin: str = ""
    expected: str | None = None
    task: str = ""


@dataclass(frozen=True)
class TaskFigures:
    """Whether the training helped with one of several tasks.

    Attributes
    ----------
    name
        What its data set is called.
    asked
        How many of its test rows were asked.
    base_share, tuned_share
        Share of these answers that have the property asked for; None without one.
    property_says
        The property.
    perplexity
        How well each side expects the right answers of the test part; None where there is none to read.
    """

    name: str
    asked: int
    base_share: float | None
    tuned_share: float | None
    property_says: str
    perplexity: Perplexity | None


@dataclass(frozen=True)
class Comparison:
    """Base and tuned answers side by side, shown by Jupyter as a table.

    Attributes
    ----------
    run
        Name of the run.
    pairs
        The questions with both answers.
    base_difference, tuned_difference
        How far each side was from its stored logits; both passed the check.
    base_share, tuned_share
        Share of answers that have the property asked for; None without one.
    property_says
        The property, such as "sounds like a pirate".
    max_new_tokens, temperature, seed
        How both sides were asked.
    notes
        What the reader should know, such as a data file that has changed.
    perplexity
        How well each side knows the texts of the test part, after domain adaptation; else None.
    tasks
        The figures of each task, where several were trained.
    helped
        Whether the run is better than the one before it; None where that was not asked, or cannot be told.
    """

    run: str
    pairs: tuple[Pair, ...]
    base_difference: float
    tuned_difference: float
    base_share: float | None
    tuned_share: float | None
    property_says: str
    max_new_tokens: int
    temperature: float
    seed: int
    notes: tuple[str, ...] = ()
    perplexity: Perplexity | None = None
    tasks: tuple[TaskFigures, ...] = ()
    helped: Helped | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data with the same keys."""
        return asdict(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": as_html(self), "text/plain": as_text(self)}

    def __str__(self) -> str:
        return as_text(self)
