"""Looking a trial up in the site's sitemaps, read into the ledger no further than an id needs it, and once a day."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from http import HTTPStatus

from registry.errors import FetchError
from scraper.answer import body_of
from scraper.client import Client
from scraper.ledger import now
from scraper.pages import Source
from scraper.site import belongs
from scraper.sitemap import MAX_BYTES, Sitemap, SitemapError, read_sitemap, walk
from scraper.store import Store

_SITEMAP_AGE = timedelta(hours=24)  # after which a sitemap is read again
_SILENT_SITEMAPS = 2  # in a row without any answer, and the rest is not asked for
SITEMAP = "sitemap"
"""What archive and ledger say that a sitemap was asked for as."""
_NONE_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class Lookup:
    """The sitemaps of one site. `has_gaps` is true once one could not be read: an id that is not found may be in it."""

    def __init__(self, client: Client, store: Store, warn: Callable[[str], None]) -> None:
        self._client = client
        self._store = store
        self._pages = store.pages
        self._warn = warn
        self._guess = f"{client.site}/sitemap.xml"
        self._rest: Iterator[None] = self._read_all()
        self.has_gaps = False
        self._silent = 0  # sitemaps in a row for which no answer came
        self._said_others = False

    def find(self, nct_id: str) -> None:
        """Read sitemaps on until one lists the trial, its addresses to the ledger; FetchError if the site is down."""
        if self._is_listed(nct_id):
            return
        try:
            for _ in self._rest:
                if self._is_listed(nct_id):
                    return
        except BaseException:
            self._rest = self._read_all()  # another id may have better luck
            raise

    def _is_listed(self, nct_id: str) -> bool:
        known = self._pages.addresses_of(nct_id)
        return any(each.found_by is Source.SITEMAP and belongs(each.url, self._client.site) for each in known)

    def _read_all(self) -> Iterator[None]:
        """Read one sitemap after the other; only if none was missed the site counts as read."""
        if self._is_fresh(self._client.site):
            return
        named = self._ours(self._client.robots.sitemaps)
        for read in walk(named or [self._guess], self._read, self._warn):
            self.has_gaps |= not read
            yield
            if self._silent == _SILENT_SITEMAPS:
                self._warn(f"{self._client.site} does not answer; the rest of its sitemaps was left out.")
                return
        if not self.has_gaps:
            self._note(self._client.site)

    def _read(self, url: str) -> Sitemap | None:
        """Return a sitemap, with nothing in it if it was read lately; None if it cannot be read.

        Only one whose address was guessed may be missing: what the site names is there, or something is wrong.
        """
        if not self._ours([url]) or self._is_fresh(url):
            return Sitemap()
        try:
            body = self._body(url)
            if body is None and url != self._guess:
                raise SitemapError("it is not there")
            found = Sitemap() if body is None else read_sitemap(body)
        except (SitemapError, FetchError) as error:
            if isinstance(error, FetchError) and error.closed:  # then nothing else may be asked for either
                raise
            self._silent += isinstance(error, FetchError) and error.status is None
            self._warn(f"The sitemap {url!r} was left out: {str(error).rstrip('.')}.")
            return None
        with self._store.ledger.transaction():
            self._pages.add_addresses(self._ours(found.pages), Source.SITEMAP, now())
        if found.pages:
            self._note(url)
        return found

    def _body(self, url: str) -> bytes | None:
        """Return the body at an address, None if the site has none there; FetchError for any other answer."""
        answer = self._client.follow(url, SITEMAP, MAX_BYTES).answer
        self._silent = 0
        if answer.status in _NONE_THERE:
            return None
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise answer.error(f"it answered {answer.said}")
        return body_of(answer)

    def _ours(self, urls: Iterable[str]) -> list[str]:
        """Return the addresses of this site; that others were listed is said once."""
        listed = list(urls)
        ours = [url for url in listed if belongs(url, self._client.site)]
        if len(ours) < len(listed) and not self._said_others:
            self._said_others = True
            other = next(url for url in listed if not belongs(url, self._client.site))
            self._warn(f"Sitemaps list addresses that lead away from {self._client.site}, such as {other!r}: left out.")
        return ours

    def _is_fresh(self, url: str) -> bool:
        read_at = self._pages.sitemap_read_at(url)
        return read_at is not None and now() - read_at < _SITEMAP_AGE

    def _note(self, url: str) -> None:
        self._pages.note_sitemap(url, now())
