"""``python -m bootstrap``: set ftkit up in ``.venv``; the second time it only looks."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bootstrap import chromium, environment
from bootstrap.steps import SetupError, say

ROOT = Path(__file__).resolve().parent.parent


def set_up(options: argparse.Namespace) -> None:
    """All steps in order; each does nothing where its work is done already."""
    started = time.monotonic()
    if options.here:
        place = environment.this_python(ROOT)
    else:
        place = environment.make(ROOT, options.folder, options.python)
    environment.install_torch(place)
    environment.install_build_tools(place)
    worked = environment.install_packages(place, lean=options.lean)
    if options.browser:
        find_browser(place)
    took = time.monotonic() - started
    if worked:
        say(f"Set-up finished after {took:.0f} s: PyTorch {place.version_of('torch')} in {place.folder}.")
    else:
        say(f"Set-up: everything is in place ({took:.1f} s).")


def find_browser(place: environment.Environment) -> None:
    """See to a Chromium and leave its path where the Makefile reads it."""
    note = place.folder / "ftkit-chromium"
    known = note.read_text(encoding="utf-8").strip() if note.exists() else ""
    if known and chromium.answers(known):
        return
    found = chromium.ensure(place.python, place.log)
    note.write_text(found + "\n", encoding="utf-8")
    say(f"    Browser for the tests: {found}")


def main() -> int:
    """Read the options, set up, and turn a :class:`SetupError` into its message."""
    ask = argparse.ArgumentParser(prog="python -m bootstrap", description=__doc__)
    ask.add_argument("--folder", type=Path, default=ROOT / ".venv", help="the environment (default: .venv)")
    ask.add_argument(
        "--python", default="", help="the Python to make it with (default: 3.11, else the next above)"
    )
    ask.add_argument(
        "--here", action="store_true", help="install into the Python that runs this, make no environment"
    )
    ask.add_argument("--lean", action="store_true", help="without what only tests and linters need")
    ask.add_argument("--browser", action="store_true", help="also see to a Chromium for the browser tests")
    try:
        set_up(ask.parse_args())
    except SetupError as error:
        say(f"\nSet-up stopped: {error}")
        return 2
    except KeyboardInterrupt:
        say("\nSet-up interrupted; running it again goes on from here.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
