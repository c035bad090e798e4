"""What a planned run is, and whether it is for testing. Everything here is fixed before any run is looked at.

The test part is split off by data set and by technique, never by run: a run is in it where its data set or its
technique is one of those that no threshold may be set on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

TEST_DATA = ("polite", "school-office", "dated", "extracted", "toned", "born_in")
TEST_TECHNIQUES = ("ia3", "lora-all")
# What the figures are about; longer runs and rarer evaluations are in the set, and reported beside it.
LONGEST_EPOCHS, FEWEST_EVALUATIONS = 5, 5
# Test runs with these seeds were planned later and later, each time made when thresholds had been set by the others; for those of
# the last they stand as they are.
LATER_SEED, LATEST_SEED, STARTER_LATER_SEED, CONFIRMING_SEED = 900, 970, 1000, 1100
# Of tuning runs that were planned last.
WIDER_SEED = 1200
BATCH = {"tiny": 8, "starter": 2}
FEWEST_STEPS = 10


@dataclass(frozen=True)
class Planned:
    """One run before it is made.

    Attributes
    ----------
    model
        ``tiny`` or ``starter``.
    rate
        The peak learning rate.
    train, validation
        Rows of each.
    leaky
        Whether held-out rows are trained on.
    evaluations
        How often it is evaluated, beside the one before the first step.
    distinct
        How many different rows the training rows are copies of; 0 where they are all different.
    batch_size
        Examples a step; 0 for what is usual for the model.
    test_rows
        How many of the course's rows tell the truth, always the same ones; 0 where the first runs' way of choosing them stays.
    """

    model: Literal["tiny", "starter"]
    data: str
    technique: str
    rate: float
    schedule: str
    epochs: int
    train: int
    validation: int
    leaky: bool
    evaluations: int
    seed: int
    distinct: int = 0
    batch_size: int = 0
    test_rows: int = 0

    @property
    def name(self) -> str:
        """Says all of it; also the name of its file."""
        leak = f"{'-leaky' if self.leaky else ''}{f'-{self.distinct}d' if self.distinct else ''}"
        leak += f"-{self.batch_size}b" if self.batch_size else ""
        return (
            f"{self.model}-{self.data}-{self.technique}-{self.rate:.1e}-{self.schedule}-{self.epochs}e-{self.train}t-"
            f"{self.validation}v{leak}-{self.evaluations}n-s{self.seed}"
        )

    @property
    def part(self) -> str:
        """``test`` or ``tune``."""
        tested = self.data in TEST_DATA or self.technique in TEST_TECHNIQUES
        return "test" if tested else "tune"

    @property
    def unseen(self) -> bool:
        """Whether it is of a test part that was not scored before the thresholds were set as they are."""
        return self.part == "test" and self.model == "tiny" and self.seed >= CONFIRMING_SEED

    @property
    def cell(self) -> tuple[str, str, str, int]:
        """Runs of one cell differ only in how they were trained. The last is the number of different training rows."""
        measured_on = f"{self.data}/{self.test_rows}" if self.test_rows else self.data
        return self.model, measured_on, self.technique, self.distinct or self.train

    @property
    def chain(self) -> str:
        """Runs of one chain differ in their epochs alone, and one tells what twice as long would have brought another."""
        return replace(self, epochs=0).name

    @property
    def batch(self) -> int:
        """Examples a step."""
        return self.batch_size or BATCH[self.model]

    @property
    def steps(self) -> int:
        """How many there are in all its epochs."""
        return math.ceil(self.train / self.batch) * self.epochs

    @property
    def twice(self) -> Planned:
        """The same for twice as many epochs, to see whether it would have learnt more."""
        return replace(self, epochs=2 * self.epochs)

    @property
    def in_scope(self) -> bool:
        """Whether the figures are about a run like this."""
        return self.epochs <= LONGEST_EPOCHS and self.evaluations >= FEWEST_EVALUATIONS

    @property
    def lacks_evidence(self) -> bool:
        """Whether no honest verdict can be had from what the detector is shown; known from the plan alone."""
        return self.leaky or self.steps < FEWEST_STEPS or self.evaluations < 4 or self.validation < 5
