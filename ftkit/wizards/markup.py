"""Small pieces of HTML. Every text that goes in is escaped here and nowhere else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

GB = 1e9


class Html(str):
    """HTML that was built here, as opposed to a text that still has to be escaped."""

    __slots__ = ()


def text(content: object) -> Html:
    """A text as HTML; what is HTML already stays as it is."""
    return content if isinstance(content, Html) else Html(escape(str(content), quote=True))


def visible(content: str) -> str:
    """A text from somebody's file with what cannot be seen made visible: control characters such as those that colour
    a terminal, characters that turn the direction of writing round, halves of characters.
    """
    if content.isprintable():
        return content
    return "".join(_seen(letter) for letter in content)


def _seen(letter: str) -> str:
    if letter in "\n\t" or letter.isprintable():
        return letter
    number = ord(letter)
    if number < 32:
        return chr(0x2400 + number)
    kind = unicodedata.category(letter)
    # Other spaces, and the joiners that scripts and emoji are written with, are as good as letters.
    return letter if kind == "Zs" or number in (0x200C, 0x200D) else f"⟨U+{number:04X}⟩"


def tag(name: str, content: object, css: str = "", **attributes: str) -> Html:
    """One element."""
    given = {"class": css, **attributes} if css else attributes
    inside = "".join(
        f' {key.replace("_", "-")}="{escape(value, quote=True)}"' for key, value in given.items()
    )
    return Html(f"<{name}{inside}>{text(content)}</{name}>")


def joined(parts: Iterable[object], between: str = "") -> Html:
    """Several pieces, one after the other."""
    return Html(escape(between).join(text(part) for part in parts))


def paragraph(*parts: object) -> Html:
    """A paragraph."""
    return tag("p", joined(parts))


def note(kind: str, *parts: object) -> Html:
    """A box with a coloured edge: ``info``, ``good``, ``warn`` or ``bad``; announced when it appears."""
    role = "alert" if kind in ("bad", "warn") else "status"
    return tag("div", joined(parts), f"ftkit-note ftkit-{kind}", role=role)


def bullets(items: Iterable[object]) -> Html:
    """A list."""
    return tag("ul", joined(tag("li", item) for item in items))


def table(
    head: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[int] = (),
    selected: int | None = None,
) -> Html:
    """A table whose first column names the row.

    Parameters
    ----------
    right
        Columns that hold numbers.
    selected
        The row that is marked.
    """

    def cells(name: str, values: Sequence[object]) -> Html:
        return joined(
            tag(
                name if at else "th",
                value,
                "ftkit-right" if at in right else "",
                **({} if at else {"scope": "row"}),
            )
            for at, value in enumerate(values)
        )

    top = joined(
        tag("th", value, "ftkit-right" if at in right else "", scope="col") for at, value in enumerate(head)
    )
    body = joined(
        tag("tr", cells("td", row), "ftkit-selected" if number == selected else "")
        for number, row in enumerate(rows)
    )
    header = tag("thead", tag("tr", top)) if any(head) else Html("")
    return tag("div", tag("table", joined([header, tag("tbody", body)])), "ftkit-across")


def bar(share: float, words: object, *, much: bool = False, mark: float | None = None) -> Html:
    """A bar with words beside it, which say the same.

    Parameters
    ----------
    share
        How long, from 0 to 1.
    much
        Whether it is too long: another colour, which the words have to repeat.
    mark
        Where to draw a line across it, from 0 to 1.
    """
    inner = tag("span", "", "ftkit-bar-in", style=f"width:{100 * max(0.0, min(1.0, share)):.1f}%")
    line = "" if mark is None else tag("span", "", "ftkit-bar-mark", style=f"left:{100 * mark:.1f}%")
    drawn = tag(
        "span", joined([inner, line]), f"ftkit-bar{' ftkit-bar-much' if much else ''}", aria_hidden="true"
    )
    return tag("span", joined([drawn, tag("span", words, "ftkit-bar-words")]), "ftkit-bar-row")


def percent(part: float, whole: float) -> str:
    """A share in per cent, with digits enough not to read zero."""
    share = 100 * part / whole
    return f"{share:.0f}\N{NO-BREAK SPACE}%" if share >= 10 else f"{share:.2g}\N{NO-BREAK SPACE}%"


def gigabytes(size: float) -> str:
    """A rough size in memory or on disk: ``1.8 GB``, ``40 MB``."""
    if size < 0.1 * GB:
        return f"{max(1, round(size / 1e6))} MB"
    return f"{size / GB:.1f} GB" if size < 100 * GB else f"{size / GB:,.0f} GB"


def duration(seconds: float) -> str:
    """A rough time: ``less than a minute``, ``about 4 minutes``, ``about 3 hours``."""
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 1.5:
        return "about a minute"
    if minutes < 90:
        return f"about {round(minutes)} minutes"
    if minutes < 48 * 60:
        return f"about {round(minutes / 60)} hours"
    return f"about {round(minutes / 60 / 24)} days"


def short(content: object, most: int) -> str:
    """A text cut at a number of letters."""
    whole = str(content)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: ``model cell, data cell and method cell``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
