"""What a model was really trained on, whatever the recipe says: people edit data cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ftkit.data import row_id

MOST_ROWS = 200_000
"""Above this many rows their ids are not kept: that would take longer than a step."""


def question_id(row: Mapping[str, Any]) -> str:
    """The id of a row without its system prompt: the same example under another one is no new example."""
    if not isinstance(row.get("prompt"), list):
        return row_id(row)
    prompt = [message for message in row["prompt"] if message.get("role") != "system"]
    return row_id({**row, "prompt": prompt})


def trained_on(rows: Any, before: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """What ``trained_rows.json`` holds.

    Parameters
    ----------
    rows
        The trainer's own dataset.
    before
        The same of an earlier attempt of the run, whose rows count as well.

    Returns
    -------
    dict or None
        ``rows``: ids of the training rows; ``systems``: the system prompts that they begin with (None stands
        for none), at most two. None where the rows are no prompts and completions of chat messages.
    """
    columns = getattr(rows, "column_names", None) or []
    if not {"prompt", "completion"} <= set(columns) or not hasattr(rows, "__len__") or len(rows) > MOST_ROWS:
        return None
    ids: set[str] = set((before or {}).get("rows", ()))
    systems: list[str | None] = []
    for row in _plain(rows.select_columns(["prompt", "completion"])):
        if (
            not isinstance(row["prompt"], list)
            or not isinstance(row["completion"], list)
            or not row["prompt"]
        ):
            return None
        ids.add(question_id(row))
        first = row["prompt"][0]
        system = first["content"] if first.get("role") == "system" else None
        if len(systems) < 2 and system not in systems:
            systems.append(system)
    return {"rows": sorted(ids), "systems": systems}


def _plain(rows: Any) -> Iterable[dict[str, Any]]:
    for start in range(0, len(rows), 1000):
        batch = rows[start : start + 1000]
        for prompt, completion in zip(batch["prompt"], batch["completion"], strict=True):
            yield {"prompt": prompt, "completion": completion}


def system_of(record: Mapping[str, Any], otherwise: str | None) -> str | None:
    """The system prompt that the model knows: the one of all its training rows, else what the recipe says."""
    systems = record.get("systems")
    return systems[0] if isinstance(systems, list) and len(systems) == 1 else otherwise
