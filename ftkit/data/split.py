"""Train, validation and test: seeded, and nothing asked in one part is asked in another.

Rows that must stay together form a cluster: all rows of one conversation, and all conversations in which
exactly the same prompt occurs. Whole clusters are dealt out. Near-duplicates are not looked for here.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from ftkit.data.turns import Row
from ftkit.errors import DataError

Conversation = list[Row]
Parts = dict[str, list[Conversation]]


def prompt_key(row: Row) -> str:
    """What makes two prompts the same: every message of them, letter for letter."""
    return json.dumps(row["prompt"], ensure_ascii=True, sort_keys=True)


def split(given: Parts, validation_share: float, test_share: float, seed: int) -> Parts:
    """Give a validation and a test part to data that lack one; parts that are there stay as they are.

    Parameters
    ----------
    given
        Conversations (lists of training rows) by part; ``train`` is there.
    validation_share, test_share
        Shares of the training conversations' rows that a missing part gets.
    seed
        The same seed deals out the same rows.

    Returns
    -------
    Parts
        ``train``, ``validation`` and ``test``, each with at least one conversation, each in the original order.

    Raises
    ------
    DataError
        If there are too few different prompts for that.
    """
    missing = {
        part: share
        for part, share in (("test", test_share), ("validation", validation_share))
        if part not in given
    }
    if not missing:
        return given
    conversations = given["train"]
    clusters = _clusters(conversations)
    if len(clusters) <= len(missing):
        word = "prompt" if len(clusters) == 1 else "prompts"
        raise DataError(
            f"There are {len(conversations)} usable examples with {len(clusters)} different {word}; "
            f"to train, validate and test, at least {len(missing) + 1} are needed.",
            "Add examples with other prompts, or give validation and test files of your own.",
        )
    random.Random(seed).shuffle(clusters)  # noqa: S311  (a split, not a secret)
    sizes = [sum(len(conversations[i]) for i in cluster) for cluster in clusters]
    total, part_of = sum(sizes), ["train"] * len(clusters)
    for place, (part, share) in enumerate(missing.items()):
        room = max(1, round(total * share))
        free = [c for c in range(len(clusters)) if part_of[c] == "train"]
        # One cluster each for train and for the parts still to come is never given away.
        spare = len(free) - (len(missing) - place)
        for cluster in free:
            if sizes[cluster] <= room and spare:
                part_of[cluster] = part
                room -= sizes[cluster]
                spare -= 1
        if part not in part_of:
            part_of[min(free, key=lambda c: sizes[c])] = part
    where = {index: part_of[c] for c, cluster in enumerate(clusters) for index in cluster}
    parts: Parts = {"train": [], **{part: [] for part in missing}}
    for index, conversation in enumerate(conversations):
        parts[where[index]].append(conversation)
    everything = {**given, **parts}
    return {part: everything[part] for part in ("train", "validation", "test")}


def flat(conversations: Sequence[Conversation]) -> list[Row]:
    """The rows of all conversations."""
    return [row for conversation in conversations for row in conversation]


def count(parts: Parts) -> dict[str, int]:
    """Training rows by part."""
    return {part: len(flat(conversations)) for part, conversations in parts.items()}


def _clusters(conversations: Sequence[Conversation]) -> list[list[int]]:
    """Indices of conversations that share a prompt, transitively, in the order of first appearance."""
    parent = list(range(len(conversations)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[str, int] = {}
    for index, conversation in enumerate(conversations):
        for row in conversation:
            other = first.setdefault(prompt_key(row), index)
            low, high = sorted((root(other), root(index)))
            parent[high] = low
    clusters: dict[int, list[int]] = {}
    for index in range(len(conversations)):
        clusters.setdefault(root(index), []).append(index)
    return list(clusters.values())
