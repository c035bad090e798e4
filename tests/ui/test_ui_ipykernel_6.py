"""With ipykernel 6 there are no subshells: the bridge works, and wishes go by the run folder's file."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from tests.ui.lab import Book, Lab

pytestmark = pytest.mark.slow

CELL = """
import ipykernel
from ftkit.notebook import Insert, current_cell, get_bridge
heard = []
bridge = get_bridge()
bridge.ready(heard.append)
bridge.on("ran", lambda *ran: heard.append(ran))
bridge.apply([Insert("a", current_cell(), "answer = 42", {})], ["a"], lambda reply: heard.append(reply.ok))
print(ipykernel.__version__)
"""

TRAIN = """
import json, pathlib, time
folder = pathlib.Path("ftkit-runs/pirate-1")
folder.mkdir(parents=True)
wish, end = folder / "control.json", time.time() + 30
while time.time() < end and not (wish.exists() and wish.read_text().endswith("}")):
    bridge.page.training("pirate-1", True, 60)
    time.sleep(0.05)
bridge.page.training("pirate-1", False)
print(wish.read_text())
"""


@pytest.fixture
def old_lab(tmp_path):
    """A server whose kernels find ipykernel 6 first, and everything else where it always is."""
    old = tmp_path / "old"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", old, "ipykernel==6.*"]
    subprocess.run(pip, check=True, capture_output=True)
    lab = Lab(tmp_path / "lab", env={"PYTHONPATH": str(old)})
    yield lab
    lab.stop()


def test_bridge_and_stop_work_with_ipykernel_6(old_lab, page):
    old_lab.write("a.ipynb", [("wizard", CELL), ("train", TRAIN)])
    book = Book(page, old_lab, "a.ipynb")
    book.run(0)
    assert book.output(0).strip().startswith("6.")
    book.until("window.jupyterapp.shell.currentWidget.content.widgets.length === 3")
    book.wait_idle()
    page.wait_for_timeout(500)
    assert json.loads(book.kernel("import json; print(json.dumps(heard))")) == [True, True, ["a", True, ""]]
    book.start(2)
    book.until("window.jupyterapp.commands.isEnabled('ftkit:stop')", 10)
    sent = time.monotonic()
    book.command("ftkit:stop")
    book.wait_idle(20)
    print(f"the cell ended {time.monotonic() - sent:.2f} s after the click")
    assert json.loads(book.output(2)) == {"op": "stop", "run": "pirate-1"}
