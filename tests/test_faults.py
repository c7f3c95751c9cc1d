"""A short cut of `make faults`; and that what measures the promises would notice that one is broken."""

from pathlib import Path

import pytest

from faults.oracle import Tables, archive_faults, compared, downloads_again
from faults.order import replayed
from faults.promise import Promise, Setup, Skipped
from faults.promises import PROMISES
from scraper.files import seal_of, sha256_line
from scraper.warc import warcinfo
from trials.practice.log import Entry


@pytest.mark.parametrize("promise", [promise for promise in PROMISES if not promise.takes_minutes], ids=lambda p: p.id)
def test_promise_is_kept(promise: Promise, tmp_path: Path) -> None:
    try:
        outcome = promise.measure(Setup(tmp_path / promise.id, short=True))
    except Skipped as lack:
        pytest.skip(str(lack))
    assert not outcome.broken, "\n".join(outcome.broken)


# --- the harness ----------------------------------------------------------------------------------------------------

_COMMIT = ['pwrite64(5</s/ledger.sqlite-wal>, ""..., 24, 32) = 24', "fdatasync(5</s/ledger.sqlite-wal>) = 0"]
_ARCHIVED = ['write(7</s/archive/a.warc.gz>, ""..., 90) = 90', "fsync(7</s/archive/a.warc.gz>) = 0"]
_NAMED = ["fsync(9</s/archive>) = 0"]


def test_right_order_of_writes_is_no_fault() -> None:
    disk = replayed([*_ARCHIVED, *_NAMED, *_COMMIT, *_ARCHIVED, *_COMMIT], Path("/s"))
    assert (disk.broken, disk.commits) == ([], 2)


@pytest.mark.parametrize(
    "lines",
    [
        [_ARCHIVED[0], *_NAMED, *_COMMIT],
        [*_ARCHIVED, *_COMMIT],
        [*_ARCHIVED, *_NAMED, _ARCHIVED[0], *_COMMIT, _ARCHIVED[1]],
        ['write(3</s/.t.new>, ""..., 9) = 9', 'rename("/s/.t.new", "/s/t") = 0'],
    ],
    ids=["archive not synced", "name not synced", "synced too late", "renamed before its sync"],
)
def test_wrong_order_of_writes_is_noticed(lines: list[str]) -> None:
    assert replayed(lines, Path("/s")).broken


def test_file_that_was_renamed_has_no_lasting_name_before_its_folder_is_synced() -> None:
    lines = ['write(3</s/.t.new>, ""..., 9) = 9', "fsync(3</s/.t.new>) = 0", 'rename("/s/.t.new", "/s/t") = 0']
    assert list(replayed(lines, Path("/s")).unnamed) == [Path("/s/t")]
    assert not replayed([*lines, "fsync(4</s>) = 0"], Path("/s")).unnamed


def test_trial_that_is_lost_or_strange_or_other_is_noticed() -> None:
    faults = compared(
        Tables({"NCT1": "a", "NCT2": "x", "NCT4": "d"}, ["twice"]), {"NCT1": "a", "NCT2": "b"}, ["NCT1", "NCT2", "NCT3"]
    )
    assert [fault.split()[0] for fault in faults] == ["NCT3", "twice", "NCT4", "NCT2", "NCT4"]


def test_archive_that_is_clipped_at_any_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    record = warcinfo("<urn:uuid:1>", path.name, "run", "trials")
    (tmp_path / "a.cdxj").touch()
    for cut in range(1, len(record) + 1):
        path.write_bytes(record + record[:cut])
        seal_of(path).write_text(sha256_line(path), encoding="ascii")
        assert bool(archive_faults([path])) == (cut < len(record)), cut


def test_requests_for_a_page_are_counted_and_no_others() -> None:
    log: list[Entry] = [
        {"request": n, "path": path} for n, path in enumerate(["/robots.txt"] * 3 + ["/x/NCT00000001/details"] * 3)
    ]
    assert downloads_again([*log, {"answered": 1}]) == 2
