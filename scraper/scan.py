"""Reading a WARC file strictly, record by record: where each begins and ends, and where the file stops being good.

Nothing that is cut, damaged or longer than it says counts as a record. Gzip with a member a record, or plain.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from scraper.answer import Answer
from scraper.warc import (
    CONVERSION,
    METADATA,
    RESPONSE,
    REVISIT,
    WARCINFO,
    Record,
    RecordError,
    about_of,
    answer_of,
    unpacked,
)

MAX_RECORD_BYTES = 64 * 2**20  # a sitemap has 50 MiB at most
_MAGIC = b"\x1f\x8b\x08"
_PLAIN = b"WARC/1."
_ANSWERS = frozenset({RESPONSE, REVISIT, CONVERSION})


class Fault(NamedTuple):
    """Where bytes are no whole record, and why; `is_torn`: they are the beginning of one, at the end of the file."""

    offset: int
    why: str
    is_torn: bool


class Placed(NamedTuple):
    """A record with its place."""

    offset: int
    end: int
    record: Record


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer with what belongs to it: `end` is behind the last of its records, `crc32` that of all their bytes.

    `record` has an empty block: the answer is read by its offset.
    """

    offset: int
    end: int
    crc32: int
    record: Record
    about: tuple[tuple[str, str], ...]
    status: int
    mime: str  # as the answer says, or `-`


@dataclass(slots=True)
class Scan:
    """A whole file: its exchanges, the end of the last whole one (or of the description), and what is wrong with it."""

    exchanges: list[Exchange] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    whole_end: int = 0
    info: Record | None = None


def scan(path: Path) -> Scan:
    """Return what a file holds. An exchange whose last record, the metadata, is missing is none."""
    found = Scan()
    if path.stat().st_size == 0:
        return found
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        begun: tuple[Placed, Answer] | None = None
        for each in _records(content):
            match each:
                case Fault():
                    found.faults.append(each)
                    begun = None
                case Placed(record=record) if record.kind == WARCINFO:
                    found.info, found.whole_end = record, each.end
                case Placed(record=record) if record.kind in _ANSWERS:
                    begun = each, answer_of(record)
                case Placed(record=record) if record.kind == METADATA and begun:
                    found.exchanges.append(_exchange(content, *begun, each))
                    found.whole_end, begun = each.end, None
    return found


def _exchange(content: mmap, first: Placed, answer: Answer, last: Placed) -> Exchange:
    return Exchange(
        offset=first.offset,
        end=last.end,
        crc32=zlib.crc32(content[first.offset : last.end]),
        record=Record(first.record.fields, b""),
        about=tuple(about_of(last.record)),
        status=answer.status,
        mime=(answer.header("Content-Type") or "-").partition(";")[0].strip() or "-",
    )


def record_at(path: Path, offset: int) -> Placed:
    """Return the record at an offset; RecordError if no whole one stands there, OSError if the file cannot be read."""
    with path.open("rb") as file:
        if not 0 <= offset < path.stat().st_size:
            raise RecordError("ends before")
        with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            found = next(_records(content, offset))
    if isinstance(found, Fault):
        raise RecordError(found.why)
    return found


def _records(content: mmap, start: int = 0) -> Iterator[Placed | Fault]:
    """Yield records from an offset on; behind a fault it goes on at the next record that can be read."""
    offset, read = start, _plain if content[start : start + len(_PLAIN)] == _PLAIN else _member
    while offset < len(content):
        try:
            end, record = read(content, offset)
        except RecordError as error:
            following = _next(content, offset + 1, read is _plain)
            yield Fault(offset, str(error), is_torn=following is None)
            if following is None:
                return
            offset = following
            continue
        yield Placed(offset, end, record)
        offset = end


def _next(content: mmap, offset: int, is_plain: bool) -> int | None:
    """Return where the next record that can be read begins, or None."""
    read, magic = (_plain, _PLAIN) if is_plain else (_member, _MAGIC)
    while (offset := content.find(magic, offset)) != -1:
        try:
            read(content, offset)
        except RecordError:
            offset += 1
        else:
            return offset
    return None


def _member(content: mmap, offset: int) -> tuple[int, Record]:
    """Return the end of a gzip member and the record in it."""
    if content[offset : offset + len(_MAGIC)] != _MAGIC[: len(content) - offset]:
        raise RecordError("is no gzip")
    unpacker, pieces, at, size = zlib.decompressobj(31), [], offset, 0
    try:
        while not unpacker.eof and at < len(content):
            given = content[at : at + 65_536]
            pieces.append(unpacker.decompress(given, MAX_RECORD_BYTES))
            at += len(given)
            size += len(pieces[-1])
            if size >= MAX_RECORD_BYTES:
                raise RecordError(f"has more than {MAX_RECORD_BYTES:,} bytes")
    except zlib.error as error:
        raise RecordError(f"is damaged gzip ({error})") from error
    if not unpacker.eof:
        raise RecordError("is cut short")
    return at - len(unpacker.unused_data), unpacked(b"".join(pieces))


def _plain(content: mmap, offset: int) -> tuple[int, Record]:
    """Return the end of a record that is not compressed, and the record."""
    head_end = content.find(b"\r\n\r\n", offset, offset + 65_536)
    lengths = [
        line.partition(b":")[2].strip()
        for line in content[offset : max(head_end, offset)].split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    if head_end < 0 or len(lengths) != 1 or not lengths[0].isdigit():
        raise RecordError("is no record, or cut short")
    end = head_end + 4 + int(lengths[0]) + 4
    if end > len(content):
        raise RecordError("is cut short")
    return end, unpacked(content[offset:end])
