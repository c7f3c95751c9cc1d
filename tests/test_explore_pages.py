"""The explorer in a real browser: looked at, searched, followed, plotted, on a narrow screen, with hostile texts."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from registry.tables import Type
from tests.browser import Tab
from tests.builds import trials
from tests.explored import HOSTILE, change, explored, hostile_tables
from trials.explore.looks import SHOWN
from trials.explore.metadata import TRIALS
from trials.explore.questions import QUESTIONS

TRIAL = "NCT00000001"
PAGES = {
    "first page": "/trials",
    "list of trials": TRIALS,
    "search": f"{TRIALS}&_search=lamp",
    "search without an answer": f"{TRIALS}&_search=nowhere",
    "table": "/trials/problems?_facet=label",
    "table with filters": "/trials/studies?overall_status=RECRUITING&enrollment__gt=5&_sort=enrollment",
    "row": f"/trials/studies/{TRIAL}",
    "trial": f"/trial/{TRIAL}",
    "trial that is not here": "/trial/NCT07777777",
    "question": "/trials/overdue?day=2030-01-01",
    "question with a plot": f"/trials/by_country#{next(each.plot for each in QUESTIONS if each.name == 'by_country')}",
    "question without an answer": "/trials/conflicts",
}
NARROW = 390  # pixels: a telephone


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    tables = trials(60)
    for row in tables["studies"][30:]:
        row.update(overall_status="COMPLETED", overall_status_text="Completed")
    tables["studies"][0].update(brief_title="The only lantern of its kind")
    tables["related_studies"][0].update(related_nct_id="NCT00000002", title="Another lamp")
    tables["related_studies"][1].update(related_nct_id="NCT07777777")
    tables["changes"] = [change(TRIAL, "overall_status", "RECRUITING", "COMPLETED")]
    with explored(tmp_path_factory.mktemp("pages"), tables) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_each_page(tab: Tab, base: str, name: str, scheme: str) -> None:
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.goto(base + PAGES[name])
    if "plot" in name:
        tab.page.locator("canvas, svg.marks").first.wait_for()
    assert tab.violations() == []


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_screen_scrolls_no_page_sideways(tab: Tab, base: str, name: str) -> None:
    tab.page.set_viewport_size({"width": NARROW, "height": 800})
    tab.page.goto(base + PAGES[name])
    if "plot" in name:
        tab.page.locator("canvas, svg.marks").first.wait_for()
    assert tab.page.evaluate("document.documentElement.scrollWidth") == NARROW
    assert tab.violations() == []


def test_a_search_a_count_a_trial_and_another_one(tab: Tab, base: str) -> None:
    page = tab.page
    page.goto(base)
    expect(page).to_have_url(re.compile("/trials$"))
    page.get_by_label(re.compile("^Words of titles")).fill("warm lamp")
    page.get_by_role("main").get_by_role("button", name="Find trials").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("60 rows")
    page.get_by_role("link", name="RECRUITING", exact=True).click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("30 rows")
    page.get_by_role("link", name=TRIAL).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The only lantern of its kind")
    see_also = page.get_by_role("region", name="Trials that this one names")
    see_also.get_by_role("link", name="NCT00000002").click()
    expect(page).to_have_url(re.compile("/trial/NCT00000002$"))
    named_by = page.get_by_role("region", name="Trials that name this one")
    expect(named_by.get_by_role("link", name=TRIAL)).to_be_visible()


def test_the_head_of_each_page_finds_a_trial_by_its_id(tab: Tab, base: str) -> None:
    tab.page.goto(f"{base}/trials/overdue")
    tab.page.get_by_label("Find trials").fill("nct 0000 0007")
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_url(re.compile("/trial/NCT00000007$"))


def test_filters_sort_and_pages_of_a_table(tab: Tab, base: str) -> None:
    page = tab.page
    page.goto(f"{base}/trials/facilities")
    page.get_by_label("Column").select_option("country_code")
    page.get_by_label("Value", exact=True).fill("KR")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text('60 rows where country_code = "KR"')
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.get_by_text("What the columns mean").click()
    expect(page.get_by_text("Country as printed")).to_be_visible()
    page.get_by_role("link", name="Count the values of city").click()
    expect(page.get_by_role("region", name="Rows by city")).to_contain_text("Seoul 60")


def test_a_question_with_a_parameter(tab: Tab, base: str) -> None:
    page = tab.page
    page.goto(f"{base}/trials")
    page.get_by_role("link", name="Which columns are poor?").click()
    page.get_by_label("table").fill("studies")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("tbody tr").first).to_contain_text("studies")
    expect(page.locator("tbody")).not_to_contain_text("facilities")


_COLOURED = """() => { const c = document.querySelector('.vega-embed canvas');
const d = c ? c.getContext('2d').getImageData(0, 0, c.width, c.height).data : []; let n = 0;
for (let i = 0; i < d.length; i += 4) if (d[i + 3] && Math.min(d[i], d[i + 1], d[i + 2]) < 200) n++;
return n > 1000; }"""
"""Whether a thousand points of a plot have a colour."""


def test_a_question_shows_its_plot_at_once(tab: Tab, base: str) -> None:
    tab.page.goto(f"{base}/trials")
    tab.page.get_by_role("link", name="In which countries are the trials?").click()
    tab.page.wait_for_function(_COLOURED)


def test_rows_of_a_table_are_plotted(tab: Tab, base: str) -> None:
    tab.page.goto(f"{base}/trials/studies?_col=overall_status&_col=enrollment")
    tab.page.get_by_role("button", name="Show charting options").click()
    tab.page.get_by_text("Bar", exact=True).click()
    tab.page.locator("select[name=x_column]").select_option("overall_status")
    tab.page.locator("select[name=y_column]").select_option("enrollment")
    tab.page.wait_for_function(_COLOURED)


# --- hostile texts ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with explored(tmp_path_factory.mktemp("hostile"), hostile_tables()) as address:
        yield address


def _hostile_pages() -> Iterator[str]:
    for number in range(1, len(HOSTILE) + 1):
        yield f"/trial/NCT{number:08}"
        yield f"/trials/studies/NCT{number:08}"
        yield f"/trials/facilities/NCT{number:08},1"
        yield f"/trials/problems/{number}"
    for table in SHOWN:
        columns = [column.name for column in table.columns if column.type is Type.TEXT]
        yield f"/trials/{table.name}?" + "&".join(f"_facet={name}" for name in columns)
    for question in QUESTIONS:
        yield f"/trials/{question.name}"
    for text in HOSTILE:
        for name in ("_search", "brief_title", "brief_title__contains"):
            yield f"/trials/studies?{name}={quote(text[:500])}"
        yield f"/find?q={quote(text[:500])}"
        yield f"/trials/by_mesh_term?term={quote(text[:500])}"


def test_hostile_texts_do_nothing(tab: Tab, hostile: str) -> None:
    tab.page.set_viewport_size({"width": NARROW, "height": 800})
    for path in _hostile_pages():
        tab.page.goto(hostile + path)
        assert tab.page.evaluate("window.bad") is None, path
        assert tab.page.locator("main img, main svg, main iframe, main script, main [onmouseover]").count() == 0, path
        schemes = set(tab.page.evaluate("[...document.links].map(link => link.protocol)"))
        assert schemes <= {"http:", "https:"}, path
        assert tab.page.evaluate("document.documentElement.scrollWidth") == NARROW, path


def test_text_that_steers_is_shown_as_escapes(tab: Tab, hostile: str) -> None:
    for path in ("/trial/NCT00000006", "/trials/conditions", "/trials/studies/NCT00000006", "/trials/by_mesh_term"):
        tab.page.goto(hostile + path)
        shown = tab.page.locator("main").inner_text()
        assert "\\u202eesrever\\u2066 \\u200bnothing\\x1b[2J\\x07" in shown, path
        assert not re.search("[\u202e\u2066\u200b\x1b\x07]", shown), path


def test_a_plot_of_hostile_texts(tab: Tab, hostile: str) -> None:
    plot = "#g.mark=bar&g.x_column=name&g.x_type=ordinal&g.y_column=ordinal&g.y_type=quantitative&g.color_column=name"
    tab.page.goto(f"{hostile}/trials/conditions?_col=name&_col=ordinal{plot}")
    tab.page.locator(".vega-embed canvas").wait_for()
    tab.page.locator(".vega-embed canvas").hover()
    assert tab.page.evaluate("window.bad") is None


def test_other_sites_cannot_show_it_in_a_frame(chromium: Browser, base: str, tmp_path: Path) -> None:
    (tmp_path / "frame.html").write_text(f'<iframe src="{base}/trials"></iframe>', encoding="utf-8")
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto((tmp_path / "frame.html").as_uri())
        assert "Questions" not in page.frames[1].content()
