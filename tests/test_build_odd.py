"""Builds of archives and stores that are odd: pages that go back, damage, broken processes, redirects, older builds."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest

from normalizers.builds import builds_of
from normalizers.history import OF_HISTORY, continued, goes_on, joined, trial_tables
from normalizers.manifest import files_of_other_size
from registry.errors import GatesFailed, StoreError
from registry.labels import PageKind
from registry.record import Page
from registry.tables import TableRows
from scraper.answer import Answer
from scraper.judge import asking
from scraper.pages import State
from scraper.site import TEMPLATES
from scraper.store import ARCHIVE, Store
from tests.nights import SITE, Nights
from tests.test_build import build_of, built_sums, rows_of
from trials import engines
from trials.batches import Done, Task
from trials.engines import in_processes
from trials.exits import Exit
from trials.forgetting import forget_trials
from trials.practice.brief import brief
from trials.practice.site import Site
from trials.practice.world import World
from trials.settings import check
from trials.tables import tables_of
from trials.verify import verify_store

_DAY = timedelta(days=1)
_FIRST = datetime(2026, 1, 5, 3, tzinfo=UTC)
_BEFORE, _AFTER = World(trials=10), World(trials=10, night=60)
_CHANGED = next(place for place in range(10) if _AFTER.changes(place)["status"] != _BEFORE.changes(place)["status"])

_NEWER = "newer_page_in_conflict"


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """A store with one night, built."""
    kept = Nights(tmp_path / "store", judged=False)
    kept.keep(_BEFORE, at=_FIRST)
    build_of(kept.folder)
    return kept


def _study(store: Path, nct_id: str) -> dict[str, Any]:
    (row,) = [row for row in rows_of(store / "current", "studies") if row["nct_id"] == nct_id]
    return row


def _statuses(store: Path) -> list[tuple[str, str]]:
    changes = rows_of(store / "current", "changes")
    return [(row["old"], row["new"]) for row in changes if row["column"] == "overall_status"]


@pytest.mark.parametrize("built_between", [True, False])
def test_a_page_that_goes_back_is_followed_back(nights: Nights, built_between: bool) -> None:
    nct_id = _BEFORE.nct_id(_CHANGED)
    first = _study(nights.folder, nct_id)
    for days, world in ((1, _AFTER), (2, _BEFORE)):
        nights.keep(world, places=[_CHANGED], at=_FIRST + days * _DAY)
        if built_between:
            build_of(nights.folder)
    build_of(nights.folder)
    last = _study(nights.folder, nct_id)
    assert last["overall_status"] == first["overall_status"]
    assert last["fetched_at"] == (_FIRST + 2 * _DAY).replace(tzinfo=None)
    ((there, then), (back, again)) = _statuses(nights.folder)
    assert (there, then) == (again, back)
    assert again == first["overall_status"]
    assert built_sums(nights.folder, full=True) == built_sums(nights.folder)


def _answer(url: str, at: datetime, **also: Any) -> Answer:
    return replace(Answer(url, 200, "OK", (("Content-Type", "text/html"),), b"<p>", (), at), **also)


def _keep(folder: Path, *answers: tuple[Answer, str]) -> None:
    with Store(folder, "test", 0, lambda: None) as store:
        for answer, asked in answers:
            got = store.keep(answer, asking(asked, PageKind.DETAILS))
            store.ledger.settle_request(got.request, State.FETCHED, None)


def _page(folder: Path, nct_id: str) -> tuple[str, bytes]:
    """Return address and body of a trial's page in the archive."""
    (row,) = [row for row in rows_of(folder / "current", "pages") if row["nct_id"] == nct_id]
    with Store(folder, "test", 0, lambda: None) as store:
        (request,) = store.ledger.requests_for(asking(nct_id, PageKind.DETAILS))
        return row["url"], store.holdings.read(request).body


def _naming() -> tuple[int, int]:
    """Return the places of a trial whose See also names one that has changed, and of that one."""
    for place in range(10):
        for other in _related(place):
            if place != other and _AFTER.changes(other)["status"] != _BEFORE.changes(other)["status"]:
                return place, other
    raise AssertionError("no trial names one that changed")


def _related(place: int) -> list[int]:
    """Return the places of the trials that the See also of a trial names on the later night."""
    site = Site(_AFTER, SITE)
    known = brief(_AFTER, place)
    body = site.respond(TEMPLATES[PageKind.DETAILS].format(slug=known.slug, nct_id=known.nct_id), {}).body.decode()
    return [other for other in range(10) if other != place and _AFTER.nct_id(other) in body]


def test_what_others_say_of_a_trial_later_is_a_problem_until_it_is_seen_again(nights: Nights) -> None:
    naming, named = _naming()
    nights.keep(_AFTER, places=[naming], at=_FIRST + _DAY)
    build_of(nights.folder)
    found = [row for row in rows_of(nights.folder / "current", "problems") if row["code"] == "sighting_in_conflict"]
    (mine,) = [row for row in found if row["nct_id"] == _BEFORE.nct_id(named) and row["column"] == "overall_status"]
    page = _study(nights.folder, _BEFORE.nct_id(named))
    assert (mine["url"], mine["fetched_at"]) == (page["url"], page["fetched_at"])
    assert mine["text"] != page["overall_status"]
    assert page["overall_status"] in mine["message"]
    assert built_sums(nights.folder, full=True) == built_sums(nights.folder)
    nights.keep(_AFTER, places=[named], at=_FIRST + 2 * _DAY)
    build_of(nights.folder)
    left = [
        row["nct_id"] for row in rows_of(nights.folder / "current", "problems") if row["code"] == "sighting_in_conflict"
    ]
    assert _BEFORE.nct_id(named) not in left
    assert built_sums(nights.folder, full=True) == built_sums(nights.folder)


def test_a_trial_without_a_title_has_the_one_that_others_print(nights: Nights) -> None:
    studies = rows_of(nights.folder / "current", "studies")
    titles = {(row["related_nct_id"], row["title"]) for row in rows_of(nights.folder / "current", "related_studies")}
    seen = [row for row in studies if row["seen_title"]]
    assert seen
    for row in seen:
        assert row["brief_title"] is None
        assert (row["nct_id"], row["seen_title"]) in titles
        assert row["seen_title_at"] == _FIRST.replace(tzinfo=None)


def test_what_a_newer_page_of_another_kind_says_otherwise_is_a_problem(nights: Nights) -> None:
    store, nct_id = nights.folder, _BEFORE.nct_id(_CHANGED)
    before = _study(store, nct_id)
    nights.kinds = (PageKind.SUMMARY,)
    nights.keep(_AFTER, places=[_CHANGED], at=_FIRST + _DAY)
    by_nights = built_sums(store)
    said = {row["column"]: row for row in rows_of(store / "current", "problems") if row["code"] == _NEWER}
    assert (said["overall_status"]["nct_id"], said["overall_status"]["url"]) == (nct_id, before["url"])
    assert _study(store, nct_id)["overall_status"] == before["overall_status"]
    assert built_sums(store, full=True) == by_nights
    nights.kinds = (PageKind.DETAILS,)
    nights.keep(_AFTER, places=[_CHANGED], at=_FIRST + 2 * _DAY)
    build_of(store)
    assert _study(store, nct_id)["overall_status"] == said["overall_status"]["text"]
    assert not [row for row in rows_of(store / "current", "problems") if row["code"] == _NEWER]


def test_who_is_led_to_the_home_page_is_gone(nights: Nights) -> None:
    nct_id = _BEFORE.nct_id(0)
    _keep(nights.folder, (_answer(f"{SITE}/", _FIRST + _DAY, redirected=True), nct_id))
    assert build_of(nights.folder).counts.gone == 1
    assert _study(nights.folder, nct_id)["page_state"] == "gone"


def test_an_address_that_names_two_trials_is_that_of_its_page(nights: Nights) -> None:
    nct_id, obsolete = _BEFORE.nct_id(0), "NCT00000123"
    url, body = _page(nights.folder, nct_id)
    _keep(nights.folder, (_answer(f"{url}?from={obsolete}", _FIRST + _DAY, body=body, redirected=True), obsolete))
    build_of(nights.folder)
    ids = rows_of(nights.folder / "current", "id_information")
    assert [row["id_value"] for row in ids if row["nct_id"] == nct_id and row["id_source"] == "nct_alias"] == [obsolete]


def test_two_captures_of_one_second_are_one_version(nights: Nights) -> None:
    nct_id = _BEFORE.nct_id(0)
    url, body = _page(nights.folder, nct_id)
    whole = _answer(url, _FIRST + _DAY, body=body + b"<!-- -->")
    cut, again = replace(whole, body=body[:900], truncated="length"), replace(whole, body=body + b"\n")
    _keep(nights.folder, *((answer, nct_id) for answer in (cut, whole, again)))
    build_of(nights.folder)
    versions = [row for row in rows_of(nights.folder / "current", "pages") if row["nct_id"] == nct_id]
    assert [row["complete"] for row in versions] == [True, True]


def test_an_odd_ledger_is_passed_over(nights: Nights) -> None:
    _keep(nights.folder, (_answer(f"{SITE}/x", _FIRST + _DAY), _BEFORE.nct_id(0)))
    with Store(nights.folder, "test", 0, lambda: None) as store:
        store.ledger.write("UPDATE requests SET url = 'http://[x/' WHERE url LIKE '%/x'")
        store.keep(_answer(f"{SITE}/x", _FIRST + _DAY), f"{_BEFORE.nct_id(1)} detailsx")
    assert build_of(nights.folder).counts.trials == 10


def test_an_archive_that_is_not_there_is_said(nights: Nights) -> None:
    with pytest.raises(StoreError, match="There is no archive at '/nowhere'"):
        build_of(nights.folder, full=True, archive="/nowhere")


# --- damage ---------------------------------------------------------------------------------------------------------


def _damage(folder: Path, nct_id: str) -> tuple[Path, bytes]:
    page = next(row for row in rows_of(folder / "current", "pages") if row["nct_id"] == nct_id)
    path: Path = folder / ARCHIVE / page["warc_file"]
    whole = path.read_bytes()
    content = bytearray(whole)
    content[page["warc_offset"] + 100] ^= 0xFF
    path.write_bytes(content)
    return path, whole


def test_what_was_damaged_is_read_again_until_it_is_whole(nights: Nights) -> None:
    before = built_sums(nights.folder)
    path, whole = _damage(nights.folder, _BEFORE.nct_id(2))
    letting = {"archive": "a test", "trials": "a test"}
    assert len(build_of(nights.folder, full=True, accepted=letting).damaged) == 1
    with pytest.raises(GatesFailed, match="archive"):
        build_of(nights.folder)
    path.write_bytes(whole)
    assert built_sums(nights.folder) == before


def test_a_known_page_that_is_damaged_fails_the_gate_when_it_is_needed(nights: Nights) -> None:
    _damage(nights.folder, _BEFORE.nct_id(_CHANGED))
    nights.keep(_AFTER, places=[_CHANGED], at=_FIRST + _DAY)
    nights.keep(World(trials=10, night=120), places=[_CHANGED], at=_FIRST + 2 * _DAY)
    with pytest.raises(GatesFailed, match="archive"):
        build_of(nights.folder)


def test_of_a_trial_that_goes_on_the_newest_page_alone_is_read(nights: Nights) -> None:
    for night in range(1, 6):
        world = World(trials=10, night=30 * night, pace=10)
        nights.keep(world, at=_FIRST + night * _DAY)
        built = build_of(nights.folder)
        assert built.pages == built.anew >= 3
    versions = rows_of(nights.folder / "current", "study_versions")
    assert len(versions) > 20
    assert len(rows_of(nights.folder / "current", "changes")) > 20
    by_nights = built_sums(nights.folder)
    full = build_of(nights.folder, full=True)
    assert full.pages >= len(versions)
    assert built_sums(nights.folder) == by_nights


def test_nothing_is_copied_from_a_damaged_build(nights: Nights, capsys: pytest.CaptureFixture[str]) -> None:
    nights.keep(_AFTER, places=[_CHANGED], at=_FIRST + _DAY)
    path = nights.folder / "current" / "conditions.parquet"
    content = bytearray(path.read_bytes())
    content[35] ^= 1
    path.write_bytes(content)
    by_night = built_sums(nights.folder)
    assert "is damaged (conditions.parquet)" in capsys.readouterr().err
    assert built_sums(nights.folder, full=True) == by_night


def test_a_link_that_leads_to_no_build_hides_nothing_of_the_archive(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    store = nights.folder
    _damage(store, _BEFORE.nct_id(2))
    (store / "current").unlink()
    (store / "current").symlink_to("tables/gone")
    assert verify_store(store, rebuild=False) == Exit.STORE
    said = capsys.readouterr()
    assert "which is no build" in said.err
    assert ".warc.gz: " in said.err


@pytest.mark.parametrize(
    ("name", "how"),
    [("sponsors.parquet", "`trials build` makes it anew"), ("studies.parquet", "Remove the link `current`")],
)
def test_damaged_tables_are_told_of_and_made_anew_as_it_is_said(
    nights: Nights, name: str, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = nights.folder
    path = store / "current" / name
    assert verify_store(store, rebuild=False) == Exit.DONE
    content = path.read_bytes()
    path.write_bytes(content[:-9] + b"X" + content[-8:])
    assert files_of_other_size(path.parent) == []
    assert verify_store(store, rebuild=False) == Exit.STORE
    said = capsys.readouterr().err
    assert f"{name} is not as its manifest says. {how}" in " ".join(said.split())
    path.unlink()
    assert files_of_other_size(path.parent) == [name]
    if "current" in how:
        with pytest.raises(StoreError, match="current"):
            build_of(store)
        (store / "current").unlink()
    assert build_of(store).published.is_new
    (store / "current" / name).read_bytes()
    assert files_of_other_size(store / "current") == []


@pytest.mark.parametrize("name", ["inputs.arrow", "pages.parquet", "manifest.json"])
def test_a_file_of_the_build_before_that_is_cut(nights: Nights, name: str) -> None:
    path = nights.folder / "current" / name
    path.write_bytes(path.read_bytes()[:200])
    if name == "manifest.json":
        with pytest.raises(StoreError, match="remove the link"):
            build_of(nights.folder)
    else:
        assert build_of(nights.folder).pages == 10


def test_a_build_of_an_older_program_lacks_columns(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    path = nights.folder / "current" / "studies.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["enrollment"]), path)
    monkeypatch.setattr("trials.build.code", lambda: "another program")
    assert build_of(nights.folder, full=True).counts.changed == 0


def test_a_strange_folder_among_the_builds_is_left_alone(nights: Nights) -> None:
    (nights.folder / "tables" / "notes").mkdir()
    forget_trials([_BEFORE.nct_id(0)], check({"site": SITE, "store": nights.folder}), undo=False)
    build_of(nights.folder)
    assert len(builds_of(nights.folder)) == 1
    assert (nights.folder / "tables" / "notes").is_dir()


# --- processes ------------------------------------------------------------------------------------------------------


def _always_breaks(_task: Task) -> Done:
    os._exit(7)


def test_a_task_that_breaks_its_process_twice_ends_the_build(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "carry_out", _always_breaks)
    monkeypatch.setattr(engines, "carry_out_apart", _always_breaks)
    with pytest.raises(StoreError, match=r"NCT.* to NCT.* breaks again"):
        build_of(nights.folder, full=True, engine=partial(in_processes, workers=1))
    assert not list((nights.folder / "tables").glob(".*"))


def test_where_no_thread_can_be_started(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch, pytest.raises(StoreError, match=r"Cannot start .*\(can't start new thread\)"):
        patch.setattr(Thread, "start", refuse)
        build_of(nights.folder, full=True, engine=partial(in_processes, workers=1))


# --- history, page by page ------------------------------------------------------------------------------------------


def _tables(kind: PageKind, at: int, citations: list[str], complete: bool = True) -> TableRows:
    from registry.tables import TABLES

    empty: TableRows = {table.name: [] for table in TABLES}
    page: dict[str, object] = {
        "nct_id": "NCT09990001", "url": f"http://x/{kind}", "fetched_at": _FIRST + at * _DAY, "kind": kind,
        "complete": complete, "record_sha256": f"{kind} {citations}",
    }  # fmt: skip
    rows = [{"nct_id": "NCT09990001", "ordinal": n, "citation": text} for n, text in enumerate(citations, start=1)]
    return {**empty, "pages": [page], "study_references": rows}


def _added(*pages: TableRows) -> Iterator[tuple[object, object]]:
    for row in trial_tables(pages, [])["changes"]:
        yield row["seen_at"], row["new"]


def test_a_citation_that_came_is_a_change() -> None:
    details, references = PageKind.DETAILS, PageKind.REFERENCES
    found = list(_added(_tables(details, 0, []), _tables(references, 1, ["A"]), _tables(references, 2, ["A", "B"])))
    assert found == [(_FIRST + 2 * _DAY, '{"citation": "B"}')]


def test_what_a_cut_page_lacked_did_not_come() -> None:
    details, references = PageKind.DETAILS, PageKind.REFERENCES
    pages = [_tables(details, 0, []), _tables(references, 1, ["A"], complete=False), _tables(references, 2, ["A", "B"])]
    assert not list(_added(*pages))


_ALIAS = ["NCT09990002"]


def _page_of(night: int, days: int) -> TableRows:
    """Return the tables of the page that changes, as it is on a night, fetched so many days behind the first."""
    site = Site(World(trials=10, night=night), SITE)
    known = brief(site.world, _CHANGED)
    path = TEMPLATES[PageKind.DETAILS].format(slug=known.slug, nct_id=known.nct_id)
    return tables_of(Page(site.respond(path, {}).body, url=SITE + path, fetched_at=_FIRST + days * _DAY))


@pytest.mark.parametrize(("before", "after"), [([], []), (_ALIAS, _ALIAS), ([], _ALIAS), (_ALIAS, [])])
def test_a_history_goes_on_as_it_is_where_all_pages_are_read(before: list[str], after: list[str]) -> None:
    pages = [_page_of(night, days) for days, night in enumerate((0, 60, 0))]
    rows_alone: list[TableRows] = [{"pages": page["pages"]} for page in pages[:2]]
    whole, old = trial_tables(pages, after), trial_tables(pages[:2], before)
    new = trial_tables([*rows_alone, pages[2]], after, is_continued=True)
    made = continued(old, new)
    assert len(whole["study_versions"]) == 3
    assert len(made["changes"]) > 0
    for name, rows in whole.items():
        assert (joined(name, old[name], made[name]) if name in OF_HISTORY else new[name]) == rows


def test_a_history_goes_on_from_whole_details_pages_alone() -> None:
    details, references = PageKind.DETAILS, PageKind.REFERENCES
    first, second = (_tables(details, at, [])["pages"][0] for at in (0, 1))
    assert goes_on([first, second])
    assert not goes_on([second])
    assert not goes_on([first, {**second, "fetched_at": first["fetched_at"]}])
    assert not goes_on([first, _tables(details, 1, [], complete=False)["pages"][0]])
    assert not goes_on([_tables(references, 0, [])["pages"][0], second])
