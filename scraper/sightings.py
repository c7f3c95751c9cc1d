"""What the See also of some trials' pages says of other trials, and where that contradicts what we hold of them.

A contradiction (status, phase or title) that is newer than our last fetch of a trial says that its page changed. A
mirror prints its See also rows now and then only: what we held before the last change, and what a fetch has spent
already, is its lag and contradicts nothing.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from registry.labels import PageKind
from registry.wording import fold
from scraper.ledger import Ledger, as_text, as_time, now
from scraper.pages import CLOCKS_DIFFER


class Sighting(NamedTuple):
    """What the See also table of one trial says of another; each text as a canonical code or as printed, or None."""

    nct_id: str
    status: str | None
    phase: str | None
    title: str | None
    url: str | None


def see(
    ledger: Ledger, seen_on: str, sightings: Iterable[Sighting], at: datetime, forgotten: frozenset[str] = frozenset()
) -> None:
    """Note what the See also of a trial's page says of others; it takes the place of what the page said before.

    Belongs into a transaction. A page that is older than what is known is passed over.
    """
    said_at = as_text(at)
    (before,) = ledger.one("SELECT max(seen_at) FROM sightings WHERE seen_on = ?", (seen_on,))
    if before is not None and said_at < before <= as_text(now() + CLOCKS_DIFFER):
        return
    kept = [each for each in sightings if each.nct_id not in forgotten]
    if before is not None:
        ledger.write("DELETE FROM sightings WHERE seen_on = ?", (seen_on,))
    ledger.write_all(
        "INSERT OR REPLACE INTO sightings (nct_id, status, phase, title, url, seen_on, seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(*each, seen_on, said_at) for each in kept],
    )
    _compare(ledger, seen_on, kept, said_at)


def sightings_of(ledger: Ledger, nct_id: str) -> list[tuple[Sighting, str, datetime | None]]:
    """Return where a trial was seen: what was said of it, on which trial's page, and when; the newest first."""
    rows = ledger.all(
        "SELECT nct_id, status, phase, title, url, seen_on, seen_at FROM sightings WHERE nct_id = ? "
        "ORDER BY seen_at DESC, seen_on",
        (nct_id,),
    )
    return [(Sighting(*row[:5]), row[5], as_time(row[6])) for row in rows]


def _compare(ledger: Ledger, seen_on: str, sightings: Iterable[Sighting], at: str) -> None:
    """Note sightings on the details pages of their trials where they contradict what we hold, and are newer."""
    rows = ledger.all(
        "SELECT nct_id, p.status, p.phase, p.title, said_before, spent "
        "FROM sightings s CROSS JOIN pages p USING (nct_id) "  # from the few to the many
        "WHERE seen_on = ? AND kind = ? AND last_ok < ? AND coalesce(sighted_at, '') <= ?",
        (seen_on, PageKind.DETAILS, at, at),
    )
    pages = {nct_id: known for nct_id, *known in rows}
    for sighting in sightings:
        if sighting.nct_id not in pages:
            continue
        *held, said_before, spent = pages[sighting.nct_id]
        said = contradiction(sighting, held, json.loads(said_before or "[null, null, null]"))
        if said and said != spent:
            ledger.write(
                "UPDATE pages SET sighted = ?, sighted_at = ? WHERE nct_id = ? AND kind = ?",
                (said, at, sighting.nct_id, PageKind.DETAILS),
            )


def contradiction(sighting: Sighting, held: Iterable[str | None], before: Iterable[str | None]) -> str | None:
    """Return what a sighting says otherwise than we hold, and held before, for people; None if nothing.

    `held` and `before` are status, phase and title. What either side does not say contradicts nothing.

    >>> seen = Sighting("NCT01234567", "COMPLETED", "PHASE2", "A trial", None)
    >>> contradiction(seen, ("RECRUITING", "PHASE2", "A Trial"), (None, None, None))
    'status COMPLETED'
    >>> contradiction(seen, ("TERMINATED", "PHASE2", None), ("COMPLETED", "PHASE2", None))
    """
    said = []
    columns = zip(("status", "phase", "title"), sighting[1:4], held, before, strict=True)
    for name, seen, ours, old in columns:
        if seen is not None and ours is not None and fold(seen) not in (fold(ours), fold(old or "")):
            said.append(f"{name} {seen}")
    return ", ".join(said) or None
