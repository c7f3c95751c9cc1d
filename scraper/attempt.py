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


class Session(requests.Session):
    """A session that leaves redirects alone: requests would read their bodies without a bound."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: the client follows redirects itself."""
        del resp


def new_session(wire: Wire, contact: str | None) -> Session:
    """Return a session that says who asks and takes nothing from its surroundings: no proxy, no .netrc, no cookie."""
    session = Session()
    session.mount("http://", wire)
    session.mount("https://", wire)
    session.trust_env = False
    identity = f"{AGENT}/{VERSION}" + (f" (+{contact})" if contact else "")
    session.headers.clear()
    session.headers.update({"User-Agent": identity, "Accept": "text/html, */*;q=0.5", "Accept-Encoding": "gzip"})
    return session


def attempt(session: Session, url: str, most_bytes: int, conditions: Mapping[str, str]) -> tuple[Answer, str | None]:
    """Ask once; return what came and, if it broke off, how. WireError if nothing came.

    `most_bytes` is the longest body of a page; of anything else only its beginning is taken.
    """
    at, start = datetime.now(UTC).replace(microsecond=0), time.monotonic()
    response = session.get(url, headers=dict(conditions), stream=True, allow_redirects=False)
    body = cast(Body, response.raw)
    content, truncated, why = _read(body, most_bytes if response.status_code == HTTPStatus.OK else _MAX_ERROR_BYTES)
    answer = Answer(
        url=url,
        status=response.status_code,
        reason=response.reason,
        headers=body.headers,
        body=content,
        request_headers=_asked(response.request),
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
