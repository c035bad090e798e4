"""The code as a page shows it, before it is in the notebook."""

from __future__ import annotations

import re
from html import unescape

from ftkit.wizards.preview import highlighted

SOURCE = 'args = dict(\n    a=1,  # why\n\n    b="""two\nlines <b>""",\n)'


def test_the_code_is_all_there_line_by_line() -> None:
    shown = highlighted(SOURCE)
    assert unescape(re.sub(r"<[^>]+>", "", shown)) == f"{SOURCE}\n"
    assert shown.count("ftkit-code-line") == SOURCE.count("\n") + 1


def test_what_goes_on_of_a_long_line_is_set_in_further_than_the_line() -> None:
    shown = highlighted(SOURCE)
    assert re.findall(r"--ftkit-in:(\d+)ch", shown)[:2] == ["4", "8"]
