"""Nights over real HTTP: what is asked for, what is reported, and everything that ends a night otherwise."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import fastjsonschema
import pytest

from benchmarks.nights import TROUBLE, at, night, unaccounted
from normalizers.builds import current_build
from scraper.schema import MIGRATIONS
from scraper.store import Store
from tests.test_fetch import command, run, states
from trials.exits import Exit
from trials.harvest import Order, harvest
from trials.practice.faults import Faults
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.site import Site
from trials.practice.world import World
from trials.report import NAME, Report, schema
from trials.settings import Settings, check

WORLD = World(trials=60, pace=30)
_PAGES = "/*/NCT*"
ACCEPTED = ("--accept", "changed", "--accept", "fill", "--because", "a test")


def told(site: Site, store: Path, **more: object) -> Settings:
    return check({"site": site.base, "store": store, **more})


def report_of(store: Path) -> Report:
    return Report.model_validate_json((store / NAME).read_bytes())


def pages_in(log: list[Entry]) -> list[str]:
    return [str(entry["path"]) for entry in log if "path" in entry and "/NCT" in str(entry["path"])]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after the first night, and the site's port in `port`."""
    folder = tmp_path_factory.mktemp("nights")
    with serving(WORLD) as site:
        code, _ = night(WORLD, told(site, folder / "store"))
        assert code is Exit.DONE
        (folder / "port").write_text(site.base.rpartition(":")[2])
    return folder


@pytest.fixture
def store(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first / "store", tmp_path / "store", symlinks=True)
    return tmp_path / "store"


def port(first: Path) -> int:
    return int((first / "port").read_text())


# --- a good night -----------------------------------------------------------------------------------------------


def test_the_first_night_gets_every_trial_and_publishes(first: Path) -> None:
    report = report_of(first / "store")
    assert (report.exit_code, report.ended, report.pages.expected) == (0, "done", WORLD.count)
    assert report.pages.got == WORLD.count and not report.pages.not_got
    assert report.dataset and report.dataset.published and report.dataset.new.count == WORLD.count
    build = current_build(first / "store")
    assert build is not None and build.name == report.dataset.build


def test_the_report_keeps_its_schema(first: Path) -> None:
    fastjsonschema.compile(json.loads(schema()))(json.loads((first / "store" / NAME).read_bytes()))


def test_the_published_schema_is_current() -> None:
    published = Path(__file__).parents[1] / "docs" / "report.schema.json"
    assert published.read_text("utf-8") == schema(), "run `make dictionary`"


def test_the_report_is_for_its_owner_alone_and_names_the_run(first: Path) -> None:
    report = report_of(first / "store")
    kept = first / "store" / "reports" / f"{report.run}.json"
    assert kept.read_bytes() == (first / "store" / NAME).read_bytes()
    assert (kept.stat().st_mode & 0o777, (first / "store" / NAME).stat().st_mode & 0o777) == (0o600, 0o600)


def test_the_report_holds_no_contact(first: Path) -> None:
    text = (first / "store" / NAME).read_text("utf-8")
    assert "@" not in text


def test_nights_account_for_every_id_and_find_what_changed(first: Path, store: Path) -> None:
    changed = 0
    with serving(WORLD, port(first)) as site:
        for number in (1, 2, 3, 4):
            site.world = replace(WORLD, night=number)
            code, report = night(site.world, told(site, store, requests=40))
            assert code is Exit.DONE, report.sentence
            assert unaccounted(site.world, told(site, store), report) == []
            changed += report.pages.changed
    assert changed > 0
    rows = sqlite3.connect(store / "ledger.sqlite").execute("SELECT sum(changes), sum(visits) FROM pages").fetchone()
    assert rows[0] == changed and rows[1] > WORLD.count


def test_a_night_that_is_run_again_asks_for_no_page_twice(first: Path, store: Path) -> None:
    log: list[Entry] = []
    with serving(WORLD, port(first), log=log) as site, at(WORLD, hour=5):
        assert harvest(Order(), told(site, store)) is Exit.DONE
    assert pages_in(log) == []
    report = report_of(store)
    assert report.pages.expected == 0
    assert report.sentence.startswith("No page was due; what came today is asked for again tomorrow")


def test_without_a_build_nothing_is_published(tmp_path: Path) -> None:
    with serving(WORLD) as site, at(WORLD):
        assert harvest(Order(builds=False), told(site, tmp_path / "store")) is Exit.DONE
    assert current_build(tmp_path / "store") is None
    assert not report_of(tmp_path / "store").is_good


# --- which pages ------------------------------------------------------------------------------------------------


def test_a_list_of_ids_alone_is_fetched_and_what_is_no_id_is_said(tmp_path: Path) -> None:
    ids = [WORLD.nct_id(place) for place in (3, 4, 5)]
    (tmp_path / "ids.txt").write_text("\n".join([*ids, ids[0].lower(), "junk", "NCT00000000", ""]))
    with serving(WORLD) as site:
        done = run(
            "harvest", "--ids", tmp_path / "ids.txt", "--sources", "given", "--site", site.base, "--store",
            tmp_path / "store",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "'junk' is no id of a trial" in done.stderr and "a placeholder" in done.stderr
    known = states(tmp_path / "store")
    assert known == dict.fromkeys(ids, ("fetched", None))


@pytest.mark.parametrize(("content", "code", "said"), [(b"", 2, "No trial is known"), (None, 4, "cannot be read")])
def test_a_list_without_ids_is_said(content: bytes | None, code: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    if content is not None:
        path.write_bytes(content)
    with serving(WORLD) as site:
        done = run("harvest", "--ids", path, "--sources", "given", "--site", site.base, "--store", tmp_path / "store")
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_steps_of_see_also_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text(WORLD.nct_id(3))
    counts = []
    with serving(WORLD) as site:
        for number, depth in enumerate((0, 0, 1, 1)):
            settings = told(site, tmp_path / "store", sources=("given", "see_also"), depth=depth)
            with at(replace(WORLD, night=number)):
                assert harvest(Order(lists=[str(tmp_path / "ids.txt")], builds=False), settings) is Exit.DONE
            counts.append(len(states(tmp_path / "store")))
    assert counts[:2] == [1, 1], "no step: what the page names is known and not fetched"
    assert counts[2] == counts[3] == 21, "one step: the rows of its table, and not those of theirs"


def test_other_kinds_of_page_are_asked_for_of_every_trial(first: Path, store: Path) -> None:
    with serving(WORLD, port(first)) as site, at(WORLD, hour=9):
        assert harvest(Order(), told(site, store, kinds=("references",))) is Exit.DONE
    report = report_of(store)
    assert report.pages.expected == WORLD.count
    rows = sqlite3.connect(store / "ledger.sqlite").execute("SELECT count(*) FROM pages WHERE kind = 'references'")
    assert rows.fetchone()[0] == WORLD.count


# --- the budget -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("requests", [1, 2, 3, 10, 25])
def test_no_request_is_sent_beyond_the_budget_and_the_rest_is_named(requests: int, tmp_path: Path) -> None:
    log: list[Entry] = []
    with serving(WORLD, log=log) as site, at(WORLD):
        code = harvest(Order(builds=False), told(site, tmp_path / "store", requests=requests))
    asked = [entry for entry in log if "path" in entry]
    report = report_of(tmp_path / "store")
    assert code is (Exit.DONE if pages_in(log) else Exit.PARTIAL) and len(asked) <= requests
    assert report.manners.requests == len(asked)
    assert report.pages.expected == report.pages.got + len(report.pages.not_got)
    assert all(each.reason for each in report.pages.not_got)


def test_a_budget_of_bytes_ends_a_night_after_the_page_that_used_it_up(tmp_path: Path) -> None:
    with serving(WORLD) as site, at(WORLD):
        assert harvest(Order(builds=False), told(site, tmp_path / "store", bytes="60kB")) is Exit.DONE
    report = report_of(tmp_path / "store")
    assert report.ended == "budget" and "bytes is used up" in report.sentence
    assert 0 < report.pages.got < WORLD.count
    assert report.manners.body_bytes < 120_000


def test_a_pause_that_outlasts_the_budget_of_minutes_ends_the_night(tmp_path: Path) -> None:
    fault = {"kind": "status", "status": 503, "retry_after": "120", "path": _PAGES, "after": 0}
    with serving(WORLD, faults=Faults([fault])) as site, at(WORLD):
        began = time.monotonic()
        code = harvest(Order(), told(site, tmp_path / "store", minutes=0.5))
    assert time.monotonic() - began < 30
    assert (code, report_of(tmp_path / "store").ended) == (Exit.PARTIAL, "budget"), "no page was asked for"
    assert states(tmp_path / "store") == {}, "no page is blamed"


@pytest.mark.parametrize("flag", [["--requests", "0"], ["--minutes", "0"], ["--bytes", "0"], ["--bytes", "many"]])
def test_a_budget_of_nothing_is_refused(flag: list[str], tmp_path: Path) -> None:
    done = run("harvest", *flag, "--site", "http://127.0.0.1:9", "--store", tmp_path / "store")
    assert done.returncode == 2
    assert f"setting {flag[0][2:]} is wrong" in done.stderr
    assert not (tmp_path / "store").exists()


def test_a_dry_run_prints_the_list_and_asks_for_nothing(first: Path, store: Path) -> None:
    log: list[Entry] = []
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()}
    with serving(WORLD, port(first), log=log) as site:
        done = run("harvest", "--dry-run", "--site", site.base, "--store", store)
        planned = run("plan", "--site", site.base, "--store", store)
    assert done.returncode == 0 and done.stdout == planned.stdout
    assert len(done.stdout.splitlines()) == WORLD.count
    assert f"{WORLD.count} pages within a budget of 20,000 requests" in done.stderr
    assert log == [] and before == {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()}


# --- nights that end otherwise ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "what", ["a label is dropped", "there is no trial any more (404)", "the page of another trial"]
)
def test_trouble_ends_the_night_and_what_was_published_stays(what: str, first: Path, store: Path) -> None:
    trouble = TROUBLE[what]
    is_drift = "drift" in trouble
    world = replace(WORLD, night=1, **trouble) if is_drift else replace(WORLD, night=1)
    before = current_build(store)
    with serving(world, port(first), None if is_drift else Faults([{"path": _PAGES, **trouble}])) as site:
        code, report = night(world, told(site, store))
    assert code in (Exit.SITE, Exit.GATES)
    assert current_build(store) == before and report.alarm
    assert report.sentence.endswith("Nothing was published, what was published before stays.")
    assert report.pages.expected == report.pages.got + len(report.pages.not_got)


def _doubted(store: Path) -> list[tuple[object, ...]]:
    query = "SELECT nct_id, reason, version, last_ok FROM pages WHERE state = 'doubted' ORDER BY 1"
    with sqlite3.connect(store / "ledger.sqlite") as ledger:
        found = ledger.execute(query).fetchall()
    ledger.close()
    return found


def _built(store: Path, *flags: str) -> dict[str, bytes]:
    done = run("build", *flags, "--store", store, *ACCEPTED)
    assert done.returncode == 0, done
    return {path.name: path.read_bytes() for path in (store / "current").glob("*.parquet")}


def test_what_a_night_with_a_new_layout_brought_waits_until_it_is_asked_for_again(first: Path, store: Path) -> None:
    before = _built(store)
    with serving(replace(WORLD, night=1, **TROUBLE["a label is dropped"]), port(first)) as site:
        code, report = night(replace(WORLD, night=1), told(site, store))
    assert (code, report.alarm) == (Exit.GATES, "layout")
    doubted = _doubted(store)
    assert len(doubted) >= 10 and all(version is not None for _, _, version, _ in doubted), "each had one before"
    assert _built(store) == before and _built(store, "--full") == before, "as if that night had not been"
    assert run("verify", "--rebuild-ledger", "--store", store).returncode == 0
    assert _doubted(store) == doubted and _built(store, "--full") == before, "the archive says so itself"
    log: list[Entry] = []
    with serving(replace(WORLD, night=2), port(first), log=log) as site:
        code, report = night(replace(WORLD, night=2), told(site, store))
    assert code is Exit.DONE and report.pages.by_reason["doubted"] == len(doubted)
    asked = [path.split("/")[2] for path in pages_in(log)[: len(doubted)]]
    assert sorted(asked) == [nct_id for nct_id, *_ in doubted], "they come first"
    assert not _doubted(store)
    assert _built(store) == _built(store, "--full")


def test_a_run_that_was_killed_while_it_was_doubted_is_doubted_by_the_next(store: Path) -> None:
    with sqlite3.connect(store / "ledger.sqlite") as ledger:
        ((made,),) = ledger.execute("SELECT DISTINCT run FROM requests WHERE outcome = 'fetched'")
    ledger.close()
    (store / "archive" / f"{made}.doubted").write_text("5 of the last 5 pages")
    with Store(store, "test", 0, lambda: None) as opened:
        found = opened.ledger.all("SELECT state, reason, version FROM pages WHERE kind = 'details' GROUP BY 1, 2, 3")
    assert ("doubted", "5 of the last 5 pages", None) in found


def test_an_alarm_can_be_accepted_with_a_reason(first: Path, store: Path) -> None:
    world = replace(WORLD, night=1)
    fault = {"path": _PAGES, **TROUBLE["there is no trial any more (404)"]}
    with serving(world, port(first), Faults([fault])) as site, at(world):
        assert harvest(Order(accepted={"loss": "it is closed"}), told(site, store)) is Exit.DONE
    report = report_of(store)
    assert report.accepted == {"loss": "it is closed"}
    assert report.dataset and report.dataset.gone.count == WORLD.count and report.dataset.trials == WORLD.count


@pytest.mark.parametrize("flags", [["--accept", "loss"], ["--accept", "nonsense", "--because", "why"]])
def test_what_is_accepted_needs_a_name_and_a_reason(flags: list[str], tmp_path: Path) -> None:
    done = run("harvest", *flags, "--site", "http://127.0.0.1:9", "--store", tmp_path / "store")
    assert done.returncode == 2, done.stderr


def test_a_site_that_is_closed_is_left_alone_and_that_is_loud(first: Path, store: Path) -> None:
    before = current_build(store)
    world = replace(WORLD, night=3)
    with serving(world, port(first), Faults([{"kind": "status", "status": 503, "path": "/robots.txt"}])) as site:
        code, report = night(world, told(site, store))
    assert (code, report.ended, report.pages.got) == (Exit.SITE, "site", 0)
    assert len(report.pages.not_got) == report.pages.expected >= WORLD.count - 5
    assert all("robots.txt" in each.reason for each in report.pages.not_got)
    assert current_build(store) == before


def test_nothing_listens_and_the_last_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text(WORLD.nct_id(0))
    done = run("harvest", "--ids", tmp_path / "ids.txt", "--site", "http://127.0.0.1:9", "--store", tmp_path / "store")
    assert done.returncode == 3
    last = done.stderr.splitlines()[-1]
    assert last.startswith("trials: THE NIGHT WENT WRONG.") and "Nothing was published" in last
    assert report_of(tmp_path / "store").exit_code == 3


def _running(site: Site, store: Path, *more: str) -> subprocess.Popen[str]:
    words = command("harvest", "--site", site.base, "--store", store, "--no-build", *more)
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=dict(os.environ))


def _wait_for(log: list[Entry], count: int) -> None:
    end = time.monotonic() + 60
    while len(pages_in(log)) < count and time.monotonic() < end:
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_finishes_the_page_in_hand_and_the_same_command_goes_on(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    log: list[Entry] = []
    store = tmp_path / "store"
    with serving(WORLD, log=log) as site:
        running = _running(site, store, "--delay", "0.05")
        _wait_for(log, 5)
        running.send_signal(number)
        _, said = running.communicate(timeout=30)
        assert running.returncode == code, said
        assert "The page in hand is finished" in said
        report = report_of(store)
        assert (report.ended, report.exit_code) == ("interrupted", code)
        assert report.pages.got == len(set(pages_in(log))) == len(states(store))
        assert run("harvest", "--site", site.base, "--store", store).returncode == 0
    assert set(Counter(pages_in(log)).values()) == {1}
    assert len(states(store)) == WORLD.count


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    log: list[Entry] = []
    faults = Faults([{"kind": "silence", "seconds": 50, "path": _PAGES}])
    with serving(WORLD, faults=faults, log=log) as site:
        running = _running(site, tmp_path / "store")
        _wait_for(log, 1)
        running.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        running.communicate(timeout=30)
    assert running.returncode == 130 and time.monotonic() - began < 5
    assert report_of(tmp_path / "store").ended == "interrupted"


def test_a_night_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    log: list[Entry] = []
    with serving(WORLD, log=log) as site:
        running = _running(site, tmp_path / "store", "--delay", "0.02")
        _wait_for(log, 8)
        running.kill()
        running.communicate(timeout=30)
        assert run("harvest", "--site", site.base, "--store", tmp_path / "store").returncode == 0
    assert sum(count - 1 for count in Counter(pages_in(log)).values()) <= 1
    assert len(states(tmp_path / "store")) == WORLD.count


def test_of_two_nights_at_once_one_is_told_and_changes_nothing(tmp_path: Path) -> None:
    log: list[Entry] = []
    store = tmp_path / "store"
    with serving(WORLD, log=log) as site:
        running = _running(site, store, "--delay", "2")  # far longer than the other takes
        _wait_for(log, 2)
        other = run("harvest", "--no-wait", "--site", site.base, "--store", store)
        is_reported = (store / NAME).exists()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert other.returncode == 75 and "Another run holds the store" in other.stderr
    assert not is_reported and running.returncode == 130
    assert len(list((store / "reports").iterdir())) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted by root only")
def test_a_disk_that_is_full_ends_the_night_and_nothing_is_lost(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        with serving(WORLD) as site:
            done = run("harvest", "--site", site.base, "--store", disk / "store")
            assert done.returncode == 4, done.stderr
            assert done.stderr.splitlines()[-1].startswith("trials: THE NIGHT WENT WRONG.")
            subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
            again = run("harvest", "--site", site.base, "--store", disk / "store")
            assert again.returncode == 0, again.stderr
        assert len(states(disk / "store")) == WORLD.count
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_ledger_of_a_newer_program_is_left_as_it_is(store: Path) -> None:
    with sqlite3.connect(store / "ledger.sqlite") as ledger:
        ledger.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    done = run("harvest", "--site", "http://127.0.0.1:9", "--store", store)
    assert done.returncode == 4 and "newer version" in done.stderr
    for words in (["plan"], ["status"]):
        assert run(*words, "--store", store).returncode == 4


def test_a_clock_that_jumped_is_said_and_once_it_is_right_nights_go_on(
    first: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []
    with serving(WORLD, port(first)) as site:
        for number in (4000, 1, 3):
            site.world = replace(WORLD, night=min(number, 5))
            with at(replace(WORLD, night=number)):
                assert harvest(Order(builds=False), told(site, store)) is Exit.DONE
            asked.append(report_of(store).pages.got)
            said = capsys.readouterr().err
            assert ("which is yet to come" in said) == (number == 1)
    assert min(asked) >= WORLD.count, "each night asked for every page"
    newest = sqlite3.connect(store / "ledger.sqlite").execute("SELECT max(last_tried) FROM pages")
    assert newest.fetchone()[0][:10] == "2026-01-08"


# --- status -----------------------------------------------------------------------------------------------------


def test_the_state_of_the_store_is_shown_and_told_as_json(first: Path) -> None:
    shown = run("status", "--store", first / "store")
    assert shown.returncode == 0 and f"{WORLD.count} of {WORLD.count} trials known are held" in shown.stdout
    status = json.loads(run("status", "--store", first / "store", "--json").stdout)
    assert status["held"] == status["known"] == WORLD.count
    assert status["last_good_night"]["exit_code"] == 0
    assert status["build"] == report_of(first / "store").dataset.build  # type: ignore[union-attr]


def test_a_store_without_a_good_night_lately_is_told_apart_by_its_code(first: Path, tmp_path: Path) -> None:
    late = run("status", "--store", first / "store", "--within", "36")
    assert late.returncode == 5 and "no good night in the last 36 hours" in late.stderr
    assert run("status", "--store", first / "store", "--within", "100000").returncode == 0
    assert run("status", "--store", tmp_path / "none", "--within", "36").returncode == 4


def test_reports_that_are_damaged_are_passed_over(store: Path) -> None:
    (store / "reports" / "zzz.json").write_text("{")
    assert run("status", "--store", store).returncode == 0
