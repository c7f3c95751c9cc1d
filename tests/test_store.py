"""The store: what a run leaves is whole, what is damaged is named, and the ledger can be made anew from the archive."""

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scraper import archive
from scraper.ledger import Ledger
from scraper.scan import scan
from scraper.schema import MIGRATIONS
from scraper.store import Store, locked
from tests.answers import ANSWER
from tests.pages import BASE as FACTS
from tests.sites import answer, raw_site
from tests.test_fetch import PAGE, PATH, WORLD, archived, command, fetch, run, states
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.site import Site

IDS = [WORLD.nct_id(place) for place in range(12)]
ALIAS = str(WORLD.alias_of(1))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(WORLD) as up:
        yield up


@pytest.fixture(scope="module")
def filled(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two runs: twelve pages and an alias, and some of them once more."""
    folder = tmp_path_factory.mktemp("filled") / "store"
    assert fetch(site, folder, *IDS, ALIAS).returncode == 0
    assert fetch(site, folder, *IDS[:3], "--refresh").returncode == 0
    return folder


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "store")
    return tmp_path / "store"


def verify(store: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return run("verify", "--store", store, *flags)


def pages_of(store: Path) -> list[tuple[object, ...]]:
    """What the ledger says of every page, but for the moment at which an address was first heard of."""
    with sqlite3.connect(store / "ledger.sqlite") as ledger:
        rows = ledger.execute(
            "SELECT p.nct_id, p.kind, p.url, p.state, last_ok, last_changed, record_sha256, complete, warc_file, "
            "warc_offset FROM pages p LEFT JOIN requests ON version = request ORDER BY 1, 2"
        ).fetchall()
    ledger.close()
    return rows


# --- proof ----------------------------------------------------------------------------------------------------------


def test_a_store_that_was_closed_is_whole(store: Path) -> None:
    done = verify(store)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(": whole.\n")
    assert {path.name for path in store.iterdir()} == {"archive", "ledger.sqlite", "ledger.sqlite.sha256", "lock"}
    sums = [path.name for path in (store / "archive").glob("*.sha256")]
    assert subprocess.run(["sha256sum", "--check", *sums], cwd=store / "archive", check=False).returncode == 0


def test_a_store_is_the_owners_alone(site: Site, tmp_path: Path) -> None:
    subprocess.run(
        ["sh", "-c", f"umask 0; {' '.join(command('fetch', IDS[0], '--site', site.base, '--store', tmp_path / 's'))}"],
        capture_output=True,
        check=True,
    )
    assert [path for path in (tmp_path / "s").rglob("*") if path.stat().st_mode & 0o077] == []


def test_a_store_that_everybody_may_write_to_is_refused(store: Path) -> None:
    store.chmod(0o777)
    done = run("fetch", IDS[0], "--store", store)
    assert (done.returncode, "`chmod o-w` it" in done.stderr) == (4, True)


def test_every_flipped_bit_is_named(store: Path) -> None:
    draw = random.Random(7)
    files = [*sorted((store / "archive").iterdir()), *sorted(store.glob("ledger.*"))]
    for _ in range(24):
        path = draw.choice(files)
        whole = path.read_bytes()
        at = draw.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << draw.randrange(8)]) + whole[at + 1 :])
        done = verify(store)
        assert done.returncode == 4, (path.name, at)
        named = path.name.removesuffix(".sha256") if path.name.startswith("ledger") else path.name
        assert named in done.stderr, (path.name, at)
        path.write_bytes(whole)


def test_a_damaged_record_is_named_with_its_address(store: Path) -> None:
    path = min((store / "archive").glob("*.warc.gz"))
    content = bytearray(path.read_bytes())
    exchange = scan(path).exchanges[5]
    content[exchange.offset + 700] ^= 1
    path.write_bytes(content)
    done = verify(store)
    assert done.returncode == 4
    url = exchange.record.field("WARC-Target-URI")
    assert f"{path.name}: the answer of {url} at offset {exchange.offset} is damaged" in done.stderr


def test_a_file_that_is_gone_or_strange_is_named(store: Path) -> None:
    first, second = sorted((store / "archive").glob("*.warc.gz"))
    second.rename(second.with_name("strange.warc.gz"))
    done = verify(store)
    assert done.returncode == 4
    assert f"{second.name} is not there; it held 3 answers." in done.stderr
    assert "strange.warc.gz: the ledger does not know it." in done.stderr
    assert first.name not in done.stderr


# --- the ledger made anew -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["lost", "nonsense", "zeroed page"])
def test_a_ledger_made_anew_says_the_same(damage: str, store: Path) -> None:
    before = run("fetch", *IDS, ALIAS, "--store", store, "--json").stdout
    known = pages_of(store)
    path = store / "ledger.sqlite"
    content = path.read_bytes()
    path.unlink()
    if damage != "lost":
        path.write_bytes(b"nonsense" * 9000 if damage == "nonsense" else content[:4096] + bytes(4096) + content[8192:])
    refused = run("fetch", *IDS, "--store", store)
    if damage != "zeroed page":  # SQLite notices that one late
        assert (refused.returncode, "trials verify --rebuild-ledger" in refused.stderr) == (4, True)
    done = verify(store, "--rebuild-ledger")
    assert done.returncode == 0, done.stderr
    assert pages_of(store) == known
    assert run("fetch", *IDS, ALIAS, "--store", store, "--json").stdout == before


def test_an_older_ledger_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version=1")
        old.execute("INSERT INTO runs VALUES ('trials-1', 'fetch', '2026-01-05T03:04:05Z', NULL)")
        old.execute("INSERT INTO requests VALUES (1, 'trials-1', 'u', '2026-01-05T03:04:05Z', 200, 'a.warc.gz', 300)")
        old.execute(
            "INSERT INTO pages VALUES ('NCT09990001', 'details', 'u', 'fetched', NULL, '2026-01-05T03:04:05Z', "
            "'2026-01-05T03:04:05Z', '2026-01-05T03:04:05Z', 1)"
        )
    old.close()
    ledger = Ledger(path)
    assert ledger.request(1).asked_for == "NCT09990001 details"
    assert [file.state for file in ledger.archives()] == ["sealed"]
    assert ledger.check() is None
    ledger.close()


def test_a_request_that_goes_does_not_look_through_all_pages(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    (step,) = ledger.all("EXPLAIN QUERY PLAN SELECT 1 FROM pages WHERE version = 1")  # what its foreign key asks
    assert "pages_by_version" in step[3]
    ledger.close()


def test_why_tells_of_the_requests_by_an_obsolete_id(site: Site, tmp_path: Path) -> None:
    assert fetch(site, tmp_path, ALIAS).returncode == 0
    told = run("why", WORLD.nct_id(1), "--store", tmp_path).stdout
    assert "Requests" in told and "301" in told and "the first version that is kept" in told


# --- runs that were killed ------------------------------------------------------------------------------------------


def test_a_run_that_is_killed_loses_nothing(site: Site, tmp_path: Path) -> None:
    store, kills = tmp_path / "store", 0
    arguments = command("fetch", *IDS, "--site", site.base, "--store", store, "--delay", "0.05")
    for seconds in (0.6, 0.8, 1.0):
        running = subprocess.Popen(arguments, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        running.send_signal(signal.SIGKILL)
        kills += running.wait() == -signal.SIGKILL
    done = fetch(site, store, *IDS, "--json")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, len(IDS))
    asked = [url for kind, url in archived(store) if kind == "response" and url and "/details" in url]
    assert len(set(asked)) == len(IDS) and len(asked) <= len(IDS) + kills
    assert verify(store).returncode == 0


def test_a_torn_end_is_cut_where_the_ledger_ends(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE)}) as up:
        assert fetch(up, tmp_path / "s", FACTS.nct_id).returncode == 0
        (path,) = (tmp_path / "s" / "archive").glob("*.warc.gz")
        whole = path.read_bytes()
        with sqlite3.connect(tmp_path / "s" / "ledger.sqlite") as ledger:
            ledger.execute("UPDATE archives SET state = 'open', sha256 = NULL")
        ledger.close()
        path.write_bytes(whole + whole[:500])
        assert fetch(up, tmp_path / "s", FACTS.nct_id).returncode == 0
        assert path.read_bytes() == whole
        assert up.asked.count(PATH) == 1


def test_a_file_that_lost_its_end_is_fetched_again(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE)}) as up:
        assert fetch(up, tmp_path / "s", FACTS.nct_id).returncode == 0
        (path,) = (tmp_path / "s" / "archive").glob("*.warc.gz")
        whole, last = path.read_bytes(), scan(path).exchanges[-1]
        with sqlite3.connect(tmp_path / "s" / "ledger.sqlite") as ledger:
            ledger.execute("UPDATE archives SET state = 'open', sha256 = NULL")
        ledger.close()
        path.write_bytes(whole[: last.end - 100])
        done = fetch(up, tmp_path / "s", FACTS.nct_id, "--json")
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
        assert "1 answer lost" in done.stderr
        assert path.read_bytes() == whole[: last.offset]
        assert up.asked.count(PATH) == 2
        assert verify(tmp_path / "s").returncode == 0


def test_an_answer_that_never_came_into_the_ledger_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminated(*_: object) -> int:
        raise SystemExit(143)

    for known in (0, 1):
        opened = Store(tmp_path / str(known), "test", 0, lambda: None)
        for number in range(known):
            opened.keep(replace(ANSWER, url=f"{ANSWER.url}?{number}"), None)
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(opened.ledger, "add_request", terminated)
            opened.keep(ANSWER, None)
        opened.close()
        files = list((tmp_path / str(known) / "archive").glob("*.warc.gz"))
        assert [len(scan(path).exchanges) for path in files] == [1] * known
        assert verify(tmp_path / str(known)).returncode == 0


def test_a_reader_that_holds_the_ledger_open_makes_no_damage_of_it(store: Path) -> None:
    opened = Store(store, "test", 0, lambda: None)
    reader = sqlite3.connect(store / "ledger.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM requests").fetchone()
    opened.keep(ANSWER, None)
    opened.ledger._connection.execute("PRAGMA busy_timeout=0")
    opened.close()
    reader.close()
    assert verify(store).returncode == 0


def test_a_store_that_is_held_is_left_at_once_if_so_wanted(store: Path) -> None:
    with locked(store):
        start = time.monotonic()
        done = run("fetch", IDS[0], "--store", store, "--no-wait")
        assert (done.returncode, verify(store).returncode) == (75, 75)
        assert time.monotonic() - start < 30  # and not a minute


# --- forgetting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [1, 4])
def test_a_forgotten_trial_is_nowhere(place: int, site: Site, store: Path) -> None:
    nct_id = WORLD.nct_id(place)
    others = [each for each in IDS if each != nct_id]
    before = run("fetch", *others, "--store", store, "--json").stdout
    assert run("forget", nct_id, "--store", store).returncode == 0
    for _ in range(2):
        assert [url for _, url in archived(store) if url and nct_id in url] == []
        assert nct_id not in states(store)
        assert run("fetch", nct_id, "--store", store, "--site", site.base).returncode == 3
        done = verify(store, "--rebuild-ledger")  # the second time around from the archive alone
        assert done.returncode == 0, done.stderr
    after = run("fetch", *others, "--store", store, "--json").stdout
    assert _without_places(after) == _without_places(before)
    assert run("forget", nct_id, "--undo", "--store", store).returncode == 0
    assert fetch(site, store, nct_id).returncode == 0


def _without_places(lines: str) -> list[dict[str, object]]:
    found = [json.loads(line) for line in lines.splitlines()]
    for tables in found:
        del tables["pages"][0]["warc_file"], tables["pages"][0]["warc_offset"]
        tables["id_information"] = [row for row in tables["id_information"] if row["id_source"] != "nct_alias"]
    return found


def test_a_forgotten_trial_does_not_come_back_behind_an_alias(site: Site, store: Path) -> None:
    nct_id = WORLD.nct_id(1)
    assert run("forget", nct_id, "--store", store).returncode == 0
    done = fetch(site, store, ALIAS)
    assert done.returncode == 3
    assert f"{nct_id} was forgotten" in done.stderr
    assert [url for kind, url in archived(store) if kind == "response" and url and nct_id in url] == []


def test_forgetting_that_was_killed_is_finished_by_the_next(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scraper import forget

    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    for name in ("remove", "rewrite"):
        opened = Store(store, "test", 0, lambda: None)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(archive, name, lambda *_: killed(Path()))
            forget.forget(opened, [IDS[5]])
        opened.close()
    with Store(store, "test", 0, lambda: None) as opened:
        forget.forget(opened, [IDS[5]])
    assert [url for _, url in archived(store) if url and IDS[5] in url] == []
    assert verify(store).returncode == 0


# --- the connection -------------------------------------------------------------------------------------------------


def test_one_connection_is_kept_for_a_whole_run(tmp_path: Path) -> None:
    log: list[Entry] = []
    with serving(WORLD, log=log) as up:
        assert fetch(up, tmp_path / "store", *IDS).returncode == 0
    asked = [entry for entry in log if "path" in entry]
    assert len(asked) > len(IDS)
    assert {entry["connection"] for entry in asked} == {1}
