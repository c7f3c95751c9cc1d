"""One page of one trial: from the store, or found on the site, asked for, archived and noted.

An id alone does not give an address. Tried in turn: what answered before, what was given or seen, the sitemap, and the
templates under the trial's known slugs, then `other`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus

from registry.errors import Deferred, FetchError, NotFound, Refused, StoreError
from registry.labels import PageKind
from registry.record import Page
from scraper.answer import page_of
from scraper.client import Client
from scraper.judge import Fetched, asking, confirms, fetched_of, missing_state
from scraper.ledger import Request, now
from scraper.lookup import Lookup
from scraper.pages import Found, KnownAddress, KnownPage, Source, State
from scraper.site import addresses, belongs, read_address
from scraper.store import Store

_WHOLE_AGE = timedelta(days=30)  # after which a page is asked for whatever the site says of what we hold
_SILENT_ADDRESSES = 2  # without any answer, and the site is taken to be down
_MOST_ADDRESSES = 25  # tried of one page: its conditions and keywords, in a few spellings


class Fetcher:
    """Fetches pages of one site into one store; `warn` is told of what went wrong beside the page asked for."""

    def __init__(
        self, client: Client, store: Store, templates: Mapping[PageKind, str], warn: Callable[[str], None]
    ) -> None:
        self._client = client
        self._store = store
        self._warn = warn
        self._pages = store.pages
        self._templates = templates
        self._lookup = Lookup(client, store, warn)

    def held(self, nct_id: str, kind: PageKind) -> Page | None:
        """Return the newest good version of a page that the store has, of an alias that of its trial; else None.

        A version whose archive record is damaged is told to `warn`, and is as good as none.
        """
        trial = self._pages.alias_of(nct_id, kind) or nct_id
        version = self._pages.version_of(trial, kind)
        try:
            return (
                page_of(self._store.holdings.read(version), trial, *version.place)
                if version and version.place
                else None
            )
        except StoreError as error:
            self._warn(f"{nct_id}: {error} The page is asked for again.")
            return None

    def aliases_to(self, nct_id: str) -> list[str]:
        """Return the obsolete ids that are known to lead to a trial."""
        return self._pages.aliases_to(nct_id)

    def give(self, urls: Iterable[str]) -> None:
        """Note the addresses that the user gave, if they are of this site."""
        with self._store.ledger.transaction():
            self._pages.add_addresses(self._ours(urls), Found(Source.GIVEN, now(), depth=0))

    def answers(self, nct_id: str, kind: PageKind) -> Iterator[Fetched]:
        """Yield what each address has for a page, until the caller has found a good one, and noted what became of each.

        If no address had anything: NotFound if all said so, Refused if the site or a rule of ours forbids it, Deferred
        if the site wants to be asked later, else FetchError. Each is noted in the ledger.
        """
        try:
            yield from self._answers(nct_id, kind)
        except NotFound as error:
            self._settle(nct_id, kind, missing_state(self._store.holdings, self._client.site, nct_id, kind), str(error))
            raise
        except Deferred as error:
            with self._store.ledger.transaction():
                self._pages.defer(nct_id, kind, now(), error.until, str(error))
            raise
        except FetchError as error:
            self._settle(nct_id, kind, State.REFUSED if isinstance(error, Refused) else State.FAILED, str(error))
            raise

    # --- one page -----------------------------------------------------------------------------------------------

    def _answers(self, nct_id: str, kind: PageKind) -> Iterator[Fetched]:
        tried, came, failure, silent = 0, False, None, 0
        known = self._pages.known(nct_id, kind)
        for url in self._candidates(nct_id, kind, known):
            tried += 1
            try:
                fetched = self._ask(url, nct_id, kind, known)
            except Deferred:
                raise
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

    def _ask(self, url: str, nct_id: str, kind: PageKind, known: KnownPage | None) -> Fetched | None:
        """Return what an address has, None if it has no page of a trial; FetchError for any other answer."""
        held = self._held(url, known)
        got = self._client.follow(url, asking(nct_id, kind), held=held)
        if held and got.answer.status == HTTPStatus.NOT_MODIFIED and not confirms(got.answer, held):
            got = self._client.follow(url, asking(nct_id, kind))
        return fetched_of(self._store.holdings, got, nct_id, kind)

    def _held(self, url: str, known: KnownPage | None) -> Request | None:
        """Return the version of which an address may be asked whether it is current, or None to ask for the page.

        It is asked for the page every 30 days, and whenever the version's record is damaged or may be cut.
        """
        if known is None or known.version is None or not known.complete:
            return None
        version = self._store.ledger.request(known.version)
        whole = self._store.ledger.last_whole(url)
        if version.url != url or whole is None or now() - whole > _WHOLE_AGE or version.place is None:
            return None
        try:
            self._store.holdings.read(version)
        except StoreError:
            return None
        return version if version.etag or version.last_modified else None

    def _not_found(self, nct_id: str, kind: PageKind, tried: int) -> FetchError:
        where = f"{self._client.site} has no {kind} page of {nct_id} ({tried} address{'es' * (tried > 1)} tried)"
        if self._lookup.has_gaps:
            message = f"{where}, but its sitemap could not be read whole. Try again later."
            return FetchError(message, status=HTTPStatus.NOT_FOUND, attempts=tried)
        return NotFound(f"{where}. Check the id; if you know the page's address, give that instead.")

    def _candidates(self, nct_id: str, kind: PageKind, known: KnownPage | None) -> Iterator[str]:
        """Yield the addresses to try, each once, no further than the caller needs them."""
        tried: set[str] = set()
        for url in self._in_turn(nct_id, kind, known):
            if len(tried) == _MOST_ADDRESSES:
                return
            if url not in tried and belongs(url, self._client.site):
                tried.add(url)
                yield url

    def _in_turn(self, nct_id: str, kind: PageKind, known: KnownPage | None) -> Iterator[str]:
        """Yield addresses; those known before the sitemap is read come first, so that it may not be needed."""
        if known and known.url:
            yield known.url
        yield from self._known(nct_id, kind)
        self._lookup.find(nct_id)
        yield from self._known(nct_id, kind)
        slugs = [found.slug for each in self._pages.addresses_of(nct_id) if (found := read_address(each.url))]
        yield from addresses(self._client.site, self._templates[kind], nct_id, slugs)

    def _known(self, nct_id: str, kind: PageKind) -> list[str]:
        return [address.url for address in self._of_the_site(nct_id) if address.kind is kind]

    def _of_the_site(self, nct_id: str) -> list[KnownAddress]:
        """Return the addresses known of a trial: a store may hold those of other sites too."""
        return [each for each in self._pages.addresses_of(nct_id) if belongs(each.url, self._client.site)]

    def _ours(self, urls: Iterable[str]) -> Iterator[str]:
        return (url for url in urls if belongs(url, self._client.site))

    def _settle(self, nct_id: str, kind: PageKind, state: State, reason: str) -> None:
        with self._store.ledger.transaction():
            self._pages.settle(nct_id, kind, state, now(), reason)
