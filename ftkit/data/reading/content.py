"""What a file holds, where its name says something else or nothing."""

from __future__ import annotations

import re
from dataclasses import replace

from ftkit.data.reading.csv_files import fits_a_header
from ftkit.data.reading.encoding import stated_encoding
from ftkit.data.reading.stored import Stored
from ftkit.errors import DataError

LOOKED_AT = 2**16
_JSON = re.compile(r'\s*(\[\s*)?\{\s*"(?:[^"\\]|\\.)*"\s*:')
DOUBTFUL = (".txt", ".text", ".csv", ".tsv", ".tab", "")
"""Endings that people also give to files of JSON; those that ftkit does not know are looked into as well."""
LOOSE = (".txt", ".text", "")
"""Endings that people also give to tables."""


def by_content(stored: Stored, known: bool) -> tuple[Stored, str]:
    """The file under the ending that fits what it holds, and a note where that is another one.

    Parameters
    ----------
    stored
        The file.
    known
        Whether its ending is one that ftkit reads.
    """
    if known and stored.suffix not in DOUBTFUL:
        return stored, ""
    try:
        with stored.open() as file:
            first = file.read(LOOKED_AT)
    except DataError:
        return stored, ""
    sample = first.decode(stated_encoding(first) or "utf-8-sig", "replace")
    if _JSON.match(sample):
        return replace(stored, suffix=".json"), "the content is JSON, whatever the name says"
    if stored.suffix in LOOSE and "\0" not in sample:
        if fits_a_header(sample):
            return replace(stored, suffix=".csv"), "the content is a table, read as CSV"
        if not stored.suffix and sample.strip():
            return replace(stored, suffix=".txt"), "the name has no ending; read as text"
    return stored, ""
