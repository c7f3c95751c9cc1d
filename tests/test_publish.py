"""A build is published whole or not at all; the last ones stay, what was killed or refused goes."""

import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from normalizers.builds import current_build, new_building, prune
from normalizers.manifest import MANIFEST
from normalizers.metadata import FILES
from normalizers.parquet import WRITE_OPTIONS
from registry.errors import GatesFailed, SettingsError, StoreError, TableError
from registry.tables import TABLES
from tests.builds import AT, published, trials, write


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def _names(store: Path) -> list[str]:
    return sorted(path.name for path in (store / "tables").iterdir())


# --- what readers see -------------------------------------------------------------------------------------------


def test_pandas_and_duckdb_open_what_is_published(store: Path) -> None:
    found = published(store, trials(3))
    assert found.is_new
    assert current_build(store) == found.folder
    assert found.folder.name.startswith("20261129T081500Z-")
    for each in TABLES:
        path = store / f"current/{each.name}.parquet"
        names = [column.name for column in each.columns]
        assert list(pd.read_parquet(path).columns) == names
        assert [column[0] for column in duckdb.connect().execute(f"SELECT * FROM '{path}'").description or []] == names
    sql = f"SELECT count(*) FROM '{store}/current/*s.parquet' WHERE nct_id = 'NCT00000002'"
    assert duckdb.connect().execute(sql.replace("*s", "studies")).fetchall() == [(1,)]


def test_the_link_is_relative_so_that_a_store_can_move(store: Path) -> None:
    published(store, trials(3))
    moved = store.rename(store.with_name("elsewhere"))
    assert len(pd.read_parquet(moved / "current/studies.parquet")) == 3
    assert current_build(moved) is not None


def test_contacts_are_the_owners_the_rest_follows_the_umask(store: Path) -> None:
    before = os.umask(0o027)
    try:
        folder = published(store, trials(3)).folder
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes.pop("central_contacts.parquet") == 0o600
    assert set(modes.values()) == {0o640}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_tables_are_the_owners_while_they_are_written(store: Path) -> None:
    assert stat.S_IMODE(new_building(store).stat().st_mode) == 0o700


# --- the same build again ---------------------------------------------------------------------------------------


def test_the_same_tables_are_not_published_twice(store: Path) -> None:
    first = published(store, trials(3))
    before = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    again = published(store, trials(3), accepted={"fill": "a try"})
    assert (again.folder, again.is_new) == (first.folder, False)
    assert again.notes == ("The gate 'fill' was accepted, and did not fail.",)
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == before
    assert _names(store) == [first.folder.name]


def test_the_same_archive_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = [published(tmp_path / name, trials(3)).folder for name in ("one", "other")]
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == other
    assert set(one) == {MANIFEST, *FILES, *(f"{each.name}.parquet" for each in TABLES)}


def test_a_way_back_to_an_older_build_takes_its_folder(store: Path) -> None:
    first = published(store, trials(3)).folder
    published(store, trials(4))
    back = published(store, trials(3), accepted={"trials": "the fourth was a mistake"})
    assert (back.folder, back.is_new) == (first, True)
    assert current_build(store) == first
    said = json.loads((first / MANIFEST).read_text(encoding="utf-8"))
    assert [each["accepted_because"] for each in said["gates"] if not each["passed"]] == ["the fourth was a mistake"]
    assert not [name for name in _names(store) if name.startswith(".")]


def test_a_build_that_was_damaged_is_not_taken_for_the_same(store: Path) -> None:
    first = published(store, trials(3)).folder
    (first / "sponsors.parquet").write_bytes(b"damaged")
    healed = published(store, trials(3))
    assert healed.is_new
    assert healed.folder.name == f"{first.name}-2"
    assert len(pd.read_parquet(store / "current/sponsors.parquet")) > 0
    assert json.loads((healed.folder / MANIFEST).read_text(encoding="utf-8"))["build"] == healed.folder.name


# --- refused ----------------------------------------------------------------------------------------------------


def test_a_build_that_fails_is_kept_aside(store: Path) -> None:
    first = published(store, trials(30)).folder
    with pytest.raises(GatesFailed) as caught:
        published(store, trials(10))
    error = caught.value
    assert error.gates == ("trials",)
    assert error.kept.name.endswith(".refused")
    assert len(pd.read_parquet(error.kept / "studies.parquet")) == 10
    said = {each["gate"]: each for each in json.loads((error.kept / MANIFEST).read_text(encoding="utf-8"))["gates"]}
    assert (said["trials"]["measured"], said["trials"]["limit"], said["trials"]["passed"]) == (20, 0, False)
    for part in (
        "trials: 20 ",
        "at most 0",
        "NCT00000011",
        "only `trials forget`",
        "trials build --accept trials --because",
    ):
        assert part in str(error)
    assert current_build(store) == first
    assert len(pd.read_parquet(store / "current/studies.parquet")) == 30


def test_only_the_last_that_was_refused_stays_until_one_is_published(store: Path) -> None:
    published(store, trials(30))
    for count in (10, 11):
        with pytest.raises(GatesFailed):
            published(store, trials(count))
    assert len([name for name in _names(store) if name.endswith(".refused")]) == 1
    done = published(store, trials(11), accepted={"trials": "the site closed"})
    assert done.pruned[0].endswith(".refused")
    assert [verdict.because for verdict in done.verdicts if verdict.gate.name == "trials"] == ["the site closed"]
    assert len(_names(store)) == 2


def test_an_empty_build_is_never_published(store: Path) -> None:
    with pytest.raises(GatesFailed, match="empty: 1") as refused:
        published(store, trials(0), at=None)
    assert "--because" not in str(refused.value), "no command publishes it"
    assert current_build(store) is None
    with pytest.raises(SettingsError, match="never published"):
        published(store, trials(0), accepted={"empty": "why not"})


def test_tables_that_are_not_as_declared_are_an_error(store: Path) -> None:
    published(store, trials(3))
    building = write(trials(3), new_building(store))
    found = pq.read_table(building / "sponsors.parquet")
    pq.write_table(found.drop_columns(["lead_or_collaborator"]), building / "sponsors.parquet", **WRITE_OPTIONS)
    _fails(store, building, "sponsors.parquet has the columns nct_id, ordinal, name, not")
    pq.write_table(
        found.cast(pa.schema([*[*found.schema][:-1], pa.field("name", pa.string())])), building / "sponsors.parquet"
    )
    _fails(store, building, "where .* is due")
    (building / "sponsors.parquet").write_bytes(b"PAR1")
    _fails(store, building, "no whole Parquet file")
    (building / "sponsors.parquet").unlink()
    _fails(store, building, "no sponsors.parquet")


def _fails(store: Path, building: Path, match: str) -> None:
    """Try to publish what stands in the folder, and expect the old build to stay."""
    from normalizers.gates import load_gates
    from normalizers.manifest import Counts, Inputs
    from normalizers.publish import Checks, publish

    before = current_build(store)
    with pytest.raises(TableError, match=match):
        publish(building, store, Checks(load_gates(), Inputs(3, AT, "0"), Counts(3)))
    assert current_build(store) == before


def test_a_file_that_is_no_table_is_not_published(store: Path) -> None:
    building = write(trials(3), new_building(store))
    (building / "contacts.tmp").write_text("Jane Roe")
    _fails(store, building, "holds contacts.tmp")


# --- the pointer ------------------------------------------------------------------------------------------------


def test_a_pointer_that_leads_nowhere_is_said_before_the_work(store: Path) -> None:
    shutil.rmtree(published(store, trials(3)).folder)
    for call in (current_build, new_building):
        with pytest.raises(StoreError, match="is no build"):
            call(store)


@pytest.mark.parametrize("target", ["/etc", "../elsewhere", "tables", "tables/.building-1"])
def test_a_pointer_to_something_else_is_no_build(store: Path, target: str) -> None:
    store.mkdir()
    (store / "current").symlink_to(target)
    with pytest.raises(StoreError, match="no build"):
        current_build(store)


def test_a_folder_where_the_pointer_belongs(store: Path) -> None:
    (store / "current").mkdir(parents=True)
    with pytest.raises(StoreError, match="is no link to a build"):
        new_building(store)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"tables": {"studies": {"rows": "many"}}}', b"\xff"])
def test_a_manifest_that_is_damaged_is_said_before_the_work(store: Path, content: bytes) -> None:
    (published(store, trials(3)).folder / MANIFEST).write_bytes(content)
    with pytest.raises(StoreError, match="the next build is then compared with none"):
        new_building(store)


# --- pruning ----------------------------------------------------------------------------------------------------


def test_the_newest_builds_stay(store: Path) -> None:
    made = [published(store, trials(3), at=AT + timedelta(days=day), keep=2).folder.name for day in range(4)]
    assert _names(store) == made[2:]


def test_the_published_build_stays_however_old(store: Path) -> None:
    newer = published(store, trials(3), at=AT + timedelta(days=1)).folder.name
    older = published(store, trials(3), at=AT - timedelta(days=1)).folder.name
    prune(store, 1)
    assert _names(store) == sorted([older, newer])
    assert published(store, trials(3), at=AT + timedelta(days=2), keep=1).pruned == tuple(sorted([older, newer]))


def test_leftovers_go(store: Path) -> None:
    published(store, trials(3))
    for name in (".building-1", ".removing-20260101T000000Z-00000000"):
        (store / "tables" / name).mkdir()
        (store / "tables" / name / "studies.parquet").write_bytes(b"half")
    strange = store / "tables" / "notes"
    strange.mkdir()
    building = new_building(store)
    assert _names(store) == sorted([building.name, "notes", (current_build(store) or strange).name])


def test_a_build_that_cannot_be_removed_undoes_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(store, trials(3))

    def failing(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("normalizers.builds.remove", failing)
    done = published(store, trials(3), at=AT + timedelta(days=1), keep=1)
    assert current_build(store) == done.folder
    assert "older ones could not be removed" in done.notes[0]


# --- a disk that refuses ----------------------------------------------------------------------------------------

_CHILD = """
import os, resource, sys
from pathlib import Path
from tests.builds import AT, trials, write
from normalizers.builds import new_building
from normalizers.gates import load_gates
from normalizers.manifest import Counts, Inputs
from normalizers.publish import Checks, publish
from registry.errors import StoreError
store = Path(sys.argv[1])
building = write(trials(4), new_building(store))
if sys.argv[2] == "full":
    room = os.statvfs(store)
    (store / "full").write_bytes(bytes(max(0, room.f_bavail * room.f_bsize - 40_000)))
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    publish(building, store, Checks(load_gates(), Inputs(4, AT, "0"), Counts(4)))
except StoreError as error:
    print(error)
    sys.exit(4)
"""


def _child(store: Path, limit: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _CHILD, str(store), limit]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("limit", [0, 5_000, 20_000, 40_000])  # the metadata are 3 to 65 kB, one after the other
def test_a_file_that_may_not_grow_leaves_what_was_published(store: Path, limit: int) -> None:
    _refusing(store, str(limit), "File too large")


def test_a_full_disk_leaves_what_was_published(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        _refusing(disk / "store", "full", "No space left on device")
    finally:
        subprocess.run(["umount", disk], check=True)


def _refusing(store: Path, limit: str, why: str) -> None:
    """Publish three trials, then fail to publish four."""
    first = published(store, trials(3)).folder
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    failed = _child(store, limit)
    assert failed.returncode == 4, failed.stderr
    assert why in failed.stdout
    assert "nothing half-written was published. Free space" in failed.stdout
    assert current_build(store) == first
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before
    assert _names(store) == [first.name]


def test_the_child_publishes_where_nothing_refuses(store: Path) -> None:
    published(store, trials(3))
    assert _child(store, str(resource.RLIM_INFINITY)).returncode == 0
    assert len(pd.read_parquet(store / "current/studies.parquet")) == 4


# --- order ------------------------------------------------------------------------------------------------------


def test_everything_is_on_disk_before_it_is_published(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power loss leaves is decided by the order of syncs and renames."""
    published(store, trials(3))
    done: list[str] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def syncing(descriptor: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def moving(self: Path, target: Path) -> Path:
        done.append(f"rename {self.name}")
        return rename(self, target)

    def turning(self: Path, target: Path) -> Path:
        done.append(f"replace {target.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "rename", moving)
    monkeypatch.setattr(Path, "replace", turning)
    found = published(store, trials(4))
    building = f".building-{os.getpid()}"
    files = {f"sync {path.name}" for path in found.folder.iterdir()}
    assert set(done[: len(files)]) == files
    assert done[len(files) :] == [
        f"sync {building}",
        f"rename {building}",
        "sync tables",
        "replace current",
        "sync store",
    ]
