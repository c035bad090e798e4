"""The verdict with its evidence: as a widget with buttons, and as HTML that stays in a saved notebook."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets as widgets

from ftkit.diagnosis import Diagnosis, Finding, Looked, Remedy
from ftkit.diagnosis.track_record import WHAT, in_words
from ftkit.errors import FtkitError

OnRemedy = Callable[[Remedy], str | None]

_BUTTONS = "<p><small>In the panel that <code>{}</code> opens, the step Review has a button for each of these.</small></p>"

_MARKS = {
    "healthy": "#009e73",
    "overfitting": "#e69f00",
    "underfitting": "#e69f00",
    "unstable": "#d55e00",
    "not-enough-evidence": "#7a7a7a",
}
# As wide as their words: ipywidgets' own have one width, which cuts the longest in a narrow window.
_WIDE_TABS = (
    "<style>.ftkit-verdict-view .widget-tab > .lm-TabBar > .lm-TabBar-content{flex-wrap:wrap}"
    ".ftkit-verdict-view .widget-tab > .lm-TabBar .lm-TabBar-tab{flex:0 0 auto;min-width:0;max-width:none}</style>"
)


def _html(text: str, **layout: str) -> widgets.HTML:
    """HTML with the line height of running text; ipywidgets' own is that of a button."""
    return widgets.HTML(f'<div style="line-height:1.45">{text}</div>', layout=widgets.Layout(**layout))


def _finding_html(finding: Finding) -> str:
    kind = "" if finding.severity == "issue" else " (tip)"
    return (
        f'<div style="margin:0 0 10px"><b>{escape(finding.code)} {escape(finding.title)}</b>{kind}<br>'
        f"{escape(finding.sentence)}<br><i>What it means:</i> {escape(finding.means)}<br>"
        f"<i>What to try:</i> {escape(finding.try_)}</div>"
    )


def _looked_html(looked: Looked) -> str:
    why = f": {escape(looked.why)}" if looked.why else ""
    return f"<li>{escape(looked.code)} {escape(looked.title)}{why}</li>"


def findings_html(diagnosis: Diagnosis) -> str:
    """Every finding with what it means and what to try."""
    return "".join(map(_finding_html, diagnosis.findings)) or "<p>Nothing was found.</p>"


def looked_html(looked: tuple[Looked, ...]) -> str:
    """Checks that passed, or could not be made and why, as a list."""
    return f"<ul>{''.join(map(_looked_html, looked))}</ul>" if looked else "<p>None.</p>"


def passed_html(diagnosis: Diagnosis) -> str:
    """What was looked for and is not there."""
    return f"<p>Looked for in this run, and not found:</p>{looked_html(diagnosis.passed)}"


def remarks_html(diagnosis: Diagnosis) -> str:
    """What could not be read of the history; empty where all of it could."""
    if not diagnosis.remarks:
        return ""
    items = "".join(f"<li>{escape(remark)}</li>" for remark in diagnosis.first_remarks)
    return f"<p>About what was read:</p><ul>{items}</ul>"


def headline_html(diagnosis: Diagnosis) -> str:
    """The verdict in one sentence, with a mark whose colour only repeats the words."""
    beside = []
    if diagnosis.verdict != "not-enough-evidence":
        scale = f"{diagnosis.confidence:.2f} on a scale from 0 to 1. It says how strong the signs are, not how likely the verdict is right."
        beside.append(
            f'The evidence in this run is <span title="{scale}">{escape(diagnosis.clearness)}</span>.'
        )
    if diagnosis.track_record:
        words = escape(in_words(diagnosis.track_record))
        beside.append(f'<span title="{escape(WHAT)}">{words}</span>')
    small = "".join(f"<br><small>{line}</small>" for line in beside)
    return (
        f'<div class="ftkit-verdict" role="status" style="border-left:4px solid {_MARKS[diagnosis.verdict]};'
        f'padding:6px 10px;margin:4px 0">{escape(diagnosis.sentence)}{small}</div>'
    )


def _advice_html(remedy: Remedy) -> str:
    """Why, and what should come of it."""
    return f"{escape(remedy.reason)} <i>Expected:</i> {escape(remedy.expected_effect)}"


def diagnosis_html(diagnosis: Diagnosis, run: str = "") -> str:
    """The whole diagnosis as HTML for a saved notebook: no script, no style sheet, all texts escaped.

    Parameters
    ----------
    run
        The name of the run, where it has one: by it the panel opens on this run.
    """
    remedies = "".join(
        f"<li><b>{escape(remedy.title)}</b>. {_advice_html(remedy)}</li>" for remedy in diagnosis.remedies
    )
    call = escape(f'ftkit.wizard(run="{run}")' if run else "ftkit.wizard()")
    parts = [headline_html(diagnosis)]
    if remedies:
        parts.append(f"<p><b>{diagnosis.opening}</b></p><ul>{remedies}</ul>{_BUTTONS.format(call)}")
    for title, body, count in (
        ("Findings", findings_html(diagnosis), len(diagnosis.findings)),
        ("Passed", passed_html(diagnosis), len(diagnosis.passed)),
        ("Not applicable", looked_html(diagnosis.not_applicable), len(diagnosis.not_applicable)),
    ):
        parts.append(f"<details><summary>{title} ({count})</summary>{body}</details>")
    return "".join([*parts, remarks_html(diagnosis)])


def diagnosis_bundle(diagnosis: Diagnosis, run: str = "") -> dict[str, str]:
    """The diagnosis as HTML and text, ready for ``display(…, raw=True)``: readable without a kernel."""
    return {"text/html": diagnosis_html(diagnosis, run), "text/plain": diagnosis.text()}


class DiagnosisView(widgets.VBox):
    """The verdict, a button for each remedy, and tabs with every check.

    Parameters
    ----------
    diagnosis
        What to show.
    on_remedy
        Called with the remedy whose button was pressed; a sentence it returns is shown. Without it there are no
        buttons, only their texts.
    on_undo
        Called when a button is pressed once more, to take its change back.

    Attributes
    ----------
    pressed
        The remedy whose change is made; see :meth:`mark`.
    said
        The sentence below the buttons.
    """

    def __init__(
        self,
        diagnosis: Diagnosis,
        on_remedy: OnRemedy | None = None,
        on_undo: Callable[[], str | None] | None = None,
    ) -> None:
        self.diagnosis = diagnosis
        self._on_remedy, self._on_undo = on_remedy, on_undo
        self.pressed: Remedy | None = None
        self.said = ""
        self.buttons: list[widgets.Button] = []
        self.message = widgets.HTML()
        rows = [self._row(remedy) for remedy in diagnosis.remedies]
        tabs = widgets.Tab(
            [
                _html(findings_html(diagnosis)),
                _html(passed_html(diagnosis)),
                _html(looked_html(diagnosis.not_applicable)),
            ],
            titles=[
                f"Findings ({len(diagnosis.findings)})",
                f"Passed ({len(diagnosis.passed)})",
                f"Not applicable ({len(diagnosis.not_applicable)})",
            ],
        )
        children: list[widgets.Widget] = [_html(_WIDE_TABS + headline_html(diagnosis))]
        if rows:
            how = (
                " One change at a time; a button prepares a new run and keeps this one."
                if self.buttons
                else ""
            )
            children += [_html(f"<b>{diagnosis.opening}:</b>{how}"), *rows]
        below = [_html(remarks_html(diagnosis))] if diagnosis.remarks else []
        super().__init__([*children, self.message, tabs, *below])
        self.add_class("ftkit-verdict-view")

    def _row(self, remedy: Remedy) -> widgets.Widget:
        text, title = _advice_html(remedy), remedy.title
        if self._on_remedy is None:
            return _html(f"<b>{escape(title)}.</b> {text}")
        why = _html(text, flex="1 1 260px")
        button = widgets.Button(
            description=title,
            tooltip="Changes the recipe and this one value in the cell, and names a new run",
            layout=widgets.Layout(width="auto", min_width="240px", margin="2px 10px 2px 0"),
        )
        button.on_click(lambda _: self.apply(remedy))
        self.buttons.append(button)
        return widgets.HBox([button, why], layout=widgets.Layout(flex_flow="row wrap", align_items="center"))

    def apply(self, remedy: Remedy) -> None:
        """Do what the remedy's button does; what it answers, or why it failed, is shown below the buttons."""
        assert self._on_remedy is not None
        undo = self._on_undo if remedy == self.pressed else None
        try:
            answer = undo() if undo else self._on_remedy(remedy)
        except FtkitError as error:
            answer = str(error)
        else:
            if answer:  # nothing is answered where nothing was done
                self.mark(None if undo else remedy)
        self.say(answer or "")

    def say(self, text: str) -> None:
        """A sentence below the buttons, which screen readers read out."""
        self.said = text
        self.message.value = f'<div role="status">{escape(text)}</div>'

    def mark(self, pressed: Remedy | None) -> None:
        """Show which button is pressed, in words, as colour alone says nothing to some."""
        self.pressed = pressed
        for button, remedy in zip(self.buttons, self.diagnosis.remedies, strict=True):
            button.description = f"{'✓ ' if remedy == pressed else ''}{remedy.title}"
            button.button_style = "info" if remedy == pressed else ""
