"""What a classifier or a reward model makes of the test part, which decided nothing during training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from ftkit.comparison.view import LEFT, STYLE

MOST_ROWS = 400
"""Rows of the test part that are judged at most: enough for a figure, and soon done without a graphics card."""

SHOWN = 8
"""Mistakes that are shown, where there are so many."""

MOST_CLASSES = 12
"""Classes whose mistakes can be taken in as one table."""
BATCH = 8


@dataclass(frozen=True)
class Judged:
    """One text with what the model made of it.

    Attributes
    ----------
    text
        What was judged; of a pair, the better answer.
    expected
        The label in the test part; None for a text of the person's own.
    found
        The class that the model chose; empty where it gives a number.
    number
        How sure it is of the class, from 0 to 1; else the number that it gives.
    other
        Of a pair, the worse answer and its number.
    """

    text: str
    expected: str | None
    found: str
    number: float
    other: tuple[str, float] | None = None

    @property
    def said(self) -> str:
        """What the model says, for people."""
        return f"{self.found} ({self.number:.0%} sure)" if self.found else f"{self.number:.2f}"

    @property
    def right(self) -> bool | None:
        """Whether the model is right; None where nobody knows."""
        if self.other is not None:
            return self.number > self.other[1]
        return None if self.expected is None else self.found == self.expected


@dataclass(frozen=True)
class Judgement:
    """How well a classifier or a reward model does, shown by Jupyter as a table.

    Attributes
    ----------
    run
        Name of the run.
    rows
        The texts, those of the person first, and of the others those that were judged wrong.
    shown
        How many of them are shown.
    accuracy
        The share of test rows judged right; None without test rows.
    f1
        Macro-F1 of a classifier: each class counts as much as any other. None for a reward model.
    chance
        What one reaches without reading: always the most frequent class of the training, or a coin for pairs.
    margin
        How far the better answer's number is above the worse one's, on average; None for a classifier.
    confusion
        ``(expected, found, rows)`` for every combination that occurs.
    base_difference, tuned_difference
        How far each side was from what was stored during the training; both passed the check.
    notes
        What the reader should know.
    """

    run: str
    rows: tuple[Judged, ...]
    shown: int
    accuracy: float | None
    f1: float | None
    chance: float | None
    margin: float | None
    confusion: tuple[tuple[str, str, int], ...]
    base_difference: float
    tuned_difference: float
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data with the same keys."""
        return asdict(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": as_html(self), "text/plain": str(self)}

    def __str__(self) -> str:
        lines = [f"On the test part: {self.run}", *sentences(self)]
        for row in self.rows[: self.shown]:
            lines += ["", f"Text : {row.text}", f"  model: {row.said}"]
            if row.other is not None:
                lines += [f"  worse: {row.other[0]} ({row.other[1]:.2f})"]
            elif row.expected is not None:
                lines += [f"  label: {row.expected}"]
        return "\n".join([*lines, "", *self.notes])


def outputs(
    model: Any, tokenizer: Any, texts: Sequence[list[int]], progress: Callable[[int], None]
) -> list[list[float]]:
    """What the head says of each text, given as token ids: a number a class, or one number."""
    import torch

    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    found: list[list[float]] = []
    with torch.no_grad():
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            width = max(map(len, batch))
            ids = torch.tensor([row + [pad] * (width - len(row)) for row in batch], device=model.device)
            mask = torch.tensor(
                [[1] * len(row) + [0] * (width - len(row)) for row in batch], device=model.device
            )
            found += model(input_ids=ids, attention_mask=mask).logits.float().cpu().tolist()
            progress(len(found))
    return found


def classified(text: str, expected: str | None, logits: Sequence[float], labels: Sequence[str]) -> Judged:
    """The class that a model chose for a text."""
    import numpy as np

    powers = np.exp(np.array(logits) - max(logits))
    best = int(powers.argmax())
    return Judged(text, expected, labels[best], float(powers[best] / powers.sum()))


def figures(rows: Sequence[Judged], labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy, macro-F1 and the table of mistakes, from rows whose label is known."""
    known = [row for row in rows if row.right is not None]
    if not known:
        return {"accuracy": None, "f1": None, "margin": None, "confusion": ()}
    accuracy = sum(bool(row.right) for row in known) / len(known)
    pairs = [row for row in known if row.other is not None]
    if pairs:
        gaps = [row.number - row.other[1] for row in pairs if row.other is not None]
        return {"accuracy": accuracy, "f1": None, "margin": sum(gaps) / len(gaps), "confusion": ()}
    counts = Counter((str(row.expected), row.found) for row in known)
    scores = [_f1(counts, label) for label in labels if any(label in pair for pair in counts)]
    table = tuple((expected, found, number) for (expected, found), number in sorted(counts.items()))
    return {"accuracy": accuracy, "f1": sum(scores) / len(scores), "margin": None, "confusion": table}


def _f1(counts: Counter[tuple[str, str]], label: str) -> float:
    right = counts[label, label]
    said = sum(number for (_, found), number in counts.items() if found == label)
    there = sum(number for (expected, _), number in counts.items() if expected == label)
    return 2 * right / (said + there) if said + there else 0.0


def sentences(result: Judgement) -> list[str]:
    """What the figures mean, in plain words."""
    if result.accuracy is None:
        return []
    tested = sum(row.right is not None for row in result.rows)
    if result.margin is not None:
        return [
            f"Of {tested} pairs of the test part the better answer got the higher number in "
            f"{result.accuracy:.0%}; a coin would get 50 %. On average it leads by {result.margin:.2f}."
        ]
    found = [f"{result.accuracy:.0%} of {tested} texts of the test part got the right label."]
    if result.chance is not None:
        found.append(
            f"Always saying the most frequent label of the training would get {result.chance:.0%}: "
            "only what is above that was learned."
        )
    if result.f1 is not None:
        found.append(
            f"Macro-F1 is {result.f1:.2f}: every class counts as much as any other, and 1 is perfect."
        )
    return found


def as_html(result: Judgement) -> str:
    """Sentences, the table of mistakes, and some texts with what the model made of them."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences(result))
    rows = "".join(_row(row) for row in result.rows[: result.shown])
    worse = any(row.other for row in result.rows)
    head = ("Better answer", "Its number", "Worse answer") if worse else ("Text", "The model says", "Label")
    heads = "".join(f"<th {LEFT}>{name}</th>" for name in head)
    notes = "".join(f'<p class="ftkit-note">{escape(note)}</p>' for note in result.notes)
    return (
        f'{STYLE}<div class="ftkit-compare"><h4>On the test part: {escape(result.run)}</h4>{said}'
        f"{_confusion(result)}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{notes}</div>"
    )


def _row(row: Judged) -> str:
    mark = {True: "✓ ", False: "✗ ", None: ""}[row.right]
    last = f"{escape(row.other[0])}\n({row.other[1]:.2f})" if row.other else escape(row.expected or "")
    said = f'<td {LEFT} class="ftkit-tuned">{mark}{escape(row.said)}</td>'
    return f"<tr><td {LEFT}>{escape(row.text)}</td>{said}<td {LEFT}>{last}</td></tr>"


def _confusion(result: Judgement) -> str:
    """The confusion matrix: a darker cell is a larger share of its row, and what is right has a frame."""
    if not result.confusion:
        return ""
    labels = sorted({name for expected, found, _ in result.confusion for name in (expected, found)})
    if len(labels) > MOST_CLASSES:
        return ""
    counts = {(expected, found): number for expected, found, number in result.confusion}
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    body = "".join(
        f'<tr><th scope="row">{escape(expected)}</th>'
        + "".join(_count(counts, expected, found, labels) for found in labels)
        + "</tr>"
        for expected in labels
    )
    return (
        "<p>Which mistakes were made (the <i>confusion matrix</i>). Rows: the right label. Columns: what the model said. "
        "Framed: right. All else are mistakes; the stronger the colour, the larger a share of its row.</p>"
        '<table class="ftkit-confusion">'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _count(counts: Mapping[tuple[str, str], int], expected: str, found: str, labels: Sequence[str]) -> str:
    number = counts.get((expected, found), 0)
    share = number / max(1, sum(counts.get((expected, other), 0) for other in labels))
    # Blue over whatever the theme's background is: never so dark that the theme's text cannot be read on it.
    look = f"background-color:rgba(0,114,178,{0.6 * share:.2f});text-align:center"
    if expected == found:
        look += ";border:2px solid #0072b2"
    return f'<td style="{look}">{number}</td>'
