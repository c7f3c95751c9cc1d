"""What the archive holds of each trial: every answer that may be a page of it, oldest first, and what was seen of it.

Everything comes from answers that the archive holds, nothing from requests to which none came: a ledger that was made
anew from the archive says the same.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from registry.labels import PageKind
from scraper.judge import ELSEWHERE, NO_SUCH_PAGE
from scraper.ledger import Ledger, as_text, as_time
from scraper.pages import State
from scraper.site import trial_of
from scraper.spans import Span

_COLUMNS = "asked_for, url, at, status, why, warc_file, warc_offset, warc_end, original, outcome"
_IS_OF_A_TRIAL = "asked_for GLOB 'NCT[0-9]*' AND warc_file IS NOT NULL AND at <= :until"
_ID_LENGTH = len("NCT01234567")
_FOREVER = "9999"  # sorts behind every time


class KeptPage(NamedTuple):
    """An answer that may be a page: 200, not seen before. `why` says why whoever archived it cut it, None for whole."""

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
        said = [*(f"{page.kind} {page.url} {page.at} {page.span}" for page in self.pages), *self.aliases]
        return hashlib.sha256("\n".join(said).encode()).digest()[:16]


def nothing_of(nct_id: str) -> TrialHistory:
    """Return the history of a trial of which the archive holds nothing."""
    return TrialHistory(nct_id, (), (), None, None, None)


class _Said(NamedTuple):
    """One answer, as the ledger has it; see `scraper/schema.py`."""

    asked_for: str
    url: str
    at: str
    status: int
    why: str | None
    warc_file: str
    warc_offset: int
    warc_end: int | None
    original: int | None
    outcome: str | None

    @property
    def asked_id(self) -> str:
        return self.asked_for[:_ID_LENGTH]

    @property
    def kind(self) -> PageKind:
        return PageKind(self.asked_for[_ID_LENGTH + 1 :])

    @property
    def trial(self) -> str | None:
        """The id of the trial whose page it may be, None for no page of a trial."""
        if self.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            return None
        found = trial_of(self.url)
        return found or (None if ELSEWHERE.fullmatch(urlsplit(self.url).path) else self.asked_id)


def histories(ledger: Ledger, until: datetime | None = None) -> Iterator[TrialHistory]:
    """Yield the history of every trial of which the archive holds a page, in the order of their ids.

    `until`: as known at that time, later answers left out.
    """
    values = {"until": as_text(until) if until else _FOREVER}
    strays, aliases = _strays(ledger, values)
    query = f"SELECT {_COLUMNS} FROM requests WHERE {_IS_OF_A_TRIAL} ORDER BY asked_for, at, request"  # noqa: S608
    groups = groupby(map(_Said._make, ledger.each(query, values)), key=lambda said: said.asked_id)
    for nct_id, found in _with_strays(groups, strays):
        history = _history(nct_id, found, aliases.get(nct_id, ()))
        if history.pages:
            yield history


def _strays(ledger: Ledger, values: Mapping[str, object]) -> tuple[dict[str, list[_Said]], dict[str, list[str]]]:
    """Return the answers to which an obsolete id led, by trial; and of each trial the obsolete ids that lead to it."""
    query = (
        f"SELECT {_COLUMNS} FROM requests WHERE {_IS_OF_A_TRIAL} "  # noqa: S608
        "AND instr(upper(url), substr(asked_for, 1, 11)) = 0 ORDER BY asked_for, at, request"
    )
    strays: dict[str, list[_Said]] = defaultdict(list)
    asked: dict[str, None] = {}
    for said in map(_Said._make, ledger.all(query, values)):
        if said.trial not in (None, said.asked_id):
            strays[str(said.trial)].append(said)
            asked[said.asked_for] = None
    aliases: dict[str, set[str]] = defaultdict(set)
    newest = (
        f"SELECT {_COLUMNS} FROM requests WHERE asked_for = :asked AND {_IS_OF_A_TRIAL} "  # noqa: S608
        "AND status IN (200, 304) ORDER BY at DESC, request DESC LIMIT 1"
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
    pages = sorted(
        (_page(said) for said in own if said.status == HTTPStatus.OK and said.original is None),
        key=lambda page: page.at,
    )
    seen = [said.at for said in own if said.outcome in (State.FETCHED, State.UNCHANGED)]
    return TrialHistory(
        nct_id, tuple(pages), tuple(aliases),
        as_time(min(seen, default=None)), as_time(max(seen, default=None)), _state(nct_id, found),
    )  # fmt: skip


def _page(said: _Said) -> KeptPage:
    at = as_time(said.at)
    assert at is not None, "every request has a time"
    return KeptPage(said.kind, said.url, at, Span(said.warc_file, said.warc_offset, said.warc_end))


def _state(nct_id: str, found: Sequence[_Said]) -> str | None:
    """Return what the newest answer that says anything of the details page says."""
    states = ((said.at, _state_of(nct_id, said)) for said in found if said.kind is PageKind.DETAILS)
    known = [(at, state) for at, state in states if state]
    return max(enumerate(known), key=lambda each: (each[1][0], each[0]))[1][1] if known else None


def _state_of(nct_id: str, said: _Said) -> str | None:
    if said.status in NO_SUCH_PAGE:
        return State.GONE
    if said.trial is None or said.outcome is None:
        return None
    return said.outcome if said.trial == nct_id else State.ALIAS
