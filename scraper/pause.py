"""The pause that a site asked for by Retry-After (RFC 9110 §10.2.3): kept across runs, waited out, or too long."""

import logging
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from registry.errors import BudgetSpent, Deferred
from scraper.answer import Answer
from scraper.budget import Meter
from scraper.ledger import Ledger
from scraper.pace import retry_after

_LOG = logging.getLogger(__name__)
LONGEST_WAIT = timedelta(hours=1)  # that a site may ask for; then the page is left to a later run
_WORTH_SAYING_SECONDS = 5


class Pause:
    """The pause of one site; `say` is told of one that a person notices."""

    def __init__(self, ledger: Ledger, site: str, say: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._site = site
        self._say = say
        self._opens_at: float | None = None  # by the monotonic clock: the end of what this run or one before was told

    def wait(self, url: str, meter: Meter) -> None:
        """Wait out a Retry-After; Deferred if that takes too long, BudgetSpent if the run ends before.

        Within a run no step of the wall clock matters.
        """
        left = self._seconds_closed()
        if left > LONGEST_WAIT.total_seconds():
            until = datetime.now(UTC) + timedelta(seconds=left)
            raise Deferred(
                f"{self._site} asked not to be asked again before {until:%Y-%m-%d %H:%M} UTC. Run it again then.",
                url=url,
                until=until.replace(microsecond=0),
            )
        if left > meter.seconds_left:
            raise BudgetSpent(f"{self._site} asked for a pause of {_shown(left)}, and the run ends before.")
        if left > 0:
            _LOG.info("pause", extra={"fields": {"seconds": round(left, 3), "why": "Retry-After"}})
            if left >= _WORTH_SAYING_SECONDS:
                self._say(f"{self._site} asked for a pause; going on in {_shown(left)}.")
            time.sleep(left)
            meter.paused_seconds += left

    def _seconds_closed(self) -> float:
        """Return how long the site wants to be left alone yet, as it said to this run or to one before."""
        if self._opens_at is not None:
            return self._opens_at - time.monotonic()
        known, left = self._ledger.site(self._site), 0.0
        if known.closed_at is not None and known.closed_until is not None:
            left = min(known.closed_until - datetime.now(UTC), known.closed_until - known.closed_at).total_seconds()
        self._opens_at = time.monotonic() + left  # no other run writes to the ledger
        return left

    def heed(self, answer: Answer) -> None:
        """Remember a Retry-After, before anything else is done."""
        now = datetime.now(UTC)
        if pause := pause_of(answer, now):
            until = (now + pause).replace(microsecond=0) + timedelta(seconds=1)
            self._ledger.close_site(self._site, now, until)
            self._opens_at = time.monotonic() + pause.total_seconds()


def pause_of(answer: Answer, at: datetime) -> timedelta | None:
    """Return for how long from a time on an answer asks to be left alone; None if it does not."""
    if answer.status < HTTPStatus.MULTIPLE_CHOICES or (text := answer.header("Retry-After")) is None:
        return None
    return retry_after(text, at) or None


def _shown(seconds: float) -> str:
    """Return a time as a person says it.

    >>> _shown(30.2), _shown(90)
    ('31 seconds', '2 minutes')
    """
    return f"{math.ceil(seconds)} seconds" if seconds <= 60 else f"{math.ceil(seconds / 60)} minutes"
