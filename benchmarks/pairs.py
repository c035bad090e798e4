"""Two sides, taken in turns in one run, so that a noisy machine is noisy for both."""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def in_turns(sides: dict[str, Callable[[], float]], pairs: int) -> dict[str, list[float]]:
    """Measure two sides `pairs` times each, in the order AB BA AB …; one number a measurement."""
    names = list(sides)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(pairs):
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(sides[name]())
            print(f"  pair {number + 1}/{pairs} {name}: {found[name][-1]:.3f}", file=sys.stderr, flush=True)
    return found


def ratio(found: dict[str, list[float]], seed: int = 0) -> dict[str, float]:
    """Median of the paired ratios first ÷ second side, with a 95 % bootstrap interval over the pairs."""
    first, second = found.values()
    ratios = [a / b for a, b in zip(first, second, strict=True)]
    draw = random.Random(seed)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(4000))
    return {
        "ratio": statistics.median(ratios),
        "low": medians[int(0.025 * len(medians))],
        "high": medians[int(0.975 * len(medians)) - 1],
    }


def python(
    code: str, *, environment: dict[str, str] | None = None, cwd: str | Path | None = None
) -> dict[str, float]:
    """Run code in a fresh Python; its last output line is a JSON object."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def machine() -> dict[str, object]:
    """What the figures were taken on; no names and no paths."""
    from importlib.metadata import version

    packages = ("torch", "transformers", "trl", "peft", "ipywidgets")
    return {
        "date": date.today().isoformat(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }


def write(name: str, result: dict[str, object]) -> Path:
    """Keep a result under ``benchmarks/results`` and print it."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**result, "machine": machine()}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    return path
