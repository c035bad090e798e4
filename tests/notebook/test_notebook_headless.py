"""Real kernels without a browser: nobody answers, and that is said."""

from __future__ import annotations

import time

import nbformat
from nbclient import NotebookClient

CELL = """
from ftkit.notebook import current_cell, get_bridge
heard = []
bridge = get_bridge()
bridge.ready(heard.append)
bridge.run(["x"], lambda reply: heard.append(reply.error))
print(bridge is get_bridge(), bridge.connected, bridge.state, current_cell(), heard)
"""


def test_without_an_extension_the_answer_is_no_after_two_seconds(tmp_path):
    cells = [CELL, "import asyncio\nawait asyncio.sleep(3)", "print(heard)"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    client = NotebookClient(
        book,
        timeout=60,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
        store_widget_state=False,
    )
    began = time.monotonic()
    client.execute()
    assert time.monotonic() - began < 40
    first, _, last = [cell.outputs for cell in book.cells]
    assert first[0].text.strip() == "True False None None []"
    assert last[0].text.strip() == "[False, 'No JupyterLab extension of ftkit answers in this notebook.']"
