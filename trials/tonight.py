"""Tonight's list: what the revisit policy makes of the ledger and the settings. Reads only."""

from datetime import UTC, datetime

from scraper.ledger import Ledger, as_text, now
from scraper.outlook import known_pages, lastmods
from scraper.pages import CLOCKS_DIFFER
from scraper.schedule import Planned, plan
from trials.screen import say
from trials.settings import Settings

_JULIAN_EPOCH = 2_440_587.5  # 1970-01-01 00:00 UTC
_DAY = 86_400


def tonight(ledger: Ledger, settings: Settings, budget: int | None = None) -> list[Planned]:
    """Return the pages to ask for now, in their order; `budget` is the number of requests that are left."""
    _say_future(ledger)
    today = datetime.now(UTC).timestamp() / _DAY + _JULIAN_EPOCH
    pages = known_pages(ledger, settings.kinds, settings.sources, settings.depth)
    return plan(pages, settings.requests if budget is None else budget, today, lastmods(ledger))


def _say_future(ledger: Ledger) -> None:
    """Say that pages were asked for by a clock that was wrong: they are due now."""
    (newest,) = ledger.one("SELECT max(last_tried) FROM pages")
    if newest and newest > as_text(now() + CLOCKS_DIFFER):
        say(
            f"Some pages were asked for as late as {newest}, which is yet to come: the clock is wrong, or was then. "
            "Set it right; those pages are asked for again, but tables take the newest version by its date."
        )


RESTS = "what came today is asked for again tomorrow at the earliest, sitemaps too"
"""Why a night right after another has nothing to do."""


def hours_of(pages: int, settings: Settings) -> float:
    """Return how many hours so many requests take at the least, by the delay between them."""
    return pages * settings.manners.delay_of(settings.site) / 3600
