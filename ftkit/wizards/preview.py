"""Code as highlighted, escaped HTML whose colours follow JupyterLab's theme."""

from __future__ import annotations

from functools import lru_cache
from html import escape


@lru_cache(maxsize=32)
def highlighted(source: str) -> str:
    """Python source as HTML; the classes are coloured by :mod:`ftkit.wizards.style`."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    return str(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


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
