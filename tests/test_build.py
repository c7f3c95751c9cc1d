"""Builds: the tables are a function of the archive, whatever was built before, and hold its whole history."""

import gc
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from errno import ENOSPC
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from normalizers.builds import builds_of
from normalizers.writing import DatasetWriter
from registry.errors import GatesFailed, StoreBusy, StoreError
from registry.labels import PageKind
from registry.tables import TABLES
from scraper.histories import histories
from scraper.ledger import Ledger
from scraper.store import ARCHIVE, LEDGER
from tests.nights import SITE, Nights, at_night
from trials import engines
from trials.batches import Done, Task, carry_out_apart
from trials.build import Built, Wanted, build
from trials.contained import ContainedReader
from trials.engines import in_processes
from trials.explore.copy import copy_of
from trials.forgetting import forget_trials
from trials.memory import POOL
from trials.practice.world import World
from trials.rebuild import rebuild_ledger
from trials.settings import check

_NIGHTS = (0, 9, 18)
_TRIALS = 14
_LETTING = {"changed": "nights apart", "fill": "few trials", "vocabulary": "few trials"}


def _at_once(tasks: Any) -> Generator[Done, None, None]:
    """Carry out tasks in this process: quick, where a test is not about processes."""
    for task in tasks:
        yield carry_out_apart(task)


def build_of(store: Path, **also: Any) -> Built:
    """Build the tables of a store; gates that nights far apart do not pass are accepted."""
    usual = {"archive": str(store / ARCHIVE), "engine": _at_once, "accepted": _LETTING}
    return build(Wanted(store, **{**usual, **also}))


def _sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.parquet")}


def built_sums(store: Path, **also: Any) -> dict[str, str]:
    """Build a store and return the sha256 of each table."""
    return _sums(build_of(store, **also).published.folder)


def rows_of(folder: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table of a build."""
    return list(pq.read_table(folder / f"{table}.parquet").to_pylist())


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with three nights, built after each."""
    store = tmp_path_factory.mktemp("nights") / "store"
    kept = Nights(store, kinds=(PageKind.DETAILS, PageKind.REFERENCES))
    for night in _NIGHTS:
        kept.keep(World(trials=_TRIALS, night=night, pace=10))
        build_of(store)
    return store


@pytest.fixture
def copy(nights: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    store = tmp_path / "store"
    os.system(f"cp -a {nights} {store}")
    return store


def test_a_night_gives_the_same_bytes_as_a_full_build(copy: Path) -> None:
    by_nights = _sums(copy / "current")
    full = build_of(copy, full=True)
    assert _sums(full.published.folder) == by_nights
    assert len(by_nights) == len(TABLES)
    assert full.pages > 3 * _TRIALS


def test_worker_processes_and_their_number_make_no_difference(copy: Path) -> None:
    expected = _sums(copy / "current")
    for workers in (1, 3):
        built = build_of(copy, full=True, engine=partial(in_processes, workers=workers))
        assert _sums(built.published.folder) == expected


def test_workers_do_not_load_pandas_and_a_program_that_asks_for_a_frame_later_gets_one() -> None:
    script = (
        "import sys; from trials.worker import without_pandas; import pyarrow as pa; without_pandas(); "
        "frame = pa.table({'a': pa.array([1, None])}); assert 'pandas' not in sys.modules; "
        "assert frame.to_pandas()['a'].isna().tolist() == [False, True]; assert 'pandas' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("chosen", [None, "system"])
def test_the_program_takes_an_allocator_that_gives_memory_back_unless_told_otherwise(chosen: str | None) -> None:
    script = (
        "from trials.memory import prefer_memory_given_back; prefer_memory_given_back(); import pyarrow as pa; "
        "print(pa.default_memory_pool().backend_name)"
    )
    environment = {name: value for name, value in os.environ.items() if name != POOL} | (
        {POOL: chosen} if chosen else {}
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, env=environment, capture_output=True, text=True)
    usual = "jemalloc" if (platform.system(), platform.machine()) == ("Linux", "x86_64") else done.stdout.strip()
    assert (done.stdout.strip(), done.stderr) == (chosen or usual, "")


def test_tasks_of_another_size_make_no_difference(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trials.batches.PAGES", 3)
    monkeypatch.setattr("normalizers.writing.row_group_rows", lambda _: 7)
    small = build_of(copy, full=True).published.folder
    monkeypatch.setattr("trials.batches.PAGES", 1000)
    assert _sums(build_of(copy, full=True).published.folder) == _sums(small)
    assert pq.ParquetFile(small / "related_studies.parquet").num_row_groups > 5


def test_nothing_new_reads_no_page_and_publishes_nothing(copy: Path) -> None:
    built = build_of(copy)
    assert (built.pages, built.anew, built.published.is_new) == (0, 0, False)
    assert len(builds_of(copy)) == len(_NIGHTS)


def test_a_night_reads_only_what_it_needs(copy: Path) -> None:
    world = World(trials=_TRIALS, night=_NIGHTS[-1], pace=10)
    Nights(copy).keep(world, places=[3], at=at_night(world).replace(hour=9))
    assert build_of(copy).pages == 0, "the same again is a revisit"
    later = World(trials=_TRIALS, night=_NIGHTS[-1] + 40, pace=10)
    changed = next(place for place in range(_TRIALS) if later.changes(place) != world.changes(place))
    Nights(copy).keep(later, places=[changed])
    built = build_of(copy)
    assert (built.anew, built.counts.changed) == (1, 1)
    assert 1 <= built.pages <= 5


def test_a_change_is_followed_from_page_to_table(nights: Path) -> None:
    changes = [row for row in rows_of(nights / "current", "changes") if row["column"] == "overall_status"]
    versions = {(row["nct_id"], row["valid_from"]): row for row in rows_of(nights / "current", "study_versions")}
    studies = {row["nct_id"]: row for row in rows_of(nights / "current", "studies")}
    assert changes
    for change in changes:
        assert change["old"] != change["new"]
        assert change["ordinal"] is None
        version = versions[change["nct_id"], change["seen_at"]]
        assert version["url"] == change["url"]
        before = [row for key, row in versions.items() if key[0] == change["nct_id"] and key[1] < change["seen_at"]]
        assert max(before, key=lambda row: row["valid_from"])["valid_to"] == change["seen_at"]
    last = {change["nct_id"]: change["new"] for change in changes}  # they are in the order of their times
    assert {nct_id: studies[nct_id]["overall_status"] for nct_id in last} == last


def test_each_trial_has_one_version_that_is_current(nights: Path) -> None:
    current = [row["nct_id"] for row in rows_of(nights / "current", "study_versions") if row["valid_to"] is None]
    assert current == [row["nct_id"] for row in rows_of(nights / "current", "studies")]


def test_rows_that_only_moved_are_no_change(nights: Path) -> None:
    rows = [row for row in rows_of(nights / "current", "changes") if row["column"] is None]
    assert rows, "criteria and locations change in the practice site"
    assert all(row["old"] != row["new"] and row["ordinal"] for row in rows)
    assert not {row["table"] for row in rows} & {"related_studies", "pages", "problems"}


def test_as_of_a_day_gives_what_was_built_on_it(copy: Path) -> None:
    first, *_ = sorted(builds_of(copy))
    before = (copy / "current").readlink()
    aside = build_of(copy, until=datetime.combine(World(night=0).today, datetime.max.time(), UTC)).published.folder
    assert _sums(aside) == _sums(first)
    assert (copy / "current").readlink() == before
    assert aside.name == f"as-of-{World(night=0).today}"


def test_the_order_of_the_archives_files_makes_no_difference(nights: Path, tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).mkdir()
    for path in (nights / ARCHIVE).iterdir():
        (tmp_path / ARCHIVE / path.name).write_bytes(path.read_bytes())
    with ContainedReader() as reader:
        rebuild_ledger(tmp_path, reader, print, lambda: None)
    assert _sums(build_of(tmp_path).published.folder) == _sums(nights / "current")


def test_a_trial_that_vanished_keeps_its_rows(copy: Path) -> None:
    known = rows_of(copy / "current", "studies")[0]
    store = Nights(copy)
    world = World(trials=_TRIALS, night=_NIGHTS[-1], pace=10)
    place = world.place_of(known["nct_id"])
    assert place is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "is_gone", lambda _self, _place: True)
        store.keep(world, places=[place], at=at_night(world).replace(hour=10))
    built = build_of(copy)
    (row,) = [row for row in rows_of(copy / "current", "studies") if row["nct_id"] == known["nct_id"]]
    assert row == {**known, "page_state": "gone"}
    assert built.counts.gone == 1


def test_a_forgotten_trial_leaves_every_build(copy: Path) -> None:
    (first, *_) = sorted(builds_of(copy))
    nct_id = rows_of(first, "studies")[1]["nct_id"]
    looked_at = copy_of(copy, first, lambda _: lambda _: None)
    forget_trials([nct_id], check({"site": SITE, "store": copy}), undo=False)
    build_of(copy)
    for table in TABLES:
        assert nct_id not in [row["nct_id"] for row in rows_of(copy / "current", table.name)]
    assert [path.name for path in builds_of(copy)] == [(copy / "current").readlink().name], "older ones held it"
    assert not looked_at.exists(), "the explorer's copy of one held it"


def test_a_damaged_record_fails_a_gate(copy: Path) -> None:
    page = rows_of(copy / "current", "pages")[-1]
    path = copy / ARCHIVE / page["warc_file"]
    content = bytearray(path.read_bytes())
    content[page["warc_offset"] + 100] ^= 0xFF
    path.write_bytes(content)
    before = (copy / "current").readlink()
    with pytest.raises(GatesFailed, match="records of the archive"):
        build_of(copy, full=True)
    assert (copy / "current").readlink() == before


def test_two_builds_at_once_are_kept_apart(copy: Path) -> None:
    def meanwhile(tasks: Any) -> Generator[Done, None, None]:
        with pytest.raises(StoreBusy):
            build_of(copy)
        yield from _at_once(tasks)

    assert build_of(copy, full=True, engine=meanwhile).pages


def test_a_build_that_breaks_off_waits_for_no_worker(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    def engine(tasks: Any) -> Generator[Done, None, None]:
        try:
            yield from _at_once(tasks)
        finally:
            closed.append(True)

    def full_disk(_writer: DatasetWriter, *_taken: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(DatasetWriter, "take", full_disk)
    with pytest.raises(StoreError, match=r"Cannot publish .*No space left") as error:
        build_of(copy, full=True, engine=engine)
    assert error.tb  # whose frames would have kept the engine open
    assert closed == [True]


def test_a_disk_that_is_full_is_said_once(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(_writer: pq.ParquetWriter) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "close", full_disk)
    with pytest.raises(StoreError, match=r"Cannot publish .*No space left") as error:
        build_of(copy, full=True)
    del error  # and with it the writers: what their `__del__` raised would be printed, and fails this test
    gc.collect()


def test_a_build_that_breaks_off_leaves_nothing(copy: Path) -> None:
    def breaks(tasks: Any) -> Generator[Done, None, None]:
        yield next(_at_once(tasks))
        raise KeyboardInterrupt

    before = sorted(path.name for path in (copy / "tables").iterdir())
    with pytest.raises(KeyboardInterrupt):
        build_of(copy, full=True, engine=breaks)
    assert sorted(path.name for path in (copy / "tables").iterdir()) == before


def test_a_full_disk_is_said_before_it_is_full(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trials.build._BYTES_A_TRIAL", 10**15)
    with pytest.raises(StoreError, match="Free space"):
        build_of(copy, full=True)


def _breaks_its_process(_task: Task) -> Done:
    os._exit(9)


def test_a_page_that_breaks_its_process_costs_no_other(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _sums(copy / "current")
    monkeypatch.setattr(engines, "carry_out", _breaks_its_process)
    monkeypatch.setattr("trials.batches.PAGES", 40)
    built = build_of(copy, full=True, engine=partial(in_processes, workers=2))
    assert _sums(built.published.folder) == expected


def test_histories_that_are_not_read_to_their_end_may_be_let_go_after_the_ledger(nights: Path) -> None:
    with Ledger(nights / LEDGER, read_only=True) as ledger:
        rows = ledger.each("SELECT request FROM requests", {})
        assert isinstance(rows, Generator)
        next(rows)
    rows.close()


def test_histories_are_those_of_the_archive_alone(nights: Path) -> None:
    with Ledger(nights / LEDGER, read_only=True) as ledger:
        found = list(histories(ledger))
        before = list(histories(ledger, at_night(World(night=0))))
    assert [each.nct_id for each in found] == sorted({each.nct_id for each in found})
    assert {each.nct_id for each in before} < {each.nct_id for each in found}
    for each in found:
        assert list(each.pages) == sorted(each.pages, key=lambda page: page.at)
        assert each.first_seen_at is not None
        assert each.last_seen_at == at_night(World(night=_NIGHTS[-1])).replace()
    assert all(trial.pages[-1].at <= at_night(World(night=0)) for trial in before)


def test_readers_of_parquet_need_nothing_else(nights: Path) -> None:
    table = pq.read_table(nights / "current" / "studies.parquet")
    assert table.schema.field("start_earliest").type == pa.date32()
    ids = [str(nct_id) for nct_id in table.column("nct_id").to_pylist()]
    assert ids == sorted(ids)
