"""The practice site: what it covers, that its truth is what its pages say, and how it answers over HTTP."""

import gzip
import re
import statistics
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
import requests

from registry.labels import (
    ADMINISTRATIVE,
    LABEL_BLOCK,
    RECRUITMENT,
    STUDY_DESIGN,
    STUDY_INFORMATION,
    FieldKey,
    PageKind,
)
from registry.record import Page
from registry.tables import TableRows
from registry.vocabularies import codes
from trials.parse import tables_of
from trials.practice.brief import STATUSES
from trials.practice.markup import FAMILIES
from trials.practice.pages import trial_page, trial_truth
from trials.practice.said import AGE_GROUPS, GENDERS
from trials.practice.server import serving
from trials.practice.site import Site
from trials.practice.trial import Trial, compose
from trials.practice.world import World

BASE = "http://127.0.0.1:8000"
WORLD = World()
_NOT_COMPARED = ("eligibility_criteria", "problems", "changes", "study_versions")


@cache
def trials() -> list[Trial]:
    return [compose(WORLD, place) for place in range(WORLD.count)]


def differences(truth: TableRows, read: TableRows) -> list[str]:
    """Every cell in which the tables that were read differ from the truth."""
    found = []
    for name in truth.keys() - set(_NOT_COMPARED):
        if len(truth[name]) != len(read[name]):
            found.append(f"{name}: {len(read[name])} rows, not {len(truth[name])}")
        for row, got in zip(truth[name], read[name], strict=False):
            found += [
                f"{name}.{column}: {got[column]!r}, not {value!r}"
                for column, value in row.items()
                if got[column] != value
            ]
    return found


# --- truth ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PageKind)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_truth_is_what_a_page_says(family: str, kind: PageKind) -> None:
    world = World(seed=5, markup=family)
    for place in range(0, 60, 4):
        truth = trial_truth(world, place, kind, BASE)
        html = trial_page(world, place, kind, BASE)
        url = str(truth["pages"][0]["url"])
        read = tables_of(Page(html.encode(), url=url, requested_id=world.nct_id(place)))
        assert differences(truth, read) == []
        assert {row["code"] for row in read["problems"]} <= {"lossy_text"}


def test_the_truth_would_be_missed_if_it_were_another() -> None:
    html = trial_page(WORLD, 5, PageKind.DETAILS, BASE)
    truth = trial_truth(World(seed=2), 5, PageKind.DETAILS, BASE)
    assert len(differences(truth, tables_of(Page(html.encode())))) > 50


def test_criteria_are_mostly_found() -> None:
    expected = found = 0
    for place in range(60):
        truth = trial_truth(WORLD, place, PageKind.DETAILS, BASE)["eligibility_criteria"]
        html = trial_page(WORLD, place, PageKind.DETAILS, BASE)
        read = tables_of(Page(html.encode()))["eligibility_criteria"]
        sides = [Counter((row["criterion_type"], row["text"]) for row in rows) for rows in (truth, read)]
        expected += sides[0].total()
        found += (sides[0] & sides[1]).total()
    assert found / expected > 0.9


# --- what it covers ---------------------------------------------------------------------------------------------


def _texts(section: str, label: str) -> set[str | None]:
    return {trial.said[FieldKey(section, label)].text for trial in trials()}


def test_every_status_phase_study_type_and_sex() -> None:
    columns = {
        ("overall_status", STATUSES.values()): _codes(ADMINISTRATIVE, "Status", "overall_status"),
        ("phase", codes("phase")): _codes(ADMINISTRATIVE, "Phase", "phase"),
        ("study_type", codes("study_type")): _codes(STUDY_INFORMATION, "Study type", "study_type"),
        ("gender", codes("sex")): _codes(RECRUITMENT, "Gender", "gender"),
    }
    for (name, expected), found in columns.items():
        assert set(expected) <= found, name
    assert {wording for wording, _ in GENDERS} <= _texts(RECRUITMENT, "Gender")


def _codes(section: str, label: str, column: str) -> set[object]:
    return {trial.said[FieldKey(section, label)].columns.get(column) for trial in trials()}


def test_every_form_of_age_and_date() -> None:
    ages = _texts(RECRUITMENT, "Age group")
    assert len(ages - {None, ""}) == len(AGE_GROUPS)
    assert {"up to 17 Years", "N/A to 17 Years", "N/A and older", "18 Years and older", "30 Minutes to 2 Hours"} <= ages
    dates = [text for text in _texts(ADMINISTRATIVE, "Start date") if text]
    assert {bool(re.fullmatch(r"[A-Z][a-z]+ [0-9]{4}", text)) for text in dates} == {True, False}
    assert {"No", "Accepts Healthy Volunteers"} <= _texts(RECRUITMENT, "Accepts healthy volunteers")


@pytest.mark.parametrize("left_out", [None, ""])
def test_every_label_is_absent_once_and_blank_once(left_out: str | None) -> None:
    always = {FieldKey(ADMINISTRATIVE, "NCT number"), FieldKey(LABEL_BLOCK, "NCT number")}
    elsewhere = (LABEL_BLOCK, STUDY_DESIGN)  # a design is there as a whole or not at all
    of_details = {key for trial in trials() for key in trial.said if key.section not in elsewhere} - always
    found = {key for trial in trials() for key, said in trial.said.items() if said.text == left_out}
    assert of_details <= found


def test_sections_that_may_be_absent() -> None:
    for values in ([trial.description for trial in trials()], [trial.references for trial in trials()]):
        assert {bool(value) for value in values} == {True, False}
    assert {trial.title_block for trial in trials()} == {True, False}
    assert {bool(trial.conditions) for trial in trials()} == {True, False}


def test_lengths_and_counts_are_those_of_the_registry() -> None:
    world = World(trials=1000)
    all_trials = [compose(world, place) for place in range(world.count)]
    locations = sorted(len(trial.facilities) for trial in all_trials)
    lengths = sorted(len(trial.criteria.text) for trial in all_trials)
    assert statistics.median(locations) == 1
    assert 20 <= locations[950] <= 50
    assert locations[-1] == 460
    assert 850 <= statistics.median(lengths) <= 1200
    assert 18_000 <= lengths[-1] <= 22_000
    without_state = [not names[2] for trial in all_trials for _, names in trial.facilities]
    assert 0.3 < statistics.fmean(without_state) < 0.7
    assert any(len(set(trial.facilities)) < len(trial.facilities) for trial in all_trials)


def test_texts_are_damaged_as_the_mirror_damages_them() -> None:
    texts = "\n".join(trial_page(WORLD, place, PageKind.DETAILS, BASE) for place in range(40))
    assert "=" in texts
    assert "?" in texts
    assert not set(texts) & set("≥≤α⁹Ⅲ①、")
    newer = next(trial for trial in trials() if trial.newer and len(trial.criteria.items) > 5)
    assert "\n" not in newer.criteria.text


# --- one world, and many ----------------------------------------------------------------------------------------


def test_the_same_world_gives_the_same_bytes_and_another_seed_others() -> None:
    page = trial_page(World(), 7, PageKind.DETAILS, BASE)
    assert page == trial_page(World(), 7, PageKind.DETAILS, BASE)
    assert page != trial_page(World(seed=2), 7, PageKind.DETAILS, BASE)
    assert World(seed=2).nct_id(7) != World().nct_id(7)


@pytest.mark.parametrize("seed", [1, 2, 99])
def test_ids_are_found_again(seed: int) -> None:
    world = World(seed=seed, trials=5000)
    ids = [world.nct_id(place) for place in range(world.count)]
    assert len(set(ids)) == world.count
    assert [world.place_of(nct_id) for nct_id in ids] == list(range(world.count))
    aliases = {world.alias_of(place): place for place in range(world.count) if world.alias_of(place)}
    assert len(aliases) == 125
    assert not aliases.keys() & set(ids)
    assert all(world.place_of(str(alias)) == place for alias, place in aliases.items())
    assert world.place_of("NCT06416709") is None


def test_many_trials_need_no_more_memory_than_few() -> None:
    peaks = []
    for count in (100, 100_000):
        tracemalloc.start()
        world = World(trials=count)
        for place in range(40):
            trial_page(world, world.count - 1 - place, PageKind.DETAILS, BASE)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_trials_change_from_night_to_night() -> None:
    first, later = World(), World(night=30)
    changed = [place for place in range(first.count) if later.changed_on(place) > first.today]
    assert 10 < len(changed) < first.count
    assert later.count > first.count
    for place in range(first.count):
        before, after = (compose(world, place) for world in (first, later))
        same = (before.said, before.facilities, before.criteria) == (after.said, after.facilities, after.criteria)
        silent = not after.said[FieldKey(STUDY_INFORMATION, "Verified date")].text
        assert same != (place in changed) or silent


def test_some_trials_vanish() -> None:
    world = World(trials=2000, night=100)
    assert 0 < sum(map(world.is_gone, range(world.count))) < 20
    assert not any(map(World(trials=2000).is_gone, range(2000)))


# --- over HTTP --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(WORLD) as up:
        yield up


@pytest.fixture
def client() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def _details(site: Site, place: int) -> str:
    return f"{site.base}/{WORLD.topic(place).slug}/{WORLD.nct_id(place)}/details"


def test_robots_names_the_sitemap_and_the_sitemap_all_trials(site: Site, client: requests.Session) -> None:
    robots = client.get(f"{site.base}/robots.txt").text
    assert "Disallow: /search" in robots
    (index,) = re.findall(r"^Sitemap: (.*)$", robots, re.MULTILINE)
    children = re.findall("<loc>(.*?)</loc>", client.get(index).text)
    listed = [
        entry
        for child in children
        for entry in re.findall(
            "<loc>(.*?)</loc><lastmod>[0-9-]{10}<", gzip.decompress(client.get(child).content).decode()
        )
    ]
    assert listed == [_details(site, place) for place in range(WORLD.count)]


@pytest.mark.parametrize("path", ["/other/", "/gout/", "/other/?status=not-yet-recruiting"])
def test_listings_lead_from_page_to_page(path: str, site: Site, client: requests.Session) -> None:
    found: list[str] = []
    target: str | None = path
    while target:
        html = client.get(site.base + target).text
        found += re.findall("<td><a href=[^>]*>(NCT[0-9]{8}) - ", html)
        match = re.search('<a rel="next" href="(.*?)"', html)
        target = match[1].replace("&amp;", "&") if match else None
    assert len(set(found)) == len(found)
    if path == "/other/":
        assert set(found) == {WORLD.nct_id(place) for place in range(WORLD.count)}


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_page_answers_in_every_spelling_of_its_address(place: int, site: Site, client: requests.Session) -> None:
    address = _details(site, place)
    page = client.get(address)
    assert page.status_code == 200
    keyword = address.replace(WORLD.topic(place).slug, WORLD.topic(place).keyword_slug)
    for other in (f"{address}/", address.replace("/NCT", "/nct"), keyword):
        assert client.get(other).text == page.text
    under_other = client.get(address.replace(WORLD.topic(place).slug, "other")).status_code
    assert under_other == (404 if place % 3 == 0 else 200)
    assert client.get(address.replace(WORLD.topic(place).slug, "no-such-thing")).status_code == 404


def test_an_obsolete_id_redirects(site: Site, client: requests.Session) -> None:
    answer = client.get(f"{site.base}/other/{WORLD.alias_of(1)}/details", allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith(f"/{WORLD.nct_id(1)}/details")
    assert client.get(site.base + answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_conditional_requests(coding: str, site: Site, client: requests.Session) -> None:
    address, headers = _details(site, 5), {"Accept-Encoding": coding}
    page = client.get(address, headers=headers)
    assert page.headers.get("Content-Encoding") == ("gzip" if coding == "gzip" else None)
    tag, modified = page.headers["ETag"], page.headers["Last-Modified"]
    for condition, status in (
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f'"x", W/{tag}'}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Modified-Since": modified}, 304),
        ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": modified}, 200),
    ):
        again = client.get(address, headers={**headers, **condition})
        assert again.status_code == status, condition
        assert again.headers["ETag"] == tag
        assert bool(again.content) == (status == 200)


def test_head_and_methods_that_change(site: Site, client: requests.Session) -> None:
    address = _details(site, 5)
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == client.get(address).headers["Content-Length"]
    refused = client.post(address, data="x")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_frame_stands_around_every_page(family: str) -> None:
    html = trial_page(World(markup=family), 3, PageKind.DETAILS, BASE)
    for part in ("Home", "<form", "Advertisement", "Newest trials", "<footer", "<script"):
        assert part in html, part
