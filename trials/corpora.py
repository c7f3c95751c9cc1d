"""`trials import`: pages of the site from WARC and WET files → archive and ledger, with their own dates."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from registry.errors import FetchError, PageError, StoreError
from scraper.answer import Answer
from scraper.captures import Capture, Refusal, captures
from scraper.judge import asking, judge_answer
from scraper.ledger import as_text, now
from scraper.pages import Found, Source
from scraper.site import read_address
from scraper.store import Store
from scraper.warc import digest
from trials.contained import ContainedReader
from trials.exits import Exit
from trials.opening import opened
from trials.reading import judge_page
from trials.screen import deliver, progress_bar, say
from trials.settings import Settings

_FIRST_PAGE = datetime(1990, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(hours=1)


def import_files(names: Sequence[str], settings: Settings) -> Exit:
    """Take the captures of the site's pages in some files, local or as fsspec knows them, and say what was taken.

    PARTIAL if a file could not be read, or not to its end; what was read of it is kept.
    """
    counts: Counter[str] = Counter()
    with opened(settings, "import") as store, ContainedReader() as reader, progress_bar() as progress:
        importing = _Importing(store, settings.site, reader, counts)
        for name in names:
            task = progress.add_task(f"Reading {name}", total=None)
            importing.take_file(name, lambda task=task: progress.advance(task))  # type: ignore[misc]
    kinds = ("taken", "known already", "skipped", "refused")
    deliver(f"{', '.join(f'{counts[kind]:,} {kind}' for kind in kinds)}. The store is {str(settings.store)!r}.\n")
    return Exit.PARTIAL if counts["unread"] else Exit.DONE


class _Importing:
    """Takes the captures of one file after the other into one store."""

    def __init__(self, store: Store, site: str, reader: ContainedReader, counts: Counter[str]) -> None:
        self._store = store
        self._site = site
        self._hosts = hosts_of(site)
        self._reader = reader
        self._counts = counts

    def take_file(self, name: str, step: Callable[[], None]) -> None:
        """Take what a file has of the site."""
        try:
            for found in captures(name, self._is_wanted):
                step()
                if isinstance(found, Capture):
                    self._counts[self._take(found, name)] += 1
                else:
                    self._refuse(found, name)
        except StoreError as error:
            self._counts["unread"] += 1
            say(f"{name}: {error}")

    def _is_wanted(self, url: str) -> bool:
        address = read_address(url)
        wanted = address is not None and _host(url) in self._hosts and address.nct_id not in self._store.forgotten
        self._counts["skipped"] += not wanted
        return wanted

    def _refuse(self, refusal: Refusal, name: str) -> None:
        self._counts["refused" if refusal.url else "unread"] += 1
        say(f"{name}{f': {refusal.url}' if refusal.url else ''}: {refusal.why}")

    def _take(self, capture: Capture, name: str) -> str:
        """Archive a capture, read it, and return what came of it."""
        address = read_address(capture.url)
        assert address is not None, "only such are wanted"
        if self._is_known(capture):
            return "known already"
        answer = Answer(
            capture.url, capture.status or 200, "", capture.headers, capture.body, (), capture.at,
            truncated=capture.truncated,
        )  # fmt: skip
        about = [("imported-from", _one_line(name)), ("imported-record", _one_line(capture.record_id))]
        found = Found(Source.IMPORT, capture.at, depth=0)
        try:
            _check_date(capture)
            with self._store.ledger.transaction():
                self._store.pages.add_ids([address.nct_id], found)
            got = self._store.keep_capture(answer, asking(address.nct_id, address.kind), about, is_text=capture.is_text)
            fetched = judge_answer(self._store.holdings, got, self._site, address.nct_id, address.kind)
            if fetched is None:
                return "refused"
            judge_page(self._store.holdings, fetched, self._site, self._reader)
        except (PageError, FetchError, ValueError) as error:  # ValueError: no record can hold it as it is
            say(f"{capture.url} of {as_text(capture.at)}: {error}")
            return "refused"
        self._note_address(capture)
        return "taken"

    def _note_address(self, capture: Capture) -> None:
        """Note where the site may have the page today: the capture's path, on the site as it is asked."""
        with self._store.ledger.transaction():
            path = urlsplit(capture.url).path
            self._store.pages.add_addresses([f"{self._site}{path}"], Found(Source.IMPORT, capture.at, depth=0))

    def _is_known(self, capture: Capture) -> bool:
        query = "SELECT 1 FROM requests WHERE url = ? AND at = ? AND digest = ?"
        values = (capture.url, as_text(capture.at), digest(capture.body))
        return self._store.ledger.one(query, values) is not None


def _check_date(capture: Capture) -> None:
    """Raise ValueError for a date that is none of a page: one to come would hide all that is fetched till then."""
    if not _FIRST_PAGE <= capture.at <= now() + _CLOCKS_DIFFER:
        raise ValueError("Its date is before there was a web, or to come. Correct its WARC-Date.")


def hosts_of(site: str) -> frozenset[str]:
    """Return the hosts, with their ports, under which a site's pages were captured: with and without `www.`.

    >>> sorted(hosts_of("https://inclinicaltrials.com"))
    ['inclinicaltrials.com', 'www.inclinicaltrials.com']
    """
    bare = _host(site).removeprefix("www.")
    return frozenset({bare, f"www.{bare}"})


def _host(url: str) -> str:
    """Return the host of an address with its port, if that is not the usual one."""
    return urlsplit(url).netloc.lower().removesuffix(":80").removesuffix(":443")


def _one_line(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")
