"""FT119: the classifier says the same class whatever it reads."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT119"
TITLE = "It always says the same class"
SEVERITY = "issue"
VERDICT = "underfitting"
MEANS = (
    "Accuracy and macro-F1 are exactly those of a model that gives every text one class. Where one class is common, that "
    "looks better than it is."
)
TRY = "Weigh rare classes, or balance the examples; a higher learning rate where the loss hardly moved."

CLOSE = 0.002


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Hold the macro-F1 against the only value that a single class can give at this accuracy."""
    labels = reading.evidence.fact("model", "labels")
    if not isinstance(labels, list) or len(labels) < 2:
        return NotApplicable("the model is no classifier, or its classes were not recorded")
    accuracy, f1 = reading.logged("eval_accuracy"), reading.logged("eval_f1")
    if len(accuracy) < 2 or len(f1) < 2:
        return NotApplicable("accuracy and macro-F1 were not logged at two evaluations")
    share, score = float(accuracy.values[-1]), float(f1.values[-1])
    # One class has recall 1 and precision `share`; all others have an F1 of 0. Macro-F1 leaves out absent classes.
    single = [2 * share / (1 + share) / count for count in range(2, len(labels) + 1)]
    if share >= 1 or min(abs(score - value) for value in single) > CLOSE:
        return None
    return Sign(
        f"Accuracy {share:.3f} and macro-F1 {score:.3f} of {len(labels)} classes are those of a single class for all.",
        {"accuracy": share, "macro_f1": score, "classes": len(labels)},
        0.9,
    )
