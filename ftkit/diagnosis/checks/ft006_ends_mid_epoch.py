"""FT006: the last pass over the data is not complete."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.runfolder.trainer_log import epochs_at_end

CODE = "FT006"
TITLE = "The curves end in the middle of an epoch"
SEVERITY = "tip"
VERDICT = None
MEANS = "Some examples were seen once more often than others, so the end favours them a little."
TRY = "Let the run reach the end of an epoch, or give a whole number of epochs."

# Of a share below this only that is said.
LEAST = 1e-4


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look at the fraction of an epoch in which the run ended."""
    if not reading.ended:
        return NotApplicable("the run is still going")
    # By the last loss that was logged the run would end where that was.
    done = epochs_at_end(reading.history.rows) or reading.epochs
    if done is None:
        return NotApplicable("the number of epochs is not known")
    if done < 0.95:
        share = f"{100 * done:.2g}" if done >= LEAST else f"less than {100 * LEAST:g}"
        return Sign(f"The run saw {share} % of the examples.", {"epochs": done})
    if 0.05 < done % 1 < 0.95:
        return Sign(f"The run ended after {done:.2f} epochs.", {"epochs": done})
    return None
