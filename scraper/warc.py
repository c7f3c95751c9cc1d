"""WARC 1.1 records as bytes: how one is written, and how one is read back, strictly.

One gzip member a record (annex D), so that each is read by its offset. The content coding of a payload is kept as
sent; its transfer coding is removed and the header renamed, as the tools of web archives expect. Digests are SHA-1 in
base 32, which is what those tools check.
"""

import base64
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from isal import igzip

from scraper.answer import Answer, Headers

DATE = "%Y-%m-%dT%H:%M:%SZ"
RESPONSE, REVISIT, REQUEST, METADATA, WARCINFO, CONVERSION = (
    "response", "revisit", "request", "metadata", "warcinfo", "conversion",
)  # fmt: skip
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_END = b"\r\n\r\n"
_TRANSFER_CODING = "transfer-encoding"
_RENAMED = "X-Crawl-Transfer-Encoding"
_FIELDS = "application/warc-fields"

Fields = Iterable[tuple[str, str]]


class RecordError(ValueError):
    """Bytes that are no whole record; the message goes on after `it`."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields in order, and its block."""

    fields: tuple[tuple[str, str], ...]
    block: bytes

    def field(self, name: str) -> str | None:
        """Return the value of a field, whatever its case (WARC 1.1 §4), or None."""
        return next((value for known, value in self.fields if known.lower() == name.lower()), None)

    @property
    def kind(self) -> str:
        """The type of the record."""
        return self.field("WARC-Type") or ""

    @property
    def at(self) -> datetime:
        """WARC-Date; RecordError if it is none."""
        try:
            return datetime.strptime(self.field("WARC-Date") or "", DATE).replace(tzinfo=UTC)
        except ValueError as error:
            raise RecordError("has no date that can be read") from error


@dataclass(frozen=True, slots=True)
class Original:
    """The record that a revisit refers to (WARC 1.1 §6.7)."""

    record_id: str
    url: str
    at: datetime
    payload_digest: str


# --- writing --------------------------------------------------------------------------------------------------------


def digest(content: bytes) -> str:
    """Return the labelled digest of a block or payload (WARC 1.1 §5.8, §5.9)."""
    return f"sha1:{base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()}"


def new_id() -> str:
    """Return a record id of our own."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def packed(kind: str, record_id: str, at: datetime, fields: Fields, block: bytes) -> bytes:
    """Return a record as a gzip member; ValueError if a field could end its line, and so forge another."""
    lines = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", at.strftime(DATE)),
        *fields,
        ("WARC-Block-Digest", digest(block)),
        ("Content-Length", str(len(block))),
    ]
    head = "WARC/1.1\r\n" + "".join(map(_line, lines)) + "\r\n"
    return bytes(igzip.compress(head.encode() + block + _END, 1, mtime=0))


def _line(field: tuple[str, str]) -> str:
    name, value = field
    if any(character in "\r\n\0" for character in name + value):
        raise ValueError(f"The field {name} of a record may not hold {value!r}.")
    return f"{name}: {value}\r\n"


def warcinfo(name: str, run: str, software: str) -> bytes:
    """Return the record that describes its file (WARC 1.1 §6.2)."""
    said = {"software": software, "format": "WARC File Format 1.1", "robots": "obey", "isPartOf": run}
    fields = [("WARC-Filename", name), ("Content-Type", _FIELDS)]
    return packed(WARCINFO, new_id(), datetime.now(UTC), fields, _warc_fields(said.items()))


def exchange(answer: Answer, about: Fields, original: Original | None) -> bytes:
    """Return an answer, or that it was seen before, with its request and what is known of both: three records."""
    record_id, digest_of_payload = new_id(), digest(answer.body)
    fields = [("WARC-Target-URI", answer.url), ("Content-Type", "application/http;msgtype=response")]
    fields += [("WARC-IP-Address", answer.ip)] if answer.ip else []
    if original:
        kind, body = REVISIT, b""
        fields += _revisit(answer, original)
    else:
        kind, body = RESPONSE, answer.body
        fields += [("WARC-Payload-Digest", digest_of_payload)]
        fields += [("WARC-Truncated", answer.truncated)] if answer.truncated else []
    main = packed(kind, record_id, answer.at, fields, _response_head(answer) + body)
    concurrent = [("WARC-Concurrent-To", record_id), ("WARC-Target-URI", answer.url)]
    asked = [*concurrent, ("Content-Type", "application/http;msgtype=request")]
    request = packed(REQUEST, new_id(), answer.at, asked, _request_head(answer))
    return (
        main
        + request
        + _about(record_id, answer.url, answer.at, [("fetchTimeMs", f"{answer.seconds * 1000:.0f}"), *about])
    )


def capture(answer: Answer, about: Fields, *, is_text: bool) -> bytes:
    """Return somebody else's capture with its own date, a response or a text, and where it came from: two records."""
    record_id = new_id()
    fields = [("WARC-Target-URI", answer.url), ("WARC-Payload-Digest", digest(answer.body))]
    fields += [("WARC-Truncated", answer.truncated)] if answer.truncated else []
    if is_text:
        main = packed(CONVERSION, record_id, answer.at, [*fields, ("Content-Type", "text/plain")], answer.body)
    else:
        fields += [("Content-Type", "application/http;msgtype=response")]
        main = packed(RESPONSE, record_id, answer.at, fields, _response_head(answer) + answer.body)
    return main + _about(record_id, answer.url, answer.at, about)


def _about(record_id: str, url: str, at: datetime, about: Fields) -> bytes:
    fields = [("WARC-Concurrent-To", record_id), ("WARC-Refers-To", record_id), ("WARC-Target-URI", url)]
    return packed(METADATA, new_id(), at, [*fields, ("Content-Type", _FIELDS)], _warc_fields(about))


def _warc_fields(fields: Fields) -> bytes:
    return "".join(map(_line, fields)).encode()


def _revisit(answer: Answer, original: Original) -> list[tuple[str, str]]:
    profile = NOT_MODIFIED if answer.status == 304 else SAME_PAYLOAD
    return [
        ("WARC-Profile", profile),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", original.at.strftime(DATE)),
        ("WARC-Payload-Digest", original.payload_digest),
    ]


def _response_head(answer: Answer) -> bytes:
    lines = [(_RENAMED if name.lower() == _TRANSFER_CODING else name, value) for name, value in answer.headers]
    return _http_head(f"{answer.protocol} {answer.status} {answer.reason}", lines)


def _request_head(answer: Answer) -> bytes:
    path = answer.url.split("//", 1)[1].partition("/")[2]
    return _http_head(f"GET /{path} HTTP/1.1", answer.request_headers)


def _http_head(start: str, headers: Fields) -> bytes:
    lines = "".join(map(_line, headers))
    return f"{start}\r\n{lines}\r\n".encode("iso-8859-1", "replace")


# --- reading --------------------------------------------------------------------------------------------------------


def unpacked(content: bytes) -> Record:
    """Return the record in the bytes of one member; RecordError if it is not whole, or not what was written."""
    head, separator, rest = content.partition(_END)
    start, *lines = head.split(b"\r\n")
    if not separator or start not in (b"WARC/1.0", b"WARC/1.1"):
        raise RecordError("is no record")
    fields = tuple(_field(line) for line in lines)
    record = Record(fields, rest[: -len(_END)])
    if record.field("Content-Length") != str(len(record.block)) or not rest.endswith(_END):
        raise RecordError("is not as long as it says")
    _check_digest(record.field("WARC-Block-Digest"), record.block, "block")
    if record.kind == RESPONSE:
        _check_digest(record.field("WARC-Payload-Digest"), record.block.partition(_END)[2], "payload")
    return record


def _field(line: bytes) -> tuple[str, str]:
    name, colon, value = line.decode("utf-8", "replace").partition(":")
    if not colon:
        raise RecordError("has a line that is no field")
    return name.strip(), value.strip()


def _check_digest(said: str | None, content: bytes, what: str) -> None:
    if said is not None and said.startswith("sha1:") and said != digest(content):
        raise RecordError(f"holds another {what} than was written")


def about_of(record: Record) -> list[tuple[str, str]]:
    """Return the fields in the block of a metadata record."""
    return [_field(line) for line in record.block.split(b"\r\n") if line]


def answer_of(record: Record) -> Answer:
    """Return the answer in a record; of a text its text, of a revisit one without a body. RecordError for others."""
    url = record.field("WARC-Target-URI") or ""
    if record.kind == CONVERSION:
        headers: Headers = (("Content-Type", "text/plain; charset=utf-8"),)
        return Answer(url, 200, "OK", headers, record.block, (), record.at, truncated=record.field("WARC-Truncated"))
    if record.kind not in (RESPONSE, REVISIT):
        raise RecordError(f"is a {record.kind} record")
    head, _, body = record.block.partition(_END)
    start, *lines = head.decode("iso-8859-1").split("\r\n")
    protocol, _, said = start.partition(" ")
    status, _, reason = said.partition(" ")
    if not status.isdigit():
        raise RecordError("holds no HTTP")
    named = (line.partition(":") for line in lines)
    headers = tuple((name, value.strip()) for name, _, value in named)
    return Answer(
        url, int(status), reason, headers, body, (), record.at, protocol=protocol,
        truncated=record.field("WARC-Truncated"), ip=record.field("WARC-IP-Address"),
    )  # fmt: skip
