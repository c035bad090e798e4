"""While a wizard is open its process has loaded no torch; how soon it is there, benchmarks/wizard_start.py measures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WALK = """
import sys
import ftkit
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from tests.wizards.open_notebook import ANCHOR, OpenNotebook
session = Session({"data": "pairs.jsonl", "run": "parrot-1"})
book = OpenNotebook()
panel = Panel(session, book, STEPS)
panel.start()
for step in STEPS:
    panel.go(step)
    panel.insert_step()
panel.go("compare")
session.set({"model.id": "llama-3.1-8b", "training.num_train_epochs": 1})
heavy = {"torch", "transformers", "datasets", "trl", "peft", "pandas", "plotly", "pyarrow"}
print(sorted(heavy & set(sys.modules)))
"""


def test_a_walk_through_all_pages_loads_nothing_heavy(work: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{WALK}"],
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
