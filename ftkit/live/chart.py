"""The chart widget: our own, around plotly's basic bundle, so that the first picture is there in under a second.

Everything the browser shows is a synced trait, so a page that is loaded again repaints. Curves travel as
float32 buffers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from ftkit.diagnosis import AgainstBest, Diagnosis, against_best
from ftkit.live.before import Earlier
from ftkit.live.figure import frame, layout, traces
from ftkit.live.metrics import gradients, metric_layout, panels
from ftkit.live.wording import LOSS_NOTE
from ftkit.runfolder import History
from ftkit.tasks import Metric

BUNDLE = Path(__file__).parent / "static" / "chart.js"
NOT_BUILT = (
    "The live chart was not built in this checkout: make setup does it. The training runs all the same."
)


class TrainingChart(anywidget.AnyWidget):
    """The live chart. It paints and reports clicks; :class:`~ftkit.live.LiveView` decides.

    Attributes
    ----------
    state
        ``running``, ``stopping`` or ``ended``.
    numbers
        Pairs of label and text.
    verdict
        ``kind`` (for the mark's colour) and ``text``.
    announced
        What screen readers read aloud when it changes.
    picture
        The chart in a sentence.
    traces, axes
        Plotly's data and layout; x and y of the traces are float32 bytes.
    panels
        What else can be looked at: ``label``, ``note``, ``picture``, ``traces`` and ``axes`` of each metric.
    samples
        Answers of the half-trained model: ``step``, ``prompt``, ``answer``.
    notice
        A sentence beside the buttons.
    """

    _esm = (
        BUNDLE
        if BUNDLE.exists()
        else f"export default {{ render: ({{ el }}) => {{ el.textContent = '{NOT_BUILT}'; }} }}"
    )

    run = traitlets.Unicode().tag(sync=True)
    state = traitlets.Enum(["running", "stopping", "ended"], "running").tag(sync=True)
    numbers: Any = traitlets.List().tag(sync=True)
    verdict = traitlets.Dict({"kind": "", "text": ""}).tag(sync=True)
    announced = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode(LOSS_NOTE).tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    samples: Any = traitlets.List().tag(sync=True)
    traces: Any = traitlets.List().tag(sync=True)
    measure = traitlets.Unicode("loss").tag(sync=True)
    panels: Any = traitlets.List().tag(sync=True)
    axes = traitlets.Dict().tag(sync=True)
    # The evaluations against the best one change at an evaluation only: how many there were, and what came out.
    _chances: tuple[int, list[AgainstBest]] | None = None

    def draw(
        self,
        history: History,
        diagnosis: Diagnosis | None,
        total_steps: int | None,
        metrics: Sequence[Metric] = (),
        before: Earlier | None = None,
    ) -> None:
        """Set the curves; call within ``hold_sync`` to send them as one message."""
        self.measure = history.measure.name
        if self._chances is None or self._chances[0] != len(history.evaluations):
            self._chances = len(history.evaluations), against_best(history)
        self.traces = _in_bytes(traces(history, self._chances[1], before))
        axes = layout(history, diagnosis, total_steps, before)
        del axes["height"]  # the style sheet's business, as it depends on the width
        self.axes = axes
        last = max(total_steps or 0, history.last_step)
        ground = {name: value for name, value in frame().items() if name != "height"}
        self.panels = [
            {
                "label": panel.label,
                "note": panel.note,
                "picture": panel.picture,
                "traces": _in_bytes(panel.traces),
                "axes": {**ground, **metric_layout(panel, last)},
            }
            for panel in [*panels(history, metrics), *gradients(history)]
        ]


def _in_bytes(curves: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**trace, "x": _bytes(trace["x"]), "y": _bytes(trace["y"])} for trace in curves]


def _bytes(values: Any) -> bytes:
    return np.ascontiguousarray(values, dtype=np.float32).tobytes()
