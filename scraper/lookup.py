"""Looking a trial up in the site's sitemaps, read into the ledger no further than an id needs it, and once a day."""

from collections.abc import Callable, Iterator

from scraper.client import Client
from scraper.discovery import Finder, Sitemaps
from scraper.pages import Source
from scraper.site import belongs
from scraper.store import Store


class Lookup:
    """The sitemaps of one site, as far as they had to be read."""

    def __init__(self, client: Client, store: Store, warn: Callable[[str], None]) -> None:
        self._site = client.site
        self._pages = store.pages
        self._sitemaps = Sitemaps(client, store, Finder(store, client.site), warn)
        self._rest: Iterator[None] = self._sitemaps.read()

    @property
    def has_gaps(self) -> bool:
        """Whether a sitemap could not be read: an id that is not found may be in it."""
        return self._sitemaps.has_gaps

    def find(self, nct_id: str) -> None:
        """Read sitemaps on until one lists the trial, its addresses to the ledger; FetchError if the site is down."""
        if self._is_listed(nct_id):
            return
        try:
            for _ in self._rest:
                if self._is_listed(nct_id):
                    return
        except BaseException:
            self._rest = self._sitemaps.read()  # another id may have better luck
            raise

    def _is_listed(self, nct_id: str) -> bool:
        known = self._pages.addresses_of(nct_id)
        return any(each.found_by is Source.SITEMAP and belongs(each.url, self._site) for each in known)
