"""The ledger's rows as the revisit policy wants them (`scraper/schedule.py`)."""

from collections.abc import Collection, Iterator
from itertools import chain

from registry.labels import PageKind
from scraper.ledger import Ledger
from scraper.pages import Source
from scraper.schedule import Known, Lastmods

_OWN = (
    "state, coalesce(found_by, 'given'), depth, julianday(first_seen), julianday(last_tried), julianday(first_ok), "
    "julianday(last_ok), julianday(last_changed), julianday(due), failures, visits, changes, status, phase, "
    "julianday(start), julianday(completion), sighted, julianday(sighted_at), julianday(lastmod)"
)
_DETAILS = f"SELECT nct_id, kind, {_OWN} FROM pages WHERE kind = 'details' {{which}}"  # noqa: S608
_OTHERS = """
SELECT d.nct_id, :kind, coalesce(p.state, 'never_tried'), coalesce(d.found_by, 'given'), d.depth,
    julianday(coalesce(p.first_seen, d.first_seen)), julianday(p.last_tried), julianday(p.first_ok),
    julianday(p.last_ok), julianday(p.last_changed), julianday(p.due), coalesce(p.failures, 0), coalesce(p.visits, 0),
    coalesce(p.changes, 0), d.status, d.phase, julianday(d.start), julianday(d.completion), NULL, NULL,
    julianday(p.lastmod)
FROM pages d LEFT JOIN pages p ON p.nct_id = d.nct_id AND p.kind = :kind
WHERE d.kind = 'details' AND d.state NOT IN ('alias', 'gone') {which}
"""


def known_pages(
    ledger: Ledger, kinds: Collection[PageKind], sources: Collection[Source], depth: int | None = None
) -> Iterator[Known]:
    """Yield the pages of some kinds of every trial that was found in some ways, in no more steps of See also.

    A trial's pages are due by what its details page says. Aliases and trials that are gone have no other pages.
    """
    named = ", ".join(f"'{source}'" for source in sorted(sources))
    which = f"AND coalesce(found_by, 'given') IN ({named})"
    which += "" if depth is None else f" AND depth <= {int(depth)}"
    others = which.replace("found_by", "d.found_by").replace(" depth", " d.depth")
    return chain.from_iterable(
        map(
            Known._make,
            ledger.each(
                _DETAILS.format(which=which) if kind is PageKind.DETAILS else _OTHERS.format(which=others),
                {"kind": str(kind)},
            ),
        )
        for kind in kinds
    )


def lastmods(ledger: Ledger) -> Lastmods:
    """Return how often the sitemap's dates of changes were right."""
    row = ledger.one(
        "SELECT count(*), coalesce(sum(last_changed >= lastmod), 0) FROM pages "
        "WHERE first_ok < lastmod AND lastmod <= last_ok"
    )
    return Lastmods(*row)
