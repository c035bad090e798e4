"""FT106: training left the model as it was."""

import numpy as np

from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT106"
TITLE = "The model did not change"
SEVERITY = "issue"
VERDICT = "underfitting"
MEANS = "Every evaluation gave the same loss: no weight that matters was trained, or the learning rate is next to zero."
TRY = "Raise the learning rate; check that the method trains some parameters (the trainer prints how many)."


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Look whether the evaluation loss moved at all."""
    if len(reading.eval) < 2:
        return NotApplicable("it takes two evaluations")
    values = reading.eval.values
    spread = float(values.max() - values.min())
    norms = np.array([norm for _, norm in reading.history.grad_norm if np.isfinite(norm)])
    evidence = {"spread": spread, "largest_grad_norm": float(norms.max()) if len(norms) else None}
    if spread > 1e-4 * max(abs(float(values[0])), 1e-6):
        return None
    if len(reading.train) and reading.train.values.max() == 0:
        return NotApplicable("the training loss is zero throughout (FT107)")
    return Sign(f"All {len(values)} evaluation losses are {values[0]:.4f}, to four digits.", evidence, 0.98)
