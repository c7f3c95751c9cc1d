"""A ledger made anew says what the old one said, and nothing of the archive is lost by making it."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scraper import store as stores
from scraper.scan import scan
from scraper.store import Store
from tests.answers import ANSWER
from tests.pages import BASE as FACTS
from tests.sites import answer, raw_site
from tests.test_fetch import PAGE, PATH, WORLD, command, fetch, run
from tests.test_import import SITE, _page, _path, take
from tests.warcs import Warc
from trials import rebuild
from trials.contained import ContainedReader
from trials.practice.server import serving
from trials.practice.site import Site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(WORLD) as up:
        yield up


def _rows(store: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(store / "ledger.sqlite") as ledger:
        rows = ledger.execute(query).fetchall()
    ledger.close()
    return rows


def _rebuilt(store: Path) -> subprocess.CompletedProcess[str]:
    return run("verify", "--rebuild-ledger", "--store", store)


def test_damage_is_said_also_when_the_ledger_knows_nothing_of_it(site: Site, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert fetch(site, store, *(WORLD.nct_id(place) for place in range(3))).returncode == 0
    (path,) = (store / "archive").glob("*.warc.gz")
    content, damaged = bytearray(path.read_bytes()), scan(path).exchanges[-1]
    content[damaged.offset + 900] ^= 1
    path.write_bytes(content)
    for done in (_rebuilt(store), run("verify", "--store", store)):
        assert done.returncode == 4
        assert f"{path.name}: what stands at offset {damaged.offset} is damaged" in done.stderr
    moved = path.rename(tmp_path / path.name)
    assert _rebuilt(store).returncode == 0
    done = run("import", moved, "--store", store, "--site", site.base)
    assert done.stdout.startswith("2 taken"), done
    assert run("verify", "--store", store).returncode == 0


def test_a_file_whose_only_answer_is_damaged_stays(tmp_path: Path) -> None:
    corpus, store = tmp_path / "a.warc.gz", tmp_path / "store"
    corpus.write_bytes(Warc().answer(f"{SITE}{_path(0)}", _page(0)).content)
    take(store, corpus)
    (path,) = (store / "archive").glob("*.warc.gz")
    content = bytearray(path.read_bytes())
    content[scan(path).exchanges[0].offset + 700] ^= 1
    path.write_bytes(content)
    done = _rebuilt(store)
    assert (done.returncode, path.read_bytes()) == (4, bytes(content))
    assert f"{path.name}: the ledger does not know it" in done.stderr


def test_a_file_of_others_in_the_archive_is_left_as_it_is(site: Site, tmp_path: Path) -> None:
    assert fetch(site, tmp_path, WORLD.nct_id(3)).returncode == 0
    path = tmp_path / "archive" / "crawl.warc.gz"
    path.write_bytes(Warc().answer(f"{SITE}{_path(0)}", _page(0)).content)
    content = path.read_bytes()
    assert "crawl.warc.gz is no file that `trials` wrote" in _rebuilt(tmp_path).stderr
    assert path.read_bytes() == content
    assert not list(path.parent.glob("crawl.warc.gz.*"))


def test_a_retry_after_is_kept(tmp_path: Path) -> None:
    closed = answer("", status="429 Too Many Requests", headers={"Retry-After": "7200"})
    with raw_site({PATH: closed}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
        asked = len(site.asked)
        assert _rebuilt(tmp_path).returncode == 0
        assert fetch(site, tmp_path, FACTS.nct_id).returncode == 3
        assert len(site.asked) == asked


def test_captures_without_a_page_have_the_same_states(tmp_path: Path) -> None:
    corpus, store = tmp_path / "a.warc.gz", tmp_path / "store"
    warc = Warc().answer(f"{SITE}{_path(0)}", b"<html>no", status="404 Not Found")
    corpus.write_bytes(warc.answer(f"{SITE}{_path(1)}", b"<html>no", status="500 Oh").content)
    assert take(store, corpus)[1].startswith("0 taken, 0 known already, 0 skipped, 2 refused")
    known = _rows(store, "SELECT nct_id, kind, state, reason, last_tried FROM pages ORDER BY 1")
    assert [row[2] for row in known] == ["unresolved", "failed"]
    assert _rebuilt(store).returncode == 0
    assert _rows(store, "SELECT nct_id, kind, state, reason, last_tried FROM pages ORDER BY 1") == known


_BROKEN_OFF = {
    "leads away": (answer("", status="302 Found", headers={"Location": "https://example.org/"}), "refused"),
    "leads nowhere": (answer("", status="302 Found", headers={"Location": "http://[::1"}), "failed"),
    "is cut": (answer(PAGE)[:-500], "failed"),
}


@pytest.mark.parametrize("what", _BROKEN_OFF)
def test_an_answer_that_broke_off_has_the_same_state(what: str, tmp_path: Path) -> None:
    sent, state = _BROKEN_OFF[what]
    with raw_site({PATH: sent}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
    known = _rows(tmp_path, "SELECT nct_id, kind, state FROM pages")
    assert known == [(FACTS.nct_id, "details", state)]
    assert _rebuilt(tmp_path).returncode == 0
    assert _rows(tmp_path, "SELECT nct_id, kind, state FROM pages") == known


def test_a_304_that_speaks_of_another_version_confirms_nothing(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE, headers={"ETag": '"1"'})}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
        site._answers = {PATH: answer("", status="304 Not Modified", headers={"ETag": '"2"'})}
        assert fetch(site, tmp_path, FACTS.nct_id, "--refresh").returncode == 5
    known = _rows(tmp_path, "SELECT nct_id, state, last_ok FROM pages WHERE state <> 'never_tried'")
    assert _rebuilt(tmp_path).returncode == 0
    assert _rows(tmp_path, "SELECT nct_id, state, last_ok FROM pages WHERE state <> 'never_tried'") == known


class _OneSecond(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: object = None) -> "datetime":  # type: ignore[override]  # noqa: ARG003
        return datetime(2026, 1, 5, 3, 4, 9, tzinfo=UTC)


def test_runs_of_one_second_are_read_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = iter(["ffffff", "000000"])
    monkeypatch.setattr("scraper.store.secrets.token_hex", lambda _: next(tokens))
    monkeypatch.setattr(stores, "datetime", _OneSecond)
    for seconds in range(2):
        with Store(tmp_path, "test", 0, lambda: None) as opened:
            opened.keep(replace(ANSWER, at=ANSWER.at + timedelta(seconds=seconds)), "NCT09990001 details")
    assert _rows(tmp_path, "SELECT request, original FROM requests") == [(1, None), (2, 1)]
    _rebuilt(tmp_path)
    assert _rows(tmp_path, "SELECT request, original FROM requests") == [(1, None), (2, 1)]


def test_a_ledger_never_stands_without_its_log(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed leaves all of its ledger in the log; then the rebuild is killed between two renames."""
    ids = [WORLD.nct_id(place) for place in range(30)]
    running = subprocess.Popen(
        command("fetch", *ids, "--site", site.base, "--store", tmp_path, "--delay", "0.1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while sum(path.stat().st_size for path in (tmp_path / "archive").glob("*.warc.gz")) < 20_000:
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    replace_file, moved = Path.replace, list[str]()

    def killed(self: Path, target: Path) -> Path:
        if "damaged" in str(target):
            moved.append(self.name)
            if len(moved) == 2:
                raise KeyboardInterrupt
        return replace_file(self, target)

    with monkeypatch.context() as patch, ContainedReader() as reader, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", killed)
        rebuild.rebuild_ledger(tmp_path, reader, lambda _: None, lambda: None)
    assert "has an archive and no ledger" in fetch(site, tmp_path, ids[0]).stderr
    assert _rebuilt(tmp_path).returncode == 0
