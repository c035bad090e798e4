"""How long rows are in a model's tokens, counted batch by batch."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ftkit.data import token_ids
from ftkit.data.tokenizer import ModelTokens, load_tokens
from ftkit.data.tokens import starts, texts_of
from ftkit.data.turns import Row
from ftkit.fields import DataFacts

BATCH = 1000
BARS = 40


@dataclass(frozen=True)
class Length:
    """One row in tokens.

    Attributes
    ----------
    longest
        Tokens of the longest text that its trainer reads.
    total, trained
        Tokens of all its texts, and how many of them are learned from.
    within
        How many are learned from where the texts are cut to the longest row that training takes.
    """

    longest: int
    total: int
    trained: int
    within: int


@dataclass(frozen=True)
class TokenStatistics:
    """The lengths of all rows that can be used, before any is left out for being too long.

    Attributes
    ----------
    min, p50, p95, max
        Tokens of the shortest row, of the middle one, of the one longer than 95 % of all, and of the longest.
    mean
        Tokens a row.
    share_over_limit
        The share of rows longer than `max_length`, from 0 to 1; 0 where there is no limit.
    trained_on_share
        The share of all tokens that is learned from.
    max_length
        The limit, where one was given.
    histogram
        How many rows have how many tokens: ``(from, to, rows)``, `to` not included.
    """

    min: int
    p50: int
    p95: int
    max: int
    mean: float
    share_over_limit: float
    trained_on_share: float
    max_length: int | None
    histogram: tuple[tuple[int, int, int], ...]


def lengths_of(
    rows: Sequence[Row], form: str, tokens: ModelTokens, max_length: int | None = None
) -> list[Length]:
    """The lengths of a batch of rows, exactly as :func:`~ftkit.data.tokens.token_views` cuts them into tokens.

    Raises
    ------
    DataError
        If the model has no chat template, or it refuses a conversation.
    """
    if form == token_ids.FORM:
        sizes_of = (token_ids.lengths(row, max_length) for row in rows)
        return [Length(longest, longest, trained, within) for longest, trained, within in sizes_of]
    texts = [texts_of(row, form, tokens) for row in rows]
    wholes = [whole for found in texts for _, whole in found]
    prompts = [prompt for found in texts for prompt, _ in found if prompt is not None]
    chat = bool(prompts)
    encode = tokens.tokenizer.encode_batch_fast
    all_ids = iter(encode([text for text, _ in wholes], add_special_tokens=not chat))
    all_before = iter(encode(prompts, add_special_tokens=False)) if prompts else iter(())
    lengths = []
    for found in texts:
        ids = [next(all_ids).ids for _ in found]
        before = [next(all_before).ids if prompt is not None else None for prompt, _ in found]
        sizes = [len(one) for one in ids]
        read = starts(ids, before, form)
        trained = sum(sizes) - sum(read)
        within = trained
        if max_length is not None:
            within = sum(
                max(0, min(size, max_length) - place) for size, place in zip(sizes, read, strict=True)
            )
        lengths.append(Length(max(sizes, default=0), sum(sizes), trained, within))
    return lengths


class LengthCounter:
    """Gathers lengths row by row: four bytes a row, however long the rows are."""

    def __init__(self) -> None:
        self.longest = array("i")
        self.totals = array("i")
        self.trained = array("i")

    def add(self, lengths: Iterable[Length]) -> None:
        """Note the lengths of some more rows."""
        for one in lengths:
            self.longest.append(one.longest)
            self.totals.append(one.total)
            self.trained.append(one.trained)

    def statistics(self, max_length: int | None = None) -> TokenStatistics | None:
        """What they come to; None where there is no row."""
        if not self.longest:
            return None
        import numpy as np

        longest = np.sort(np.array(self.longest))
        total = int(np.array(self.totals).sum())
        return TokenStatistics(
            min=int(longest[0]),
            p50=_at(longest, 50),
            p95=_at(longest, 95),
            max=int(longest[-1]),
            mean=float(longest.mean()),
            share_over_limit=0.0 if max_length is None else float((longest > max_length).mean()),
            trained_on_share=int(np.array(self.trained).sum()) / total if total else 0.0,
            max_length=max_length,
            histogram=_histogram(longest),
        )


def data_facts(
    parts: Mapping[str, Sequence[Row]],
    tokenizer_folder: str | Path,
    skipped: int = 0,
    template: str | None = None,
    form: str = "sft",
) -> DataFacts:
    """Rows and tokens of prepared data, chat template included.

    Parameters
    ----------
    parts
        As :func:`load_parts` gives them.
    tokenizer_folder
        A local folder with ``tokenizer.json`` and the chat template.
    skipped
        Rows left out on the way, carried into the facts.
    template
        A chat template in place of the model's own.
    form
        The standard form of the rows; of a row that makes several texts the longest counts.

    Raises
    ------
    DataError
        If the model has no chat template, and the rows are conversations.
    """
    import numpy as np

    tokens = load_tokens(tokenizer_folder, template)
    form = token_ids.form_of(parts.get("train", ()), form)
    lengths = array("i")
    everything = batches(row for part in parts.values() for row in part)
    if form != "sft":
        for batch in everything:
            lengths.extend(one.longest for one in lengths_of(batch, form, tokens))
        everything = iter(())
    elif not tokens.template:
        tokens.chat([])  # says that there is none
    for batch in everything:
        texts = [tokens.chat([*r["prompt"], *r["completion"]], tools=r.get("tools")) for r in batch]
        encodings = tokens.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        lengths.extend(len(encoding.ids) for encoding in encodings)
    ordered = np.sort(np.array(lengths))
    return DataFacts(
        train_rows=len(parts.get("train", ())),
        validation_rows=len(parts.get("validation", ())),
        test_rows=len(parts.get("test", ())),
        longest=int(ordered[-1]) if lengths else 0,
        p95=_at(ordered, 95) if lengths else 0,
        mean=float(ordered.mean()) if lengths else 0.0,
        skipped=skipped,
    )


def batches(rows: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """Rows in lists of at most `size`."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def _at(ordered: Any, percent: int) -> int:
    """The smallest value that this share of all does not exceed."""
    return int(ordered[max(0, -(-percent * len(ordered) // 100) - 1)])


def _histogram(ordered: Any) -> tuple[tuple[int, int, int], ...]:
    """Bars of equal width where nearly all rows are, and one for the few that are far longer."""
    import numpy as np

    first, last = int(ordered[0]), int(ordered[-1])
    usual = min(last, 2 * _at(ordered, 95))
    width = max(1, -(-(usual - first + 1) // BARS))
    edges = list(range(first, usual + width + 1, width))
    if edges[-1] <= last:
        edges.append(last + 1)
    counts = np.histogram(ordered, bins=edges)[0]
    return tuple((a, b, int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True))
