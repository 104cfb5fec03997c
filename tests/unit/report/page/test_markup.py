"""Every text is escaped, however it comes."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader.core.errors import Broken
from trader.core.text import printable
from trader.report.page.markup import Markup, element, joined


class Read(HTMLParser):
    """What a reader of HTML finds: tags, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_text_and_an_attribute_come_back_as_they_went_in(words: str, value: str) -> None:
    read = Read(element("td", words, title=value))
    assert read.tags == [("td", {"title": printable(value)})]
    assert read.words == printable(words)


def test_markup_stays_and_plain_strings_are_escaped() -> None:
    assert joined((element("b", "x"), "<b>")) == "<b>x</b>&lt;b&gt;"
    assert element("p", Markup("<i>y</i>"), class_="small") == '<p class="small"><i>y</i></p>'


def test_attributes_that_are_none_are_left_out_and_names_are_html() -> None:
    assert element("a", "x", class_=None, aria_label="a & b", tabindex="0") == (
        '<a aria-label="a &amp; b" tabindex="0">x</a>'
    )
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert element("rect", x="1") == '<rect x="1"/>'


@pytest.mark.parametrize("name", ["onclick", "onerror", "style"])
def test_inline_code_is_refused(name: str) -> None:
    with pytest.raises(Broken, match=name):
        element("p", **{name: "x"})
