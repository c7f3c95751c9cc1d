"""What an answer means for the page that it was asked for, and how the ledger is told.

The same for an answer that came just now, for a capture of a web corpus, and for what stands in the archive when a
ledger is made anew: so it looks at nothing but the answer and the ledger.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from registry.errors import FetchError, Refused, StoreError
from registry.labels import PageKind
from registry.record import Page
from scraper.answer import Answer, page_of
from scraper.ledger import Request
from scraper.pages import Facts, Found, Source, State, Version
from scraper.sightings import Sighting, see
from scraper.site import belongs, read_address
from scraper.store import Got, Holdings

_LOG = logging.getLogger(__name__)
NO_SUCH_PAGE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
ELSEWHERE = re.compile(r"/|/[^/]+/")
"""Paths of home page and listings: where sites lead who asks for what is not there."""
_BY_THE_SITE = frozenset({Source.SITEMAP, Source.SEE_ALSO})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page that came, not yet read; `asked_id` is the id asked for.

    A redirect may have led to another trial's address: then `asked_id` is an alias of `page.requested_id`. `request` is
    the number of the answer in the ledger, `version` that of the answer whose payload it is: another one, and the page
    that one's, if the site said that what we hold is current, or sent the same again.
    """

    page: Page
    asked_id: str
    kind: PageKind
    at: datetime
    request: int
    version: int

    @property
    def trial(self) -> str:
        """The id of the trial whose page it should be."""
        return self.page.requested_id or self.asked_id


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page turned out to say: the hash of its record, whether it is whole, its facts, and its See also."""

    record_sha256: str
    complete: bool
    facts: Facts
    sightings: Sequence[Sighting]


def asking(nct_id: str, kind: PageKind) -> str:
    """Return what archive and ledger say a page was asked for as."""
    return f"{nct_id} {kind}"


def fetched_of(held: Holdings, got: Got, nct_id: str, kind: PageKind) -> Fetched | None:
    """Return the page in an answer, None if the site has no page of a trial there; FetchError for any other answer."""
    answer = got.answer
    led_away = answer.redirected and ELSEWHERE.fullmatch(urlsplit(answer.url).path)
    if answer.status in NO_SUCH_PAGE or (answer.status == HTTPStatus.OK and led_away):
        return None
    if answer.status == HTTPStatus.NOT_MODIFIED and got.same_as is not None:
        if not confirms(answer, held.ledger.request(got.same_as)):
            raise answer.error(f"{answer.url} says that another version is current than the one asked about.")
    elif answer.status != HTTPStatus.OK:
        raise answer.error(f"{answer.url} answered {answer.said}.")
    if got.same_as is None:
        version, page = got.request, page_of(answer, nct_id, *got.place)
    else:
        same = held.ledger.request(got.same_as)
        assert same.place is not None, "an answer that came is archived"
        version, page = same.request, page_of(held.read(same), nct_id, *same.place)
    address = read_address(answer.url) if answer.redirected else None
    page = replace(page, requested_id=address.nct_id) if address else page
    return Fetched(page, nct_id, kind, answer.at, got.request, version)


def confirms(answer: Answer, held: Request) -> bool:
    """Whether a 304 speaks of what we hold: its ETag, if any, is the same but for weakness (RFC 9110 §8.8.3.2)."""
    tag = answer.header("ETag")
    return tag is None or held.etag is None or tag.removeprefix("W/") == held.etag.removeprefix("W/")


def judge_answer(held: Holdings, got: Got, site: str, nct_id: str, kind: PageKind) -> Fetched | None:
    """Return as `fetched_of` what a single answer has, and note that it has no page; that it failed, and raise it."""
    at = got.answer.at
    try:
        fetched = fetched_of(held, got, nct_id, kind)
    except StoreError as error:  # the answer that it repeats is damaged
        held.pages.settle(nct_id, kind, State.FAILED, at, str(error))
        raise
    except FetchError as error:
        state = State.REFUSED if isinstance(error, Refused) else State.FAILED
        held.pages.settle(nct_id, kind, state, at, str(error))
        raise
    if fetched is None:
        held.pages.settle(nct_id, kind, missing_state(held, site, nct_id, kind), at, "there is no such page")
    return fetched


def note_accepted(held: Holdings, fetched: Fetched, reading: Reading, links: Iterable[str]) -> None:
    """Note that a page became a record; `links` are the addresses of other trials that it named."""
    _LOG.info("page", extra={"fields": {"asked_for": asking(fetched.asked_id, fetched.kind), "trial": fetched.trial}})
    trial, kind, at, pages = fetched.trial, fetched.kind, fetched.at, held.pages
    state = State.FETCHED if fetched.version == fetched.request else State.UNCHANGED
    with held.ledger.transaction():
        held.ledger.settle_request(fetched.request, state, None)
        version = Version(fetched.version, reading.record_sha256, reading.complete, reading.facts)
        known = pages.take(trial, kind, state, at, version)
        if trial != fetched.asked_id:
            pages.settle(fetched.asked_id, kind, State.ALIAS, at, f"redirects to {trial}")
        pages.set_alias(fetched.asked_id, kind, trial, at)
        found = Found(Source.SEE_ALSO, at, on=trial, depth=1 + (known.depth or 0 if known else 0))
        pages.add_addresses(links, found)
        see(held.ledger, trial, reading.sightings, at, pages.forgotten)


def note_rejected(held: Holdings, fetched: Fetched, state: State, reason: str) -> None:
    """Note that a page came and may not become a record."""
    _LOG.warning("refused", extra={"fields": {"asked_for": asking(fetched.asked_id, fetched.kind), "why": reason}})
    with held.ledger.transaction():
        held.ledger.settle_request(fetched.request, state, reason)
        held.pages.settle(fetched.asked_id, fetched.kind, state, fetched.at, reason)


def missing_state(held: Holdings, site: str, nct_id: str, kind: PageKind) -> State:
    """Return what it means that no address of a site has a page."""
    known = held.pages.known(nct_id, kind)
    if known and known.url and belongs(known.url, site):
        return State.GONE
    found = held.pages.addresses_of(nct_id)
    by_the_site = any(each.kind is kind and each.found_by in _BY_THE_SITE and belongs(each.url, site) for each in found)
    return State.NOT_FOUND if by_the_site else State.UNRESOLVED
