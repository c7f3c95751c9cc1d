"""One polite client for every request: who asks, whether it may be asked, when, how often again, and how much is read.

The order of its layers: the site's host and scheme are checked, then its robots.txt, then the wait for our turn (one
request in flight a host, its pace, Retry-After), then the request; each answer is archived before anything looks at
it. Redirects are followed here, hop by hop, each hop through all layers. What may be repeated is repeated by tenacity.
"""

import logging
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urldefrag, urlsplit

import requests
from requests.exceptions import RequestException
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt

from registry.errors import Deferred, FetchError, Refused, StoreError
from scraper.answer import Answer, body_of
from scraper.attempt import attempt, identity
from scraper.budget import Meter
from scraper.ledger import Request
from scraper.manners import OF_NOBODY, Manners, check_site
from scraper.pace import Gate, gate_folder
from scraper.pause import LONGEST_WAIT, Pause
from scraper.robots import AGENT, Robots, read_robots
from scraper.site import belongs, trial_of
from scraper.store import Got, Store
from scraper.wire import Wire, WireError

_LOG = logging.getLogger(__name__)
MAX_WIRE_BYTES = 8 * 2**20  # a details page has some 10 KB on the wire
_MAX_ROBOTS_BYTES = 2**20  # RFC 9309 §2.5 asks for 500 KiB; what comes after is not read
_ATTEMPTS = 5
_LONGEST_BACKOFF_SECONDS = 60
_LOOPBACK_BACKOFF_SECONDS = 0.02
_MOST_REDIRECTS = 5
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_ROBOTS_AGE = timedelta(hours=24)  # RFC 9309 §2.4
_CLOSED_AGE = timedelta(minutes=10)  # after which a robots.txt that could not be read is asked for again
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")  # RFC 9110 §5.5; a capture may hold others
ROBOTS = "robots.txt"
"""What archive and ledger say that it was asked for as."""


class _AgainError(FetchError):
    """No whole answer came; asking once more may help."""


class Client:
    """Asks one site and keeps every answer. Holds one connection; close it, or use it in a `with` statement.

    `say` is told what a person waits for.
    """

    def __init__(
        self,
        store: Store,
        site: str,
        manners: Manners = OF_NOBODY,
        say: Callable[[str], None] = lambda _: None,
        wire: Wire | None = None,
        meter: Meter | None = None,
    ) -> None:
        """`meter` counts what is taken and says when it is enough: then BudgetSpent is raised, and nothing sent."""
        self.site = site
        self.meter = meter or Meter()
        self._manners = manners
        self._store = store
        self._delay = manners.delay_of(site)
        self._pause = Pause(store.ledger, site, say)
        self._wire = wire or Wire()
        self._identity = identity(manners.contact)
        self._gate = Gate(urlsplit(site).netloc, gate_folder())
        self._robots: tuple[Robots, float] | None = None  # with the time until which it counts, by the monotonic clock

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    # --- what others ask for ------------------------------------------------------------------------------------

    def follow(self, url: str, asked_for: str, most_bytes: int = MAX_WIRE_BYTES, held: Request | None = None) -> Got:
        """Return the last answer behind an address; each redirect before it is kept too. For the rest see `get`.

        Refused if a hop leads away from the site, FetchError if there are too many.
        """
        via: list[tuple[str, str]] = []
        for _ in range(_MOST_REDIRECTS + 1):
            got = self.get(url, asked_for, most_bytes, held, via)
            got = got._replace(answer=replace(got.answer, redirected=bool(via)))
            target = got.answer.redirect
            if target is None:
                return got
            if not belongs(target, self.site):
                message = f"{got.answer.url} leads away from {self.site} to {target!r}."
                raise Refused(message, url=target, status=got.answer.status)
            url, held, via = target, None, [("via", got.answer.url)]
        raise FetchError(
            f"More than {_MOST_REDIRECTS} redirects, the last to {url!r}.", url=url, status=got.answer.status
        )

    def get(
        self,
        url: str,
        asked_for: str,
        most_bytes: int = MAX_WIRE_BYTES,
        held: Request | None = None,
        about: Sequence[tuple[str, str]] = (),
    ) -> Got:
        """Return the answer of one address, whatever its status; FetchError if no whole one came.

        `asked_for` says in archive and ledger what it was asked for, `most_bytes` is the longest body that is taken,
        as it comes over the wire; `held` is an answer of which is asked whether it is current. Refused if robots.txt
        or a rule of ours forbids it, Deferred if the site wants to be left alone for longer than we wait.
        """
        self.check(url)
        if (sent := _as_sent(url)) != url:
            self.check(sent)
            url = sent
        if asked_for != ROBOTS:
            self._check_robots(url)
        tries = Retrying(
            retry=retry_if_exception_type(_AgainError) | retry_if_result(lambda got: got.answer.status in _TRY_AGAIN),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=self._backoff,
            retry_error_callback=_last,
        )
        try:
            return tries(self._once, url, asked_for, most_bytes, held, about)
        except _AgainError as error:
            raise FetchError(str(error), url=url, attempts=_ATTEMPTS) from error

    def check(self, url: str) -> None:
        """Raise Refused for an address that is not of the site or of a forgotten trial, or a site not to be asked."""
        check_site(self.site, self._manners)
        if not belongs(url, self.site):
            raise Refused(f"{url!r} leads away from {self.site}; only the site itself is asked.", url=url)
        if (nct_id := trial_of(url)) in self._store.forgotten:
            message = f"{nct_id} was forgotten on purpose. `trials forget --undo {nct_id}` lets it be asked for again."
            raise Refused(message, url=url)

    def _backoff(self, state: RetryCallState) -> float:
        """Return the seconds before the next attempt: doubled each time, with jitter; Retry-After is kept besides."""
        longest: float = max(self._delay, _LOOPBACK_BACKOFF_SECONDS) * 2**state.attempt_number
        return random.uniform(0.5, 1) * min(longest, _LONGEST_BACKOFF_SECONDS)  # noqa: S311 - no secret

    # --- robots.txt ---------------------------------------------------------------------------------------------

    @property
    def robots(self) -> Robots:
        """What the site's robots.txt says; it is asked for once a day, across runs."""
        if self._robots is None or time.monotonic() > self._robots[1]:
            robots, age = self._kept_robots() or (self._asked_robots(), timedelta(0))
            longest = _CLOSED_AGE if robots.closed_because else _ROBOTS_AGE
            self._robots = robots, time.monotonic() + (longest - age).total_seconds()
        return self._robots[0]

    def _kept_robots(self) -> tuple[Robots, timedelta] | None:
        """Return what the archive has of robots.txt with its age, if it is of today and let us in."""
        known = self._store.ledger.site(self.site)
        if known.robots is None or known.robots_at is None:
            return None
        age = datetime.now(UTC) - known.robots_at
        if not timedelta(0) <= age < _ROBOTS_AGE:
            return None
        try:
            robots = _read_robots(self._store.holdings.read(self._store.ledger.request(known.robots)))
        except StoreError:  # its record is damaged: it is asked for again
            return None
        return None if robots.closed_because else (robots, age)

    def _asked_robots(self) -> Robots:
        try:
            got = self.follow(f"{self.site}/robots.txt", ROBOTS, _MAX_ROBOTS_BYTES)
        except Deferred:
            raise
        except FetchError as error:
            return Robots.closed(str(error).rstrip("."))
        self._store.ledger.note_robots(self.site, got.request, got.answer.at)
        return _read_robots(got.answer)

    def _check_robots(self, url: str) -> None:
        robots = self.robots
        if robots.closed_because:
            raise Refused(
                f"The robots.txt of {self.site} cannot be read, so nothing is asked for ({robots.closed_because}). "
                "Try again later.",
                url=url,
                closed=True,
            )
        if not robots.allows(url):
            raise Refused(f"The robots.txt of {self.site} forbids {url} to {AGENT}.", url=url)

    # --- our turn -----------------------------------------------------------------------------------------------

    def _turn_delay(self) -> float:
        """Return the seconds between an answer and the next request: ours, or those of robots.txt if they are more."""
        wanted = (self._robots[0].delay_seconds if self._robots else None) or 0.0
        if wanted > LONGEST_WAIT.total_seconds():
            message = f"The robots.txt of {self.site} wants {wanted:,.0f} seconds between requests: it is not asked."
            raise Refused(message, closed=True)
        return max(self._delay, wanted)

    # --- one attempt --------------------------------------------------------------------------------------------

    def _once(
        self, url: str, asked_for: str, most_bytes: int, held: Request | None, about: Sequence[tuple[str, str]]
    ) -> Got:
        """Ask once, in our turn; keep what came, whole or not. _AgainError if it was not whole."""
        self.meter.check()
        self._pause.wait(url, self.meter)
        with self._gate.turn(self._turn_delay()):
            at = datetime.now(UTC).replace(microsecond=0)
            self.meter.ask()
            try:
                answer, why = attempt(self._wire, url, {**self._identity, **_validators(held)}, most_bytes)
            except (WireError, RequestException, ValueError) as error:
                self.meter.answered(None, 0)
                self._store.note_failure(url, at, asked_for, str(error))
                _LOG.warning("no answer", extra={"fields": {"url": url, "asked_for": asked_for, "why": str(error)}})
                raise _AgainError(f"{self.site} does not answer ({error}).", url=url) from error
            self.meter.answered(answer.status, len(answer.body))
            self._pause.heed(answer)
        got = self._keep(answer, asked_for, about, held)
        _log(got, asked_for)
        if answer.truncated == "length" and answer.status == HTTPStatus.OK and asked_for != ROBOTS:
            raise FetchError(f"{url} sent more than {most_bytes:,} bytes.", url=url, status=answer.status)
        if why:
            raise _AgainError(f"{self.site} does not answer to the end ({why}).", url=url)
        return got

    def _keep(self, answer: Answer, asked_for: str, about: Sequence[tuple[str, str]], held: Request | None) -> Got:
        """Archive an answer; FetchError if no record can hold it as it came."""
        try:
            return self._store.keep(answer, asked_for, about, held)
        except ValueError as error:
            self._store.note_failure(answer.url, answer.at, asked_for, str(error))
            message = f"The answer of {answer.url!r} cannot be archived as it came: {error}"
            raise FetchError(message, url=answer.url, status=answer.status) from error


def _log(got: Got, asked_for: str) -> None:
    answer = got.answer
    fields = {
        "url": answer.url,
        "asked_for": asked_for,
        "status": answer.status,
        "bytes": len(answer.body),
        "truncated": answer.truncated,
        "seconds": round(answer.seconds, 3),
        "same_as": got.same_as,
        "warc_file": got.place.warc_file,
        "warc_offset": got.place.warc_offset,
    }
    _LOG.info("answer", extra={"fields": fields})


def _as_sent(url: str) -> str:
    """Return an address in the form that is sent, archived and noted: no fragment, every character allowed."""
    try:
        request = requests.PreparedRequest()
        request.prepare_url(urldefrag(url).url, None)
    except (RequestException, ValueError) as error:
        raise FetchError(f"{url!r} is no address ({error}).", url=url) from error
    return str(request.url)


def _validators(held: Request | None) -> dict[str, str]:
    """Return the headers that ask whether an answer is current (RFC 9110 §13.1)."""
    if held is None:
        return {}
    named = {"If-None-Match": held.etag, "If-Modified-Since": held.last_modified}
    return {name: value for name, value in named.items() if value and _FIELD_VALUE.fullmatch(value)}


def _read_robots(answer: Answer) -> Robots:
    try:
        body = body_of(answer) if answer.status < HTTPStatus.MULTIPLE_CHOICES else b""
    except FetchError as error:
        return Robots.closed(str(error).rstrip("."))
    return read_robots(answer.status, body)


def _last(state: RetryCallState) -> Got:
    """Return what the last attempt gave, or raise its error."""
    assert state.outcome is not None
    got: Got = state.outcome.result()
    return got
