"""The pages of one trial, oldest first → its tables: as the best page says, every version of it, and what changed.

A version is a state of the trial as its pages show it, See also left out. Two versions are compared column by column
where a table has one row a trial, and as sets of rows elsewhere: rows added and removed, not rows shifted. What only
seems to change is not said: where another kind of page became the best, or one of the two may be cut, there is a new
version and no changes.

A history is gone through moment by moment, so that it can go on from the tables of the build before: then the newest
page alone is read, however many versions there were.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

from normalizers.conflicts import newer_conflicts
from registry.labels import PageKind
from registry.tables import TABLES, Row, Table, TableRows
from registry.tables import table as table_of

OF_PAGES = frozenset({"pages", "problems"})
"""Tables with the rows of every page version; all others have those of one version of each trial."""
OF_HISTORY = frozenset({"changes", "study_versions"})
_OF_THE_TRIAL = tuple(t for t in TABLES if t.name not in OF_PAGES | OF_HISTORY | {"related_studies"})
OF_A_FETCH = frozenset("nct_id url fetched_at first_seen_at last_seen_at page_state seen_title seen_title_at".split())
"""Columns that say nothing of the trial itself."""
_UNSAID = frozenset({"ordinal", "parent_ordinal", "confidence"})
"""Columns that change when other rows come and go: places, and how sure a reading is."""
_KINDS: list[object] = list(PageKind)  # the one that says most first
_CITATIONS = "study_references"
_ALIAS = "nct_alias"


@dataclass(frozen=True, slots=True)
class State:
    """What the pages of a trial say together: the page that its tables are from, and that of its citations."""

    main: TableRows
    citations: TableRows

    def rows(self, table: str) -> list[Row]:
        """Return the rows of one of the trial's tables."""
        return (self.citations if table == _CITATIONS else self.main)[table]


def state_of(pages: Sequence[TableRows]) -> State:
    """Return what the pages of one trial say together; there is at least one.

    Citations that the page read for its tables lacks come from the references page.
    """
    main, references = (None if place is None else pages[place] for place in best([_page(page) for page in pages]))
    assert main is not None, "there is a page"
    return State(main, main if main[_CITATIONS] or references is None else references)


def best(rows: Sequence[Row]) -> tuple[int, int | None]:
    """Return which page a trial's tables are read from, and which is the best references page, None for none.

    `rows` are those of `pages`. A details page is before a summary before references, a whole one before one that may
    be cut, then the newest, then the last given.
    """
    ranked = sorted(range(len(rows)), key=lambda place: _rank(rows[place]))  # stable: the last given wins
    references = [place for place in ranked if rows[place]["kind"] == PageKind.REFERENCES]
    return ranked[-1], references[-1] if references else None


def _rank(page: Row) -> tuple[int, bool, float]:
    fetched_at = page["fetched_at"]
    newest = fetched_at.timestamp() if isinstance(fetched_at, datetime) else 0.0
    return -_KINDS.index(page["kind"]), bool(page["complete"]), newest


def firsts(rows: Sequence[Row]) -> list[int]:
    """Return for each page which one first said what it says: itself, or one from which on its kind said the same.

    `rows` are those of `pages`, in the order of their times.
    """
    found: list[int] = []
    last: dict[object, tuple[object, int]] = {}
    for place, row in enumerate(rows):
        said = (row["record_sha256"], row["complete"])
        before, first = last.get(row["kind"], (None, place))
        first = first if before == said else place
        last[row["kind"]] = (said, first)
        found.append(first)
    return found


def needed(rows: Sequence[Row]) -> set[int]:
    """Return the pages whose tables `trial_tables` looks at; of the others it needs the row of `pages` alone."""
    return {place for place in (*firsts(rows), *best(rows)) if place is not None}


def _page(tables: TableRows) -> Row:
    (page,) = tables["pages"]
    return page


def _contradicted(state: State, pages: Sequence[TableRows]) -> Iterator[Row]:
    """Yield rows of `problems` for what the newest page says otherwise, where the tables are from another."""
    rows = [_page(page) for page in pages]
    newest = max(range(len(rows)), key=lambda place: (rows[place]["fetched_at"], place))
    page, said = _page(state.main), pages[firsts(rows)[newest]].get("studies")
    if rows[newest] is page or not said or not state.main["studies"]:
        return
    whose = {name: page[name] for name in ("nct_id", "url", "fetched_at")}
    newer = {**said[0], "url": rows[newest]["url"], "fetched_at": rows[newest]["fetched_at"]}
    found = newer_conflicts(state.main["studies"][0], newer)
    for ordinal, problem in enumerate(found, start=len(state.main["problems"]) + 1):
        row = {**whose, "ordinal": ordinal, **problem.columns}
        yield {column.name: row[column.name] for column in table_of("problems").columns}


def goes_on(rows: Sequence[Row]) -> bool:
    """Whether the newest page of a trial and its tables of before give its history: `continued` is for such.

    `rows` are those of `pages`, in the order of their times. All are whole details pages, one at a time at the end: so
    the tables of before are those of the last page but one, as they are now those of the last.
    """
    return (
        len(rows) > 1
        and all(row["kind"] == PageKind.DETAILS and row["complete"] for row in rows)
        and rows[-2]["fetched_at"] != rows[-1]["fetched_at"]
    )


def trial_tables(pages: Sequence[TableRows], aliases: Sequence[str], *, is_continued: bool = False) -> TableRows:
    """Return the tables of one trial; `pages` are those of all its page versions in the order of their times.

    Those that are not `needed` may have no more than their row of `pages`. `aliases` are obsolete ids that lead to it.
    `is_continued` is for a trial that `goes_on`, of which the newest page was read: its history is left to `continued`.
    """
    state = state_of(pages)
    made: TableRows = {table.name: list(state.rows(table.name)) for table in TABLES}
    made["pages"] = [_page(page) for page in pages]
    if state.citations is not state.main:
        made["problems"] += state.citations["problems"]
    made["problems"] += _contradicted(state, pages)
    made["id_information"] += _alias_rows(state, aliases)
    history = _History([], [])
    known: list[TableRows] = []
    for new, is_news in _moments(pages) if not is_continued else ():
        known += new
        if is_news:
            history.add(new, state_of(known))
    made["study_versions"], made["changes"] = history.versions, history.changes
    return made


def continued(before: TableRows, now: TableRows) -> TableRows:
    """Return the rows that `study_versions` and `changes` get behind those that they have of a trial that `goes_on`.

    `before` are its tables in the build before, `now` those that `trial_tables` made of it. A table that says the same
    in both may be without its rows.
    """
    old, new = (_as_read(tables) for tables in (before, now))
    history = _History([], [], State(old, old))
    history.add([new], State(new, new))
    return {"study_versions": history.versions, "changes": history.changes}


def joined(table: str, old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """Return the rows of a table of the history with those behind them: a version ends where the next begins."""
    if table != "study_versions" or not old or not new:
        return [*old, *new]
    return [*old[:-1], {**old[-1], "valid_to": new[0]["valid_from"]}, *new]


def _as_read(tables: TableRows) -> TableRows:
    """Return the tables of a trial as those of its newest page: without obsolete ids, which no page says."""
    newest = max(tables["pages"], key=itemgetter("fetched_at"))
    own = [row for row in tables["id_information"] if row["id_source"] != _ALIAS]
    return {**tables, "pages": [newest], "id_information": own}


def _alias_rows(state: State, aliases: Sequence[str]) -> Iterator[Row]:
    (page,) = state.main["pages"]
    (table,) = (table for table in TABLES if table.name == "id_information")
    known = len(state.main["id_information"])
    for ordinal, alias in enumerate(aliases if page["kind"] != PageKind.REFERENCES else (), start=known + 1):
        said = {"nct_id": page["nct_id"], "ordinal": ordinal, "id_source": _ALIAS, "id_value": alias}
        yield {column.name: said.get(column.name) for column in table.columns}


# --- versions and changes ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _History:
    """The rows of `study_versions` and of `changes` so far, and the state that they lead to."""

    versions: list[Row]
    changes: list[Row]
    state: State | None = None

    def add(self, new: Sequence[TableRows], now: State) -> None:
        """Go on with the pages of a moment, and with what all pages up to then say."""
        before, self.state = self.state, now
        found = [] if before is None else list(_changes(before, now))
        if before is not None and _compares(before.main, now.main) and not found:
            return
        shown = _page(now.main if any(page is now.main for page in new) else new[-1])
        at, nct_id, url = shown["fetched_at"], _page(now.main)["nct_id"], shown["url"]
        version: Row = {"nct_id": nct_id, "valid_from": at, "valid_to": None, "url": url}
        self.versions = joined("study_versions", self.versions, [version])
        self.changes += [_in_order({**row, "nct_id": nct_id, "seen_at": at, "url": url}) for row in found]


def _moments(pages: Sequence[TableRows]) -> Iterator[tuple[list[TableRows], bool]]:
    """Yield the pages that came at each time, and whether one of them says something new of its kind.

    A page that says the same as the one before has that one's rows.
    """
    rows = [_page(page) for page in pages]
    first = firsts(rows)
    for _, places in groupby(range(len(pages)), key=lambda place: rows[place]["fetched_at"]):
        came = list(places)
        tables: list[TableRows] = [{**pages[first[place]], "pages": [rows[place]]} for place in came]
        yield tables, any(first[place] == place for place in came)


def _compares(old: TableRows, new: TableRows) -> bool:
    """Whether what differs between two pages is a change of the trial, and not of what was fetched of it."""
    before, after = _page(old), _page(new)
    return before["kind"] == after["kind"] and bool(before["complete"]) and bool(after["complete"])


def _changes(old: State, new: State) -> Iterator[Row]:
    for table in _OF_THE_TRIAL if _compares(old.main, new.main) else ():
        if table.name == _CITATIONS and not _compares(old.citations, new.citations):
            continue
        before, after = old.rows(table.name), new.rows(table.name)
        if before == after:
            continue
        compare = _columns if table.key == ("nct_id",) else _rows
        yield from compare(table, before, after)


def _columns(table: Table, before: Sequence[Row], after: Sequence[Row]) -> Iterator[Row]:
    """Yield what changed in the one row of a trial; a row that is not there has nulls."""
    old, new = (rows[0] if rows else {} for rows in (before, after))
    for column in table.columns:
        was, now = old.get(column.name), new.get(column.name)
        if column.name not in OF_A_FETCH and was != now:
            shown = (None, None) if column.personal else (_text(was), _text(now))
            yield {"table": table.name, "column": column.name, "ordinal": None, "old": shown[0], "new": shown[1]}


def _rows(table: Table, before: Sequence[Row], after: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows that went and came; one that went and one that came at the same place are one change."""
    personal = {column.name for column in table.columns if column.personal}
    gone, came = _beyond(before, after), _beyond(after, before)
    for ordinal in sorted(gone.keys() | came.keys()):
        was, now = gone.get(ordinal), came.get(ordinal)
        yield {
            "table": table.name, "column": None, "ordinal": ordinal,
            "old": None if personal or was is None else was, "new": None if personal or now is None else now,
        }  # fmt: skip


def _beyond(rows: Sequence[Row], others: Sequence[Row]) -> dict[int, str]:
    """Return the rows that the others lack, as JSON by place; of several that are equal the last."""
    left = Counter(map(_said, others))
    beyond: dict[int, str] = {}
    for place, row in enumerate(rows, start=1):
        said = _said(row)
        left[said] -= 1
        if left[said] < 0:
            beyond[place] = said
    return beyond


def _said(row: Mapping[str, object]) -> str:
    """Return a row as JSON, without what no page says of it."""
    said = {name: value for name, value in row.items() if name not in OF_A_FETCH | _UNSAID}
    return json.dumps(said, ensure_ascii=False, default=_text)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


_NAMES = [column.name for table in TABLES if table.name == "changes" for column in table.columns]


def _in_order(row: Row) -> Row:
    return {name: row[name] for name in _NAMES}
