"""The texts of a row, whatever its form, as every check is shown them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from ftkit.data.checks.seen import SeenRow


def seen_row(
    form: str,
    ordinal: int,
    number: int,
    file: str,
    part: str,
    row: Mapping[str, Any],
    tokens: int | None = None,
    trained: int | None = None,
) -> SeenRow:
    """A row of a standard form with its texts and their hashes."""
    prompt = said(row.get("prompt", row.get("text", "")))
    answer = said(row.get("completion", row.get("chosen", row.get("completions", ""))))
    return SeenRow(
        ordinal, number, file, part, form, row, prompt, answer, said(row.get("rejected", "")),
        text_hash(prompt), text_hash(answer), tokens, trained,
    )  # fmt: skip


def said(value: Any) -> str:
    """The text of a column: a text, messages, or several texts."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    return "\n".join(_content(item) for item in value)


def _content(item: Any) -> str:
    if isinstance(item, str):
        return item
    content = item.get("content") if isinstance(item, Mapping) else None
    return content if isinstance(content, str) else ""


def text_hash(text: str) -> int:
    """A 64-bit number, the same for the same text everywhere; Python's own hash changes from process to process."""
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "big")
