"""Forgetting leaves nothing of a trial behind, whatever led to it, and nothing else goes without a word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scraper import archive
from scraper.archive import Place
from scraper.scan import scan
from tests.pages import BASE as FACTS
from tests.sites import answer, raw_site
from tests.test_fetch import PAGE, WORLD, fetch, run
from trials.practice.server import serving
from trials.practice.site import Site

IDS = [WORLD.nct_id(place) for place in range(12)]
ALIAS, TRIAL = str(WORLD.alias_of(1)), WORLD.nct_id(1)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(WORLD) as up:
        yield up


def _naming(store: Path, nct_id: str) -> set[str]:
    """The files of a store in which an id stands; in those of the archive it is packed."""
    return {path.name for path in store.rglob("*") if path.is_file() and nct_id.encode() in path.read_bytes()}


def test_an_obsolete_id_is_forgotten_without_the_trial_it_led_to(site: Site, tmp_path: Path) -> None:
    assert fetch(site, tmp_path, ALIAS).returncode == 0
    done = run("forget", ALIAS, "--store", tmp_path)
    assert (done.returncode, f"obsolete id of {TRIAL}, which stays" in done.stderr) == (0, True)
    assert run("verify", "--store", tmp_path).returncode == 0
    held = run("fetch", TRIAL, "--store", tmp_path, "--site", "http://127.0.0.1:9", "--json")
    assert (held.returncode, TRIAL in held.stdout, ALIAS in held.stdout) == (0, True, False)


def test_sitemaps_and_see_also_do_not_bring_a_trial_back_when_a_ledger_is_made_anew(site: Site, tmp_path: Path) -> None:
    assert fetch(site, tmp_path, *IDS).returncode == 0
    assert run("forget", IDS[5], "--store", tmp_path).returncode == 0
    assert run("verify", "--rebuild-ledger", "--store", tmp_path).returncode == 0
    assert _naming(tmp_path, IDS[5]) == {"forgotten.txt"}


def test_no_byte_of_it_is_left_in_the_ledger(site: Site, tmp_path: Path) -> None:
    assert fetch(site, tmp_path, *IDS).returncode == 0
    assert run("forget", *IDS[2:10], "--store", tmp_path).returncode == 0
    assert {name for nct_id in IDS[2:10] for name in _naming(tmp_path, nct_id)} == {"forgotten.txt"}


def test_a_ledger_that_was_moved_aside_goes_too(site: Site, tmp_path: Path) -> None:
    assert fetch(site, tmp_path, IDS[5]).returncode == 0
    assert run("verify", "--rebuild-ledger", "--store", tmp_path).returncode == 0
    assert "ledger.sqlite.damaged" in _naming(tmp_path, IDS[5])
    assert run("forget", IDS[5], "--store", tmp_path).returncode == 0
    assert _naming(tmp_path, IDS[5]) == {"forgotten.txt"}


def test_a_page_that_came_under_another_trials_address_goes_too(tmp_path: Path) -> None:
    with raw_site({"/other/NCT09990077/details": answer(PAGE)}) as site:
        assert fetch(site, tmp_path, "NCT09990077").returncode == 5
    assert run("forget", FACTS.nct_id, "--store", tmp_path).returncode == 0
    folder = tmp_path / "archive"
    (path,) = folder.glob("*.warc.gz")
    bodies = [archive.read(folder, Place(path.name, each.offset)).body for each in scan(path).exchanges]
    assert bodies and not any(FACTS.nct_id.encode() in body for body in bodies)


def test_a_damaged_answer_of_another_trial_does_not_go_without_a_word(site: Site, tmp_path: Path) -> None:
    assert fetch(site, tmp_path, *IDS[:6]).returncode == 0
    (path,) = (tmp_path / "archive").glob("*.warc.gz")
    content = bytearray(path.read_bytes())
    damaged = next(each for each in scan(path).exchanges if IDS[2] in str(each.record.field("WARC-Target-URI")))
    content[damaged.offset + 700] ^= 1
    path.write_bytes(content)
    assert run("forget", IDS[4], "--store", tmp_path).returncode == 4
    assert path.read_bytes() == content
    assert IDS[2] in run("verify", "--store", tmp_path).stderr


@pytest.mark.parametrize("flags", [(), ("--undo",)])
def test_where_there_is_no_store_none_is_made(flags: tuple[str, ...], tmp_path: Path) -> None:
    done = run("forget", TRIAL, *flags, "--store", tmp_path / "none")
    assert (done.returncode, (tmp_path / "none").exists()) == (4, False)
