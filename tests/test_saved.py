"""`trials parse` on WARC and WET files and on packed pages, as a person runs it."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.pages import BASE, FAMILIES, as_text, render
from tests.test_cli import run
from tests.warcs import HTML, Warc, in_chunks
from trials.practice.server import serving
from trials.practice.world import World

URL = "https://inclinicaltrials.com/other/NCT09990001/details"
PAGE = render(BASE, FAMILIES["two-column-table"]).encode()


def _lines(output: bytes) -> list[dict[str, list[dict[str, Any]]]]:
    return [json.loads(line) for line in output.splitlines()]


def _page_rows(output: bytes) -> list[tuple[object, ...]]:
    return [
        (page["url"], page["fetched_at"], page["http_status"], page["complete"])
        for line in _lines(output)
        for page in line["pages"]
    ]


def _warc_of_three_hosts(*, is_packed: bool = True) -> Warc:
    warc = Warc(gzip=is_packed)
    for host in ("https://inclinicaltrials.com", "http://mirror.example:8080", "http://10.0.0.1"):
        page = PAGE.replace(b"https://inclinicaltrials.com/", f"{host}/".encode())
        warc.answer(f"{host}/robots.txt", b"User-agent: *", headers=[("Content-Type", "text/plain")])
        warc.answer(f"{host}/other/", b"<html>a listing</html>")
        warc.answer(f"{host}/other/NCT09990001/details?from=list", page)
    return warc


@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz", "crawl.WARC.GZ", "download"])
def test_every_capture_of_a_trial_is_a_result_whatever_its_host(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(_warc_of_three_hosts(is_packed=name.lower().endswith("gz")).content)
    done = run("parse", tmp_path / name, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert _page_rows(done.stdout) == [
        (f"{host}/other/NCT09990001/details?from=list", "2026-01-05T03:04:05Z", 200, True)
        for host in ("https://inclinicaltrials.com", "http://mirror.example:8080", "http://10.0.0.1")
    ]


def test_a_wet_file_and_a_packed_file_on_standard_input() -> None:
    content = Warc().record(URL, "conversion", as_text(BASE).encode(), "text/plain").content
    done = run("parse", "-", "--json", stdin=content)
    assert (done.returncode, done.stderr) == (0, b"")
    assert _page_rows(done.stdout) == [(URL, "2026-01-05T03:04:05Z", None, False)]


def test_files_of_all_kinds_in_one_call(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(PAGE)
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(PAGE))
    (tmp_path / "a.warc.gz").write_bytes(_warc_of_three_hosts().content)
    names = ("page.html", "a.warc.gz", "page.html.gz")
    address = f"file://{tmp_path}/a.warc.gz"
    done = run("parse", *(tmp_path / name for name in names), address, "--parquet", tmp_path / "tables")
    assert done.returncode == 0
    assert b"8 of 8 pages read" in done.stderr


def test_what_cannot_be_used_is_named_with_its_place_and_the_others_are_delivered(tmp_path: Path) -> None:
    warc = Warc().answer(URL, PAGE)
    warc.answer(URL, PAGE, about={"WARC-Payload-Digest": "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    warc.answer(URL, in_chunks(PAGE)[:-5], headers=[*HTML, ("Transfer-Encoding", "chunked")])
    warc.answer(URL, b"\x8b\x02\x80", headers=[*HTML, ("Content-Encoding", "br")])
    warc.answer(URL, PAGE[:5000])
    warc.answer(URL.replace("0001", "0002"), PAGE)
    warc.answer(URL, PAGE)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(warc.content[:-20])
    done = run("parse", path, "--json")
    assert done.returncode == 5
    assert len(_lines(done.stdout)) == 1
    sentences = done.stderr.decode().splitlines()
    words = ("damaged", "chunk", "'br'", "cut short", "NCT09990002", "ends inside the gzip member")
    for sentence, start, word in zip(sentences, warc.starts[2:], words, strict=True):
        url = URL.replace("0001", "0002") if "NCT09990002" in word else URL
        assert sentence.startswith(f"trials: {path} at {start} ({url}): ")
        assert word in sentence


def test_a_capture_that_was_cut_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    body = PAGE[: PAGE.index(b"Han River")]
    (tmp_path / "a.warc").write_bytes(Warc(gzip=False).answer(URL, body, about={"WARC-Truncated": "length"}).content)
    done = run("parse", tmp_path / "a.warc", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    (tables,) = _lines(done.stdout)
    assert tables["pages"][0]["complete"] is False
    assert [row["name"] for row in tables["facilities"]] == ["Lantern Clinic"]
    assert b"may be missing" in run("parse", tmp_path / "a.warc").stdout


def test_answers_that_are_no_page_are_counted_in_one_sentence(tmp_path: Path) -> None:
    warc = Warc()
    for status in ("301 Moved Permanently", "404 Not Found", "404 Not Found"):
        warc.answer(URL, b"<html>not here</html>", status=status)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(warc.answer(URL, PAGE).content)
    done = run("parse", path, "--json")
    assert (done.returncode, len(_lines(done.stdout))) == (0, 1)
    assert done.stderr.decode().count("trials: ") == 1
    assert "1 × 301, 2 × 404" in done.stderr.decode()


def test_a_file_without_any_page_of_a_trial_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(Warc().answer("https://inclinicaltrials.com/", PAGE).content)
    done = run("parse", path, "--json")
    assert (done.returncode, done.stdout) == (5, b"")
    assert done.stderr.decode().startswith(f"trials: {path}: It holds no page of a trial.")


def test_files_that_are_not_what_their_names_say(tmp_path: Path) -> None:
    (tmp_path / "page.warc").write_bytes(PAGE)
    (tmp_path / "cut.html.gz").write_bytes(gzip.compress(PAGE)[:-9])
    done = run("parse", tmp_path / "page.warc", tmp_path / "cut.html.gz", tmp_path / "missing.warc.gz", tmp_path,
               "https://inclinicaltrials.com/other/NCT09990001/details", "gopher://x/a.warc.gz")  # fmt: skip
    assert done.returncode == 5
    words = ("no WARC file", "cut short", "no such file", "a folder", "no such file", "gopher")
    for sentence, word in zip(done.stderr.decode().splitlines(), words, strict=True):
        assert sentence.startswith("trials: ")
        assert word in sentence


def test_explaining_a_file_of_captures_explains_each(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(_warc_of_three_hosts().content)
    done = run("parse", "--explain", path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"of the text claimed") == 3


def test_hostile_addresses_are_inert_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    url = "http://\x1b[2J\u202e/other/NCT09990001/details"
    path.write_bytes(
        Warc(gzip=False)
        .answer("http://PLACE/other/NCT09990001/details", b"x")
        .content.replace(b"http://PLACE/other/NCT09990001/details", url.encode())
    )
    done = run("parse", path)
    assert done.returncode == 5
    assert b"\x1b" not in done.stderr
    assert "\u202e" not in done.stderr.decode()


def test_the_archive_of_a_store_is_read_as_any_other(tmp_path: Path) -> None:
    world = World(trials=30)
    ids = [world.nct_id(place) for place in (0, 1, 2)]
    with serving(world) as site:
        store = tmp_path / "data"
        fetched = run("fetch", *ids, "--site", site.base, "--store", store, "--json")
    assert fetched.returncode == 0
    (path,) = (store / "archive").glob("*.warc.gz")
    done = run("parse", path, "--json")
    assert done.returncode == 0
    assert [line["studies"] and line["studies"][0]["nct_id"] for line in _lines(done.stdout)] == ids
    for name in ("facilities", "design_outcomes", "eligibility_criteria", "related_studies"):
        expected = [[_without_fetch(row) for row in line[name]] for line in _lines(fetched.stdout)]
        assert [[_without_fetch(row) for row in line[name]] for line in _lines(done.stdout)] == expected


def _without_fetch(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seen_at"}
