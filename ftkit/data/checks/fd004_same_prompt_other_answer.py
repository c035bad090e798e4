"""FD004: one prompt with different answers."""

from __future__ import annotations

from array import array

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, hash64

CODE = "FD004"
TITLE = "Same prompt, different answers"
SEVERITY = "note"
FORMS: tuple[str, ...] = ("sft", "classification", "unpaired")
MEANING = (
    "The model cannot fit two different answers to the same prompt: it learns something in between. That is fine "
    "where several answers are right, and harmful where one of them is wrong."
)
TRY = "Look at some of them. If they contradict each other, keep the better one."
# Only a person can say which answer is right.
FIX: str | None = None


class Check:
    """Compares hashes of prompts and of answers."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._form, self._places = facts.form, places
        self._prompts, self._answers = array("q"), array("q")

    def see(self, row: SeenRow) -> None:
        """Note prompt and answer."""
        said = " ".join(row.answer.split())
        if self._form == "unpaired":
            # The same answer, called good once and bad once.
            self._prompts.append(hash64(f"{row.prompt_hash} {said}"))
            self._answers.append(1 if row.label else 0)
            return
        self._prompts.append(row.prompt_hash)
        self._answers.append(hash64(said if self._form == "sft" else repr(row.label)))

    def finding(self) -> Finding | None:
        """All rows whose prompt has several answers."""
        import numpy as np

        if not self._prompts:
            return None
        prompts = np.frombuffer(self._prompts, dtype=np.int64)
        answers = np.frombuffer(self._answers, dtype=np.int64)
        order = np.lexsort((answers, prompts))
        prompts, answers = prompts[order], answers[order]
        other = (prompts[1:] == prompts[:-1]) & (answers[1:] != answers[:-1])
        torn = np.unique(prompts[1:][other])
        if not len(torn):
            return None
        rows = np.sort(order[np.isin(prompts, torn)])
        tally = self._places.tally(rows.tolist())
        what = {
            "sft": "prompt has|prompts have| more than one answer",
            "classification": "text has|texts have| more than one label",
            "unpaired": "answer is|answers are| marked as good in one row and as bad in another",
        }[self._form].split("|")
        return Finding(
            f"{len(torn):,} {what[0] if len(torn) == 1 else what[1]}{what[2]} ({tally.count:,} rows).",
            tally.count,
            tally.first,
            severity=None if self._form == "sft" else "warning",
        )
