"""What a run's curves show, with the evidence, and what to change next. Pure Python and numpy."""

from ftkit.diagnosis.checks import CHECKS, Check
from ftkit.diagnosis.checks.ft003_evaluation_set_too_small import FEWEST_ROWS
from ftkit.diagnosis.intervals import AgainstBest, against_best
from ftkit.diagnosis.outcome import (
    VERDICT_WORDS,
    Diagnosis,
    Finding,
    Looked,
    NotApplicable,
    Remedy,
    Sign,
)
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.stopping import should_stop
from ftkit.diagnosis.verdict import diagnose, judge

__all__ = [
    "CHECKS",
    "FEWEST_ROWS",
    "VERDICT_WORDS",
    "AgainstBest",
    "Check",
    "Diagnosis",
    "Finding",
    "Looked",
    "NotApplicable",
    "Reading",
    "Remedy",
    "Sign",
    "against_best",
    "diagnose",
    "judge",
    "should_stop",
]
