"""One page of one trial: from the store, or found on the site, asked for, archived and noted.

An id alone does not give an address. Tried in turn: what answered before, what was given or seen, the sitemap, and the
templates under the trial's known slugs, then `other`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import urlsplit

from registry.errors import FetchError, NotFound, Refused, StoreError
from registry.labels import PageKind
from registry.record import Page
from scraper.answer import Answer, page_of
from scraper.archive import Place
from scraper.client import Client
from scraper.ledger import KnownAddress, Source, State
from scraper.lookup import Lookup
from scraper.site import addresses, belongs, read_address
from scraper.store import Store

_NO_SUCH_PAGE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_SILENT_ADDRESSES = 2  # without any answer, and the site is taken to be down
_MOST_ADDRESSES = 25  # tried of one page: its conditions and keywords, in a few spellings
_ELSEWHERE = re.compile(r"/|/[^/]+/")  # home page and listings: where sites lead who asks for what is not there
_BY_THE_SITE = frozenset({Source.SITEMAP, Source.SEE_ALSO})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page that came, not yet read; `request` is its number in the ledger, `asked_id` the id asked for.

    A redirect may have led to another trial's address: then `asked_id` is an alias of `page.requested_id`.
    """

    page: Page
    asked_id: str
    kind: PageKind
    request: int


class Fetcher:
    """Fetches pages of one site into one store; `warn` is told of what went wrong beside the page asked for."""

    def __init__(
        self, client: Client, store: Store, templates: Mapping[PageKind, str], warn: Callable[[str], None]
    ) -> None:
        self._client = client
        self._store = store
        self._warn = warn
        self._ledger = store.ledger
        self._templates = templates
        self._lookup = Lookup(client, store, warn)

    def held(self, nct_id: str, kind: PageKind) -> Page | None:
        """Return the newest good version of a page that the store has, of an alias that of its trial; else None.

        A version whose archive record is damaged is told to `warn`, and is as good as none.
        """
        trial = self._ledger.alias_of(nct_id, kind) or nct_id
        place = self._ledger.place_of(trial, kind)
        try:
            return page_of(self._store.read(place), trial, *place) if place else None
        except StoreError as error:
            self._warn(f"{nct_id}: {error} The page is asked for again.")
            return None

    def aliases_to(self, nct_id: str) -> list[str]:
        """Return the obsolete ids that are known to lead to a trial."""
        return self._ledger.aliases_to(nct_id)

    def give(self, urls: Iterable[str]) -> None:
        """Note the addresses that the user gave, if they are of this site."""
        with self._ledger.transaction():
            self._ledger.add_addresses((url for url in urls if belongs(url, self._client.site)), Source.GIVEN)

    def answers(self, nct_id: str, kind: PageKind) -> Iterator[Fetched]:
        """Yield what each address has for a page, until the caller has `accept`ed one; `reject` the others.

        If no address had anything: NotFound if all said so, Refused if the site forbids it, else FetchError. Each is
        noted in the ledger.
        """
        try:
            yield from self._answers(nct_id, kind)
        except NotFound as error:
            self._settle(nct_id, kind, self._missing(nct_id, kind), str(error))
            raise
        except FetchError as error:
            self._settle(nct_id, kind, State.REFUSED if isinstance(error, Refused) else State.FAILED, str(error))
            raise

    def accept(self, fetched: Fetched, links: list[str]) -> None:
        """Note that a page became a record, and the addresses that it links to."""
        trial = fetched.page.requested_id or fetched.asked_id
        with self._ledger.transaction():
            self._ledger.settle(trial, fetched.kind, State.FETCHED, version=fetched.request)
            if trial != fetched.asked_id:
                self._ledger.settle(fetched.asked_id, fetched.kind, State.ALIAS, f"redirects to {trial}")
            self._ledger.set_alias(fetched.asked_id, fetched.kind, trial)
            self._ledger.add_addresses((url for url in links if belongs(url, self._client.site)), Source.SEE_ALSO)

    def reject(self, fetched: Fetched, state: State, reason: str) -> None:
        """Note that a page came and may not become a record."""
        self._settle(fetched.asked_id, fetched.kind, state, reason)

    # --- one page -----------------------------------------------------------------------------------------------

    def _answers(self, nct_id: str, kind: PageKind) -> Iterator[Fetched]:
        self._client.check(f"{self._client.site}/")
        tried, came, failure, silent = 0, False, None, 0
        for url in self._candidates(nct_id, kind):
            tried += 1
            try:
                fetched = self._ask(url, nct_id, kind)
            except FetchError as error:
                failure = failure or error
                silent += error.status is None
                if silent == _SILENT_ADDRESSES:
                    raise failure from error
                continue
            if fetched is not None:
                came = True
                yield fetched
        if failure or not came:
            raise failure or self._not_found(nct_id, kind, tried)

    def _ask(self, url: str, nct_id: str, kind: PageKind) -> Fetched | None:
        """Return what an address has, None if it has no page of a trial; FetchError for any other answer."""
        answer, request, place = self._store.follow(self._client, url)
        led_away = answer.redirected and _ELSEWHERE.fullmatch(urlsplit(answer.url).path)
        if answer.status in _NO_SUCH_PAGE or (answer.status == HTTPStatus.OK and led_away):
            return None
        if answer.status != HTTPStatus.OK:
            raise answer.error(f"{answer.url} answered {answer.said}.")
        return Fetched(_page(answer, nct_id, place), nct_id, kind, request)

    def _not_found(self, nct_id: str, kind: PageKind, tried: int) -> FetchError:
        where = f"{self._client.site} has no {kind} page of {nct_id} ({tried} address{'es' * (tried > 1)} tried)"
        if self._lookup.has_gaps:
            message = f"{where}, but its sitemap could not be read whole. Try again later."
            return FetchError(message, status=HTTPStatus.NOT_FOUND, attempts=tried)
        return NotFound(f"{where}. Check the id; if you know the page's address, give that instead.")

    def _candidates(self, nct_id: str, kind: PageKind) -> Iterator[str]:
        """Yield the addresses to try, each once, no further than the caller needs them."""
        tried: set[str] = set()
        for url in self._in_turn(nct_id, kind):
            if len(tried) == _MOST_ADDRESSES:
                return
            if url not in tried and belongs(url, self._client.site):
                tried.add(url)
                yield url

    def _in_turn(self, nct_id: str, kind: PageKind) -> Iterator[str]:
        """Yield addresses; those known before the sitemap is read come first, so that it may not be needed."""
        if answered := self._ledger.url_of(nct_id, kind):
            yield answered
        yield from self._known(nct_id, kind)
        self._lookup.find(nct_id)
        yield from self._known(nct_id, kind)
        slugs = [found.slug for each in self._ledger.addresses_of(nct_id) if (found := read_address(each.url))]
        yield from addresses(self._client.site, self._templates[kind], nct_id, slugs)

    def _known(self, nct_id: str, kind: PageKind) -> list[str]:
        return [address.url for address in self._of_the_site(nct_id) if address.kind is kind]

    def _of_the_site(self, nct_id: str) -> list[KnownAddress]:
        """Return the addresses known of a trial: a store may hold those of other sites too."""
        return [each for each in self._ledger.addresses_of(nct_id) if belongs(each.url, self._client.site)]

    def _missing(self, nct_id: str, kind: PageKind) -> State:
        """Return what it means that no address answered."""
        answered = self._ledger.url_of(nct_id, kind)
        if answered and belongs(answered, self._client.site):
            return State.GONE
        by_the_site = any(each.kind is kind and each.found_by in _BY_THE_SITE for each in self._of_the_site(nct_id))
        return State.NOT_FOUND if by_the_site else State.UNRESOLVED

    def _settle(self, nct_id: str, kind: PageKind, state: State, reason: str) -> None:
        with self._ledger.transaction():
            self._ledger.settle(nct_id, kind, state, reason)


def _page(answer: Answer, nct_id: str, place: Place) -> Page:
    """Return the page, as the one of the trial that a redirect led to, if it led to one."""
    page = page_of(answer, nct_id, *place)
    address = read_address(answer.url) if answer.redirected else None
    return replace(page, requested_id=address.nct_id) if address else page
