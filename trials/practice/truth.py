"""The truth of a trial: the tidy rows that its page says, made from what was drawn, never from the page.

Rows hold the columns that the page settles. Left out are readings of ours that have tests of their own (`UNSETTLED`),
what only a fetch knows (times, hashes, the ledger's columns), and the tables `mentioned_studies`, `problems`,
`changes` and `study_versions`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from registry.labels import (
    CONDITIONS,
    DESCRIPTION,
    FIELDS,
    MESH_SUBHEADING,
    PAGE_HEADING,
    REFERENCES,
    TITLE_BLOCK,
    Field,
    FieldKey,
    Layout,
    PageKind,
    fields_on,
    section,
)
from registry.tables import TABLES, Row, TableRows, table
from trials.practice.brief import PHASES, STATUSES, Brief
from trials.practice.said import Said, coded
from trials.practice.trial import Trial

UNSETTLED = frozenset(
    "phone_e164 time_frame_days_from time_frame_days_to time_frame_origin confidence id_type registry state_code year "
    "subject_masked caregiver_masked investigator_masked outcomes_assessor_masked".split()
)
_SAYS_NONE = frozenset({"", "n/a", "not applicable", "none", "not provided"})
_PMID = re.compile(r"PMID: ([0-9]+)")
_DOI = re.compile(r"\bdoi:\s?(10\.[0-9]{4,9}/\S*[^\s.,;])")  # real citations end it with a full stop
_SAFETY = {"Yes": True, "No": False, "": None}
_OUTCOME_TYPES = {"Primary": "primary", "Secondary": "secondary", "Other": "other"}


def truth(trial: Trial, kind: PageKind, related: Sequence[Brief], links: Mapping[str, str], url: str) -> TableRows:
    """Return the rows of every table that the page of a kind gives; `links` are those of its See also rows."""
    rows: TableRows = {each.name: [] for each in TABLES}
    said = {key: value for key, value in trial.said.items() if kind in section(key.section).pages}
    if kind is PageKind.DETAILS:
        status = trial.brief.status
        said[FieldKey(PAGE_HEADING, "Status")] = coded("overall_status", status, STATUSES[status])
    if kind is not PageKind.REFERENCES:
        rows |= _single(trial, said, url)
        rows["id_information"] = list(_numbered(trial, [row for value in said.values() for row in value.rows]))
        rows["brief_summaries"] = [_row(trial, description=trial.summary)]
        rows["detailed_descriptions"] = [_row(trial, description=trial.description)] if trial.description else []
        rows |= _conditions(trial)
    if kind is PageKind.DETAILS:
        rows |= _details(trial, related, links)
    if kind is not PageKind.SUMMARY:
        rows["study_references"] = list(_numbered(trial, map(_reference, trial.references)))
    rows["pages"] = [_page(trial, kind, said, url)]
    return rows


def _row(trial: Trial, **columns: object) -> Row:
    return {"nct_id": trial.brief.nct_id, **columns}


def _numbered(trial: Trial, rows: Iterable[Mapping[str, object]]) -> Iterator[Row]:
    return (_row(trial, ordinal=ordinal, **row) for ordinal, row in enumerate(rows, start=1))


# --- values that stand once -------------------------------------------------------------------------------------


def _single(trial: Trial, said: Mapping[FieldKey, Said], url: str) -> TableRows:
    """Return the tables with one row a trial: the first label that is not blank fills a column."""
    filled: dict[str, Row] = {name: {} for name in ("studies", "eligibilities", "designs", "central_contacts")}
    for field in FIELDS:
        value = said.get(field.key)
        if value is not None and field.table in filled:
            filled[field.table] = {**value.columns, **filled[field.table]}
    has_title = trial.title_block
    study = _row(
        trial,
        url=url,
        brief_title=trial.brief.title if trial.titled else None,
        brief_title_source="title_element" if trial.titled else None,
        official_title=(trial.official_title or None) if has_title else None,
        acronym=(trial.acronym or None) if has_title else None,
        **{name: value for name, value in filled["studies"].items() if name != "nct_id"},
    )
    contact = {**filled["central_contacts"], "ordinal": 1, "contact_type": "primary"}
    return {
        "studies": [_whole("studies", study)],
        "eligibilities": _if_any("eligibilities", trial, filled["eligibilities"]),
        "designs": _if_any("designs", trial, filled["designs"]),
        "central_contacts": _if_any("central_contacts", trial, contact) if _says(filled["central_contacts"]) else [],
    }


def _says(row: Row) -> bool:
    return any(value is not None for value in row.values())


def _if_any(name: str, trial: Trial, row: Row) -> list[Row]:
    return [_whole(name, _row(trial, **row))] if _says(row) else []


def _whole(name: str, row: Row) -> Row:
    """Return the row with every column that a page can settle."""
    settled = (c.name for c in table(name).columns if c.name not in UNSETTLED and not _of_a_fetch(c.name))
    return {column: row.get(column) for column in settled}


def _of_a_fetch(column: str) -> bool:
    return column in ("fetched_at", "first_seen_at", "last_seen_at", "page_state", "seen_title", "seen_title_at")


# --- rows -------------------------------------------------------------------------------------------------------


def _conditions(trial: Trial) -> TableRows:
    names = ({"name": name, "downcase_name": name.lower()} for name in trial.conditions)
    terms = ({"mesh_term": term, "downcase_mesh_term": term.lower()} for term in trial.mesh_terms)
    return {"conditions": list(_numbered(trial, names)), "browse_conditions": list(_numbered(trial, terms))}


def _details(trial: Trial, related: Sequence[Brief], links: Mapping[str, str]) -> TableRows:
    countries = dict.fromkeys(place for place, _ in trial.facilities)
    return {
        "eligibility_criteria": list(_numbered(trial, _criteria(trial))),
        "interventions": list(_numbered(trial, map(_intervention, trial.interventions))),
        "facilities": list(
            _numbered(
                trial,
                (
                    {
                        "name": name,
                        "city": city or None,
                        "state": state or None,
                        "country": place.country,
                        "country_code": place.code,
                        "text": None,
                    }
                    for place, (name, city, state) in trial.facilities
                ),
            )
        ),
        "countries": list(_numbered(trial, ({"name": p.country, "country_code": p.code} for p in countries))),
        "sponsors": list(
            _numbered(
                trial,
                (
                    {"lead_or_collaborator": "collaborator" if number else "lead", "name": name}
                    for number, name in enumerate(trial.sponsors)
                ),
            )
        ),
        "design_outcomes": list(_numbered(trial, map(_outcome, trial.outcomes))),
        "related_studies": list(_numbered(trial, (_related(other, links) for other in related))),
    }


def _criteria(trial: Trial) -> Iterator[Row]:
    if trial.said[FieldKey("Recruitment information / eligibility", "Eligibility")].text:
        for item in trial.criteria.items:
            yield {
                "parent_ordinal": item.parent,
                "criterion_type": item.side,
                "marker": item.marker,
                "text": item.text,
            }


def _intervention(row: tuple[str, str, str]) -> Row:
    kind, name, description = row
    code = kind.upper().replace(" ", "_")
    return {
        "intervention_type": code,
        "intervention_type_text": kind,
        "name": name,
        "description": description or None,
    }


def _outcome(row: tuple[str, str, str, str, str]) -> Row:
    kind, measure, description, frame, safety = row
    return {
        "outcome_type": _OUTCOME_TYPES[kind],
        "measure": measure,
        "description": description or None,
        "time_frame": frame or None,
        "safety_issue": _SAFETY[safety],
        "text": None,
    }


def _reference(citation: str) -> Row:
    match = _PMID.search(citation)
    doi = _DOI.search(citation)
    return {"pmid": match[1] if match else None, "doi": doi[1] if doi else None, "citation": citation}


def _related(other: Brief, links: Mapping[str, str]) -> Row:
    return {
        "related_nct_id": other.nct_id,
        "title": other.title,
        "status": STATUSES[other.status],
        "phase": PHASES[other.phase],
        "url": links[other.nct_id],
    }


# --- the page itself --------------------------------------------------------------------------------------------


def _page(trial: Trial, kind: PageKind, said: Mapping[FieldKey, Said], url: str) -> Row:
    """Return what is known of the page before it is read: kind, and which labels are absent and blank."""
    texts = {field.key: _text_of(trial, kind, said, field) for field in fields_on(kind)}
    return _row(
        trial,
        url=url,
        kind=kind.value,
        complete=True,
        absent_labels=[str(key) for key, text in texts.items() if text is None],
        blank_labels=[str(key) for key, text in texts.items() if text in _SAYS_NONE],
        unread_labels=[],
    )


def _text_of(trial: Trial, kind: PageKind, said: Mapping[FieldKey, Said], field: Field) -> str | None:
    """Return the text of a label, None where it is absent; of sections without labels just whether they are there."""
    if field.key in said:
        return said[field.key].text
    if field.section == TITLE_BLOCK:  # a page of references prints no more of it than its first line
        printed = trial.title_block and kind is not PageKind.REFERENCES
        return (trial.official_title or None) if printed else None
    if section(field.section).layout is Layout.PAIRS:
        return None
    if field.section == DESCRIPTION:
        return trial.description if kind is PageKind.DETAILS else trial.description or "n/a"
    names = {
        CONDITIONS: trial.conditions,
        MESH_SUBHEADING: trial.mesh_terms,
        REFERENCES: trial.references or kind is PageKind.REFERENCES,
    }
    return "there" if names.get(field.key.label, True) else None
