"""`trials discover`: which trials could be added to the store, before a page of one is fetched."""

from collections.abc import Sequence

from registry.errors import SettingsError
from scraper.client import Client
from scraper.discovery import Finder
from scraper.ledger import now
from scraper.manners import check_site
from scraper.pages import Found, Source
from trials.exits import Exit
from trials.finding import found_on_site
from trials.ids import distinct, read_lists
from trials.opening import opened
from trials.screen import deliver, progress_bar, say
from trials.settings import Settings


def discover(lists: Sequence[str], settings: Settings, *, adds: bool) -> Exit:
    """Print each trial that is new with how it was found, a line each; `adds` notes them in the ledger.

    The site's sitemaps and listings are asked for, archived, and read; no page of a trial is.
    """
    check_site(settings.site, settings.manners)
    ids = [str(one.nct_id) for one in distinct(read_lists(lists))]
    if lists and not ids:
        raise SettingsError("The lists hold no id of a trial: NCT and eight digits, one a line, or a column of them.")
    with opened(settings, "discover") as store, Client(store, settings.site, settings.manners, say) as client:
        finder = Finder(store, settings.site, keeps=adds, tell=_tell)
        finder.take_ids(ids, Found(Source.GIVEN, now(), depth=0))
        with progress_bar() as progress:
            for _ in progress.track(found_on_site(client, store, finder, settings), description="Reading the site"):
                pass
    _say(finder, settings)
    return Exit.DONE


def _tell(nct_id: str, found: Found) -> None:
    deliver(f"{nct_id}\t{found.by}\t{found.on or ''}\n")


def _say(finder: Finder, settings: Settings) -> None:
    new = finder.new.total()
    by = ", ".join(f"{count:,} {source.replace('_', ' ')}" for source, count in finder.new.most_common())
    what = "added" if finder.keeps else "not in the store yet; --add notes them"
    again = "" if new or finder.known else " A sitemap that was read today is not read again."
    say(
        f"{new:,} new trials{f' ({by})' if by else ''}, {what}; {finder.known:,} known already. "
        f"The store is {str(settings.store)!r}.{again}"
    )
