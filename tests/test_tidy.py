"""What tidy does for speed gives what the plain way gives."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.hrefs import absolute_link
from normalizers.stored import are_printed, printed
from normalizers.tidy import _complete
from registry.tables import table
from registry.wording import INVISIBLE

_PIECES = (
    "http:// https:// // / . .. ? # ; : @ example.org EXAMPLE.org a-b NCT01234567 details %20 ~ ö [ :80 x=1".split()
)
_links = st.lists(st.sampled_from([*_PIECES, " ", "\t"]), max_size=8).map("".join)
_bases = st.sampled_from(
    ["", "https://example.org/a/NCT01234567/details", "http://example.org:80", "https://EXAMPLE.org/", "/a/b", "file:///a",
     "https://user@example.org/a", "https://example.org?x=1"]
)  # fmt: skip


def _as_urllib_says(base: str, target: str) -> str | None:
    target = target.strip()
    if not target or target.startswith("#"):
        return None
    try:
        absolute = urljoin(base, target)
        parts = urlsplit(absolute)
    except ValueError:
        return None
    return absolute if parts.scheme in ("http", "https") and parts.netloc else None


@given(_bases, _links)
def test_links_are_those_of_urllib(base: str, target: str) -> None:
    assert absolute_link(base, target) == _as_urllib_says(base, target)


@pytest.mark.parametrize(
    ("target", "link"),
    [
        ("/a/NCT01234567/details", "https://example.org/a/NCT01234567/details"),
        ("https://example.net/a/", "https://example.net/a/"),
        ("../b", "https://example.org/b"),
        ("//example.net/a", "https://example.net/a"),
        ("#top", None),
        ("mailto:a@example.org", None),
        (None, None),
    ],
)
def test_links(target: str | None, link: str | None) -> None:
    assert absolute_link("https://example.org/a/x", target) == link


_spaced = st.text(alphabet=st.sampled_from(" \t\n\r\u00a0\u2003\u00ad\u200b\ufeffab.é"), max_size=20)


@given(_spaced)
def test_a_text_is_printed_line_by_line(text: str) -> None:
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    seen = INVISIBLE.sub("", text).strip()
    assert printed(text) == ("\n".join(lines).strip("\n") if seen else "")


@given(st.lists(st.one_of(_spaced, st.sampled_from(["", "a", "a b", "a\nb", "é"])), max_size=4))
def test_texts_are_printed_together_only_if_each_is(texts: list[str]) -> None:
    if are_printed(texts):
        assert list(map(printed, texts)) == texts


def test_texts_of_most_pages_are_printed() -> None:
    assert are_printed(["Ada Example", "", "two\nlines", "é, µ"])
    assert not are_printed(["a", "b "])


def test_a_row_has_every_column_in_order() -> None:
    row = _complete("countries", {"country_code": "NO", "nct_id": "NCT01234567", "ordinal": 1})
    assert list(row.items()) == [("nct_id", "NCT01234567"), ("ordinal", 1), ("name", None), ("country_code", "NO")]
    assert list(_complete("studies", {})) == [column.name for column in table("studies").columns]


def test_a_column_that_the_table_lacks_is_an_error() -> None:
    with pytest.raises(KeyError, match="countries has no column 'nmae'"):
        _complete("countries", {"nmae": "Norway"})
