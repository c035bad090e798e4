"""The card beside prepared files: where they come from, what is in them, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ftkit.data.inspection import Inspection

CARD = "card.md"
FIELD = "Licence:"
LONGEST = 200
UNSTATED = "not stated — write here what the source says before you pass these files on"


def card_text(
    found: Inspection,
    *,
    sources: Mapping[str, str],
    files: Mapping[str, str],
    settings: Mapping[str, Any],
    licence: str | None,
) -> str:
    """The card as Markdown: no time and no machine in it, so that the same input gives the same bytes.

    Parameters
    ----------
    sources
        The names of the files that were read, and their SHA-256.
    files
        The names of the files that were written, and their SHA-256.
    settings
        How they were made.
    licence
        Under what conditions the source may be used.
    """
    changed = {name: value for name, value in settings.items() if value not in (None, {}, [], (), "auto")}
    pieces = [
        f"# Data made from {_plain(', '.join(sources) or found.source)}",
        f"{FIELD} {_plain(licence) if licence else UNSTATED}",
        f"Format: {_plain(found.label)} (`{found.family}`), prepared for the task `{found.task}`. "
        f"{found.usable:,} of {found.rows:,} rows of the source are used.",
        "## Parts",
        _table(("part", "rows", "file", "SHA-256"), _parts(found, files)),
        "## Source",
        _table(("file", "SHA-256"), sources.items()),
        "## Left out",
        _table(
            ("rows", "reason", "file", "first rows"),
            (
                (f"{one.count:,}", one.reason, one.file, ", ".join(map(str, one.first_rows)))
                for one in found.skipped
            ),
        )
        if found.skipped
        else "Nothing.",
        *_checks(found),
        "## Settings",
        _table(("setting", "value"), ((name, f"`{value}`") for name, value in changed.items())),
    ]
    if found.notes:
        pieces += ["## Notes", "\n".join(f"- {_plain(note)}" for note in found.notes)]
    return "\n\n".join(pieces) + "\n"


def stated_licence(path: Path) -> str | None:
    """What a person wrote into the licence field of a card; None where nothing is stated, or there is no card."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    said = next((line.removeprefix(FIELD).strip() for line in lines if line.startswith(FIELD)), "")
    return Markdown(said) if said and said != UNSTATED else None


def _parts(found: Inspection, files: Mapping[str, str]) -> Iterable[Sequence[str]]:
    for part, (name, digest) in zip(found.parts, files.items(), strict=True):
        yield part, f"{found.parts[part]:,}", name, digest


def _checks(found: Inspection) -> list[str]:
    rows = [(one.code, one.severity, one.title, one.finding) for one in found.checks]
    return ["## Checks", _table(("code", "severity", "check", "finding"), rows) if rows else "Nothing found."]


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_plain(cell) for cell in line) + " |" for line in lines)


class Markdown(str):
    """Text that stands in a card already, as the person wrote it there."""


def _plain(text: Any) -> str:
    """Text from a file as text in Markdown: on one line, and no markup."""
    if isinstance(text, Markdown):
        return text
    shown = " ".join(str(text).split())[:LONGEST]
    shown = "".join(mark if mark.isprintable() else "\ufffd" for mark in shown)
    return shown.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")
