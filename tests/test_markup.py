"""Any markup gives the same tables, and every character of a page is accounted for."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from parsers import parse, read_outline
from parsers.draft import part_characters, texts_of
from parsers.markup import read_html
from parsers.nodes import lines
from parsers.outline import Outline
from parsers.tree import read_tree
from registry.errors import PageError
from registry.record import Page, Record
from tests.cases import READ, page_of
from tests.pages import BASE, FAMILIES, Facts, as_text, render
from trials.practice.markup import details

_OF_THE_BYTES = {"body_sha256"}


def tables_of(html: str) -> dict[str, object]:
    page = Page(html.encode())
    tables: dict[str, object] = json.loads(to_json_line(tidy(page, parse(page))))
    for row in tables["pages"]:  # type: ignore[attr-defined]
        for name in _OF_THE_BYTES:
            row[name] = None
    return tables


@pytest.mark.parametrize("family", FAMILIES)
def test_families_give_the_same_tables(family: str) -> None:
    assert tables_of(render(BASE, FAMILIES[family])) == tables_of(render(BASE, FAMILIES["two-column-table"]))


_WORDS = st.sampled_from(
    "light lamp knee =5 ?scan 10^9/L (a) - N/A Status Phase: 2 < 7 & “odd” µg ±1 Outcome Type".split()
)
_TEXT = st.lists(_WORDS, min_size=2, max_size=9).map(" ".join)
_BLANK_OR_TEXT = st.one_of(st.just(""), _TEXT)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Facts with free texts of odd words; labels and headings among them, but never alone in a cell."""
    free = {
        "Other study ID #": draw(_BLANK_OR_TEXT),
        "First received": "",
        "Phase": draw(st.sampled_from(["", "N/A", "Phase 4"])),
    }
    administrative = [(label, free.get(label, value)) for label, value in BASE.administrative]
    outcomes = st.tuples(st.sampled_from(["Primary", "Secondary"]), _TEXT, _BLANK_OR_TEXT, _BLANK_OR_TEXT, st.just(""))
    locations = st.tuples(st.sampled_from(["China", "Korea, Republic of"]), _TEXT, _TEXT, _BLANK_OR_TEXT)
    return replace(
        BASE,
        administrative=administrative,
        summary=draw(_TEXT),
        description=draw(st.one_of(st.none(), _TEXT)),
        conditions=draw(st.lists(_TEXT, max_size=3)),
        locations=draw(st.lists(locations, max_size=4)),
        outcomes=draw(st.lists(outcomes, max_size=4)),
    )


@settings(max_examples=25, deadline=None)
@given(facts())
def test_any_facts_give_the_same_tables_in_every_family(said: Facts) -> None:
    first = tables_of(render(said, FAMILIES["two-column-table"]))
    for family in FAMILIES.values():
        assert tables_of(render(said, family)) == first


# --- accounting -------------------------------------------------------------------------------------------------


def _texts(outline: Outline) -> str:
    """All text of an outline in its order, white space left out."""
    texts = [text for part in outline.parts for text in (part.heading, *(t for b in part.blocks for t in texts_of(b)))]
    return "".join("".join(texts).split())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_outline_holds_every_character(family: str) -> None:
    html = render(BASE, FAMILIES[family])
    html = f"<html><body>{details(BASE, FAMILIES[family])}</body></html>"
    printed = "".join("".join(map(str, etree.HTML(html).itertext())).split())
    assert _texts(read_html(html)).replace(":", "") == printed.replace(":", "")  # a label's colon may be left out


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_claimed_and_left_make_up_the_content(case: object) -> None:
    page = page_of(case)  # type: ignore[arg-type]
    record = parse(page)
    _, outline = read_outline(page)
    left = record.content_characters - record.claimed_characters
    assert 0 <= left <= record.content_characters
    assert record.content_characters >= sum(map(part_characters, outline.parts[1:]))
    lost = {"unknown_label", "unknown_section", "unknown_column", "unclaimed_text", "repeated_label"}
    said = [problem for problem in record.problems if problem.code in lost or problem.table == "sponsors"]
    assert (left > 0) == bool(said)


# --- any bytes --------------------------------------------------------------------------------------------------


def _read_or_refuse(body: bytes) -> Record | None:
    try:
        return parse(Page(body))
    except PageError as error:
        assert str(error)
        return None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_give_a_record_or_a_refusal(body: bytes) -> None:
    _read_or_refuse(body)
    _read_or_refuse(b"<html>" + body + b"</html>")


@pytest.mark.parametrize("family", FAMILIES)
def test_mutations_of_a_page_give_tables_or_a_refusal(family: str) -> None:
    html = render(BASE, FAMILIES[family])
    dice = random.Random(family)
    for _ in range(30):
        body = bytearray(html.encode())
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(body))
            end = min(len(body), start + dice.randrange(400))
            piece = body[start:end]
            action = dice.choice(("cut", "double", "move", "flip"))
            if action == "flip":
                body[start] = dice.randrange(256)
            else:
                del body[start : end if action != "double" else start]
                at = dice.randrange(len(body) + 1)
                body[at:at] = piece if action != "cut" else b""
        page = Page(bytes(body))
        if record := _read_or_refuse(page.body):
            to_json_line(tidy(page, record))


@pytest.mark.parametrize("part", range(1, 40))
def test_a_page_cut_anywhere_is_refused(part: int) -> None:
    html = render(BASE, FAMILIES["two-column-table"]).rstrip()
    with pytest.raises(PageError):
        parse(Page(html[: len(html) * part // 40].encode()))


@pytest.mark.parametrize("part", range(4, 40, 3))
def test_a_text_cut_anywhere_is_read_as_far_as_it_goes(part: int) -> None:
    text = as_text(BASE)
    record = parse(Page(text[: len(text) * part // 40].encode()))
    assert record.nct_id == BASE.nct_id
    assert not record.complete


# --- small things -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>10<sup>9</sup>/L</p>", "10^9/L"),
        ("<p>10<sup>-3</sup></p>", "10^-3"),
        ("<p>m<sup>2</sup> and H<sub>2</sub>O</p>", "m2 and H2O"),
        ("<p>Lamp<sup>a</sup> 2<sup>nd</sup></p>", "Lampa 2nd"),
        ("<p>one<br>two</p><p>three</p>", "one|two|three"),
        ("<p>a <b>b</b> c<!-- no -->d</p>", "a b cd"),
        ("<pre>a\n b</pre>", "a|b"),
        ("<ul><li>x<li>y</ul>", "x|y"),
        ("<div>a&nbsp;b&#173;c</div>", "a\u00a0b\u00adc"),
    ],
)
def test_text_rules(html: str, text: str) -> None:
    assert "|".join(lines([read_tree(f"<html><body>{html}</body></html>").root])) == text
