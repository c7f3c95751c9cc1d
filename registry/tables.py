"""Every tidy table and column: type, key, unit, and what null means.

Schemas, the data dictionary and the checks before writing are derived from `TABLES`; nothing is parallel to it.
Names follow AACT where AACT has the thing, codes follow ClinicalTrials.gov v2. `<column>_text` holds the text as
printed beside a code that could lose something.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import pyarrow as pa

Row: TypeAlias = dict[str, object]
"""One row of a table: every column of it, null as None."""
TableRows: TypeAlias = dict[str, list[Row]]
"""Rows of every table, keyed by table, in page order."""


class Type(StrEnum):
    """Type of a column; `ARROW` gives the Arrow type."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TEXTS = "texts"


ARROW: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.DECIMAL: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.TIME: pa.timestamp("s"),  # UTC; with a zone, DuckDB and R show their own local time
    Type.TEXTS: pa.list_(pa.string()),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `null` says what a null means; empty where the column is never null."""

    name: str
    type: Type
    meaning: str
    null: str = ""
    unit: str = ""
    vocabulary: str = ""  # stem of the file in registry/vocab/ whose codes are the only values
    personal: bool = False  # may name or reach a person

    @property
    def nullable(self) -> bool:
        """Whether the column may be null."""
        return bool(self.null)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, the columns, and those of them that are the key (and the order of the rows)."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")


_UNSAID = "the label is absent, blank or not read; `pages` lists which"
_NO_CONTACT = f"{_UNSAID}; `n/a` counts as blank"
_CELL = "the cell is absent, blank, not read, or cannot be told from its neighbours (see `problems`)"
_NO_CODE = "absent, blank, or a wording that is not in the vocabulary (see `problems`)"
_FILE = "read from a file: no fetch, no time"
_PARENT = "Ordinal of the criterion it is a part of, by the page's lists and indents, by numbers, bullets and colons"
_HEALTHY = "Whether healthy volunteers may take part; `No` is printed also where the registry does not say"
_ONLY_END = "not certain: `2 weeks`, `Week 12` and `Week 1 to Week 12` say only the end"
_SEEN_TITLE = "its own page shows a title, or no other page names it with one; a page alone does not know"
_NEVER_SEEN = "blank on every page known when this was written"
_PAGE_STATE = (
    "What the newest answer said of the details page: it is there as `fetched` (new or changed) and as `unchanged`; "
    "`gone` where the site has it no more"
)
_FETCH_READ = "When the page that the row is read from was fetched; one that came again unchanged keeps its time"
_ENROLLMENT = (
    "Number of participants, actual or estimated, which pages do not say; 0 of a trial withdrawn before the first"
)
_ID_TYPE = "Type of the id in AACT's codes, told by its form; the registry may have another, such as OTHER for a UTN"
_LATER = "not known to a page alone; filled by a build"
_ROW = (
    "Ordinal of the row it concerns; of a place in `eligibilities.criteria`, of the row of `eligibility_criteria` that "
    "holds it"
)
_LAST_DAY = (
    "Last day of the time frame, from `time_frame_origin` on, or the start where that is null; `Week 12` is day 84, "
    "a month 30.4375 days"
)
_ORIGIN = "What the days are counted from, in lower case as the time frame names it (`after surgery`)"
_NO_KIND = "an alias; or neither the form of the id nor words in brackets behind it say so"
_REGISTER = "Register that gave the id, told by its form; `NCT` is another trial in relation with this one, no alias"
_STATE = "ISO 3166-2 code of the state, in countries where states are commonly printed, such as US, CA and AU"
_NO_STATE = "no state, a country without codes here, or no wording of registry/vocab/states.csv"
_NO_ROLES = "the page names no roles, as where `masking` is NONE"
_HIDDEN = "personal data, whose change is said and not shown"
_NOT_BEFORE, _NOT_AFTER = f"there was none; or {_HIDDEN}", f"there is none; or {_HIDDEN}"


def _nct_id(meaning: str = "Id of the trial in the registry, `NCT` and eight digits") -> Column:
    return Column("nct_id", Type.TEXT, meaning)


def _ordinal(what: str) -> Column:
    return Column("ordinal", Type.INTEGER, f"Place of the {what} on the page, from 1")


def _text(name: str, meaning: str, null: str = _CELL) -> Column:
    return Column(name, Type.TEXT, meaning, null)


def _code(name: str, meaning: str, vocabulary: str) -> Column:
    return Column(name, Type.TEXT, meaning, _NO_CODE, vocabulary=vocabulary)


def _printed(name: str, of: str) -> Column:
    return Column(f"{name}_text", Type.TEXT, f"{of}, as printed", "absent or blank")


def _date(stem: str, what: str) -> tuple[Column, ...]:
    month = f"{_UNSAID}; or the page names only a month"
    return (
        Column(f"{stem}_month_year", Type.TEXT, f"{what}, ISO 8601: 2024-05 or 2024-05-17", _UNSAID),
        Column(f"{stem}_date", Type.DATE, f"{what}, where the page names the day", month),
        Column(f"{stem}_earliest", Type.DATE, f"{what}: first day it can be", _UNSAID, unit="day"),
        Column(f"{stem}_latest", Type.DATE, f"{what}: last day it can be", _UNSAID, unit="day"),
    )  # fmt: skip


_URL = _text("url", "Address of the page", "a file that names no canonical address")
_FETCHED_AT = Column("fetched_at", Type.TIME, "When the page was fetched", _FILE, unit="UTC")
_COUNTRY_CODE = _code("country_code", "ISO 3166-1 alpha-2 code of the country", "countries")

TABLES: tuple[Table, ...] = (
    Table(
        "studies",
        "trial",
        ("nct_id",),
        (
            _nct_id(),
            _URL,
            Column("fetched_at", Type.TIME, _FETCH_READ, _FILE, unit="UTC"),
            Column("first_seen_at", Type.TIME, "When the trial was first seen", _LATER, unit="UTC"),
            Column("last_seen_at", Type.TIME, "When the trial was last seen, changed or not", _LATER, unit="UTC"),
            Column(
                "page_state",
                Type.TEXT,
                _PAGE_STATE,
                f"{_LATER}; or no answer said anything",
                vocabulary="page_state",
            ),
            _text("brief_title", "Short title of the trial", "the page does not print it plainly"),
            Column(
                "brief_title_source",
                Type.TEXT,
                "Where on the page the short title stands",
                "brief_title is null",
                vocabulary="title_source",
            ),
            _text("official_title", "Full title of the trial", _UNSAID),
            _text("acronym", "Acronym of the trial: the title block's, else JSON-LD's", "the page does not say one"),
            _text("seen_title", "Title of the trial as other pages' See also tables print it", _SEEN_TITLE),
            Column("seen_title_at", Type.TIME, "When `seen_title` was seen", "seen_title is null", unit="UTC"),
            _code("overall_status", "Recruitment status", "overall_status"),
            _printed("overall_status", "Recruitment status"),
            _code("phase", "Phase; NA means that phases do not apply, null is a blank or absent phase", "phase"),
            _printed("phase", "Phase"),
            _code("study_type", "Kind of study", "study_type"),
            _printed("study_type", "Kind of study"),
            Column("enrollment", Type.INTEGER, _ENROLLMENT, _UNSAID, unit="persons"),
            _text("source", "Organization that registered the trial", _UNSAID),
            *_date("start", "Start of the trial"),
            *_date("completion", "Completion of the trial"),
            *_date("primary_completion", "Completion of the primary outcome's measurement"),
            *_date("verification", "Last confirmation of the record"),
            Column("study_first_submitted_date", Type.DATE, f"First submission of the record; {_NEVER_SEEN}", _UNSAID),
            Column("last_update_submitted_date", Type.DATE, f"Last update of the record; {_NEVER_SEEN}", _UNSAID),
            Column("is_fda_regulated", Type.BOOLEAN, "Whether an FDA-regulated product is studied", _UNSAID),
            _text("health_authority", f"Agencies that oversee the trial; {_NEVER_SEEN}", _UNSAID),
        ),
    ),
    Table(
        "id_information",
        "other or secondary id, or alias",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("id"),
            Column("id_source", Type.TEXT, "Whose id it is", vocabulary="id_source"),
            Column("id_value", Type.TEXT, "The id as printed"),
            Column("id_type", Type.TEXT, _ID_TYPE, _NO_KIND, vocabulary="id_type"),
            Column("registry", Type.TEXT, _REGISTER, _NO_KIND, vocabulary="registry"),
        ),
    ),
    Table(
        "brief_summaries",
        "trial that has a summary",
        ("nct_id",),
        (_nct_id(), Column("description", Type.TEXT, "The summary, line breaks kept")),
    ),
    Table(
        "detailed_descriptions",
        "trial that has a description",
        ("nct_id",),
        (_nct_id(), Column("description", Type.TEXT, "The description, line breaks kept")),
    ),
    Table(
        "eligibilities",
        "trial whose page prints any of it",
        ("nct_id",),
        (
            _nct_id(),
            _code("gender", "Sex of those who may take part", "sex"),
            _printed("gender", "Sex"),
            _text("minimum_age", "Lower age limit as printed; `N/A` where the page says there is none", _UNSAID),
            _text("maximum_age", "Upper age limit as printed; `N/A` where the page says there is none", _UNSAID),
            Column("minimum_age_years", Type.DECIMAL, "Lower age limit", f"{_UNSAID}; or no limit", unit="years"),
            Column("maximum_age_years", Type.DECIMAL, "Upper age limit", f"{_UNSAID}; or no limit", unit="years"),
            _printed("age_group", "Age group"),
            Column("healthy_volunteers", Type.BOOLEAN, _HEALTHY, _UNSAID),
            _printed("healthy_volunteers", "Accepts healthy volunteers"),
            _text("criteria", "All criteria as one text, line breaks kept", _UNSAID),
        ),
    ),
    Table(
        "eligibility_criteria",
        "criterion",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("criterion"),
            Column("parent_ordinal", Type.INTEGER, _PARENT, "top level"),
            Column(
                "criterion_type",
                Type.TEXT,
                "Under which heading it stands; `unplaced` under none, one of both, or one for those who leave later",
                vocabulary="criterion_type",
            ),
            _text("marker", "Its number or bullet as printed", "it has none"),
            Column("text", Type.TEXT, "The criterion without its marker and its parts"),
            Column("confidence", Type.DECIMAL, "How sure it is to be one line of the registry", unit="share"),
        ),
    ),
    Table(
        "designs",
        "trial whose study design has a value",
        ("nct_id",),
        (
            _nct_id(),
            _code("allocation", "How participants get to an arm", "allocation"),
            _code("intervention_model", "How arms and interventions are laid out", "intervention_model"),
            _code("observational_model", "How participants are chosen and followed", "observational_model"),
            _code("endpoint_classification", "What the endpoints are about", "endpoint_classification"),
            _code("primary_purpose", "Main objective of the interventions", "primary_purpose"),
            _code("time_perspective", "When observations were made", "time_perspective"),
            _code("masking", "How many roles do not know the arm", "masking"),
            _printed("masking", "Masking, with the roles"),
            *(Column(f"{role}_masked", Type.BOOLEAN, f"Whether the {who} does not know the arm", _NO_ROLES)
              for role, who in (("subject", "participant"), ("caregiver", "care provider"),
                                ("investigator", "investigator"), ("outcomes_assessor", "outcomes assessor"))),
        ),
    ),
    Table(
        "conditions",
        "condition shown, unless under a MeSH subheading",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("condition"),
            Column("name", Type.TEXT, "Condition as printed"),
            Column("downcase_name", Type.TEXT, "Condition in lower case"),
        ),
    ),
    Table(
        "browse_conditions",
        "MeSH term shown",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("term"),
            Column("mesh_term", Type.TEXT, "MeSH term as printed"),
            Column("downcase_mesh_term", Type.TEXT, "MeSH term in lower case"),
        ),
    ),
    Table(
        "interventions",
        "intervention",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("intervention"),
            _code("intervention_type", "Kind of intervention", "intervention_type"),
            _printed("intervention_type", "Kind of intervention"),
            _text("name", "Name of the intervention"),
            _text("description", "Dose, schedule and other details", "the page prints none"),
        ),
    ),
    Table(
        "facilities",
        "location row; the same row may stand twice, the page does not print what tells them apart",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("location"),
            _text("name", "Name of the location"),
            _text("city", "City"),
            _text("state", "State or province; about half of the locations have none"),
            Column("state_code", Type.TEXT, _STATE, _NO_STATE, vocabulary="states"),
            _text("country", "Country as printed"),
            _COUNTRY_CODE,
            _text("text", "The row as printed, where its cells cannot be told apart", "the cells are apart"),
        ),
    ),
    Table(
        "countries",
        "country",
        ("nct_id", "ordinal"),
        (_nct_id(), _ordinal("country"), Column("name", Type.TEXT, "Country as printed"), _COUNTRY_CODE),
    ),
    Table(
        "sponsors",
        "lead sponsor (first) or collaborator",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("sponsor"),
            Column("lead_or_collaborator", Type.TEXT, "Part in the trial", vocabulary="sponsor_role"),
            Column("name", Type.TEXT, "Organization or person as printed; pages do not say its class"),
        ),
    ),
    Table(
        "central_contacts",
        "contact (personal data)",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("contact"),
            Column("contact_type", Type.TEXT, "`primary`: the page prints one contact"),
            Column("name", Type.TEXT, "Name as printed", _NO_CONTACT, personal=True),
            Column("phone", Type.TEXT, "Telephone number as printed", _NO_CONTACT, personal=True),
            Column(
                "phone_e164",
                Type.TEXT,
                "Telephone number in E.164 form",
                "no number, or not one valid number in the trial's countries",
                personal=True,
            ),
            Column("email", Type.TEXT, "Email address, `[@]` read as `@`", _NO_CONTACT, personal=True),
            Column("email_text", Type.TEXT, "Email address as printed", "absent or blank", personal=True),
        ),
    ),
    Table(
        "design_outcomes",
        "outcome",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("outcome"),
            _code("outcome_type", "Primary, secondary or other", "outcome_type"),
            _text("measure", "What is measured"),
            _text("description", "How it is measured"),
            _text("time_frame", "When it is measured, as printed"),
            Column("time_frame_days_from", Type.DECIMAL, "First day of the time frame", _ONLY_END, unit="days"),
            Column("time_frame_days_to", Type.DECIMAL, _LAST_DAY, "not certain", unit="days"),
            _text("time_frame_origin", _ORIGIN, "it names none but the start, or its days are not certain"),
            Column("safety_issue", Type.BOOLEAN, "Whether it is about safety", _CELL),
            _text("text", "The row as printed, where its cells cannot be told apart", "the cells are apart"),
        ),
    ),
    Table(
        "study_references",
        "citation",
        ("nct_id", "ordinal"),
        (
            _nct_id(),
            _ordinal("citation"),
            _text("pmid", "PubMed id of the publication, as the citation or its link names it", "neither names one"),
            _text("doi", "DOI of the publication, as the citation or its link names it", "neither names one"),
            Column("year", Type.INTEGER, "Year of publication, as the citation names it", "not certain"),
            Column("citation", Type.TEXT, "Citation as printed"),
        ),
    ),
    Table(
        "mentioned_studies",
        "other trial named by its id in a text of the trial, for each column that names it",
        ("nct_id", "ordinal"),
        (
            _nct_id("Id of the trial whose text it is"),
            _ordinal("mention"),
            Column("mentioned_nct_id", Type.TEXT, "Id of the other trial; See also rows are no mentions"),
            Column("table", Type.TEXT, "Table of the text"),
            Column("column", Type.TEXT, "Column of the text"),
        ),
    ),
    Table(
        "related_studies",
        "See also row: another trial as this page saw it",
        ("nct_id", "ordinal"),
        (
            _nct_id("Id of the trial whose page it is"),
            _ordinal("row"),
            _text("related_nct_id", "Id of the other trial"),
            _text("title", "Title of the other trial"),
            _code("status", "Status of the other trial", "overall_status"),
            _code("phase", "Phase of the other trial; NA and null are different facts", "phase"),
            _text("url", "Link to the other trial", "the row has no link"),
            Column("seen_at", Type.TIME, "When the row was seen", _FILE, unit="UTC"),
        ),
    ),
    Table(
        "pages",
        "page version",
        ("nct_id", "url", "fetched_at"),
        (
            _nct_id("Id of the trial whose page it is"),
            _URL,
            _FETCHED_AT,
            Column("kind", Type.TEXT, "Kind of page", vocabulary="page_kind"),
            Column("http_status", Type.INTEGER, "Status code of the answer", _FILE),
            Column("complete", Type.BOOLEAN, "Whether it is certain that no end of the page is missing"),
            Column("body_sha256", Type.TEXT, "SHA-256 of the body's bytes, hexadecimal"),
            Column("record_sha256", Type.TEXT, "SHA-256 of what was read, See also left out, hexadecimal"),
            Column("charset", Type.TEXT, "Character encoding the body was read in"),
            Column("charset_source", Type.TEXT, "What named the encoding", vocabulary="charset_source"),
            Column("text_claimed", Type.DECIMAL, "Share of the content's characters that a rule claimed", unit="share"),
            Column("absent_labels", Type.TEXTS, "Labels not on the page, `section/label`"),
            Column("blank_labels", Type.TEXTS, "Labels without a value, `section/label`"),
            Column("unread_labels", Type.TEXTS, "Labels whose value could not be read, `section/label`"),
            Column("parser_version", Type.TEXT, "Version of the parser"),
            _text("warc_file", "Archive file that holds the page", "read from a file"),
            Column("warc_offset", Type.INTEGER, "Place in the archive file", "read from a file", unit="bytes"),
        ),
    ),
    Table(
        "problems",
        "value not read, label or wording not known, values in conflict, lossy text, unclaimed text",
        ("nct_id", "url", "fetched_at", "ordinal"),
        (
            _nct_id("Id of the trial whose page it is"),
            _URL,
            _FETCHED_AT,
            Column("ordinal", Type.INTEGER, "Place of the problem among those of the page, from 1"),
            Column("code", Type.TEXT, "What kind of problem", vocabulary="problem"),
            _text("table", "Table it concerns", "no table"),
            _text("column", "Column it concerns", "no single column"),
            Column("row_ordinal", Type.INTEGER, _ROW, "not about one row of a table with ordinals"),
            _text("label", "Where on the page, `section/label`; the label may be empty", "no place on the page"),
            _text("text", "The text it is about; never of a contact", "contact text, or no text"),
            Column("start", Type.INTEGER, "First character in the column's text, from 0", "no place in a text"),
            Column("end", Type.INTEGER, "Character after the last in the column's text", "no place in a text"),
            Column("message", Type.TEXT, "One sentence; never with contact text"),
        ),
    ),
    Table(
        "changes",
        "column of a trial, or row of a child table, that changed between two versions",
        ("nct_id", "table", "column", "ordinal", "seen_at"),
        (
            _nct_id(),
            Column("table", Type.TEXT, "Table that changed"),
            _text("column", "Column that changed", "a whole row is new, gone, or another than before"),
            Column("ordinal", Type.INTEGER, "Place of the row, its last if it is gone", "a table with one row a trial"),
            _text("old", "Value before; or row before, as JSON", _NOT_BEFORE),
            _text("new", "Value after; or row after, as JSON", _NOT_AFTER),
            Column("seen_at", Type.TIME, "When the change was seen", unit="UTC"),
            _text("url", "Page that showed it", "no address known"),
        ),
    ),
    Table(
        "study_versions",
        "version of a trial (everything but See also)",
        ("nct_id", "valid_from"),
        (
            _nct_id(),
            Column("valid_from", Type.TIME, "Fetch that first showed this version", unit="UTC"),
            Column("valid_to", Type.TIME, "Fetch that first showed the next version", "the newest version", unit="UTC"),
            _text("url", "Page that shows it; with `valid_from` the key of `pages`", "no address known"),
        ),
    ),
)  # fmt: skip

_BY_NAME = {table.name: table for table in TABLES}
_COLUMNS = {table.name: {column.name: column for column in table.columns} for table in TABLES}


def table(name: str) -> Table:
    """Return the table of that name; KeyError if there is none."""
    return _BY_NAME[name]


def columns_of(name: str) -> Mapping[str, Column]:
    """Return the columns of the table of that name, by their names, in its order; KeyError if there is none."""
    return _COLUMNS[name]


def arrow_schema(of: Table) -> pa.Schema:
    """Return the Arrow schema: types, nullability, and each meaning and null as field metadata."""
    fields = [
        pa.field(column.name, ARROW[column.type], column.nullable, dict(_metadata(column))) for column in of.columns
    ]
    return pa.schema(fields, {"description": f"One row per {of.grain}.", "key": ",".join(of.key)})


def _metadata(column: Column) -> Iterator[tuple[str, str]]:
    yield "description", column.meaning
    for name in ("null", "unit", "vocabulary"):
        if text := getattr(column, name):
            yield name, text
    if column.personal:
        yield "personal", "true"
