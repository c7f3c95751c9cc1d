"""The index of an archive file is what cdxj-indexer would write."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.indexer import Indexer

from scraper.cdx import surt
from tests.answers import BODY, every_kind

# By the rules of the Internet Archive, as its package `surt` 0.3.1 gives them.
KEYS = {
    "http://www.archive.org/": "org,archive)/",
    "https://www12.archive.org:443/Goo/": "org,archive)/goo",
    "http://archive.org:443/": "org,archive:443)/",
    "http://archive.org/goo/?": "org,archive)/goo",
    "http://archive.org/goo/?a=2&b&a=1": "org,archive)/goo?a=1&a=2&b",
    "http://archive.org?x": "org,archive)/?x",
    "http://user:pw@archive.org/a#b": "org,archive)/a",
    "http://127.0.0.1:8000/robots.txt": "1,0,0,127:8000)/robots.txt",
    "http://localhost:8000//A/../b/./c": "localhost:8000)/b/c",
    "http://a.example/?r=http%3A//b.example/&q=%2525&s=a%20b+c": "example,a)/?q=%25&r=http://b.example/&s=a%20b+c",
    "http://a.example/%C3%A9%FF%0A%7e": "example,a)/%c3%a9%ff%0a~",
}


@pytest.mark.parametrize(("url", "key"), KEYS.items())
def test_an_address_has_the_key_by_which_other_tools_find_it(url: str, key: str) -> None:
    assert surt(url).lower() == key


def _index(folder: Path) -> list[tuple[str, str, dict[str, Any]]]:
    every_kind(folder)
    lines = (folder / "run.cdxj").read_text("ascii").splitlines()
    assert lines == sorted(lines)
    return [(key, at, json.loads(said)) for key, at, said in (line.split(" ", 2) for line in lines)]


def test_each_answer_has_a_line_and_nothing_else_has(tmp_path: Path) -> None:
    assert [(key, at) for key, at, _ in _index(tmp_path)] == [
        ("1,0,0,127:8000)/other/nct09990001/details", "20260105030405"),
        ("1,0,0,127:8000)/other/nct09990001/details", "20260106030405"),
        ("1,0,0,127:8000)/other/nct09990001/details", "20260107030405"),
        ("1,0,0,127:8000)/other/nct09990001/details?cut", "20260105030405"),
        ("org,example)/a", "20260105030405"),
        ("org,example)/nct09990001", "20260105030405"),
    ]


def test_a_line_says_what_the_indexer_of_warcio_finds(tmp_path: Path) -> None:
    """cdxj-indexer takes its fields from that indexer; it writes `warc/revisit`, and the type without parameters."""
    found = {said["offset"]: said for _, _, said in _index(tmp_path)}
    output = io.StringIO()
    fields = "warc-type,warc-target-uri,http:content-type,content-type,http:status,warc-payload-digest,length,offset"
    indexer = Indexer(fields, [str(tmp_path / "run.warc.gz")], output)
    with (tmp_path / "run.warc.gz").open("rb") as file:
        indexer.process_one(file, output, "run.warc.gz")
    wanted = {}
    for line in map(json.loads, output.getvalue().splitlines()):
        kind, record_type, http_type = (
            line.pop("warc-type"),
            line.pop("content-type"),
            line.pop("http:content-type", None),
        )
        if kind in ("response", "revisit", "conversion"):
            mime = {"revisit": "warc/revisit", "conversion": record_type}.get(kind) or http_type.split(";")[0]
            names = {"warc-target-uri": "url", "http:status": "status", "warc-payload-digest": "digest"}
            wanted[line["offset"]] = {names.get(name, name): value for name, value in line.items()}
            wanted[line["offset"]] |= {"mime": mime, "filename": "run.warc.gz"}
    assert found == wanted


def test_offset_and_length_are_those_of_one_record(tmp_path: Path) -> None:
    for _, _, said in _index(tmp_path):
        begin = int(said["offset"])
        member = (tmp_path / "run.warc.gz").read_bytes()[begin : begin + int(said["length"])]
        (record,) = [(r.rec_headers.get_header("WARC-Target-URI"), r.content_stream().read()) for r in _read(member)]
        assert record[0] == said["url"]
        if said["mime"] == "text/html" and "cut" not in said["url"]:
            assert record[1] == BODY


def _read(member: bytes) -> Any:
    return ArchiveIterator(io.BytesIO(member))
