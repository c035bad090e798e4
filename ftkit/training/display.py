"""What the person sees while a training runs: the live chart in a notebook, one line in a terminal."""

from __future__ import annotations

import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from ftkit.notebook.progress import roughly
from ftkit.runfolder import History, RunFolder
from ftkit.tasks import Task

STATES_IN_WORDS = {
    "finished": "The training is finished.",
    "stopped": "The training was stopped; the result is kept.",
    "failed": "The training failed.",
    "interrupted": "The training was given up.",
}
BANNER_EVERY = 1.0
LINE_EVERY = 10.0
PICTURE_EVERY = 10.0
CHART, BANNER = "live chart", "banner"


class Display(Protocol):
    """Shows a run. Nothing it does may disturb the training."""

    def begin(self, history: History) -> None:
        """Appear."""

    def update(self, history: History, status: Mapping[str, Any], diagnosis: Any) -> None:
        """Show how the run stands; cheap to call at every step."""

    def end(self, history: History, status: Mapping[str, Any], diagnosis: Any, message: str) -> None:
        """Become a lasting picture, with a message for the person."""


_verdict_is_hidden = ContextVar("_verdict_is_hidden", default=False)


@contextmanager
def verdict_hidden() -> Iterator[None]:
    """Runs that are followed in here show their curve, and keep to themselves what it means."""
    before = _verdict_is_hidden.set(True)
    try:
        yield
    finally:
        _verdict_is_hidden.reset(before)


def without_verdict(shown: Display) -> Display:
    """A display that keeps the verdict to itself where that was asked for; else the same one."""
    return _WithoutVerdict(shown) if _verdict_is_hidden.get() else shown


class _WithoutVerdict:
    """Shows all but the verdict, and none of the marks that it leaves in the chart."""

    def __init__(self, shown: Display) -> None:
        self._shown = shown

    def begin(self, history: History) -> None:
        self._shown.begin(history)

    def update(self, history: History, status: Mapping[str, Any], diagnosis: Any) -> None:
        self._shown.update(history, status, None)

    def end(self, history: History, status: Mapping[str, Any], diagnosis: Any, message: str) -> None:
        self._shown.end(history, status, None, message)


class Terminal:
    """A line on standard error: rewritten on a screen, every ten seconds in a log file."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._last = 0.0
        self._width = 0

    def begin(self, history: History) -> None:
        """Say where the run is kept."""
        self._write(f"ftkit: {self._folder.name} is kept in {self._folder.path}\n")

    def update(self, history: History, status: Mapping[str, Any], diagnosis: Any) -> None:
        """Rewrite the line."""
        screen = sys.stderr.isatty()
        now = time.monotonic()
        if now - self._last < (0.5 if screen else LINE_EVERY):
            return
        self._last = now
        line = self._line(history, status)
        if screen:
            self._write(f"\r{line.ljust(self._width)}")
            self._width = len(line)
        else:
            self._write(f"{line}\n")

    def _line(self, history: History, status: Mapping[str, Any]) -> str:
        parts = [f"step {status['step']} of {status['total_steps']}"]
        for name, points in (
            (history.measure.name, history.measure.train),
            ("evaluation", history.measure.eval),
        ):
            if points:
                parts.append(f"{name} {points[-1][1]:.3f}")
        if status.get("tokens_per_second"):
            parts.append(f"{status['tokens_per_second']:.0f} tokens/s")
        if status.get("seconds_left") is not None:
            parts.append(f"{roughly(status['seconds_left'])} left")
        return ", ".join(parts)

    def end(self, history: History, status: Mapping[str, Any], diagnosis: Any, message: str) -> None:
        """Say how it ended."""
        verdict = f" {diagnosis.sentence}" if diagnosis is not None else ""
        self._write(f"{chr(10) if self._width else ''}ftkit: {message}{verdict}\n")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


class Notebook:
    """The live chart, and the banner that shuts the wizards while the cell runs.

    Each that fails is switched off by itself with a warning: hours of training are worth more than a picture.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        total_steps: int,
        epochs: float | None,
        task: Task | None = None,
        evaluates: bool = True,
        on_stop: Callable[[], None],
        on_sample: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._planned = (total_steps, epochs)
        self._task = task
        self._evaluates = evaluates
        self._wishes = (on_stop, on_sample)
        self._view: Any = None
        self._told = 0.0
        self._drawn, self._drew = (0, 0, 0), 0.0
        self._broken: set[str] = set()

    def _safely(self, part: str, show: Callable[[], None]) -> None:
        if part in self._broken:
            return
        try:
            show()
        except Exception:
            self._broken.add(part)
            warnings.warn(
                f"The {part} of {self._folder.name!r} is switched off; the training goes on.\n"
                f"{traceback.format_exc()}",
                stacklevel=2,
            )

    def begin(self, history: History) -> None:
        """Show the chart."""

        def show() -> None:
            from ftkit.live import LiveView
            from ftkit.live.before import earlier_run

            (total, epochs), (stop, sample) = self._planned, self._wishes
            self._view = LiveView(
                self._folder.name,
                keeps_back=_verdict_is_hidden.get(),
                evaluates=self._evaluates,
                total_steps=total,
                epochs=epochs,
                metrics=self._task.metrics if self._task else (),
                loss_note=self._task.loss_reading if self._task else "",
                before=earlier_run(self._folder),
                on_stop=stop,
                on_sample=sample,
            )
            self._view.show()

        self._safely(CHART, show)
        self._tell(True, None, "The training starts.")

    def update(self, history: History, status: Mapping[str, Any], diagnosis: Any) -> None:
        """Push to the chart (it limits itself) and to the banner (at most once a second)."""
        if self._view is not None:
            self._safely(CHART, lambda: self._view.update(history, dict(status), diagnosis))
            if self._picture_is_due(int(status.get("want_pictures", 0)), history):
                self._safely(CHART, lambda: self._send_picture(history))
        now = time.monotonic()
        if now - self._told >= BANNER_EVERY:
            self._told = now
            left = status.get("seconds_left")
            self._tell(True, left, f"training, {roughly(left)} left")

    def _picture_is_due(self, wanted: int, history: History) -> bool:
        """Once for each page that asks, then with every evaluation; where none comes, as the training loss goes on."""
        stands = (wanted, len(history.eval), 0 if self._evaluates else len(history.measure.train))
        only_trained = stands[:2] == self._drawn[:2]
        early = only_trained and time.monotonic() - self._drew < PICTURE_EVERY
        if not wanted or stands == self._drawn or early:
            return False
        self._drawn, self._drew = stands, time.monotonic()
        return True

    def _send_picture(self, history: History) -> None:
        from ftkit.notebook import get_bridge

        stands = self._view.as_it_stands(history)
        get_bridge().page.picture(self._folder.name, self._view.display_id, *stands)

    def _tell(self, active: bool, seconds: float | None, text: str) -> None:
        def tell() -> None:
            from ftkit.notebook import current_cell, get_bridge

            # Another thread outlives the cell that started it, so what it shows belongs to none.
            cell = current_cell() if threading.current_thread() is threading.main_thread() else None
            get_bridge().page.training(self._folder.name, active, seconds, text, cell)

        self._safely(BANNER, tell)

    def end(self, history: History, status: Mapping[str, Any], diagnosis: Any, message: str) -> None:
        """Freeze the chart; open the wizards again; leave the message in the cell."""
        if self._view is not None:
            self._safely(CHART, lambda: self._view.freeze(history, diagnosis))
            self._view = None
        self._broken.discard(BANNER)  # the wizards have to open again whatever it did
        self._tell(False, None, message)
        show_message(message, good=status["state"] in ("finished", "stopped"))


def show_message(message: str, *, good: bool) -> None:
    """A sentence for the person in the running cell's output; the text is escaped."""
    import html

    from IPython.display import display

    colour = "#2e7d32" if good else "#c62828"
    box = f"border-left:4px solid {colour};padding:6px 12px;margin:6px 0"
    display(
        {"text/html": f'<div style="{box}">{html.escape(message)}</div>', "text/plain": message}, raw=True
    )
