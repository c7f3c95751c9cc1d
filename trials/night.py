"""One night at the site: pages of a list, one after the other, until list, budget or the site's patience ends."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.errors import BudgetSpent, FetchError, PageError, StoreError
from registry.labels import PageKind
from registry.tables import Row, TableRows
from scraper.answer import page_of
from scraper.fetcher import Fetcher
from scraper.pages import KnownPage, State
from scraper.schedule import Planned, Why
from scraper.store import Store
from trials.alarms import EXITS, Alarm, Alarms, sign_of
from trials.breaker import Breaker
from trials.contained import ContainedReader
from trials.exits import Exit
from trials.reading import fetch_page
from trials.report import Ended, NotGot, Pages, Unknown
from trials.stop import Stop
from trials.tables import tables_of_kind

_GOT = frozenset({State.FETCHED, State.UNCHANGED, State.ALIAS})
_BY_THE_SITE = frozenset({State.FAILED, State.REFUSED, State.SOFT_ERROR, State.QUARANTINED})
_WORDING = "unknown_wording"
_NOT_KNOWN = frozenset({"unknown_label", "unknown_section", "unknown_column", _WORDING})
_LEFT = "Not asked for: "
_MOST_SHOWN = 200  # characters of a text that is not known


@dataclass(slots=True)
class End:
    """How a night ended: the exit code, and why, as a sentence without its full stop."""

    ended: Ended
    code: Exit
    why: str
    alarm: Alarm | None = None


@dataclass(slots=True)
class Night:
    """What became of tonight's list so far; `end` is None while it goes on."""

    planned: Sequence[Planned]
    pages: Pages = field(default_factory=Pages)
    unknown: dict[tuple[str, str, str], Unknown] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    states: Counter[str] = field(default_factory=Counter)
    end: End | None = None
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.pages.expected = len(self.planned)
        self.pages.by_reason = dict(Counter(str(page.why) for page in self.planned))

    def give_up(self) -> None:
        """End a night as the site's fault that got no page at all, however few it asked for; else leave it as it is."""
        bad = [each for each in self.pages.not_got if each.state in _BY_THE_SITE and not each.reason.startswith(_LEFT)]
        if self.pages.got or not bad or (self.end is not None and self.end.code is not Exit.DONE):
            return
        why = f"None of the {self.asked:,} pages asked for was had; the first: {bad[0].reason.rstrip('.')}"
        self.end = End(Ended.SITE, Exit.SITE, why)

    @property
    def per_second(self) -> float:
        """Return how many pages are asked for in a second."""
        return self.asked / max(time.monotonic() - self.began, 1e-9)


class Asking:
    """Asks for the pages of a night, and notes what came."""

    def __init__(
        self, night: Night, store: Store, fetcher: Fetcher, reader: ContainedReader, site: str, alarms: Alarms
    ) -> None:
        self._night = night
        self._holdings = store.holdings
        self._fetcher = fetcher
        self._reader = reader
        self._site = site
        self._alarms = alarms
        self._breaker = Breaker()

    def ask(self, page: Planned, stop: Stop) -> None:
        """Ask for one page; afterwards `Night.end` says whether the night is over."""
        night, kind = self._night, PageKind(page.kind)
        before = self._holdings.pages.known(page.nct_id, kind)
        tables = None
        try:
            _, tables = fetch_page(self._holdings, self._fetcher, self._site, self._reader, page.nct_id, kind)
            self._breaker.good()
        except BudgetSpent as error:
            night.end = End(Ended.BUDGET, Exit.DONE, str(error).rstrip("."))
            return
        except (FetchError, PageError) as error:
            self._breaker.bad(error)
            if self._breaker.is_open:
                night.end = End(Ended.SITE, Exit.SITE, self._given_up(error))
        after = self._holdings.pages.known(page.nct_id, kind)
        assert after is not None, "a page that was asked for has a state"
        self._note(page, before, after, tables)
        if night.end is None and (raised := self._alarms.raised):
            night.end = End(Ended.ALARM, EXITS[raised[0]], raised[1], raised[0])
        if night.end is None and stop.code is not None:
            pages = f"{night.asked:,} page{'s' * (night.asked != 1)}"
            night.end = End(Ended.INTERRUPTED, stop.code, f"{stop.code.name.capitalize()} after {pages}")

    def _given_up(self, error: FetchError | PageError) -> str:
        why = str(error).rstrip(".")
        return (
            why if self._breaker.is_closed else f"{self._breaker.in_a_row} pages in a row were not given; last: {why}"
        )

    def _note(self, page: Planned, before: KnownPage | None, after: KnownPage, tables: TableRows | None) -> None:
        pages = self._night.pages
        self._night.states[after.state] += 1
        is_held = before is not None and before.version is not None
        is_new = after.version is not None and (not before or after.version != before.version)
        has_changed = is_held and before is not None and after.record_sha256 != before.record_sha256
        pages.changed += has_changed
        self._night.asked += 1
        if after.state in _GOT:
            pages.got += 1
        else:
            pages.not_got.append(_not_got(page, after.state, after.reason))
        if page.why is Why.SIGHTED:
            said = "changed" if has_changed else "not_changed"
            pages.sightings[said] = pages.sightings.get(said, 0) + 1
        fresh = tables if is_new else None
        held = self._held(before, PageKind(page.kind)) if fresh is not None and before is not None else None
        self._alarms.note(sign_of(before.state if before else None, after.state, fresh, held))
        if fresh is not None:
            self._note_problems(fresh)

    def _held(self, before: KnownPage, kind: PageKind) -> TableRows | None:
        """Return what the version that we held of a page says, as it is read today; None if there is none."""
        if before.version is None:
            return None
        version = self._holdings.ledger.request(before.version)
        try:
            assert version.place is not None, "a good version is archived"
            page = page_of(self._holdings.read(version), before.nct_id, *version.place)
            return tables_of_kind(page, kind, self._reader.read)
        except (PageError, FetchError, StoreError):
            return None

    def _note_problems(self, tables: TableRows) -> None:
        night = self._night
        for problem in tables["problems"]:
            code = str(problem["code"])
            night.problems[code] += 1
            if code in _NOT_KNOWN:
                about, text = _about(problem), str(problem["text"] or "")[:_MOST_SHOWN]
                key = code, about, text if code == _WORDING else ""  # of a label the text is one value of many
                known = night.unknown.get(key)
                if known is None:
                    url = str(problem["url"]) if problem["url"] else None
                    known = Unknown(code=code, about=about, text=text, pages=0, nct_id=str(problem["nct_id"]), url=url)
                    night.unknown[key] = known
                known.pages += 1


def leave_rest(night: Night, store: Store) -> None:
    """Note of the pages that were not asked for that they were not, and why; also of a night that broke off."""
    why = night.end.why if night.end else "the night broke off"
    for page in night.planned[night.asked :]:
        state = _state_now(store, page)
        night.pages.not_got.append(_not_got(page, state, f"{_LEFT}{why[0].lower()}{why[1:]}."))


def _state_now(store: Store, page: Planned) -> str:
    try:
        known = store.pages.known(page.nct_id, PageKind(page.kind))
    except StoreError:  # what broke the night off may be the ledger
        return "not known"
    return known.state if known else State.NEVER_TRIED


def _not_got(page: Planned, state: str, reason: str | None) -> NotGot:
    return NotGot(nct_id=page.nct_id, kind=page.kind, state=state, reason=reason or "")


def _about(problem: Row) -> str:
    """Return what a problem is about: a label, or else a table and a column."""
    if problem["label"]:
        return str(problem["label"])
    return ".".join(str(problem[name]) for name in ("table", "column") if problem[name])
