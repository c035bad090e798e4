"""The settings as a Markdown table for the docs: ``python -m ftkit.recipe.table > docs/settings.md``."""

from __future__ import annotations

import sys

from ftkit.fields import Description
from ftkit.methods import METHODS
from ftkit.recipe.tree import descriptions
from ftkit.tasks import TASKS

_HEAD = """# Settings

Every setting of a recipe, made from the same descriptions that the forms, the cells and the error
messages read. The usual range is advice: only the impossible is rejected.

| setting | what it does | start | usual | becomes | overfitting? | underfitting? |
|---|---|---|---|---|---|---|
"""


def _row(about: Description) -> str:
    usual = "" if about.low is None else f"{about.low:g} – {about.high:g}"
    unit = f" ({about.unit})" if about.unit else ""
    start = "" if about.default in (None, "", {}, []) else f"`{about.default}`"
    cells = (
        f"**{about.label}**<br>`{about.path}`{unit}",
        about.help,
        start,
        usual,
        f"`{about.argument}`" if about.argument else "",
        about.when_overfitting,
        about.when_underfitting,
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def settings_table() -> str:
    """The whole page."""
    found: dict[str, Description] = {}
    for method in METHODS:
        found.update(descriptions(method))
    for task in TASKS:
        found.update(descriptions(task=task))
    return _HEAD + "\n".join(_row(about) for about in found.values()) + "\n"


if __name__ == "__main__":
    sys.stdout.write(settings_table())
