"""Which pages tonight's requests go to: rows of the ledger and a budget in, an ordered list with reasons out. Pure.

*What a request is worth* is `gain` in `scraper/rates.py`: fresh days. Asking for all pages that are worth more than one
threshold, which the budget sets, is the optimum (Olston and Pandey 2008, Recrawl scheduling based on information
longevity; the problem is that of Cho and Garcia-Molina 2003, Effective page refresh policies; Azar et al. 2018,
Tractable near-optimal policies for crawling, solve it for many pages).

*A page that is known to have changed* is worth the limit, 1 / rate: it stays stale until it is asked for. Another
page's See also that contradicts what we hold makes it known, and makes the page due now. (Kolobov et al. 2019, Staying
up to date with online content changes, plan for pages whose changes are told beside those whose are not.) A sitemap's
lastmod behind our last fetch is a weaker hint: believed as far as `Lastmods` proves it, one in the future never.

*What an alarm stopped* comes first, up to all of the budget: pages that are doubted (`scraper/doubts.py`).

*Queues*, so that none starves another. Overdue: not asked for in 120 to 180 days (by its id), whatever it is worth;
longest first; up to half of the budget. Without it no one would see that the rate of a slow kind is wrong; it costs
less than 0.7 % of the pages a night. So a page's turn comes within 180 days and, where all became overdue at once,
2 × pages / budget nights. Absent: the site had no such page; up to a tenth of what is left. New: never fetched. Such a
page is stale for certain, on the same scale worth 1 / rate at the mean rate, so it comes before all that may have
changed: up to nine tenths of what is left. Given ids come first, then those that did not fail, then fewer steps of See
also, then those that wait longest. Known: the rest, by worth. What one queue does not need the others get. The list
takes from all in turn, so that a night that is cut short keeps the shares.

*Failures.* After k in a row a page is asked again 2^(k-1) days later, at most 64; its worth is multiplied by the chance
of a good answer after k bad ones, 1 / (k + 2) (rule of succession). An alias waits for its 180 days.

*Clocks.* A time after `now` counts as `now`, so no age is negative. A page that was asked for at a time that is yet to
come, by a clock that was wrong, is overdue.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain
from math import exp
from operator import itemgetter
from typing import Final, NamedTuple
from zlib import crc32

from scraper.pages import Source, State
from scraper.rates import OTHER, gain, own_rate, prior_of, prior_rate

MAX_AGE: Final = 180.0  # days; why: see above
_SPREAD: Final = 60  # days; a first harvest takes weeks: its slow pages are not to come back as one wave
_MAX_WAIT: Final = 64.0  # days between two tries of a page that fails; three in the time of MAX_AGE
_AGAIN: Final = 1.0  # days after a good answer: a run that goes on asks for no page twice
_SLACK: Final = 0.25  # days by which a night may come early
_LEAST_TRUST: Final = 0.5  # a hint that is mostly wrong is none: 1 / rate of a slow page times little is much


class Known(NamedTuple):
    """One page as the ledger knows it. Times are Julian days; None for never.

    `found_by` is how it was found first, `depth` the See also steps from an id that was given or listed. `due`: not to
    be asked before. `failures`: tries in a row since the last good answer that gave none. `visits`: good answers,
    `changes`: those that said something else than the one before (See also left out). `status` and `phase` are codes,
    None where the page has none or was never read; `start` and `completion` the last possible days as printed.
    `sighted`: what another page, seen after our last fetch, says against what we hold. `lastmod`: what a sitemap says.
    """

    nct_id: str
    kind: str
    state: str
    found_by: str
    depth: int
    first_seen: float
    last_tried: float | None
    first_ok: float | None
    last_ok: float | None
    due: float | None
    failures: int
    visits: int
    changes: int
    status: str | None
    phase: str | None
    start: float | None
    completion: float | None
    sighted: str | None
    lastmod: float | None


class Lastmods(NamedTuple):
    """How often a sitemap was right: pages fetched before and after their lastmod, and those that changed after it.

    In SQL: `count(*)` and `sum(last_changed >= lastmod)` over pages with `first_ok < lastmod AND lastmod <= last_ok`.
    """

    said: int = 0
    right: int = 0

    @property
    def trust(self) -> float:
        """The chance that a page changed as lastmod says; 0 where it is not believed. It begins with 20 doubts."""
        share = self.right / (max(self.said, self.right, 0) + 20)
        return share if share >= _LEAST_TRUST else 0.0


class Why(StrEnum):
    """Why a page is asked for."""

    DOUBTED = "doubted"
    OVERDUE = "overdue"
    SIGHTED = "sighted"
    LASTMOD = "lastmod"
    NEW = "new"
    LIKELY = "likely"  # to have changed
    RETRY = "retry"


class Planned(NamedTuple):
    """A page to ask for: why, a sentence for people, and the fresh days that the request is worth."""

    nct_id: str
    kind: str
    why: Why
    reason: str
    value: float


_OVERDUE, _KNOWN, _NEW, _ABSENT, _DOUBTED = _QUEUES = range(5)  # no enumeration: 600,000 pages are asked for theirs
_NOT_THERE: Final = frozenset({State.GONE, State.NOT_FOUND, State.UNRESOLVED})
_ALIAS: Final = State.ALIAS
_STOPPED: Final = State.DOUBTED
_UNREAD: Final = prior_rate(OTHER, None)
_Entry = tuple[float, str, str, tuple[object, ...]]  # the smallest comes first; the collector passes over plain tuples
_ORDER = itemgetter(0, 1, 2)


class _Best:
    """The entries that come first, at most `size` of them once they are taken; memory stays near that."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._most = size + max(size // 2, 1000)
        self._entries: list[_Entry] = []
        self.last = float("inf")  # what comes behind it is not among the best

    def add(self, order: float, page: Known) -> None:
        self._entries.append((order, page.nct_id, page.kind, tuple(page)))
        if len(self._entries) > self._most:
            self.last = self.taken()[-1][0]

    def taken(self) -> list[_Entry]:
        self._entries.sort(key=_ORDER)
        del self._entries[self._size :]
        return self._entries


def plan(pages: Iterable[Known], budget: int, now: float, lastmods: Lastmods | None = None) -> list[Planned]:
    """Return at most `budget` pages to ask for at a time, in their order; equal ones by id and kind.

    One pass over the pages, in whatever order they come; memory grows with the budget, not with them.
    """
    if budget <= 0:
        return []
    trust = lastmods.trust if lastmods else 0.0
    queues = {queue: _Best(budget) for queue in _QUEUES}
    for page in pages:
        place = _place(page, now, trust)
        if place is not None:
            queue, order = place
            best = queues[queue]
            if order <= best.last:
                best.add(order, page)
    first = {_DOUBTED: queues.pop(_DOUBTED).taken()}
    taken = _shared({queue: best.taken() for queue, best in queues.items()}, budget - len(first[_DOUBTED]))
    return [_planned(page, queue, now, trust) for queue, page in chain(_in_turn(first), _in_turn(taken))]


def _place(page: Known, now: float, trust: float) -> tuple[int, float] | None:
    """Return the queue of a page and its order there, or None if it is not to be asked for now."""
    if page.due is not None and page.due > now:
        return None
    if page.state == _STOPPED:
        return _DOUBTED, page.first_seen
    tried = page.last_tried
    asked = page.first_seen if tried is None else tried
    waited = now - asked if asked < now else 0.0
    if tried is not None and tried > now + _SLACK:
        return _OVERDUE, 0.0
    if tried is not None and waited + _SLACK < _wait(page):
        return None
    if waited >= MAX_AGE - _SPREAD and waited >= _limit(page):
        return _OVERDUE, asked
    if page.state in _NOT_THERE:
        return _ABSENT, -_value(page, now, trust)
    if page.last_ok is None:
        return _NEW, _turn(page, now)
    return _KNOWN, -_value(page, now, trust)


def _limit(page: Known) -> float:
    """Return after how many days a page is overdue; the same for a page at all times."""
    return MAX_AGE if page.state == _ALIAS else MAX_AGE - crc32(page.nct_id.encode()) % _SPREAD


def _wait(page: Known) -> float:
    """Return for how many days a page is left alone after it was asked for."""
    if page.state == _ALIAS:
        return MAX_AGE
    if page.failures > 0:
        return min(2.0 ** min(page.failures - 1, 10), _MAX_WAIT)
    return 0.0 if page.sighted is not None else _AGAIN


def _turn(page: Known, now: float) -> float:
    """Return the order of a page that was never fetched: given, failures, steps, day of its discovery."""
    steps = 100 * (page.found_by != Source.GIVEN) + 10 * min(page.failures, 9) + min(page.depth, 9)
    return steps * 1e7 + min(page.first_seen, now)


def _value(page: Known, now: float, trust: float) -> float:
    """Return the fresh days that a request for a page is worth."""
    rate, last = _rate(page, now), page.last_ok
    if last is None or page.sighted is not None:
        value = 1 / rate
    else:
        value = gain(rate, now - last if last < now else 0.0)
        if trust and _is_hinted(page, now):
            value += trust * (1 / rate - value)
    return value / (page.failures + 2) if page.failures > 0 else value


def _rate(page: Known, now: float) -> float:
    """Return the changes a day that are expected of a page."""
    last, first = page.last_ok, page.first_ok
    if last is None:
        return _UNREAD
    expected = prior_rate(prior_of(page.status, page.start, page.completion, now), page.phase)
    if first is None:
        return expected
    return own_rate(expected, page.visits, page.changes, (last if last < now else now) - first)


def _is_hinted(page: Known, now: float) -> bool:
    return page.lastmod is not None and page.last_ok is not None and page.last_ok < page.lastmod <= now


def _shared(queues: dict[int, list[_Entry]], budget: int) -> dict[int, list[_Entry]]:
    """Return of each queue what fits into its share, and then what others have left of theirs."""
    overdue = min(len(queues[_OVERDUE]), (budget + 1) // 2)
    left = budget - overdue
    absent = min(len(queues[_ABSENT]), left // 10)
    left -= absent
    new = min(len(queues[_NEW]), left * 9 // 10)
    known = min(len(queues[_KNOWN]), left - new)
    shares = {_OVERDUE: overdue, _KNOWN: known, _NEW: new, _ABSENT: absent}
    for queue in (_NEW, _KNOWN, _OVERDUE, _ABSENT):
        shares[queue] = min(len(queues[queue]), shares[queue] + budget - sum(shares.values()))
    return {queue: entries[: shares[queue]] for queue, entries in queues.items()}


def _in_turn(queues: dict[int, list[_Entry]]) -> Iterator[tuple[int, Known]]:
    """Yield the pages of all queues, each queue spread evenly over the whole."""
    places = [
        ((index + 0.5) / len(entries), queue, Known._make(entry[3]))
        for queue, entries in queues.items()
        for index, entry in enumerate(entries)
    ]
    for _, queue, page in sorted(places, key=itemgetter(0, 1)):
        yield queue, page


def _planned(page: Known, queue: int, now: float, trust: float) -> Planned:
    why = _why(page, queue, now, trust)
    return Planned(page.nct_id, page.kind, why, _reason(page, why, now), _value(page, now, trust))


def _why(page: Known, queue: int, now: float, trust: float) -> Why:
    if queue == _DOUBTED:
        return Why.DOUBTED
    if queue == _OVERDUE:
        return Why.OVERDUE
    if page.failures > 0 or page.state in _NOT_THERE:
        return Why.RETRY
    if page.last_ok is None:
        return Why.NEW
    if page.sighted is not None:
        return Why.SIGHTED
    return Why.LASTMOD if trust and _is_hinted(page, now) else Why.LIKELY


def _reason(page: Known, why: Why, now: float) -> str:
    asked = page.first_seen if page.last_tried is None else page.last_tried
    match why:
        case Why.DOUBTED:
            return f"Its last version came {_days(now - asked)} ago in a run that an alarm stopped."
        case Why.OVERDUE if asked > now:
            return f"Asked for {_days(asked - now)} from now, by a clock that was wrong."
        case Why.OVERDUE:
            return f"Not asked for in {_days(now - asked)}; every page is within {MAX_AGE:.0f}."
        case Why.RETRY:
            return f"Last {page.state.replace('_', ' ')} ({page.failures} in a row), {_days(now - asked)} ago."
        case Why.NEW:
            return f"Never fetched, known for {_days(now - page.first_seen)} (found by {page.found_by})."
    assert page.last_ok is not None, "all others were fetched"
    age, rate = max(now - page.last_ok, 0.0), _rate(page, now)
    match why:
        case Why.SIGHTED:
            return f"Another page says {page.sighted}; fetched {_days(age)} ago."
        case Why.LASTMOD:
            return f"The sitemap says that it changed since it was fetched, {_days(age)} ago."
        case Why.LIKELY:
            kind = prior_of(page.status, page.start, page.completion, now).text
            changed = f"it has changed with {1 - exp(-rate * age):.0%} probability"
            return f"A trial {kind}, changes about every {_days(1 / rate)}; fetched {_days(age)} ago, {changed}."


def _days(days: float) -> str:
    count = max(round(days), 0)
    return "1 day" if count == 1 else f"{count:,} days"
