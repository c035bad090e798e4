"""From ``import ftkit`` to a wizard on screen, kernel side, beside one bare ipywidgets text field.

Goal: at most one second, and none of torch, transformers and datasets imported.
"""

from __future__ import annotations

import statistics

from benchmarks.pairs import in_turns, python, ratio, write

WIZARD = """
import json, sys, time
begun = time.perf_counter()
import ftkit
widget = ftkit.wizard()
seconds = time.perf_counter() - begun
heavy = [name for name in ("torch", "transformers", "datasets") if name in sys.modules]
print(json.dumps({"seconds": seconds, "heavy": heavy}))
"""
BARE = """
import json, time
begun = time.perf_counter()
import ipywidgets
from IPython.display import display
display(ipywidgets.Text())
print()
print(json.dumps({"seconds": time.perf_counter() - begun}))
"""


def main(pairs: int = 10) -> None:
    heavy: set[str] = set()

    def wizard() -> float:
        found = python(WIZARD)
        heavy.update(found["heavy"])  # type: ignore[arg-type]
        return float(found["seconds"])

    found = in_turns({"wizard": wizard, "bare": lambda: float(python(BARE)["seconds"])}, pairs)
    write(
        "wizard_start",
        {
            "what": "seconds from import to a wizard on screen (kernel side) ÷ a bare ipywidgets text field",
            "wizard_median_s": statistics.median(found["wizard"]),
            "bare_median_s": statistics.median(found["bare"]),
            **ratio(found),
            "heavy_imports": sorted(heavy),
            "pairs": pairs,
        },
    )


if __name__ == "__main__":
    main()
