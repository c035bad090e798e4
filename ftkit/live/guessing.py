"""``ftkit.guess(run)``: say what a curve shows before the verdict does."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import ipywidgets as widgets

from ftkit.diagnosis import VERDICT_WORDS, Diagnosis, diagnose
from ftkit.errors import RunError
from ftkit.live.picture import static_figure
from ftkit.live.stored import PLOTLY_MIME
from ftkit.live.verdict import diagnosis_html
from ftkit.live.wording import plain
from ftkit.runfolder import History, RunFolder

_ASKED = "What does this curve show? Decide first; then the verdict is shown, with its evidence. (While a cell is still running, the click waits for it.)"


class Guess:
    """The curve of a run without its verdict, and a button for each answer.

    What was said and what the verdict is stay in the saved notebook, below the curve.

    Parameters
    ----------
    folder
        The run.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.run = folder.name
        self.said: str | None = None
        self.diagnosis: Diagnosis = diagnose(folder)
        self._history = History.from_run(folder)
        self._displayed = False
        self._ids = [f"ftkit-{uuid4().hex[:12]}" for _ in range(2)]
        self.buttons = {
            word: widgets.Button(description=label, layout=widgets.Layout(width="auto"))
            for word, label in VERDICT_WORDS.items()
        }
        for word, button in self.buttons.items():
            button.on_click(lambda _, word=word: self.say(word))

    def say(self, word: str) -> None:
        """Answer; the verdict appears. A second answer changes nothing.

        Raises
        ------
        RunError
            For a word that is no verdict.
        """
        if word not in VERDICT_WORDS:
            raise RunError(f"{word!r} is no verdict.", f"Say one of {', '.join(map(repr, VERDICT_WORDS))}.")
        if self.said is not None:
            return
        from IPython.display import update_display

        self.said = word
        for button in self.buttons.values():
            button.disabled = True
        if self._displayed:
            for bundle, place in zip((self._curve(), self._answer()), self._ids, strict=True):
                update_display(bundle, raw=True, display_id=place)

    def _curve(self) -> dict[str, Any]:
        known = self.diagnosis if self.said is not None else None
        return {
            PLOTLY_MIME: static_figure(self._history, known, run=self.run),
            "text/plain": plain(self.run, self._history, known),
        }

    def _answer(self) -> dict[str, str]:
        if self.said is None:
            return {"text/html": f"<p><b>{_ASKED}</b></p>", "text/plain": _ASKED}
        same = self.said == self.diagnosis.verdict
        told = f"You said: {VERDICT_WORDS[self.said]}. " + (
            "So does the verdict." if same else "The verdict is another one; look at what it goes by."
        )
        return {
            "text/html": f"<p><b>{escape(told)}</b></p>{diagnosis_html(self.diagnosis, self.run)}",
            "text/plain": f"{told}\n{self.diagnosis.text()}",
        }

    def _ipython_display_(self) -> None:
        from IPython.display import display

        self._displayed = True
        curve, answer = self._ids
        display(self._curve(), raw=True, display_id=curve)
        display(self._answer(), raw=True, display_id=answer)
        if self.said is None:
            display(
                widgets.HBox(
                    list(self.buttons.values()), layout=widgets.Layout(flex_flow="row wrap", grid_gap="4px")
                )
            )

    def __str__(self) -> str:
        return self._answer()["text/plain"]


def guess(run: str | Path | RunFolder, said: str | None = None) -> Guess:
    """Show the curve of a run and ask what it shows, before the verdict does.

    Parameters
    ----------
    run
        Name of a run in ``ftkit-runs``, a run folder's path, or what ``ftkit.run(…)`` returned.
    said
        Your answer, such as ``"overfitting"``, in place of a click.

    Returns
    -------
    Guess
        Shows itself in a notebook.

    Raises
    ------
    RunError
        Where there is no such run, or the answer is no verdict.
    """
    asked = Guess(run if isinstance(run, RunFolder) else RunFolder(run))
    if said is not None:
        asked.say(said)
    return asked
