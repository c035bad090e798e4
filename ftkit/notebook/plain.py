"""Shows code to copy, where no extension is there to write it into a cell."""

from __future__ import annotations

import html

_COPY = """
const box = this.closest('.ftkit-code');
const code = box.querySelector('pre');
const said = text => { this.textContent = text; };
const select = () => { getSelection().selectAllChildren(code); said('Selected: now press Ctrl+C'); };
navigator.clipboard ? navigator.clipboard.writeText(code.textContent).then(() => said('Copied'), select) : select();
"""

_BOX = "border:1px solid #8888;border-radius:4px;padding:8px 12px;margin:4px 0"


def code_html(source: str, why: str) -> str:
    """The code and one sentence why, as HTML: everything escaped, with a copy button."""
    script = html.escape(" ".join(_COPY.split()), quote=True)
    return (
        f'<div class="ftkit-code" style="{_BOX}"><p style="margin:0 0 6px">{html.escape(why)} '
        f'<button type="button" onclick="{script}">Copy</button></p>'
        f'<pre style="margin:0;white-space:pre-wrap;overflow-wrap:anywhere;word-break:normal">{html.escape(source)}</pre></div>'
    )


def show_code(source: str, why: str) -> None:
    """Display the code with a copy button; as plain text where there is no browser.

    Parameters
    ----------
    source
        The cell's code.
    why
        One sentence: why it is shown and not inserted.
    """
    from IPython.display import display

    display({"text/html": code_html(source, why), "text/plain": f"# {why}\n{source}"}, raw=True)
