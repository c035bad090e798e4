"""FT203: the graphics card could take several times as many rows at once."""

from ftkit.diagnosis.evidence import number
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT203"
TITLE = "The batch is far below what the memory allows"
SEVERITY = "tip"
VERDICT = None
FOR_REWARDS = True
MEANS = (
    "Each step adds up several small batches although the card has room for larger ones. The result would be the same, "
    "sooner."
)
TRY = (
    "Double per_device_train_batch_size and halve gradient_accumulation_steps: what is learnt stays as it is."
)

LITTLE = 0.4


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Compare the peak of the card's memory with all of it; only where batches are added up, so that nothing else changes."""
    evidence = reading.evidence
    peak = number(evidence.speed.get("gpu_memory_peak"))
    card = evidence.machine.get("gpu")
    memory = number(card.get("memory")) if isinstance(card, dict) else None
    if not peak or not memory:
        return NotApplicable("the run has no graphics card, or its memory was not recorded")
    adds = number(evidence.argument("gradient_accumulation_steps"))
    rows = number(evidence.argument("per_device_train_batch_size"))
    if adds is None or rows is None:
        return NotApplicable("the batch was not recorded")
    if adds < 2:
        return NotApplicable("each step takes a single batch; a larger one would change what is learnt")
    share = peak / memory
    if share > LITTLE:
        return None
    return Sign(
        f"The card's memory was used to {100 * share:.0f} % at most, while each step adds up {adds:.0f} batches of "
        f"{rows:.0f}.",
        {
            "memory_peak": int(peak),
            "memory": int(memory),
            "accumulation": int(adds),
            "micro_batch": int(rows),
        },
        0.8,
    )
