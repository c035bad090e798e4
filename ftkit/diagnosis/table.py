"""The checks as a part of the docs: ``python -m ftkit.diagnosis.table docs/diagnosis.md`` writes them into the page.

What people wrote above the heading of the checks stays.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ftkit.diagnosis.checks import CHECKS, Check

HEADING = "## The checks\n"
_PARTS = {"FT0": "Can we tell at all?", "FT1": "What is wrong?", "FT2": "What was wasted?"}


def checks_text() -> str:
    """Every check with what it means and what to try, from the heading of the checks to the end of the page."""
    lines = [
        HEADING,
        "A code never changes its meaning. *Issue* speaks about the verdict or about what can be trusted; *tip* is worth knowing.",
        "",
    ]
    for start, title in _PARTS.items():
        lines += [f"## {title}", ""]
        for check in CHECKS.values():
            if check.code.startswith(start):
                lines += _section(check)
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(check: Check) -> list[str]:
    points = f" Points to *{check.verdict}*." if check.verdict else ""
    return [
        f"### {check.code} {check.title}",
        "",
        f"{check.severity.capitalize()}.{points}",
        "",
        f"*What it means.* {check.means}",
        "",
        f"*What to try.* {check.try_}",
        "",
    ]


def page(before: str) -> str:
    """The page with its checks as they are now."""
    return before.partition(HEADING)[0] + checks_text()


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")
