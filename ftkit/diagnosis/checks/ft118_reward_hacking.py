"""FT118: the reward rises in the way it does when it is being fooled."""

from typing import Any

import numpy as np

from ftkit.diagnosis.curves import Curve
from ftkit.diagnosis.outcome import NotApplicable, Sign
from ftkit.diagnosis.reading import Reading

CODE = "FT118"
TITLE = "Signs that the reward is being fooled"
SEVERITY = "issue"
VERDICT = None
FOR_REWARDS = True
MEANS = (
    "The reward goes up while the answers move far from the start, grow, or all become alike. That is how it looks when a "
    "model finds a trick that pleases whatever rewards it, not better answers."
)
TRY = "Read answers now. Then mend the reward (a limit on length, a second criterion), raise beta, or stop earlier."

FEWEST = 10
LONGER = 1.5
FURTHER = 3.0
CLOSER = 0.33
FAR = 0.5


def check(reading: Reading) -> Sign | NotApplicable | None:
    """Where the reward rose: has the distance, the length or the variety changed beyond what learning needs? Two must."""
    if not reading.history.rewarded:
        return NotApplicable("no reward was logged")
    reward = reading.logged("reward")
    signs = {
        name: _ends(curve)
        for name in ("kl", "completions/mean_length", "entropy")
        if len(curve := reading.logged(name)) >= FEWEST
    }
    if len(reward) < FEWEST or len(signs) < 2:
        return NotApplicable(
            f"it takes {FEWEST} logged values of the reward and of two of kl, completions/mean_length and entropy"
        )
    start, end = _ends(reward)
    if end - start <= 0.1 * max(abs(start), float(np.std(reward.values)), 1e-9):
        return None
    said: list[str] = []
    if "kl" in signs and signs["kl"][1] > max(FAR, FURTHER * signs["kl"][0]):
        said.append(f"the distance from the start (kl) from {signs['kl'][0]:.2f} to {signs['kl'][1]:.2f}")
    length = signs.get("completions/mean_length")
    if length and length[1] > LONGER * length[0] > 0:
        said.append(f"the length from {length[0]:.0f} to {length[1]:.0f} tokens")
    variety = signs.get("entropy")
    if variety and 0 <= variety[1] < CLOSER * variety[0]:
        said.append(f"the variety (entropy) from {variety[0]:.2f} to {variety[1]:.2f}")
    if len(said) < 2:
        return None
    evidence: dict[str, Any] = {"reward": [start, end]} | {name: list(pair) for name, pair in signs.items()}
    return Sign(
        f"The reward went from {start:.3f} to {end:.3f}, and with it {' and '.join(said)}.",
        evidence,
        0.6 + 0.1 * len(said),
    )


def _ends(curve: Curve) -> tuple[float, float]:
    """Means of the first and of the last fifth."""
    count = max(2, len(curve) // 5)
    return float(curve.values[:count].mean()), float(curve.values[-count:].mean())
