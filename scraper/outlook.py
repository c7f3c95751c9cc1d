"""The ledger's rows as the revisit policy wants them (`scraper/schedule.py`)."""

from collections.abc import Collection, Iterator
from itertools import chain

from registry.labels import PageKind
from scraper.ledger import Ledger
from scraper.pages import BITS, Source
from scraper.schedule import Known, Lastmods

_OWN = (
    "state, found_by, coalesce(depth, 0), julianday(first_seen), julianday(last_tried), julianday(first_ok), "
    "julianday(last_ok), julianday(due), failures, visits, changes, status, phase, "
    "julianday(start), julianday(completion), sighted, julianday(lastmod)"
)
_DETAILS = f"SELECT nct_id, kind, {_OWN} FROM pages d WHERE kind = 'details' {{which}}"  # noqa: S608
_OTHERS = """
SELECT d.nct_id, :kind, coalesce(p.state, 'never_tried'), d.found_by, coalesce(d.depth, 0),
    julianday(coalesce(p.first_seen, d.first_seen)), julianday(p.last_tried), julianday(p.first_ok),
    julianday(p.last_ok), julianday(p.due), coalesce(p.failures, 0), coalesce(p.visits, 0),
    coalesce(p.changes, 0), d.status, d.phase, julianday(d.start), julianday(d.completion), NULL,
    julianday(p.lastmod)
FROM pages d LEFT JOIN pages p ON p.nct_id = d.nct_id AND p.kind = :kind
WHERE d.kind = 'details' AND d.state NOT IN ('alias', 'gone') {which}
"""


def known_pages(
    ledger: Ledger, kinds: Collection[PageKind], sources: Collection[Source], depth: int | None = None
) -> Iterator[Known]:
    """Yield the pages of some kinds of every trial that was found in some ways.

    `depth` leaves out those that only See also names, in more steps. A trial's pages are due by what its details page
    says; aliases and trials that are gone have no other pages.
    """
    by_others = sum(BITS[source] for source in sources if source is not Source.SEE_ALSO)
    which = f"AND (d.ways & {by_others}"
    if Source.SEE_ALSO in sources:
        which += f" OR d.ways & {BITS[Source.SEE_ALSO]}" + ("" if depth is None else f" AND d.depth <= {int(depth)}")
    which += ")"
    queries = {kind: _DETAILS if kind is PageKind.DETAILS else _OTHERS for kind in kinds}
    return chain.from_iterable(
        map(Known._make, ledger.each(query.format(which=which), {"kind": str(kind)})) for kind, query in queries.items()
    )


def lastmods(ledger: Ledger) -> Lastmods:
    """Return how often the sitemap's dates of changes were right."""
    row = ledger.one(
        "SELECT count(*), coalesce(sum(last_changed >= lastmod), 0) FROM pages "
        "WHERE first_ok < lastmod AND lastmod <= last_ok"
    )
    return Lastmods(*row)
