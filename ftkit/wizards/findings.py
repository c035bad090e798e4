"""What the checks found in the examples, with a button for what can safely be mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ftkit.data.checks import FIXES, Found
from ftkit.wizards.markup import Html, bullets, joined, paragraph, tag, visible
from ftkit.wizards.session import Session

SEVERITIES = {"error": "Mend this", "warning": "Look at this", "note": "Good to know"}
KINDS = {"error": "bad", "warning": "warn", "note": "info"}
FIX_LABELS = {
    "drop-duplicates": "Keep one of each",
    "drop-near-duplicates": "Keep one of each",
    "mend-mojibake": "Mend the letters",
}
"""The words on the buttons, where "leave out" and "mend" can be said better."""
MOST_ROWS = 8


def fix_label(fix: str) -> str:
    """What the button of a fix says."""
    known = FIXES.get(fix)
    return FIX_LABELS.get(fix, "Mend these rows" if known and known.mend else "Leave these rows out")


def fix_done(fix: str) -> str:
    """What an applied fix is called: by the check that offered it."""
    known = FIXES.get(fix)
    return f"{known.title}: {fix_label(fix).lower()}" if known else fix


class Findings:
    """The list of findings: the grave ones open, what is merely good to know folded away.

    Parameters
    ----------
    session
        Whose recipe a fix is written into.
    guard
        Wraps what a button does, so that an error in it is shown.
    """

    def __init__(self, session: Session, guard: Callable[..., Any]) -> None:
        self._session = session
        self._guard = guard
        self.widget = widgets.VBox()
        self.widget.add_class("ftkit-findings")
        self._shown: Any = None

    def show(self, checks: Sequence[Found] | None) -> None:
        """Show what was found; None where the data cannot be looked at."""
        fixes = tuple(self._session.recipe.data.fixes)
        key = None if checks is None else (tuple(map(_key, checks)), fixes)
        if key == self._shown:
            return
        self._shown = key
        old = self.widget.children
        self.widget.children = self._children(checks or (), fixes) if checks is not None else ()
        for child in old:
            _close(child)

    def _children(self, checks: Sequence[Found], fixes: Sequence[str]) -> list[widgets.Widget]:
        order = {name: place for place, name in enumerate(SEVERITIES)}
        ranked = sorted(checks, key=lambda check: order.get(check.severity, 1))
        grave = [check for check in ranked if check.severity != "note" or _offered(check, fixes)]
        notes = [check for check in ranked if check not in grave]
        children: list[widgets.Widget] = []
        if grave or notes or fixes:
            children.append(widgets.HTML(tag("h3", _head(grave))))
        children += [self._row(check, fixes) for check in grave]
        children += [self._applied(fix) for fix in fixes]
        if notes:
            listed = bullets(
                joined([tag("b", check.title), f": {visible(check.sentence)} ", _rows(check)])
                for check in notes
            )
            summary = f"Good to know ({len(notes)})"
            children.append(widgets.HTML(tag("details", joined([tag("summary", summary), listed]))))
        return children

    def _row(self, check: Found, fixes: Sequence[str]) -> widgets.Widget:
        kind = KINDS.get(check.severity, "warn")
        word = tag("span", SEVERITIES.get(check.severity, "Look at this"), f"ftkit-severity ftkit-{kind}")
        text = widgets.HTML(
            joined(
                [
                    paragraph(
                        word, " ", tag("b", check.title), f": {visible(check.sentence)} ", _rows(check)
                    ),
                    _more(check),
                ]
            )
        )
        fix = _offered(check, fixes)
        if not fix:
            return _box([text], kind)
        button = widgets.Button(description=fix_label(fix), tooltip=f"{check.title}: {fix_label(fix)}")
        button.on_click(self._guard(lambda _: self._set([*fixes, fix])))
        return _box([text, button], kind)

    def _applied(self, fix: str) -> widgets.Widget:
        done = tag("span", "Done", "ftkit-severity ftkit-good")
        text = widgets.HTML(paragraph(done, " ", tag("b", fix_done(fix)), "."))
        button = widgets.Button(description="Undo", tooltip=f"Undo: {fix_done(fix)}")
        rest = [one for one in self._session.recipe.data.fixes if one != fix]
        button.on_click(self._guard(lambda _: self._set(rest)))
        return _box([text, button], "good")

    def _set(self, fixes: list[str]) -> None:
        self._session.set({"data.fixes": fixes})


def _head(grave: Sequence[Found]) -> str:
    if not grave:
        return "Checks: nothing to mend"
    return f"Checks: {len(grave)} {'thing' if len(grave) == 1 else 'things'} to look at"


def _offered(check: Found, fixes: Sequence[str]) -> str:
    """The fix of a check, empty where there is none or it is applied already."""
    fix = check.fix or ""
    return "" if fix in fixes else fix


def _rows(check: Found) -> Html:
    """Where the first of them stand; with the file where there are several."""
    if not check.rows:
        return Html("")
    several = len({place.file for place in check.rows}) > 1
    rows = [
        f"{place.file} {place.number}" if several else str(place.number) for place in check.rows[:MOST_ROWS]
    ]
    more = ", …" if check.count > len(rows) else ""
    word = "row" if check.count == 1 else "rows"
    return tag("span", visible(f"({word} {', '.join(rows)}{more})"), "ftkit-quiet ftkit-rows")


def _more(check: Found) -> Html:
    """What it means and what else can be tried, folded away."""
    code = paragraph(tag("span", f"The check's code: {check.code}", "ftkit-quiet"))
    inside = joined([paragraph(check.means), paragraph(check.try_), code])
    return tag("details", joined([tag("summary", "What this means, and what to do"), inside]))


def _key(check: Found) -> tuple[object, ...]:
    return check.code, check.severity, check.sentence, check.rows, check.fix


def _box(children: list[widgets.Widget], kind: str) -> widgets.Widget:
    box = widgets.HBox(children)
    box.add_class("ftkit-finding")
    box.add_class(f"ftkit-finding-{kind}")
    return box


def _close(widget: widgets.Widget) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()
