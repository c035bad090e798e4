"""Run every benchmark, or those named: ``python -m benchmarks [name …]``."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "wizard_start",
    "follow_cost",
    "cell_against_defaults",
    "tutorial_seeds",
    "first_answers",
    "data_scale",
    "made_up_histories",
)


def main(names: list[str]) -> None:
    """Run the benchmarks one after another; each writes ``benchmarks/results/<name>.json``."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in names or NAMES:
        print(f"== {name}", file=sys.stderr, flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
