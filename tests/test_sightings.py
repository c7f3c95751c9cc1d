"""What other trials' pages say of a trial makes its page due: once, when it is newer and not the mirror's lag."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.labels import PageKind
from scraper.ledger import Ledger, as_text
from scraper.outlook import known_pages
from scraper.pages import Facts, Found, Pages, Source, State, Version
from scraper.schedule import Known, Why, plan
from scraper.schema import MIGRATIONS
from scraper.sightings import Sighting, see

A, B = "NCT01234567", "NCT07654321"
DAY = timedelta(days=1)
START = datetime(2026, 1, 5, 3, tzinfo=UTC)
KIND = PageKind.DETAILS
RECRUITING = Facts("RECRUITING", "PHASE2", "A trial of salt")
COMPLETED = RECRUITING._replace(status="COMPLETED")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        opened.write("INSERT INTO runs VALUES ('r', 'test', '2026-01-05T00:00:00Z', NULL)")
        yield opened


def fetch(ledger: Ledger, facts: Facts, day: int, nct_id: str = A) -> None:
    at = as_text(START + day * DAY)
    number = ledger.write("INSERT INTO requests (run, url, at) VALUES ('r', 'u', ?)", (at,))
    Pages(ledger).take(nct_id, KIND, State.FETCHED, START + day * DAY, Version(number, repr(facts), True, facts))


def seen(ledger: Ledger, facts: Facts, day: int, on: str = B) -> None:
    see(ledger, on, [Sighting(A, facts.status, facts.phase, facts.title, None)], START + day * DAY)


def sighted(ledger: Ledger) -> str | None:
    page = Pages(ledger).known(A, KIND)
    return page.sighted if page else None


def known(ledger: Ledger, **more: Any) -> list[Known]:
    return list(known_pages(ledger, more.pop("kinds", [KIND]), more.pop("sources", list(Source)), **more))


def test_a_contradiction_that_is_newer_makes_a_page_due_and_a_fetch_spends_it(ledger: Ledger) -> None:
    fetch(ledger, RECRUITING, 0)
    seen(ledger, COMPLETED, 1)
    assert sighted(ledger) == "status COMPLETED"
    (page,) = plan(known(ledger), 1, 2_461_047.6)
    assert (page.nct_id, page.why) == (A, Why.SIGHTED) and "status COMPLETED" in page.reason
    fetch(ledger, COMPLETED, 2)
    assert sighted(ledger) is None


@pytest.mark.parametrize(
    "facts",
    [
        RECRUITING,
        Facts(None, None, None),
        RECRUITING._replace(title="a  TRIAL of Salt"),
        RECRUITING._replace(phase=None),
    ],
)
def test_what_agrees_or_says_nothing_contradicts_nothing(facts: Facts, ledger: Ledger) -> None:
    fetch(ledger, RECRUITING, 0)
    seen(ledger, facts, 1)
    assert sighted(ledger) is None


def test_a_sighting_that_is_older_than_our_fetch_counts_for_nothing(ledger: Ledger) -> None:
    fetch(ledger, COMPLETED, 2)
    seen(ledger, RECRUITING, 1)
    seen(ledger, RECRUITING, 2, on="NCT00000001")
    assert sighted(ledger) is None


def test_what_we_held_before_the_last_change_is_the_mirrors_lag(ledger: Ledger) -> None:
    fetch(ledger, RECRUITING, 0)
    fetch(ledger, COMPLETED, 1)
    seen(ledger, RECRUITING, 2)
    assert sighted(ledger) is None


def test_what_a_fetch_did_not_confirm_is_not_asked_for_again(ledger: Ledger) -> None:
    fetch(ledger, RECRUITING, 0)
    seen(ledger, COMPLETED, 1)
    fetch(ledger, RECRUITING, 2)
    seen(ledger, COMPLETED, 3)
    assert sighted(ledger) is None
    seen(ledger, RECRUITING._replace(status="TERMINATED"), 4)
    assert sighted(ledger) == "status TERMINATED"


def test_what_was_confirmed_once_counts_again_after_the_trial_changed_twice(ledger: Ledger) -> None:
    suspended, active = (RECRUITING._replace(status=status) for status in ("SUSPENDED", "ACTIVE_NOT_RECRUITING"))
    fetch(ledger, suspended, 0)
    seen(ledger, RECRUITING, 1)
    for day, facts in ((2, RECRUITING), (3, suspended), (4, active)):
        fetch(ledger, facts, day)
    seen(ledger, RECRUITING, 5)
    assert sighted(ledger) == "status RECRUITING"


def test_a_page_that_the_site_put_off_has_not_failed(ledger: Ledger) -> None:
    Pages(ledger).defer(A, KIND, START, START + DAY, "later")
    assert known(ledger)[0].failures == 0


def test_a_trial_that_is_only_named_is_due_and_no_sighting(ledger: Ledger) -> None:
    Pages(ledger).add_ids([A], Found(Source.SEE_ALSO, START, on=B, depth=1))
    seen(ledger, COMPLETED, 1)
    assert sighted(ledger) is None
    (page,) = plan(known(ledger), 1, 2_461_047.6)
    assert page.why is Why.NEW


def test_history_is_counted(ledger: Ledger) -> None:
    for day, facts in enumerate((RECRUITING, RECRUITING, COMPLETED, COMPLETED)):
        fetch(ledger, facts, day)
    (page,) = known(ledger)
    assert (page.visits, page.changes, page.failures) == (4, 1, 0)
    assert page.first_ok is not None and page.last_ok is not None
    assert page.last_ok - page.first_ok == pytest.approx(3)
    stored = Pages(ledger).known(A, KIND)
    assert stored is not None and stored.last_changed == START + 2 * DAY


def test_failures_are_counted_once_a_night_however_many_addresses_were_tried(ledger: Ledger) -> None:
    pages = Pages(ledger)
    for day in (0, 1, 2):
        for minute in (0, 1, 2):
            pages.settle(A, KIND, State.FAILED, START + day * DAY + timedelta(minutes=minute), "no answer")
    assert known(ledger)[0].failures == 3
    fetch(ledger, RECRUITING, 3)
    assert known(ledger)[0].failures == 0


def test_pages_of_other_kinds_are_due_by_their_trials_facts(ledger: Ledger) -> None:
    fetch(ledger, RECRUITING, 0)
    found = known(ledger, kinds=[KIND, PageKind.REFERENCES])
    assert [(page.kind, page.state, page.status) for page in found] == [
        ("details", "fetched", "RECRUITING"),
        ("references", "never_tried", "RECRUITING"),
    ]


def test_a_way_that_is_left_out_leaves_out_what_was_found_in_no_other(ledger: Ledger) -> None:
    pages = Pages(ledger)
    pages.add_ids([A], Found(Source.SITEMAP, START, on="s"))
    pages.add_ids([A], Found(Source.SEE_ALSO, START, on=B, depth=2))
    pages.add_ids([B], Found(Source.GIVEN, START, depth=0))
    ids = {
        sources: [page.nct_id for page in known(ledger, sources=sources, depth=1)]
        for sources in [(Source.GIVEN,), (Source.SITEMAP,), (Source.SEE_ALSO,), (Source.GIVEN, Source.SEE_ALSO)]
    }
    assert ids == {
        (Source.GIVEN,): [B],
        (Source.SITEMAP,): [A],
        (Source.SEE_ALSO,): [],
        (Source.GIVEN, Source.SEE_ALSO): [B],
    }
    assert Pages(ledger).known(A, KIND).found_by is Source.SITEMAP  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("again", "writes", "depth"),
    [
        (Found(Source.LISTING, START + DAY, on="later", depth=2), 0, 2),
        (Found(Source.LISTING, START, depth=3), 0, 2),
        (Found(Source.LISTING, START), 0, 2),
        (Found(Source.LISTING, START, depth=1), 1, 1),
        (Found(Source.SITEMAP, START), 1, 2),
    ],
)
def test_what_says_nothing_new_of_a_trial_is_not_written(again: Found, writes: int, depth: int, ledger: Ledger) -> None:
    pages = Pages(ledger)
    pages.add_ids([A], Found(Source.LISTING, START))
    pages.add_ids([A], Found(Source.LISTING, START, depth=2))
    before = ledger.one("SELECT total_changes()")[0]
    pages.add_ids([A], again)
    assert ledger.one("SELECT total_changes()")[0] - before == writes
    found = pages.known(A, KIND)
    assert found is not None and found.depth == depth


def test_a_ledger_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as old:
        for number, script in enumerate(MIGRATIONS[:3], 1):
            old.executescript(f"{script};PRAGMA user_version={number}")
        at = as_text(START)
        old.execute(
            "INSERT INTO pages (nct_id, kind, state, first_seen) VALUES (?, 'summary', 'never_tried', ?)", (A, at)
        )
        old.execute("INSERT INTO addresses VALUES ('u', ?, 'summary', 'sitemap', ?)", (A, at))
    with Ledger(path) as ledger:
        (page,) = known(ledger)
    assert (page.nct_id, page.kind, page.found_by, page.visits) == (A, "details", "sitemap", 0)
