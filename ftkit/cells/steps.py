"""The steps of a recipe and the cells that carry them out."""

from __future__ import annotations

from dataclasses import dataclass

STEPS = ("model", "data", "method", "train", "compare")
"""In the order in which the cells stand in a notebook; each needs names that earlier ones define."""

ORDER = ("model", "data", "method", "rate", "train", "compare")
"""The same with the cells that are written only when somebody asks for them: ``rate`` tries learning rates."""


@dataclass(frozen=True)
class Cell:
    """One cell as we write it.

    Attributes
    ----------
    step
        One of :data:`ORDER`.
    source
        Python that parses, formatted as ``ruff format`` does, without a newline at the end.
    run
        The name of the run that it belongs to.
    """

    step: str
    source: str
    run: str
