"""`trials fetch` over real HTTP: the tables, the store, and everything that goes wrong."""

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest
from warcio.archiveiterator import ArchiveIterator

from registry.labels import PageKind
from registry.tables import TABLES, TableRows
from tests.pages import BASE as FACTS
from tests.pages import FAMILIES, render
from tests.sites import RawSite, answer, raw_site
from tests.test_practice import differences
from trials.practice.pages import trial_page, trial_truth
from trials.practice.server import serving
from trials.practice.site import Site
from trials.practice.world import World

WORLD = World(trials=80)
PAGE = render(FACTS, FAMILIES["two-column-table"])
PATH = f"/other/{FACTS.nct_id}/details"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(WORLD) as up:
        yield up


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "trials", *map(str, arguments)]


def run(*arguments: str | Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "80", **env},
    )


def fetch(site: Site | RawSite, store: Path, *arguments: str | Path, stdin: str = "") -> Any:
    return run("fetch", *arguments, "--site", site.base, "--store", store, stdin=stdin)


def states(store: Path) -> dict[str, tuple[str, str | None]]:
    with sqlite3.connect(store / "ledger.sqlite") as ledger:
        rows = ledger.execute("SELECT nct_id, state, reason FROM pages WHERE state <> 'never_tried'").fetchall()
    ledger.close()
    return {nct_id: (state, reason) for nct_id, state, reason in rows}


def archived(store: Path) -> list[tuple[str, str]]:
    """(type, address) of every record in the archive; each must be whole."""
    found = []
    for path in sorted((store / "archive").glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                record.raw_stream.read()
                found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI")))
    return found


def rows_of(sql: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(sql).fetchall()


def _sitemap(*addresses: str, root: str = "urlset", entry: str = "url") -> str:
    entries = "".join(f"<{entry}><loc>{address}</loc></{entry}>" for address in addresses)
    return f"<?xml version='1.0'?><{root}>{entries}</{root}>"


def without_times(tables: TableRows) -> TableRows:
    return {name: [{k: v for k, v in row.items() if k not in _TIMES} for row in rows] for name, rows in tables.items()}


_TIMES = ("fetched_at", "seen_at", "warc_file", "warc_offset")

# --- what is delivered ------------------------------------------------------------------------------------------


def _odd(number: int, nct_id: str) -> str:
    forms = (nct_id, nct_id.lower(), f"nct{nct_id[4:]}", f" NCT {nct_id[3:7]} {nct_id[7:]} ", f"{nct_id},")
    return forms[number % len(forms)]


@pytest.mark.parametrize("family", FAMILIES)
def test_fifty_ids_in_odd_spellings_give_the_truth(family: str, tmp_path: Path) -> None:
    world = World(seed=3, trials=50, markup=family)
    ids = [world.nct_id(place) for place in range(50)]
    with serving(world) as site:
        done = fetch(site, tmp_path, "-", "--json", stdin="\n".join(_odd(n, nct_id) for n, nct_id in enumerate(ids)))
        base = site.base
    assert done.returncode == 0, done.stderr
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert [tables["studies"][0]["nct_id"] for tables in read] == ids
    for place, tables in enumerate(read):
        truth = trial_truth(world, place, PageKind.DETAILS, base)
        assert differences(json.loads(json.dumps(truth, default=str)), tables) == []
        assert tables["pages"][0]["http_status"] == 200
        assert tables["pages"][0]["warc_file"].endswith(".warc.gz")


def test_a_card(site: Site, store: Path) -> None:
    done = fetch(site, store, WORLD.nct_id(0))
    assert (done.returncode, done.stderr) == (0, "")
    assert WORLD.nct_id(0) in done.stdout


def test_every_kind_of_page(site: Site, store: Path) -> None:
    done = fetch(site, store, WORLD.nct_id(3), "--kinds", "details", "--kinds", "summary,references", "--json")
    assert done.returncode == 0, done.stderr
    for kind, line in zip(PageKind, done.stdout.splitlines(), strict=True):
        truth = trial_truth(WORLD, 3, kind, site.base)
        assert differences(json.loads(json.dumps(truth, default=str)), json.loads(line)) == []


def test_references_fill_a_table_of_their_own(site: Site, tmp_path: Path) -> None:
    fetch(site, tmp_path / "store", WORLD.nct_id(3), "--kinds", "summary,references", "--parquet", tmp_path / "out")
    read = rows_of(f"SELECT citation FROM '{tmp_path}/out/study_references.parquet' ORDER BY ordinal")
    truth = trial_truth(WORLD, 3, PageKind.REFERENCES, site.base)["study_references"]
    assert [row[0] for row in read] == [row["citation"] for row in truth]
    assert len(rows_of(f"SELECT * FROM '{tmp_path}/out/studies.parquet'")) == 1


def test_parquet(site: Site, tmp_path: Path) -> None:
    ids = [WORLD.nct_id(place) for place in range(10)]
    done = fetch(site, tmp_path / "store", *ids, "--parquet", tmp_path / "out")
    assert (done.returncode, done.stdout) == (0, "")
    assert "10 pages: 10 fetched" in done.stderr
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {table.name for table in TABLES}


# --- the store --------------------------------------------------------------------------------------------------


def test_a_page_in_the_store_needs_no_site(store: Path) -> None:
    nct_id = WORLD.nct_id(4)
    with serving(WORLD) as up:
        first = fetch(up, store, nct_id, "--json")
    again = fetch(up, store, nct_id, "--json")
    assert (first.returncode, again.returncode) == (0, 0)
    assert again.stdout == first.stdout
    elsewhere = run("fetch", nct_id, "--json", "--store", store, "--site", "http://127.0.0.1:9")
    assert elsewhere.stdout == first.stdout
    assert "pages of another site" in elsewhere.stderr
    anywhere = run("fetch", nct_id, "--json", "--store", store)
    assert (anywhere.stdout, anywhere.stderr) == (first.stdout, "")


def test_refresh_asks_again(site: Site, store: Path) -> None:
    nct_id = WORLD.nct_id(4)
    lines = [fetch(site, store, nct_id, "--json", *flags).stdout for flags in ((), (), ("--refresh",))]
    pages = [json.loads(line)["pages"][0] for line in lines]
    assert lines[0] == lines[1] == lines[2]
    found = [kind for kind, url in archived(store) if url == pages[0]["url"] and kind in ("response", "revisit")]
    assert found == ["response", "revisit"]
    assert states(store)[nct_id] == ("unchanged", None)


def test_every_answer_is_archived_with_its_request(site: Site, store: Path) -> None:
    fetch(site, store, WORLD.nct_id(4))
    records = archived(store)
    responses = [url for kind, url in records if kind == "response"]
    assert responses == [url for kind, url in records if kind == "request"]
    assert [url.removeprefix(site.base) for url in responses[:3]] == [
        "/robots.txt",
        "/sitemap.xml",
        "/sitemap-1.xml.gz",
    ]
    assert (store / "ledger.sqlite").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (store / "archive").iterdir())


def test_the_sitemap_is_not_read_again_the_same_day(site: Site, store: Path) -> None:
    for place in (4, 5):
        fetch(site, store, WORLD.nct_id(place))
    addresses = [url for kind, url in archived(store) if kind == "response"]
    assert addresses.count(f"{site.base}/sitemap-1.xml.gz") == 1


def test_slugs_that_are_known_come_before_other(store: Path) -> None:
    place = next(place for place in range(WORLD.count) if place % 3 == 0)  # does not answer under `other`
    with serving(WORLD) as up:
        slug, nct_id = WORLD.topic(place).slug, WORLD.nct_id(place)
        answers = {
            f"/{slug}/{nct_id}": answer(trial_page(WORLD, place, PageKind.SUMMARY, up.base)),
        }
    with raw_site(answers) as site:
        done = fetch(site, store, f"{site.base}/{slug}/{nct_id}/details", "--kinds", "summary")
        assert done.returncode == 0, done.stderr
        assert site.asked == ["/robots.txt", "/sitemap.xml", f"/{slug}/{nct_id}"]


def test_an_obsolete_id_gives_its_trial(site: Site, store: Path) -> None:
    alias, nct_id = str(WORLD.alias_of(1)), WORLD.nct_id(1)
    done = fetch(site, store, alias, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["studies"][0]["nct_id"] == nct_id
    assert f"{alias} is an obsolete id of {nct_id}" in done.stderr
    assert states(store)[alias] == ("alias", f"redirects to {nct_id}")
    assert states(store)[nct_id][0] == "fetched"
    again = fetch(site, store, alias, "--json")
    assert (again.stdout, again.stderr) == (done.stdout, done.stderr)


def test_an_id_that_is_no_alias_any_more(store: Path) -> None:
    alias, trial = "NCT09990077", FACTS.nct_id
    moved = answer("", status="301 Moved Permanently", headers={"Location": PATH})
    with raw_site({f"/other/{alias}/details": moved, PATH: answer(PAGE)}) as site:
        assert json.loads(fetch(site, store, alias, "--json").stdout)["pages"][0]["nct_id"] == trial
        site._answers = {f"/other/{alias}/details": answer(PAGE.replace(trial, alias)), PATH: answer(PAGE)}
        assert fetch(site, store, alias, "--refresh").returncode == 0
        assert json.loads(fetch(site, store, alias, "--json").stdout)["pages"][0]["nct_id"] == alias


def test_an_id_that_became_an_alias(store: Path) -> None:
    alias, trial = "NCT09990077", FACTS.nct_id
    moved = answer("", status="301 Moved Permanently", headers={"Location": PATH})
    with raw_site({f"/other/{alias}/details": answer(PAGE.replace(trial, alias))}) as site:
        assert fetch(site, store, alias).returncode == 0
        site._answers = {f"/other/{alias}/details": moved, PATH: answer(PAGE)}
        assert fetch(site, store, alias, "--refresh").returncode == 0
        done = fetch(site, store, alias, "--json")
    assert f"{alias} is an obsolete id of {trial}" in done.stderr
    rows = json.loads(done.stdout)["id_information"]
    alias_row = {"nct_id": trial, "ordinal": len(rows), "id_source": "nct_alias", "id_value": alias}
    assert rows[-1] == {**alias_row, "id_type": None, "registry": None}


@pytest.mark.parametrize("status", ["403 Forbidden", "451 Unavailable For Legal Reasons"])
def test_a_redirect_to_a_block_page_is_a_refusal(status: str, store: Path) -> None:
    moved = answer("", status="302 Found", headers={"Location": "/blocked"})
    with raw_site({PATH: moved, "/blocked": answer("Go away.", status=status)}) as site:
        done = fetch(site, store, FACTS.nct_id)
    assert done.returncode == 3
    assert states(store)[FACTS.nct_id][0] == "refused"


@pytest.mark.parametrize("bad", [b"", answer("", status="302 Found", headers={"Location": "http://127.0.0.2/x"})])
def test_an_address_that_leads_nowhere_does_not_hide_a_good_one(bad: bytes, store: Path) -> None:
    wrong = f"/gout/{FACTS.nct_id}/details"
    with raw_site({wrong: bad, PATH: answer(PAGE)}) as site:
        assert fetch(site, store, f"{site.base}{wrong}").returncode == 0


def test_a_sitemap_that_hangs_up_is_not_needed(store: Path) -> None:
    with raw_site({**_one_page(), "/sitemap.xml": b""}) as site:
        assert fetch(site, store, FACTS.nct_id).returncode == 0


@pytest.mark.parametrize("slug", ["гаут", "goût", "a€b"])
def test_an_address_may_hold_any_letters(slug: str, store: Path) -> None:
    path = f"/{quote(slug)}/{FACTS.nct_id}/details"
    with raw_site({path: answer(PAGE)}) as site:
        sitemap = answer(_sitemap(f"{site.base}/{slug}/{FACTS.nct_id}/details"))
        site._answers = {path: answer(PAGE), "/sitemap.xml": sitemap}
        assert fetch(site, store, FACTS.nct_id).returncode == 0
    assert ("request", f"{site.base}{path}") in archived(store)


def test_a_summary_is_no_details_page(store: Path) -> None:
    with serving(WORLD) as up:
        body = trial_page(WORLD, 5, PageKind.SUMMARY, up.base)
    nct_id = WORLD.nct_id(5)
    path = f"/other/{nct_id}"
    moved = answer("", status="302 Found", headers={"Location": path})
    with raw_site({f"{path}/details": moved, path: answer(body)}) as site:
        done = fetch(site, store, nct_id, "--json")
        assert (done.returncode, done.stdout) == (5, "")
        assert "kind summary, not details" in done.stderr
        assert fetch(site, store, nct_id, "--kinds", "summary").returncode == 0


def test_a_bad_address_does_not_hide_a_good_one(store: Path) -> None:
    wrong = f"/gout/{FACTS.nct_id}/details"
    for bad in (answer("<p>Back soon.</p></html>"), answer("", status="418 No")):
        with raw_site({wrong: bad, PATH: answer(PAGE)}) as site:
            done = fetch(site, store, f"{site.base}{wrong}", "--refresh")
            assert done.returncode == 0, done.stderr
            assert states(store)[FACTS.nct_id][0] == "fetched"


# --- bad ids ----------------------------------------------------------------------------------------------------


def test_three_bad_ids_among_many(site: Site, store: Path) -> None:
    ids = [WORLD.nct_id(place) for place in range(30)]
    listed = "\n".join([*ids[:10], "hello", *ids[10:], "NCT0641670", "NCT12345678"])
    done = fetch(site, store, "-", "--json", stdin=listed)
    assert done.returncode == 5
    assert len(done.stdout.splitlines()) == 30
    assert "'hello' is no id" in done.stderr
    assert "'NCT0641670' is no id" in done.stderr
    assert "no details page of NCT12345678" in done.stderr
    assert states(store)["NCT12345678"][0] == "unresolved"


@pytest.mark.parametrize("ids", [["hello"], ["-"], ["NCT00000000"], ["../../etc/passwd"]])
def test_no_id_at_all(ids: list[str], store: Path) -> None:
    done = run("fetch", *ids, "--store", store)
    assert done.returncode == 2
    assert "There is nothing to fetch" in done.stderr
    assert not store.exists()


def test_a_list_without_any_id_is_said_once(store: Path) -> None:
    done = run("fetch", "-", "--store", store, stdin="name,age\nhello,1\nyou,2\n")
    assert done.returncode == 2
    assert "Standard input has 3 lines and no id of a trial in any." in done.stderr
    assert " is no id " not in done.stderr


@pytest.mark.parametrize("name", ["nct_id", "NCT Number", "nctId", "ClinicalTrials.gov ID"])
def test_the_named_column_of_a_table_counts(name: str, site: Site, store: Path) -> None:
    one, *others = (WORLD.nct_id(place) for place in range(5))
    table = f"{name},other id,comment\n{one},{others[0]},see {others[1]}\nn/a,{others[2]},\nNCT123,{others[3]},\n"
    done = fetch(site, store, "-", "--json", stdin=table)
    assert done.returncode == 5
    assert [json.loads(line)["pages"][0]["nct_id"] for line in done.stdout.splitlines()] == [one]
    assert f"the column {name!r} was read: 1 id; 4 elsewhere in it left out." in done.stderr
    assert "Line 3: 'n/a' is no id" in done.stderr
    assert "Line 4: 'NCT123' is no id of a trial: it has 3 digits, and an id has 8." in done.stderr


@pytest.mark.parametrize("table", ['nct_id,note\n{},"a\nb"\n{},c\n', 'note,nct_id\n6" pipe,{}\n"b,{}\n'])
def test_quotes_in_a_table(table: str, site: Site, store: Path) -> None:
    done = fetch(site, store, "-", "--json", stdin=table.format(WORLD.nct_id(4), WORLD.nct_id(5)))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_unicode_text_of_a_spreadsheet(site: Site, store: Path) -> None:
    arguments = command("fetch", "-", "--json", "--site", site.base, "--store", store)
    for charset in ("utf-16", "utf-16-le", "utf-8-sig"):
        content = f"NCT\tα\n{WORLD.nct_id(4)}\tβ\n".encode(charset)
        done = subprocess.run(arguments, input=content, capture_output=True, check=True)
        assert len(done.stdout.splitlines()) == 1


def test_an_id_with_a_space_that_was_not_quoted(site: Site, store: Path) -> None:
    nct_id = WORLD.nct_id(4)
    done = fetch(site, store, "nct", nct_id[3:], WORLD.nct_id(5), "NCT", "--json")
    assert done.returncode == 5
    assert [json.loads(line)["pages"][0]["nct_id"] for line in done.stdout.splitlines()] == [nct_id, WORLD.nct_id(5)]
    assert "'NCT' is no id of a trial" in done.stderr


def test_a_table_of_a_spreadsheet(site: Site, store: Path) -> None:
    ids = [WORLD.nct_id(place) for place in range(5)]
    rows = [f'{number},"Smith, J.",{nct_id[:3]}{nct_id[4:]},see {ids[0]}' for number, nct_id in enumerate(ids)]
    table = "\r\n".join(["No,Reviewer,NCT Number,Comment", *rows, "6,Doe,9047985,", "7,Doe,NCT9.2E6,x", ",,,"])
    done = fetch(site, store, "-", "--json", stdin=f"\ufeff{table}\r\n")
    assert done.returncode == 5
    assert [json.loads(line)["pages"][0]["nct_id"] for line in done.stdout.splitlines()] == ids
    assert "Line 7: '9047985' is no id of a trial: write NCT before the digits." in done.stderr
    assert "Line 8: 'NCT9.2E6' is no id" in done.stderr
    assert done.stderr.count(" is no id ") == 2
    assert "2 more left out, no id of a trial" in done.stderr
    assert "the column 'NCT Number' was read: 5 ids." in done.stderr


def test_a_column_of_a_spreadsheet(site: Site, store: Path) -> None:
    done = fetch(site, store, "-", stdin=f"NCT Number\n{WORLD.nct_id(4)}\n\n{WORLD.nct_id(5)}\n")
    assert done.returncode == 0, done.stderr


def test_an_id_is_said_as_it_was_given(site: Site, store: Path) -> None:
    done = fetch(site, store, "nct12345")
    assert "NCT00012345 (given as 'nct12345'): " in done.stderr


@pytest.mark.parametrize(
    ("given", "hint"),
    [("summary", "--kinds details,summary"), ("Makefile", "fetch - < Makefile"), ("NCT0933847", "it has 7 digits")],
)
def test_hints(given: str, hint: str, store: Path) -> None:
    assert hint in run("fetch", given, "--store", store).stderr


def test_kinds_that_do_not_exist(store: Path) -> None:
    done = run("fetch", "NCT06416709", "--kinds", "details,card", "--store", store)
    assert done.returncode == 2
    assert "'card' is no kind of page" in done.stderr


# --- a site that misbehaves -------------------------------------------------------------------------------------


def _one_page(body: bytes | str = PAGE, **more: Any) -> dict[str, bytes]:
    return {PATH: answer(body, **more)}


@pytest.mark.parametrize(
    ("answers", "code", "words", "state"),
    [
        (_one_page(), 0, "", "fetched"),
        (_one_page(gzip.compress(PAGE.encode()), headers={"Content-Encoding": "gzip"}), 0, "", "fetched"),
        ({}, 5, "no details page", "unresolved"),
        (_one_page(status="410 Gone"), 5, "no details page", "unresolved"),
        (_one_page(status="403 Forbidden"), 3, "answered 403 Forbidden", "refused"),
        (_one_page(status="429 Too Many Requests"), 3, "answered 429", "refused"),
        (_one_page(status="503 Service Unavailable"), 3, "answered 503", "failed"),
        (_one_page(status="418 I'm a teapot"), 5, "answered 418", "failed"),
        (_one_page(""), 5, "empty", "soft_error"),
        (_one_page("<html><body><p>Back soon.</p></body></html>"), 5, "no heading of a trial page", "soft_error"),
        (_one_page(PAGE[:3000]), 5, "cut short", "quarantined"),
        (_one_page(PAGE.replace(FACTS.nct_id, "NCT09990099")), 5, "not of NCT09990001", "quarantined"),
        (_one_page(gzip.compress(PAGE.encode())[:-20], headers={"Content-Encoding": "gzip"}), 5, "cut short", "failed"),
        (_one_page(b"no gzip", headers={"Content-Encoding": "gzip"}), 5, "no valid gzip", "failed"),
        (_one_page(headers={"Content-Encoding": "zstd"}), 5, "'zstd'", "failed"),
        (_one_page(gzip.compress(bytes(2**25)), headers={"Content-Encoding": "gzip"}), 5, "once unpacked", "failed"),
        (_one_page(bytes(2**23 + 1)), 5, "more than 8,388,608 bytes", "failed"),
        ({PATH: answer(PAGE)[:-500]}, 3, "does not answer", "failed"),
        ({PATH: b""}, 3, "does not answer", "failed"),
        ({PATH: b"nonsense\r\n\r\n"}, 3, "does not answer", "failed"),
        (_one_page("", status="302 Found", headers={"Location": "http://127.0.0.2/"}), 3, "leads away", "refused"),
        (_one_page("", status="302 Found", headers={"Location": "file:///etc/passwd"}), 3, "leads away", "refused"),
        (_one_page("", status="302 Found", headers={"Location": PATH}), 5, "redirects", "failed"),
        (_one_page("", status="302 Found"), 5, "answered 302", "failed"),
        (_one_page("", status="302 Found", headers={"Location": "http://[::1/x"}), 5, "no address", "failed"),
        (
            {**_one_page("", status="302 Found", headers={"Location": "/"}), "/": answer("Welcome")},
            5,
            "no details",
            "unresolved",
        ),
        (_one_page(status="103 Early Hints"), 3, "does not answer", "failed"),
        (
            _one_page(gzip.compress(PAGE.encode()), headers={"Content-Encoding": "gzip, gzip"}),
            5,
            "'gzip, gzip'",
            "failed",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_answers_of_a_site(answers: dict[str, bytes], code: int, words: str, state: str, store: Path) -> None:
    with raw_site(answers) as site:
        done = fetch(site, store, FACTS.nct_id, "--json")
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == (code == 0)
    assert states(store)[FACTS.nct_id][0] == state
    archived(store)


def test_a_trial_that_the_site_listed_and_has_not(store: Path) -> None:
    with raw_site({}) as site:
        sitemap = f"<?xml version='1.0'?><urlset><url><loc>{site.base}{PATH}</loc></url></urlset>"
        site._answers = {"/sitemap.xml": answer(sitemap)}
        assert fetch(site, store, FACTS.nct_id).returncode == 5
    assert states(store)[FACTS.nct_id][0] == "not_found"


def test_a_trial_that_vanished_keeps_its_page(store: Path) -> None:
    with raw_site(_one_page()) as site:
        first = fetch(site, store, FACTS.nct_id, "--json")
        site._answers = {}
        assert fetch(site, store, FACTS.nct_id, "--refresh").returncode == 5
        assert states(store)[FACTS.nct_id][0] == "gone"
        assert fetch(site, store, FACTS.nct_id, "--json").stdout == first.stdout


def test_a_bad_answer_never_replaces_a_good_page(store: Path) -> None:
    with raw_site(_one_page()) as site:
        first = fetch(site, store, FACTS.nct_id, "--json")
        site._answers = _one_page("<html><p>Are you a robot?</p></html>")
        assert fetch(site, store, FACTS.nct_id, "--refresh").returncode == 5
        assert states(store)[FACTS.nct_id][0] == "soft_error"
        assert fetch(site, store, FACTS.nct_id, "--json").stdout == first.stdout


@pytest.mark.parametrize(
    ("sitemap", "words"),
    [
        (answer("<html><body>no sitemap</body></html>"), "its root is <html>"),
        (answer("Service busy, please wait."), "it is none"),
        (answer(""), "it is empty"),
        (answer(gzip.compress(gzip.compress(b"<urlset/>"))), "it is none"),
        (answer(gzip.compress(b"<urlset/>")[:-4]), "cut short"),
        (answer(_sitemap("http://127.0.0.1/")[:-6]), "no whole XML"),
        (answer("", status="500 Internal Server Error"), "answered 500"),
        (answer("", status="403 Forbidden"), "answered 403"),
    ],
)
def test_a_bad_sitemap_is_said_not_needed_and_read_again(sitemap: bytes, words: str, store: Path) -> None:
    with raw_site({**_one_page(), "/sitemap.xml": sitemap}) as site:
        done = fetch(site, store, FACTS.nct_id)
        assert done.returncode == 0
        assert words in done.stderr
        site._answers = {"/sitemap.xml": sitemap}
        missed = fetch(site, store, "NCT09990002")
        assert missed.returncode == 5
        assert "its sitemap could not be read whole" in missed.stderr
        listed = "/gout/NCT09990002/details"
        page = answer(PAGE.replace(FACTS.nct_id, "NCT09990002"))
        site._answers = {"/sitemap.xml": answer(_sitemap(site.base + listed)), listed: page}
        assert fetch(site, store, "NCT09990002").returncode == 0


def test_each_sitemap_of_robots_is_read(store: Path) -> None:
    names = {"NCT09990002": "/sitemap.xml", "NCT09990003": "/second.xml"}
    with raw_site({}) as site:
        pages = {f"/gout/{nct_id}/details": answer(PAGE.replace(FACTS.nct_id, nct_id)) for nct_id in names}
        sitemaps = {path: answer(_sitemap(f"{site.base}/gout/{nct_id}/details")) for nct_id, path in names.items()}
        robots = "".join(f"Sitemap: {site.base}{path}\n" for path in names.values())
        site._answers = {"/robots.txt": answer(robots), **sitemaps, **pages}
        for nct_id in names:
            assert fetch(site, store, nct_id).returncode == 0


def test_a_large_index_is_read_to_its_limit_and_said(store: Path) -> None:
    with raw_site({}) as site:
        children = [f"{site.base}/s{number}.xml" for number in range(1200)]
        index = answer(_sitemap(*children, root="sitemapindex", entry="sitemap"))
        empty = answer(_sitemap())
        site._answers = {"/sitemap.xml": index, **{f"/s{number}.xml": empty for number in range(1200)}}
        done = fetch(site, store, FACTS.nct_id)
        assert "more than 1,000 sitemaps" in done.stderr
        assert site.asked.count("/s998.xml") == 1
        assert "/s1100.xml" not in site.asked


def test_a_hiccup_at_the_beginning_does_not_hide_the_sitemap(store: Path) -> None:
    listed = f"/gout/{FACTS.nct_id}/details"
    with raw_site({"/robots.txt": b""}) as site:
        good = {"/sitemap.xml": answer(_sitemap(site.base + listed)), listed: answer(PAGE)}
        count = 0

        def respond(path: str) -> bytes:
            nonlocal count
            count += path == "/robots.txt"
            return b"" if path == "/robots.txt" and count <= 3 else good.get(path, answer("", status="404 No"))

        site._answers = respond
        done = fetch(site, store, "NCT09990002", FACTS.nct_id, "--json")
    assert (done.returncode, len(done.stdout.splitlines())) == (5, 1)


def test_sitemaps_of_other_hosts_and_in_a_loop_are_left_alone(store: Path) -> None:
    with raw_site(_one_page()) as canary, raw_site(_one_page()) as site:
        both = (f"{base}/sitemap.xml" for base in (site.base, canary.base))
        index = _sitemap(*both, root="sitemapindex", entry="sitemap")
        site._answers = {**_one_page(), "/sitemap.xml": answer(index)}
        done = fetch(site, store, FACTS.nct_id)
        assert done.returncode == 0
        assert canary.asked == []
        assert site.asked.count("/sitemap.xml") == 1
        assert f"such as '{canary.base}/sitemap.xml': left out." in done.stderr


def test_a_site_that_does_not_answer_is_not_asked_for_ever(store: Path) -> None:
    ids = [f"NCT0999{number:04}" for number in range(50)]
    done = run("fetch", *ids, "--site", "http://127.0.0.1:9", "--store", store)
    assert done.returncode == 3
    assert done.stderr.count("robots.txt of http://127.0.0.1:9 cannot be read") == 1
    assert "49 not asked for" in done.stderr


@pytest.mark.parametrize(
    ("status", "bad", "delivered"), [("451 Closed", 30, 5), ("500 Oops", 10, 5), ("500 Oops", 25, 0)]
)
def test_bad_pages_block_the_rest_only_if_they_are_many(status: str, bad: int, delivered: int, store: Path) -> None:
    ids = [f"NCT0999{number:04}" for number in range(bad + 5)]
    closed = [answer("", status=status) for _ in range(bad)]

    def one_of(path: str) -> bytes:
        nct_id = path.split("/")[2] if path.count("/") == 3 else ""
        if nct_id in ids[:bad]:
            return closed[ids.index(nct_id)]
        return answer(PAGE.replace(FACTS.nct_id, nct_id)) if nct_id else answer("", status="404 Not Found")

    with raw_site(one_of) as site:
        patch = "import scraper.client as c; c._LOOPBACK_BACKOFF_SECONDS = 0"
        main = f"{patch}; from trials.__main__ import main; main()"
        arguments = [sys.executable, "-c", main, "fetch", *ids, "--json", "--site", site.base, "--store", str(store)]
        done = subprocess.run(arguments, capture_output=True, encoding="utf-8", check=False)
    assert len(done.stdout.splitlines()) == delivered
    assert done.returncode == (5 if delivered else 3)
    assert ("That makes 20 in a row" in done.stderr) is (delivered == 0)


def test_the_last_answer_of_a_site_in_trouble_is_archived(store: Path) -> None:
    with raw_site(_one_page("busy", status="503 Busy")) as site:
        assert fetch(site, store, FACTS.nct_id).returncode == 3
        assert ("response", f"{site.base}{PATH}") in archived(store)


def test_an_alias_and_its_trial_in_one_second(store: Path, tmp_path: Path) -> None:
    count = iter(range(1000))

    def changing(path: str) -> bytes:
        if FACTS.nct_id not in path and path.endswith("/details"):
            return answer("", status="301 Moved", headers={"Location": PATH})
        fresh = answer(PAGE.replace("</html>", f"</html><!-- {next(count)} -->"))
        return fresh if path == PATH else answer("", status="404 Not Found")

    with raw_site(changing) as site:
        for ids in (("NCT09990071", FACTS.nct_id, "--refresh"), ("NCT09990072", "NCT09990073")):
            done = fetch(site, store, *ids, "--parquet", tmp_path / "out")
            assert done.returncode == 0, done.stderr
    assert site.asked.count(PATH) == 3  # the trial itself is not asked for again behind its alias


def test_a_store_that_was_used_with_another_site_reads_the_sitemap_of_this(store: Path) -> None:
    addresses = [f"/gout/{FACTS.nct_id}/details", f"/arthritis/{FACTS.nct_id}/details"]
    for address in addresses:
        with raw_site({address: answer(PAGE)}) as site:
            site._answers = {address: answer(PAGE), "/sitemap.xml": answer(_sitemap(f"{site.base}{address}"))}
            done = fetch(site, store, FACTS.nct_id, "--refresh")
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "robots",
    [
        answer("", status="204 No Content"),
        answer("", headers={"Content-Encoding": "gzip"}),
        answer("no", status="403 Forbidden"),
    ],
)
def test_odd_robots_do_not_hide_a_page(robots: bytes, store: Path) -> None:
    with raw_site({**_one_page(), "/robots.txt": robots}) as site:
        assert fetch(site, store, FACTS.nct_id).returncode == 0


def test_sitemaps_of_a_site_that_hangs_up_are_not_all_tried(store: Path) -> None:
    with raw_site({}) as site:
        children = [f"{site.base}/{number}.xml" for number in range(40)]
        index = answer(_sitemap(*children, root="sitemapindex", entry="sitemap"))
        hanging = {f"/{number}.xml": b"" for number in range(40)}
        site._answers = {**_one_page(), **hanging, "/sitemap.xml": index}
        done = fetch(site, store, FACTS.nct_id)
        assert done.returncode == 0
        assert "the rest of its sitemaps was left out" in done.stderr
        assert len(site.asked) < 14


def test_a_sitemap_that_hangs_up_now_and_then_does_not_hide_the_rest(store: Path) -> None:
    address = f"/gout/{FACTS.nct_id}/details"
    with raw_site({}) as site:
        children = [f"{site.base}/{number}.xml" for number in range(5)]
        index = answer(_sitemap(*children, root="sitemapindex", entry="sitemap"))
        good = answer(_sitemap(f"{site.base}/gout/NCT09990099/details"))
        long = " " * (9 * 2**20)  # more than a page may have
        last = answer(_sitemap(f"{site.base}{address}") + long)
        site._answers = {"/sitemap.xml": index, "/0.xml": b"", "/1.xml": good, "/2.xml": b"", "/4.xml": last}
        site._answers |= {"/3.xml": good, address: answer(PAGE)}
        assert fetch(site, store, FACTS.nct_id).returncode == 0


def test_refresh_asks_for_an_alias_too(store: Path) -> None:
    moved = answer("", status="301 Moved", headers={"Location": PATH})
    with raw_site({**_one_page(), "/other/NCT09990071/details": moved}) as site:
        assert fetch(site, store, "NCT09990071").returncode == 0
        asked = len(site.asked)
        assert fetch(site, store, FACTS.nct_id, "NCT09990071", "--refresh").returncode == 0
        assert site.asked[asked:] == [PATH, "/other/NCT09990071/details", PATH]


def test_a_page_of_very_many_addresses_is_not_tried_under_all(store: Path) -> None:
    with raw_site({}) as site:
        listed = (f"{site.base}/slug-{number}/{FACTS.nct_id}/details" for number in range(3000))
        site._answers = {"/sitemap.xml": answer(_sitemap(*listed))}
        done = fetch(site, store, FACTS.nct_id)
        assert "(25 addresses tried)" in done.stderr


@pytest.mark.parametrize(
    "address", ["https://inclinicaltrials.com", "http://192.0.2.1", "http://127.0.0.1.example.org"]
)
def test_a_public_site_is_asked_by_https_and_told_who_asks(address: str, store: Path) -> None:
    done = run("fetch", "NCT06416709", "--site", address, "--store", store)
    assert done.returncode == 3
    assert ("--contact" if address.startswith("https:") else "asked by https only") in done.stderr
    assert not store.exists()


def test_an_address_of_another_site_is_not_asked(store: Path) -> None:
    with raw_site(_one_page()) as canary, raw_site(_one_page()) as site:
        done = fetch(site, store, f"{canary.base}/gout/{FACTS.nct_id}/details")
        assert (done.returncode, canary.asked) == (0, [])


# --- the machine ------------------------------------------------------------------------------------------------


def _slow(path: str) -> bytes:
    time.sleep(0.05)
    nct_id = path.split("/")[2] if path.count("/") == 3 else ""
    return answer(PAGE.replace(FACTS.nct_id, nct_id)) if nct_id else answer("", status="404 Not Found")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_fetched_before_a_signal_is_kept(number: int, code: int, store: Path) -> None:
    ids = [f"NCT0999{count:04}" for count in range(60)]
    with raw_site(_slow) as site:
        arguments = command("fetch", *ids, "--site", site.base, "--store", store, "--json")
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(number)
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == code
        assert b"what was fetched is kept" in stderr
        fetched = [nct_id for nct_id, (state, _) in states(store).items() if state == "fetched"]
        assert 5 <= len(fetched) < 60
        again = fetch(site, store, *ids, "--json")
        assert again.returncode == 0
        assert len(again.stdout.splitlines()) == 60
        assert f"{len(fetched)} from the store" in again.stderr
    archived(store)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_counts_where_nothing_can_be_said(number: int, code: int, store: Path) -> None:
    ids = [f"NCT0999{count:04}" for count in range(60)]
    with raw_site(_slow) as site, Path("/dev/full").open("wb") as full:
        arguments = command("fetch", *ids, "--site", site.base, "--store", store, "--json")
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=full)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode == code


def test_two_at_once_wait_for_each_other(store: Path) -> None:
    ids = [f"NCT0999{count:04}" for count in range(20)]
    with raw_site(_slow) as site:
        arguments = command("fetch", *ids, "--site", site.base, "--store", store, "--json")
        outputs = [store.with_suffix(f".{number}") for number in range(2)]  # a full pipe would hold the lock
        processes = [
            subprocess.Popen(
                ["bash", "-c", f"exec {' '.join(arguments)} > {output}"], stderr=subprocess.PIPE, encoding="utf-8"
            )
            for output in outputs
        ]
        said = [process.communicate(timeout=100)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert sum("waiting up to 60 seconds" in stderr for stderr in said) == 1
    assert len([url for kind, url in archived(store) if kind == "response" and "/NCT" in url]) == 20


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
@pytest.mark.parametrize("kilobytes", [1, 8, 40, 100])
def test_a_full_disk_loses_nothing(kilobytes: int, store: Path) -> None:
    ids = [WORLD.nct_id(place) for place in range(20)]
    with serving(WORLD) as site:
        arguments = command("fetch", *ids, "--site", site.base, "--store", store, "--json")
        done = subprocess.run(
            ["prlimit", f"--fsize={kilobytes * 1024}", *arguments], capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 4
        assert "Traceback" not in done.stderr
        again = fetch(site, store, *ids, "--json")
    assert again.returncode == 0, again.stderr
    assert len(again.stdout.splitlines()) == 20
    archived(store)


@pytest.mark.parametrize("place", ["a file", "read-only"])
def test_a_store_that_cannot_be_written(place: str, tmp_path: Path) -> None:
    if place == "a file":
        (tmp_path / "store").write_text("")
    store = tmp_path / "store" if place == "a file" else Path("/proc/trials")
    done = run("fetch", "NCT06416709", "--store", store, "--site", "http://127.0.0.1:9")
    assert done.returncode == 4
    assert "--store" in done.stderr


def test_a_damaged_ledger(site: Site, store: Path) -> None:
    fetch(site, store, WORLD.nct_id(4))
    (store / "ledger.sqlite").write_bytes(b"no database" * 1000)
    done = fetch(site, store, WORLD.nct_id(4))
    assert done.returncode == 4
    assert "`trials verify --rebuild-ledger`" in done.stderr


@pytest.mark.parametrize("damage", ["cut", "flipped", "removed"])
def test_a_damaged_archive(damage: str, site: Site, store: Path) -> None:
    fetch(site, store, WORLD.nct_id(4))
    (path,) = (store / "archive").glob("*.warc.gz")
    content = bytearray(path.read_bytes())
    content[-2000] ^= 0xFF
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(content[:-1500] if damage == "cut" else content)
    without_site = run("fetch", WORLD.nct_id(4), "--store", store, "--site", "http://127.0.0.1:9")
    assert (without_site.returncode, without_site.stdout) == (3, "")
    again = fetch(site, store, WORLD.nct_id(4), WORLD.nct_id(5), "--json")
    assert (again.returncode, len(again.stdout.splitlines())) == (0, 2)
    assert f"{WORLD.nct_id(4)}: The archive has no whole record" in again.stderr


def test_a_reader_that_leaves_ends_the_fetching(site: Site, store: Path) -> None:
    ids = " ".join(WORLD.nct_id(place) for place in range(60))
    line = f"{' '.join(command('fetch'))} {ids} --json --site {site.base} --store {store} | head -1 | wc -l"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, b"1")
    assert len(states(store)) < 60


# --- settings ---------------------------------------------------------------------------------------------------


def _in(folder: Path, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **env},
    )


def test_init_asks_until_the_answers_are_right(tmp_path: Path) -> None:
    answers = "ftp://x\nhttps://inclinicaltrials.com\nnobody\nme@lantern.org\nmine\n"
    done = _in(tmp_path, "init", stdin=answers)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "trials.toml").read_text()
    for line in ('site = "https://inclinicaltrials.com"', 'contact = "me@lantern.org"', 'store = "mine"'):
        assert line in written
    assert _in(tmp_path, "init", stdin=answers).returncode == 2
    assert (tmp_path / "trials.toml").read_text() == written


def test_flags_come_before_variables_before_the_file(site: Site, tmp_path: Path) -> None:
    assert _in(tmp_path, "init", "--site", site.base, "--store", "from file").returncode == 0
    fetched = ("fetch", WORLD.nct_id(4))
    assert _in(tmp_path, *fetched).returncode == 0
    assert _in(tmp_path, *fetched, TRIALS_STORE="from variable").returncode == 0
    assert _in(tmp_path, *fetched, "--store", "from flag", TRIALS_STORE="from variable").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"trials.toml", "from file", "from variable", "from flag"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour = 1", "colour"),
        ("site = [", "cannot be read"),
        ('site = "inclinicaltrials.com"', "https://"),
        ('contact = "nobody"', "email"),
        ("a = " + "[" * 2000, "cannot be read"),
        ('url_templates = {details = "/x"}', "no template"),
        ('url_templates = {card = "/{nct_id}"}', "card"),
        ('url_templates = {details = "/{nct_id:d}"}', "no template"),
        ('site = "http://127.0.0.1:99999"', "site"),
        ('site = "http://127.0.0.1:80/path"', "leave out the path"),
        ('store = ""', "empty"),
        ('store = "a\\u0000"', "cannot be shown"),
    ],
)
def test_a_wrong_configuration_is_said(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "trials.toml").write_text(text)
    done = _in(tmp_path, "fetch", "NCT06416709")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("TRIALS_STOER", "x"), ("TRIALS_URL_TEMPLATES", "x"), ("TRIALS_STORE", "")]
)
def test_a_wrong_variable_is_said(name: str, value: str, tmp_path: Path) -> None:
    done = _in(tmp_path, "fetch", "NCT06416709", **{name: value})
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_configuration_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "trials.toml").mkdir()
    assert "is no file" in _in(tmp_path, "fetch", "NCT06416709").stderr


def test_a_configuration_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "trials.toml").write_bytes(b"\xef\xbb\xbfstore = 'x'")
    assert "begins with a byte order mark" in _in(tmp_path, "fetch", "NCT06416709").stderr


def test_a_store_at_home(site: Site, tmp_path: Path) -> None:
    (tmp_path / "trials.toml").write_text(f"store = '~/mine'\nsite = '{site.base}'")
    done = _in(tmp_path, "fetch", WORLD.nct_id(4), HOME=str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "home" / "mine" / "ledger.sqlite").exists()


def test_a_template_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "trials.toml").write_text('url_templates = {details = "/trial/{nct_id}"}\n')
    with raw_site({f"/trial/{FACTS.nct_id}": answer(PAGE)}) as site:
        assert _in(tmp_path, "fetch", FACTS.nct_id, "--site", site.base).returncode == 0


def test_init_without_answers(tmp_path: Path) -> None:
    done = _in(tmp_path, "init")
    assert done.returncode == 2
    assert "give --site, --contact and --store" in done.stderr


# --- practice and demo ------------------------------------------------------------------------------------------


def test_practice_serves_until_it_is_stopped() -> None:
    process = subprocess.Popen(command("practice", "--port", "0"), stderr=subprocess.PIPE, encoding="utf-8")
    assert process.stderr is not None
    base = process.stderr.readline().split(" at ")[1].split()[0]
    taken = run("practice", "--port", base.rpartition(":")[2])
    assert taken.returncode == 2
    assert "Choose another" in taken.stderr
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130


def test_the_truth_as_tables(tmp_path: Path) -> None:
    assert run("practice", "--truth", tmp_path, "--trials", "20", "--markup", "nineties").returncode == 0
    counted = rows_of(f"SELECT count(*), count(overall_status) FROM '{tmp_path}/studies.parquet'")
    assert counted == [(20, 20)]
    assert run("practice", "--markup", "crayon").returncode == 2


def test_the_truth_leaves_out_what_is_gone(tmp_path: Path) -> None:
    world = World(seed=9, trials=20, night=100)
    there = sorted(world.nct_id(place) for place in range(world.count) if world.is_listed(place))
    assert len(there) < world.count
    options = ("--trials", "20", "--seed", str(world.seed), "--night", "100")
    assert run("practice", "--truth", tmp_path, *options).returncode == 0
    assert [row[0] for row in rows_of(f"SELECT nct_id FROM '{tmp_path}/studies.parquet' ORDER BY 1")] == there


def test_a_demo_removes_only_what_a_demo_made(tmp_path: Path) -> None:
    mine = tmp_path / "demo" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    done = run("demo", "--trials", "10", "--store", tmp_path)
    assert done.returncode == 4
    assert "was not made by a demo" in done.stderr
    assert [path.name for path in mine.parent.iterdir()] == ["thesis.txt"]
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "demo").touch()
    assert "was not made by a demo" in run("demo", "--trials", "10", "--store", tmp_path / "file").stderr
    quoted = tmp_path / "it's"
    for _ in range(2):
        assert run("demo", "--trials", "10", "--store", quoted).returncode == 0


def test_closed_streams() -> None:
    line = f"{' '.join(command('fetch'))} - <&- >&-"
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=False).returncode == 2
    assert subprocess.run(["bash", "-c", f"{line} 2>&-"], capture_output=True, check=False).returncode == 2
    full = subprocess.run(["bash", "-c", f"{line} 2>/dev/full"], capture_output=True, check=False)
    assert full.returncode == 2
