"""The pages of one trial, oldest first → its tables: as the best page says, every version of it, and what changed.

A version is a state of the trial as its pages show it, See also left out. Two versions are compared column by column
where a table has one row a trial, and as sets of rows elsewhere: rows added and removed, not rows shifted. What only
seems to change is not said: where another kind of page became the best, or one of the two may be cut, there is a new
version and no changes.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from registry.labels import PageKind
from registry.tables import TABLES, Row, Table, TableRows

OF_PAGES = frozenset({"pages", "problems"})
"""Tables with the rows of every page version; all others have those of one version of each trial."""
OF_HISTORY = frozenset({"changes", "study_versions"})
_OF_THE_TRIAL = tuple(t for t in TABLES if t.name not in OF_PAGES | OF_HISTORY | {"related_studies"})
OF_A_FETCH = frozenset("nct_id url fetched_at first_seen_at last_seen_at page_state seen_title seen_title_at".split())
"""Columns that say nothing of the trial itself."""
_PLACES = frozenset({"ordinal", "parent_ordinal"})  # which change when other rows come and go
_KINDS: list[object] = list(PageKind)  # the one that says most first
_CITATIONS = "study_references"


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


def trial_tables(pages: Sequence[TableRows], aliases: Sequence[str]) -> TableRows:
    """Return the tables of one trial; `pages` are those of all its page versions in the order of their times.

    Those that are not `needed` may have no more than their row of `pages`. `aliases` are obsolete ids that lead to it.
    """
    state = state_of(pages)
    made: TableRows = {table.name: list(state.rows(table.name)) for table in TABLES}
    made["pages"] = [_page(page) for page in pages]
    if state.citations is not state.main:
        made["problems"] += state.citations["problems"]
    made["id_information"] += _alias_rows(state, aliases)
    made["study_versions"], made["changes"] = _history(pages)
    return made


def _alias_rows(state: State, aliases: Sequence[str]) -> Iterator[Row]:
    (page,) = state.main["pages"]
    (table,) = (table for table in TABLES if table.name == "id_information")
    known = len(state.main["id_information"])
    for ordinal, alias in enumerate(aliases if page["kind"] != PageKind.REFERENCES else (), start=known + 1):
        said = {"nct_id": page["nct_id"], "ordinal": ordinal, "id_source": "nct_alias", "id_value": alias}
        yield {column.name: said.get(column.name) for column in table.columns}


# --- versions and changes ---------------------------------------------------------------------------------------


def _history(pages: Sequence[TableRows]) -> tuple[list[Row], list[Row]]:
    """Return the rows of `study_versions` and of `changes`."""
    versions: list[Row] = []
    changes: list[Row] = []
    before: State | None = None
    known: list[TableRows] = []
    for at, new, is_news in _moments(pages):
        known += new
        if not is_news:
            continue
        now = state_of(known)
        found = [] if before is None else list(_changes(before, now))
        is_same = before is not None and _compares(before.main, now.main) and not found
        before = now
        if is_same:
            continue
        url = _page(now.main if any(page is now.main for page in new) else new[-1])["url"]
        nct_id = _page(now.main)["nct_id"]
        if versions:
            versions[-1]["valid_to"] = at
        versions.append({"nct_id": nct_id, "valid_from": at, "valid_to": None, "url": url})
        changes += [{**row, "nct_id": nct_id, "seen_at": at, "url": url} for row in found]
    return versions, [_in_order(row) for row in changes]


def _moments(pages: Sequence[TableRows]) -> Iterator[tuple[object, list[TableRows], bool]]:
    """Yield each time, the pages that came then, and whether one of them says something new of its kind.

    A page that says the same as the one before has that one's rows.
    """
    rows = [_page(page) for page in pages]
    first = firsts(rows)
    for at, places in groupby(range(len(pages)), key=lambda place: rows[place]["fetched_at"]):
        came = list(places)
        tables: list[TableRows] = [{**pages[first[place]], "pages": [rows[place]]} for place in came]
        yield at, tables, any(first[place] == place for place in came)


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
    """Return a row as JSON, without what tells where it stands."""
    said = {name: value for name, value in row.items() if name not in OF_A_FETCH | _PLACES}
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
