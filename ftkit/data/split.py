"""Train, validation and test: seeded, and nothing asked in one part is asked in another.

Records that must stay together form a cluster: those in which the same prompt occurs, those of one group, those
that are nearly the same. Whole clusters are dealt out, and each kind of label gets its share of every part.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def prompt_key(row: Mapping[str, Any]) -> str:
    """What makes two prompts the same: every message of them, letter for letter; the text where there is none.

    Of a row of token ids, those before the first that is learned.
    """
    if "input_ids" in row:
        read = next((place for place, label in enumerate(row["labels"]) if label >= 0), 0)
        return json.dumps(row["input_ids"][:read] or row["input_ids"])
    return json.dumps(
        row["prompt"] if "prompt" in row else row.get("text"), ensure_ascii=True, sort_keys=True
    )


# What makes no difference to a reader. Signs of arithmetic stay: "2+2" is another question than "2-2".
_FOLDED = re.compile(r"[\s.,;:!?…'\"“”„‘’‚«»()\[\]–—_#`]+")


def folded(text: str) -> str:
    """A text without what makes no difference to a reader: capitals, spaces and punctuation; empty where nothing is left."""
    return _FOLDED.sub(" ", text.lower()).strip()


def folded_key(row: Mapping[str, Any]) -> str:
    """What makes two prompts nearly the same, and is found without any package: empty where that is nothing."""
    asked = row["prompt"] if "prompt" in row else row.get("text")
    if isinstance(asked, str):
        return folded(asked)
    return "\0".join(folded(message.get("content") or "") for message in asked or ()).strip("\0")


def short_hash(text: str) -> int:
    """A number of 63 bits for a text: two of a million different texts share one by a chance of one in ten million."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


class Ties:
    """What belongs together, noted while records go by: a record's keys, each a number; equal keys tie."""

    def __init__(self) -> None:
        self._records, self._keys = array("q"), array("q")

    def add(self, record: int, keys: Iterable[int]) -> None:
        """Note keys of the record with this ordinal."""
        for key in keys:
            self._records.append(record)
            self._keys.append(key)

    def clusters(self, count: int, wanted: bytes | bytearray | None = None) -> list[int]:
        """For each of `count` records the ordinal of the first record of its cluster.

        Parameters
        ----------
        wanted
            A byte a record, 1 or 0: those with 0 tie nothing.
        """
        import numpy as np

        records, keys = (
            np.frombuffer(column, dtype=np.int64) if column else np.empty(0, np.int64)
            for column in (self._records, self._keys)
        )
        if wanted is not None:
            chosen = np.frombuffer(wanted, dtype=np.bool_)[records]
            records, keys = records[chosen], keys[chosen]
        order = np.lexsort((records, keys))
        records, keys = records[order], keys[order]
        same = (keys[1:] == keys[:-1]) & (records[1:] != records[:-1])
        parent = list(range(count))

        def root(index: int) -> int:
            while parent[index] != index:
                parent[index] = parent[parent[index]]
                index = parent[index]
            return index

        for one, other in zip(records[:-1][same].tolist(), records[1:][same].tolist(), strict=True):
            low, high = sorted((root(one), root(other)))
            parent[high] = low
        return [root(index) for index in range(count)]


def deal(
    clusters: Sequence[int],
    sizes: Sequence[int],
    shares: Mapping[str, float],
    seed: int,
    labels: Sequence[Any] | None = None,
) -> list[str]:
    """Which part each record goes to: ``train``, or one of `shares`.

    Parameters
    ----------
    clusters
        By record, what it must stay together with: equal numbers, in the order of their first appearance.
    sizes
        By record, how many training rows it gives.
    shares
        For each part that is to be made, its share of all rows; dealt out in this order.
    seed
        The same seed deals out the same records.
    labels
        By record, the kind of which every part gets its share; all are of one kind where it is None.

    Returns
    -------
    list of str
        The part of each record. Every part gets at least one cluster where there are enough; else train and
        validation come first, and who wants to train is told.
    """
    first: dict[int, int] = {}
    for index, cluster in enumerate(clusters):
        first.setdefault(cluster, index)
    # Of too few, none goes to the test part.
    shares = {part: share for part, share in shares.items() if part != "test" or len(first) > len(shares)}
    weight = dict.fromkeys(first, 0)
    for index, cluster in enumerate(clusters):
        weight[cluster] += sizes[index]
    order = list(first)
    random.Random(seed).shuffle(order)  # noqa: S311  (a split, not a secret)
    kinds = {cluster: labels[index] if labels else None for cluster, index in first.items()}
    part_of = dict.fromkeys(order, "train")
    totals: dict[Any, int] = {}
    for cluster in order:
        totals[kinds[cluster]] = totals.get(kinds[cluster], 0) + weight[cluster]
    for place, (part, share) in enumerate(shares.items()):
        room = _rooms(totals, share)
        free = [cluster for cluster in order if part_of[cluster] == "train"]
        # One cluster each for train and for the parts still to come is never given away.
        spare = len(free) - (len(shares) - place)
        if spare < 1:
            continue
        before = spare
        for cluster in free:
            if weight[cluster] <= room[kinds[cluster]] and spare:
                part_of[cluster] = part
                room[kinds[cluster]] -= weight[cluster]
                spare -= 1
        if spare == before:
            part_of[min(free, key=lambda cluster: weight[cluster])] = part
    return [part_of[cluster] for cluster in clusters]


def _rooms(totals: Mapping[Any, int], share: float) -> dict[Any, int]:
    """How many rows of each kind a part may get: its share of them, rounded so that the sum is right, too."""
    wanted = max(1, round(sum(totals.values()) * share))
    rooms = {kind: int(total * share) for kind, total in totals.items()}
    rest = sorted(totals, key=lambda kind: (int(totals[kind] * share) - totals[kind] * share, str(kind)))
    for kind in rest[: max(0, wanted - sum(rooms.values()))]:
        rooms[kind] += 1
    return rooms
