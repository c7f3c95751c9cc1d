"""The archive: what was sent comes back as it was, other tools read it, and a failing disk leaves no trace."""

import errno
import os
import sqlite3
import subprocess
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastwarc import warc as fastwarc
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from registry.errors import FetchError, StoreError
from scraper import archive
from scraper.answer import Answer
from scraper.archive import Archive, Place, read
from scraper.client import Client
from scraper.files import seal_of, write_whole
from scraper.scan import scan
from scraper.schema import MIGRATIONS
from scraper.store import Store
from scraper.warc import answer_of, capture, exchange, unpacked
from tests.answers import ANSWER, BODY, CUT, NOT_MODIFIED, TEXT, every_kind, written

FULL = OSError(errno.ENOSPC, "No space left on device")
BROKEN = OSError(errno.EIO, "Input/output error")


def _as_sent(answer: Answer) -> Answer:
    """Return what of an answer stands in its record: the request has one of its own."""
    return replace(answer, request_headers=(), seconds=0.0)


# --- what was sent --------------------------------------------------------------------------------------------------

ODD = {
    "bytes outside ASCII": replace(ANSWER, headers=(("X-A", "\xa0\x85caf\xe9\xff\xa0"), ("X-B", "\x01\x1b[2J\x7f"))),
    "empty values, repeated names": replace(ANSWER, headers=(("X-A", ""), ("x-a", "1"), ("X-A", "1"), ("X-A", ""))),
    "colons": replace(ANSWER, headers=(("Location", "https://a.example:1/b: c"), ("X", ":"))),
    "no header": replace(ANSWER, headers=()),
    "HTTP/1.0": replace(ANSWER, protocol="HTTP/1.0"),
    "no reason": replace(ANSWER, reason=""),
    "a reason in Latin-1, with blanks": replace(ANSWER, status=404, reason=" pas trouv\xe9  "),
    "an empty body": replace(ANSWER, body=b""),
    "a body that looks like the end of headers": replace(ANSWER, body=b"\r\n\r\nWARC/1.1\r\n\r\n"),
    "304": NOT_MODIFIED,
    "a redirect": replace(ANSWER, status=302, reason="Found", headers=(("Location", "/b"),), body=b""),
    "cut short": CUT,
    "an odd address": replace(ANSWER, url="http://127.0.0.1:8000?a=%0D%0A&\xe9", ip="::1"),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD.keys())
def test_an_answer_comes_back_byte_for_byte(answer: Answer, tmp_path: Path) -> None:
    (kept,) = written(tmp_path, answer)
    assert read(tmp_path, kept.place) == _as_sent(answer)


_LINE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30).map(
    lambda t: t.strip(" \t")
)
_ANSWERS = st.builds(
    Answer,
    url=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map("https://a.example/".__add__),
    status=st.integers(100, 999),
    reason=_LINE,
    headers=st.lists(st.tuples(st.text("abcXYZ-0_", min_size=1), _LINE), max_size=5).map(tuple),
    body=st.binary(max_size=300),
    request_headers=st.just(ANSWER.request_headers),
    at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    protocol=st.sampled_from(["HTTP/1.0", "HTTP/1.1"]),
    truncated=st.sampled_from([None, "length", "time", "disconnect"]),
    ip=st.sampled_from([None, "127.0.0.1", "2001:db8::1"]),
)


@given(answer=_ANSWERS)
def test_any_answer_comes_back(answer: Answer) -> None:
    records = exchange(answer, [], None, "<urn:uuid:1>")
    assert answer_of(unpacked(zlib.decompressobj(31).decompress(records))) == _as_sent(answer)


def test_a_transfer_coding_that_was_removed_is_renamed(tmp_path: Path) -> None:
    (kept,) = written(tmp_path, replace(ANSWER, headers=(("Transfer-Encoding", "chunked"),)))
    assert read(tmp_path, kept.place).headers == (("X-Crawl-Transfer-Encoding", "chunked"),)


def test_a_revisit_has_headers_of_its_own_and_no_body(tmp_path: Path) -> None:
    kept = every_kind(tmp_path).kept
    assert read(tmp_path, kept[1].place) == replace(_as_sent(ANSWER), body=b"", at=ANSWER.at.replace(day=6))
    assert read(tmp_path, kept[2].place) == _as_sent(NOT_MODIFIED)
    assert kept[0].digest == kept[1].digest == kept[2].digest


def test_a_capture_comes_back_with_its_own_date_and_a_text_as_plain_text(tmp_path: Path) -> None:
    kept = every_kind(tmp_path).kept
    assert read(tmp_path, kept[4].place).body == BODY
    text = read(tmp_path, kept[5].place)
    assert (text.body, text.at, text.header("Content-Type")) == (TEXT.body, TEXT.at, "text/plain; charset=utf-8")


def test_what_was_asked_and_what_is_known_stands_beside_an_answer(tmp_path: Path) -> None:
    path = every_kind(tmp_path).path
    with path.open("rb") as file:
        kinds = [(record.rec_type, record.rec_headers, record.http_headers) for record in ArchiveIterator(file)]
    _, (_, response, _), (_, request, asked), (_, metadata, _) = kinds[:4]
    for name in ("WARC-Date", "WARC-Target-URI", "WARC-Warcinfo-ID"):
        assert response.get_header(name) == request.get_header(name) == metadata.get_header(name) is not None
    assert request.get_header("WARC-Concurrent-To") == metadata.get_header("WARC-Refers-To")
    assert metadata.get_header("WARC-Refers-To") == response.get_header("WARC-Record-ID")
    assert (asked.statusline, asked.get_header("Host")) == ("/other/NCT09990001/details HTTP/1.1", "127.0.0.1:8000")
    assert scan(path).exchanges[0].about == (
        ("fetchTimeMs", "250"), ("asked-for", "NCT09990001 details"), ("via", "http://127.0.0.1:8000/étude")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://a.example", b"GET / HTTP/1.1"),
        ("http://a.example?b=/", b"GET /?b=/ HTTP/1.1"),
        ("http://a.example//b", b"GET //b HTTP/1.1"),
    ],
)
def test_a_request_is_written_as_it_was_sent(url: str, line: bytes) -> None:
    request = _members(exchange(replace(ANSWER, url=url), [], None, "<urn:uuid:1>"))[1]
    assert unpacked(request).block.startswith(line + b"\r\nHost: ")


def _members(packed: bytes) -> list[bytes]:
    """Return what each gzip member holds."""
    found = []
    while packed:
        unpacker = zlib.decompressobj(31)
        found.append(unpacker.decompress(packed))
        packed = unpacker.unused_data
    return found


# --- nothing is forged ----------------------------------------------------------------------------------------------

FORGED = {
    "address": lambda bad: exchange(replace(ANSWER, url=f"http://a.example/{bad}"), [], None, "<urn:uuid:1>"),
    "header": lambda bad: exchange(replace(ANSWER, headers=(("X", f"1{bad}Y: 2"),)), [], None, "<urn:uuid:1>"),
    "name of a header": lambda bad: exchange(replace(ANSWER, headers=((f"X{bad}Y", "2"),)), [], None, "<urn:uuid:1>"),
    "header of the request": lambda bad: exchange(
        replace(ANSWER, request_headers=(("X", f"1{bad}"),)), [], None, "<urn:uuid:1>"
    ),
    "reason": lambda bad: exchange(replace(ANSWER, reason=f"OK{bad}X: 1"), [], None, "<urn:uuid:1>"),
    "protocol": lambda bad: exchange(replace(ANSWER, protocol=f"HTTP/1.1{bad}"), [], None, "<urn:uuid:1>"),
    "ip": lambda bad: exchange(replace(ANSWER, ip=f"::1{bad}"), [], None, "<urn:uuid:1>"),
    "truncated": lambda bad: exchange(replace(ANSWER, truncated=f"time{bad}"), [], None, "<urn:uuid:1>"),
    "about": lambda bad: exchange(ANSWER, [("via", f"a{bad}b")], None, "<urn:uuid:1>"),
    "about a capture": lambda bad: capture(ANSWER, [(f"v{bad}", "a")], "<urn:uuid:1>", is_text=True),
    "header of a capture": lambda bad: capture(
        replace(ANSWER, headers=(("X", f"1{bad}"),)), [], "<urn:uuid:1>", is_text=False
    ),
}


@pytest.mark.parametrize("bad", ["\r\n", "\n", "\r", "\0"])
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_no_line_can_be_forged(forge: Callable[[str], bytes], bad: str) -> None:
    forge("")
    with pytest.raises(ValueError, match="would break off"):
        forge(bad)


def test_a_header_that_no_bytes_stand_for_is_refused() -> None:
    with pytest.raises(ValueError, match="latin-1"):
        exchange(replace(ANSWER, headers=(("X", "≥"),)), [], None, "<urn:uuid:1>")


def test_a_refused_answer_leaves_no_trace_and_the_next_is_written(tmp_path: Path) -> None:
    target = Archive(tmp_path, "run")
    with pytest.raises(ValueError, match="would break off"):
        target.append(ANSWER, [("via", "a\r\nb")])
    assert not list(tmp_path.iterdir())
    assert read(tmp_path, target.append(ANSWER).place) == _as_sent(ANSWER)
    target.close()


def test_a_page_that_cannot_be_archived_is_a_page_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def attempt(_: object, url: str, *__: object) -> tuple[Answer, None]:
        return replace(ANSWER, url=url, reason="OK\nX: forged"), None

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("scraper.client.attempt", attempt)
    with Store(tmp_path / "store", "test", 0, lambda: None) as store, Client(store, "http://127.0.0.1:8000") as client:
        with pytest.raises(FetchError, match="cannot be archived as it came"):
            client.get("http://127.0.0.1:8000/robots.txt", "robots.txt")
        (noted,) = store.ledger.requests_for("robots.txt")
    assert noted.place is None
    assert noted.why is not None
    assert "would break off" in noted.why


# --- other tools ----------------------------------------------------------------------------------------------------

KINDS = (
    "warcinfo response request metadata revisit request metadata revisit request metadata response request metadata "
    "response metadata conversion metadata"
).split()


def test_warcio_reads_every_kind_of_record_and_finds_every_digest_right(tmp_path: Path) -> None:
    with every_kind(tmp_path).path.open("rb") as file:
        found = []
        for record in ArchiveIterator(file, check_digests="raise"):
            record.content_stream().read()
            assert record.digest_checker.passed is (None if record.rec_type == "revisit" else True)
            assert record.rec_headers.get_header("WARC-Block-Digest")
            found.append(record.rec_type)
    assert found == KINDS


def test_fastwarc_reads_every_kind_of_record_and_finds_every_digest_right(tmp_path: Path) -> None:
    path = every_kind(tmp_path).path
    records = list(_fastwarc(path, parse_http=False))
    assert [record.headers["WARC-Type"] for record in records] == KINDS
    assert all(record.verify_block_digest() for record in records)
    parsed = [record for record in _fastwarc(path, parse_http=True) if record.is_http]
    responses = [record for record in parsed if record.headers["WARC-Type"] == "response"]
    assert [record.http_headers.status_code for record in responses] == [200, 200, 200]
    assert all(record.verify_payload_digest() for record in responses)


def _fastwarc(path: Path, *, parse_http: bool) -> Any:
    for record in fastwarc.ArchiveIterator(str(path), parse_http=parse_http):
        record.freeze()
        yield record


def test_revisits_say_what_they_repeat_as_warc_1_1_wants_it(tmp_path: Path) -> None:
    with every_kind(tmp_path).path.open("rb") as file:
        heads = [dict(r.rec_headers.headers) for r in ArchiveIterator(file) if r.rec_type in ("response", "revisit")]
    first, same, unmodified = heads[:3]
    for revisit in (same, unmodified):
        assert revisit["WARC-Refers-To"] == first["WARC-Record-ID"]
        assert revisit["WARC-Refers-To-Target-URI"] == first["WARC-Target-URI"]
        assert revisit["WARC-Refers-To-Date"] == first["WARC-Date"]
        assert revisit["WARC-Payload-Digest"] == first["WARC-Payload-Digest"]
    assert same["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert unmodified["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert (same.get("WARC-Truncated"), unmodified.get("WARC-Truncated")) == ("length", None)


MANDATORY = {"WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length", "Content-Type", "WARC-Block-Digest"}
ANSWERED = {"WARC-Warcinfo-ID", "WARC-Target-URI", "WARC-Payload-Digest", "WARC-Truncated", "WARC-IP-Address"}
REFERRED = {"WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date", "WARC-Profile"}
ALLOWED = {  # WARC 1.1 §5: which fields a kind of record may have
    "warcinfo": {"WARC-Filename"},
    "response": ANSWERED,
    "revisit": ANSWERED | REFERRED,
    "request": {"WARC-Warcinfo-ID", "WARC-Target-URI", "WARC-IP-Address", "WARC-Concurrent-To"},
    "metadata": {"WARC-Warcinfo-ID", "WARC-Target-URI", "WARC-Concurrent-To", "WARC-Refers-To"},
    "conversion": ANSWERED - {"WARC-IP-Address"},
}


def test_every_record_has_the_fields_of_its_kind_and_each_once(tmp_path: Path) -> None:
    with every_kind(tmp_path).path.open("rb") as file:
        heads = [[name for name, _ in record.rec_headers.headers] for record in ArchiveIterator(file)]
    for kind, names in zip(KINDS, heads, strict=True):
        assert len(names) == len(set(names)), kind
        assert set(names) >= MANDATORY, kind
        assert set(names) - MANDATORY <= ALLOWED[kind], kind


def test_every_record_names_the_description_of_its_file(tmp_path: Path) -> None:
    with every_kind(tmp_path).path.open("rb") as file:
        info, *heads = [record.rec_headers for record in ArchiveIterator(file)]
    assert {head.get_header("WARC-Warcinfo-ID") for head in heads} == {info.get_header("WARC-Record-ID")}


def test_sha256sum_finds_a_sealed_file_as_it_was(tmp_path: Path) -> None:
    path = every_kind(tmp_path).path
    said = subprocess.run(["sha256sum", "--check", "--strict", seal_of(path).name], cwd=tmp_path, capture_output=True)
    assert (said.returncode, said.stdout) == (0, b"run.warc.gz: OK\n")


# --- reading what is not there --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [Place("run.warc.gz", 1), Place("run.warc.gz", 10**9), Place("other.warc.gz", 0)])
def test_no_record_stands_there(place: Place, tmp_path: Path) -> None:
    written(tmp_path, ANSWER)
    with pytest.raises(StoreError, match="has no whole record at"):
        read(tmp_path, place)


def test_a_record_that_is_no_answer_is_not_read_as_one(tmp_path: Path) -> None:
    (kept,) = written(tmp_path, ANSWER)
    with pytest.raises(StoreError, match="it is a warcinfo record"):
        read(tmp_path, Place(kept.place.warc_file, 0))


# --- a disk that fails ----------------------------------------------------------------------------------------------


def _failing(monkeypatch: pytest.MonkeyPatch, call: str, error: OSError, after: int = 0) -> None:
    """Make a call to the system fail, once it was made `after` times."""
    real, count = getattr(os, call), iter(range(10**6))

    def fail(*arguments: Any) -> Any:
        if next(count) >= after:
            raise error
        return real(*arguments)

    monkeypatch.setattr(os, call, fail)


def _full(*_: object) -> None:
    raise FULL


def _halves(monkeypatch: pytest.MonkeyPatch, writes: int, error: OSError | None) -> None:
    """Make each write take half of what it is given; after some of them the disk is full."""
    real, count = os.pwrite, iter(range(10**6))

    def half(descriptor: int, content: memoryview, offset: int) -> int:
        if error and next(count) >= writes:
            raise error
        return real(descriptor, content[: (len(content) + 1) // 2], offset)

    monkeypatch.setattr(os, "pwrite", half)


@pytest.mark.parametrize("writes", range(6))
def test_a_disk_that_is_full_in_the_middle_of_an_exchange_leaves_no_trace(
    writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Archive(tmp_path, "run")
    target.append(ANSWER)
    before = (tmp_path / target.name).read_bytes()
    _halves(monkeypatch, writes, FULL)
    with pytest.raises(StoreError, match="No space left on device"):
        target.append(CUT)
    assert (tmp_path / target.name).read_bytes() == before
    monkeypatch.undo()
    assert read(tmp_path, target.append(CUT).place) == _as_sent(CUT)
    target.seal()
    found = scan(tmp_path / target.name)
    assert (len(found.exchanges), found.faults) == (2, [])


def test_writes_that_take_half_are_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _halves(monkeypatch, 0, None)
    (kept,) = written(tmp_path, ANSWER)
    assert read(tmp_path, kept.place) == _as_sent(ANSWER)


def test_an_exchange_that_is_not_synced_counts_as_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Archive(tmp_path, "run")
    target.append(ANSWER)
    before = (tmp_path / target.name).read_bytes()
    _failing(monkeypatch, "fsync", BROKEN)
    with pytest.raises(StoreError, match="Input/output error"):
        target.append(CUT)
    assert (tmp_path / target.name).read_bytes() == before
    monkeypatch.undo()
    assert read(tmp_path, target.append(CUT).place) == _as_sent(CUT)
    target.close()


@pytest.mark.parametrize("last", ["append", "seal"])
def test_what_a_failed_write_could_not_take_back_is_cut_later(
    last: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Archive(tmp_path, "run")
    target.append(ANSWER)
    before = (tmp_path / target.name).stat().st_size
    _halves(monkeypatch, 2, FULL)
    _failing(monkeypatch, "ftruncate", BROKEN)
    with pytest.raises(StoreError, match="No space left on device"):
        target.append(CUT)
    assert (tmp_path / target.name).stat().st_size > before
    with pytest.raises(StoreError, match="Input/output error"):
        target.append(CUT)
    monkeypatch.undo()
    if last == "append":
        assert target.append(NOT_MODIFIED).place.warc_offset == before
    target.seal()
    found = scan(tmp_path / target.name)
    assert (len(found.exchanges), found.faults) == (2 if last == "append" else 1, [])


@pytest.mark.parametrize(("call", "after"), [("pwrite", 0), ("fsync", 0), ("fsync", 1), ("open", 0), ("open", 1)])
def test_a_file_that_cannot_be_begun_is_not_there_and_can_be_begun_later(
    call: str, after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Archive(tmp_path, "run")
    _failing(monkeypatch, call, FULL, after)
    with pytest.raises(StoreError, match="No space left on device"):
        target.append(ANSWER)
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())
    assert not target.is_open
    target.append(ANSWER)
    target.seal()
    assert scan(tmp_path / target.name).faults == []


def test_a_file_that_lost_records_under_a_run_is_not_written_on(tmp_path: Path) -> None:
    target = Archive(tmp_path, "run")
    target.append(ANSWER)
    os.truncate(tmp_path / target.name, 100)
    with pytest.raises(StoreError, match="it is shorter than it was"):
        target.append(ANSWER)
    assert (tmp_path / target.name).stat().st_size == 100
    target.close()


@pytest.mark.parametrize(("call", "after"), [("fsync", 0), ("fsync", 2), ("replace", 0)])
def test_a_seal_that_cannot_be_written_leaves_what_was_there(
    call: str, after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, ANSWER)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    if call == "fsync":
        _failing(monkeypatch, call, FULL, after)
    else:
        monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(StoreError, match=r"Cannot seal .*No space left on device"):
        archive.seal(tmp_path / "run.warc.gz")
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# --- names and permissions ------------------------------------------------------------------------------------------


def test_nobody_else_reads_the_archive_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    before = os.umask(0)
    try:
        written(folder, ANSWER)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600] * 3


def test_a_file_aside_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    (tmp_path / ".a.new").touch(0o644)
    write_whole(tmp_path / "a", b"x")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("target", ["there", "not there"])
def test_a_symlink_in_the_way_is_not_followed(target: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    folder.mkdir()
    if target == "there":
        elsewhere.write_bytes(b"")
    (folder / "run.warc.gz").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="File exists"):
        Archive(folder, "run").append(ANSWER)
    assert elsewhere.exists() == (target == "there")
    assert target != "there" or elsewhere.read_bytes() == b""


def test_symlinks_beside_a_file_are_replaced_and_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_bytes(b"mine")
    for name in ("run.cdxj", ".run.cdxj.new", "run.warc.gz.sha256", ".run.warc.gz.sha256.new"):
        (folder / name).symlink_to(elsewhere)
    written(folder, ANSWER)
    assert elsewhere.read_bytes() == b"mine"
    assert not any(path.is_symlink() for path in folder.iterdir())


def test_a_file_that_is_there_is_not_written_on(tmp_path: Path) -> None:
    written(tmp_path, ANSWER)
    before = (tmp_path / "run.warc.gz").read_bytes()
    with pytest.raises(StoreError, match="File exists"):
        Archive(tmp_path, "run").append(ANSWER)
    assert (tmp_path / "run.warc.gz").read_bytes() == before


# --- whole files ----------------------------------------------------------------------------------------------------


def test_a_file_that_is_cut_to_nothing_goes_with_what_stands_beside_it(tmp_path: Path) -> None:
    written(tmp_path, ANSWER)
    archive.cut(tmp_path / "run.warc.gz", 0)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_refuses_to_cut_or_remove_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, ANSWER)
    _failing(monkeypatch, "fsync", BROKEN)
    with pytest.raises(StoreError, match=r"Cannot cut .*Input/output error"):
        archive.cut(tmp_path / "run.warc.gz", 400)
    with pytest.raises(StoreError, match=r"Cannot remove .*Input/output error"):
        archive.remove(tmp_path / "run.warc.gz")


def test_a_rewritten_file_holds_what_was_kept_byte_for_byte_and_nothing_else(tmp_path: Path) -> None:
    path, kept = every_kind(tmp_path)
    before = scan(path)
    chosen = [before.exchanges[index] for index in (0, 2, 5)]
    moved = archive.rewrite(tmp_path, path.name, "new", chosen)
    after = scan(tmp_path / "new.warc.gz")
    assert after.faults == []
    assert [each.record for each in after.exchanges] == [each.record for each in chosen]
    assert [moved[each.offset].place.warc_offset for each in chosen] == [each.offset for each in after.exchanges]
    assert [moved[each.offset].end for each in chosen] == [each.end for each in after.exchanges]
    assert [moved[each.offset].crc32 for each in chosen] == [each.crc32 for each in after.exchanges]
    assert [moved[each.offset].digest for each in chosen] == [kept[index].digest for index in (0, 2, 5)]
    assert CUT.url not in (tmp_path / "new.cdxj").read_text()
    packed = (tmp_path / "new.warc.gz").read_bytes()
    assert CUT.url.encode() not in b"".join(_members(packed))
    assert (seal_of(tmp_path / "new.warc.gz")).exists()


def test_the_records_of_a_rewritten_file_name_its_description(tmp_path: Path) -> None:
    path = every_kind(tmp_path).path
    archive.rewrite(tmp_path, path.name, "new", scan(path).exchanges[1:])
    found = scan(tmp_path / "new.warc.gz")
    assert found.info is not None
    assert found.info.field("WARC-Filename") == "new.warc.gz"
    ids = {each.record.field("WARC-Warcinfo-ID") for each in found.exchanges}
    assert ids == {found.info.field("WARC-Record-ID")}


def test_with_nothing_to_keep_there_is_no_file(tmp_path: Path) -> None:
    path = every_kind(tmp_path).path
    assert archive.rewrite(tmp_path, path.name, "new", []) == {}
    assert not (tmp_path / "new.warc.gz").exists()


@pytest.mark.parametrize("what", ["damaged", "disk full", "seal", "gone"])
def test_a_rewrite_that_fails_leaves_nothing_new(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = every_kind(tmp_path).path
    chosen = scan(path).exchanges
    if what == "damaged":
        _flip(path, chosen[3].offset + 40)
    elif what == "disk full":
        _failing(monkeypatch, "pwrite", FULL, after=3)
    elif what == "seal":
        monkeypatch.setattr(Path, "replace", _full)
    else:
        path.unlink()
    before = set(tmp_path.iterdir())
    with pytest.raises(StoreError):
        archive.rewrite(tmp_path, path.name, "new", chosen)
    assert set(tmp_path.iterdir()) == before


def _flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def test_a_rewrite_does_not_touch_a_file_that_has_its_name(tmp_path: Path) -> None:
    path = every_kind(tmp_path).path
    (other,) = written(tmp_path, CUT, run="new")
    with pytest.raises(StoreError, match="File exists"):
        archive.rewrite(tmp_path, path.name, "new", scan(path).exchanges)
    assert read(tmp_path, other.place) == _as_sent(CUT)


@pytest.mark.parametrize("mebibytes", [16, 50])
def test_a_large_body_takes_a_few_times_its_size(mebibytes: int, tmp_path: Path) -> None:
    body = os.urandom(2**20) * mebibytes
    answer = replace(ANSWER, body=body)
    tracemalloc.start()
    try:
        (kept,) = written(tmp_path, answer)
        assert read(tmp_path, kept.place).body == body
        assert tracemalloc.get_traced_memory()[1] < 4 * len(body)
    finally:
        tracemalloc.stop()


def test_the_archive_of_an_older_ledger_is_left_as_it_is(tmp_path: Path) -> None:
    """Where its exchanges end is not known: that must not look like the torn end of a run that was killed."""
    (tmp_path / "archive").mkdir()
    (kept,) = written(tmp_path / "archive", ANSWER)
    path = tmp_path / "archive" / kept.place.warc_file
    before = path.read_bytes()
    older = sqlite3.connect(tmp_path / "ledger.sqlite")
    older.executescript(f"{MIGRATIONS[0]};PRAGMA user_version=1")
    older.execute("INSERT INTO runs VALUES ('run', 'fetch', '2026-01-05T03:04:05Z', NULL)")
    older.execute(
        "INSERT INTO requests VALUES (1, 'run', ?, '2026-01-05T03:04:05Z', 200, ?, ?)", (ANSWER.url, *kept.place)
    )
    older.commit()
    older.close()
    with Store(tmp_path, "test", 0, lambda: None) as store:
        assert store.holdings.read(store.ledger.request(1)).body == BODY
    assert path.read_bytes() == before
