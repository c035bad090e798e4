"""Which rows are nearly the same: MinHash signatures from datasketch, compared in bands.

Two rows are nearly the same where at least four of five of their runs of three words are (Jaccard similarity, estimated).
"""

from __future__ import annotations

import importlib.util
import re
import zlib
from array import array
from typing import Any

MOST = 50_000
"""So many rows are compared, the first ones: it takes several times as long as all the other checks together."""
WORTHWHILE = 50
"""From so many rows on a missing package is mentioned."""
SAME = 0.8
NOT_INSTALLED = (
    "Rows that are nearly the same were not looked for: that takes `pip install 'ftkit[near-duplicates]'`."
)
FIRST_ONLY = f"Only the first {MOST:,} rows were compared to find those that are nearly the same."

_FUNCTIONS = 128
# 16 bands of 8: rows that are 80 % the same meet in one of them with a chance of 95 %, rows that are half the same, of 6 %.
_BANDS = 16
_RUN = 3
# Shorter texts are nearly the same by accident: "What is a fjord?", "What is a marathon?".
_FEWEST_WORDS = 8
_MOST_WORDS = 2_000
# In Chinese and Japanese no spaces stand between words: there every character counts as one.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def datasketch_is_here() -> bool:
    """Whether the package is installed; without loading it."""
    return importlib.util.find_spec("datasketch") is not None


class Twins:
    """Signatures of rows, half a kilobyte each, for the first fifty thousand rows that are long enough."""

    def __init__(self) -> None:
        self._ordinals = array("q")
        self._signatures = array("I")
        self._sketch: Any = None
        self._clusters: list[tuple[int, ...]] | None = None
        self.left = 0

    def add(self, ordinal: int, text: str) -> None:
        """Note a row."""
        if len(self._ordinals) >= MOST:
            self.left += 1
            return
        # Cut before looking for words: a text may have a hundred megabytes.
        words = _WORD.findall(text[: 20 * _MOST_WORDS].lower())[:_MOST_WORDS]
        if len(words) < _FEWEST_WORDS:
            return
        if self._sketch is None:
            from datasketch import MinHash

            self._sketch = MinHash(_FUNCTIONS, hashfunc=zlib.crc32)
        self._sketch.clear()
        runs = set(zip(words, words[1:], words[2:], strict=False))
        self._sketch.update_batch([" ".join(run).encode("utf-8", "surrogatepass") for run in runs])
        self._ordinals.append(ordinal)
        self._signatures.frombytes(self._sketch.hashvalues.astype("uint32").tobytes())

    def clusters(self) -> list[tuple[int, ...]]:
        """Groups of rows that are nearly the same, each in rising order."""
        if self._clusters is None:
            self._clusters = self._join() if self._ordinals else []
        return self._clusters

    def _join(self) -> list[tuple[int, ...]]:
        import numpy as np

        signatures = np.frombuffer(self._signatures, dtype=np.uint32).reshape(-1, _FUNCTIONS)
        parent = list(range(len(signatures)))

        def root(index: int) -> int:
            while parent[index] != index:
                parent[index] = parent[parent[index]]
                index = parent[index]
            return index

        width = _FUNCTIONS // _BANDS
        for band in range(_BANDS):
            part = np.ascontiguousarray(signatures[:, band * width : (band + 1) * width])
            keys = part.view(np.dtype((np.void, part.dtype.itemsize * width))).ravel()
            _, kinds = np.unique(keys, return_inverse=True)
            order = np.argsort(kinds, kind="stable")
            ranked = kinds[order]
            starts = np.searchsorted(ranked, ranked)  # where the run of equal bands begins
            again = np.flatnonzero(starts != np.arange(len(ranked)))
            for neighbour in (order[starts[again]], order[again - 1]):
                here = order[again]
                alike = np.concatenate(
                    [
                        (signatures[here[low : low + 4096]] == signatures[neighbour[low : low + 4096]]).mean(
                            1
                        )
                        for low in range(0, len(here), 4096)
                    ]
                    or [np.empty(0)]
                )
                for one, other in zip(
                    here[alike >= SAME].tolist(), neighbour[alike >= SAME].tolist(), strict=True
                ):
                    low, high = sorted((root(one), root(other)))
                    parent[high] = low
        groups: dict[int, list[int]] = {}
        for index in range(len(parent)):
            if (top := root(index)) != index:
                groups.setdefault(top, [self._ordinals[top]]).append(self._ordinals[index])
        return [tuple(group) for group in groups.values()]
