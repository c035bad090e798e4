"""The live view of one run: shown in the train cell, fed by the training, frozen into a picture at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ftkit.diagnosis import VERDICT_WORDS, Diagnosis
from ftkit.live.before import Earlier
from ftkit.live.picture import static_figure
from ftkit.live.stored import PLOTLY_MIME
from ftkit.live.wording import LOSS_NOTE, announcement, how_to_read, numbers, picture, plain
from ftkit.runfolder import History
from ftkit.tasks import Metric

if TYPE_CHECKING:
    from ftkit.live.chart import TrainingChart

SECONDS_BETWEEN_PUSHES = 0.25
_WAITING = "First the untouched model is measured: its loss is what training has to beat. "
_COMES = "The verdict comes as soon as a few evaluations are in."
NOTHING_HELD_OUT = (
    "This training is never evaluated: only its training loss is drawn, which cannot tell learning from learning by heart. "
    "So there will be no verdict."
)
KEPT_BACK = "The verdict is kept back for now: look at the curves and make up your own mind first."


CUT = " … (cut here)"
"""Behind an answer that was longer than the limit: it is not the model that stopped there. The comparison says the same."""


class LiveView:
    """What the person sees while a run trains.

    Nothing here waits for the front end, and nothing has to arrive: the run folder holds the truth.

    Parameters
    ----------
    run
        The run's name.
    total_steps, epochs
        What is planned, ``None`` where it is not known.
    metrics
        What the task logs besides the loss: each that is logged can be looked at in the loss's place.
    loss_note
        How to read the loss, where it is not that of writing the right words.
    before
        The run that this one is held against: its evaluations are drawn, too.
    keeps_back
        Whether no verdict will come (``show_verdict=False``).
    evaluates
        Whether the training is evaluated: without that, no verdict comes either.
    on_stop, on_sample
        Called when the browser's wish comes over the widget's own channel (nobody else took it); perhaps in
        another thread, so they only set flags. `on_sample` gets the prompt.

    Attributes
    ----------
    display_id
        Of the output that is the chart, and the picture at the end.
    """

    def __init__(
        self,
        run: str,
        *,
        total_steps: int | None = None,
        epochs: float | None = None,
        metrics: Sequence[Metric] = (),
        loss_note: str = "",
        before: Earlier | None = None,
        keeps_back: bool = False,
        evaluates: bool = True,
        on_stop: Callable[[], None] | None = None,
        on_sample: Callable[[str], None] | None = None,
    ) -> None:
        self.run = run
        self.total_steps = total_steps
        self.epochs = epochs
        self.metrics = tuple(metrics)
        self.loss_note = loss_note or LOSS_NOTE
        self.before = before
        self._promise = (KEPT_BACK if keeps_back else _COMES) if evaluates else NOTHING_HELD_OUT
        self._first = _WAITING if evaluates else ""
        self._on_stop = on_stop
        self._on_sample = on_sample
        self.display_id = f"ftkit-{uuid4().hex[:12]}"
        self._chart: TrainingChart | None = None
        self._samples: list[dict[str, Any]] = []
        self._last_push = 0.0
        self._calm = CalmVerdict()
        self._ended = False

    def show(self) -> None:
        """Put the chart into the output of the cell that is running."""
        from IPython.display import display

        from ftkit.live.chart import TrainingChart

        self._chart = TrainingChart(
            run=self.run, verdict={"kind": "", "text": self._first + self._promise}, note=self.loss_note
        )
        self._chart.draw(History(), None, self.total_steps, before=self.before)
        self._chart.on_msg(self._on_message)
        display(self._chart, display_id=self.display_id)

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """A click that came over the widget's channel. After the end it is too late to mean anything."""
        if self._ended or not isinstance(content, Mapping):
            return
        if content.get("op") == "stop" and self._on_stop is not None:
            self._on_stop()
        elif content.get("op") == "sample" and self._on_sample is not None:
            self._on_sample(str(content.get("prompt", "")))

    def add_sample(self, step: int, prompt: str, answer: str) -> None:
        """List an answer of the half-trained model under the chart, at once."""
        self._samples = [*self._samples, {"step": int(step), "prompt": prompt, "answer": answer}]
        if self._chart is not None and not self._ended:
            self._chart.samples = self._samples

    def update(
        self,
        history: History,
        status: Mapping[str, Any] | None = None,
        verdict: Diagnosis | None = None,
        *,
        now: bool = False,
    ) -> None:
        """Show how things stand; calls that come too soon after the last push cost nothing and show nothing.

        Parameters
        ----------
        status
            Any of ``state`` (``running``, ``stopping``), ``step``, ``epoch``, ``learning_rate``, ``steps_per_second``,
            ``tokens_per_second``, ``memory_bytes``, ``seconds_left``, ``notice`` (a sentence beside the
            buttons) and ``samples`` (all answers so far, as in ``samples.jsonl``; one that was cut says so).
        verdict
            The latest diagnosis. Its word changes on screen when two in a row agree, or at once when the run is
            unstable.
        now
            Push even if the last push was a moment ago.
        """
        clock = time.monotonic()
        status = status or {}
        asked = status.get("state", "running")
        chart = self._chart
        if verdict is not None:
            self._calm.hear(verdict)
        if chart is None or self._ended:
            return
        if not now and asked == chart.state and clock - self._last_push < SECONDS_BETWEEN_PUSHES:
            return
        self._last_push = clock
        with chart.hold_sync():
            chart.state = "stopping" if asked == "stopping" else "running"
            chart.numbers = numbers(history, status, self.total_steps, self.epochs)
            chart.picture = picture(history)
            chart.notice = str(status.get("notice", ""))
            if "samples" in status:
                self._samples = [_sample(row) for row in status["samples"]]
                chart.samples = self._samples
            shown = self._calm.shown
            if shown is None:
                chart.verdict = {"kind": "", "text": self._waiting(history)}
            else:
                chart.verdict = {"kind": shown.verdict, "text": shown.sentence}
                chart.announced = announcement(shown)
            chart.draw(history, shown, self.total_steps, self.metrics, before=self.before)
            chart.note = how_to_read(self.loss_note, chart.traces)

    def as_it_stands(self, history: History) -> tuple[dict[str, Any], str, str]:
        """The picture that a page gets which cannot have the live chart, the verdict so far, and what is read aloud of it."""
        shown = self._calm.shown
        says = self._waiting(history) if shown is None else shown.sentence
        announced = "" if shown is None else announcement(shown)
        return self._stored(history, shown), says, announced

    def _waiting(self, history: History) -> str:
        """What stands in the verdict's place: the untouched model is measured once."""
        return self._promise if history.eval else self._first + self._promise

    def _stored(self, history: History, diagnosis: Diagnosis | None) -> dict[str, Any]:
        figure = static_figure(history, diagnosis, self.metrics, self.loss_note, self.before, self.run)
        return {PLOTLY_MIME: figure, "text/plain": plain(self.run, history, diagnosis)}

    def freeze(self, history: History, diagnosis: Diagnosis | None = None) -> None:
        """Replace the live chart by a picture that a notebook shows without a kernel.

        Below it stay the answers that were asked for, and the verdict with its evidence, as text.
        """
        from IPython.display import display, update_display

        if self._ended:
            return
        self._ended = True
        if self._chart is None:
            return
        update_display(self._stored(history, diagnosis), raw=True, display_id=self.display_id)
        self._chart.state = "ended"
        self._chart.close()
        if self._samples:
            display(answers_bundle(self._samples), raw=True)
        if diagnosis is not None:
            from ftkit.live.verdict import diagnosis_bundle

            display(diagnosis_bundle(diagnosis, self.run), raw=True)


def _sample(row: Mapping[str, Any]) -> dict[str, Any]:
    # An old run's row may not say how its answer ended.
    cut = CUT if row.get("ended", True) is False else ""
    return {
        "step": int(row.get("step") or 0),
        "prompt": str(row.get("prompt", "")),
        "answer": f"{row.get('answer', '')}{cut}",
    }


def answers_bundle(samples: list[dict[str, Any]]) -> dict[str, str]:
    """The answers of the half-trained model as HTML (escaped) and text."""
    rows = "".join(
        f"<li><small>step {sample['step']}</small> {escape(sample['prompt'])}<br>"
        f'<span style="white-space:pre-wrap">{escape(sample["answer"])}</span></li>'
        for sample in samples
    )
    text = "\n".join(f"step {s['step']}: {s['prompt']!r} → {s['answer']!r}" for s in samples)
    title = "What the half-trained model answered"
    return {"text/html": f"<p><b>{title}</b></p><ul>{rows}</ul>", "text/plain": f"{title}:\n{text}"}


class CalmVerdict:
    """The verdict as it is shown: it does not flicker.

    A new word needs two diagnoses in a row, except the first one, the first that can tell at all, and ``unstable``; the
    numbers in the sentence follow as long as the word stays.
    """

    def __init__(self) -> None:
        self.shown: Diagnosis | None = None
        self._heard: Diagnosis | None = None
        self._rival: str | None = None

    def hear(self, diagnosis: Diagnosis) -> None:
        """Take the latest diagnosis into account; the same one again (between two evaluations) says nothing new."""
        if diagnosis is self._heard:
            return
        self._heard = diagnosis
        word = diagnosis.verdict
        assert word in VERDICT_WORDS
        # "There are 4 evaluations" is wrong as soon as there are five.
        before = "not-enough-evidence" if self.shown is None else self.shown.verdict
        settled = before == "not-enough-evidence" or word in (before, self._rival, "unstable")
        self._rival = None if settled else word
        if settled:
            self.shown = diagnosis
