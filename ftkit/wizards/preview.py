"""Code as highlighted, escaped HTML whose colours follow JupyterLab's theme."""

from __future__ import annotations

from functools import lru_cache
from html import escape

GOES_ON = 4
"""Letters that the rest of a long line is set in, so that nobody takes it for a line of its own."""


@lru_cache(maxsize=32)
def highlighted(source: str) -> str:
    """Python source as HTML; the classes are coloured by :mod:`ftkit.wizards.style`."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    shown = str(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))
    return "".join(map(_line, source.rstrip("\n").split("\n"), shown.split("\n")))


def _line(source: str, shown: str) -> str:
    """One line, in a box of its own: where it is longer than the panel is wide, it goes on below, set in further."""
    further = len(source) - len(source.lstrip(" ")) + GOES_ON
    return f'<span class="ftkit-code-line" style="--ftkit-in:{further}ch">{shown}\n</span>'


def preview(source: str, title: str) -> str:
    """One cell as it will be written.

    Parameters
    ----------
    title
        A plain text above it, which also names the region for a screen reader.
    """
    name = escape(title, quote=True)
    return (
        f'<div class="ftkit-cell"><div class="ftkit-cell-title">{name}</div>'
        f'<pre class="ftkit-code" tabindex="0" role="region" aria-label="{name}">{highlighted(source)}</pre></div>'
    )
