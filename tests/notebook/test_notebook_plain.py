"""Code to copy is text, never markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from ftkit.notebook.plain import code_html


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"), min_size=1)


@given(TEXT | st.just("</pre><script>alert(1)</script>"), TEXT | st.just("<img src=x onerror=alert(1)>"))
def test_code_and_reason_are_escaped(source, why):
    page = Page()
    page.feed(code_html(source, why))
    page.close()
    assert page.tags == ["div", "p", "button", "pre"]
    assert page.texts == [f"{why} ", "Copy", source]
