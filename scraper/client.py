"""One client for every request: who asks, of whom, how often again, and how much is read.

Until robots.txt and a pace are kept here, only loopback is asked: see `Client`. The body is kept as it came over the
wire; `scraper/answer.py` removes the content coding. Redirects are not followed here but by `follow`, hop by hop, so
that each hop is checked and archived.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urldefrag, urlsplit

import requests
from requests.exceptions import RequestException
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)
from urllib3.exceptions import HTTPError

from registry import VERSION
from registry.errors import FetchError, Refused
from scraper.answer import Answer, Headers
from scraper.site import belongs
from scraper.wire import Watch

_CONNECT_SECONDS = 10
_READ_SECONDS = 20  # between two pieces of an answer
_REQUEST_SECONDS = 60  # from the request to the end of its answer, by our own clock
_ATTEMPTS = 3
_LONGEST_WAIT_SECONDS = 4
_MOST_REDIRECTS = 5
_PIECE_BYTES = 65_536
MAX_WIRE_BYTES = 8 * 2**20  # a details page has some 10 KB on the wire
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class _AgainError(FetchError):
    """No whole answer came; asking once more may help."""


class _Session(requests.Session):
    """A session that leaves redirects alone: requests would read their bodies without a bound."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        del resp


class Client:
    """Asks one site. Holds one connection; close it, or use it in a `with` statement."""

    def __init__(self, site: str, contact: str | None = None) -> None:
        self.site = site
        self._watch = Watch()
        self._session = _Session()
        self._session.mount("http://", self._watch.adapter())
        self._session.mount("https://", self._watch.adapter())
        self._session.trust_env = False  # no proxy, no .netrc
        identity = f"trials/{VERSION}" + (f" (+{contact})" if contact else "")
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": identity, "Accept": "text/html, */*;q=0.5"})
        self._session.headers.update({"Accept-Encoding": "gzip", "Connection": "keep-alive"})

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def follow(self, url: str, most_bytes: int = MAX_WIRE_BYTES) -> Iterator[Answer]:
        """Yield the answer of an address and of each address it redirects to; the last is no redirect.

        `most_bytes` is the longest body that is taken, as it comes over the wire.

        FetchError if no usable answer came, Refused if a hop leads away from the site.
        """
        for hop in range(_MOST_REDIRECTS + 1):
            answer = replace(self.get(url, most_bytes), redirected=hop > 0)
            yield answer
            if answer.redirect is None:
                return
            url = answer.redirect
            if not belongs(url, self.site):
                raise Refused(f"{answer.url} leads away from {self.site} to {url!r}.", url=url, status=answer.status)
        raise FetchError(f"More than {_MOST_REDIRECTS} redirects, the last to {url!r}.", url=url, status=answer.status)

    def get(self, url: str, most_bytes: int = MAX_WIRE_BYTES) -> Answer:
        """Return the answer of one address, whatever its status; FetchError if no whole one came.

        An answer that says that the site is in trouble counts only if it came to the last attempt.
        """
        self.check(url)
        url = _as_sent(url)
        self.check(url)
        tries = Retrying(
            retry=retry_if_exception_type(_AgainError) | retry_if_result(_says_later),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT_SECONDS),
            retry_error_callback=_last,
        )
        try:
            return tries(self._once, url, most_bytes)
        except _AgainError as error:
            raise FetchError(str(error), url=url, attempts=_ATTEMPTS) from error

    def check(self, url: str) -> None:
        """Raise Refused for an address that is not of the site, or not on this machine."""
        if not belongs(url, self.site):
            raise Refused(f"{url!r} leads away from {self.site}; only the site itself is asked.", url=url)
        if not is_loopback(urlsplit(url).hostname or ""):
            raise Refused(
                f"{self.site} is not on this machine. This version does not keep to robots.txt and a pace yet, so it "
                "asks loopback addresses only: start `trials practice`, and fetch with the --site that it names.",
                url=url,
            )

    def _once(self, url: str, most_bytes: int) -> Answer:
        at = datetime.now(UTC).replace(microsecond=0)
        try:
            with (
                self._watch.limit(_REQUEST_SECONDS),
                self._session.get(
                    url, stream=True, allow_redirects=False, timeout=(_CONNECT_SECONDS, _READ_SECONDS)
                ) as response,
            ):
                if response.status_code < HTTPStatus.OK:  # what follows on this connection is not of this request
                    raise _AgainError(f"{url} gave no final answer ({response.status_code}).", url=url)
                body = _read(response, url, most_bytes)
                if self._watch.is_over:  # a body without a length ends where the connection does
                    raise TimeoutError
        except (RequestException, HTTPError, OSError) as error:
            why = f"more than {_REQUEST_SECONDS} seconds" if self._watch.is_over else _why(error)
            raise _AgainError(f"{self.site} does not answer ({why}).", url=url) from error
        return Answer(
            url, response.status_code, response.reason, _headers(response), body, _asked(response.request), at
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: a loopback address or `localhost`; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _as_sent(url: str) -> str:
    """Return an address in the form that is sent, archived and noted: no fragment, every character allowed."""
    try:
        return str(requests.Request("GET", urldefrag(url).url).prepare().url)
    except (RequestException, ValueError) as error:
        raise FetchError(f"{url!r} is no address ({error}).", url=url) from error


def _says_later(answer: Answer) -> bool:
    return answer.status in _TRY_AGAIN


def _last(state: RetryCallState) -> Answer:
    """Return what the last attempt gave, or raise its error."""
    assert state.outcome is not None
    answer: Answer = state.outcome.result()
    return answer


def _read(response: requests.Response, url: str, most_bytes: int) -> bytes:
    pieces = bytearray()
    while piece := response.raw.read1(_PIECE_BYTES, decode_content=False):
        pieces += piece
        if len(pieces) > most_bytes:
            raise FetchError(f"{url} sent more than {most_bytes:,} bytes.", url=url, status=response.status_code)
    return bytes(pieces)


def _headers(response: requests.Response) -> Headers:
    return tuple((name, value) for name, value in response.raw.headers.items())


def _asked(request: requests.PreparedRequest) -> Headers:
    host = urlsplit(request.url or "").netloc
    return (("Host", host), *((name, str(value)) for name, value in request.headers.items()))


def _why(error: BaseException) -> str:
    """Return the innermost reason in a few words: the libraries wrap it several times."""
    while (inner := getattr(error, "reason", None) or error.__cause__ or error.__context__) and isinstance(
        inner, BaseException
    ):
        error = inner
    return getattr(error, "strerror", None) or type(error).__name__
