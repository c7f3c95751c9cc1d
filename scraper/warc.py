"""WARC 1.1 records as bytes: how one is written, and how one is read back, strictly.

One gzip member a record (annex D), so that each is read by its offset. The content coding of a payload is kept as
sent; its transfer coding is removed and the header renamed, as the tools of web archives expect. Digests are SHA-1 in
base 32, which is what those tools check. The records of one exchange name the same date and the same `warcinfo`.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from sys import intern
from urllib.parse import urlsplit

from isal import isal_zlib

from scraper.answer import Answer, Headers

DATE = "%Y-%m-%dT%H:%M:%SZ"
RESPONSE, REVISIT, REQUEST, METADATA, WARCINFO, CONVERSION = (
    "response", "revisit", "request", "metadata", "warcinfo", "conversion",
)  # fmt: skip
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_END = b"\r\n\r\n"
_LINE_BREAKS = re.compile(r"[\r\n\0]")  # what may stand in no line of HTTP (RFC 9110 §5.5)
_CONTROLS = re.compile(r"[\0-\x1f\x7f]")  # nor these in a field of WARC (§4)
_BLANKS = " \t"  # around a value; other spaces belong to it
_GZIP = 31  # window bits of zlib: the largest window, with a gzip header
_TRANSFER_CODING = "transfer-encoding"
_RENAMED = "X-Crawl-Transfer-Encoding"
_FIELDS = "application/warc-fields"

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE_32 = [first + second for first in _LETTERS for second in _LETTERS]  # RFC 4648 §6, ten bits at a time
_SHIFTS = range(150, -1, -10)  # of the 160 bits of SHA-1

Fields = Iterable[tuple[str, str]]


class RecordError(ValueError):
    """Bytes that are no whole record; the message goes on after `it`."""


class CutShortError(RecordError):
    """The bytes end before the record does."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields in order, and its block."""

    fields: tuple[tuple[str, str], ...]
    block: bytes
    _by_name: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {name.lower(): value for name, value in reversed(self.fields)}  # of repeated ones the first counts
        object.__setattr__(self, "_by_name", by_name)

    def field(self, name: str) -> str | None:
        """Return the value of a field, whatever its case (WARC 1.1 §4), or None."""
        return self._by_name.get(name.lower())

    @property
    def kind(self) -> str:
        """The type of the record."""
        return self.field("WARC-Type") or ""

    @property
    def at(self) -> datetime:
        """WARC-Date (§5.4), in UTC, to the second; RecordError if it is none."""
        try:
            return _moment(self.field("WARC-Date") or "")
        except (ValueError, OverflowError) as error:
            raise RecordError("has no date that can be read") from error


@lru_cache(1024)  # the records of an exchange have the same, and those around it often
def _moment(text: str) -> datetime:
    """Return a date in UTC, to the second; ValueError or OverflowError if it is none, or names no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(moment)
    return moment.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Original:
    """The record that a revisit refers to (WARC 1.1 §6.7)."""

    record_id: str
    url: str
    at: datetime
    payload_digest: str


# --- writing --------------------------------------------------------------------------------------------------------


def digest(*pieces: bytes | memoryview) -> str:
    """Return the labelled digest of a block or payload (WARC 1.1 §5.8, §5.9)."""
    made = hashlib.sha1(usedforsecurity=False)
    for piece in pieces:
        made.update(piece)
    number = int.from_bytes(made.digest())
    return "sha1:" + "".join([_BASE_32[number >> shift & 0x3FF] for shift in _SHIFTS])


def new_id() -> str:
    """Return a record id of our own."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def packed(kind: str, record_id: str, at: datetime, fields: Fields, *block: bytes) -> bytes:
    """Return a record as a gzip member; its block is given in pieces, so that a large body is not copied.

    ValueError if a field could end its line, and so forge another.
    """
    lines = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", _written(at)),
        *fields,
        ("WARC-Block-Digest", digest(*block)),
        ("Content-Length", str(sum(map(len, block)))),
    ]
    head = f"WARC/1.1\r\n{_lines(lines, _CONTROLS)}\r\n"
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _GZIP)
    pieces = [packer.compress(piece) for piece in (head.encode(), *block, _END)]
    return b"".join([*pieces, packer.flush()])


@lru_cache(16)  # the records of an exchange have the same
def _written(at: datetime) -> str:
    return at.strftime(DATE)


def _lines(fields: Fields, forbidden: re.Pattern[str] = _LINE_BREAKS) -> str:
    lines = [f"{name}: {value}" for name, value in fields]
    if forbidden.search(" ".join(lines)):
        wrong = next(line for line in lines if forbidden.search(line))
        raise ValueError(f"The line {wrong!r} of a record would break off.")
    return "".join([f"{line}\r\n" for line in lines])


def warcinfo(record_id: str, name: str, run: str, software: str) -> bytes:
    """Return the record that describes its file (WARC 1.1 §6.2); what follows it in the file refers to its id."""
    said = {"software": software, "format": "WARC File Format 1.1", "robots": "obey", "isPartOf": run}
    fields = [("WARC-Filename", name), ("Content-Type", _FIELDS)]
    return packed(WARCINFO, record_id, datetime.now(UTC), fields, _warc_fields(said.items()))


def exchange(answer: Answer, about: Fields, original: Original | None, info_id: str) -> bytes:
    """Return an answer, or that it was seen before, with its request and what is known of both: three records.

    ValueError if a line of it could not be read back as it is: it holds a line break, or, in HTTP, characters that no
    byte stands for (RFC 9110 §5.5: ISO-8859-1).
    """
    record_id = new_id()
    common = _common(answer, info_id)
    reached = [*common, *([("WARC-IP-Address", answer.ip)] if answer.ip else [])]
    fields = [*reached, ("Content-Type", "application/http;msgtype=response")]
    if original:
        main = packed(REVISIT, record_id, answer.at, fields + _revisit(answer, original), _response_head(answer))
    else:
        main = packed(RESPONSE, record_id, answer.at, fields + _payload(answer), _response_head(answer), answer.body)
    with_it = ("WARC-Concurrent-To", record_id)
    asked = [*reached, with_it, ("Content-Type", "application/http;msgtype=request")]
    request = packed(REQUEST, new_id(), answer.at, asked, _request_head(answer))
    timed = [("fetchTimeMs", f"{answer.seconds * 1000:.0f}"), *about]
    return main + request + _about(answer, [*common, with_it, ("WARC-Refers-To", record_id)], timed)


def capture(answer: Answer, about: Fields, info_id: str, *, is_text: bool) -> bytes:
    """Return somebody else's capture with its own date, a response or a text, and where it came from: two records.

    ValueError as `exchange`.
    """
    record_id = new_id()
    common = _common(answer, info_id)
    if is_text:
        fields = [*common, ("Content-Type", "text/plain"), *_payload(answer)]
        main = packed(CONVERSION, record_id, answer.at, fields, answer.body)
    else:
        fields = [*common, ("Content-Type", "application/http;msgtype=response"), *_payload(answer)]
        main = packed(RESPONSE, record_id, answer.at, fields, _response_head(answer), answer.body)
    return main + _about(answer, [*common, ("WARC-Refers-To", record_id)], about)


def _common(answer: Answer, info_id: str) -> list[tuple[str, str]]:
    return [("WARC-Warcinfo-ID", info_id), ("WARC-Target-URI", answer.url)]


def _about(answer: Answer, fields: list[tuple[str, str]], about: Fields) -> bytes:
    return packed(METADATA, new_id(), answer.at, [*fields, ("Content-Type", _FIELDS)], _warc_fields(about))


def _warc_fields(fields: Fields) -> bytes:
    return _lines(fields, _CONTROLS).encode()


def _payload(answer: Answer) -> list[tuple[str, str]]:
    said = [("WARC-Payload-Digest", digest(answer.body))]
    return [*said, ("WARC-Truncated", answer.truncated)] if answer.truncated else said


def _revisit(answer: Answer, original: Original) -> list[tuple[str, str]]:
    """Return the fields of a revisit. Only where a body came, and is left out, the record is truncated (§6.7.2)."""
    is_same = answer.status != HTTPStatus.NOT_MODIFIED
    fields = [
        ("WARC-Profile", SAME_PAYLOAD if is_same else NOT_MODIFIED),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", original.at.strftime(DATE)),
        ("WARC-Payload-Digest", original.payload_digest),
    ]
    return [*fields, ("WARC-Truncated", "length")] if is_same else fields


def _response_head(answer: Answer) -> bytes:
    lines = [(_RENAMED if name.lower() == _TRANSFER_CODING else name, value) for name, value in answer.headers]
    return _http_head(f"{answer.protocol} {answer.status} {answer.reason}", lines)


def _request_head(answer: Answer) -> bytes:
    parts = urlsplit(answer.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _http_head(f"GET {target} HTTP/1.1", answer.request_headers)


def _http_head(start: str, headers: Fields) -> bytes:
    if _LINE_BREAKS.search(start):
        raise ValueError(f"The line {start!r} of HTTP would break off.")
    return f"{start}\r\n{_lines(headers)}\r\n".encode("iso-8859-1")


# --- reading --------------------------------------------------------------------------------------------------------


def unpacked(content: bytes) -> Record:
    """Return the record in the bytes of one member; RecordError if it is not whole, or not what was written."""
    head_end = content.find(_END)
    start, *lines = _lines_of(content[: max(head_end, 0)])
    if start not in ("WARC/1.0", "WARC/1.1"):
        raise RecordError("is no record")
    record = Record(tuple(map(_field, lines)), content[head_end + len(_END) : -len(_END)])
    length = head_end + len(_END) + len(record.block) + len(_END)
    if record.field("Content-Length") != str(len(record.block)) or length != len(content) or content[-4:] != _END:
        raise RecordError("is not as long as it says")
    if not (record.at and record.kind):  # each is mandatory (§5)
        raise RecordError("has no type")
    _check_digest(record.field("WARC-Block-Digest"), record.block, "block")
    if record.kind == RESPONSE:
        _check_digest(record.field("WARC-Payload-Digest"), _body(record), "payload")
    return record


def _lines_of(head: bytes) -> list[str]:
    return head.decode("utf-8", "replace").split("\r\n")


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise RecordError("has a line that is no field")
    return intern(name.strip(_BLANKS)), value.strip(_BLANKS)


def _body(record: Record) -> memoryview:
    """Return what stands behind the HTTP headers in a block."""
    head_end = record.block.find(_END)
    return memoryview(record.block)[head_end + len(_END) if head_end >= 0 else len(record.block) :]


def _check_digest(said: str | None, content: bytes | memoryview, what: str) -> None:
    if said is not None and said.startswith("sha1:") and said != digest(content):
        raise RecordError(f"holds another {what} than was written")


def about_of(record: Record) -> list[tuple[str, str]]:
    """Return the fields in the block of a metadata record."""
    return [_field(line) for line in _lines_of(record.block) if line]


def answer_of(record: Record) -> Answer:
    """Return the answer in a record; of a text its text, of a revisit one without a body. RecordError for others."""
    url = record.field("WARC-Target-URI") or ""
    if record.kind == CONVERSION:
        headers: Headers = (("Content-Type", "text/plain; charset=utf-8"),)
        return Answer(url, 200, "OK", headers, record.block, (), record.at, truncated=record.field("WARC-Truncated"))
    if record.kind not in (RESPONSE, REVISIT):
        raise RecordError(f"is a {record.kind} record")
    head = record.block[: max(record.block.find(_END), 0)]
    start, *lines = head.decode("iso-8859-1").split("\r\n")
    protocol, _, said = start.partition(" ")
    status, _, reason = said.partition(" ")
    if not (status.isascii() and status.isdigit()):
        raise RecordError("holds no HTTP")
    named = (line.partition(":") for line in lines)
    headers = tuple((name, value.strip(_BLANKS)) for name, _, value in named)
    is_left_out = record.kind == REVISIT  # the body, which came whole
    return Answer(
        url, int(status), reason, headers, bytes(_body(record)), (), record.at, protocol=protocol,
        truncated=None if is_left_out else record.field("WARC-Truncated"), ip=record.field("WARC-IP-Address"),
    )  # fmt: skip
