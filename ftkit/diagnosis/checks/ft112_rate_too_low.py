"""FT112: the learning rate is far below what this technique needs, and the loss shows it."""

from ftkit.diagnosis.checks.ft109_still_falling import by_thirds
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.settings import Settings, usual_rates

CODE = "FT112"
TITLE = "The learning rate is too low"
SEVERITY = "issue"
VERDICT = "underfitting"
MEANS = "The steps are too small for the number of them: the model hardly moved, or was still on its way at the end."
TRY = "Take a rate from the middle of what is usual for the technique: it was below all of that."

LITTLE = 0.02
# A straight line down: the last third of the learning brought almost as much as the middle one.
STRAIGHT = 0.7


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Ask for both: a rate below the usual ones, and a loss that moved little or fell in a straight line."""
    settings = Settings(None, reading)
    rate = settings.rate
    if rate is None:
        return NotApplicable("the learning rate was not recorded")
    if not reading.ended:
        return NotApplicable("the run is still going")
    if len(reading.eval) < 5:
        return NotApplicable("it takes five evaluations")
    method = reading.method
    if method is None:
        return NotApplicable("the technique is not known, and each has its own usual rates")
    low, high = usual_rates(method)
    if rate >= low:
        return None
    ahead = by_thirds(reading)
    little = reading.gain < LITTLE * abs(reading.reference)
    straight = ahead["middle"] > 0 and ahead["last"] > STRAIGHT * ahead["middle"]
    if not (little or straight):
        return None
    course = "hardly moved" if little else "fell evenly to the end"
    return Sign(
        f"The learning rate is {rate:.2g}, usual for the technique are {low:.2g} to {high:.2g}; the evaluation loss {course}.",
        {"learning_rate": rate, "usual_from": low, "gain": reading.gain},
        0.85,
    )
