"""The practice site from night to night: how often trials change, how they end, and pages that drift."""

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import pytest
import requests

from registry.labels import PageKind
from registry.record import Page
from registry.tables import TableRows
from scraper.site import TEMPLATES
from trials.practice.brief import STATUSES
from trials.practice.life import STAGES
from trials.practice.pages import changed_on, trial_page, trial_truth
from trials.practice.server import serving
from trials.practice.site import Response, Site
from trials.practice.trial import compose
from trials.practice.words import TOPICS
from trials.practice.world import FIRST_NIGHT, World
from trials.tables import tables_of

BASE = "http://127.0.0.1:8000"
_YEAR = World(trials=3000, night=365)


def _path(world: World, place: int, kind: PageKind = PageKind.DETAILS) -> str:
    return TEMPLATES[kind].format(slug=world.topic(place).slug, nct_id=world.nct_id(place))


def _answer(world: World, place: int) -> Response:
    return Site(world, BASE).respond(_path(world, place), {})


def _read(world: World, place: int, kind: PageKind = PageKind.DETAILS) -> TableRows:
    return tables_of(Page(trial_page(world, place, kind, BASE).encode()))


def _sitemap(world: World, number: int = 1) -> dict[str, str]:
    """The address and the day of every entry."""
    body = Site(world, BASE).respond(f"/sitemap-{number}.xml.gz", {}).body
    return dict(re.findall("<loc>(.*?)</loc><lastmod>(.*?)</lastmod>", gzip.decompress(body).decode()))


# --- changes ----------------------------------------------------------------------------------------------------


def test_every_status_has_its_rates() -> None:
    assert tuple(STAGES) == tuple(STATUSES)
    for stage in STAGES.values():
        assert ("status" in stage.kinds) == bool(stage.following)
        assert stage.following.keys() <= STAGES.keys()
    assert "enrollment" not in STAGES["Withdrawn"].kinds, "it is 0 and would not move"


def test_rates_differ_by_status_over_a_year() -> None:
    first: dict[str, list[float]] = defaultdict(list)  # night of the first change of each trial
    for place in range(_YEAR.trials):
        if _YEAR.is_listed(place):
            history = _YEAR.history(place)
            first[_YEAR.first_status(place)].append(history[0].night if history else float("inf"))
    for status, tolerance in (("Recruiting", 0.05), ("Completed", 0.03), ("Not yet recruiting", 0.08)):
        for nights in (30, 90, 365):
            unchanged = sum(night > nights for night in first[status]) / len(first[status])
            assert unchanged == pytest.approx(1 / (1 + nights / STAGES[status].nights), abs=tolerance), (status, nights)


def test_the_rate_is_that_of_the_status_of_the_time() -> None:
    later: dict[bool, list[int]] = defaultdict(list)  # changes in the half year after the first status change
    for place in range(_YEAR.trials):
        history = _YEAR.history(place)
        told = next((change for change in history if change.kind == "status"), None)
        if told and told.night < 180 and _YEAR.first_status(place) in ("Recruiting", "Not yet recruiting"):
            ended = told.status in ("Completed", "Terminated", "Withdrawn")
            later[ended].append(sum(told.night < change.night <= told.night + 180 for change in history))
    assert len(later[True]) > 30 and len(later[False]) > 30
    assert sum(later[True]) / len(later[True]) < 0.3 < sum(later[False]) / len(later[False])


def test_a_trial_that_changes_often_does_so_again() -> None:
    halves = Counter[tuple[bool, bool]]()
    for place in range(_YEAR.trials):
        if _YEAR.first_status(place) == "Recruiting":
            nights = [change.night for change in _YEAR.history(place) if change.kind != "status"]
            halves[sum(night <= 182 for night in nights) > 2, sum(night > 182 for night in nights) > 2] += 1
    often = halves[True, True] / (halves[True, True] + halves[True, False])
    assert often > 2 * halves[False, True] / (halves[False, True] + halves[False, False])


def test_what_happened_until_a_night_is_no_other_on_a_later_one() -> None:
    for place in range(0, 600, 7):
        early = replace(_YEAR, night=100).history(place)
        assert early == tuple(change for change in _YEAR.history(place) if change.night <= 100)
        assert all(change.night > 0 for change in early)


_SHOWN: Mapping[str, Any] = {
    "status": lambda rows: rows["studies"][0]["overall_status"],
    "enrollment": lambda rows: rows["studies"][0]["enrollment"],
    "completion": lambda rows: rows["studies"][0]["completion_month_year"],
    "location": lambda rows: len(rows["facilities"]),
    "criteria": lambda rows: rows["eligibilities"][0]["criteria"] if rows["eligibilities"] else None,
}


def test_every_change_shows_on_the_page_and_its_day_in_sitemap_and_header() -> None:
    latest = World(trials=60, night=400)
    seen: Counter[str] = Counter()
    for place in range(latest.trials):
        for change in latest.history(place):
            after = replace(latest, night=change.night)
            before = replace(latest, night=change.night - 1)
            rows = [_read(world, place) for world in (before, after)]
            assert _SHOWN[change.kind](rows[0]) != _SHOWN[change.kind](rows[1]), (place, change)
            midnight = format_datetime(datetime.combine(after.today, time(), UTC), usegmt=True)
            assert _answer(after, place).headers["Last-Modified"] == midnight
            address = BASE + _path(after, place)
            assert _sitemap(after)[address] == str(after.today) != _sitemap(before)[address]
            seen[change.kind] += 1
    assert seen.keys() == _SHOWN.keys()
    assert seen.total() > 30


@pytest.mark.parametrize("family", ["two-column-table", "bold-lines"])
def test_the_truth_of_a_later_night_is_what_a_page_says(family: str) -> None:
    world = World(seed=3, trials=60, night=200, markup=family)
    changed = [place for place in range(60) if world.changes(place)]
    assert len(changed) > 10
    for place in changed:
        truth, read = trial_truth(world, place, PageKind.DETAILS, BASE), _read(world, place)
        for table in ("studies", "facilities", "eligibilities", "related_studies"):
            for row, got in zip(truth[table], read[table], strict=True):
                assert {name: got[name] for name in row if name != "url"} == {
                    k: v for k, v in row.items() if k != "url"
                }


def test_who_withdraws_has_no_participants() -> None:
    withdrawn = [p for p in range(3000) if _YEAR.history(p) and _YEAR.history(p)[-1].status == "Withdrawn"]
    started = [place for place in withdrawn if _YEAR.first_status(place) != "Withdrawn"]
    assert started
    for place in started:
        texts = [said.text for key, said in compose(_YEAR, place).said.items() if key.label == "Enrollment"]
        assert texts[0] in ("0", "", None)


# --- ends -------------------------------------------------------------------------------------------------------

_MANY = World(trials=2000, night=300)
_GONE = [place for place in range(2000) if _MANY.is_gone(place)]
_MERGED = [place for place in range(2000) if _MANY.merged_into(place) is not None]


def _nights(place: int) -> Iterator[tuple[int, World]]:
    """The nights around the end of a trial, counted from it."""
    ended = _MANY.ended_on(place)
    assert ended is not None
    night = (ended - FIRST_NIGHT).days
    return ((after, replace(_MANY, night=night + after)) for after in range(-1, 40))


def test_a_trial_that_vanished_is_not_found_for_some_nights_and_then_gone_for_ever() -> None:
    assert 15 < len(_GONE) < 50
    lengths = set()
    for place in _GONE[:8]:
        statuses = [_answer(world, place).status for _, world in _nights(place)]
        missing = statuses.count(HTTPStatus.NOT_FOUND)
        assert statuses == [200] + [404] * missing + [410] * (len(statuses) - 1 - missing)
        lengths.add(missing)
    assert len(lengths) > 1
    assert lengths <= set(range(3, 11))
    assert _answer(replace(_MANY, night=5000), _GONE[0]).status == 410


def test_a_merged_trial_leads_to_one_that_was_there_before_it() -> None:
    assert 15 < len(_MERGED) < 50
    for place in _MERGED:
        kept = _MANY.merged_into(place)
        assert kept is not None and kept < place
        assert _MANY.topic(kept) == _MANY.topic(place)
        for kind in PageKind:
            answer = Site(_MANY, BASE).respond(_path(_MANY, place, kind), {})
            assert (answer.status, answer.headers["Location"]) == (301, _path(_MANY, kept, kind))
            assert Site(_MANY, BASE).respond(answer.headers["Location"], {}).status == 200
    answers = [_answer(world, _MERGED[0]).status for _, world in _nights(_MERGED[0])]
    assert answers == [200] + [301] * (len(answers) - 1)


def test_an_obsolete_id_of_a_merged_trial_leads_on_at_once() -> None:
    world = World(trials=9000, night=300)
    place = next(p for p in range(1, 9000, 40) if world.merged_into(p) is not None)
    path = _path(world, place).replace(world.nct_id(place), str(world.alias_of(place)))
    assert Site(world, BASE).respond(path, {}).headers["Location"] == _path(world, world.merged_into(place) or 0)


@pytest.mark.parametrize("place", [_MERGED[0], _GONE[0]])
def test_sitemap_and_listings_leave_out_what_ended_from_that_night_on(place: int) -> None:
    number, page = place // 1000 + 1, place // 25 + 1
    for after, world in list(_nights(place))[:2]:
        assert (BASE + _path(world, place) in _sitemap(world, number)) == (after < 0)
        listing = Site(world, BASE).respond(f"/other/?page={page}", {}).body.decode().partition("Newest trials")[0]
        assert (world.nct_id(place) in listing) == (after < 0)
        if after == 0:
            index = Site(world, BASE).respond("/sitemap.xml", {}).body.decode()
            assert re.findall("<lastmod>(.*?)</lastmod>", index)[number - 1] == str(world.today)


def test_see_also_shows_another_in_the_place_of_a_merged_trial_and_the_page_is_of_that_day() -> None:
    place = next(p for p in _MERGED if _MANY.merged_into(p) is not None)
    shower = place - len(TOPICS)  # the trial before it of the same condition
    (_, before), (_, after) = list(_nights(place))[:2]
    shown = [[row["related_nct_id"] for row in _read(world, shower)["related_studies"]] for world in (before, after)]
    merged = _MANY.nct_id(place)
    assert merged in shown[0]
    assert shown[1][:-1] == [nct_id for nct_id in shown[0] if nct_id != merged]
    assert len(shown[1]) == 20
    assert changed_on(after, shower, PageKind.DETAILS) == after.today
    assert changed_on(after, shower, PageKind.SUMMARY) == after.changed_on(shower)


def test_nothing_changes_after_the_end() -> None:
    later = replace(_MANY, night=3000)
    for place in (*_GONE, *_MERGED):
        ended = _MANY.ended_on(place)
        assert ended is not None
        assert later.history(place) == _MANY.history(place)
        assert later.changed_on(place) < ended == later.ended_on(place)


# --- a site that lives ------------------------------------------------------------------------------------------


def test_the_night_moves_while_the_site_is_served() -> None:
    with serving(World(trials=1500)) as site, requests.Session() as client:
        client.trust_env = False
        for night in (0, 40, 3):
            site.world = replace(site.world, night=night, layout_night=40)
            fresh = Site(World(trials=1500, night=night, layout_night=40), site.base)
            for path in ("/", "/sitemap.xml", "/sitemap-2.xml.gz", _path(site.world, 5), "/other/?page=61"):
                answer = client.get(site.base + path)
                right = fresh.respond(path, {})
                assert (answer.status_code, answer.content) == (right.status, right.body), (night, path)


def test_what_a_client_holds_of_another_night_is_not_current() -> None:
    site = Site(World(), BASE)
    held = site.respond(_path(site.world, 5), {}).headers
    conditions = {"If-None-Match": held["ETag"]}
    assert site.respond(_path(site.world, 5), conditions).status == 304
    site.world = replace(site.world, night=3, layout_night=3)
    assert site.respond(_path(site.world, 5), conditions).status == 200
    assert site.respond(_path(site.world, 5), {"If-Modified-Since": held["Last-Modified"]}).status == 200
