"""Every section heading and label of the site's pages, and the column each one fills.

A label is looked up here, never turned into a name. It is keyed by section and label, because `Status` stands
in several sections. The column headings of a table are labels too, and a section without labels has one field
named as the section. To add a field, add a row to `FIELDS` and, if it fills a new column, one to
`registry/tables.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from registry.wording import fold, label_key


class PageKind(StrEnum):
    """The kinds of page of a trial, the one that says most first."""

    DETAILS = "details"
    SUMMARY = "summary"
    REFERENCES = "references"


class Layout(StrEnum):
    """What stands under a heading."""

    PAIRS = "pairs"  # labels with values
    PROSE = "prose"  # one text
    NAMES = "names"  # names, one each
    GROUPS = "groups"  # a type with a colon, a name, a description; repeated
    TABLE = "table"  # a header row and rows
    BOILERPLATE = "boilerplate"  # the same on every page: claimed, and no field


class Kind(StrEnum):
    """How the text of a field is read; `normalizers/readers.py` has one reader for each."""

    TEXT = "text"
    CODE = "code"  # a wording of the column's vocabulary
    DAY = "day"  # a date that names a day
    DATE = "date"  # a date that names a month or a day
    COUNT = "count"
    YES_NO = "yes_no"
    MASKING = "masking"  # a code, with roles behind it
    AGES = "ages"
    NCT_ID = "nct_id"
    IDS = "ids"
    SPONSOR = "sponsor"
    PERSON = "person"
    PHONE = "phone"
    EMAIL = "email"
    COUNTRY = "country"
    TERM = "term"
    TIME_FRAME = "time_frame"
    CITATION = "citation"
    RELATED = "related"


class FieldKey(NamedTuple):
    """A label in its section; written `section/label` in the tables."""

    section: str
    label: str

    def __str__(self) -> str:
        return f"{self.section}/{self.label}"


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a page: its name here, its headings as printed (newest first), what stands under it.

    A section without headings is known by its labels: the title block, and the label block of a summary page.
    """

    name: str
    headings: tuple[str, ...]
    layout: Layout
    pages: frozenset[PageKind]
    optional: bool = False  # a whole details page may lack it


@dataclass(frozen=True, slots=True)
class Field:
    """One labelled field: its section, its wordings (newest first), the column it fills and how it is read."""

    section: str
    labels: tuple[str, ...]
    table: str
    column: str
    kind: Kind
    meaning: str
    multiline: bool = False  # its value may span lines where the markup does not bound it
    indented: bool = False  # its lines keep the indents that the page shows: of lists in lists, say

    key: FieldKey = field(init=False)
    """The field's name everywhere: section and newest wording."""
    folded: tuple[str, ...] = field(init=False)
    """Its wordings as they are compared."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", FieldKey(self.section, self.labels[0]))
        object.__setattr__(self, "folded", tuple(map(label_key, self.labels)))


_BOTH = frozenset({PageKind.DETAILS, PageKind.SUMMARY})
_ALL = frozenset(PageKind)
_DETAILS = frozenset({PageKind.DETAILS})
_SUMMARY = frozenset({PageKind.SUMMARY})
_REFERENCES = frozenset({PageKind.REFERENCES})

TITLE_BLOCK = "Title block"
PAGE_HEADING = "Clinical Trial Details"
ADMINISTRATIVE = "Administrative data"
STUDY_INFORMATION = "Study information"
SUMMARY = "Clinical Trial Summary"
DESCRIPTION = "Description"
RECRUITMENT = "Recruitment information / eligibility"
STUDY_DESIGN = "Study Design"
CONDITIONS = "Related Conditions & MeSH terms"
INTERVENTION = "Intervention"
LOCATIONS = "Locations"
SPONSORS = "Sponsors"
COUNTRIES = "Country where clinical trial is conducted"
REFERENCES = "References"
OUTCOME = "Outcome"
SEE_ALSO = "See also"
LABEL_BLOCK = "Label block"
GLOSSARY = "Glossary"

ID_LABEL = "NCT number"
"""The label of the trial's id: it says whose page it is, and opens a block of labels that has no heading."""

ID_KEY = label_key(ID_LABEL)
"""That label, folded."""

SECTIONS: tuple[Section, ...] = (
    Section(TITLE_BLOCK, (), Layout.PAIRS, _ALL, optional=True),
    Section(PAGE_HEADING, ("Clinical Trial Details",), Layout.PAIRS, _DETAILS),
    Section(ADMINISTRATIVE, ("Administrative data",), Layout.PAIRS, _DETAILS),
    Section(STUDY_INFORMATION, ("Study information",), Layout.PAIRS, _DETAILS),
    Section(SUMMARY, ("Clinical Trial Summary",), Layout.PROSE, _BOTH),
    Section(DESCRIPTION, ("Description", "Clinical Trial Description"), Layout.PROSE, _BOTH, optional=True),
    Section(RECRUITMENT, ("Recruitment information / eligibility",), Layout.PAIRS, _DETAILS),
    Section(STUDY_DESIGN, ("Study Design",), Layout.PAIRS, _BOTH),
    Section(
        CONDITIONS,
        ("Related Conditions & MeSH terms", "Related Conditions and MeSH terms"),
        Layout.NAMES,
        _BOTH,
        optional=True,
    ),
    Section(INTERVENTION, ("Intervention",), Layout.GROUPS, _DETAILS),
    Section(LOCATIONS, ("Locations",), Layout.TABLE, _DETAILS),
    Section(SPONSORS, ("Sponsors",), Layout.TABLE, _DETAILS),
    Section(COUNTRIES, ("Country where clinical trial is conducted",), Layout.NAMES, _DETAILS),
    Section(REFERENCES, ("References",), Layout.NAMES, _DETAILS | _REFERENCES, optional=True),
    Section(OUTCOME, ("Outcome",), Layout.TABLE, _DETAILS),
    Section(SEE_ALSO, ("See also",), Layout.TABLE, _DETAILS),
    Section(LABEL_BLOCK, (), Layout.PAIRS, _SUMMARY, optional=True),
    Section(GLOSSARY, ("Glossary",), Layout.BOILERPLATE, _REFERENCES, optional=True),
)
"""In the order of the page."""

MESH_SUBHEADING = "MeSH terms"
MESH_SUBHEADINGS = (
    MESH_SUBHEADING,
    "Additional relevant MeSH terms",
    "Relevant MeSH terms",
    "Related MeSH terms",
    "MeSH",
)
"""Under one of these lines inside the conditions section stand MeSH terms; elsewhere in it, conditions."""
_CONDITIONS = (CONDITIONS, "Conditions", "Condition", "Condition(s)", "Related conditions")

_CANONICAL_STATUS = "Recruitment status of the trial, as a canonical code"
_START = "When the first participant was or is to be enrolled"
_COMPLETION = "When the last participant was or is to be seen; `Est.` says nothing about actual or estimated"
_CONTACT = "Person or office to ask about the trial"
_PHONE = "Telephone number of the contact, as printed"
_EMAIL = "Email address of the contact"
_SOURCE = "Organization that registered the trial"
_STUDY_TYPE = "Interventional, observational or expanded access"
_PHASE = "Phase of an interventional drug trial; N/A (phases do not apply) and blank are different facts"

# Wordings beside the site's own are those of the registry that the pages mirror, in the layouts of its records since
# 2008, and their singulars and plurals; `Est.` also stands in full. A date of posting is none of submission: not taken.
_OTHER_IDS = ("Other study ID #", "Other study IDs", "Other study ID", "Other study ID numbers", "Org study ID")
_SECONDARY_IDS = ("Secondary ID", "Secondary IDs", "Secondary ID(s)", "Secondary ID numbers")
_STATUSES = ("Status", "Overall status", "Recruitment status", "Recruiting status")
_PHASES = ("Phase", "Study phase", "Trial phase", "Phases")
_STARTS = ("Start date", "Study start date", "Study start", "Actual study start date", "Estimated study start date")
_PHONES = ("Phone", "Telephone", "Phone number")
_EMAILS = ("Email", "E-mail", "Email address", "E-mail address")
_CONTACTS = ("Contact", "Contact name", "Contact person")
_SOURCES = ("Source", "Information provided by")
_STUDY_TYPES = ("Study type", "Type of study")
_COMPLETIONS = ("Completion date", "Study completion date", "Study completion")
_EST_COMPLETIONS = (
    "Est. completion date",
    "Est completion date",
    "Estimated completion date",
    "Actual completion date",
    "Est. study completion date",
    "Estimated study completion date",
    "Actual study completion date",
    *_COMPLETIONS,
)
# Where lines wrap, `Est. primary` and `completion date` may be two: no wording is the end of another field's there.
_RECRUITMENT_COMPLETIONS = tuple(text for text in _EST_COMPLETIONS if text != "Completion date")

FIELDS: tuple[Field, ...] = (
    Field(TITLE_BLOCK, ("Official title",), "studies", "official_title", Kind.TEXT, "Full title of the trial"),
    Field(PAGE_HEADING, ("Status",), "studies", "overall_status", Kind.CODE, _CANONICAL_STATUS),
    Field(ADMINISTRATIVE, (ID_LABEL,), "studies", "nct_id", Kind.NCT_ID, "The registry's id of the trial"),
    Field(
        ADMINISTRATIVE,
        _OTHER_IDS,
        "id_information",
        "id_value",
        Kind.IDS,
        "The organization's own id of the trial",
    ),
    Field(
        ADMINISTRATIVE,
        _SECONDARY_IDS,
        "id_information",
        "id_value",
        Kind.IDS,
        "Ids given by other registries, funders or agencies",
    ),
    Field(ADMINISTRATIVE, _STATUSES, "studies", "overall_status", Kind.CODE, _CANONICAL_STATUS),
    Field(ADMINISTRATIVE, _PHASES, "studies", "phase", Kind.CODE, _PHASE),
    Field(
        ADMINISTRATIVE,
        ("First received", "First received date", "First submitted", "First submitted date"),
        "studies",
        "study_first_submitted_date",
        Kind.DAY,
        "When the record was first submitted to the registry",
    ),
    Field(
        ADMINISTRATIVE,
        ("Last updated", "Last updated date", "Last update", "Last update submitted", "Last update submitted date"),
        "studies",
        "last_update_submitted_date",
        Kind.DAY,
        "When the record was last changed at the registry",
    ),
    Field(ADMINISTRATIVE, _STARTS, "studies", "start_date", Kind.DATE, _START),
    Field(ADMINISTRATIVE, _EST_COMPLETIONS, "studies", "completion_date", Kind.DATE, _COMPLETION),
    Field(
        STUDY_INFORMATION,
        ("Verified date", "Verification date", "Date verified", "Last verified"),
        "studies",
        "verification_date",
        Kind.DATE,
        "When the registrant last confirmed the record; always a month",
    ),
    Field(STUDY_INFORMATION, _SOURCES, "studies", "source", Kind.TEXT, _SOURCE),
    Field(STUDY_INFORMATION, _CONTACTS, "central_contacts", "name", Kind.PERSON, _CONTACT),
    Field(STUDY_INFORMATION, _PHONES, "central_contacts", "phone", Kind.PHONE, _PHONE),
    Field(STUDY_INFORMATION, _EMAILS, "central_contacts", "email", Kind.EMAIL, _EMAIL),
    Field(
        STUDY_INFORMATION,
        ("Is FDA regulated", "FDA regulated", "Is FDA regulated intervention", "FDA regulated intervention"),
        "studies",
        "is_fda_regulated",
        Kind.YES_NO,
        "Whether the trial studies a product regulated by the U.S. Food and Drug Administration",
    ),
    Field(
        STUDY_INFORMATION,
        ("Health authority", "Health authorities", "Oversight authority", "Oversight authorities"),
        "studies",
        "health_authority",
        Kind.TEXT,
        "Agencies that oversee the trial",
    ),
    Field(STUDY_INFORMATION, _STUDY_TYPES, "studies", "study_type", Kind.CODE, _STUDY_TYPE),
    Field(
        SUMMARY,
        (SUMMARY,),
        "brief_summaries",
        "description",
        Kind.TEXT,
        "Short description of the trial",
        multiline=True,
    ),
    Field(
        DESCRIPTION,
        (DESCRIPTION,),
        "detailed_descriptions",
        "description",
        Kind.TEXT,
        "Extended description of the trial; a page without one has no such section",
        multiline=True,
    ),
    Field(RECRUITMENT, _STATUSES, "studies", "overall_status", Kind.CODE, _CANONICAL_STATUS),
    Field(
        RECRUITMENT,
        (
            "Enrollment",
            "Est. enrollment",
            "Estimated enrollment",
            "Actual enrollment",
            "Anticipated enrollment",
            "Study enrollment",
        ),
        "studies",
        "enrollment",
        Kind.COUNT,
        "Number of participants",
    ),
    Field(RECRUITMENT, _RECRUITMENT_COMPLETIONS, "studies", "completion_date", Kind.DATE, _COMPLETION),
    Field(
        RECRUITMENT,
        (
            "Est. primary completion date",
            "Est primary completion date",
            "Estimated primary completion date",
            "Actual primary completion date",
            "Primary completion date",
            "Primary completion",
        ),
        "studies",
        "primary_completion_date",
        Kind.DATE,
        "When the last participant was or is to be measured for the primary outcome",
    ),
    Field(
        RECRUITMENT,
        ("Accepts healthy volunteers", "Healthy volunteers"),
        "eligibilities",
        "healthy_volunteers",
        Kind.YES_NO,
        "Whether people without the condition may take part",
    ),
    Field(
        RECRUITMENT,
        (
            "Gender",
            "Sex",
            "Genders",
            "Sex/Gender",
            "Genders eligible for study",
            "Gender eligible for study",
            "Sexes eligible for study",
            "Sex eligible for study",
        ),
        "eligibilities",
        "gender",
        Kind.CODE,
        "Sex of those who may take part",
    ),
    Field(
        RECRUITMENT,
        ("Age group", "Ages", "Ages eligible for study", "Age range"),
        "eligibilities",
        "age_group_text",
        Kind.AGES,
        "Ages of those who may take part",
    ),
    Field(
        RECRUITMENT,
        ("Eligibility", "Eligibility criteria", "Criteria"),
        "eligibilities",
        "criteria",
        Kind.TEXT,
        "Criteria for taking part, as one text",
        multiline=True,
        indented=True,
    ),
    Field(
        STUDY_DESIGN,
        ("Allocation", "Study allocation"),
        "designs",
        "allocation",
        Kind.CODE,
        "How participants get to an arm",
    ),
    Field(
        STUDY_DESIGN,
        ("Intervention model", "Interventional model", "Interventional study model"),
        "designs",
        "intervention_model",
        Kind.CODE,
        "How arms and interventions are laid out",
    ),
    Field(
        STUDY_DESIGN,
        ("Observational model", "Observational study model"),
        "designs",
        "observational_model",
        Kind.CODE,
        "How participants of an observational study are chosen and followed",
    ),
    Field(
        STUDY_DESIGN,
        ("Endpoint classification",),
        "designs",
        "endpoint_classification",
        Kind.CODE,
        "What the endpoints are about; asked by the registry until 2017",
    ),
    Field(
        STUDY_DESIGN,
        ("Primary purpose", "Purpose"),
        "designs",
        "primary_purpose",
        Kind.CODE,
        "Main objective of the interventions",
    ),
    Field(
        STUDY_DESIGN,
        ("Time perspective", "Observational study time perspective"),
        "designs",
        "time_perspective",
        Kind.CODE,
        "When observations were made in relation to the enrollment",
    ),
    Field(
        STUDY_DESIGN,
        ("Masking", "Blinding", "Masking/Blinding"),
        "designs",
        "masking",
        Kind.MASKING,
        "Who does not know the arm",
    ),
    Field(
        CONDITIONS,
        _CONDITIONS,
        "conditions",
        "name",
        Kind.TERM,
        "A condition shown for the trial, unless it stands under a MeSH subheading",
    ),
    Field(CONDITIONS, MESH_SUBHEADINGS, "browse_conditions", "mesh_term", Kind.TERM, "A MeSH term shown"),
    Field(INTERVENTION, ("Type",), "interventions", "intervention_type", Kind.CODE, "Kind of intervention"),
    Field(INTERVENTION, ("Name",), "interventions", "name", Kind.TEXT, "Name of the intervention"),
    Field(
        INTERVENTION,
        ("Description",),
        "interventions",
        "description",
        Kind.TEXT,
        "Dose, schedule and other details",
    ),
    Field(LOCATIONS, ("Country",), "facilities", "country", Kind.COUNTRY, "Country of the location"),
    Field(LOCATIONS, ("Name",), "facilities", "name", Kind.TEXT, "Name of the location"),
    Field(LOCATIONS, ("City",), "facilities", "city", Kind.TEXT, "City of the location"),
    Field(LOCATIONS, ("State",), "facilities", "state", Kind.TEXT, "State or province of the location"),
    Field(SPONSORS, ("Lead Sponsor",), "sponsors", "name", Kind.SPONSOR, "Organization that runs the trial"),
    Field(SPONSORS, ("Collaborator", "Collaborators"), "sponsors", "name", Kind.SPONSOR, "Organization that helps"),
    Field(COUNTRIES, (COUNTRIES,), "countries", "name", Kind.COUNTRY, "A country with a location"),
    Field(REFERENCES, (REFERENCES,), "study_references", "citation", Kind.CITATION, "A publication cited"),
    Field(OUTCOME, ("Type",), "design_outcomes", "outcome_type", Kind.CODE, "Primary, secondary or other"),
    Field(OUTCOME, ("Measure",), "design_outcomes", "measure", Kind.TEXT, "What is measured"),
    Field(OUTCOME, ("Description",), "design_outcomes", "description", Kind.TEXT, "How it is measured"),
    Field(OUTCOME, ("Time frame",), "design_outcomes", "time_frame", Kind.TIME_FRAME, "When it is measured"),
    Field(
        OUTCOME,
        ("Safety issue",),
        "design_outcomes",
        "safety_issue",
        Kind.YES_NO,
        "Whether it is about safety",
    ),
    Field(SEE_ALSO, ("Status",), "related_studies", "status", Kind.CODE, "Status of the other trial"),
    Field(
        SEE_ALSO,
        ("Clinical Trial",),
        "related_studies",
        "title",
        Kind.RELATED,
        "Id and title of another trial",
    ),
    Field(SEE_ALSO, ("Phase",), "related_studies", "phase", Kind.CODE, "Phase of the other trial"),
    Field(LABEL_BLOCK, (ID_LABEL,), "studies", "nct_id", Kind.NCT_ID, "The registry's id of the trial"),
    Field(LABEL_BLOCK, _STUDY_TYPES, "studies", "study_type", Kind.CODE, _STUDY_TYPE),
    Field(LABEL_BLOCK, _SOURCES, "studies", "source", Kind.TEXT, _SOURCE),
    Field(LABEL_BLOCK, _CONTACTS, "central_contacts", "name", Kind.PERSON, _CONTACT),
    Field(LABEL_BLOCK, _PHONES, "central_contacts", "phone", Kind.PHONE, _PHONE),
    Field(LABEL_BLOCK, _EMAILS, "central_contacts", "email", Kind.EMAIL, _EMAIL),
    Field(LABEL_BLOCK, _STATUSES, "studies", "overall_status", Kind.CODE, _CANONICAL_STATUS),
    Field(LABEL_BLOCK, _PHASES, "studies", "phase", Kind.CODE, _PHASE),
    Field(LABEL_BLOCK, _STARTS, "studies", "start_date", Kind.DATE, _START),
    Field(LABEL_BLOCK, _COMPLETIONS, "studies", "completion_date", Kind.DATE, _COMPLETION),
)


@cache
def section(name: str) -> Section:
    """Return the section called `name` here; KeyError if there is none."""
    return {row.name: row for row in SECTIONS}[name]


def section_of_heading(folded: str) -> str | None:
    """Return the name of the section with this heading, or None; the heading comes folded, without a count."""
    return _by_heading().get(folded)


@cache
def _by_heading() -> dict[str, str]:
    return {fold(heading): row.name for row in SECTIONS for heading in row.headings}


@cache
def fields_of(section_name: str) -> dict[str, Field]:
    """Return the fields of a section, keyed by each folded wording, longest wording first."""
    wordings = [(fold(label), field) for field in _in_section(section_name) for label in field.labels]
    return dict(sorted(wordings, key=lambda pair: -len(pair[0])))


def subheading(text: str) -> str | None:
    """Return the label of what stands under a line inside the conditions section, None if it is no subheading."""
    known = fields_of(CONDITIONS).get(label_key(text))
    return known.labels[0] if known else None


def _in_section(section_name: str) -> Iterator[Field]:
    return (field for field in FIELDS if field.section == section_name)


@cache
def fields_on(kind: PageKind) -> tuple[Field, ...]:
    """Return the fields that a page of this kind may carry, in the order of the page."""
    return tuple(field for field in FIELDS if kind in section(field.section).pages)
