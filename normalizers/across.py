"""What a build knows only when it has every trial: what other trials' pages say of one, and when it was seen.

`studies` gets the times and the state of its page, and the newest title that See also tables print of a trial whose own
page shows none; `problems` where the newest of them says otherwise than the trial's own page.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from normalizers import inputs
from normalizers.arrow import arrow_table
from normalizers.conflicts import sighting_conflicts
from normalizers.contacts import Finder, Groups
from normalizers.history import OF_A_FETCH
from normalizers.manifest import Counts
from normalizers.masking import free_texts
from normalizers.rows import Rows
from normalizers.writing import STAGED, TableWriter, staged
from registry.errors import StoreError
from registry.record import Problem
from registry.tables import Row, arrow_schema, table

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "512MB", "threads": 2}
_TITLES = """
SELECT DISTINCT ON (r.related_nct_id) r.related_nct_id, r.title, r.seen_at
FROM read_parquet($related) r JOIN known ON known.nct_id = r.related_nct_id
WHERE r.title IS NOT NULL AND known.brief_title IS NULL ORDER BY r.related_nct_id, r.seen_at DESC, r.nct_id, r.ordinal
"""
_SIGHTINGS = """
SELECT * FROM (
    SELECT DISTINCT ON (r.related_nct_id) r.related_nct_id, r.nct_id, r.seen_at, r.status, r.phase, r.title,
        known.url, known.fetched_at, known.last_seen_at, known.overall_status, known.phase AS own_phase,
        known.brief_title
    FROM read_parquet($related) r JOIN known ON known.nct_id = r.related_nct_id
    WHERE r.seen_at > known.last_seen_at
    ORDER BY r.related_nct_id, r.seen_at DESC, r.nct_id, r.ordinal
) WHERE status != overall_status OR phase != own_phase OR title != brief_title ORDER BY related_nct_id
"""


class Sighting(NamedTuple):
    """What the See also of another trial said of one after its own page was last seen, and what that page said."""

    related_nct_id: str
    nct_id: str
    seen_at: datetime
    status: str | None
    phase: str | None
    title: str | None
    url: str
    fetched_at: datetime
    last_seen_at: datetime
    overall_status: str | None
    own_phase: str | None
    brief_title: str | None

    @property
    def problems(self) -> list[Problem]:
        """What the two say otherwise."""
        own = ("overall_status", "brief_title")
        study: Row = {name: getattr(self, name) for name in own} | {"phase": self.own_phase}
        study |= {"nct_id": self.related_nct_id, "fetched_at": self.last_seen_at}
        return sighting_conflicts(study, [self._asdict()])


def finish(folder: Path, finder: Finder) -> None:
    """Write `studies` and `problems`, of which a build so far has only what each trial's own pages say.

    `finder` knows the row groups that hold contacts; it gets to know those of the two.
    """
    known = _known(folder)
    with duckdb.connect(config={**_SETTINGS, "temp_directory": str(folder / ".duckdb")}) as database:
        database.register("known", known)
        related = {"related": str(folder / "related_studies.parquet")}
        titles = cast(pa.Table, database.sql(_TITLES, params=related).to_arrow_table())
        sightings = [Sighting(*row) for row in database.execute(_SIGHTINGS, related).fetchall()]
    held = finder.held()
    _write_studies(folder, known, titles.sort_by("related_nct_id"), held["studies"], finder)
    _write_problems(folder, sightings, held["problems"], finder)
    for name in STAGED:
        staged(folder, name).unlink()


def _known(folder: Path) -> pa.Table:
    """Return what is asked of every trial in `studies`, sorted by id."""
    columns = ["nct_id", "url", "fetched_at", "brief_title", "overall_status", "phase"]
    studies = pq.read_table(staged(folder, "studies"), columns=columns)
    seen = pa.Table.from_batches(list(inputs.batches_of(folder)), inputs.schema())
    places = _places(studies, seen, "nct_id")
    seen = seen.drop_columns(["nct_id", "fingerprint"]).take(places)
    for name in seen.column_names:
        studies = studies.append_column(name, seen.column(name))
    return studies


def _places(studies: pa.Table, among: pa.Table, column: str) -> "pa.Array[Any]":
    """Return where the id of each trial stands in a sorted column of another table; null where it does not."""
    ids: list[Any] = among.column(column).to_pylist()
    places: list[int | None] = []
    place = 0
    for each in studies.column("nct_id").to_pylist():
        place = bisect_left(ids, each, place)
        places.append(place if place < len(ids) and ids[place] == each else None)
    return pa.array(places, pa.int64())


def _write_studies(folder: Path, known: pa.Table, titles: pa.Table, held: Groups, finder: Finder) -> None:
    titles = titles.take(_places(known, titles, "related_nct_id"))
    also = {
        **{name: known.column(name) for name in ("first_seen_at", "last_seen_at", "page_state")},
        "seen_title": titles.column("title"),
        "seen_title_at": titles.column("seen_at"),
    }
    of = table("studies")
    schema = arrow_schema(of)
    unsure = frozenset(also) & free_texts(of).keys()
    writer = TableWriter(of, folder / "studies.parquet", finder)
    staged_rows = Rows(staged(folder, "studies"), of, held)
    begin = 0
    for rows in staged_rows.rest():
        for name, column in also.items():
            place = schema.get_field_index(name)
            part = column.slice(begin, rows.num_rows).cast(schema.field(place).type)
            rows = rows.set_column(place, schema.field(place), part)
        assert staged_rows.held is not None, "they were looked through when they were staged"
        writer.append(rows, staged_rows.held | unsure)
        begin += rows.num_rows
    writer.close()


def _write_problems(folder: Path, sightings: list[Sighting], held: Groups, finder: Finder) -> None:
    of = table("problems")
    writer = TableWriter(of, folder / "problems.parquet", finder)
    staged_rows = Rows(staged(folder, "problems"), of, held)
    for sighting in sightings:
        for rows in staged_rows.before(sighting.related_nct_id):
            writer.append(rows, staged_rows.held)
        own = [row for rows in staged_rows.of(sighting.related_nct_id) for row in rows.to_pylist()]
        writer.append(arrow_table(of, [*own, *_conflicts(sighting, own)]))
    for rows in staged_rows.rest():
        writer.append(rows, staged_rows.held)
    writer.close()


def _conflicts(sighting: Sighting, own: list[Row]) -> Iterator[Row]:
    """Yield a row of `problems` for each thing that the sighting says otherwise, behind those of the page."""
    page: Row = {"url": sighting.url, "fetched_at": sighting.fetched_at}
    known = sum(all(row[name] == value for name, value in page.items()) for row in own)
    for ordinal, problem in enumerate(sighting.problems, start=known + 1):
        row = {**page, "ordinal": ordinal, "nct_id": sighting.related_nct_id, **problem.columns}
        yield {column.name: row[column.name] for column in table("problems").columns}


def compared(folder: Path, current: Path | None) -> Counts:
    """Return how many trials a build has, and how many of them are new, changed or gone since the current one.

    Changed is a trial whose row of `studies` says something else of the trial.
    """
    ours = str(folder / "studies.parquet")
    if current is None:
        trials = pq.read_metadata(ours).num_rows
        return Counts(trials, new=trials)
    theirs = str(current / "studies.parquet")
    try:
        return _compared(ours, theirs)
    except (duckdb.Error, OSError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"The published build has a studies.parquet that cannot be read ({error}). Put it back, or remove the "
            "link `current`, which removes no table, and build again: the build is then compared with none."
        ) from error


class Differences(NamedTuple):
    """Trials that are new, changed or gone from the site from one build to the next: numbers, and the first ids."""

    new: tuple[int, list[str]]
    changed: tuple[int, list[str]]
    gone: tuple[int, list[str]]


def differences(folder: Path, before: Path | None, most: int) -> Differences:
    """Return how a published build differs from the one before it, with at most so many ids of each kind."""
    ours = str(folder / "studies.parquet")
    signs = _signs(str(before / "studies.parquet")) if before else ("true", "false", "false")
    query = ", ".join(
        f"count(*) FILTER ({sign}), coalesce((array_agg(new.nct_id ORDER BY new.nct_id) FILTER ({sign}))[:$most], [])"
        for sign in signs
    )
    values = {"ours": ours, "theirs": str((before or folder) / "studies.parquet"), "most": most}
    with duckdb.connect(config=_SETTINGS) as database:
        row = database.execute(f"SELECT {query} {_BESIDE}", values).fetchone()
    assert row is not None, "a count is always there"
    return Differences(*((row[n], row[n + 1]) for n in (0, 2, 4)))


_BESIDE = "FROM read_parquet($ours) new LEFT JOIN read_parquet($theirs) old USING (nct_id)"


def _compared(ours: str, theirs: str) -> Counts:
    query = ", ".join(f"count(*) FILTER ({sign})" for sign in _signs(theirs))
    with duckdb.connect(config=_SETTINGS) as database:
        row = database.execute(f"SELECT count(*), {query} {_BESIDE}", {"ours": ours, "theirs": theirs}).fetchone()
    assert row is not None, "a count is always there"
    return Counts(*row)


def _signs(theirs: str) -> tuple[str, str, str]:
    """Return what tells that a trial is new, changed and gone, in SQL."""
    known = set(pq.read_schema(theirs).names)  # of an older program
    columns = [each.name for each in table("studies").columns if each.name in known - OF_A_FETCH]
    differs = " OR ".join(f"new.{name} IS DISTINCT FROM old.{name}" for name in columns)
    return (
        "old.nct_id IS NULL",
        f"old.nct_id IS NOT NULL AND ({differs})",
        "new.page_state = 'gone' AND old.page_state IS DISTINCT FROM 'gone'",
    )
