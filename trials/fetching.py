"""`trials fetch`: pages of trials by their ids, from the store or from the site → cards, JSON or Parquet."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry.errors import FetchError, PageError
from registry.labels import PageKind
from registry.record import Page
from registry.tables import Row, TableRows
from scraper.client import Client
from scraper.fetcher import Fetcher
from scraper.manners import check_site
from scraper.site import belongs
from scraper.store import Store
from trials.breaker import Breaker
from trials.contained import ContainedReader
from trials.delivery import Delivery
from trials.exits import Exit
from trials.ids import Given, distinct, read_ids
from trials.opening import opened
from trials.reading import fetch_page
from trials.screen import progress_bar, say
from trials.settings import Settings
from trials.tables import tables_of_kind


@dataclass(slots=True)
class _Tally:
    """What became of the pages asked for."""

    asked: int
    left_out: int  # spellings that are no id
    fetched: int = 0
    from_store: int = 0
    failed: int = 0
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def delivered(self) -> int:
        return self.fetched + self.from_store

    def say(self, store: Path) -> None:
        """Say what was done where it was more than one page, and what to do about the rest."""
        left = self.asked - self.delivered - self.failed
        if self.asked == 1 and not left:
            return
        parts = [f"{self.fetched} fetched", f"{self.from_store} from the store", f"{self.failed} failed"]
        parts += [f"{left} not asked for"] if left else []
        parts += [f"{self.left_out} more left out, no id of a trial"] if self.left_out else []
        kept = ": what was fetched is kept" if self.fetched else ""
        again = f" Run it again to go on{kept}." if left else ""
        say(f"{self.asked} page{'s' * (self.asked > 1)}: {', '.join(parts)}. The store is {str(store)!r}.{again}")


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: ids and addresses as given, and the kinds of page, in the order of delivery."""

    spellings: Sequence[str]
    kinds: Sequence[PageKind] = (PageKind.DETAILS,)
    refresh: bool = False  # ask also for what the store has
    waits: bool = True  # for the end of another run


def fetch_pages(order: Order, settings: Settings, delivery: Delivery) -> Exit:
    """Deliver the pages of every id, in the order given, and return the exit code.

    StoreError if store or folder cannot be written; what was fetched before is kept.
    """
    given = read_ids(order.spellings)
    wanted = distinct(given)
    if not wanted:
        say("There is nothing to fetch. An id is NCT and eight digits, such as NCT06416709, or an address with one.")
        return Exit.USAGE
    pages = [(one, kind) for one in wanted for kind in order.kinds]
    tally = _Tally(asked=len(pages), left_out=sum(one.nct_id is None for one in given))
    if not os.path.exists(settings.store):  # noqa: PTH110 - Path.exists raises where a folder may not be read
        check_site(settings.site, settings.manners)  # a site that will not be asked needs no store
    with (
        opened(settings, "fetch", waits=order.waits) as store,
        ContainedReader() as reader,
        Client(store, settings.site, settings.manners, say) as client,
    ):
        fetcher = Fetcher(client, store, settings.url_templates, say)
        fetcher.give(one.spelling for one in given)
        try:
            fetching = _Fetching(store, fetcher, reader, tally, settings, order.refresh)
            for tables in fetching.tables(pages, with_bar=len(pages) > 1 and delivery.allows_bar):
                delivery.take(tables)
                if not delivery.wanted:
                    return Exit.DONE
        finally:
            if delivery.wanted:
                tally.say(settings.store)
    delivery.finish(tally.asked)
    return _exit(tally)


def _exit(tally: _Tally) -> Exit:
    if tally.breaker.of_the_site and not tally.delivered:
        return Exit.SITE
    return Exit.DONE if tally.delivered == tally.asked and not tally.left_out else Exit.PARTIAL


class _Fetching:
    """Gets pages one after the other; those that could not be had are said and counted."""

    def __init__(
        self, store: Store, fetcher: Fetcher, reader: ContainedReader, tally: _Tally, settings: Settings, refresh: bool
    ) -> None:
        self._holdings = store.holdings
        self._fetcher = fetcher
        self._reader = reader
        self._tally = tally
        self._site = settings.site
        self._refresh = refresh
        self._fetched_now: set[tuple[str, PageKind]] = set()  # ids that were asked for, and trials that came
        self._said_other_site = "site" not in settings.model_fields_set  # who names none takes what the store has

    def tables(self, pages: Sequence[tuple[Given, PageKind]], *, with_bar: bool) -> Iterator[TableRows]:
        """Yield the tables of each page that could be had.

        A site in trouble is not asked for ever; pages that the store has need no site.
        """
        with progress_bar(wanted=with_bar) as progress:
            for one, kind in progress.track(pages, description="Fetching pages"):
                nct_id = str(one.nct_id)
                try:
                    held = self._held(nct_id, kind)
                    if held is not None:
                        yield held
                    elif not self._tally.breaker.is_open:
                        yield self._fetched(nct_id, kind)
                except (FetchError, PageError) as error:
                    say(f"{one}: {error}")
                    self._count(error)

    def _count(self, error: FetchError | PageError) -> None:
        tally, breaker = self._tally, self._tally.breaker
        tally.failed += 1
        if breaker.is_open:  # then it is a page of the store
            return
        breaker.bad(error)
        if breaker.is_open:
            many = "" if breaker.is_closed else f"That makes {breaker.in_a_row} in a row; "
            say(f"{many}the site is not asked again, what the store has is delivered.".capitalize())

    def _held(self, nct_id: str, kind: PageKind) -> TableRows | None:
        """Return the tables of a page that the store has; to refresh, only what this run has fetched already."""
        page = self._fetcher.held(nct_id, kind)
        if page is None or (self._refresh and (nct_id, kind) not in self._fetched_now):
            return None
        tables = with_aliases(self._fetcher, tables_of_kind(page, kind, self._reader.read))
        self._tally.from_store += 1
        _say_alias(nct_id, page)
        if not self._said_other_site and page.url and not belongs(page.url, self._site):
            self._said_other_site = True
            say(f"The store has pages of another site than {self._site}: {page.url}. --refresh asks the site.")
        return tables

    def _fetched(self, nct_id: str, kind: PageKind) -> TableRows:
        """Fetch and read a page; what was found out about it is in the ledger, whatever comes of it."""
        fetched, tables = fetch_page(self._holdings, self._fetcher, self._site, self._reader, nct_id, kind)
        self._tally.fetched += 1
        self._tally.breaker.good()
        self._fetched_now |= {(nct_id, kind), (str(tables["pages"][0]["nct_id"]), kind)}
        _say_alias(nct_id, fetched.page)
        return with_aliases(self._fetcher, tables)


def with_aliases(fetcher: Fetcher, tables: TableRows) -> TableRows:
    """Add the obsolete ids that led to the trial, as AACT does: the archive holds the redirects that say so."""
    (page,) = tables["pages"]
    rows = tables["id_information"]
    for alias in fetcher.aliases_to(str(page["nct_id"])) if page["kind"] != PageKind.REFERENCES else ():
        ordinal = len(rows) + 1
        whose: Row = {"nct_id": page["nct_id"], "ordinal": ordinal, "id_source": "nct_alias", "id_value": alias}
        rows.append({**whose, "id_type": None, "registry": None})
    return tables


def _say_alias(nct_id: str, page: Page) -> None:
    if page.requested_id != nct_id:
        say(f"{nct_id} is an obsolete id of {page.requested_id}; the site redirects to that trial.")
