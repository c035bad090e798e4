"""A training row token by token: what is learned from, what is only read, what is cut off.

Colour is never alone: each stretch begins with a word and its number of tokens, and the three are underlined,
plain, or struck through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ftkit.wizards.markup import Html, joined, paragraph, tag, visible

if TYPE_CHECKING:
    from ftkit.data import TokenView

LEARNED, READ, CUT = "trained on", "only read", "cut off"
CLASSES = {LEARNED: "ftkit-tok-learned", READ: "ftkit-tok-read", CUT: "ftkit-tok-cut"}
MOST = 1500
"""Tokens shown of one row; the counts are always those of the whole row."""

TOO_LONG = {
    "left out": "An answer that is cut off loses its end, and the model would not learn when to stop: "
    "examples like this one are left out whole.",
    "cut at the end": "Its end is not read: what a text is about mostly shows before.",
    "cut into pieces": "It is read in several pieces.",
}

Token = tuple[str, str]


def counts(view: TokenView) -> dict[str, int]:
    """How many tokens are trained on, only read, and cut off."""
    return {LEARNED: view.trained, READ: len(view.ids) - view.trained, CUT: view.cut}


def counted(view: TokenView) -> str:
    """The same in a line: ``12 tokens trained on, 49 only read, 0 cut off``."""
    found = counts(view)
    unit = "token" if found[LEARNED] == 1 else "tokens"
    return f"{found[LEARNED]:,} {unit} {LEARNED}, {found[READ]:,} {READ}, {found[CUT]:,} {CUT}"


def token_html(view: TokenView, long: str = "left out") -> Html:
    """One row in tokens; `long` says what becomes of rows that are too long, as a form's ``LONG``."""
    tokens = list(_tokens(view))
    stretches, shown = [], 0
    for kind, group in groupby(tokens, key=lambda token: token[1]):
        members = [piece for piece, _ in group]
        if shown >= MOST:
            break
        stretches.append(_stretch(kind, members, MOST - shown))
        shown += len(members)
    rest = (
        paragraph(tag("span", f"… and {len(tokens) - MOST:,} more tokens", "ftkit-quiet"))
        if len(tokens) > MOST
        else ""
    )
    lost = paragraph(tag("b", "It is too long."), f" {TOO_LONG[long]}") if view.cut else ""
    name = f"Tokens: {counted(view)}"
    box = tag("div", joined(stretches), "ftkit-tokens", tabindex="0", role="region", aria_label=name)
    return joined([lost, box, rest])


def legend() -> Html:
    """What the three looks mean."""
    words = {
        LEARNED: "the model learns to write these",
        READ: "it sees these and does not learn them",
        CUT: "beyond the longest example; never seen",
    }
    items = [joined([tag("span", kind, CLASSES[kind]), f": {what}"]) for kind, what in words.items()]
    return tag("p", joined(items, " · "), "ftkit-legend")


def _tokens(view: TokenView) -> Iterator[Token]:
    for piece, label in zip(view.pieces, view.labels, strict=True):
        yield piece, READ if label < 0 else LEARNED
    for piece in view.lost:
        yield piece, CUT


def _stretch(kind: str, pieces: Sequence[str], most: int) -> Html:
    name = tag("span", f"{kind} · {len(pieces):,}", "ftkit-tok-name")
    return joined([name, tag("span", joined(_piece(piece) for piece in pieces[:most]), CLASSES[kind]), " "])


def _piece(piece: str) -> Html:
    """One token; line breaks are marked, and a token that is only a part of a character is a dot."""
    shown = visible(piece).replace("\n", "↵\n") if piece else "·"
    return tag("span", shown, "ftkit-tok")
