"""Scanning a file of the archive: it stops being good exactly where it was cut or damaged, and nothing is forged."""

import gzip
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from registry.errors import StoreError
from scraper.archive import Archive, read
from scraper.files import sha256_of
from scraper.scan import MAX_RECORD_BYTES, Exchange, Fault, Known, locate, record_at, scan
from scraper.warc import Record, RecordError, exchange, new_id, packed, warcinfo
from tests.answers import ANSWER, CUT, TEXT, every_kind, written


class File(NamedTuple):
    """A file of the archive and where its exchanges end, the description first."""

    path: Path
    content: bytes
    ends: list[int]


def _packed(folder: Path) -> File:
    path, kept = every_kind(folder)
    return File(path, path.read_bytes(), [kept[0].place.warc_offset, *(each.end for each in kept)])


def _plain(folder: Path) -> File:
    """Unpack a file, as `gunzip` does."""
    packed_file = _packed(folder)
    path = folder / "run.warc"
    parts = zip([0, *packed_file.ends], packed_file.ends, strict=False)
    pieces = [gzip.decompress(packed_file.content[begin:end]) for begin, end in parts]
    path.write_bytes(b"".join(pieces))
    ends = [sum(map(len, pieces[: count + 1])) for count in range(len(pieces))]
    return File(path, path.read_bytes(), ends)


BOTH = pytest.mark.parametrize("make", [_packed, _plain], ids=["packed", "plain"])


def _exchanges(file: File) -> list[tuple[int, int]]:
    return list(zip(file.ends, file.ends[1:], strict=False))


# --- a whole file ---------------------------------------------------------------------------------------------------


@BOTH
def test_a_whole_file_has_every_exchange_and_no_fault(make: Callable[[Path], File], tmp_path: Path) -> None:
    file = make(tmp_path)
    found = scan(file.path)
    assert found.faults == []
    assert [(each.offset, each.end) for each in found.exchanges] == _exchanges(file)
    assert found.whole_end == len(file.content)
    assert found.info is not None
    assert found.info.field("WARC-Filename") == "run.warc.gz"


def test_an_exchange_is_told_as_it_was_written(tmp_path: Path) -> None:
    path, kept = every_kind(tmp_path)
    found = scan(path).exchanges
    assert [(each.offset, each.end, each.crc32) for each in found] == [
        (k.place.warc_offset, k.end, k.crc32) for k in kept
    ]
    assert [each.record.kind for each in found] == "response revisit revisit response response conversion".split()
    assert [each.status for each in found] == [200, 200, 304, 200, 200, 200]
    assert [each.mime for each in found] == ["text/html"] * 2 + ["-"] + ["text/html"] * 2 + ["text/plain"]
    assert {each.record.block for each in found} == {b""}
    for each in found:
        assert record_at(path, each.offset).end == each.answer_end
        assert record_at(path, each.answer_end).record.kind in ("request", "metadata")


def test_our_first_files_are_read(tmp_path: Path) -> None:
    """They had a response and its request, and nothing that names their description."""
    path = tmp_path / "run.warc.gz"
    kinds = [("response", b"HTTP/1.1 200 OK\r\n\r\n<p>"), ("request", b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")]
    records = [packed(kind, new_id(), ANSWER.at, [("WARC-Target-URI", ANSWER.url)], block) for kind, block in kinds * 2]
    path.write_bytes(warcinfo(new_id(), "run.warc.gz", "run", "trials/0.1.0") + b"".join(records))
    found = scan(path)
    assert found.faults == []
    assert [each.about for each in found.exchanges] == [(), ()]
    assert found.whole_end == path.stat().st_size
    second = found.exchanges[1]
    os.truncate(path, second.end - 1)
    assert scan(path).whole_end == second.offset


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.warc.gz").touch()
    assert scan(tmp_path / "run.warc.gz").whole_end == 0


def test_a_file_that_is_no_archive_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "run.warc.gz"
    path.write_bytes(b"<!doctype html>" * 10_000)
    assert scan(path).faults == [Fault(0, "is no record", is_torn=False)]


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "run.warc.gz")


# --- cut ------------------------------------------------------------------------------------------------------------


@BOTH
def test_a_file_cut_at_any_byte_of_its_last_exchange_is_whole_up_to_the_one_before(
    make: Callable[[Path], File], tmp_path: Path
) -> None:
    file = make(tmp_path)
    _, begin, end = file.ends[-3:]
    for size in range(end - 1, begin, -1):
        os.truncate(file.path, size)
        found = scan(file.path)
        assert found.whole_end == begin, size
        assert len(found.exchanges) == len(file.ends) - 2
        assert all(fault.is_torn for fault in found.faults), size


@BOTH
def test_a_file_cut_anywhere_keeps_what_is_whole(make: Callable[[Path], File], tmp_path: Path) -> None:
    file = make(tmp_path)
    for size in range(len(file.content) - 1, -1, -61):
        os.truncate(file.path, size)
        assert scan(file.path).whole_end == max((end for end in file.ends if end <= size), default=0), size


def test_an_answer_cut_anywhere_is_not_read(tmp_path: Path) -> None:
    first, second = written(tmp_path, ANSWER, CUT)
    path = tmp_path / "run.warc.gz"
    for size in range(record_at(path, second.place.warc_offset).end - 1, second.place.warc_offset - 1, -1):
        os.truncate(path, size)
        with pytest.raises(StoreError, match="no whole record"):
            read(tmp_path, second.place)
    assert read(tmp_path, first.place).body == ANSWER.body


def test_an_exchange_without_its_metadata_is_none(tmp_path: Path) -> None:
    (kept,) = written(tmp_path, ANSWER)
    path = tmp_path / "run.warc.gz"
    request = record_at(path, record_at(path, kept.place.warc_offset).end)
    os.truncate(path, request.end)
    found = scan(path)
    assert (found.exchanges, found.faults, found.whole_end) == ([], [], kept.place.warc_offset)


# --- damaged --------------------------------------------------------------------------------------------------------


def _flips(size: int, count: int) -> list[tuple[int, int]]:
    """Return bytes and bits to turn, seeded."""
    chance = random.Random(6)
    return [(chance.randrange(size), 1 << chance.randrange(8)) for _ in range(count)]


@BOTH
def test_every_flipped_bit_changes_the_sha256_and_is_located_in_its_exchange(
    make: Callable[[Path], File], tmp_path: Path
) -> None:
    file = make(tmp_path)
    sealed = sha256_of(file.path)
    known = [
        Known(each.offset, each.end, each.crc32, f"http://a.example/{each.offset}")
        for each in scan(file.path).exchanges
    ]
    assert locate(file.path, known) == []
    for at, bit in _flips(len(file.content), 1000):
        damaged = bytearray(file.content)
        damaged[at] ^= bit
        file.path.write_bytes(damaged)
        assert sha256_of(file.path) != sealed
        assert locate(file.path, known) == [each for each in known if each.offset <= at < each.end], at


@BOTH
def test_a_flipped_bit_costs_no_other_exchange(make: Callable[[Path], File], tmp_path: Path) -> None:
    file = make(tmp_path)
    whole = scan(file.path).exchanges
    for at, bit in _flips(len(file.content), 300):
        damaged = bytearray(file.content)
        damaged[at] ^= bit
        file.path.write_bytes(damaged)
        found = [each for each in scan(file.path).exchanges if not each.offset <= at < each.end]
        assert found == [each for each in whole if not each.offset <= at < each.end], at


def test_a_flipped_bit_never_makes_another_exchange(tmp_path: Path) -> None:
    """The header of a gzip member has a date and a system that nothing checks and nobody reads."""
    file = _packed(tmp_path)
    whole = {each.offset: replace(each, crc32=0) for each in scan(file.path).exchanges}
    for at, bit in _flips(len(file.content), 300):
        damaged = bytearray(file.content)
        damaged[at] ^= bit
        file.path.write_bytes(damaged)
        assert all(replace(each, crc32=0) == whole[each.offset] for each in scan(file.path).exchanges), at


def test_an_exchange_whose_request_is_damaged_is_none(tmp_path: Path) -> None:
    path = every_kind(tmp_path).path
    whole = scan(path).exchanges
    content = bytearray(path.read_bytes())
    content[whole[1].answer_end + 40] ^= 1
    path.write_bytes(content)
    assert scan(path).exchanges == [whole[0], *whole[2:]]


@BOTH
def test_damage_to_the_first_bytes_costs_the_description_alone(make: Callable[[Path], File], tmp_path: Path) -> None:
    file = make(tmp_path)
    whole = scan(file.path).exchanges
    for at in range(8):
        damaged = bytearray(file.content)
        damaged[at] ^= 1
        file.path.write_bytes(damaged)
        assert scan(file.path).exchanges == whole, at


@BOTH
def test_the_next_record_is_found_wherever_it_begins(
    make: Callable[[Path], File], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make(tmp_path)
    whole = scan(file.path).exchanges
    damaged = bytearray(file.content)
    damaged[whole[0].answer_end - 6] ^= 1  # of the body, or its CRC
    file.path.write_bytes(damaged)
    for size in range(8, 24):
        monkeypatch.setattr("scraper.scan._WINDOW_BYTES", size)
        assert scan(file.path).exchanges == whole[1:], size


def test_exchanges_that_a_file_no_longer_has_are_located_too(tmp_path: Path) -> None:
    path, kept = every_kind(tmp_path)
    known = [Known(each.place.warc_offset, each.end, each.crc32, "http://a.example/") for each in kept]
    os.truncate(path, kept[-2].end - 1)
    assert locate(path, known) == known[-2:]
    assert locate(path, [(5, 5, 0, "a"), (9, 5, 0, "b")]) == [(5, 5, 0, "a"), (9, 5, 0, "b")]


def test_what_the_disk_does_not_give_back_is_located(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, kept = every_kind(tmp_path)
    known = [Known(each.place.warc_offset, each.end, each.crc32, "http://a.example/") for each in kept]
    real = os.pread

    def pread(descriptor: int, length: int, offset: int) -> bytes:
        if offset == known[2].offset:
            raise OSError(5, "Input/output error")
        return real(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", pread)
    assert locate(path, known) == [known[2]]


def test_damage_at_the_end_is_told_from_a_torn_end(tmp_path: Path) -> None:
    path, kept = every_kind(tmp_path)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1  # in the CRC of the last member
    path.write_bytes(content)
    (fault,) = scan(path).faults
    assert not fault.is_torn
    assert "damaged gzip" in fault.why
    assert kept[-1].place.warc_offset < fault.offset < kept[-1].end


WRONG = {
    "another block": (b"Content-Length: 4\r\nWARC-Block-Digest: sha1:A\r\n\r\nabcd\r\n\r\n", "another block"),
    "too short": (b"Content-Length: 5\r\n\r\nabcd\r\n\r\n", "not as long as it says"),
    "too long": (b"Content-Length: 3\r\n\r\nabcd\r\n\r\n", "not as long as it says"),
    "no length": (b"X: 1\r\n\r\nabcd\r\n\r\n", "not as long as it says"),
    "another end": (b"Content-Length: 4\r\n\r\nabcd\r\n\r\r", "not as long as it says"),
    "no end": (b"Content-Length: 4\r\n\r\nabcd", "not as long as it says"),
    "a line without a name": (b"Content-Length: 4\r\nabc\r\n\r\nabcd\r\n\r\n", "a line that is no field"),
    "no fields": (b"", "is no record"),
}


@pytest.mark.parametrize(("rest", "why"), WRONG.values(), ids=WRONG.keys())
def test_a_member_that_is_no_record_is_refused(rest: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "run.warc.gz"
    path.write_bytes(
        zlib.compress(b"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Date: 2026-01-05T03:04:05Z\r\n" + rest, wbits=31)
    )
    with pytest.raises(RecordError, match=why):
        record_at(path, 0)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (b"WARC-Type: metadata\r\n", "no date"),
        (b"WARC-Type: metadata\r\nWARC-Date: 2026-01-05\r\n", "no date"),
        (b"WARC-Type: metadata\r\nWARC-Date: 0001-01-01T00:00:00+23:59\r\n", "no date"),
        (b"WARC-Date: 2026-01-05T03:04:05Z\r\n", "no type"),
    ],
)
def test_a_record_without_date_or_type_is_refused(fields: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "run.warc.gz"
    path.write_bytes(zlib.compress(b"WARC/1.1\r\n" + fields + b"Content-Length: 0\r\n\r\n\r\n\r\n", wbits=31))
    with pytest.raises(RecordError, match=why):
        record_at(path, 0)


@pytest.mark.parametrize("date", ["2026-01-05T03:04:05Z", "2026-01-05T03:04:05.678901Z", "2026-01-05T04:04:05+01:00"])
def test_a_date_is_read_in_utc_to_the_second(date: str) -> None:
    assert Record((("WARC-Date", date),), b"").at == ANSWER.at


NO_ANSWERS = {
    "no status": b"HTTP/1.1\r\n\r\n",
    "a status in other digits": "HTTP/1.1 \xb2\xb3\xb9 OK\r\n\r\n".encode("iso-8859-1"),
    "no HTTP": b"",
}


@pytest.mark.parametrize("block", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_a_response_without_http_is_a_fault_and_what_follows_is_read(block: bytes, tmp_path: Path) -> None:
    info_id = new_id()
    odd = packed("response", new_id(), ANSWER.at, [("WARC-Warcinfo-ID", info_id)], block)
    path = tmp_path / "run.warc.gz"
    path.write_bytes(warcinfo(info_id, "run.warc.gz", "run", "x") + odd + exchange(ANSWER, [], None, info_id))
    found = scan(path)
    assert [fault.why for fault in found.faults] == ["holds no HTTP"]
    assert [each.record.field("WARC-Target-URI") for each in found.exchanges] == [ANSWER.url]


def test_a_member_that_unpacks_to_too_much_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "run.warc.gz"
    path.write_bytes(zlib.compress(b"WARC/1.1\r\n" + bytes(MAX_RECORD_BYTES), wbits=31))
    with pytest.raises(RecordError, match="has more than"):
        record_at(path, 0)


def test_what_is_no_record_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "run.warc.gz"
    path.write_bytes(zlib.compress(bytes(2 * MAX_RECORD_BYTES), wbits=31))
    with pytest.raises(RecordError, match="is no record"):
        record_at(path, 0)


@pytest.mark.parametrize("length", ["-1", "+4", "4 4", "9" * 30, str(MAX_RECORD_BYTES + 1), "\u0664"])
def test_an_odd_length_of_a_plain_record_is_refused(length: str, tmp_path: Path) -> None:
    path = tmp_path / "run.warc"
    path.write_bytes(f"WARC/1.1\r\nContent-Length: {length}\r\n\r\nabcd\r\n\r\n".encode())
    with pytest.raises(RecordError, match=r"length|has more than"):
        record_at(path, 0)


# --- forged ---------------------------------------------------------------------------------------------------------


def _stored(packed_file: bytes) -> bytes:
    """Pack each member anew so that its bytes stand in the file as they are, as those of a packed page may."""
    found = b""
    while packed_file:
        unpacker = zlib.decompressobj(31)
        found += zlib.compress(unpacker.decompress(packed_file), level=0, wbits=31)
        packed_file = unpacker.unused_data
    return found


def _unpacked(packed_file: bytes) -> bytes:
    return gzip.decompress(packed_file)


@pytest.mark.parametrize("write", [_stored, _unpacked], ids=["packed", "plain"])
@pytest.mark.parametrize("what", ["torn", "damaged"])
def test_a_page_that_looks_like_an_exchange_is_none_in_a_damaged_file(
    what: str, write: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    info_id = new_id()
    begin = write(warcinfo(info_id, "run.warc.gz", "run", "x"))
    forged = write(exchange(replace(ANSWER, url="http://forged.example/"), [], None, new_id()))
    hostile = write(exchange(replace(ANSWER, body=forged + b" " * 99), [], None, info_id))
    last = write(exchange(ANSWER, [], None, info_id))
    path = tmp_path / "run.warc"
    path.write_bytes(begin + hostile + last)
    assert scan(path).faults == []
    if what == "torn":
        path.write_bytes(begin + hostile[: hostile.index(b" " * 99)])
    else:
        path.write_bytes(begin + hostile.replace(b"caf", b"cup", 1) + last)
    found = scan(path)
    ends = [] if what == "torn" else [len(begin + hostile)]
    assert [each.offset for each in found.exchanges] == ends
    assert [(fault.offset, fault.is_torn) for fault in found.faults] == [(len(begin), what == "torn")]


# --- memory ---------------------------------------------------------------------------------------------------------

SCANNED = """
import resource, sys
from pathlib import Path
from scraper.scan import locate, scan

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before = peak()
found = scan(Path(sys.argv[1]))
assert locate(Path(sys.argv[1]), [(each.offset, each.end, each.crc32, "") for each in found.exchanges]) == []
print(len(found.exchanges), (peak() - before) / 1024)
"""


def test_a_large_file_is_scanned_in_little_memory(tmp_path: Path) -> None:
    body, size = os.urandom(2**20), 0
    target = Archive(tmp_path, "run")
    while size < 200 * 2**20:
        size = target.append(replace(TEXT, url=ANSWER.url, body=body, headers=ANSWER.headers)).end
    target.close()
    said = subprocess.run(
        [sys.executable, "-c", SCANNED, str(tmp_path / target.name)], capture_output=True, text=True, check=True
    )
    count, mebibytes = said.stdout.split()
    assert int(count) == pytest.approx(200, abs=2)
    assert float(mebibytes) < 32


def test_an_exchange_of_a_scan_is_small(tmp_path: Path) -> None:
    (each,) = scan(every_kind(tmp_path).path).exchanges[:1]
    assert isinstance(each, Exchange)
    texts = sum(sys.getsizeof(value) for _, value in (*each.record.fields, *each.about))
    assert texts < 2048
