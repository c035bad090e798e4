"""Wishes reach whoever listens, and nothing else does."""

from __future__ import annotations

import pytest

from ftkit.notebook import control


def test_a_wish_reaches_every_listener_until_it_leaves():
    heard = []
    end = control.listen(heard.append)
    other = control.listen(heard.append)
    control.hear({"op": "sample", "run": "r", "prompt": "Ahoy?"})
    end()
    control.hear({"op": "stop", "run": "r"})
    other()
    other()
    control.hear({"op": "abort", "run": "r"})
    assert [wish["op"] for wish in heard] == ["sample", "sample", "stop"]


@pytest.mark.parametrize("wish", [None, "stop", {}, {"op": "delete", "run": "r"}, {"op": "stop", "run": 3}])
def test_what_is_no_wish_is_refused(wish):
    with pytest.raises(ValueError, match="Not a wish"):
        control.hear(wish)


def test_the_comm_is_only_listened_to():
    class Comm:
        def on_msg(self, callback):
            self.say = callback

    comm, heard = Comm(), []
    end = control.listen(heard.append)
    control._opened(comm, {})
    comm.say({"content": {"data": {"op": "stop", "run": "r"}}})
    end()
    assert heard == [{"op": "stop", "run": "r"}]
