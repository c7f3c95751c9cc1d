"""Bytes → text by the written rule, and text that was damaged on its way: marked, never repaired."""

from collections import Counter
from html import unescape

import pytest

from normalizers.dataset import to_json_line
from normalizers.loss import lossy_marks
from normalizers.tidy import tidy
from parsers import parse
from parsers.decode import decode
from registry.record import Page
from registry.tables import TableRows
from tests.pages import BASE, FAMILIES, render

_RUSSIAN = "<p>Исследование лечения боли в суставах у пожилых пациентов</p>"
_JAPANESE = (
    "<html><p>関節痛の治療に関する臨床試験です。夜の光は膝の痛みを和らげますか。参加者は毎晩一時間、二つのランプのうち一つの"
    "下で本を読みます。</p><p>年齢は十八歳以上で、三か月を超える膝の痛みがあること。ほかの治療を受けていないこと。</p></html>"
)
_CONFLICTS = {
    "a mark outranks the header": (b"\xef\xbb\xbf\xc2\xb5", "text/html; charset=windows-1252", "µ", "bom"),
    "UTF-16 with a mark": ("\ufeffµ".encode("utf-16-le"), "text/html; charset=utf-8", "µ", "bom"),
    "UTF-16 that the header names": ("µ".encode("utf-16-be"), "text/html; charset=utf-16be", "µ", "http"),
    "UTF-16 without a mark is no UTF-16": ("µa".encode("utf-16-le"), "", "µ\x00a\x00", "fallback"),
    "the header outranks meta": (b'<meta charset="windows-1252">\xc2\xb5', "text/html; charset=UTF-8", "µ", "http"),
    "meta where the header is silent": (b'<meta charset="windows-1251">\xec', "text/html", "м", "meta"),
    "iso-8859-1 means windows-1252": (b"\x93\xb5\x94", "text/html; charset=iso-8859-1", "“µ”", "http"),
    "a stale meta that does not fit": (b"<meta charset=utf-8>\xb5 \xb1 \xe9", "", "µ ± é", "fallback"),
    "meta cannot name UTF-16": (b'<meta charset="utf-16">\xc2\xb5', "", "µ", "meta"),
    "an unknown label is passed over": (b"\xc2\xb5", "text/html; charset=x-none", "µ", "utf-8"),
    "no codec of Python's own": (b"\xc2\xb5", "text/html; charset=punycode", "µ", "utf-8"),
    "odd case and quotes": (b"\xc2\xb5", "text/html; Charset = 'UtF-8'", "µ", "http"),
    "meta behind 1,024 bytes": (b" " * 1100 + b"<meta charset=windows-1251>\xc2\xb5", "", "µ", "utf-8"),
    "nothing fits": (b"5 \xb5g \xb1 1", "", "5 µg ± 1", "fallback"),
}


@pytest.mark.parametrize("conflict", _CONFLICTS)
def test_conflicts_of_charsets(conflict: str) -> None:
    body, content_type, text, source = _CONFLICTS[conflict]
    decoded = decode(body, content_type)
    assert decoded.text.endswith(text)
    assert decoded.source == source


@pytest.mark.parametrize(
    ("body", "content_type", "charset", "source"),
    [
        (b"\xb5", "text/html; charset=utf-8", "windows-1252", "fallback"),
        (b'<meta http-equiv=Content-Type content="text/html; charset=utf-8">\xc2\xb5', "", "utf-8", "meta"),
        ("Größe µ".encode()[:-1], "", "utf-8", "utf-8"),
        ("Größe µ".encode() + b"\xff", "text/html; charset=utf-8", "utf-8", "http"),
    ],
)
def test_damaged_bytes(body: bytes, content_type: str, charset: str, source: str) -> None:
    decoded = decode(body, content_type)
    assert (decoded.charset, decoded.source) == (charset, source)


@pytest.mark.parametrize(("text", "charset"), [(_JAPANESE, "cp932")])
def test_a_second_opinion_where_windows_1252_lacks_the_bytes(text: str, charset: str) -> None:
    decoded = decode(text.encode(charset))
    assert (decoded.text, decoded.source) == (text, "dammit")


def test_no_second_opinion_where_windows_1252_fits_or_a_byte_is_damaged() -> None:
    assert decode(_RUSSIAN.replace("с", "").encode("cp1251")).source == "fallback"
    assert decode(b"\x81\xb5").source == "fallback"


# --- damaged text -----------------------------------------------------------------------------------------------

_DAMAGED = {
    "cafÃ© au lait": (3, "UTF-8"),
    "the patientâ€™s knee": (11, "UTF-8"),
    "5 Â µg": (2, "UTF-8"),
    "5 Âµg": (2, "UTF-8"),
    "5 Î¼g": (2, "UTF-8"),
    "smile ðŸ˜€": (6, "UTF-8"),
    "a\x00b": (1, "control"),
    "a\x1b[31mb": (1, "control"),
    "a\x85b": (1, "Windows-1252"),
    "a\ufffdb": (1, "any character"),
    "a" + chr(0xD800) + "b": (1, "half of a pair"),
    "a\u202eb": (1, "direction"),
}


@pytest.mark.parametrize("text", _DAMAGED)
def test_damaged_text_is_marked_once_with_place_and_kind(text: str) -> None:
    (mark,) = lossy_marks(text)
    start, kind = _DAMAGED[text]
    assert mark.start == start
    assert kind in mark.was


@pytest.mark.parametrize(
    "text",
    ["5 µg ± 1 × 2 m² or m³ at 37 °C", "NÃO, Ânge, SÃO PAULO", "CAFÉ® “Élan”", "voilà\u00a0», été…", "naïve 日本"],
)
def test_whole_text_is_not_marked(text: str) -> None:
    assert lossy_marks(text) == []


def test_a_text_too_long_for_patterns_is_marked_to_its_end() -> None:
    text = "word " * 60_000 + "Age =18"
    (mark,) = lossy_marks(text)
    assert text[mark.start : mark.end] == "="


# --- odd characters in every field ------------------------------------------------------------------------------

_C0 = [chr(code) for code in (*range(1, 9), *range(14, 28), 127)]
_ODD = {
    "&#0;": 1, "&#xD800;": 1, "&#xDFFF;": 1, "\ufffd": 1, "\u202e": 1, "\u2066": 1, "\u200f": 1, "&#x202D;": 1,
    "\u200b": 0, "\u2060": 0, "\u00ad": 0, "e\u0301": 0, "A\u030a": 0, "&#x85;": 0, "\x85": 0, "\u0091": 1,
    "\x00": 1, **dict.fromkeys(_C0, 1),
}  # fmt: skip
"""Markup → marks in a text; U+0085 is white space."""


@pytest.mark.parametrize("odd", _ODD, ids=ascii)
def test_odd_characters_in_every_field(odd: str) -> None:
    """Every row stays, every text but for the odd character, and each that is damaged is marked once in its field."""
    html = render(BASE, FAMILIES["two-column-table"])
    tables, plain = (_tables(text) for text in (_with_odd(html, odd), html))
    to_json_line(tables).encode("utf-8")
    assert {name: len(rows) for name, rows in tables.items() if name != "problems"} == {
        name: len(rows) for name, rows in plain.items() if name != "problems"
    }
    for table, column in _FIELDS:
        for row, other in zip(tables[table], plain[table], strict=True):
            assert _bare(row[column], odd) == _bare(other[column], odd), (table, column)
    marks = Counter((row["table"], row["column"]) for row in tables["problems"] if row["code"] == "lossy_text")
    marks.subtract((row["table"], row["column"]) for row in plain["problems"] if row["code"] == "lossy_text")
    assert {field: marks[field] for field in _FIELDS} == dict.fromkeys(_FIELDS, _ODD[odd])


_WORDS = {  # field → words of the page that stand in it once
    ("brief_summaries", "description"): "stiff knees",
    ("detailed_descriptions", "description"): "People read",
    ("interventions", "name"): "vitamin tablet",
    ("conditions", "name"): "Osteoarthritis, Knee",
    ("facilities", "name"): "Lantern Clinic",
    ("design_outcomes", "measure"): "Pain on a scale",
    ("design_outcomes", "description"): "Asked by telephone",
    ("study_references", "citation"): "Evening light. 2020",
    ("related_studies", "title"): "Morning light",
    ("eligibilities", "criteria"): "Knee pain",
}
_FIELDS = list(_WORDS)


def _with_odd(html: str, odd: str) -> str:
    for words in _WORDS.values():
        assert html.count(words) == 1, words
        html = html.replace(words, words.replace(" ", f"{odd} ", 1))
    return html


def _tables(html: str) -> TableRows:
    page = Page(html.encode())
    return tidy(page, parse(page))


def _bare(text: object, odd: str) -> str:
    """Return the letters and digits of a text without those of an odd character."""
    return "".join(char for char in str(text).replace(unescape(odd), "") if char.isalnum())
