"""What the archive holds of each trial: every answer that may be a page of it, oldest first, and what was seen of it.

Everything comes from answers that the archive holds, nothing from requests to which none came: a ledger that was made
anew from the archive says the same. What a run brought that an alarm stopped is passed over (`scraper/doubts.py`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from registry.labels import PageKind
from scraper.judge import ELSEWHERE, NO_SUCH_PAGE
from scraper.ledger import Ledger, as_text, as_time
from scraper.pages import State
from scraper.site import trial_of
from scraper.spans import Span

_KINDS = {kind.value: kind for kind in PageKind}
_KNOWN = ", ".join(f"'{kind}'" for kind in _KINDS)
_ANSWERS = f"""
SELECT r.asked_for, r.url, r.at, r.status, r.why, r.outcome,
    iif(r.original IS NULL, r.warc_file, o.warc_file), iif(r.original IS NULL, r.warc_offset, o.warc_offset),
    iif(r.original IS NULL, r.warc_end, o.warc_end)
FROM requests r LEFT JOIN requests o ON o.request = r.original
WHERE r.asked_for GLOB 'NCT[0-9]*' AND substr(r.asked_for, 13) IN ({_KNOWN}) AND r.warc_file IS NOT NULL
    AND r.at <= :until AND r.outcome IS NOT 'doubted'
"""  # noqa: S608 - the kinds of page
_ID_LENGTH = len("NCT01234567")
_GOOD = frozenset({State.FETCHED, State.UNCHANGED})
_FOREVER = "9999"  # sorts behind every time


class KeptPage(NamedTuple):
    """A version of a page: an answer that gave another payload than the one of its kind before it.

    `span` is where the payload stands: another answer's, where this one said that an earlier version is there again.
    """

    kind: PageKind
    url: str
    at: datetime
    span: Span


class TrialHistory(NamedTuple):
    """What the archive holds of one trial.

    `pages` are oldest first. `page_state` is what the newest answer said of its details page, a code of
    `vocab/page_state.csv`; None if none said anything. `aliases` are obsolete ids that lead to it, sorted.
    """

    nct_id: str
    pages: tuple[KeptPage, ...]
    aliases: tuple[str, ...]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    page_state: str | None

    @property
    def fingerprint(self) -> bytes:
        """Hash of what its tables are made of, 16 bytes: pages by their places, and aliases."""
        said = [f"{kind} {url} {at.isoformat()} {span[0]} {span[1]} {span[2]}" for kind, url, at, span in self.pages]
        return hashlib.sha256("\n".join([*said, *self.aliases]).encode()).digest()[:16]


def nothing_of(nct_id: str) -> TrialHistory:
    """Return the history of a trial of which the archive holds nothing."""
    return TrialHistory(nct_id, (), (), None, None, None)


_trial_of = lru_cache(1024)(trial_of)  # each address is asked about several times in a row


class _Said(NamedTuple):
    """One answer, as the ledger has it (`scraper/schema.py`). The place is that of its payload, None if it is lost."""

    asked_for: str
    url: str
    at: str
    status: int
    why: str | None
    outcome: str | None
    warc_file: str | None
    warc_offset: int
    warc_end: int | None

    @property
    def asked_id(self) -> str:
        return self.asked_for[:_ID_LENGTH]

    @property
    def kind(self) -> PageKind:
        return _KINDS[self.asked_for[_ID_LENGTH + 1 :]]

    @property
    def trial(self) -> str | None:
        """The id of the trial whose page it may be, None for no page of a trial."""
        if self.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            return None
        return _trial_of(self.url) or (None if self.led_away else self.asked_id)

    @property
    def led_away(self) -> bool:
        """Whether the site led to its home page or a listing, as sites do for what is not there."""
        try:
            return bool(ELSEWHERE.fullmatch(urlsplit(self.url).path))
        except ValueError:
            return True


def histories(ledger: Ledger, until: datetime | None = None) -> Iterator[TrialHistory]:
    """Yield the history of every trial of which the archive holds a page, in the order of their ids.

    `until`: as known at that time, later answers left out.
    """
    values = {"until": as_text(until) if until else _FOREVER}
    strays, aliases = _strays(ledger, values)
    query = f"{_ANSWERS} ORDER BY r.asked_for, r.at, r.request"
    groups = groupby(map(_Said._make, ledger.each(query, values)), key=attrgetter("asked_id"))
    for nct_id, found in _with_strays(groups, strays):
        history = _history(nct_id, found, aliases.get(nct_id, ()))
        if history.pages:
            yield history


def _strays(ledger: Ledger, values: Mapping[str, object]) -> tuple[dict[str, list[_Said]], dict[str, list[str]]]:
    """Return the answers to which an obsolete id led, by trial; and of each trial the obsolete ids that lead to it."""
    query = (
        f"{_ANSWERS} AND (r.url LIKE '%/%NCT%NCT%' OR instr(upper(r.url), '/' || substr(r.asked_for, 1, 11)) = 0) "
        "ORDER BY r.asked_for, r.at, r.request"
    )  # addresses of another trial, and all that name two
    strays: dict[str, list[_Said]] = defaultdict(list)
    asked: dict[str, None] = {}
    for said in map(_Said._make, ledger.all(query, values)):
        if said.trial not in (None, said.asked_id):
            strays[str(said.trial)].append(said)
            asked[said.asked_for] = None
    aliases: dict[str, set[str]] = defaultdict(set)
    newest = (
        f"{_ANSWERS} AND r.asked_for = :asked AND r.status IN (200, 304) ORDER BY r.at DESC, r.request DESC LIMIT 1"
    )
    for asked_for in asked:
        last = _Said._make(ledger.one(newest, {**values, "asked": asked_for}))
        if last.trial not in (None, last.asked_id):
            aliases[str(last.trial)].add(last.asked_id)
    return strays, {trial: sorted(ids) for trial, ids in aliases.items()}


def _with_strays(
    groups: Iterator[tuple[str, Iterator[_Said]]], strays: dict[str, list[_Said]]
) -> Iterator[tuple[str, list[_Said]]]:
    """Yield the answers of each trial in the order of the ids; trials reached by an obsolete id alone among them."""
    left = sorted(strays)
    for nct_id, found in groups:
        while left and left[0] < nct_id:
            yield left[0], strays[left.pop(0)]
        if left and left[0] == nct_id:
            yield nct_id, [*found, *strays[left.pop(0)]]
        else:
            yield nct_id, list(found)
    for nct_id in left:
        yield nct_id, strays[nct_id]


def _history(nct_id: str, found: Sequence[_Said], aliases: Sequence[str]) -> TrialHistory:
    own = [said for said in found if said.trial == nct_id]
    seen = [said.at for said in own if said.outcome in _GOOD]
    first, last = as_time(min(seen, default=None)), as_time(max(seen, default=None))
    return TrialHistory(nct_id, tuple(_versions(own)), tuple(aliases), first, last, _state(nct_id, found))


def _versions(own: Sequence[_Said]) -> Iterator[KeptPage]:
    """Yield the versions of a trial's pages by their times; of two of one address at once one that is whole."""
    at_once: dict[tuple[str, str], _Said] = {}
    for said in own:
        before = at_once.get((said.at, said.url))
        if said.warc_file is not None and (before is None or before.why or not said.why):
            at_once[said.at, said.url] = said
    last: dict[PageKind, Span] = {}
    for said in sorted(at_once.values(), key=attrgetter("at")):
        span = Span(str(said.warc_file), said.warc_offset, said.warc_end)
        if last.get(said.kind) != span:
            last[said.kind] = span
            at = as_time(said.at)
            assert at is not None, "every request has a time"
            yield KeptPage(said.kind, said.url, at, span)


def _state(nct_id: str, found: Sequence[_Said]) -> str | None:
    """Return what the newest answer that says anything of the details page says."""
    of_details = [said for said in found if said.kind is PageKind.DETAILS]
    of_details.sort(key=attrgetter("at"))
    for said in reversed(of_details):
        if state := _state_of(nct_id, said):
            return state
    return None


def _state_of(nct_id: str, said: _Said) -> str | None:
    trial = said.trial
    if said.status in NO_SUCH_PAGE or (trial is None and said.status == HTTPStatus.OK and said.led_away):
        return State.GONE  # a place that a site leads away to is no page of a trial
    if trial is None or said.outcome is None:
        return None
    return said.outcome if trial == nct_id else State.ALIAS
