"""All techniques for the chosen model side by side: bars first, with the figures beside them."""

from __future__ import annotations

from collections.abc import Sequence

from ftkit.methods import METHODS
from ftkit.recipe.overview import Technique
from ftkit.wizards.markup import Html, bar, bullets, gigabytes, joined, percent, table, tag

BEYOND = 1.25
"""The bars of memory go so much beyond what can be used, so that "too much" can be seen."""


def technique_table(techniques: Sequence[Technique], weights: int, usable: float, chosen: str) -> Html:
    """The table.

    Parameters
    ----------
    techniques
        As :func:`ftkit.recipe.overview.overview` gives them.
    weights
        Of the base model.
    usable
        Bytes that a run may plan with.
    chosen
        The id of the row that is marked.
    """
    lora = next((one.time for one in techniques if one.id == "lora"), 0.0) or techniques[0].time
    slowest = max(one.time for one in techniques)
    rows = [
        (
            # To be hovered over; who cannot, or reads them all, finds the same below the table.
            tag("abbr", one.label, title=METHODS[one.id].summary),
            _here(one),
            bar(one.trainable / one.total, _weights(one)),
            bar(
                one.memory / (BEYOND * usable),
                gigabytes(one.memory),
                much=one.memory > usable,
                mark=1 / BEYOND,
            ),
            bar(one.time / slowest, f"× {one.time / lora:.2g}"),
        )
        for one in techniques
    ]
    head = (
        "Technique",
        "Here",
        "What trains, of all weights",
        f"Memory at least (line: the usable {gigabytes(usable)})",
        "Time a step, roughly (LoRA = 1)",
    )
    ids = [one.id for one in techniques]
    selected = ids.index(chosen) if chosen in ids else None
    shown = table(head, rows, selected=selected)
    why = [joined([tag("b", one.label), f": {one.reason}"]) for one in techniques if not one.fits]
    below = joined([tag("h4", "Not here, and why"), bullets(why)]) if why else Html("")
    does = bullets(joined([tag("b", one.label), f": {METHODS[one.id].summary}"]) for one in techniques)
    each = tag("details", joined([tag("summary", "What each of them does"), does]))
    return tag("div", joined([shown, each, below]), "ftkit-techniques")


def _weights(one: Technique) -> Html:
    return joined(
        [f"{percent(one.trainable, one.total)} ", tag("span", f"({one.trainable:,})", "ftkit-quiet")]
    )


def _here(one: Technique) -> Html:
    return tag("span", "fits", "ftkit-fits") if one.fits else tag("span", "not here", "ftkit-toobig")
