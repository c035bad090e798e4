"""What the panel has to tell: calm boxes with buttons, and every error that a button's work raised."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from ftkit.errors import FtkitError
from ftkit.wizards.markup import Html, bullets, note, paragraph, tag

LAST_FRAMES = 3


@dataclass(frozen=True)
class Notice:
    """One box.

    Attributes
    ----------
    key
        A second notice with the same key takes the first one's place.
    kind
        ``info``, ``good``, ``warn`` or ``bad``.
    body
        What it says.
    actions
        Its buttons: label and what they do; a notice with buttons goes away when one is pressed.
    lasting
        Whether it stays when the person does something else.
    """

    key: str
    kind: str
    body: Html
    actions: tuple[tuple[str, Callable[[], None]], ...] = ()
    lasting: bool = False


class NoticeBoard:
    """The place where notices stand.

    Attributes
    ----------
    widget
        What the panel shows.
    """

    def __init__(self) -> None:
        self.widget = widgets.VBox()
        self.widget.add_class("ftkit-notices")
        self.widget.add_class("ftkit-empty")
        self._shown: dict[str, tuple[Notice, widgets.Widget]] = {}

    @property
    def notices(self) -> list[Notice]:
        """What is shown now."""
        return [notice for notice, _ in self._shown.values()]

    def put(self, notice: Notice) -> None:
        """Show a notice."""
        if notice.key in self._shown and self._shown[notice.key][0] == notice:
            return
        buttons = []
        for label, action in notice.actions:
            button = widgets.Button(description=label)
            button.on_click(self._pressed(notice.key, action))
            buttons.append(button)
        actions = widgets.HBox(buttons)
        actions.add_class("ftkit-actions")
        box = widgets.VBox([widgets.HTML(note(notice.kind, notice.body)), *([actions] if buttons else [])])
        box.add_class("ftkit-notice")
        old = self._shown.get(notice.key)
        self._shown[notice.key] = (notice, box)
        self._show()
        if old:
            _close(old[1])

    def drop(self, *keys: str) -> None:
        """Take notices away; every one that does not last, where no key is given."""
        gone = keys or [key for key, (notice, _) in self._shown.items() if not notice.lasting]
        boxes = [self._shown.pop(key)[1] for key in gone if key in self._shown]
        if boxes:
            self._show()
        for box in boxes:
            _close(box)

    def _show(self) -> None:
        self.widget.children = [box for _, box in self._shown.values()]
        if self._shown:
            self.widget.remove_class("ftkit-empty")
        else:
            self.widget.add_class("ftkit-empty")

    def _pressed(self, key: str, action: Callable[[], None]) -> Callable[[Any], None]:
        def press(_button: Any) -> None:
            self.drop(key)
            action()

        return self.guard(press)

    def guard(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function; what it raises is shown here, as nothing else would show it."""

        @functools.wraps(work)
        def guarded(*arguments: Any, **named: Any) -> Any:
            try:
                return work(*arguments, **named)
            except FtkitError as error:
                self.put(Notice("error", "bad", said(error)))
            except Exception as error:  # shown in full below: a mistake of ours
                self.put(Notice("error", "bad", unexpected(error)))
            return None

        return guarded


def _close(box: widgets.Widget) -> None:
    for child in getattr(box, "children", ()):
        _close(child)
    box.close()


def said(error: FtkitError) -> Html:
    """An error that ftkit raised on purpose: what happened, and what to do."""
    return Html(paragraph(tag("b", error.what)) + (paragraph(error.remedy) if error.remedy else ""))


def unexpected(error: Exception) -> Html:
    """An error that nobody foresaw, with the last places it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-LAST_FRAMES:]
    lines = "".join(traceback.format_list(frames))
    return Html(
        paragraph(
            tag("b", "Something went wrong inside ftkit."),
            " Your notebook and your choices are as they were.",
        )
        + tag("pre", f"{lines}{type(error).__name__}: {error}")
    )


def several(lead: str, sentences: tuple[str, ...]) -> Html:
    """A lead and one sentence or a list of them."""
    if len(sentences) == 1:
        return Html(paragraph(tag("b", lead)) + paragraph(sentences[0]))
    return Html(paragraph(tag("b", lead)) + bullets(sentences))
