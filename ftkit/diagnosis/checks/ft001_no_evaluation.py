"""FT001: nothing was held out and evaluated, or only by metrics without a loss."""

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading
from ftkit.runfolder.metrics import SPEEDS

CODE = "FT001"
TITLE = "No evaluation loss"
SEVERITY = "issue"
VERDICT = "not-enough-evidence"
MEANS = (
    "The training loss alone cannot tell learning from learning by heart: both make it fall. "
    "That takes examples that the model does not train on."
)
TRY = (
    "Keep a part of the examples for evaluation and evaluate 10 to 20 times during the run. In ftkit's form that is the validation "
    'part; the rest goes by itself. A Trainer of your own needs eval_dataset, eval_strategy="steps" and, as eval_steps, a tenth of '
    "its steps."
)
METRIC_ALONE = "A metric of the task cannot be laid beside the training loss, and may rise while the model already learns by heart."
LET_IT_RETURN_ONE = (
    "Let the evaluation return a loss as well (eval_loss): the Trainer takes it where the evaluated batches hold labels (its "
    "label_names), and an evaluation loop of your own has to pass it on."
)

MOST_NAMED = 3


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
    count, names = without_loss(reading)
    if count:
        times = "once" if count == 1 else f"{count} times"
        only = (
            f" (only {', '.join(names[:MOST_NAMED])}{', …' if len(names) > MOST_NAMED else ''})"
            if names
            else ""
        )
        return Sign(
            f"The model was evaluated {times}, but without a loss{only}.",
            {"evaluations": 0, "without_loss": count, "metrics": names},
            1.0,
            means=METRIC_ALONE,
            try_=LET_IT_RETURN_ONE,
        )
    return Sign("There is no evaluation loss in this run.", {"evaluations": 0}, 1.0)


def without_loss(reading: Reading) -> tuple[int, list[str]]:
    """How many evaluations gave other values and no loss, and the names of these."""
    logged = [
        {key for key in row if str(key).startswith("eval_")}
        for row in reading.history.rows
        if "eval_loss" not in row
    ]
    found = [keys for keys in logged if keys]
    others = sorted(key for key in set().union(*found) if not key.endswith(SPEEDS))
    return len(found), reading.metrics or others
