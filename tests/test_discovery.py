"""How trials are found: lists, sitemaps that lie, listings whose next links loop; each id remembers how."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from scraper.sitemap import read_sitemap
from tests.pages import BASE as FACTS
from tests.sites import RawSite, Sent, answer, raw_site
from tests.test_fetch import PAGE, PATH, run
from trials.practice.server import serving
from trials.practice.world import World

WORLD = World(trials=120)
_XML = {"Content-Type": "application/xml"}
_OPEN = answer("", status="404 Not Found")


def ids_of(printed: str) -> dict[str, tuple[str, str]]:
    """What `trials discover` prints: id → way, where."""
    return {nct_id: (way, where) for nct_id, way, where in (line.split("\t") for line in printed.splitlines())}


def found(store: Path) -> dict[str, tuple[str, str | None, int, int | None]]:
    """Trial → how it was found first, where, all ways, steps."""
    with sqlite3.connect(store / "ledger.sqlite") as ledger:
        rows = ledger.execute("SELECT nct_id, found_by, found_on, ways, depth FROM pages WHERE kind = 'details'")
        return {row[0]: row[1:] for row in rows.fetchall()}


def sitemap(entries: str, root: str = "urlset") -> Sent:
    return answer(f'<?xml version="1.0"?><{root}>{entries}</{root}>', headers=_XML)


def url(path: str, lastmod: str = "") -> str:
    said = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<url><loc>{path}</loc>{said}</url>"


def discover(site: RawSite, store: Path, *more: str) -> Any:
    return run("discover", "--site", site.base, "--store", store, *more)


# --- what is printed, and what is kept --------------------------------------------------------------------------


def test_what_could_be_added_is_printed_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    with serving(WORLD) as site:
        done = run("discover", "--site", site.base, "--store", tmp_path / "store")
    assert done.returncode == 0
    assert ids_of(done.stdout).keys() == {WORLD.nct_id(place) for place in range(WORLD.count)}
    assert {way for way, _ in ids_of(done.stdout).values()} == {"sitemap"}
    assert "120 new trials (120 sitemap), not in the store yet" in done.stderr
    assert found(tmp_path / "store") == {}


def test_what_is_added_is_planned_and_the_next_night_reads_no_sitemap_again(tmp_path: Path) -> None:
    log: list[dict[str, object]] = []
    with serving(WORLD, log=log) as site:
        assert run("discover", "--add", "--site", site.base, "--store", tmp_path / "store").returncode == 0
        planned = run("plan", "--site", site.base, "--store", tmp_path / "store").stdout.splitlines()
        again = run("discover", "--site", site.base, "--store", tmp_path / "store")
    assert len(planned) == WORLD.count and all(" new " in line for line in planned)
    assert again.stdout == ""
    asked = [str(entry["path"]) for entry in log if "path" in entry]
    assert sorted(asked) == ["/robots.txt", "/sitemap-1.xml.gz", "/sitemap.xml"]


def test_a_listing_is_read_by_its_next_links(tmp_path: Path) -> None:
    slug = WORLD.topic(0).slug
    due = {WORLD.nct_id(place) for place in range(WORLD.count)}
    with serving(WORLD) as site:
        one = run("discover", "--listing", f"/{slug}/", "--sources", "listing", "--site", site.base, "--store",
                  tmp_path / "one")  # fmt: skip
        all_ = run("discover", "--listing", f"{site.base}/other/", "--sources", "listing", "--site", site.base,
                   "--store", tmp_path / "all")  # fmt: skip
    assert ids_of(one.stdout).keys() == {WORLD.nct_id(place) for place in WORLD.places(WORLD.topic(0))}
    assert ids_of(all_.stdout).keys() == due
    assert len({where for _, where in ids_of(all_.stdout).values()}) > 1


def test_each_id_remembers_how_it_was_found_and_where(tmp_path: Path) -> None:
    given = FACTS.nct_id
    (tmp_path / "ids.txt").write_text(given)
    with raw_site(lambda path: answer(PAGE) if path == PATH else _OPEN) as site:
        done = run("harvest", "--ids", tmp_path / "ids.txt", "--depth", "0", "--no-build", "--site", site.base,
                   "--store", tmp_path / "store")  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = found(tmp_path / "store")
    assert rows[given][:2] == ("given", None) and rows[given][3] == 0
    others = {nct_id: row for nct_id, row in rows.items() if nct_id != given}
    assert all(row[0] == "see_also" and row[1] == given and row[3] == 1 for row in others.values())
    told = run("why", given, "--store", tmp_path / "store")
    assert "found by" in told.stdout


# --- sites that lie ---------------------------------------------------------------------------------------------


def test_a_sitemap_that_lies_brings_in_nothing_that_is_not_of_the_site(tmp_path: Path) -> None:
    pages: dict[str, Sent] = {}
    with raw_site(lambda path: pages.get(path, _OPEN)) as site:
        base = site.base
        pages["/sitemap.xml"] = sitemap(
            "".join(f"<sitemap><loc>{base}/{name}.xml</loc></sitemap>" for name in ("sitemap", "a", "a", "b")),
            "sitemapindex",
        )
        pages["/a.xml"] = sitemap(
            url(f"{base}/x/NCT01234567/details", "2999-01-01")
            + url(f"{base}/x/NCT01234567/details", "yesterday")
            + url("https://elsewhere.example/x/NCT07654321/details")
            + url("javascript:alert(1)")
            + url(f"{base}/x/NCT0123/details")
            + url(f"{base}/imprint")
        )
        pages["/b.xml"] = answer("<html>not found</html>", headers=_XML)
        done = discover(site, tmp_path / "store", "--add")
    assert done.returncode == 0
    assert list(ids_of(done.stdout)) == ["NCT01234567"]
    assert list(found(tmp_path / "store")) == ["NCT01234567"]
    assert "lead away" in done.stderr and "was left out" in done.stderr


@pytest.mark.parametrize("loop", ["itself", "two", "endless"])
def test_next_links_that_loop_come_to_an_end(loop: str, tmp_path: Path) -> None:
    def listing(path: str) -> Sent:
        if not path.startswith("/gout/"):
            return _OPEN
        number = int(path.partition("page=")[2] or 1)
        after = {"itself": number, "two": 3 - number, "endless": number + 1}[loop]
        links = "".join(f'<li><a href="/gout/NCT0123456{n}/details">NCT0123456{n} - A trial</a></li>' for n in range(3))
        return answer(f'<html><body><h1>Gout</h1><ul>{links}</ul><a href="/gout/?page={after}">Next</a></body></html>')

    with raw_site(listing) as site:
        done = discover(site, tmp_path / "store", "--listing", "/gout/", "--sources", "listing")
        asked = [path for path in site.asked if path.startswith("/gout/")]
    assert done.returncode == 0, done.stderr
    assert len(ids_of(done.stdout)) == 3
    assert len(asked) <= 2


def test_a_listing_that_is_none_is_said(tmp_path: Path) -> None:
    with raw_site(lambda path: answer("<html><body><p>Hello</p></body></html>") if path == "/gout/" else _OPEN) as site:
        done = discover(site, tmp_path / "store", "--listing", "/gout/", "--sources", "listing")
    assert "was left out" in done.stderr and "0 new trials" in done.stderr


def test_a_site_that_is_closed_is_not_asked_for_its_sitemap(tmp_path: Path) -> None:
    with raw_site(lambda _: answer("", status="503 Unavailable")) as site:
        done = discover(site, tmp_path / "store")
    assert done.returncode == 3
    assert set(site.asked) == {"/robots.txt"}


# --- lastmod ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-01-05", "2026-01-05"),
        (" 2026-01-05T03:04:05Z ", "2026-01-05T03:04:05Z"),
        ("2026-01-05T03:04:05.123+02:00", "2026-01-05T01:04:05Z"),
        ("2026-01-05T23:30:00-02:00", "2026-01-06T01:30:00Z"),
        ("2026-02-30", None),
        ("05/01/2026", None),
        ("9999-12-31", None),
        ("", None),
    ],
)
def test_lastmod_is_read_where_it_can_be(said: str, read: str | None) -> None:
    found = read_sitemap(f"<urlset>{url('http://a.example/1', said)}{url('http://a.example/2')}</urlset>".encode())
    assert found.pages == ("http://a.example/1", "http://a.example/2")
    assert found.lastmods == ({"http://a.example/1": read} if read else {})
