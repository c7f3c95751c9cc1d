"""`trials import`: pages of web corpora come into the store with their own dates, and never hide a better one."""

import json
from pathlib import Path

import pytest

from registry.labels import PageKind
from tests.pages import BASE as FACTS
from tests.sites import answer, raw_site
from tests.test_fetch import PAGE, PATH, WORLD, archived, fetch, run, states
from tests.warcs import AT, HTML, Warc
from trials.practice.pages import trial_page

SITE = "https://inclinicaltrials.com"
HOSTS = ("http://inclinicaltrials.com", "https://www.inclinicaltrials.com", "https://inclinicaltrials.com")


def _page(place: int) -> bytes:
    return trial_page(WORLD, place, PageKind.DETAILS, SITE).encode()


def _path(place: int) -> str:
    return f"/other/{WORLD.nct_id(place)}/details"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three pages of the site under its hosts, one of another site, a listing, and what is no page."""
    warc = Warc()
    for place, host in enumerate(HOSTS):
        warc.answer(f"{host}{_path(place)}", _page(place))
    warc.answer(f"https://example.org{_path(3)}", _page(3))
    warc.answer(f"{SITE}/gout/", b"<html>a listing</html>")
    warc.answer(f"{SITE}{_path(4)}", b"<html><title>Just a moment</title></html>")
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(warc.content)
    return path


def take(store: Path, *files: Path | str, site: str = SITE) -> tuple[int, str, str]:
    done = run("import", *files, "--store", store, "--site", site)
    return done.returncode, done.stdout, done.stderr


def test_pages_of_the_site_are_taken_with_their_dates(corpus: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    code, counts, said = take(store, corpus)
    assert (code, counts.split(". ")[0]) == (0, "3 taken, 0 known already, 2 skipped, 1 refused")
    assert f"{SITE}{_path(4)} of {AT}" in said
    ids = [WORLD.nct_id(place) for place in range(3)]
    lines = run("fetch", *ids, "--store", store, "--json").stdout.splitlines()
    pages = [json.loads(line)["pages"][0] for line in lines]
    assert [(page["nct_id"], page["fetched_at"]) for page in pages] == [(nct_id, AT) for nct_id in ids]
    assert states(store)[WORLD.nct_id(4)][0] == "soft_error"
    assert run("verify", "--store", store).returncode == 0
    assert [kind for kind, _ in archived(store)] == ["warcinfo", *["response", "metadata"] * 4]


def test_the_same_file_again_takes_nothing(corpus: Path, tmp_path: Path) -> None:
    take(tmp_path / "store", corpus)
    before = archived(tmp_path / "store")
    _, counts, _ = take(tmp_path / "store", corpus)
    assert counts.startswith("0 taken, 4 known already, 2 skipped, 0 refused")
    assert archived(tmp_path / "store") == before


def test_a_ledger_made_anew_knows_imported_pages(corpus: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    take(store, corpus)
    ids = [WORLD.nct_id(place) for place in range(3)]
    before = run("fetch", *ids, "--store", store, "--json").stdout
    assert run("verify", "--rebuild-ledger", "--store", store).returncode == 0
    assert run("fetch", *ids, "--store", store, "--json").stdout == before
    assert states(store)[WORLD.nct_id(4)][0] == "soft_error"


def test_an_older_capture_does_not_hide_a_page_that_was_fetched(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with raw_site({PATH: answer(PAGE)}) as site:
        newest = fetch(site, store, FACTS.nct_id, "--json").stdout
        warc = tmp_path / "old.warc.gz"
        old = PAGE.replace("Recruiting", "Completed").encode()
        warc.write_bytes(Warc().answer(f"{site.base}{PATH}", old).content)
        assert take(store, warc, site=site.base)[1].startswith("1 taken")
        assert fetch(site, store, FACTS.nct_id, "--json").stdout == newest
    assert len(run("why", FACTS.nct_id, "--store", store).stdout.split("studies.overall_status:")) == 2


def test_a_capture_that_was_cut_counts_only_where_there_is_no_whole_one(tmp_path: Path) -> None:
    store, url = tmp_path / "store", f"{SITE}{_path(0)}"
    whole, cut, later = _page(0), tmp_path / "cut.warc.gz", tmp_path / "later.warc.gz"
    middle = whole.index(b"Sponsors")
    cut.write_bytes(Warc().answer(url, whole[:middle], about={"WARC-Truncated": "length"}).content)
    assert take(store, cut)[1].startswith("1 taken")
    assert _fetched(store)["complete"] is False
    later.write_bytes(Warc().answer(url, whole, about={"WARC-Date": "2025-01-05T03:04:05Z"}).content)
    assert take(store, later)[1].startswith("1 taken")
    assert (_fetched(store)["complete"], _fetched(store)["fetched_at"]) == (True, "2025-01-05T03:04:05Z")


def _fetched(store: Path) -> dict[str, object]:
    page: dict[str, object] = json.loads(run("fetch", WORLD.nct_id(0), "--store", store, "--json").stdout)["pages"][0]
    return page


def test_texts_of_a_corpus_are_taken(tmp_path: Path) -> None:
    seed = Path(__file__).parent / "fixtures" / "NCT09990008-text-extraction" / "page.txt"
    nct_id = "NCT09990008"
    text = seed.read_bytes().replace(b"NCT09990001", nct_id.encode())
    wet = tmp_path / "crawl.warc.wet.gz"
    wet.write_bytes(Warc().record(f"{SITE}/other/{nct_id}/details", "conversion", text, "text/plain").content)
    code, counts, said = take(tmp_path / "store", wet)
    assert (code, counts.split(",")[0]) == (0, "1 taken"), said
    assert ("conversion", f"{SITE}/other/{nct_id}/details") in archived(tmp_path / "store")
    assert run("verify", "--rebuild-ledger", "--store", tmp_path / "store").returncode == 0
    line = run("fetch", nct_id, "--store", tmp_path / "store", "--json").stdout
    assert json.loads(line)["pages"][0]["complete"] is False


def test_a_torn_file_gives_what_it_has(corpus: Path, tmp_path: Path) -> None:
    corpus.write_bytes(corpus.read_bytes()[:-300])
    code, counts, said = take(tmp_path / "store", corpus)
    assert (code, counts.split(",")[0]) == (5, "3 taken")
    assert str(corpus) in said


@pytest.mark.parametrize(("name", "why"), [("none.warc", "no such file"), ("s3x://nowhere/a", "s3x")])
def test_a_file_that_cannot_be_read_is_named(name: str, why: str, tmp_path: Path) -> None:
    code, counts, said = take(tmp_path / "store", name)
    assert (code, counts.split(",")[0]) == (5, "0 taken")
    assert name in said and why in said


def test_what_was_forgotten_is_not_imported(corpus: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    take(store, corpus)
    run("forget", WORLD.nct_id(1), "--store", store)
    assert take(store, corpus)[1].startswith("0 taken, 3 known already, 3 skipped")
    assert WORLD.nct_id(1) not in states(store)


def test_addresses_of_a_corpus_say_where_to_ask(tmp_path: Path) -> None:
    path = f"/gout/{FACTS.nct_id}/details"
    with raw_site({path: answer(PAGE)}) as site:
        host = site.base.removeprefix("http://")
        warc = tmp_path / "crawl.warc"
        warc.write_bytes(Warc(gzip=False).answer(f"https://{host}{path}", PAGE.encode()).content)
        assert take(tmp_path / "store", warc, site=site.base)[1].startswith("1 taken")
        assert fetch(site, tmp_path / "store", FACTS.nct_id, "--refresh").returncode == 0
        assert path in site.asked


_HOSTILE = {
    "a control in its address": (f"{SITE}/a\x1b[2J/{WORLD.nct_id(0)}/details", {}, ()),
    "a NUL in a header": (f"{SITE}{_path(0)}", {}, (("X-A", "a\0b"),)),
    "a CR in a header": (f"{SITE}{_path(0)}", {}, (("X-A", "a\rb"),)),
    "a date to come": (f"{SITE}{_path(0)}", {"WARC-Date": "2999-01-05T03:04:05Z"}, ()),
    "a date of antiquity": (f"{SITE}{_path(0)}", {"WARC-Date": "0013-01-05T03:04:05Z"}, ()),
}


@pytest.mark.parametrize("what", _HOSTILE)
def test_a_capture_that_no_record_or_no_ledger_can_hold_is_refused(what: str, tmp_path: Path) -> None:
    url, about, headers = _HOSTILE[what]
    warc = Warc(gzip=False).answer(url, _page(0), about=about, headers=[*HTML, *headers])
    (tmp_path / "a.warc").write_bytes(warc.answer(f"{SITE}{_path(1)}", _page(1)).content)
    code, counts, said = take(tmp_path / "store", tmp_path / "a.warc")
    assert (code, counts.split(". ")[0]) == (0, "1 taken, 0 known already, 0 skipped, 1 refused")
    assert "Traceback" not in said and "\x1b" not in said
    assert run("verify", "--store", tmp_path / "store").returncode == 0
