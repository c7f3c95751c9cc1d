"""One `Record` → rows of every table, in page order, each with every column of its table.

The columns come from `registry.labels.FIELDS`: each field's text is read by its kind and lands in the field's table.
What could not be read, is in conflict or was damaged becomes a row of `problems`.
"""

from dataclasses import dataclass, field
from functools import cache

from normalizers.conflicts import Said, conflicts, may_be_same
from normalizers.criteria import split_criteria
from normalizers.damage import problems_of_damage, texts_of_rows, texts_that_stand_once
from normalizers.hrefs import absolute_link
from normalizers.mentions import mentions
from normalizers.page_tables import page_row, problem_rows
from normalizers.places import place_in_criteria, place_in_row, with_rows
from normalizers.readers import Reading, read, says_none
from normalizers.stored import with_indents, with_printed_texts
from normalizers.values.citations import doi, pmid
from normalizers.values.contacts import read_phone
from registry.labels import (
    FIELDS,
    LOCATIONS,
    OUTCOME,
    RECRUITMENT,
    SECTIONS,
    SEE_ALSO,
    SPONSORS,
    TITLE_BLOCK,
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

_CRITERIA = FieldKey(RECRUITMENT, "Eligibility")
_CONTACTS = "central_contacts"
_ONE_ROW = tuple(t.name for t in TABLES if t.key == ("nct_id",))  # tables with one row a trial
_WITH_WHOLE_ROWS = {LOCATIONS: "facilities", OUTCOME: "design_outcomes"}


def tidy(page: Page, record: Record) -> TableRows:
    """Return the rows of every table; tables without rows are empty lists."""
    trial = _Trial(page, with_printed_texts(record))
    _read_single_values(trial)
    _read_rows(trial)
    _add_contact(trial)
    _add_criteria(trial, record)
    _add_titles(trial)
    _add_mentions(trial)
    trial.problems.extend(conflicts(trial.tables, trial.said))
    _add_page(trial)
    return trial.tables


@dataclass(slots=True)
class _Trial:
    """The tables of one page while they grow; each row has every column of its table from the first."""

    page: Page
    record: Record
    tables: TableRows = field(default_factory=lambda: {t.name: [] for t in TABLES})
    single: dict[str, Row] = field(default_factory=lambda: {name: {} for name in (*_ONE_ROW, _CONTACTS)})
    read_of: dict[tuple[str, str], Reading] = field(default_factory=dict)  # (table, column) → what filled it
    said: dict[str, Said] = field(default_factory=dict)  # column → the text that filled it
    problems: list[Problem] = field(default_factory=list)
    unread: list[FieldKey] = field(default_factory=list)

    def add(self, name: str, row: Row) -> Row:
        """Add a row with the id and its place in its table, and return it."""
        rows = self.tables[name]
        whole = {**_blank(name), "nct_id": self.record.nct_id, "ordinal": len(rows) + 1, **row}
        rows.append(_known(name, whole))
        return whole

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
            trial.tables[name].append(_complete(name, {"nct_id": trial.record.nct_id, **row}))
    _mark_single(trial)


def _merge(trial: _Trial, known: Field, text: str, reading: Reading) -> None:
    """Keep the first text that could be read for a column, with all that comes of it; say so where another differs."""
    row = trial.single[known.table]
    before = trial.read_of.get((known.table, known.column))
    if before is None or (before.problem and not reading.problem):
        row.update(reading.columns)
        trial.read_of[known.table, known.column] = reading
        trial.said[known.column] = Said(known.key, text)
        return
    is_date = known.kind is Kind.DATE and not (reading.problem or before.problem)
    if is_date and may_be_same(row, reading.columns, known.column):
        row.update(reading.columns if reading.columns[known.column] else {})
        return
    differ = [name for name, value in reading.columns.items() if not name.endswith("_text") and value != row.get(name)]
    if differ and not reading.problem:
        values = "another value" if known.table == _CONTACTS else f"{text!r}, not {row[differ[0]]!s}"
        shown = None if known.table == _CONTACTS else text
        message = f"{known.key} says {values}, which was read first and kept."
        trial.problems.append(Problem("conflict", message, str(known.key), shown, known.table, known.column))


def _mark_single(trial: _Trial) -> None:
    for name, column, key in texts_that_stand_once():
        for row in trial.tables[name]:
            trial.problems.extend(problems_of_damage(name, column, key, row))


# --- rows -------------------------------------------------------------------------------------------------------


def _read_rows(trial: _Trial) -> None:
    for section in (section.name for section in SECTIONS if section.name in trial.record.rows):
        parts = [part for row in trial.record.rows[section] for part in _parts(trial, section, row)]
        if section == SPONSORS:
            parts.sort(key=lambda part: part[1].get("lead_or_collaborator") == "collaborator")
        for name, row, noted in parts:
            if name == "sponsors" and _is_repeated_lead(trial, row):
                continue
            added = trial.add(name, row)
            if noted:
                place_in_row(trial.problems, noted, name, added)
            for column, key in texts_of_rows(section, name):
                trial.problems.extend(problems_of_damage(name, column, key, added))
            if "text" in row:
                trial.problems.extend(problems_of_damage(name, "text", FieldKey(section, ""), added))


def _parts(trial: _Trial, section: str, row: PageRow) -> list[tuple[str, Row, range]]:
    """Return what a row of the page gives each table, with the places of the row's problems."""
    before = len(trial.problems)
    parts = _read_row(trial, section, row)
    noted = range(before, len(trial.problems))
    return [(name, part, noted) for name, part in parts]


def _read_row(trial: _Trial, section: str, row: PageRow) -> list[tuple[str, Row]]:
    """Return (table, row) for a row of the page: one for each table its cells belong to."""
    parts, columns = _read_cells(trial, section, row)
    if row.whole is not None:
        columns.setdefault(_WITH_WHOLE_ROWS[section], {})["text"] = row.whole
    if row.link and (citation := columns.get("study_references")):
        citation.update(pmid=citation.get("pmid") or pmid(row.link), doi=citation.get("doi") or doi(row.link))
    if facility := columns.get("facilities"):
        facility["state_code"] = code("states", f"{facility.get('state')}, {facility.get('country_code')}")
    if section == SEE_ALSO and columns:
        if not row.cells.get("Clinical Trial"):
            known = fields_of(SEE_ALSO)["clinical trial"]
            trial.note(known, "", "unread_value", "an NCT id, a dash and a title")
        columns["related_studies"].update(url=_link(trial, row.link), seen_at=trial.page.fetched_at)
    return [*parts, *columns.items()]


def _read_cells(trial: _Trial, section: str, row: PageRow) -> tuple[list[tuple[str, Row]], dict[str, Row]]:
    """Return (table, row) for each row that a cell gives by itself, and the columns that the others fill, by table."""
    parts: list[tuple[str, Row]] = []
    columns: dict[str, Row] = {}
    for label, known in _fields_in(section):
        text = row.cells.get(label)
        if not text:
            continue
        if known.kind is Kind.TEXT:  # as many: it stays as it is
            columns.setdefault(known.table, {})[known.column] = text
            continue
        reading = trial.read(known, text)
        if reading.rows:
            parts += ((known.table, extra) for extra in reading.rows)
        if reading.columns:
            columns.setdefault(known.table, {}).update(reading.columns)
    return parts, columns


@cache
def _fields_in(section: str) -> tuple[tuple[str, Field], ...]:
    """Return the fields of a section, each with its label in a row's cells."""
    return tuple((known.labels[0], known) for known in FIELDS if known.section == section)


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
    added = trial.add(_CONTACTS, {"contact_type": "primary", **row})
    place_in_row(trial.problems, range(len(trial.problems)), _CONTACTS, added)


def _add_criteria(trial: _Trial, record: Record) -> None:
    """Add the criteria of the text in the record, whose indents are stored as their nesting alone."""
    text = trial.single["eligibilities"].get("criteria")
    for criterion in split_criteria(with_indents(record.texts[_CRITERIA])) if text else ():
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
    place_in_criteria(trial.problems, str(text), trial.tables["eligibility_criteria"])


def _add_titles(trial: _Trial) -> None:
    for study in trial.tables["studies"]:
        study["acronym"] = trial.record.acronym
        study["brief_title"] = trial.record.title
        study["brief_title_source"] = trial.record.title_source
        trial.problems.extend(problems_of_damage("studies", "brief_title", FieldKey(TITLE_BLOCK, ""), study))


def _add_mentions(trial: _Trial) -> None:
    for row in mentions(trial.record.nct_id, trial.tables):
        trial.add("mentioned_studies", row)


def _add_page(trial: _Trial) -> None:
    url = _url(trial)
    trial.tables["pages"].append(_complete("pages", page_row(trial.page, trial.record, url, trial.unread)))
    problems = (*with_rows(trial.record.problems, trial.tables), *trial.problems)
    found = problem_rows(trial.page, trial.record, url, problems)
    trial.tables["problems"].extend(_complete("problems", row) for row in found)


def _complete(name: str, row: Row) -> Row:
    """Return the row with every column of its table, in order; KeyError for a column that the table lacks."""
    return _known(name, {**_blank(name), **row})


def _known(name: str, row: Row) -> Row:
    """Return a row that has every column of its table; KeyError if it has another."""
    if len(row) > len(_blank(name)):
        raise KeyError(f"{name} has no column {min(row.keys() - _blank(name).keys())!r}")
    return row


@cache
def _blank(name: str) -> Row:
    """Return a row of a table with nothing in it; not to be changed."""
    return dict.fromkeys(columns_of(name))
