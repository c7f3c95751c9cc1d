"""The archive: what was sent comes back as it was, and what is damaged is noticed."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from registry.errors import StoreError
from scraper.answer import Answer, body_of
from scraper.archive import Archive, Place, read

BODY = os.urandom(2000)
ANSWER = Answer(
    url="http://127.0.0.1:8000/other/NCT09990001/details",
    status=200,
    reason="OK",
    headers=(("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("X-Odd", "caf\xe9: a, b")),
    body=gzip.compress(BODY),
    request_headers=(("Host", "127.0.0.1:8000"), ("User-Agent", "trials/0")),
    at=datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC),
)


def _written(folder: Path, *answers: Answer) -> list[Place]:
    archive = Archive(folder, "run")
    places = [archive.append(answer) for answer in answers]
    archive.close()
    return places


def test_an_answer_comes_back_as_it_was_sent(tmp_path: Path) -> None:
    first, second = _written(tmp_path, ANSWER, ANSWER)
    for place in (second, first):
        back = read(tmp_path, place)
        assert (back.url, back.status, back.reason, back.at) == (ANSWER.url, 200, "OK", ANSWER.at)
        assert back.headers == ANSWER.headers
        assert back.body == ANSWER.body
        assert body_of(back) == BODY


def test_records_are_those_of_warc_1_1(tmp_path: Path) -> None:
    _written(tmp_path, ANSWER)
    with (tmp_path / "run.warc.gz").open("rb") as file:
        records = [(r.rec_type, dict(r.rec_headers.headers), r.http_headers) for r in ArchiveIterator(file)]
    assert [kind for kind, _, _ in records] == ["warcinfo", "response", "request"]
    _, response, _ = records[1]
    _, request, lines = records[2]
    assert response["WARC-Date"] == request["WARC-Date"] == "2026-01-05T03:04:05Z"
    assert response["WARC-Target-URI"] == request["WARC-Target-URI"] == ANSWER.url
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert lines.get_header("Host") == "127.0.0.1:8000"
    assert (tmp_path / "run.warc.gz").read_bytes().startswith(b"\x1f\x8b")


def test_a_transfer_coding_that_was_removed_is_renamed(tmp_path: Path) -> None:
    chunked = Answer(ANSWER.url, 200, "OK", (("Transfer-Encoding", "chunked"),), b"x", (), ANSWER.at)
    (place,) = _written(tmp_path, chunked)
    assert read(tmp_path, place).headers == (("X-Crawl-Transfer-Encoding", "chunked"),)


def test_a_record_cut_anywhere_is_noticed(tmp_path: Path) -> None:
    first, second, third = _written(tmp_path, ANSWER, ANSWER, ANSWER)
    path = tmp_path / "run.warc.gz"
    whole = path.read_bytes()
    for end in range(second.warc_offset, third.warc_offset - 450, 7):  # its request record takes the rest
        path.write_bytes(whole[:end])
        assert read(tmp_path, first).body == ANSWER.body
        with pytest.raises(StoreError, match="no whole record"):
            read(tmp_path, second)


@pytest.mark.parametrize("place", [Place("run.warc.gz", 1), Place("run.warc.gz", 10**9), Place("other.warc.gz", 0)])
def test_no_record_stands_there(place: Place, tmp_path: Path) -> None:
    _written(tmp_path, ANSWER)
    with pytest.raises(StoreError, match="has no whole record at"):
        read(tmp_path, place)


def test_a_record_that_cannot_be_written_whole_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path, "run")
    archive.append(ANSWER)
    before = (tmp_path / "run.warc.gz").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scraper.archive.os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        archive.append(ANSWER)
    assert (tmp_path / "run.warc.gz").read_bytes() == before
    monkeypatch.undo()
    assert read(tmp_path, archive.append(ANSWER)).body == ANSWER.body
    archive.close()
