"""Nights that a stranger makes: sites that give nothing, stores that are damaged, settings that say things twice."""

import json
import re
import shutil
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.nights import at, night
from normalizers.builds import current_build, point_to
from registry.errors import SettingsError
from scraper.budget import Budget, Meter
from tests.test_fetch import run, states
from tests.test_harvest import _running as harvesting
from tests.test_harvest import _wait_for as wait_for
from tests.test_harvest import pages_in, report_of, told
from trials.exits import Exit
from trials.harvest import Order, harvest
from trials.practice.faults import Faults
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.site import Response, Site
from trials.practice.world import World
from trials.report import NAME, Report, reports_of
from trials.reported import reported
from trials.settings import check

WORLD = World(trials=12, pace=30)
LATER = replace(WORLD, night=2)
_PAGES = "/*/NCT*"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A store after the first night, and the site's port."""
    folder = tmp_path_factory.mktemp("nights")
    with serving(WORLD) as site:
        code, _ = night(WORLD, told(site, folder / "store"))
        assert code is Exit.DONE
        return folder / "store", int(site.base.rpartition(":")[2])


@pytest.fixture
def store(first: tuple[Path, int], tmp_path: Path) -> Path:
    shutil.copytree(first[0], tmp_path / "store", symlinks=True)
    return tmp_path / "store"


# --- a site that gives nothing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 451}, {"status": 403}])
def test_a_night_that_got_no_page_is_not_good_however_few_were_asked_for(
    fault: dict[str, object], first: tuple[Path, int], store: Path
) -> None:
    before = current_build(store)
    with serving(LATER, first[1], Faults([{"kind": "status", "path": _PAGES, **fault}])) as site:
        code, report = night(LATER, told(site, store))
    assert (code, report.ended, report.pages.got) == (Exit.SITE, "site", 0)
    assert "None of the 14 pages asked for was had" in report.sentence
    assert not report.is_good and current_build(store) == before


def test_a_robots_txt_that_comes_to_forbid_everything_ends_the_night_loudly(
    first: tuple[Path, int], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[Entry] = []
    respond = Site.respond

    def closed(self: Site, target: str, headers: dict[str, str]) -> Response:
        response = respond(self, target, headers)
        body = b"User-agent: *\nDisallow: /\n"
        return replace(response, body=body) if target == "/robots.txt" else response

    monkeypatch.setattr(Site, "respond", closed)
    with serving(LATER, first[1], log=log) as site:
        code, report = night(LATER, told(site, store))
    assert (code, report.pages.got, len(report.pages.not_got)) == (Exit.SITE, 0, WORLD.count)
    assert pages_in(log) == [] and "forbids" in report.sentence


def test_trials_that_are_not_there_are_no_fault_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("NCT99999998\n")
    with serving(WORLD) as site, at(WORLD):
        order = Order(lists=[str(tmp_path / "ids.txt")], builds=False)
        assert harvest(order, told(site, tmp_path / "store", sources=("given",))) is Exit.DONE
    assert report_of(tmp_path / "store").pages.not_got[0].state == "unresolved"


@pytest.mark.parametrize(("status", "code"), [(503, Exit.SITE), (404, Exit.USAGE)])
def test_a_first_night_without_trials_tells_a_sitemap_that_failed_from_none(
    status: int, code: Exit, tmp_path: Path
) -> None:
    with serving(WORLD, faults=Faults([{"kind": "status", "status": status, "path": "/sitemap*"}])) as site:
        got, report = night(WORLD, told(site, tmp_path / "store"))
    assert got is code and report.sentence.startswith("No trial is known"), report.sentence


def test_the_discovery_leaves_half_of_the_budget_to_pages_that_are_known(first: tuple[Path, int], store: Path) -> None:
    with serving(LATER, first[1]) as site:
        code, report = night(LATER, told(site, store, requests=3))
    assert (code, report.pages.got, report.manners.requests) == (Exit.DONE, 1, 3)
    assert any("Half of the budget" in sentence for sentence in report.discovered.left_out)


def test_the_discovery_leaves_half_of_the_bytes_and_minutes_too() -> None:
    assert Meter().used == 0
    assert Meter(Budget(requests=10, bytes=100), requests=2, bytes=60).used == 0.6
    assert Meter(Budget(minutes=1), _began=time.monotonic() - 45).used == pytest.approx(0.75, abs=0.05)


def test_a_signal_after_the_publication_does_not_deny_it(store: Path) -> None:
    old = current_build(store)
    assert old is not None
    new = old.with_name(f"{old.name}-2")
    shutil.copytree(old, new)
    report = Report(program="0", run="trials-x", site="s", started_at="2026-11-29T03:00:00Z")
    with pytest.raises(SystemExit), reported(report, store):
        point_to(store, new)
        raise SystemExit(int(Exit.TERMINATED))
    assert (report.exit_code, report.ended) == (143, "interrupted")
    assert report.sentence.endswith(f"{new.name} was published before that.")


def test_a_budget_that_reaches_no_page_is_no_good_night(tmp_path: Path) -> None:
    with serving(WORLD) as site:
        code, report = night(WORLD, told(site, tmp_path / "store", requests=3))
        assert (code, report.ended, report.is_good) == (Exit.PARTIAL, "budget", False)
        assert "before a page was asked for" in report.sentence
        assert night(WORLD, told(site, tmp_path / "store", requests=30))[0] is Exit.DONE


# --- a store that is damaged ------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["dangling", "file"])
def test_a_pointer_that_leads_nowhere_is_reported_and_every_page_accounted_for(
    damage: str, first: tuple[Path, int], store: Path
) -> None:
    (store / "current").unlink()
    if damage == "dangling":
        (store / "current").symlink_to("tables/nothing")
    else:
        (store / "current").write_text("x")
    with serving(LATER, first[1]) as site:
        code, report = night(LATER, told(site, store))
    assert (code, report.ended) == (Exit.STORE, "store")
    assert report.pages.expected == len(report.pages.not_got) > 0
    assert all(each.reason == "Not asked for: the night broke off." for each in report.pages.not_got)


def test_a_published_table_that_is_damaged_does_not_stop_a_night(first: tuple[Path, int], store: Path) -> None:
    build = current_build(store)
    assert build is not None
    (build / "problems.parquet").write_bytes(b"junk")
    with serving(LATER, first[1]) as site:
        code, report = night(LATER, told(site, store))
    assert code is Exit.DONE and report.pages.got == report.pages.expected > 0, report.sentence


@pytest.mark.parametrize("where", ["reports", NAME])
def test_a_report_that_cannot_be_written_is_a_night_gone_wrong(
    where: str, first: tuple[Path, int], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if where == NAME:
        (store / NAME).unlink()
        (store / NAME).mkdir()
    else:
        shutil.rmtree(store / "reports")
        (store / "reports").write_text("x")
    with serving(LATER, first[1]) as site, at(LATER):
        assert harvest(Order(), told(site, store)) is Exit.STORE
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("trials: THE NIGHT WENT WRONG.") and "The report cannot be written" in last
    assert "Published" in last, "the tables were, and the sentence says so"


def test_pages_are_accounted_for_also_if_the_second_signal_ends_the_night(tmp_path: Path) -> None:
    log: list[Entry] = []
    faults = Faults([{"kind": "silence", "seconds": 50, "path": _PAGES}])
    with serving(WORLD, faults=faults, log=log) as site:
        running = harvesting(site, tmp_path / "store")
        wait_for(log, 1)
        running.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    pages = report_of(tmp_path / "store").pages
    assert running.returncode == 143
    assert (pages.expected, pages.got, len(pages.not_got)) == (WORLD.count, 0, WORLD.count)
    assert all(each.reason for each in pages.not_got)


# --- settings that say things twice, or nothing -----------------------------------------------------------------


def test_what_is_named_twice_is_asked_for_once(tmp_path: Path) -> None:
    log: list[Entry] = []
    with serving(WORLD, log=log) as site, at(WORLD):
        settings = told(site, tmp_path / "store", kinds=("details", "details"))
        assert harvest(Order(builds=False), settings) is Exit.DONE
    assert set(Counter(pages_in(log)).values()) == {1}
    assert check({"sources": ("given", "given")}).sources == ("given",)


@pytest.mark.parametrize(
    ("setting", "said"),
    [({"kinds": ()}, "names nothing"), ({"sources": ()}, "names nothing"), ({"listings": ("gout/",)}, "is no listing")],
)
def test_settings_that_name_nothing_are_refused(setting: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        check(setting)


# --- forgetting -------------------------------------------------------------------------------------------------


def test_no_report_names_a_trial_that_was_forgotten(first: tuple[Path, int], store: Path) -> None:
    gone = WORLD.nct_id(3)
    fault = {"kind": "status", "status": 404, "path": f"/*/{gone}/*"}
    with serving(LATER, first[1], Faults([fault])) as site:
        _, report = night(LATER, told(site, store))
    assert [each.nct_id for each in report.pages.not_got] == [gone]
    (store / "reports" / "older.json").write_text(json.dumps({"format": 0, "lost": [gone]}))
    assert run("forget", gone, "--store", store).returncode == 0
    named = [path for path in [store / NAME, *(store / "reports").iterdir()] if gone.encode() in path.read_bytes()]
    assert named == []
    newest = next(reports_of(store))
    assert [each.nct_id for each in newest.pages.not_got] == ["NCT00000000"]
    assert newest.pages.expected == newest.pages.got + len(newest.pages.not_got)


def test_the_night_after_forgetting_is_good(first: tuple[Path, int], store: Path) -> None:
    assert run("forget", WORLD.nct_id(3), "--store", store).returncode == 0
    with serving(LATER, first[1]) as site:
        code, report = night(LATER, told(site, store))
    assert code is Exit.DONE and report.dataset is not None, report.sentence
    assert report.dataset.published and report.dataset.new.count > 0


def test_no_reason_in_the_ledger_names_a_trial_that_was_forgotten(first: tuple[Path, int], store: Path) -> None:
    asked = WORLD.nct_id(5)
    with serving(LATER, first[1], Faults([{"kind": "other_trial", "path": f"/*/{asked}*"}])) as site:
        _, report = night(LATER, told(site, store))
    (reason,) = [each.reason for each in report.pages.not_got if each.nct_id == asked]
    (gone,) = set(re.findall(r"NCT[0-9]{8}", reason)) - {asked}
    assert run("forget", gone, "--store", store).returncode == 0
    assert gone.encode() not in (store / "ledger.sqlite").read_bytes()
    assert states(store)[asked][1] == f"id_mismatch: It is the page of a trial that was forgotten, not of {asked}."


# --- lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["given,sitemap", " given , sitemap ", '["given", "sitemap"]'])
def test_a_variable_lists_with_commas_or_as_json(text: str, tmp_path: Path) -> None:
    done = run("plan", "--store", tmp_path / "none", TRIALS_SOURCES=text)
    assert done.returncode == 4 and "There is no store" in done.stderr, done.stderr
    wrong = run("plan", "--store", tmp_path / "none", TRIALS_SOURCES="given,heaven")
    assert wrong.returncode == 2 and "sources" in wrong.stderr


def test_a_ledger_made_anew_knows_which_ids_were_given_and_forgets_the_forgotten(tmp_path: Path) -> None:
    ids = [WORLD.nct_id(place) for place in range(5)]
    store = tmp_path / "store"
    (tmp_path / "ids.txt").write_text("\n".join(ids))
    with serving(WORLD) as site:
        where = ("--no-build", "--sources", "given", "--site", site.base, "--store", store)
        assert run("harvest", "--ids", tmp_path / "ids.txt", "--requests", "6", *where).returncode == 0
        assert run("forget", ids[0], "--store", store).returncode == 0
        assert run("verify", "--rebuild-ledger", "--store", store).returncode == 0
        assert run("harvest", *where).returncode == 0
    assert set(states(store)) == set(ids[1:])
    assert ids[0] not in (store / "given.txt").read_text()
