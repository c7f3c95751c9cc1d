"""`trials why`: the whole story of a trial's pages, from ledger and archive. Reads only, takes no lock."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from registry.errors import FetchError, PageError, StoreError
from registry.labels import PageKind
from registry.tables import TABLES, Row, TableRows
from scraper import archive
from scraper.answer import page_of
from scraper.judge import asking
from scraper.ledger import Ledger, Request
from scraper.pages import KnownPage, Pages
from scraper.sightings import sightings_of
from scraper.store import ARCHIVE, read_forgotten
from scraper.verify import ledger_of
from trials.card import heading
from trials.contained import ContainedReader
from trials.exits import Exit
from trials.ids import distinct, read_ids
from trials.screen import say, show
from trials.sheet import Rows, cut, indented, text_of, title
from trials.tables import tables_of_kind

_SHOWN = 60  # characters of a value that changed
_MOST_SIGHTINGS = 5
_PERSONAL = frozenset({"central_contacts"})
_NOT_OF_THE_TRIAL = frozenset({"pages", "problems", "related_studies", "changes", "study_versions"})
_TIMES = ("first_seen", "last_tried", "last_ok", "last_changed", "due")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a page as today's parser reads it: its tables, or why it is refused."""

    at: datetime
    tables: TableRows | None
    refused: str | None


def tell_of(spellings: Iterable[str], store: Path) -> Exit:
    """Show what is known of each trial; PARTIAL if of one nothing is."""
    given = read_ids(spellings)
    ids = [str(one.nct_id) for one in distinct(given)]
    all_known = all(one.nct_id for one in given)
    with ledger_of(store) as ledger, ContainedReader() as reader:
        story = _Story(ledger, store / ARCHIVE, reader)
        forgotten = read_forgotten(store)
        for nct_id in ids:
            told = story.of(nct_id)
            if nct_id in forgotten:
                say(f"{nct_id} was forgotten on purpose: nothing of it is kept, and it is not asked for.")
            elif told is None:
                say(f"{nct_id} is not known here: nothing ever named it. `trials fetch {nct_id}` asks the site.")
                all_known = False
            elif not show(told):
                break
    return Exit.DONE if all_known else Exit.PARTIAL


class _Story:
    """Tells of one trial after the other."""

    def __init__(self, ledger: Ledger, folder: Path, reader: ContainedReader) -> None:
        self._ledger = ledger
        self._pages = Pages(ledger)
        self._folder = folder
        self._reader = reader

    def of(self, nct_id: str) -> RenderableType | None:
        """Return the story of a trial, or None if nothing is known of it."""
        known = self._pages.of_trial(nct_id)
        if not known:
            return None
        parts: list[RenderableType] = []
        for page in known:
            requests = self._requests(nct_id, page.kind)
            versions = list(self._versions(page.kind, requests))
            parts += [title(f"{nct_id} · {page.kind}"), *_heading(versions), Rows(list(_facts(page))), Text()]
            parts += _part("Requests, by UTC", [(_time(request.at), _said(request)) for request in requests])
            parts += _part("Versions, as they are read today", list(_told(versions)))
        return Group(*parts, *self._seen(nct_id))

    def _requests(self, nct_id: str, kind: PageKind) -> list[Request]:
        """Return the requests for a page, those among them that asked for it by an obsolete id."""
        ids = [nct_id, *self._pages.aliases_to(nct_id)]
        found = [request for each in ids for request in self._ledger.requests_for(asking(each, kind))]
        return sorted(found, key=lambda request: request.request)

    def _versions(self, kind: PageKind, requests: list[Request]) -> Iterator[Version]:
        """Yield each answer that could be a page and gave another payload than the one before, as it is read today."""
        last: int | None = None
        for request in requests:
            payload = request.original or request.request
            if request.place is None or request.status not in (200, 304) or payload == last:
                continue
            last = payload
            held = request if request.original is None else self._ledger.request(request.original)
            try:
                assert held.place is not None, "what an answer repeats is archived"
                page = page_of(archive.read(self._folder, held.place), None, *held.place)
                yield Version(request.at, tables_of_kind(page, kind, self._reader.read), None)
            except (PageError, FetchError, StoreError) as error:
                yield Version(request.at, None, str(error))

    def _seen(self, nct_id: str) -> Iterator[RenderableType]:
        """Yield how its addresses were found, which ids lead to it, and where other trials name it."""
        addresses = [(each.found_by.replace("_", " "), each.url) for each in self._pages.addresses_of(nct_id)]
        yield from _part("Addresses, and how they were found", addresses)
        if aliases := self._pages.aliases_to(nct_id):
            yield from (text_of(f"Obsolete ids that lead here: {', '.join(aliases)}"), Text())
        sightings = sightings_of(self._ledger, nct_id)
        rows = [
            (_time(when), where, ", ".join(filter(None, (seen.status or "no status", seen.phase))))
            for seen, where, when in sightings[:_MOST_SIGHTINGS]
        ]
        more = len(sightings) - len(rows)
        rows += [("", "", f"… and {more:,} more")] if more else []
        yield from _part(f"Named in the See also of {len(sightings):,} trials: as what", rows)


def _part(name: str, rows: Sequence[Sequence[str]]) -> list[RenderableType]:
    return [title(name), Rows(rows), Text()] if rows else []


def _heading(versions: Sequence[Version]) -> list[RenderableType]:
    """Return the title and the state of the trial by the newest version that could be read."""
    read = [version.tables for version in versions if version.tables is not None]
    return [indented(line) for tables in read[-1:] for study in tables["studies"] for line in heading(study)]


def _facts(page: KnownPage) -> Iterator[tuple[str, str]]:
    yield "state", page.state.replace("_", " ") + (f": {page.reason}" if page.reason else "")
    if page.url:
        yield "answers at", page.url
    for name in _TIMES:
        moment: datetime | None = getattr(page, name)
        if moment:
            yield name.replace("_", " "), f"{_time(moment)} UTC"
    where = f" on {page.found_on}" if page.found_on else ""
    yield "found by", f"{page.found_by.replace('_', ' ')}{where}"
    if page.sighted:
        yield "seen changed", f"{page.sighted}, on {_time(page.sighted_at)}"


def _said(request: Request) -> str:
    """Return what came of a request, from where, and the place of the answer in the archive, a line each."""
    parts = [str(request.status) if request.status else f"no answer ({request.why})"]
    parts += [f"cut short ({request.why})"] if request.status and request.why else []
    parts += ["the same page as before"] if request.original is not None else []
    outcome = (request.outcome or "").replace("_", " ")
    parts += [outcome + (f" ({request.reason})" if request.reason else "")] if outcome else []
    place = [f"{request.place.warc_file} at {request.place.warc_offset}"] if request.place else []
    return "\n".join([", ".join(parts), request.url, *place])


def _told(versions: Iterable[Version]) -> Iterator[tuple[str, str]]:
    """Yield the time of each version and what is new in it, or why it is refused."""
    before: TableRows | None = None
    for version in versions:
        lines = [str(version.refused)] if version.tables is None else _lines(before, version.tables)
        yield _time(version.at), "\n".join(lines)
        before = version.tables or before


def _lines(before: TableRows | None, after: TableRows) -> list[str]:
    """Return what changed since the version before, and what a person should look at."""
    if before is None:
        rows = sum(len(rows) for name, rows in after.items() if name not in _NOT_OF_THE_TRIAL)
        changed = [f"the first version that is kept; {rows} rows"]
    else:
        changed = list(changes(before, after)) or ["says the same of the trial"]
    codes = Counter(str(row["code"]) for row in after["problems"])
    problems = ", ".join(f"{count} {code}" for code, count in sorted(codes.items()))
    return [*changed, f"problems: {problems or 'none'}"]


def changes(before: TableRows, after: TableRows) -> Iterator[str]:
    """Yield a line for each column of the trial and each table of rows that differs; of contacts only that they do."""
    for table in TABLES:
        old, new = before[table.name], after[table.name]
        if table.name in _NOT_OF_THE_TRIAL:
            continue
        if table.key == ("nct_id",) and len(old) == len(new) == 1:
            yield from _columns(table.name, old[0], new[0])
            continue
        gone, came = _without_ordinals(old), _without_ordinals(new)
        if gone != came:
            count = f"{(came - gone).total()} rows new, {(gone - came).total()} gone"
            yield f"{table.name}: " + ("changed" if table.name in _PERSONAL else count)


def _columns(table: str, old: Row, new: Row) -> Iterator[str]:
    for name, value in new.items():
        if old[name] != value and name not in ("url", "fetched_at", "first_seen_at", "last_seen_at"):
            yield f"{table}.{name}: {_short(old[name])} → {_short(value)}"


def _without_ordinals(rows: list[Row]) -> Counter[str]:
    return Counter(repr({name: value for name, value in row.items() if "ordinal" not in name}) for row in rows)


def _short(value: object) -> str:
    return "null" if value is None else cut(value, _SHOWN)


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
