"""What was found out about data, in plain lines for a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftkit.data.detect import UNKNOWN
from ftkit.data.role_words import naming
from ftkit.data.token_counts import TokenStatistics

if TYPE_CHECKING:
    from ftkit.data.checks import Found
    from ftkit.data.inspection import Inspection

MOST_ROWS = 8


def report(found: Inspection) -> str:
    """The whole of it. Text from the file is shown as text: what would steer a terminal becomes a mark."""
    lines = [f"{found.source}: {found.label} ({found.family}), because {found.reason}."]
    if found.refusal:
        lines.append(found.refusal)
    if found.family == UNKNOWN:
        lines.append(naming(found.form))
    for_what = f" for the task {found.task}" if found.task else ""
    lines.append(f"{found.usable:,} of {found.rows:,} rows can be used{for_what}.")
    for one in found.skipped:
        where = _rows(one.first_rows, one.count)
        lines.append(f"  left out: {one.count:,} because {one.reason} ({one.file}, {where})")
    lines += [f"  note: {note}" for note in found.notes]
    if found.mapping:
        lines.append("Columns: " + ", ".join(f"{role} = {column}" for role, column in found.mapping.items()))
    if found.parts:
        lines.append("Parts: " + ", ".join(f"{part} {count:,}" for part, count in found.parts.items()))
    lines += [_check(check) for check in found.checks]
    if found.tokens:
        lines.append(_tokens(found.tokens))
    if found.injected_system:
        lines.append(f"The model's chat template adds a system prompt of its own: {found.injected_system!r}")
    if found.offered:
        lines.append(found.offered.reason)
    return "\n".join(map(_as_text, lines))


def _check(check: Found) -> str:
    line = f"{check.severity} {check.code}: {check.title}: {check.finding}"
    more = []
    if check.rows:
        more.append(_rows([place.number for place in check.rows], check.count))
    if check.fix:
        more.append(f"fix: {check.fix}")
    return f"{line} ({'; '.join(more)})" if more else line


def _rows(first: Sequence[int], count: int) -> str:
    shown = ", ".join(map(str, first[:MOST_ROWS]))
    return f"row {shown}" if count == 1 else f"rows {shown}{', …' if count > len(first[:MOST_ROWS]) else ''}"


def _tokens(tokens: TokenStatistics) -> str:
    text = (
        f"Tokens a row: {tokens.min:,} to {tokens.max:,}, half have at most {tokens.p50:,}, 95 % at most "
        f"{tokens.p95:,}; {_percent(tokens.trained_on_share, 0)} of all are learned from."
    )
    if tokens.max_length is not None:
        text += f" {_percent(tokens.share_over_limit, 1)} of the rows are longer than {tokens.max_length:,}."
    return text


def _percent(share: float, places: int) -> str:
    return f"{share * 100:.{places}f} %"


def _as_text(line: str) -> str:
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in line)
