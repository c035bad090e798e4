"""FT001: nothing was held out and evaluated."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT001"
TITLE = "No evaluation"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "The training loss alone cannot tell learning from learning by heart: both make it fall. "
    "That takes examples that the model does not train on."
)
TRY = "Keep a part of the examples for evaluation and evaluate 10 to 20 times during the run."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look for at least one evaluation loss."""
    if len(reading.eval):
        return None
    recorded = len(reading.history.eval)
    if recorded and reading.history.train and not len(reading.train):
        return NotApplicable("no loss at all is a number: the training broke before it could be evaluated")
    if recorded:
        those = "The only evaluation loss" if recorded == 1 else f"None of the {recorded} evaluation losses"
        return Sign(f"{those} is {'no' if recorded == 1 else 'a'} number.", {"evaluations": 0}, 1.0)
    return Sign("There is no evaluation loss in this run.", {"evaluations": 0}, 1.0)
