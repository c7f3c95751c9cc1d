"""The registry is the only place that names labels and columns: unique, complete, every row in use."""

from collections import Counter
from itertools import permutations

import pytest

from normalizers.readers import READERS
from normalizers.tidy import tidy
from parsers import parse
from registry.labels import (
    ADMINISTRATIVE,
    FIELDS,
    LABEL_BLOCK,
    RECRUITMENT,
    SECTIONS,
    STUDY_DESIGN,
    Field,
    Kind,
    Layout,
    PageKind,
    fields_of,
    fields_on,
    section,
)
from registry.tables import TABLES, Table, arrow_schema, table
from registry.vocabularies import code, codes, wordings
from registry.wording import fold, label_key
from tests.cases import READ, page_of
from trials.practice.mirror import squeezed

_LABELS_OF_THE_SITE = {
    "Administrative data": "NCT number · Other study ID # · Secondary ID · Status · Phase · First received · "
    "Last updated · Start date · Est. completion date",
    "Study information": "Verified date · Source · Contact · Phone · Email · Is FDA regulated · Health authority · "
    "Study type",
    "Recruitment information / eligibility": "Status · Enrollment · Est. completion date · "
    "Est. primary completion date · Accepts healthy volunteers · Gender · Age group · Eligibility",
    "Locations": "Country · Name · City · State",
    "Sponsors": "Lead Sponsor · Collaborator",
    "Outcome": "Type · Measure · Description · Time frame · Safety issue",
    "See also": "Status · Clinical Trial · Phase",
    "Label block": "NCT number · Study type · Source · Contact · Phone · Email · Status · Phase · Start date · "
    "Completion date",
}
_HEADINGS_OF_THE_SITE = (
    "Administrative data · Study information · Clinical Trial Summary · Description: · "
    "Recruitment information / eligibility · Study Design · Related Conditions & MeSH terms · Intervention · "
    "Locations · Sponsors · Country where clinical trial is conducted · References · Outcome · "
    "See also · Clinical Trial Description"
).split(" · ")
_FILLED_LATER = {  # from the ledger, the archive or several nights: no page alone fills them
    "studies": {"first_seen_at", "last_seen_at", "page_state", "seen_title", "seen_title_at"},
    "pages": {"warc_file", "warc_offset"},
    "changes": {column.name for column in table("changes").columns},
    "study_versions": {column.name for column in table("study_versions").columns},
}


@pytest.mark.parametrize("name", _LABELS_OF_THE_SITE)
def test_every_label_of_the_site_is_known_in_its_order(name: str) -> None:
    known = [field.labels[0] for field in FIELDS if field.section == name]
    assert known == _LABELS_OF_THE_SITE[name].split(" · ")


def test_every_heading_of_the_site_is_known() -> None:
    known = {fold(heading) for row in SECTIONS for heading in row.headings}
    assert {fold(heading) for heading in _HEADINGS_OF_THE_SITE} <= known


def test_labels_are_unique_in_their_section() -> None:
    wordings_seen = Counter((field.section, fold(label)) for field in FIELDS for label in field.labels)
    assert max(wordings_seen.values()) == 1


def test_no_two_fields_of_a_section_share_a_wording() -> None:
    wordings = Counter((row.section, label_key(label)) for row in FIELDS for label in row.labels)
    assert max(wordings.values()) == 1


def test_no_wording_is_the_end_of_one_of_another_field_of_its_section() -> None:
    pairs = [row for row in FIELDS if section(row.section).layout is Layout.PAIRS]
    ends = [
        (longer, label)
        for row, other in permutations(pairs, 2)
        if row.section == other.section
        for label in row.labels
        for longer in other.labels
        if fold(longer).endswith(f" {fold(label)}")
    ]
    assert ends == []


@pytest.mark.parametrize(
    ("section_name", "wording", "column"),
    [
        (ADMINISTRATIVE, "Estimated completion date", "completion_date"),
        (ADMINISTRATIVE, "Study Start", "start_date"),
        (RECRUITMENT, "Sexes Eligible for Study:", "gender"),
        (RECRUITMENT, "Ages", "age_group_text"),
        (RECRUITMENT, "Primary Completion Date", "primary_completion_date"),
        (LABEL_BLOCK, "Study completion date", "completion_date"),
        (STUDY_DESIGN, "Endpoint Classification", "endpoint_classification"),
    ],
)
def test_older_wordings_are_known(section_name: str, wording: str, column: str) -> None:
    assert fields_of(section_name)[label_key(wording)].column == column


def test_sections_and_headings_are_unique() -> None:
    assert max(Counter(row.name for row in SECTIONS).values()) == 1
    assert max(Counter(fold(heading) for row in SECTIONS for heading in row.headings).values()) == 1


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: str(field.key))
def test_a_field_stands_in_a_section_and_fills_columns(field: Field) -> None:
    assert section(field.section).pages
    columns = {column.name for column in table(field.table).columns}
    if field.kind is Kind.DATE:
        stem = field.column.removesuffix("_date")
        assert {f"{stem}_month_year", f"{stem}_date", f"{stem}_earliest", f"{stem}_latest"} <= columns
    assert field.column in columns
    assert field.meaning


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: str(field.key))
def test_a_code_has_a_vocabulary(field: Field) -> None:
    assert (field.kind is Kind.CODE) <= bool(table(field.table).column(field.column).vocabulary)


def test_every_kind_is_used_and_has_a_reader() -> None:
    assert {field.kind for field in FIELDS} == set(Kind) == set(READERS)


def test_details_and_summary_carry_the_id() -> None:
    for kind in (PageKind.DETAILS, PageKind.SUMMARY):
        assert any(field.kind is Kind.NCT_ID for field in fields_on(kind))


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_a_table_is_whole(each: Table) -> None:
    names = [column.name for column in each.columns]
    assert len(set(names)) == len(names)
    assert set(each.key) <= set(names)
    assert each.grain
    for column in each.columns:
        assert column.meaning
        assert not column.vocabulary or codes(column.vocabulary)
    schema = arrow_schema(each)
    assert schema.names == names
    assert all((field.metadata or {}).get(b"description") for field in schema)


def test_tables_are_unique() -> None:
    assert max(Counter(each.name for each in TABLES).values()) == 1


_OF_READERS = {"age_group", "masking_role", "no_value", "yes_no"}  # their codes fill no column
_VOCABULARIES = sorted({c.vocabulary for each in TABLES for c in each.columns if c.vocabulary} | _OF_READERS)


@pytest.mark.parametrize("name", _VOCABULARIES)
def test_a_vocabulary_has_each_wording_once(name: str) -> None:
    rows = wordings(name)
    assert rows
    assert all(wording and code for wording, code in rows)
    assert max(Counter(fold(wording) for wording, _ in rows).values()) == 1


def test_no_vocabulary_is_unused() -> None:
    from importlib.resources import files

    on_disk = {entry.name.removesuffix(".csv") for entry in (files("registry") / "vocab").iterdir()}
    assert on_disk == set(_VOCABULARIES)


def test_country_codes_are_iso_3166() -> None:
    import pycountry

    today = {country.alpha_2 for country in pycountry.countries} | {"XK"}  # Kosovo: user-assigned
    former = {country.alpha_2 for country in pycountry.historic_countries}
    assert today <= codes("countries")
    assert codes("countries") - today == {"AN", "CS", "YU"} <= former


def test_every_name_of_a_country_is_known() -> None:
    import pycountry

    for country in pycountry.countries:
        for name in filter(None, (getattr(country, kind, None) for kind in ("name", "common_name", "official_name"))):
            assert code("countries", name) == country.alpha_2


def test_state_codes_are_iso_3166_2() -> None:
    import pycountry

    known = {each.code: each.name for each in pycountry.subdivisions}
    for wording, state in wordings("states"):
        assert state in known
        assert wording.endswith(f", {state[:2]}")
    for state in codes("states"):
        assert code("states", f"{known[state]}, {state[:2]}") == state or state[:2] in ("CN", "GB", "KR", "MX", "NL")
    for country in ("AU", "CA", "US"):
        all_states = {each.code for each in pycountry.subdivisions if each.country_code == country} - {"US-UM"}
        assert {state for state in codes("states") if state.startswith(country)} == all_states


@pytest.mark.parametrize(
    "name", ["countries", "states", "intervention_type", "overall_status", "phase", "sex", "id_type"]
)
def test_a_wording_is_known_as_the_mirror_prints_it(name: str) -> None:
    for wording, known in wordings(name):
        assert code(name, squeezed(wording)) == known


@pytest.mark.parametrize(
    ("text", "state"), [("MH, IN", "IN-MH"), ("BW, DE", "DE-BW"), ("NH, NL", "NL-NH"), ("VD, CH", "CH-VD")]
)
def test_a_state_may_be_its_code(text: str, state: str) -> None:
    assert code("states", text) == state


@pytest.mark.parametrize(("text", "country"), [("Victoria", "CA"), ("Georgia", "GE"), ("México", "MX"), ("CA", "IT")])
def test_a_state_is_never_guessed(text: str, country: str) -> None:
    assert code("states", f"{text}, {country}") is None


def test_some_page_carries_each_field() -> None:
    seen = set()
    for case in READ:
        record = parse(page_of(case))
        seen |= set(record.texts) | record.columns
    assert {field.key for field in FIELDS} == seen


def test_some_page_fills_each_column() -> None:
    filled: set[tuple[str, str]] = set()
    for case in READ:
        page = page_of(case)
        for name, rows in tidy(page, parse(page)).items():
            filled |= {(name, column) for row in rows for column, value in row.items() if value is not None}
    columns = {(each.name, column.name) for each in TABLES for column in each.columns}
    assert columns - filled == {(name, column) for name, later in _FILLED_LATER.items() for column in later}
