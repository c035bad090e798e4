"""A bridge, and the front end that the test plays."""

from __future__ import annotations

import pytest

from ftkit.notebook import Bridge
from ftkit.notebook.line import Line
from tests.notebook.front_end import Clock, Comm


@pytest.fixture
def parts():
    comms, clock = [], Clock()

    def open_comm():
        comms.append(Comm())
        return comms[-1]

    return Bridge(Line(open_comm, clock)), comms, clock


@pytest.fixture
def connected(parts):
    bridge, comms, clock = parts
    bridge.ready(lambda ok: None)
    comms[0].hello(state={"page": "data"})
    return bridge, comms[0], clock
