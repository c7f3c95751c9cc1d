"""The captures of a WARC or WET file, whoever wrote it: Common Crawl, Heritrix, Browsertrix, wget, warcio.

Three kinds of record are captures: a `response` with an HTTP status and HTML, a `resource` that is HTML, and a
`conversion` to plain text (what WET files hold). All others are passed over. A record may hold 16 MiB.

Writers disagree on codings. Common Crawl removes them and renames their header lines to `X-Crawl-…`; wget leaves the
transfer coding in place; some removed a coding and left its header line. Here the body decides: a transfer coding is
removed, a content coding is kept, and the header line of a coding that the body does not have is renamed. What a corpus
guessed (`WARC-Identified-…`) is not used: the bytes are at hand.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from fastwarc.warc import ArchiveIterator, WarcRecord

from registry.errors import StoreError
from registry.limits import MAX_BYTES
from registry.record import Page
from scraper.answer import Answer, Headers, body_of
from scraper.chunked import dechunked, is_chunked
from scraper.opened import opened
from scraper.unpacked import DamagedFileError, Unpacked

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TYPES = {
    "response": frozenset({"application/http"}),
    "resource": _HTML,
    "conversion": frozenset({"text/plain"}),
}
_CONTENT_TYPE = "Content-Type"
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?A-Za-z]")  # no compressed body begins so
_DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
_OK = 200


@dataclass(frozen=True, slots=True)
class Capture:
    """One page as a corpus has it.

    `at` is when it was captured, in UTC, to the second. `offset` is that of the record in its file, None where none
    leads to it. `status` is None where the record is no HTTP answer; `headers` are those of HTTP, () for a text. `body`
    keeps its content coding. `truncated` says why the body is cut, in the words of WARC 1.1 §5.13.
    """

    url: str
    at: datetime
    record_id: str
    offset: int | None
    status: int | None
    headers: Headers
    body: bytes
    is_text: bool
    truncated: str | None


class Refusal(NamedTuple):
    """What cannot be used, in a sentence: the record of an address, or, without one, the rest of the file."""

    url: str | None
    why: str
    offset: int | None = None


class _UnusableError(Exception):
    """The record is whole and no capture; the message is a sentence."""


def captures(name: str, wanted: Callable[[str], bool]) -> Iterator[Capture | Refusal]:
    """Yield the captures of a file, in its order: a path, or an address with `scheme://` that fsspec knows.

    `wanted` is asked once for the address of each response, resource and conversion; what it does not want is skipped
    undecoded, and can be counted there. StoreError if the file cannot be read, or is no WARC file.
    """
    with closing(opened(name)) as stream:
        yield from captures_of(stream, wanted)


def captures_of(stream: BinaryIO, wanted: Callable[[str], bool]) -> Iterator[Capture | Refusal]:
    """Yield the captures of a stream, as `captures`; it need not be seekable.

    Each is held back until something follows: only then its gzip has shown to be whole.
    """
    held: Capture | Refusal | None = None
    for found in _found(Unpacked(stream), wanted):
        if held is not None and isinstance(found, Refusal) and _is_about(held, found):
            found = found._replace(url=held.url)
        elif held is not None:
            yield held
        held = found
    if held is not None:
        yield held


def _is_about(held: Capture | Refusal, refusal: Refusal) -> bool:
    """Whether a refusal of the rest of the file begins with the record that is held back."""
    return refusal.url is None and refusal.offset is not None and refusal.offset == held.offset


def _found(unpacked: Unpacked, wanted: Callable[[str], bool]) -> Iterator[Capture | Refusal]:
    record: WarcRecord | None = None
    offset: int | None = None
    url: str | None = None  # of the record that is read, if it is wanted
    try:
        for record in ArchiveIterator(unpacked, parse_http=False, stream_detect=False):  # type: ignore[arg-type]
            offset = unpacked.offset_of(record.stream_pos)
            _check_length(record, offset)
            if (url := _address(record, wanted)) is not None:
                yield from _captured(record, url, offset)
                url = None
            record.reader.consume()
            _check_end(record, offset)
    except DamagedFileError as error:
        yield Refusal(url, f"{error} What stands behind was not read.", error.offset)
    except OSError as error:  # of fastwarc; those of the stream are translated before
        if record is None:
            raise _no_warc() from error
        yield Refusal(None, f"What follows the record at {_at(offset)} is none. The rest was not read.")
    if record is None and not unpacked.tell():
        raise _no_warc()


def _no_warc() -> StoreError:
    return StoreError("It is no WARC file. Give one that begins with 'WARC/1.0' or 'WARC/1.1', packed or not.")


def _at(offset: int | None) -> str:
    return "an offset that the gzip hides" if offset is None else f"offset {offset}"


def _check_length(record: WarcRecord, offset: int | None) -> None:
    """Raise DamagedFileError without a Content-Length (WARC 1.1 §5.4): fastwarc reads headers that are cut, too."""
    length = record.headers.get("Content-Length") or ""
    if not (length.isascii() and length.isdigit()):
        raise DamagedFileError(f"The header of the record at {_at(offset)} is cut or damaged.", offset)


def _check_end(record: WarcRecord, offset: int | None) -> None:
    if record.reader.tell() < record.content_length:
        raise DamagedFileError(f"The file ends inside the record at {_at(offset)}.", offset)


def _address(record: WarcRecord, wanted: Callable[[str], bool]) -> str | None:
    """Return the address of a record that may be a capture, if it is wanted."""
    if _kind(record) not in _TYPES:
        return None
    url = (record.headers.get("WARC-Target-URI") or "").strip(" <>")  # wget writes brackets around it
    return url if url and wanted(url) else None


def _kind(record: WarcRecord) -> str:
    return (record.headers.get("WARC-Type") or "").lower()


def _captured(record: WarcRecord, url: str, offset: int | None) -> Iterator[Capture | Refusal]:
    """Yield the capture that a record is, or why it cannot be used; nothing if it is none."""
    if _media_type(record.headers.get("Content-Type")) not in _TYPES[_kind(record)]:
        return
    try:
        capture = _capture(record, url, offset)
    except _UnusableError as error:
        yield Refusal(url, str(error), offset)
        return
    if capture is not None:
        yield capture


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _capture(record: WarcRecord, url: str, offset: int | None) -> Capture | None:
    """Return the capture that a record is, None if it is none; DamagedFileError if the file ends in it."""
    status, headers = _http(record)
    kind = _kind(record)
    is_text = kind == "conversion"
    if (kind == "response" and status is None) or not (is_text or _media_type(_value(headers, _CONTENT_TYPE)) in _HTML):
        return None
    at = _date(record)
    truncated = record.headers.get("WARC-Truncated") or None
    headers, body = _plain(headers, _block(record, offset), record.headers.get("WARC-Payload-Digest"), truncated)
    return Capture(
        url=url,
        at=at,
        record_id=record.record_id or "",
        offset=offset,
        status=status,
        headers=headers,
        body=body,
        is_text=is_text,
        truncated=truncated,
    )


def _date(record: WarcRecord) -> datetime:
    at: datetime | None = record.record_date
    try:
        if at is not None:
            return at.astimezone(UTC).replace(microsecond=0)
    except OverflowError:  # a day before the first or behind the last one that there is
        pass
    raise _UnusableError(f"Its WARC-Date {record.headers.get('WARC-Date')!r} is no date with a time.")


def _http(record: WarcRecord) -> tuple[int | None, Headers]:
    """Return status and header lines of an HTTP answer; of a resource its type alone, as the record has it."""
    if (kind := _kind(record)) != "response":
        return None, ((_CONTENT_TYPE, record.headers.get(_CONTENT_TYPE) or ""),) if kind == "resource" else ()
    record.is_http = True  # its type says so, in whatever case
    try:
        record.parse_http(auto_decode="none", quirks_mode=True)  # some servers end lines with LF alone
    except OSError as error:
        raise _UnusableError(f"Its HTTP headers cannot be read ({error}).") from error
    lines = record.http_headers.items_bytes()
    return record.http_headers.status_code, tuple((_latin(name), _latin(value)) for name, value in lines)


def _latin(text: bytes) -> str:
    return text.decode("iso-8859-1")  # every byte has a character (RFC 9110 §5.5)


def _value(headers: Headers, name: str) -> str:
    return next((value for known, value in headers if known.lower() == name.lower()), "")


def _block(record: WarcRecord, offset: int | None) -> bytes:
    """Return what stands behind the headers of a record."""
    if record.content_length > MAX_BYTES:
        raise _UnusableError(f"It has more than {MAX_BYTES:,} bytes; no page of a trial has.")
    body = record.reader.read(record.content_length)
    _check_end(record, offset)
    return body


def _plain(headers: Headers, block: bytes, digest: str | None, truncated: str | None) -> tuple[Headers, bytes]:
    """Return headers and body without a transfer coding; the digest may be of the body with it or without it."""
    body = block
    if is_chunked(headers, block):
        try:
            body = dechunked(block, may_be_cut=truncated is not None)
        except ValueError as error:
            raise _UnusableError(f"Its body {error}.") from error
    if digest and _is_of_none(digest, block, body):
        raise _UnusableError("It is damaged: its payload is not the one whose digest was written.")
    headers = _renamed(headers, "Transfer-Encoding")
    return _renamed(headers, "Content-Encoding") if _MARKUP.match(body) else headers, body


def _renamed(headers: Headers, name: str) -> Headers:
    """Return the headers, the line of a coding that the body does not have renamed as Common Crawl does."""
    return tuple((f"X-Crawl-{name}" if known.lower() == name.lower() else known, value) for known, value in headers)


def _is_of_none(labelled: str, *payloads: bytes) -> bool:
    """Whether a digest (WARC 1.1 §5.9) is known and of none of the payloads: SHA-1 or SHA-256, hexadecimal or base32.

    >>> _is_of_none("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", b""), _is_of_none("md5:0", b"")
    (False, False)
    """
    kind, _, digest = labelled.partition(":")
    make = _DIGESTS.get(kind.strip().lower().replace("-", ""))
    if make is None:
        return False
    made = [make(payload).digest() for payload in payloads]
    spellings = {text for each in made for text in (each.hex(), base64.b32encode(each).decode().lower().rstrip("="))}
    digest = digest.strip().lower().rstrip("=")
    return len(digest) in map(len, spellings) and digest not in spellings


def page_of_capture(capture: Capture, requested_id: str | None) -> Page:
    """Return a capture as a page; FetchError if its content coding is unknown, cut short or unpacks to too much."""
    answer = Answer(capture.url, capture.status or _OK, "", capture.headers, capture.body, (), capture.at)
    return Page(
        body=body_of(answer),
        url=capture.url,
        requested_id=requested_id,
        status=capture.status,
        headers=MappingProxyType(dict(capture.headers or [(_CONTENT_TYPE, "text/plain")])),
        fetched_at=capture.at,
        truncated=capture.truncated,
    )
