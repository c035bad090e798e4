"""The settings as a Markdown table for the docs: ``python -m ftkit.recipe.table > docs/settings.md``."""

from __future__ import annotations

import sys

from ftkit.fields import Description, describe
from ftkit.methods import METHODS
from ftkit.recipe.tree import descriptions
from ftkit.tasks import TASKS

_HEAD = """# Settings

Every setting of a recipe, made from the same descriptions that the forms, the cells and the error
messages read. The usual range is advice: only the impossible is rejected.

| setting | what it does | start | usual | becomes | overfitting? | underfitting? |
|---|---|---|---|---|---|---|
"""


def _row(about: Description, owners: str) -> str:
    usual = "" if about.low is None else f"{about.low:g} – {about.high:g}"
    unit = f" ({about.unit})" if about.unit else ""
    start = "" if about.default in (None, "", {}, []) else f"`{about.default}`"
    cells = (
        f"**{about.label}**<br>`{about.path}`{unit}{owners}",
        about.help,
        start,
        usual,
        f"`{about.argument}`" if about.argument else "",
        about.when_overfitting,
        about.when_underfitting,
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def settings_table() -> str:
    """The whole page; a technique's or a task's setting says whose it is."""
    found: dict[str, list[tuple[Description, list[str]]]] = {}
    described = [(METHODS[method].label, descriptions(method)) for method in METHODS]
    described += [(task.title, describe(task.settings, "task")) for task in TASKS.values()]
    for owner, settings in described:
        for path, about in settings.items():
            rows = found.setdefault(path, [])
            owners = next((owners for known, owners in rows if known == about), None)
            if owners is None:
                rows.append((about, [owner]))
            else:
                owners.append(owner)
    return _HEAD + "".join(
        _row(about, f"<br>{', '.join(owners)}" if path.startswith(("method.", "task.")) else "") + "\n"
        for path, rows in found.items()
        for about, owners in rows
    )


if __name__ == "__main__":
    sys.stdout.write(settings_table())
