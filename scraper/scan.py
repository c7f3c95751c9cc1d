"""Reading a WARC file strictly, record by record: where each begins and ends, and where the file stops being good.

Nothing that is cut, damaged or longer than it says counts as a record. Gzip with a member a record, or plain. Behind
damage the next record counts only if it names the same `warcinfo` as those before: a page may hold what looks like a
record, but cannot know that id. Whatever the size of the file, one record is in memory at a time. OSError if the disk
does not give what it holds.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from isal import isal_zlib

from scraper.answer import Answer
from scraper.warc import (
    CONVERSION,
    METADATA,
    REQUEST,
    RESPONSE,
    REVISIT,
    WARCINFO,
    CutShortError,
    Record,
    RecordError,
    about_of,
    answer_of,
    unpacked,
)

MAX_RECORD_BYTES = 64 * 2**20  # a sitemap has 50 MiB at most
_MAX_HEAD_BYTES = 65_536  # of the fields of a record that is not packed
_MAGIC = b"\x1f\x8b\x08\0"  # gzip, deflated, and no field that could hide something (RFC 1952 §2.3.1)
_PLAIN = b"WARC/1."
_END = b"\r\n\r\n"
_PIECE_BYTES = 32_768  # most records are smaller
_GZIP = 31  # window bits of zlib: the largest window, with a gzip header
_WINDOW_BYTES = 2**20
_ANSWERS = frozenset({RESPONSE, REVISIT, CONVERSION})
_WARCINFO_ID = "WARC-Warcinfo-ID"


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

    `record` is that of the answer, which ends at `answer_end`; its block is empty: the answer is read by its offset.
    """

    offset: int
    answer_end: int
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


class Known(NamedTuple):
    """What the ledger says of an exchange: from where to where it stands in its file, the CRC of that, its address."""

    offset: int
    end: int
    crc32: int
    url: str


# --- whole files ----------------------------------------------------------------------------------------------------


def scan(path: Path) -> Scan:
    """Return what a file holds. An exchange whose last record is missing is none: that of what is known of it.

    Our first files had none, and no ids of their `warcinfo`: there it is the request.
    """
    found = Scan()
    with _opened(path) as file:
        begun: tuple[Placed, Answer] | None = None
        for each in _records(file):
            try:
                match each:
                    case Fault():
                        found.faults.append(each)
                        begun = None
                    case Placed(record=record) if record.kind == WARCINFO:
                        found.info, found.whole_end, begun = record, each.end, None
                    case Placed(record=record) if record.kind in _ANSWERS:
                        begun = each._replace(record=Record(record.fields, b"")), answer_of(record)
                    case Placed(record=record) if begun and record.kind == _last_kind(begun[0].record):
                        found.exchanges.append(_exchange(file, *begun, each))
                        found.whole_end, begun = each.end, None
            except RecordError as error:  # whole, and yet not what we write
                found.faults.append(Fault(each.offset, str(error), is_torn=False))
                begun = None
    return found


def locate(path: Path, exchanges: Iterable[tuple[int, int, int, str]]) -> list[Known]:
    """Return those of the exchanges in a file that are not as they were written: offset, end, CRC and address of each.

    What the disk does not give back counts as damaged; OSError if it does not give the file at all.
    """
    with _opened(path) as file:
        return [known for known in map(Known._make, exchanges) if not _is_as_written(file, known)]


def _is_as_written(file: "_File", known: Known) -> bool:
    try:
        return known.offset < known.end <= file.size and file.crc32(known.offset, known.end) == known.crc32
    except OSError:
        return False


def _last_kind(answer: Record) -> str:
    return METADATA if answer.field(_WARCINFO_ID) else REQUEST


def _exchange(file: "_File", first: Placed, answer: Answer, last: Placed) -> Exchange:
    return Exchange(
        offset=first.offset,
        answer_end=first.end,
        end=last.end,
        crc32=file.crc32(first.offset, last.end),
        record=first.record,
        about=tuple(about_of(last.record)) if last.record.kind == METADATA else (),
        status=answer.status,
        mime=(answer.header("Content-Type") or "-").partition(";")[0].strip() or "-",
    )


# --- records --------------------------------------------------------------------------------------------------------


def record_at(path: Path, offset: int) -> Placed:
    """Return the record at an offset; RecordError if no whole one stands there, OSError if the file cannot be read."""
    with _opened(path) as file:
        if not 0 <= offset < file.size:
            raise RecordError("ends before")
        return _record(file, offset)


def record_in(content: bytes) -> Record:
    """Return the record that some bytes of a file begin with; RecordError if no whole one does."""
    if not content:
        raise RecordError("ends before")
    return _record(_Bytes(content), 0).record


def _records(file: "_File") -> Iterator[Placed | Fault]:
    """Yield every record; behind a fault it goes on at the next record that can be read."""
    offset, info_id = 0, None
    begin = file.at(0, 2)  # each byte of which tells, should the other be damaged
    is_plain = begin[:1] != _MAGIC[:1] and begin[1:] != _MAGIC[1:2]
    while offset < file.size:
        try:
            found = _record(file, offset)
        except RecordError as error:
            following = _next(file, offset + 1, is_plain, info_id)
            yield Fault(offset, str(error), isinstance(error, CutShortError) and following is None)
            if following is None:
                return
            offset = following
            continue
        info_id = _info_id(found.record)
        yield found
        offset = found.end


def _info_id(record: Record) -> str | None:
    return record.field("WARC-Record-ID" if record.kind == WARCINFO else _WARCINFO_ID)


def _next(file: "_File", offset: int, is_plain: bool, info_id: str | None) -> int | None:
    """Return where the next record that can be read begins, or None; see the rule above."""
    while (found := file.find(_PLAIN if is_plain else _MAGIC, offset)) is not None:
        try:
            if info_id in (None, _info_id(_record(file, found).record)):
                return found
        except RecordError:
            pass
        offset = found + 1
    return None


def _record(file: "_File | _Bytes", offset: int) -> Placed:
    """Return the record that begins at an offset; RecordError if none does."""
    begin = file.at(offset, len(_PLAIN))
    if begin == _PLAIN:
        return _plain(file, offset)
    if begin.startswith(_MAGIC):
        return _member(file, offset)
    if len(begin) < len(_PLAIN) and (_PLAIN.startswith(begin) or _MAGIC.startswith(begin[: len(_MAGIC)])):
        raise CutShortError("is cut short")
    raise RecordError("is no record")


def _member(file: "_File | _Bytes", offset: int) -> Placed:
    """Return the record in a gzip member. What is no record is given up at its first bytes."""
    unpacker, pieces, length, end = isal_zlib.decompressobj(_GZIP), list[bytes](), 0, offset
    try:
        while not unpacker.eof:
            piece = file.at(end, _PIECE_BYTES)
            if not piece:
                raise CutShortError("is cut short")
            pieces.append(unpacker.decompress(piece, MAX_RECORD_BYTES - length + 1))
            length += len(pieces[-1])
            end += len(piece)
            if length > MAX_RECORD_BYTES:
                raise RecordError(f"has more than {MAX_RECORD_BYTES:,} bytes")
            if len(pieces) == 1 and not pieces[0].startswith(_PLAIN[:length]):
                raise RecordError("is no record")
    except isal_zlib.error as error:  # type: ignore[misc]  # its stub has no type
        raise RecordError(f"is damaged gzip ({error})") from error
    content = pieces.pop() if len(pieces) == 1 else b"".join(pieces)
    pieces.clear()  # they may be large
    return Placed(offset, end - len(unpacker.unused_data), unpacked(content))


def _plain(file: "_File | _Bytes", offset: int) -> Placed:
    """Return a record that is not compressed."""
    begin = file.at(offset, _MAX_HEAD_BYTES)
    head, is_whole, _ = begin.partition(_END)
    if not is_whole:
        raise (CutShortError("is cut short") if offset + len(begin) == file.size else RecordError("is no record"))
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    lengths = [value.strip() for name, _, value in lines if name.lower() == b"content-length"]
    if len(lengths) != 1 or not lengths[0].isdigit() or len(lengths[0]) > len(str(MAX_RECORD_BYTES)):
        raise RecordError("has no length, or more than one")
    if int(lengths[0]) > MAX_RECORD_BYTES:
        raise RecordError(f"has more than {MAX_RECORD_BYTES:,} bytes")
    end = offset + len(head) + len(_END) + int(lengths[0]) + len(_END)
    if end > file.size:
        raise CutShortError("is cut short")
    return Placed(offset, end, unpacked(file.at(offset, end - offset)))


# --- bytes ----------------------------------------------------------------------------------------------------------


class _File(NamedTuple):
    """An open file, read by offset: a mapped one would kill the process where the disk fails, or the file shrinks."""

    descriptor: int
    size: int

    def at(self, offset: int, length: int) -> bytes:
        """Return the bytes at an offset, fewer at the end of the file."""
        return os.pread(self.descriptor, length, offset)

    def crc32(self, offset: int, end: int) -> int:
        """Return the CRC of a part of the file, as gzip makes it."""
        crc = 0
        while offset < end and (piece := self.at(offset, min(_WINDOW_BYTES, end - offset))):
            crc = zlib.crc32(piece, crc)
            offset += len(piece)
        return crc

    def find(self, magic: bytes, offset: int) -> int | None:
        """Return where some bytes stand next, or None."""
        while len(window := self.at(offset, _WINDOW_BYTES)) >= len(magic):
            if (found := window.find(magic)) >= 0:
                return offset + found
            offset += len(window) - len(magic) + 1
        return None


class _Bytes(NamedTuple):
    """A part of a file that is in memory, read as if it were one."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def at(self, offset: int, length: int) -> bytes:
        """Return the bytes at an offset, fewer at the end."""
        return self.content[offset : offset + length]


@contextmanager
def _opened(path: Path) -> Iterator[_File]:
    with path.open("rb") as file:
        yield _File(file.fileno(), os.fstat(file.fileno()).st_size)
