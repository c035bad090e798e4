"""``ftkit doctor``: what this machine has and what is missing."""

from __future__ import annotations

import argparse
from typing import Any

from ftkit.cli.answer import Answer


def add_commands(commands: Any) -> None:
    """Add ``doctor``."""
    command = commands.add_parser("doctor", help="look at this machine: cores, memory, disk, packages")
    command.set_defaults(answer=answer)


def answer(_: argparse.Namespace) -> Answer:
    """Every check with its value and, where something is wrong, what to do; exit code 1 in that case.

    Where nothing is wrong and there is something to know all the same, the line is a note.
    """
    from ftkit.hardware import doctor

    checks = doctor()
    lines = []
    for check in checks:
        mark = "LOOK" if not check["ok"] else "note" if check["advice"] else "ok  "
        lines.append(f"{mark}  {check['check']}: {check['value']}")
        if check["advice"]:
            lines.append(f"      {check['advice']}")
    fine = all(check["ok"] for check in checks)
    return Answer({"ok": fine, "checks": checks}, "\n".join(lines), code=0 if fine else 1)
