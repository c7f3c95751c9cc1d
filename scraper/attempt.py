"""One attempt: what is sent to a site, and what came back as an `Answer`, whole or not."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

import requests

from registry import VERSION
from scraper.answer import Answer
from scraper.robots import AGENT
from scraper.wire import Body, Wire, WireError

_MAX_ERROR_BYTES = 65_536  # of an answer that is no page


def identity(contact: str | None) -> dict[str, str]:
    """Return the headers that say who asks, and what is taken: sent with every request, and nothing else is."""
    name = f"{AGENT}/{VERSION}" + (f" (+{contact})" if contact else "")
    return {"User-Agent": name, "Accept": "text/html, */*;q=0.5", "Accept-Encoding": "gzip"}


def attempt(wire: Wire, url: str, headers: Mapping[str, str], most_bytes: int) -> tuple[Answer, str | None]:
    """Ask once; return what came and, if it broke off, how. WireError if nothing came.

    No session of requests: nothing is taken from proxies, .netrc and cookies, and no redirect is read without a bound.
    `most_bytes` is the longest body of a page; of anything else only its beginning is taken.
    """
    at, start = datetime.now(UTC).replace(microsecond=0), time.monotonic()
    request = requests.PreparedRequest()
    request.prepare_method("GET")
    request.prepare_url(url, None)
    request.prepare_headers(headers)
    response = wire.send(request)
    body = cast(Body, response.raw)
    content, truncated, why = _read(body, most_bytes if response.status_code == HTTPStatus.OK else _MAX_ERROR_BYTES)
    answer = Answer(
        url=url,
        status=response.status_code,
        reason=response.reason,
        headers=body.headers,
        body=content,
        request_headers=_asked(request),
        at=at,
        protocol=body.protocol,
        truncated=truncated,
        ip=body.ip,
        seconds=time.monotonic() - start,
    )
    return answer, why


def _read(body: Body, most_bytes: int) -> tuple[bytes, str | None, str | None]:
    """Return what came of a body and, if it is not whole, why not, as WARC 1.1 §5.13 says it; if it broke off, how."""
    pieces = bytearray()
    try:
        for piece in body:
            pieces += piece
            if len(pieces) > most_bytes:
                body.close()
                return bytes(pieces[:most_bytes]), "length", None
    except WireError as error:
        return bytes(pieces), error.truncated, str(error)
    return bytes(pieces), None, None


def _asked(request: requests.PreparedRequest) -> tuple[tuple[str, str], ...]:
    host = urlsplit(request.url or "").netloc
    return (("Host", host), *((name, str(value)) for name, value in request.headers.items()))
