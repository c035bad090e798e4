"""FT008: a value below zero is no loss, so nothing can be read from the way the curve goes."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT008"
TITLE = "The values are no losses"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "A loss of this kind is never below zero. These may be rewards, log-probabilities or scores, for which "
    "higher can be better: read as losses they would give the opposite verdict."
)
TRY = "Give the logged loss and eval_loss; other metrics are read beside them, not instead."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look for values below zero in either curve."""
    curves = {"evaluation": reading.eval.values, "training": reading.train.values}
    lowest = {name: float(values.min()) for name, values in curves.items() if len(values)}
    if not lowest:
        return NotApplicable("no loss was logged")
    name, value = min(lowest.items(), key=lambda item: item[1])
    if value >= 0:
        return None
    return Sign(f"The {name} curve goes down to {value:.3g}.", {"curve": name, "lowest": value}, 1.0)
