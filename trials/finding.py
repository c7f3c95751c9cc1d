"""What a night, and `trials discover`, look for before pages: lists of ids, the site's sitemaps, listings."""

import time
from collections.abc import Callable, Iterator, Sequence

from registry.errors import BudgetSpent, FetchError
from scraper.client import Client
from scraper.discovery import Finder, Sitemaps, walk_listing
from scraper.ledger import now
from scraper.pages import Found, Source
from scraper.store import Store
from trials.exits import Exit
from trials.night import End
from trials.reading import read_listed
from trials.report import Ended, Report
from trials.reported import seconds_since
from trials.screen import say
from trials.settings import Settings
from trials.stop import Stop

_SHARE = 0.5  # of the budget that sitemaps and listings may take


def find(
    client: Client, store: Store, ids: Sequence[str], settings: Settings, report: Report, stop: Stop
) -> End | None:
    """Take ids that are given, sitemaps and listings to the ledger; return how the night ended, if it did by that.

    Where pages are known to ask for, half of the budget is theirs, be it of requests, minutes or bytes.
    """
    began, found = time.monotonic(), report.discovered

    def warn(sentence: str) -> None:
        say(sentence)
        found.left_out.append(sentence)

    finder = Finder(store, settings.site)
    finder.take_ids(ids, Found(Source.GIVEN, now(), depth=0))
    most = _SHARE if store.ledger.one("SELECT 1 FROM pages") else 1.0
    end = None
    try:
        for source in found_on_site(client, store, finder, settings, warn):
            found.sitemaps += source is Source.SITEMAP
            found.listings += source is Source.LISTING
            if stop.code is not None:
                end = End(Ended.INTERRUPTED, stop.code, f"{stop.code.name.capitalize()} amid the discovery")
                break
            if client.meter.used >= most:
                warn("Half of the budget went on sitemaps and listings; the rest of them is for another night.")
                break
    except BudgetSpent as error:
        end = End(Ended.BUDGET, Exit.DONE, str(error).rstrip("."))
    except FetchError as error:  # the site wants no requests: what was due is named all the same
        end = End(Ended.SITE, Exit.SITE, str(error).rstrip("."))
    found.new = {str(source): count for source, count in finder.new.items()}
    found.known = finder.known
    report.seconds.discovery = seconds_since(began)
    return end


def found_on_site(
    client: Client, store: Store, finder: Finder, settings: Settings, warn: Callable[[str], None] = say
) -> Iterator[Source]:
    """Read the site's sitemaps and the listings of the settings; after each yield which of them it was."""
    if Source.SITEMAP in settings.sources:
        for _ in Sitemaps(client, store, finder, warn).read():
            yield Source.SITEMAP
    for listing in settings.listings if Source.LISTING in settings.sources else ():
        url = listing if "://" in listing else f"{settings.site}{listing}"
        for _ in walk_listing(client, url, read_listed, finder, warn):
            yield Source.LISTING
