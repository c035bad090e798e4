"""FD009: nearly all answers are the same."""

from __future__ import annotations

from array import array

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, hash64

CODE = "FD009"
TITLE = "Answers all alike"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("sft",)
MEANING = (
    "If nearly every answer is the same, the cheapest thing to learn is to give it always, whatever is asked. The loss "
    "falls nicely and the model has learned nothing else."
)
TRY = "Check that the right column is the answer, and add rows with other answers."
FIX: str | None = None

FEWEST = 20
ALIKE = 0.8
_BEGINNING = 24


class Check:
    """Counts the most frequent answer and the most frequent beginning of one."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._places = places
        self._answers, self._beginnings = array("q"), array("q")

    def see(self, row: SeenRow) -> None:
        """Note the answer."""
        answer = row.answer.strip()
        self._answers.append(hash64(answer))
        self._beginnings.append(
            hash64(answer[:_BEGINNING]) if len(answer) > 2 * _BEGINNING else -row.ordinal - 1
        )

    def finding(self) -> Finding | None:
        """The share of the most frequent one, where that is most of them."""
        if len(self._answers) < FEWEST:
            return None
        for hashes, what, same in ((self._answers, "are", True), (self._beginnings, "begin", False)):
            ordinals, share = _most_frequent(hashes)
            if share < ALIKE:
                continue
            tally = self._places.tally(ordinals)
            told = "word for word the same" if same else f"with the same {_BEGINNING} letters"
            everything = same and share == 1
            return Finding(
                f"{'All' if everything else f'{share:.0%} of the'} answers {what} {told}.",
                tally.count,
                tally.first,
                severity="error" if everything else None if same else "note",
            )
        return None


def _most_frequent(hashes: array[int]) -> tuple[list[int], float]:
    import numpy as np

    values = np.frombuffer(hashes, dtype=np.int64)
    kinds, counts = np.unique(values, return_counts=True)
    place = int(counts.argmax())
    return np.flatnonzero(values == kinds[place]).tolist(), counts[place] / len(values)
