"""FT003: the interval on the loss difference is wider than the effect."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.said import SURE, figure

CODE = "FT003"
TITLE = "Evaluation set too small"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "The held-out rows disagree so much about what training did that other rows "
    "could have shown the opposite."
)
TRY = "Hold back more rows for evaluation (in ftkit's form: the validation part)."

FEWEST_ROWS = 5
# A gain of this share of the first loss would count as learning (see FT108).
LEARNED = 0.02


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the interval over the rows with the gain and with the rise after the best step."""
    if not len(reading.eval):
        return NotApplicable("there is no evaluation at all")
    rows, gain = reading.per_row, reading.gain_interval
    if rows is None or gain is None:
        return NotApplicable("the losses of the single held-out rows were not recorded")
    count = len(rows.tokens)
    evidence = {
        "rows": rows.rows,
        "independent": count,
        "gain": gain.value,
        "gain_interval": [gain.low, gain.high],
    }
    tied = "" if count == rows.rows else f" that belong together in {count} groups"
    if count < FEWEST_ROWS:
        return Sign(
            f"Only {rows.rows} rows are held out{tied}; the verdict needs at least {FEWEST_ROWS} that have nothing in common.",
            evidence,
            1.0,
        )
    if gain.low <= 0 and gain.high >= LEARNED * reading.reference:
        return Sign(
            f"Over the {rows.rows} held-out rows{tied} the gain is {figure(gain.value)}; with other rows it could be anything "
            f"from {figure(gain.low)} to {figure(gain.high)} ({SURE}), so none at all or a real one.",
            evidence,
        )
    rise = reading.rise
    if rise is None or rise.interval is None or reading.rise_by_chance <= reading.alpha:
        return None
    low, high = rise.interval
    effect = max(gain.value, abs(rise.value), 1e-9)
    if (high - low) / 2 > max(effect, LEARNED * abs(reading.best_loss)):
        return Sign(
            f"Over the {rows.rows} held-out rows{tied} the loss after the best step changed by {figure(rise.value)}; "
            f"with other rows that could be anything from {figure(low)} to {figure(high)} ({SURE}), a range "
            "wider than anything this run did.",
            evidence | {"rise": rise.value, "rise_interval": [low, high]},
        )
    return None
