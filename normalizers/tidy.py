"""One `Record` → rows of every table, in page order, each with every column of its table.

The columns come from `registry.labels.FIELDS`: each field's text is read by its kind and lands in the field's table.
What could not be read, is in conflict or was damaged becomes a row of `problems`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from normalizers.criteria import split_criteria
from normalizers.links import absolute_link
from normalizers.loss import lossy_marks
from normalizers.mentions import mentions
from normalizers.page_tables import page_row, problem_rows
from normalizers.readers import Reading, printed, read, says_none
from normalizers.values.citations import doi, pmid
from normalizers.values.contacts import read_phone
from registry.labels import (
    FIELDS,
    LOCATIONS,
    OUTCOME,
    SECTIONS,
    SEE_ALSO,
    SPONSORS,
    Field,
    FieldKey,
    Kind,
    PageKind,
    fields_of,
)
from registry.privacy import WITH_CONTACTS, looks_personal
from registry.record import Page, PageRow, Problem, Record
from registry.tables import TABLES, Row, TableRows, columns_of
from registry.vocabularies import code

_CONTACTS = "central_contacts"
_ONE_ROW = tuple(t.name for t in TABLES if t.key == ("nct_id",))  # tables with one row a trial
_MAY_BE_DAMAGED = frozenset({Kind.TEXT, Kind.TERM, Kind.CITATION, Kind.RELATED, Kind.TIME_FRAME, Kind.SPONSOR})
_WITH_WHOLE_ROWS = {LOCATIONS: "facilities", OUTCOME: "design_outcomes"}
_AROUND = 20  # characters of context in the message about a damaged place


def tidy(page: Page, record: Record) -> TableRows:
    """Return the rows of every table; tables without rows are empty lists."""
    trial = _Trial(page, _with_printed_texts(record))
    _read_single_values(trial)
    _read_rows(trial)
    _add_contact(trial)
    _add_criteria(trial)
    _add_titles(trial)
    _add_mentions(trial)
    _add_page(trial)
    return {t.name: [_complete(t.name, row) for row in trial.tables[t.name]] for t in TABLES}


@dataclass(slots=True)
class _Trial:
    """The tables of one page while they grow."""

    page: Page
    record: Record
    tables: TableRows = field(default_factory=lambda: {t.name: [] for t in TABLES})
    single: dict[str, Row] = field(default_factory=lambda: {name: {} for name in (*_ONE_ROW, _CONTACTS)})
    read_of: dict[tuple[str, str], Reading] = field(default_factory=dict)  # (table, column) → what filled it
    problems: list[Problem] = field(default_factory=list)
    unread: list[FieldKey] = field(default_factory=list)

    def add(self, name: str, row: Row) -> Row:
        """Add a row with the id and its place, where its table has one."""
        row = {"nct_id": self.record.nct_id, "ordinal": len(self.tables[name]) + 1, **row}
        self.tables[name].append(row)
        return row

    def read(self, known: Field, text: str) -> Reading:
        """Read a text, and note it where it could not be read."""
        reading = read(known, text)
        if reading.problem:
            self.note(known, text, reading.problem, reading.expected)
        return reading

    def note(self, known: Field, text: str, problem: str, expected: str) -> None:
        """Note a text that could not be read."""
        self.unread.append(known.key)
        personal = known.table == _CONTACTS or (known.section in WITH_CONTACTS and looks_personal(text))
        shown = "its text" if personal else repr(text)
        message = f"{known.key}: {shown} is not {expected}."
        label, text_shown = str(known.key), None if personal else text
        self.problems.append(Problem(problem, message, label, text_shown, known.table, known.column))


def _with_printed_texts(record: Record) -> Record:
    rows = {
        section: tuple(
            PageRow(
                {label: printed(text) for label, text in row.cells.items()},
                None if row.whole is None else printed(row.whole),
                row.link,
            )
            for row in rows
        )
        for section, rows in record.rows.items()
    }
    return replace(record, texts={key: printed(text) for key, text in record.texts.items()}, rows=rows)


# --- values that stand once -------------------------------------------------------------------------------------


def _read_single_values(trial: _Trial) -> None:
    for known in FIELDS:
        text = trial.record.texts.get(known.key)
        if not text or says_none(known, text):
            continue
        reading = trial.read(known, text)
        for row in reading.rows:
            trial.add(known.table, row)
        if known.table in trial.single:
            _merge(trial, known, text, reading)
    for name in _ONE_ROW:
        row = trial.single[name]
        if name == "studies" and trial.record.kind is not PageKind.REFERENCES:
            row.update(nct_id=trial.record.nct_id, url=_url(trial), fetched_at=trial.page.fetched_at)
        if any(value is not None for value in row.values()):
            trial.tables[name].append({"nct_id": trial.record.nct_id, **row})
    _mark_single(trial)


def _merge(trial: _Trial, known: Field, text: str, reading: Reading) -> None:
    """Keep the first text that could be read for a column, with all that comes of it; say so where another differs."""
    row = trial.single[known.table]
    before = trial.read_of.get((known.table, known.column))
    if before is None or (before.problem and not reading.problem):
        row.update(reading.columns)
        trial.read_of[known.table, known.column] = reading
        return
    differ = [name for name, value in reading.columns.items() if not name.endswith("_text") and value != row.get(name)]
    if differ and not reading.problem:
        values = "another value" if known.table == _CONTACTS else f"{text!r}, not {row[differ[0]]!s}"
        shown = None if known.table == _CONTACTS else text
        message = f"{known.key} says {values}, which was read first and kept."
        trial.problems.append(Problem("conflict", message, str(known.key), shown, known.table, differ[0]))


def _mark_single(trial: _Trial) -> None:
    seen: set[tuple[str, str]] = set()
    for known in FIELDS:
        rows = trial.tables[known.table] if known.table in _ONE_ROW else []
        if rows and known.kind in _MAY_BE_DAMAGED and (known.table, known.column) not in seen:
            seen.add((known.table, known.column))
            _mark(trial, known.table, known.column, str(known.key), rows[0])


def _mark(trial: _Trial, name: str, column: str, label: str, row: Row) -> None:
    """Add a problem for each damaged place in a column's text."""
    text = row.get(column)
    if not isinstance(text, str):
        return
    where = f"{name}.{column}" + (f", row {row['ordinal']}" if "ordinal" in row else "")
    for mark in lossy_marks(text):
        around = text[max(0, mark.start - _AROUND) : mark.end + _AROUND].replace("\n", " ")
        damaged = text[mark.start : mark.end]
        context = "" if looks_personal(around) else f" in '…{around}…'"
        message = f"{damaged!r}{context} ({where}) may have been {mark.kind}; the text was left as it is."
        trial.problems.append(Problem("lossy_text", message, label, damaged, name, column, mark.start, mark.end))


# --- rows -------------------------------------------------------------------------------------------------------


def _read_rows(trial: _Trial) -> None:
    for section in (section.name for section in SECTIONS):
        rows = [part for row in trial.record.rows.get(section, ()) for part in _read_row(trial, section, row)]
        if section == SPONSORS:
            rows.sort(key=lambda pair: pair[1].get("lead_or_collaborator") == "collaborator")
        for name, row in rows:
            if name == "sponsors" and _is_repeated_lead(trial, row):
                continue
            added = trial.add(name, row)
            for column, label in _texts_of_table(section, name):
                _mark(trial, name, column, label, added)
            if "text" in added:
                _mark(trial, name, "text", f"{section}/", added)


def _read_row(trial: _Trial, section: str, row: PageRow) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) for a row of the page: one for each table its cells belong to."""
    columns: dict[str, Row] = {}
    for label, known in _fields_in(section):
        text = row.cells.get(label)
        if not text:
            continue
        reading = trial.read(known, text)
        yield from ((known.table, extra) for extra in reading.rows)
        if reading.columns:
            columns.setdefault(known.table, {}).update(reading.columns)
    if row.whole is not None:
        columns.setdefault(_WITH_WHOLE_ROWS[section], {})["text"] = row.whole
    if row.link and (citation := columns.get("study_references")):
        citation.update(pmid=citation.get("pmid") or pmid(row.link), doi=citation.get("doi") or doi(row.link))
    if facility := columns.get("facilities"):
        facility["state_code"] = code("states", f"{facility.get('state')}, {facility.get('country_code')}")
    if section == SEE_ALSO and columns and not row.cells.get("Clinical Trial"):
        known = fields_of(SEE_ALSO)["clinical trial"]
        trial.note(known, "", "unread_value", "an NCT id, a dash and a title")
    if section == SEE_ALSO and columns:
        columns["related_studies"].update(url=_link(trial, row.link), seen_at=trial.page.fetched_at)
    yield from columns.items()


@cache
def _fields_in(section: str) -> tuple[tuple[str, Field], ...]:
    """Return the fields of a section, each with its label in a row's cells."""
    return tuple((known.labels[0], known) for known in FIELDS if known.section == section)


@cache
def _texts_of_table(section: str, name: str) -> tuple[tuple[str, str], ...]:
    """Return column and label of the texts that a section gives a table, and that may be damaged."""
    fields = (known for _, known in _fields_in(section) if known.table == name and known.kind in _MAY_BE_DAMAGED)
    return tuple((known.column, str(known.key)) for known in fields)


def _is_repeated_lead(trial: _Trial, row: Row) -> bool:
    """Whether the row is a lead sponsor that stands again beside each collaborator."""
    return row["lead_or_collaborator"] == "lead" and any(
        row["name"] == other["name"] for other in trial.tables["sponsors"]
    )


def _url(trial: _Trial) -> str | None:
    """Return the address of the page: the one asked for, else the canonical one it names."""
    return trial.page.url or _link(trial, trial.record.url)


def _link(trial: _Trial, target: str | None) -> str | None:
    return absolute_link(trial.page.url or trial.record.url or "", target)


# --- what is made of several fields -----------------------------------------------------------------------------


def _add_contact(trial: _Trial) -> None:
    row = trial.single[_CONTACTS]
    if all(value is None for value in row.values()):
        return
    regions = [str(country["country_code"]) for country in trial.tables["countries"] if country["country_code"]]
    regions = regions or [str(f["country_code"]) for f in trial.tables["facilities"] if f.get("country_code")]
    phone = row.get("phone")
    row["phone_e164"] = read_phone(str(phone), regions) if phone else None
    trial.add(_CONTACTS, {"contact_type": "primary", **row})


def _add_criteria(trial: _Trial) -> None:
    text = trial.single["eligibilities"].get("criteria")
    for criterion in split_criteria(str(text)) if text else ():
        trial.add(
            "eligibility_criteria",
            {
                "parent_ordinal": criterion.parent,
                "criterion_type": criterion.criterion_type,
                "marker": criterion.marker,
                "text": criterion.text,
                "confidence": criterion.confidence,
            },
        )


def _add_titles(trial: _Trial) -> None:
    for study in trial.tables["studies"]:
        study["acronym"] = trial.record.acronym
        study["brief_title"] = trial.record.title
        study["brief_title_source"] = trial.record.title_source
        _mark(trial, "studies", "brief_title", "Title block/", study)


def _add_mentions(trial: _Trial) -> None:
    for row in mentions(trial.record.nct_id, trial.tables):
        trial.add("mentioned_studies", row)


def _add_page(trial: _Trial) -> None:
    url = _url(trial)
    trial.tables["pages"].append(page_row(trial.page, trial.record, url, trial.unread))
    problems = (*trial.record.problems, *trial.problems)
    trial.tables["problems"].extend(problem_rows(trial.page, trial.record, url, problems))


def _complete(name: str, row: Row) -> Row:
    """Return the row with every column of its table, in order; KeyError for a column that the table lacks."""
    columns = columns_of(name)
    whole: Row = dict.fromkeys(columns)
    whole.update(row)
    if len(whole) > len(columns) and whole.keys() - columns.keys() == {"ordinal"}:
        del whole["ordinal"]  # every row is numbered, also those of tables that have no such column
    if len(whole) > len(columns):
        strangers = whole.keys() - columns.keys() - {"ordinal"}
        raise KeyError(f"{name} has no column {min(strangers)!r}")
    return whole
