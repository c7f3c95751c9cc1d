"""Any markup gives the same tables, and every character of a page is accounted for."""

import json
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from parsers import parse, read_outline
from parsers.draft import Claim, Draft, Leftover, texts_of_parts
from parsers.markup import read_html
from parsers.nodes import lines
from parsers.outline import Block, Boilerplate, Outline, Paragraph, Part
from parsers.texts import characters
from parsers.tree import read_tree
from parsers.trial_page import read_draft
from registry.errors import PageError
from registry.labels import LOCATIONS, SUMMARY, TITLE_BLOCK
from registry.record import Page, Problem, Record
from tests.cases import READ, page_of
from tests.pages import BASE, FAMILIES, Facts, as_bars, as_text, render
from tests.test_odd_markup import _page as details_page
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


_HTML_FIXTURES = [case for case in READ if page_of(case).body.lstrip().startswith(b"<")]


@pytest.mark.parametrize("page", [*FAMILIES, *_HTML_FIXTURES], ids=lambda each: getattr(each, "name", each))
def test_plain_tables_are_read_as_any_table(page: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short way of reading a table gives what the long way gives."""
    html = render(BASE, FAMILIES[page]).encode() if isinstance(page, str) else page_of(page).body  # type: ignore[arg-type]
    short = parse(Page(html))
    monkeypatch.setattr("parsers.tree.plain_rows", lambda _: None)
    assert parse(Page(html)) == short


# --- accounting -------------------------------------------------------------------------------------------------


def _texts(outline: Outline, *, skip_beginning: bool = False) -> str:
    """All text of an outline in its order, white space left out."""
    return "".join("".join(texts_of_parts(outline.parts[skip_beginning:])).split())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_outline_holds_every_character(family: str) -> None:
    html = render(BASE, FAMILIES[family])
    html = f"<html><body>{details(BASE, FAMILIES[family])}</body></html>"
    printed = "".join("".join(map(str, etree.HTML(html).itertext())).split())
    assert _texts(read_html(html)).replace(":", "") == printed.replace(":", "")  # a label's colon may be left out


def _account(body: bytes, url: str | None = None) -> Draft:
    return _account_of(read_outline(Page(body, url))[1], url)


def _account_of(outline: Outline, url: str | None = None) -> Draft:
    """Check that claimed and left over are the content: the same characters, each once."""
    content = Counter(_texts(outline, skip_beginning=True))
    draft = read_draft(outline, url)
    beginning = draft.content - content.total()  # what was taken before the first heading
    accounted = [text for entry in draft.ledger if not isinstance(entry, Problem) for text in entry.texts]
    ours = Counter("".join("".join(accounted).split()))
    assert ours.total() == draft.content
    assert (ours - content).total() == beginning
    assert not content - ours
    assert draft.claimed == draft.content - sum(
        characters(text) for entry in draft.ledger if isinstance(entry, Leftover) for text in entry.texts
    )
    return draft


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_claimed_and_left_make_up_the_content(case: Path) -> None:
    page = page_of(case)
    draft = _account(page.body, page.url)
    record = parse(page)
    assert (record.content_characters, record.claimed_characters) == (draft.content, draft.claimed)
    assert (draft.claimed < draft.content) == any(isinstance(entry, Leftover) for entry in draft.ledger)


@pytest.mark.parametrize(
    "sections",
    [
        {"locations": "<table><tr><th>Country<th>Name<th>Zip<th>Zip<tr><td>Norway<td>Home<td>3<td>4<td>5</table>"},
        {"locations": "<dl><dt>Name<dd>Clinic<dt>Zip<dd>12</dl>"},
        {"study_design": "<p>Allocation: Randomized; Masking: , Double;; Moon phase: waning</p>"},
        {"study_design": "<dl><dt>Allocation<dd>Randomized, Masking: Double,<dt>Masking<dd>None</dl>"},
        {"administrative_data": "<dl><dt>NCT number<dd>See NCT09990001!<dt>Phase<dd>Phase 2<dt>Phase<dd>N/A</dl>"},
        {"see_also": "<form>Search</form><table><tr><th>Status<th>Clinical Trial<tr><td>Completed</table>"},
        {"intervention": "<p>Drug:<br>oil</p><table><tr><th>Type<th>Name<tr><td>Drug<td>oil</table>"},
        {"sponsors": "<p>Acme</p><p>Acme Foundation</p><form>Search</form>"},
    ],
)
def test_claimed_and_left_make_up_the_content_of_odd_sections(sections: dict[str, str]) -> None:
    _account(details_page(**sections).encode())


@pytest.mark.parametrize("name", [SUMMARY, LOCATIONS, None])
def test_boilerplate_is_claimed_by_its_rule(name: str | None) -> None:
    blocks: list[Block] = [Paragraph("Sum."), Boilerplate("button", "Back to top")]
    draft = _account_of(Outline([Part(TITLE_BLOCK, ""), Part(name, "A heading", blocks)]))
    assert Claim("button", ("Back to top",)) in draft.ledger


def test_a_form_in_a_block_of_labels_without_a_heading_is_left_over() -> None:
    labels = "<dl><dt>NCT number<dd>NCT09990001<dt>Phase<dd>N/A</dl><form>Search</form><dl><dt>Source<dd>Acme</dl>"
    draft = _account(f"<html><body><h2>Clinical Trial Summary</h2><p>Sum.</p>{labels}</body></html>".encode())
    assert [entry.texts for entry in draft.ledger if isinstance(entry, Leftover)] == [("Search",)]


@settings(max_examples=25, deadline=None)
@given(facts())
def test_claimed_and_left_make_up_the_content_of_any_facts(said: Facts) -> None:
    for family in FAMILIES.values():
        _account(render(said, family).encode())
    for text in (as_text(said), as_bars(said), as_bars(said, wrap=60), as_bars(said, own_lines=True)):
        _account(text.encode())


@settings(max_examples=60, deadline=None)
@given(facts(), st.sampled_from(sorted(FAMILIES)), st.integers(0, 10**6), st.integers(0, 400))
def test_claimed_and_left_make_up_the_content_of_damaged_pages(said: Facts, family: str, at: int, length: int) -> None:
    for printed in (render(said, FAMILIES[family]), as_text(said), as_bars(said)):
        start = at % len(printed)
        with suppress(PageError):
            _account(f"{printed[:start]}{printed[start + length :]}".encode())


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


_CUTS = 200


@pytest.mark.parametrize("family", FAMILIES)
def test_a_page_cut_anywhere_is_refused(family: str) -> None:
    html = render(BASE, FAMILIES[family]).rstrip().encode()
    for part in range(1, _CUTS):
        with pytest.raises(PageError):
            parse(Page(html[: len(html) * part // _CUTS]))


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
