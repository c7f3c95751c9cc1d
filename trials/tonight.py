"""Tonight's list: what the revisit policy makes of the ledger and the settings. Reads only."""

from datetime import UTC, datetime

from scraper.ledger import Ledger
from scraper.outlook import known_pages, lastmods
from scraper.schedule import Planned, plan
from trials.settings import Settings

_JULIAN_EPOCH = 2_440_587.5  # 1970-01-01 00:00 UTC
_DAY = 86_400


def tonight(ledger: Ledger, settings: Settings, budget: int | None = None) -> list[Planned]:
    """Return the pages to ask for now, in their order; `budget` is the number of requests that are left."""
    now = datetime.now(UTC).timestamp() / _DAY + _JULIAN_EPOCH
    pages = known_pages(ledger, settings.kinds, settings.sources, settings.depth)
    return plan(pages, settings.requests if budget is None else budget, now, lastmods(ledger))


def hours_of(pages: int, settings: Settings) -> float:
    """Return how many hours so many requests take at the least, by the delay between them."""
    return pages * settings.manners.delay_of(settings.site) / 3600
