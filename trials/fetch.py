"""`trials fetch`: pages of trials by their ids, from the store or from the site → cards, JSON or Parquet."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry.errors import FetchError, NotFound, PageError, Reason, Refused
from registry.labels import PageKind
from registry.nct_id import read_nct_id, split_ids
from registry.tables import TableRows
from scraper.client import Client
from scraper.fetcher import Fetched, Fetcher
from scraper.ledger import State
from scraper.store import Store
from trials.delivery import Delivery
from trials.exits import Exit
from trials.parse import tables_of
from trials.screen import progress_bar, say
from trials.settings import Settings

_STDIN = "-"
_GIVE_UP_AFTER = 3  # pages in a row for which no answer came
_LOCK_SECONDS = 60
_SOFT_ERRORS = frozenset({Reason.EMPTY, Reason.BINARY, Reason.NOT_A_TRIAL_PAGE})


@dataclass(slots=True)
class _Tally:
    """What became of the pages asked for."""

    asked: int
    fetched: int = 0
    from_store: int = 0
    failed: int = 0
    without_answer: int = 0  # the last ones in a row
    of_the_site: int = field(default=0)  # failures because the site refused or did not answer

    def say(self, store: Path) -> None:
        """Say what was done, where it was more than one page, and what to do about the rest."""
        left = self.asked - self.fetched - self.from_store - self.failed
        if self.asked == 1 and not left:
            return
        parts = [f"{self.fetched} fetched", f"{self.from_store} from the store", f"{self.failed} failed"]
        parts += [f"{left} not asked for"] if left else []
        again = " Run it again to go on: what was fetched is kept." if left else ""
        say(f"{self.asked} pages: {', '.join(parts)}. The store is {str(store)!r}.{again}")


def fetch_pages(
    spellings: Sequence[str],
    settings: Settings,
    kinds: Sequence[PageKind],
    *,
    refresh: bool,
    as_json: bool,
    parquet: Path | None,
) -> Exit:
    """Deliver the pages of every id, in the order given, and return the exit code.

    What is in the store is not fetched again unless `refresh`. StoreError if store or folder cannot be written.
    """
    wanted = dict.fromkeys(_wanted(spellings))
    ids = dict.fromkeys(nct_id for _, nct_id in wanted if nct_id)
    unreadable = sum(nct_id is None for _, nct_id in wanted)
    if not ids:
        say("No id of a trial was given. An id is NCT and eight digits, such as NCT06416709, or an address with one.")
        return Exit.USAGE
    tally = _Tally(asked=len(ids) * len(kinds))
    delivery = Delivery(as_json=as_json, parquet=parquet)
    with (
        Store(settings.store, "fetch", _LOCK_SECONDS, _say_waiting) as store,
        Client(settings.site, settings.contact) as client,
    ):
        fetcher = Fetcher(client, store, settings.url_templates, say)
        for url in (spelling for spelling, nct_id in wanted if nct_id):
            fetcher.give(url)
        try:
            for tables in _deliverable(fetcher, [(nct_id, kind) for nct_id in ids for kind in kinds], tally, refresh):
                delivery.take(tables)
                if not delivery.wanted:
                    return Exit.DONE
        finally:
            tally.say(settings.store)
    delivery.finish(tally.asked)
    return _exit(tally, unreadable)


def _exit(tally: _Tally, unreadable: int) -> Exit:
    if tally.of_the_site and not tally.fetched + tally.from_store:
        return Exit.SITE
    return Exit.DONE if tally.fetched + tally.from_store == tally.asked and not unreadable else Exit.PARTIAL


def _say_waiting() -> None:
    say(f"Another run holds the store; waiting up to {_LOCK_SECONDS} seconds for its end.")


# --- ids --------------------------------------------------------------------------------------------------------


def _wanted(spellings: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each spelling with its id, None where it is none, which is said."""
    for spelling in _spellings(spellings):
        nct_id = read_nct_id(spelling)
        if nct_id is None:
            say(f"{spelling[:80]!r} is no id of a trial: NCT and eight digits. It was left out.")
        yield spelling, nct_id


def _spellings(given: Iterable[str]) -> Iterator[str]:
    """Yield the ids as given, those of standard input in the place of `-`."""
    for text in given:
        if text == _STDIN:
            for line in sys.stdin.buffer:
                yield from split_ids(line.decode("utf-8-sig", "replace"))
        else:
            yield from split_ids(text) or [text]


# --- pages ------------------------------------------------------------------------------------------------------


def _deliverable(
    fetcher: Fetcher, pages: Sequence[tuple[str, PageKind]], tally: _Tally, refresh: bool
) -> Iterator[TableRows]:
    """Yield the tables of each page that could be had; the others are said and counted.

    A site that does not answer is not asked for ever; pages that the store has need no site.
    """
    with progress_bar(wanted=len(pages) > 1) as progress:
        for nct_id, kind in progress.track(pages, description="Fetching pages"):
            try:
                if tables := None if refresh else _held(fetcher, nct_id, kind, tally):
                    yield tables
                elif tally.without_answer < _GIVE_UP_AFTER:
                    yield _fetched(fetcher, nct_id, kind, tally)
            except (FetchError, PageError) as error:
                say(f"{nct_id}: {error}")
                _count_failure(tally, error)


def _count_failure(tally: _Tally, error: FetchError | PageError) -> None:
    no_answer = isinstance(error, FetchError) and not isinstance(error, NotFound) and error.status is None
    tally.failed += 1
    tally.of_the_site += no_answer or isinstance(error, Refused)
    tally.without_answer = tally.without_answer + 1 if no_answer else 0
    if tally.without_answer == _GIVE_UP_AFTER:
        say(f"That makes {_GIVE_UP_AFTER} in a row; the site is not asked again, what the store has is delivered.")


def _held(fetcher: Fetcher, nct_id: str, kind: PageKind, tally: _Tally) -> TableRows | None:
    page = fetcher.held(nct_id, kind)
    if page is None:
        return None
    tables = tables_of(page)
    tally.from_store += 1
    return tables


def _fetched(fetcher: Fetcher, nct_id: str, kind: PageKind, tally: _Tally) -> TableRows:
    """Fetch and read a page; what was found out about it is in the ledger, whatever comes of it."""
    fetched = fetcher.fetch(nct_id, kind)
    try:
        tables = tables_of(fetched.page)
    except PageError as error:
        state = State.SOFT_ERROR if error.reason in _SOFT_ERRORS else State.QUARANTINED
        fetcher.reject(fetched, state, f"{error.reason}: {error}")
        raise
    fetcher.accept(fetched, [str(row["url"]) for row in tables["related_studies"] if row["url"]])
    tally.fetched += 1
    tally.without_answer = 0
    _say_alias(fetched)
    return tables


def _say_alias(fetched: Fetched) -> None:
    if fetched.page.requested_id != fetched.asked_id:
        say(f"{fetched.asked_id} is an obsolete id of {fetched.page.requested_id}; the site redirects to that trial.")
