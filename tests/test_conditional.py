"""Conditional requests: a 304 counts only beside a good copy of what it speaks of, and not for ever (RFC 9110 §13)."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pages import BASE as FACTS
from tests.sites import RawSite, answer, raw_site
from tests.test_fetch import PAGE, PATH, archived, fetch, run, states

_TAG = {"ETag": '"one"'}
_NOT_MODIFIED = answer("", status="304 Not Modified", headers=_TAG)


def _conditional(site: RawSite) -> list[bool]:
    """Whether each request for the page set a condition."""
    return [b"if-none-match" in head.lower() for path, head in zip(site.asked, site.heads, strict=True) if path == PATH]


def _refreshed(site: RawSite, store: Path) -> tuple[int, str]:
    done = fetch(site, store, FACTS.nct_id, "--refresh", "--json")
    return done.returncode, done.stdout


def test_what_the_site_says_is_current_is_not_sent_again(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE, headers=_TAG)}) as site:
        first = fetch(site, tmp_path, FACTS.nct_id, "--json").stdout
        site._answers = {PATH: _NOT_MODIFIED}
        assert _refreshed(site, tmp_path) == (0, first)
        assert _conditional(site) == [False, True]
    assert states(tmp_path)[FACTS.nct_id] == ("unchanged", None)
    assert [kind for kind, url in archived(tmp_path) if url and url.endswith(PATH)][3:] == [
        "revisit",
        "request",
        "metadata",
    ]


def test_the_same_page_sent_again_is_written_once(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE)}) as site:
        first = fetch(site, tmp_path, FACTS.nct_id, "--json").stdout
        assert _refreshed(site, tmp_path) == (0, first)
        assert _conditional(site) == [False, False]  # without ETag and Last-Modified there is nothing to ask by
    kinds = [kind for kind, url in archived(tmp_path) if url and url.endswith(PATH)]
    assert [kind for kind in kinds if kind in ("response", "revisit")] == ["response", "revisit"]


def test_a_page_that_changed_is_a_new_version(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE, headers=_TAG)}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
        changed = PAGE.replace("Recruiting", "Completed")
        site._answers = {PATH: answer(changed, headers={"ETag": '"two"'})}
        code, line = _refreshed(site, tmp_path)
    assert (code, json.loads(line)["studies"][0]["overall_status"]) == (0, "COMPLETED")
    told = run("why", FACTS.nct_id, "--store", tmp_path).stdout
    assert "studies.overall_status: RECRUITING → COMPLETED" in told


def test_a_page_that_is_as_it_was_before_its_last_change_is_a_version_again(tmp_path: Path) -> None:
    """The third answer repeats the first: the archive has its payload once, the trial's story has it twice."""
    with raw_site({PATH: answer(PAGE)}) as site:
        for page in (PAGE, PAGE.replace("Recruiting", "Completed"), PAGE):
            site._answers = {PATH: answer(page)}
            assert fetch(site, tmp_path, FACTS.nct_id, "--refresh").returncode == 0
    told = run("why", FACTS.nct_id, "--store", tmp_path).stdout
    assert "studies.overall_status: RECRUITING → COMPLETED" in told
    assert "studies.overall_status: COMPLETED → RECRUITING" in told


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1500] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [_damage, Path.unlink], ids=["damaged", "gone"])
def test_without_a_good_copy_the_page_itself_is_asked_for(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE, headers=_TAG)}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
        (path,) = (tmp_path / "archive").glob("*.warc.gz")
        spoil(path)
        assert _refreshed(site, tmp_path)[0] == 0
        assert _conditional(site) == [False, False]


def test_a_304_that_nobody_asked_for_is_no_page(tmp_path: Path) -> None:
    with raw_site({PATH: _NOT_MODIFIED}) as site:
        assert _refreshed(site, tmp_path) == (5, "")
    assert states(tmp_path)[FACTS.nct_id][0] == "failed"


@pytest.mark.parametrize(("tag", "counts"), [('"other"', False), ('W/"one"', True)])
def test_a_304_of_another_version_does_not_count(tag: str, counts: bool, tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE, headers=_TAG)}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
        conditional = answer("", status="304 Not Modified", headers={"ETag": tag})
        site._answers = lambda path: (
            conditional if path == PATH and b"If-None-Match" in site.heads[-1] else answer(PAGE, headers={"ETag": tag})
        )
        assert _refreshed(site, tmp_path)[0] == 0
        assert _conditional(site) == ([False, True] if counts else [False, True, False])


def test_a_site_that_says_304_for_ever_is_found_out_after_a_month(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE, headers=_TAG)}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
        site._answers = {PATH: _NOT_MODIFIED}
        assert _refreshed(site, tmp_path)[0] == 0
        with sqlite3.connect(tmp_path / "ledger.sqlite") as ledger:
            ledger.execute("UPDATE requests SET at = strftime('%Y-%m-%dT%H:%M:%SZ', at, '-31 days')")
        ledger.close()
        site._answers = {PATH: answer(PAGE, headers=_TAG)}
        assert _refreshed(site, tmp_path)[0] == 0
        assert _conditional(site) == [False, True, False]


def test_an_etag_of_any_bytes_is_sent_back_as_it_came(tmp_path: Path) -> None:
    sent = answer(PAGE, headers={"ETag": '"tag"'}).replace(b'"tag"', b'"caf\xe9"')
    with raw_site({PATH: sent}) as site:
        fetch(site, tmp_path, FACTS.nct_id)
        assert _refreshed(site, tmp_path)[0] == 0
        assert b'if-none-match: "caf\xe9"' in site.heads[-1].lower()
