"""One page of one trial: from the store, or found on the site, asked for, archived and noted.

An id alone does not give an address. Tried in turn: what answered before or was given, the sitemap, and the templates
under the trial's known slugs, then `other`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from registry.errors import FetchError, NotFound, Refused
from registry.labels import PageKind
from registry.record import Page
from scraper.answer import Answer, body_of, page_of
from scraper.archive import Place
from scraper.client import Client
from scraper.ledger import Source, State
from scraper.site import addresses, read_address
from scraper.sitemap import read_sitemaps, sitemap_addresses
from scraper.store import Store

_SITEMAP_AGE = timedelta(hours=24)  # after which a sitemap is read again
_NO_SUCH_PAGE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_FORBIDDEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS})
_BY_THE_SITE = frozenset({Source.SITEMAP, Source.SEE_ALSO, Source.REDIRECT})


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
        self._sitemaps = self._read_sitemaps()  # read on as far as an id needs it

    def held(self, nct_id: str, kind: PageKind) -> Page | None:
        """Return the newest good version of a page that the store has, of an alias that of its trial; else None."""
        trial = self._ledger.alias_of(nct_id) or nct_id
        place = self._ledger.place_of(trial, kind)
        return page_of(self._store.read(place), trial, *place) if place else None

    def give(self, url: str) -> None:
        """Note an address that the user gave, if it is of this site."""
        if self._is_ours(url):
            with self._ledger.transaction():
                self._ledger.add_addresses([url], Source.GIVEN)

    def fetch(self, nct_id: str, kind: PageKind) -> Fetched:
        """Fetch a page, archive it and return it; `accept` or `reject` it next.

        NotFound if no address answered, Refused if the site forbids it, FetchError if no usable answer came; each is
        noted in the ledger.
        """
        try:
            return self._fetch(nct_id, kind)
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
                self._ledger.add_alias(fetched.asked_id, trial)
            self._ledger.add_addresses(filter(self._is_ours, links), Source.SEE_ALSO)

    def reject(self, fetched: Fetched, state: State, reason: str) -> None:
        """Note that a page came and may not become a record."""
        self._settle(fetched.asked_id, fetched.kind, state, reason)

    # --- one page -----------------------------------------------------------------------------------------------

    def _fetch(self, nct_id: str, kind: PageKind) -> Fetched:
        self._client.check(f"{self._client.site}/")
        tried = 0
        for url in self._candidates(nct_id, kind):
            answer, request, place = self._follow(url)
            tried += 1
            if answer.status in _NO_SUCH_PAGE:
                continue
            if answer.status in _FORBIDDEN:
                raise Refused(f"{answer.url} is forbidden ({answer.status}).", url=answer.url, status=answer.status)
            if answer.status != HTTPStatus.OK:
                raise FetchError(f"{answer.url} answered {answer.status}.", url=answer.url, status=answer.status)
            return Fetched(_page(answer, nct_id, redirected=answer.url != url, place=place), nct_id, kind, request)
        raise NotFound(
            f"{self._client.site} has no {kind} page of {nct_id} ({tried} addresses tried). Check the id; if you know "
            "the page's address, give that instead."
        )

    def _follow(self, url: str) -> tuple[Answer, int, Place]:
        """Return the last answer behind an address; it and each redirect before it are archived and noted."""
        for answer in self._client.follow(url):
            request, place = self._store.keep(answer)
        return answer, request, place

    def _candidates(self, nct_id: str, kind: PageKind) -> Iterator[str]:
        """Yield the addresses to try, each once, no further than the caller needs them."""
        tried: set[str] = set()
        for url in self._in_turn(nct_id, kind):
            if url not in tried and self._is_ours(url):
                tried.add(url)
                yield url

    def _in_turn(self, nct_id: str, kind: PageKind) -> Iterator[str]:
        if answered := self._ledger.url_of(nct_id, kind):
            yield answered
        known = self._ledger.addresses_of(nct_id)
        yield from (address.url for address in known if address.kind is kind)
        if not any(address.found_by is Source.SITEMAP for address in known):
            self._look_up(nct_id)
            known = self._ledger.addresses_of(nct_id)
        yield from (address.url for address in known if address.kind is kind)
        slugs = [found.slug for address in known if (found := read_address(address.url))]
        yield from addresses(self._client.site, self._templates[kind], nct_id, slugs)

    def _missing(self, nct_id: str, kind: PageKind) -> State:
        """Return what it means that no address answered."""
        if self._ledger.place_of(nct_id, kind):
            return State.GONE
        by_the_site = any(
            address.kind is kind and address.found_by in _BY_THE_SITE for address in self._ledger.addresses_of(nct_id)
        )
        return State.NOT_FOUND if by_the_site else State.UNRESOLVED

    def _settle(self, nct_id: str, kind: PageKind, state: State, reason: str) -> None:
        with self._ledger.transaction():
            self._ledger.settle(nct_id, kind, state, reason)

    def _is_ours(self, url: str) -> bool:
        return url.startswith(f"{self._client.site}/")

    # --- sitemaps -----------------------------------------------------------------------------------------------

    def _look_up(self, nct_id: str) -> None:
        """Read sitemaps on until one lists the trial."""
        for _ in self._sitemaps:
            if any(address.found_by is Source.SITEMAP for address in self._ledger.addresses_of(nct_id)):
                return

    def _read_sitemaps(self) -> Iterator[None]:
        """Read one sitemap after the other into the ledger, those that were read lately left out."""
        root = f"{self._client.site}/sitemap.xml"
        if self._is_fresh(root):
            return
        robots = self._body(f"{self._client.site}/robots.txt")
        roots = sitemap_addresses(robots.decode("utf-8", "replace")) if robots else []
        roots = list(filter(self._is_ours, roots)) or [root]
        for sitemap in read_sitemaps(roots, self._body, skip=self._is_fresh, warn=self._warn):
            with self._ledger.transaction():
                self._ledger.add_addresses(filter(self._is_ours, sitemap.pages), Source.SITEMAP)
                if sitemap.pages:
                    self._ledger.note_sitemap(sitemap.url)
            yield
        with self._ledger.transaction():
            self._ledger.note_sitemap(root)

    def _is_fresh(self, url: str) -> bool:
        read_at = self._ledger.sitemap_read_at(url)
        return read_at is not None and datetime.now(UTC) - read_at < _SITEMAP_AGE

    def _body(self, url: str) -> bytes | None:
        """Return the body at an address, or None if the site has none there; FetchError if no answer came at all."""
        try:
            answer, _, _ = self._follow(url)
            return body_of(answer) if answer.status == HTTPStatus.OK else None
        except FetchError as error:
            if error.status is None and not isinstance(error, Refused):
                raise
            self._warn(f"Left out: {error}")
            return None


def _page(answer: Answer, nct_id: str, *, redirected: bool, place: Place) -> Page:
    """Return the page, as the one of the trial that a redirect led to, if it led to one."""
    page = page_of(answer, nct_id, *place)
    address = read_address(answer.url) if redirected else None
    return replace(page, requested_id=address.nct_id) if address else page
