"""WARC files as others write them, made by warcio: Common Crawl, wget, Browsertrix."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

AT = "2026-01-05T03:04:05Z"
HTML = (("Content-Type", "text/html; charset=utf-8"),)


class Warc:
    """A file of records; `starts` are their offsets."""

    def __init__(self, *, gzip: bool = True, version: str = "1.0") -> None:
        self._out = BytesIO()
        self._writer = WARCWriter(self._out, gzip=gzip, warc_version=version)
        self.starts: list[int] = []
        self._write(self._writer.create_warcinfo_record("a.warc.gz", {"software": "someone's crawler"}))

    @property
    def content(self) -> bytes:
        return self._out.getvalue()

    def _write(self, record: object) -> None:
        self.starts.append(self._out.tell())
        self._writer.write_record(record)

    def answer(
        self,
        url: str,
        body: bytes,
        *,
        headers: Sequence[tuple[str, str]] = HTML,
        status: str = "200 OK",
        about: Mapping[str, str] | None = None,
        kind: str = "response",
    ) -> "Warc":
        lines = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        said = {"WARC-Date": AT, **(about or {})}
        self._write(
            self._writer.create_warc_record(
                url, kind, BytesIO(body), length=len(body), http_headers=lines, warc_headers_dict=said
            )
        )
        return self

    def record(
        self, url: str, kind: str, body: bytes, content_type: str, about: Mapping[str, str] | None = None
    ) -> "Warc":
        """Add a record without HTTP headers."""
        said = {"WARC-Date": AT, **(about or {})}
        self._write(
            self._writer.create_warc_record(
                url,
                kind,
                BytesIO(body),
                length=len(body),
                warc_content_type=content_type,
                warc_headers_dict=said,
            )
        )
        return self


def in_chunks(body: bytes, size: int = 1000) -> bytes:
    """Return a body in the chunked transfer coding."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def digest(body: bytes, kind: str = "sha1", form: str = "base32") -> str:
    """Return a labelled digest."""
    made = hashlib.new(kind, body).digest()
    return f"{kind}:{base64.b32encode(made).decode() if form == 'base32' else made.hex()}"
