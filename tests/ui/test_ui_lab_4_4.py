"""The wheel beside the oldest JupyterLab that it says it works with."""

from __future__ import annotations

import json
import re

import pytest

from tests.packaging.conftest import dist, wheel  # noqa: F401 - fixtures
from tests.packaging.installing import install, labextensions, new_environment
from tests.ui.lab import Book, Lab

pytestmark = pytest.mark.slow

WIZARD = """
from ftkit.notebook import Insert, current_cell, get_bridge
heard = []
bridge = get_bridge()
bridge.ready(heard.append)
bridge.apply([Insert("a", current_cell(), "answer = 42", {})], ["a"], lambda reply: heard.append(reply.ok))
bridge.on("ran", lambda *ran: heard.append(ran))
"""


def test_wheel_and_bridge_work_in_jupyterlab_4_4(wheel, tmp_path, page):  # noqa: F811
    python = new_environment(tmp_path / "env", borrow=False)
    install(python, "jupyterlab==4.4.*")
    install(python, "--no-deps", wheel)
    listed = labextensions(python)
    assert "JupyterLab v4.4" in listed
    assert re.search(r"ftkit-labextension v\S+ .*enabled.*OK", listed)
    lab = Lab(tmp_path / "lab", python=python)
    try:
        lab.write("a.ipynb", [("wizard", WIZARD)])
        book = Book(page, lab, "a.ipynb")
        assert page.evaluate("() => window.jupyterapp.commands.hasCommand('ftkit:new')")
        book.run(0)
        book.until("window.jupyterapp.shell.currentWidget.content.widgets.length === 2")
        book.wait_idle()
        page.wait_for_timeout(500)
        assert json.loads(book.kernel("import json; print(json.dumps(heard))")) == [
            True,
            True,
            ["a", True, ""],
        ]
        assert book.kernel("print(answer)").strip() == "42"
        book.picture("jupyterlab-4-4")
    finally:
        lab.stop()
