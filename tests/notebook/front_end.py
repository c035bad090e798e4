"""A front end and a clock that a test plays."""

from __future__ import annotations


class Comm:
    """Keeps what the kernel sends; says what the test says."""

    def __init__(self):
        self.sent = []

    def on_msg(self, callback):
        self.say = lambda **data: callback({"content": {"data": data}})

    def on_close(self, callback):
        self.close = lambda: callback({})

    def send(self, data):
        self.sent.append(data)

    def hello(self, client="page", cells=(), state=None, path="a.ipynb"):
        self.say(event="hello", client=client, cells=list(cells), state=state, path=path)

    def reply(self, request, ok=True, error="", data=None):
        self.say(event="reply", id=request["id"], ok=ok, error=error, data=data or {})


class Clock:
    def __init__(self):
        self.timers = []

    def after(self, seconds, call):
        timer = [seconds, call]
        self.timers.append(timer)
        return lambda: self.timers.remove(timer) if timer in self.timers else None

    def ring(self, seconds):
        for timer in [timer for timer in self.timers if timer[0] <= seconds]:
            self.timers.remove(timer)
            timer[1]()
