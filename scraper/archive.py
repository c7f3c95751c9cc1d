"""The archive: requests with their answers as WARC 1.1 records, written before anything reads them.

An answer is archived if it came whole, and, of several attempts, to the last one.

One file a run, one gzip member a record (WARC 1.1 annex D), so that any record is read by its offset. The content
coding is kept as sent; the transfer coding is removed and its header renamed, as the Web Archive tools expect. A record
is on disk before `append` returns; one that could not be written whole leaves no trace.
"""

import base64
import hashlib
import os
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from registry import VERSION
from registry.errors import StoreError
from scraper.answer import Answer, Headers

_DATE = "%Y-%m-%dT%H:%M:%SZ"
_TRANSFER_CODING = "transfer-encoding"
_RENAMED = "X-Crawl-Transfer-Encoding"
_PROTOCOL = "HTTP/1.1"


class Place(NamedTuple):
    """Where a response record stands: file in the archive's folder, offset in bytes."""

    warc_file: str
    warc_offset: int


class Archive:
    """The WARC files of a folder; the one of this run is opened with its first answer."""

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder
        self._name = f"{run}.warc.gz"
        self._descriptor: int | None = None

    def close(self) -> None:
        """Close the file of this run."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def append(self, answer: Answer) -> Place:
        """Write a response and its request and return the place of the response; StoreError if the disk refuses."""
        records = BytesIO()
        writer = WARCWriter(records, gzip=True, warc_version="1.1")
        writer.write_request_response_pair(_request(writer, answer), _response(writer, answer))
        try:
            if self._descriptor is None:
                self._descriptor = self._open()
            offset = _append(self._descriptor, records.getvalue())
        except OSError as error:
            raise StoreError(
                f"Cannot write to the archive {str(self._folder / self._name)!r} ({error.strerror or error}). What was "
                "fetched before is kept; free space and run it again."
            ) from error
        return Place(self._name, offset)

    def _open(self) -> int:
        """Open the file of this run and describe it in its first record."""
        self._folder.mkdir(parents=True, exist_ok=True)
        about = BytesIO()
        writer = WARCWriter(about, gzip=True, warc_version="1.1")
        said = {"software": f"trials/{VERSION}", "format": "WARC File Format 1.1"}
        writer.write_record(writer.create_warcinfo_record(self._name, said))
        descriptor = os.open(self._folder / self._name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _append(descriptor, about.getvalue())
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _append(descriptor: int, content: bytes) -> int:
    """Write content to disk, whole or not at all, and return where it begins."""
    start = os.fstat(descriptor).st_size
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except BaseException:
        os.ftruncate(descriptor, start)
        raise
    return start


class _AsSent(StatusAndHeaders):  # type: ignore[misc]
    """Header lines in the bytes that were sent (RFC 9110 §5.5), where warcio would percent-encode some."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_bytes(header_filter, "iso-8859-1")


def _response(writer: WARCWriter, answer: Answer) -> ArcWarcRecord:
    headers = [(_RENAMED if name.lower() == _TRANSFER_CODING else name, value) for name, value in answer.headers]
    lines = _AsSent(f"{answer.status} {answer.reason}", headers, protocol=_PROTOCOL)
    return _record(writer, answer, "response", answer.body, lines)


def _request(writer: WARCWriter, answer: Answer) -> ArcWarcRecord:
    path = answer.url.split("//", 1)[1].partition("/")[2]
    lines = _AsSent(f"GET /{path} {_PROTOCOL}", list(answer.request_headers), is_http_request=True)
    return _record(writer, answer, "request", b"", lines)


def _record(writer: WARCWriter, answer: Answer, kind: str, body: bytes, lines: StatusAndHeaders) -> ArcWarcRecord:
    about = {"WARC-Date": answer.at.strftime(_DATE)}
    return writer.create_warc_record(
        answer.url, kind, BytesIO(body), length=len(body), http_headers=lines, warc_headers_dict=about
    )


def read(folder: Path, place: Place) -> Answer:
    """Return the answer at a place; StoreError if no whole response record stands there."""
    try:
        with (folder / place.warc_file).open("rb") as file:
            file.seek(place.warc_offset)
            record = next(ArchiveIterator(file, check_digests="raise"))
            return _answer(record)
    except (OSError, EOFError, zlib.error, ArchiveLoadFailed, StopIteration, ValueError, AttributeError) as error:
        raise StoreError(
            f"The archive has no whole record at {place.warc_file!r}, offset {place.warc_offset} ({_why(error)})."
        ) from error


def _why(error: Exception) -> str:
    if isinstance(error, StopIteration | EOFError | AttributeError):  # the last where warcio finds no HTTP headers
        return "the file ends too early"
    return getattr(error, "strerror", None) or str(error)


def _digest(body: bytes) -> str:
    """Return the labelled digest of a payload (WARC 1.1 §5.9), as warcio writes it."""
    return f"sha1:{base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()}"


def _answer(record: ArcWarcRecord) -> Answer:
    if record.rec_type != "response":
        raise ValueError(f"it is a {record.rec_type} record")
    body = record.raw_stream.read()
    if record.rec_headers.get_header("WARC-Payload-Digest") != _digest(body):
        raise ValueError("its payload is not the one that was written")  # warcio takes a cut member for a short one
    lines = record.http_headers
    status, _, reason = lines.statusline.partition(" ")
    date = datetime.strptime(record.rec_headers.get_header("WARC-Date"), _DATE).replace(tzinfo=UTC)
    url = record.rec_headers.get_header("WARC-Target-URI")
    headers: Headers = tuple(lines.headers)
    return Answer(url, int(status), reason, headers, body, (), date)
