"""The practice site: what it covers, that its truth is what its pages say, and how it answers over HTTP."""

import gzip
import re
import socket
import statistics
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import cache
from itertools import count, pairwise
from typing import Any

import pytest
import requests

from registry.errors import PageError
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
from trials.practice.brief import STATUSES, brief
from trials.practice.markup import FAMILIES
from trials.practice.pages import STATUS_SLUGS, changed_on, trial_page, trial_truth
from trials.practice.participants import AGE_GROUPS, GENDERS
from trials.practice.server import serving
from trials.practice.site import Site
from trials.practice.trial import Trial, compose
from trials.practice.words import PLACE_DRAW, TOPICS
from trials.practice.world import FIRST_NIGHT, World
from trials.tables import tables_of

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


def test_the_heading_says_a_status_that_no_label_says() -> None:
    world, place = World(seed=2, trials=800), 731
    said = trial_truth(world, place, PageKind.DETAILS, "http://x")["studies"][0]["overall_status"]
    page = Page(trial_page(world, place, PageKind.DETAILS, "http://x").encode())
    assert said is not None
    assert tables_of(page)["studies"][0]["overall_status"] == said


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
    assert found / expected > 0.95


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


def _column(trial: Trial, section: str, label: str, column: str) -> Any:
    return trial.said[FieldKey(section, label)].columns.get(column)


def _codes(section: str, label: str, column: str) -> set[object]:
    return {trial.said[FieldKey(section, label)].columns.get(column) for trial in trials()}


def test_every_form_of_age_and_date() -> None:
    ages = _texts(RECRUITMENT, "Age group")
    assert len(ages - {None, ""}) >= len(AGE_GROUPS)
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
    assert 8_000 <= lengths[-10] <= 13_000
    for kind, low, high in (("Primary", 9, 16), ("Secondary", 24, 36)):
        counts = sorted(sum(row[0] == kind for row in trial.outcomes) for trial in all_trials)
        assert low <= counts[-10] <= high
    enrollments = sorted(
        filter(None, (_column(trial, RECRUITMENT, "Enrollment", "enrollment") for trial in all_trials))
    )
    assert 2_500 <= enrollments[len(enrollments) * 98 // 100] <= 8_000
    assert enrollments[-1] == 40_000
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
    for number in (100, 100_000):
        tracemalloc.start()
        world = World(trials=number)
        for place in range(40):
            trial_page(world, world.count - 1 - place, PageKind.DETAILS, BASE)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def _said(world: World, place: int) -> dict[tuple[str, str], str | None]:
    return {(key.section, key.label): said.text for key, said in compose(world, place).said.items()}


_MOVED_BY = {
    "status": {(ADMINISTRATIVE, "Status"), (RECRUITMENT, "Status"), (LABEL_BLOCK, "Status")},
    "enrollment": {(RECRUITMENT, "Enrollment")},
    "completion": {
        (ADMINISTRATIVE, "Est. completion date"),
        (RECRUITMENT, "Est. completion date"),
        (LABEL_BLOCK, "Completion date"),
    },
    "criteria": {(RECRUITMENT, "Eligibility")},
    "location": set(),
}
_DAY_OF_CHANGE = {(STUDY_INFORMATION, "Verified date"), (ADMINISTRATIVE, "Last updated")}


def test_only_what_is_counted_as_a_change_moves() -> None:
    first, later = World(), World(night=200)
    moved_by: Counter[str] = Counter()
    for place in range(first.count):
        before, after = _said(first, place), _said(later, place)
        moved = {key for key in before | after if before.get(key) != after.get(key)}
        allowed = set().union(*(_MOVED_BY[change] for change in later.changes(place)))
        assert moved <= (allowed | _DAY_OF_CHANGE if later.changes(place) else set()), place
        moved_by.update(change for change, keys in _MOVED_BY.items() if moved & keys)
    assert moved_by.keys() == {"status", "enrollment", "completion", "criteria"}
    assert World(night=30).count > first.count


def test_a_location_is_added_at_the_end() -> None:
    first, later = World(), World(night=300)
    added = 0
    for place in range(first.count):
        before, after = compose(first, place).facilities, compose(later, place).facilities
        assert after[: len(before)] == before
        assert len(after) - len(before) == later.changes(place)["location"]
        added += len(after) - len(before)
    assert added > 20


def test_dates_are_those_of_a_record_that_was_last_changed_when_the_sitemap_says() -> None:
    world = World(trials=600, night=20)
    for place in range(world.count):
        trial, changed = compose(world, place), world.changed_on(place)
        verified = _column(trial, STUDY_INFORMATION, "Verified date", "verification_earliest")
        start = _column(trial, ADMINISTRATIVE, "Start date", "start_earliest")
        ended = _column(trial, ADMINISTRATIVE, "Est. completion date", "completion_earliest")
        assert verified is None or verified <= changed
        if trial.brief.first_status != "Not yet recruiting":
            assert start is None or start <= changed
        if trial.brief.first_status == "Completed" and not world.changes(place):
            assert ended is None or ended <= changed


def test_a_trial_has_no_history_before_it_appears() -> None:
    for trials in (30, 1000):
        for night in (1, 7, 40):
            world, evening = World(trials=trials, night=night), World(trials=trials, night=night - 1)
            new = range(evening.count, world.count)
            assert new
            assert {world.changed_on(place) for place in new} == {world.today}
            assert {world.appeared(place) for place in new} == {night}
            assert not any(map(world.changes, new))
        later = World(trials=trials, night=400)
        assert all(later.changed_on(place) >= FIRST_NIGHT + timedelta(days=later.appeared(place)) for place in new)
        assert any(map(later.changes, new))


def test_some_trials_vanish() -> None:
    world = World(trials=2000, night=100)
    assert 0 < sum(map(world.is_gone, range(world.count))) < 20
    assert not any(map(World(trials=2000).is_gone, range(2000)))


def _shown(world: World, place: int) -> list[object]:
    return [row["related_nct_id"] for row in trial_truth(world, place, PageKind.DETAILS, BASE)["related_studies"]]


def test_see_also_shows_the_same_trials_every_night_but_for_merged_ones() -> None:
    first, later = World(trials=2000), World(trials=2000, night=120)
    merged = {later.nct_id(place) for place in range(2000) if later.merged_into(place) is not None}
    gone = {later.nct_id(place) for place in range(2000) if later.is_gone(place)}
    ids = {first.nct_id(place) for place in range(2000)}
    listed: set[object] = set()
    for place in range(0, 2000, 7):
        before, after = _shown(first, place), _shown(later, place)
        stayed = [nct_id for nct_id in before if nct_id not in merged]
        assert after[: len(stayed)] == stayed
        assert not merged & set(after)
        listed.update(_shown(later, place))
    assert gone & listed
    assert merged
    assert all(len(_shown(later, place)) == 20 and ids.issuperset(_shown(later, place)) for place in (2000, 2600))


@pytest.mark.parametrize("kind", PageKind)
def test_a_page_is_another_only_if_it_was_changed_since(kind: PageKind) -> None:
    nights = (0, 9, 10, 25)
    same = Counter[bool]()
    for place in range(60):
        for early, late in pairwise(nights):
            before, after = World(night=early, pace=10), World(night=late, pace=10)
            unchanged = changed_on(after, place, kind) == changed_on(before, place, kind)
            if unchanged:
                assert trial_page(before, place, kind, BASE) == trial_page(after, place, kind, BASE)
            same[unchanged] += 1
    assert same[True] > 10 and same[False] > 10


def test_a_details_page_may_be_younger_than_its_trial() -> None:
    world = World(night=30)
    younger = [p for p in range(60) if changed_on(world, p, PageKind.DETAILS) > world.changed_on(p)]
    assert younger
    assert all(changed_on(world, place, PageKind.SUMMARY) == world.changed_on(place) for place in younger)


def test_more_trials_than_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="Ask for fewer trials"):
        World(trials=970_000)
    with pytest.raises(ValueError, match="on night 400 are more than"):
        World(trials=900_000, night=400)
    full = World(trials=959_987)
    aliases = [full.alias_of(place) for place in range(1, 20_000, 40)]
    assert [full.place_of(str(alias)) for alias in aliases] == list(range(1, 20_000, 40))
    assert full.place_of(full.nct_id(959_986)) == 959_986


def test_another_seed_begins_with_another_condition() -> None:
    firsts = [World(seed=seed).topic(0).slug for seed in range(1, len(TOPICS) + 1)]
    assert len(set(firsts)) == len(TOPICS)
    for seed in (1, 2, 99):
        world = World(seed=seed)
        for place in range(100):
            assert place in world.places(world.topic(place))


# --- what fits together -----------------------------------------------------------------------------------------


def test_secondary_ids_are_drawn() -> None:
    texts = [trial.said[FieldKey(ADMINISTRATIVE, "Secondary ID")].text or "" for trial in trials()]
    shapes = Counter(re.sub("[0-9]", "#", text) for text in texts)
    assert {"", "not applicable", "none", "####-######-##", "U####-####-####, ISRCTN########"} <= shapes.keys()
    assert any(shape.count(",") > 2 for shape in shapes)
    ids = [part for text in texts for part in text.split(", ") if any(map(str.isdigit, part))]
    assert len(set(ids)) == len(ids) > 60
    assert "2011-005334-20" not in ids


def test_ids_of_papers_and_numbers_of_telephones_are_nobodys() -> None:
    references = "\n".join(text for trial in trials() for text in trial.references)
    assert re.findall("PMID: ([0-9]*)", references)
    assert all(pmid[0] == "9" and len(pmid) == 8 for pmid in re.findall("PMID: ([0-9]*)", references))
    kept_for_fiction = {"US", "CA", "AU", "GB", "IE", "DE", "FR", "SE"}
    for place in PLACE_DRAW:
        if place.code not in kept_for_fiction:
            assert all("000" in re.sub("[^0-9#]", "", phone) for phone in place.phones), place.country


def test_ages_follow_the_condition_after_the_first_trials() -> None:
    world = World(trials=1000)
    for place in range(48, 1000):
        trial = compose(world, place)
        lowest = _column(trial, RECRUITMENT, "Age group", "minimum_age_years")
        highest = _column(trial, RECRUITMENT, "Age group", "maximum_age_years")
        if trial.topic.field == "paediatrics":
            assert (lowest or 0) < 16 and (highest is None or highest < 18)
        else:
            assert (lowest is None or lowest >= 16) and (highest is None or highest >= 45)
    texts = [trial.criteria.text for trial in trials()]
    assert not any(re.search(r"[0-9] (minutes|days?|weeks?|months) of age at the time", text) for text in texts)


def test_the_sex_follows_the_condition() -> None:
    world = World(trials=400)
    of_one_sex = [trial for trial in (compose(world, place) for place in range(400)) if trial.topic.sex]
    assert {trial.topic.sex for trial in of_one_sex} == {"Female", "Male"}
    for trial in of_one_sex:
        assert trial.said[FieldKey(RECRUITMENT, "Gender")].text in (trial.topic.sex, None, "")
        if trial.topic.sex == "Male":
            assert not re.search("[Ww]omen|[Pp]regnan", trial.criteria.text)


def test_pages_do_not_contradict_themselves() -> None:
    for trial in trials():
        texts = "\n".join((trial.brief.title, trial.official_title, trial.summary, trial.description or ""))
        assert not re.search(r"[0-9]+ participants (will be enrolled|from|per group|in all|have completed)", texts)
        assert not re.search(r"n = [0-9]+ per|People =? ?65", texts)
        assert len(re.findall("informed consent", trial.criteria.text, re.IGNORECASE)) < 2
    takes = [
        _column(compose(World(trials=1000), p), RECRUITMENT, "Accepts healthy volunteers", "healthy_volunteers")
        for p in range(1000)
    ]
    assert 0.11 < takes.count(True) / len(takes) < 0.19


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


@pytest.mark.parametrize("path", ["/other/", "/heart-failure/", "/cardiac-insufficiency/", "/other/?status=recruiting"])
def test_listings_lead_from_page_to_page(path: str, site: Site, client: requests.Session) -> None:
    found: list[str] = []
    target: str | None = path
    while target:
        html = client.get(site.base + target).text
        found += _entries(html)
        match = re.search('<a rel="next" href="(.*?)"', html)
        target = match[1].replace("&amp;", "&") if match else None
    wanted = [
        WORLD.nct_id(place)
        for place in range(WORLD.count)
        if (path.startswith("/other/") or WORLD.topic(place).slug == "heart-failure")
        and ("?" not in path or brief(WORLD, place).status == "Recruiting")
    ]
    assert found == wanted
    assert wanted


def _entries(html: str) -> list[str]:
    return re.findall("<(?:td|div role=cell)>(?:<font size=2>)?<a href=[^>]*>(NCT[0-9]{8}) - ", html)


def test_listings_are_printed_in_several_families_and_are_no_trial_pages() -> None:
    site = Site(World(), BASE)
    frames = set()
    for topic in TOPICS:
        html = site.respond(f"/{topic.slug}/", {}).body
        frames.add(next(mark for mark in (b"<main>", b'class="top"', b"<table width=750>") if mark in html))
        with pytest.raises(PageError):
            tables_of(Page(html))
    assert len(frames) == 3


def test_a_listing_leaves_out_trials_that_are_gone_and_looks_at_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(trials=2000, night=100)
    site = Site(world, BASE)
    number = next(place for place in count() if world.is_gone(place)) // 25 + 1
    asked: list[int] = []
    gone = World.is_gone

    def is_gone(world: World, place: int) -> bool:
        asked.append(place)
        return gone(world, place)

    monkeypatch.setattr(World, "is_gone", is_gone)
    entries = _entries(site.respond(f"/other/?page={number}", {}).body.decode())
    page = range(25 * number - 25, 25 * number)
    assert entries == [world.nct_id(place) for place in page if not gone(world, place)]
    assert len(entries) < 25
    assert len(asked) < 40


def test_a_crawler_finds_every_kind_of_page(client: requests.Session) -> None:
    with serving(World(trials=70, markup="div-rows")) as site:
        seen, wanted = set(), ["/"]
        while wanted:
            path = wanted.pop()
            seen.add(path)
            html = client.get(site.base + path).text
            links = {
                link.replace("&amp;", "&").removeprefix(site.base) for link in re.findall('<a [^>]*href="(.*?)"', html)
            }
            wanted += links - seen - set(wanted)
        world = site.world
    for place in range(world.count):
        details = f"/{world.topic(place).slug}/{world.nct_id(place)}/details"
        assert {details, details.removesuffix("/details"), details.replace("/details", "/references")} <= seen
    for topic in TOPICS:
        assert {f"/{topic.slug}/", f"/{topic.keyword_slug}/", f"/{topic.slug}/?status=recruiting"} <= seen


def test_the_sitemap_index_says_when_a_sitemap_changed() -> None:
    world = World(trials=2500, night=3)
    site = Site(world, BASE)
    index = site.respond("/sitemap.xml", {}).body.decode()
    latest = []
    for child in re.findall(f"<loc>{BASE}(.*?)</loc>", index):
        entries = gzip.decompress(site.respond(child, {}).body).decode()
        latest.append(max(re.findall("<lastmod>(.*?)</lastmod>", entries)))
    assert re.findall("<lastmod>(.*?)</lastmod>", index) == latest
    assert len(latest) == 3
    old = re.findall("<lastmod>(.*?)</lastmod>", Site(World(trials=30), BASE).respond("/sitemap.xml", {}).body.decode())
    assert date.fromisoformat(old[0]) <= FIRST_NIGHT


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
        ({"If-None-Match": f'"a,b", {tag}'}, 304),
        ({"If-Modified-Since": "Sun Nov  6 08:49:37 2044"}, 304),
        ({"If-Modified-Since": "Sun Nov  6 08:49:37 1994"}, 200),
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


_HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"/other/?page={_HUGE}", 404),
        ("/other/?page=9999999", 404),
        ("/other/?page=0", 404),
        ("/other/?page=9", 404),
        ("/other/?page=8", 200),
        (f"/sitemap-{_HUGE}.xml.gz", 404),
        ("/sitemap-2.xml.gz", 404),
        ("http://[bad/", 400),
        ("http://127.0.0.1", 200),
        ("http://127.0.0.1/robots.txt", 200),
        ("/\xe9\xff/", 404),
        ("/%ff%zz/", 404),
        ("/%6Fther/", 200),
        ("/%256Fther/", 404),
        ("/robots.txt%3F", 404),
        ("/" + "a" * 60_000, 404),
        ("/" + "a" * 70_000, 414),
        ("*", 404),
    ],
    ids=lambda value: str(value)[:30],
)
def test_every_target_is_answered(target: str, status: int, site: Site) -> None:
    sent = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert _statuses(site, sent) == [status]


def _statuses(site: Site, sent: str) -> list[int]:
    """Send bytes as they are, and return the statuses of all answers until the site closes the connection."""
    answer = b""
    with closing(socket.create_connection(("127.0.0.1", int(site.base.rpartition(":")[2])), timeout=5)) as connection:
        connection.sendall(sent.encode("latin-1"))
        while chunk := connection.recv(1 << 16):
            answer += chunk
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answer)]


_CLOSE = "Host: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", [400]),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n", [400]),
        ("GET / HTTP/1.0\r\n\r\n", [200]),
        (f"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /robots.txt HTTP/1.1\r\n{_CLOSE}", [200, 200]),
        (f"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n{_CLOSE}", [200]),
        (f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n{_CLOSE}", [405]),
        (f'GET /robots.txt HTTP/1.1\r\nIf-None-Match: *\r\nIf-None-Match: "x"\r\n{_CLOSE}', [200]),
    ],
)
def test_what_is_no_request_is_not_taken_for_one(sent: str, statuses: list[int], site: Site) -> None:
    assert _statuses(site, sent) == statuses


def test_several_lines_of_a_condition_are_one_list(site: Site, client: requests.Session) -> None:
    tag = client.get(f"{site.base}/robots.txt").headers["ETag"]
    for lines in ((tag, '"x"'), ('"x"', tag)):
        conditions = "".join(f"If-None-Match: {line}\r\n" for line in lines)
        assert _statuses(site, f"GET /robots.txt HTTP/1.1\r\n{conditions}{_CLOSE}") == [304]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip;q=0", None), ("identity, gzip;q=0.0", None), ("GZIP", "gzip"), ("x-gzip-foo", None), ("*", "gzip")],
)
def test_codings_are_whole_words(accepted: str, coding: str | None, site: Site, client: requests.Session) -> None:
    page = client.get(f"{site.base}/", headers={"Accept-Encoding": accepted})
    assert page.headers.get("Content-Encoding") == coding


def test_a_client_that_goes_away_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(World(trials=20)) as site:
        for _ in range(5):
            connection = socket.create_connection(("127.0.0.1", int(site.base.rpartition(":")[2])))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # reset on close
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
            connection.close()
        assert _statuses(site, f"GET / HTTP/1.1\r\n{_CLOSE}") == [200]
    assert capfd.readouterr().err == ""


# --- the frame --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_the_frame_stands_around_every_page(family: str) -> None:
    html = trial_page(World(markup=family), 3, PageKind.DETAILS, BASE)
    for part in ("Home", "<form", "Advertisement", "Newest trials", "<footer", "<script", "a cookie that"):
        assert part in html, part
    address = f"{BASE}/{World().topic(3).slug}/{World().nct_id(3)}"
    for link in (address, f"{address}/details", f"{address}/references"):
        assert f'<a href="{link}">' in html
    assert ("<nav" in html) == (family != "nineties")


def test_the_newest_trials_are_those_that_came_last() -> None:
    world = World(night=5)
    site = Site(world, BASE)
    newest = [world.nct_id(world.count - step) for step in (1, 2, 3)]
    for path in ("/", "/heart-failure/"):
        html = site.respond(path, {}).body.decode()
        assert re.findall("<a href=[^>]*>(NCT[0-9]{8})", html.partition("Newest trials")[2])[:3] == newest
    page = trial_page(world, world.count - 1, PageKind.SUMMARY, BASE)
    assert all(nct_id in page.partition("Newest trials")[2] for nct_id in newest)


def test_every_status_has_a_slug() -> None:
    assert len(STATUS_SLUGS) == len(STATUSES)
    assert all(re.fullmatch("[a-z-]+", slug) for slug in STATUS_SLUGS)
