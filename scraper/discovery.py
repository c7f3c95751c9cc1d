"""Discovery: how trials are found, beside those whose ids are given. Nothing here fetches a page of a trial.

    sitemaps    all that the site's robots.txt names, else /sitemap.xml; each once a day
    listings    from a page that is given, by its next links
    See also    noted when a page of a trial is read (`scraper/judge.py`)
    corpora     noted when captures are imported (`trials/corpora.py`)

All feed the ledger: each id remembers how it was found first, and on which page.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple

from registry.errors import FetchError, PageError
from registry.labels import PageKind
from registry.record import Page
from scraper.answer import body_of, page_of
from scraper.client import Client
from scraper.ledger import now
from scraper.pages import Found, Source
from scraper.site import belongs, trial_of
from scraper.sitemap import MAX_BYTES, Sitemap, SitemapError, read_sitemap, walk
from scraper.store import Store, read_given, write_given

SITEMAP = "sitemap"
LISTING = "listing"
"""What archive and ledger say that a sitemap and a listing were asked for as."""
_SITEMAP_AGE = timedelta(hours=20)  # after which a sitemap is read again: every night, also one that begins early
_SILENT_SITEMAPS = 2  # in a row without any answer, and the rest is not asked for
_MOST_LISTINGS = 10_000  # pages of one listing
_NONE_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class Finder:
    """Takes what was found of one site to the ledger, and counts the trials that are new.

    With `keeps=False` it only counts. `new` has the number of new trials by source, `known` that of the others;
    `tell` is called with each new trial.
    """

    def __init__(
        self,
        store: Store,
        site: str,
        *,
        keeps: bool = True,
        tell: Callable[[str, Found], None] = lambda _id, _found: None,
    ) -> None:
        self._pages = store.pages
        self._ledger = store.ledger
        self._folder = store.folder
        self._site = site
        self._tell = tell
        self._seen: set[str] = set()
        self.keeps = keeps
        self.new: Counter[Source] = Counter()
        self.known = 0

    def take_ids(self, nct_ids: Iterable[str], found: Found) -> None:
        """Take trials that were named by their ids; those that were given are kept in a file too."""
        ids = list(nct_ids)
        self._count(ids, found)
        if self.keeps:
            if found.by is Source.GIVEN:
                given = frozenset(ids) - self._pages.forgotten
                write_given(self._folder, read_given(self._folder) | given)
            with self._ledger.transaction():
                self._pages.add_ids(ids, found)

    def take(self, urls: Iterable[str], found: Found, lastmods: Mapping[str, str] | None = None) -> None:
        """Take addresses of trials' pages, of this site; others are passed over."""
        ours = [url for url in urls if belongs(url, self._site) and trial_of(url)]
        self._count(map(str, map(trial_of, ours)), found)
        if self.keeps:
            with self._ledger.transaction():
                self._pages.add_addresses(ours, found)
                self._pages.note_lastmods(lastmods or {})

    def _count(self, nct_ids: Iterable[str], found: Found) -> None:
        for nct_id in dict.fromkeys(nct_ids):
            if nct_id in self._seen or nct_id in self._pages.forgotten:
                continue
            self._seen.add(nct_id)
            if self._pages.known(nct_id, PageKind.DETAILS):
                self.known += 1
            else:
                self.new[found.by] += 1
                self._tell(nct_id, found)


# --- sitemaps -------------------------------------------------------------------------------------------------------


class Sitemaps:
    """The sitemaps of one site. `has_gaps` is true once one could not be read: an id that is not found may be in it."""

    def __init__(self, client: Client, store: Store, finder: Finder, warn: Callable[[str], None]) -> None:
        self._client = client
        self._pages = store.pages
        self._finder = finder
        self._warn = warn
        self._guess = f"{client.site}/sitemap.xml"
        self.has_gaps = False
        self.count = 0  # sitemaps that were read
        self._silent = 0  # sitemaps in a row for which no answer came
        self._said_others = False

    def read(self) -> Iterator[None]:
        """Read one sitemap after the other, if that was not done today; only if none was missed the site counts as so.

        FetchError if the site wants no requests.
        """
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
        self.count += 1
        self._finder.take(self._ours(found.pages), Found(Source.SITEMAP, now(), on=url), found.lastmods)
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
        return read_at is not None and timedelta(0) <= now() - read_at < _SITEMAP_AGE

    def _note(self, url: str) -> None:
        if self._finder.keeps:
            self._pages.note_sitemap(url, now())


# --- listings -------------------------------------------------------------------------------------------------------


class Listed(NamedTuple):
    """What a reader of listings found on one page: addresses of trials' pages, their ids, the address of the next."""

    urls: tuple[str, ...]
    nct_ids: tuple[str, ...]
    next_page: str | None


def walk_listing(
    client: Client, first: str, read: Callable[[Page], Listed], finder: Finder, warn: Callable[[str], None]
) -> Iterator[None]:
    """Read a listing from a page on, by its next links, to the ledger; yield after each page.

    It ends where no page follows, where a page was read already or names nothing that the ones before did not, and
    where one cannot be read, which is told to `warn`. FetchError if the site wants no requests.
    """
    url: str | None = first
    seen: set[str] = set()
    named: set[str] = set()
    while url and url not in seen:
        seen.add(url)
        if len(seen) > _MOST_LISTINGS:
            warn(f"The listing {first!r} has more than {_MOST_LISTINGS:,} pages; the rest was not read.")
            return
        listed = _listed(client, url, read, warn)
        if listed is None or named >= set(listed.nct_ids):
            return
        named |= set(listed.nct_ids)
        found = Found(Source.LISTING, now(), on=url, depth=0)
        finder.take(listed.urls, found)
        finder.take_ids(listed.nct_ids, found)
        yield
        url = listed.next_page if listed.next_page and belongs(listed.next_page, client.site) else None


def _listed(client: Client, url: str, read: Callable[[Page], Listed], warn: Callable[[str], None]) -> Listed | None:
    try:
        got = client.follow(url, LISTING)
        if got.answer.status != HTTPStatus.OK:
            raise got.answer.error(f"it answered {got.answer.said}")
        return read(page_of(got.answer, None, *got.place))
    except (FetchError, PageError) as error:
        if isinstance(error, FetchError) and error.closed:
            raise
        warn(f"The listing {url!r} was left out: {str(error).rstrip('.')}.")
        return None
