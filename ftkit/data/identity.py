"""Names for rows and files that stay the same from run to run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ftkit.data.reading import Table
from ftkit.data.sources import Source, find_files, open_source


def row_id(row: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits for a training row: the same for the same contents, wherever it stands.

    Of a prompt and its completion only these count; of a row in another form, all of it.
    """
    columns = ("prompt", "completion") if "completion" in row else tuple(row)
    contents = {column: _without_nothing(row[column]) for column in columns}
    canonical = json.dumps(contents, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _without_nothing(value: Any) -> Any:
    """Messages without the keys that ``datasets`` fills with None."""
    if not isinstance(value, list):
        return value
    return [
        {k: v for k, v in item.items() if v is not None} if isinstance(item, Mapping) else item
        for item in value
    ]


def source_hash(source: Source) -> dict[str, str]:
    """The SHA-256 of every file of a source, by its path as the person would write it.

    A table in memory has no bytes of its own: its records are hashed instead, under its part and kind.
    """
    hashes = {}
    for part, paths in find_files(source).items():
        for path in paths:
            with path.open("rb") as file:
                hashes[path.as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
        if not paths:
            for table in open_source(source)[part]:
                hashes[f"{part} {table.name}"] = _of_records(table)
    return hashes


def _of_records(table: Table) -> str:
    digest = hashlib.sha256()
    for record in table.records():
        digest.update(json.dumps(record.value, sort_keys=True, default=repr).encode() + b"\n")
    return digest.hexdigest()
