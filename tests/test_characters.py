"""No character of a page is lost, however odd its markup: what another parser sees is in the outline, accounted for."""

import random
from collections import Counter

import pytest
from lxml import etree

from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from parsers import parse, read_outline
from parsers.draft import texts_of_parts
from parsers.trial_page import read_draft
from registry.errors import PageError
from registry.record import Page
from tests.test_odd_markup import _page as details_page

_WORDS = "alpha beta Phase Status Type Source 12 =5 More Close Description Outcome oil".split()
_AROUND = (
    "p div span b i li td section h2 h4 label em blockquote summary legend figcaption a center dd dt nav form aside "
    "header footer button"
).split()
_FORMS = (
    "<table><tr><td>{}<td>{}<tr><th>{}<td>{}</table>",
    "<table><caption>{}</caption><thead><tr><th>{}</thead><tr><td colspan=2>{}<tfoot><tr><td>{}</table>",
    "<table><tr><td>{}<table><tr><td>{}<td>{}</table>{}</table>",
    "<table><tr><th rowspan=2>{}<td>{}<tr><td>{}</table>",
    "<ul><li>{}<li>{}</ul>",
    "<dl><dt>{}<dd>{}<dt>{}</dl>",
    "{}<br>{}",
    "<details><summary>{}</summary>{}</details>",
    "<div role=row><div>{}</div><div>{}</div></div>",
    "<div role=navigation>{}</div>",
    "<!-- Status -->{}",
    "<pre>{}\n{}</pre>",
    "{}<sup>2</sup>",
    "<template>{}</template>",
    "{}<wbr>{}<hr>{}",
    "<select><option>{}<option>{}</select>",
    "<a href='#x'>{}</a> <a href='#y'>Study Design</a>",
    "{} {}",
)
_SECTIONS = (
    "clinical_trial_summary recruitment_information__eligibility study_design intervention locations sponsors outcome "
    "see_also study_information country_where_clinical_trial_is_conducted related_conditions__mesh_terms references"
).split()


def _piece(dice: random.Random, depth: int = 0) -> str:
    if depth > 3 or dice.random() < 0.3:
        return " ".join(dice.choices(_WORDS, k=dice.randint(1, 3)))
    if dice.random() < 0.5:
        tag = dice.choice(_AROUND)
        return f"<{tag}>{_piece(dice, depth + 1)}</{tag}>"
    form = dice.choice(_FORMS)
    return form.format(*(_piece(dice, depth + 1) for _ in range(form.count("{}"))))


def _odd_page(seed: int) -> Page:
    """Return a page with odd markup in one of its sections."""
    dice = random.Random(seed)
    section = dice.choice(_SECTIONS)
    return Page(details_page(**{section: "".join(_piece(dice) for _ in range(dice.randint(1, 4)))}).encode())


def _seen_by_another(page: Page) -> Counter[str]:
    root = etree.HTML(page.body.decode())
    etree.strip_elements(root, etree.Comment, with_tail=False)
    return Counter("".join("".join(map(str, root.itertext())).split()))


@pytest.mark.parametrize("part", range(30))
def test_no_character_of_an_odd_page_is_lost(part: int) -> None:
    for seed in range(part * 20, part * 20 + 20):
        page = _odd_page(seed)
        _, outline = read_outline(page)
        lost = _seen_by_another(page) - Counter("".join(texts_of_parts(outline.parts)))
        assert set(lost) <= {":"}, f"seed {seed}"  # a label's colon may be left out


@pytest.mark.parametrize("part", range(15))
def test_what_an_odd_page_says_is_accounted_for(part: int) -> None:
    for seed in range(part * 20, part * 20 + 20):
        page = _odd_page(seed)
        _, outline = read_outline(page)
        try:
            draft = read_draft(outline, None)
        except PageError:
            continue
        assert draft.accounted == draft.content, f"seed {seed}"
        to_json_line(tidy(page, parse(page)))


def test_the_short_way_of_tables_is_the_long_way_on_odd_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [_odd_page(seed) for seed in range(300)]
    short = [read_outline(page)[1].parts for page in pages]
    monkeypatch.setattr("parsers.tree.plain_rows", lambda _: None)
    for seed, (page, parts) in enumerate(zip(pages, short, strict=True)):
        assert read_outline(page)[1].parts == parts, f"seed {seed}"
