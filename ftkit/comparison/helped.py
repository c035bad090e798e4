"""Did the change help? A run against the one before it, by their losses on test rows that neither was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftkit.comparison.announcing import Announcer
from ftkit.comparison.held_out import Held
from ftkit.comparison.identity import check_same
from ftkit.comparison.perplexity import MOST_TOKENS, Texts, answered, encoded, losses
from ftkit.comparison.trained import question_id
from ftkit.comparison.weights import Sides
from ftkit.comparison.what_changed import what_changed
from ftkit.diagnosis.statistics import paired_difference
from ftkit.errors import FtkitError, IdentityError, RunError
from ftkit.runfolder import RunFolder

FEWEST = 5
"""Test rows below which no interval is worth its name."""


@dataclass(frozen=True)
class Helped:
    """The loss per token of two runs on the same test rows.

    Attributes
    ----------
    run, before
        Names of the two runs.
    loss, loss_before
        Mean loss per token that counts, in nats.
    difference, low, high
        `loss` − `loss_before`, and the 95 % interval that the choice of test rows leaves; below 0 the later run is better.
    rows, tokens
        What both were tested on.
    changed
        The settings that differ between the two, in words; empty where that is not known.
    """

    run: str
    before: str
    loss: float
    loss_before: float
    difference: float
    low: float
    high: float
    rows: int
    tokens: int
    changed: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, or ``unclear`` where chance alone could do as much."""
        return "better" if self.high < 0 else "worse" if self.low > 0 else "unclear"

    @property
    def answer(self) -> str:
        """The question with its answer."""
        said = {"better": "Yes", "worse": "No, it got worse", "unclear": "That cannot be told"}
        return f"Did the change help? {said[self.verdict]}"

    @property
    def sentence(self) -> str:
        """The answer, with its figures."""
        return (
            f"{self.answer}: on {self.rows} test rows the loss of the run {self.run!r} is {self.loss:.3f}, "
            f"and of the run {self.before!r} it is {self.loss_before:.3f}. {self.doubt}{self.what_changed}"
        )

    @property
    def doubt(self) -> str:
        """What the figures leave open."""
        between = f"between {self.low:+.3f} and {self.high:+.3f}".replace("-", "−")
        nothing = ", so it may be nothing at all" if self.verdict == "unclear" else ""
        return (
            f"With other test rows the difference would lie {between} (95 of 100 times){nothing}. "
            "What another seed of the training would do (other luck, such as in the order of the examples) is not in that range."
        )

    @property
    def what_changed(self) -> str:
        """A sentence that goes on after the others; empty where nothing is known of it."""
        if not self.changed:
            return ""
        which = " Which of them did it nobody can tell." if len(self.changed) > 1 else ""
        return f" Changed: {'; '.join(self.changed)}.{which}"


class Before:
    """The run before, and the test rows that both are tested on.

    Parameters
    ----------
    name
        Of a run beside `run`.
    run
        The later run.
    tokenizer
        The one it was trained with.
    held
        Its test rows, by data set.
    domain
        Whether it learned whole texts.

    Raises
    ------
    RunError
        Where the two cannot be held against each other, with the reason.
    """

    def __init__(self, name: str, run: RunFolder, tokenizer: Any, held: Sequence[Held], domain: bool) -> None:
        self.run = run
        self.folder = RunFolder(name, run.path.parent)
        if not self.folder.exists():
            raise RunError(f"The earlier run {name!r} is not here.", "Put its folder back beside this one.")
        self.sides = Sides(self.folder)
        if self.sides.labels:
            raise RunError(f"{name!r} judges texts instead of writing them.", "Compare it by itself.")
        known = set(self.folder.trained_rows().get("rows", ()))
        rows = [row for part in held for row in part.rows if question_id(row) not in known]
        self.texts = _texts(tokenizer, rows, domain)
        if len(self.texts.ids) < FEWEST:
            raise RunError(
                f"There are only {len(self.texts.ids)} test rows with right answers that neither run was trained on.",
                "Put more rows into the test part.",
            )
        if _texts(self.sides.tokenizer(), rows, domain) != self.texts:
            raise RunError(
                f"{name!r} puts the same rows into other tokens: losses per token cannot be held against each other.",
                "Compare runs of one model with one chat template.",
            )

    def measured(self, model: Any, side: str, announcer: Announcer, more: int = 0) -> list[float]:
        """A model's summed loss on each of the rows; `more` models will be measured on them after it."""
        tell = announcer.reads(side, len(self.texts.ids), "reads the test rows", more)
        return losses(model, self.texts.ids, tell, self.texts.begins)

    def judged(self, later: Sequence[float], announcer: Announcer) -> Helped:
        """The answer, from the later run's losses.

        Raises
        ------
        IdentityError
            Where the earlier run's model is not what its training left.
        """
        with self.sides.tuned() as model:
            try:
                check_same(
                    model, self.sides.tokenizer(), self.folder.path / "tuned_logits.safetensors", "tuned"
                )
            except IdentityError as error:
                said = f"The run {self.folder.name!r} is not what it was. {error.what}"
                raise IdentityError(said, error.remedy) from error
            earlier = self.measured(model, "earlier", announcer)
        starts = self.texts.begins or [1] * len(self.texts.ids)
        tokens = np.array(
            [len(ids) - start for ids, start in zip(self.texts.ids, starts, strict=True)], dtype=float
        )
        one, other = np.array(later), np.array(earlier)
        found = paired_difference(one, other, tokens)
        total = float(tokens.sum())
        return Helped(
            run=self.run.name,
            before=self.folder.name,
            loss=float(one.sum()) / total,
            loss_before=float(other.sum()) / total,
            difference=found.value,
            low=found.low,
            high=found.high,
            rows=len(tokens),
            tokens=int(total),
            changed=what_changed(self.run, self.folder),
        )


def find_before(
    name: str, run: RunFolder, tokenizer: Any, held: Sequence[Held], domain: bool
) -> tuple[Before | None, list[str]]:
    """The run before, or a note that says why nothing can be said about it."""
    try:
        return Before(name, run, tokenizer, held, domain), []
    except FtkitError as error:
        return None, [cannot_tell(error)]


def cannot_tell(error: FtkitError) -> str:
    """The note that stands where the answer would."""
    return f"Whether the change helped cannot be told. {error.what}"


def _texts(tokenizer: Any, rows: Sequence[Mapping[str, Any]], domain: bool) -> Texts:
    if domain:
        return Texts("", encoded(tokenizer, [row["text"] for row in rows]))
    return answered(tokenizer, "", [row for row in rows if row.get("completion")], MOST_TOKENS)
