"""Program code within a text, however it is marked: what stands there is meant as it is."""

import re

_MARKED = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]+`|<code>.*?</code>|<pre>.*?</pre>", re.DOTALL
)


def without_code(text: str) -> str:
    """The text with a space in the place of each piece of marked code."""
    return _MARKED.sub(" ", text)
