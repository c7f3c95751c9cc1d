"""One answer of the site, as it was sent; and the page in it, its content coding removed if it is whole."""

import gzip
import zlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from types import MappingProxyType
from urllib.parse import urljoin

from isal import isal_zlib

from registry.errors import FetchError, Refused
from registry.record import Page
from scraper.unpacked import GZIP_WINDOW

MAX_BYTES = 16 * 2**20  # unpacked; a details page has some 50 KB
MOST_PACKED = 100  # times that gzip may have made a body smaller, where it is larger than the next line says
MIN_PACKED_BYTES = 2**20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 403, 429, 451})

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One request and its answer: the body as sent, its content coding kept, its transfer coding removed.

    `at` is when it was asked for, in UTC, to the second. `truncated` says why the body is not whole, in the words of
    WARC 1.1 §5.13 (`length`, `time`, `disconnect`); None for a whole one.
    """

    url: str
    status: int
    reason: str
    headers: Headers
    body: bytes
    request_headers: Headers
    at: datetime
    redirected: bool = False  # another address led here
    protocol: str = "HTTP/1.1"  # of the answer
    truncated: str | None = None
    ip: str | None = None  # the address that was connected to
    seconds: float = 0.0  # from the request to the end of the answer

    def header(self, name: str) -> str | None:
        """Return the value of a header, that of repeated lines as one list (RFC 9110 §5.3); None if it is not there."""
        values = [value for known, value in self.headers if known.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def said(self) -> str:
        """The status with its phrase, which a server may leave out."""
        return f"{self.status} {self.reason}".rstrip()

    def error(self, message: str) -> FetchError:
        """Return the error that an answer without a page is: Refused where the site forbids to ask."""
        kind = Refused if self.status in _REFUSALS else FetchError
        return kind(message, url=self.url, status=self.status)

    @property
    def redirect(self) -> str | None:
        """The absolute address that the answer points to, or None if it is no redirect; FetchError if it is none."""
        target = self.header("Location") if self.status in _REDIRECTS else None
        try:
            return urljoin(self.url, _as_utf8(target).strip()) if target else None
        except ValueError as error:
            message = f"{self.url} redirects to {target!r}, which is no address."
            raise self.error(message) from error


def _as_utf8(header: str) -> str:
    """Return a header's text as UTF-8 where its bytes are that: http.client reads them as ISO-8859-1."""
    try:
        return header.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return header


def body_of(answer: Answer) -> bytes:
    """Return the body without its content coding; FetchError if it is cut short, too large or unknown."""
    coding = (answer.header("Content-Encoding") or "identity").strip().lower()
    if coding == "identity" or not answer.body:
        return answer.body
    if coding not in ("gzip", "x-gzip"):
        raise answer.error(f"{answer.url} is coded as {coding!r}, which was not asked for.")
    try:
        return gunzip(answer.body, MAX_BYTES)
    except ValueError as error:
        raise answer.error(f"{answer.url} {error}.") from error


def gunzip(packed: bytes, most_bytes: int) -> bytes:
    """Return what gzip holds, one member after the other (RFC 1952 §2.2).

    ValueError, whose message goes on after `it`, if it is none, cut short, holds more than `most_bytes`, or more than
    a text can be packed by.
    """
    most = max(MIN_PACKED_BYTES, min(most_bytes, MOST_PACKED * len(packed)))
    try:
        content = _one_member(packed, most + 1) or gzip.GzipFile(fileobj=BytesIO(packed)).read(most + 1)
    except EOFError as error:
        raise ValueError("is cut short: its gzip does not end where it should") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"is no valid gzip ({error})") from error
    if len(content) > most:
        raise ValueError(f"has more than {most:,} bytes once unpacked")
    return content


def _one_member(packed: bytes, most: int) -> bytes | None:
    """Return what the one member of a gzip holds, read five times as fast; None for what may be anything else."""
    unpacker = isal_zlib.decompressobj(GZIP_WINDOW)
    try:
        content = unpacker.decompress(packed, most)
    except isal_zlib.error:  # type: ignore[misc]  # its stub has no type
        return None
    return content if unpacker.eof and not unpacker.unused_data else None


def page_of(answer: Answer, requested_id: str | None, warc_file: str, warc_offset: int) -> Page:
    """Return the answer as a page, with its place in the archive; FetchError as `body_of`."""
    return Page(
        body=body_of(answer),
        url=answer.url,
        requested_id=requested_id,
        status=answer.status,
        headers=MappingProxyType(dict(answer.headers)),
        fetched_at=answer.at,
        warc_file=warc_file,
        warc_offset=warc_offset,
        truncated=answer.truncated,
    )
