"""The morning report in a browser, from disk, with no network: it reads, leads, prints, and holds no trap."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser import Tab
from tests.builds import published, trials
from trials.morning.report import morning_report
from trials.report import Report, write_report

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
TRAP = "<script>owned=1</script><img src=x onerror=owned=1>\"'><svg onload=owned=1>\x1b[31m\u202e{{ 7*7 }}</style>&amp;"
LONG = "Long" * 5000
REACHED = " write to a.b@example.org or call +49 30 450 50"
LINKS = (
    f"javascript:owned=1//{quote(TRAP)}",
    "http://elsewhere.example/",
    'https://inclinicaltrials.com/a" onclick=owned=1',
)


def night(**more: object) -> dict[str, object]:
    said: dict[str, object] = {
        "program": "0", "run": "trials-20261129T030000Z-abcdef", "site": "https://inclinicaltrials.com",
        "started_at": "2026-11-29T03:00:00Z", "ended_at": "2026-11-29T05:00:00Z", "exit_code": 0, "ended": "done",
        "sentence": "A night.", "problems": {"lossy_text": 3}, "seconds": {"fetching": 7000.0},
        "manners": {"requests": 3, "answers_by_status": {"200": 1, "404": 2}, "delay_seconds": 2},
    }  # fmt: skip
    return said | more


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose every text is a trap, with a night that went well."""
    folder = tmp_path_factory.mktemp("trap")
    tables = trials(4, overall_status="RECRUITING", completion_latest=date(2020, 1, 1))
    for row, url in zip(tables["studies"], (*LINKS, None), strict=True):
        row |= dict.fromkeys(
            ("brief_title", "official_title", "seen_title", "overall_status_text"), TRAP + REACHED + LONG
        )
        row |= {"last_seen_at": datetime(2026, 11, 29, 4), "first_seen_at": datetime(2026, 11, 29, 4), "url": url}
    for place, (old, new) in enumerate((("RECRUITING", "WITHDRAWN"), (TRAP, None))):
        row = {"table": "studies", "column": "overall_status", "ordinal": None, "old": old, "new": new}
        at = {"seen_at": datetime(2026, 11, 29, 4), "url": LINKS[place]}
        tables["changes"].append({"nct_id": f"NCT0000000{place + 1}", **row, **at})
    for row in tables["countries"]:
        row["name"] = TRAP
    build = published(folder, tables)
    ids = [f"NCT0000000{number}" for number in (1, 2, 3, 4)]
    all_of_them = {"count": 4, "nct_ids": ids}
    data = {
        "build": build.folder.name, "published": True, "before": None, "trials": 4, "pages_read": 4,
        "damaged_records": 0, "new": all_of_them, "changed": all_of_them, "gone": all_of_them,
    }  # fmt: skip
    missing = [{"nct_id": ids[0], "kind": "details", "state": "failed", "reason": TRAP}]
    unknown = [{"code": "unknown_label", "about": TRAP, "text": TRAP, "pages": 1, "nct_id": ids[0], "url": LINKS[0]}]
    pages = {"expected": 5, "got": 4, "by_state": {"fetched": 4}, "by_reason": {TRAP: 5}, "not_got": missing}
    odd = {"lossy_text": 3, "p" * 300: 1}
    told = night(
        dataset=data, problems=odd, pages=pages, unknown=unknown, sentence=TRAP, failed_gates=[TRAP], alarm=TRAP
    )
    write_report(Report.model_validate(told), folder)
    return folder


@pytest.fixture
def page(store: Path, tmp_path: Path) -> str:
    """The address of the page on disk, alone in its folder."""
    path = tmp_path / "report.html"
    path.write_text(morning_report(store, 30, NOW), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_accessible_and_no_wider_than_the_screen(tab: Tab, page: str, scheme: str, width: int) -> None:
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.set_viewport_size({"width": width, "height": 800})
    tab.page.goto(page)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    for each in tab.page.locator("summary").all():
        each.click()
    assert tab.violations() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_loads_nothing_works_offline_and_runs_no_script(tab: Tab, page: str) -> None:
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.context.set_offline(True)
    tab.page.goto(page)
    assert asked == [page]
    assert tab.page.locator("script, link, iframe, img, object, [onclick], [onerror], [onload]").count() == 0
    assert tab.page.locator("svg[role=img]").count() >= 8


def test_traps_are_text(tab: Tab, page: str) -> None:
    tab.page.goto(page)
    assert tab.page.evaluate("typeof owned") == "undefined"
    said = tab.page.locator("body").inner_text()
    assert "<script>owned=1</script><img src=x onerror=owned=1>" in said and "{{ 7*7 }}" in said
    assert "a.b@example.org" not in said and "450 50" not in said and "[email] or [phone]" in said
    assert "\x1b" not in said and "\u202e" not in said
    addresses = tab.page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    assert all(address.startswith(("#", "https://inclinicaltrials.com/")) for address in addresses)


def test_its_policy_stops_a_script_that_would_get_in(tab: Tab, page: str) -> None:
    tab.page.goto(page)
    tab.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'owned = 1'}))")
    assert tab.page.evaluate("typeof owned") == "undefined"
    assert [error for error in tab.errors if "Content Security Policy" in error]
    tab.errors.clear()


def test_a_number_shows_its_command_where_the_reader_is(tab: Tab, page: str) -> None:
    tab.page.goto(page)
    number = tab.page.locator("#overdue-trials a.n").first
    number.scroll_into_view_if_needed()
    before = tab.page.evaluate("scrollY")
    number.click()
    command = tab.page.locator("li:target code")
    assert command.is_visible() and command.inner_text().startswith('trials sql "SELECT')
    assert abs(tab.page.evaluate("scrollY") - before) < 5
    tab.page.locator("li:target a").click()
    assert tab.page.locator("li:target").count() == 0


def test_tiles_and_contents_lead_somewhere(tab: Tab, page: str) -> None:
    tab.page.goto(page)
    anchors = tab.page.eval_on_selector_all("header a", "links => links.map(link => link.getAttribute('href'))")
    assert len(anchors) > 8
    assert [each for each in anchors if tab.page.locator(each).count() != 1] == []


def test_it_prints_without_what_is_for_the_screen_alone(tab: Tab, page: str) -> None:
    tab.page.goto(page)
    tab.page.emulate_media(media="print", color_scheme="light")
    assert not tab.page.locator("nav").is_visible() and not tab.page.locator("#commands").is_visible()
    assert tab.page.locator("#overdue-trials table").is_visible()
    assert tab.page.pdf(format="A4").startswith(b"%PDF")


def test_a_store_may_be_moved_with_its_page(tab: Tab, store: Path, tmp_path: Path) -> None:
    moved = tmp_path / "a b#c?"
    shutil.copytree(store, moved, symlinks=True)
    (moved / "report.html").write_text(morning_report(moved, 30, NOW), encoding="utf-8")
    tab.page.goto((moved / "report.html").as_uri())
    assert tab.page.title() == "Morning report · 2026-11-29"
