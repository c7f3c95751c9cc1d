"""Ids say by their form who gave them; what has no form of a register has no kind."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.mentions import _COLUMNS, mentions
from normalizers.readers import read
from normalizers.values.identifiers import _FORMS, IdKind, id_kind
from registry.labels import ADMINISTRATIVE, fields_of
from registry.tables import TABLES, Row, columns_of
from registry.vocabularies import codes


@pytest.mark.parametrize(
    ("text", "id_type", "registry"),
    [
        ("NCT01234567", "REGISTRY", "NCT"),
        ("ISRCTN73199181", "REGISTRY", "ISRCTN"),
        ("ISRCTN-73199181", "REGISTRY", "ISRCTN"),
        ("U1111-1146-1315", "REGISTRY", "UTN"),
        ("2011-005334-20", "EUDRACT_NUMBER", "EUDRACT"),
        ("EudraCT number 2009-014137-25", "EUDRACT_NUMBER", "EUDRACT"),
        ("EUDRACT-2009-012151-23", "EUDRACT_NUMBER", "EUDRACT"),
        ("2022-501883-17-00", "CTIS", "CTIS"),
        ("2023-506115-17", "CTIS", "CTIS"),
        ("jRCT2031230046", "REGISTRY", "JRCT"),
        ("jRCTs031180123", "REGISTRY", "JRCT"),
        ("UMIN000003040", "REGISTRY", "UMIN"),
        ("ChiCTR2000029308", "REGISTRY", "CHICTR"),
        ("ChiCTR-TRC-10001234", "REGISTRY", "CHICTR"),
        ("DRKS00012345", "REGISTRY", "DRKS"),
        ("ACTRN12605000001606", "REGISTRY", "ANZCTR"),
        ("CTRI/2019/01/017123", "REGISTRY", "CTRI"),
        ("IRCT20150303021315N12", "REGISTRY", "IRCT"),
        ("IDRCB: 2022-A01261-42", "REGISTRY", "ID_RCB"),
        ("2009-A00149-48", "REGISTRY", "ID_RCB"),
        ("CDR0000067837", "REGISTRY", "PDQ"),
        ("NCI-2012-00145", "REGISTRY", "CTRP"),
        ("NL79869.091.22", "REGISTRY", "CCMO"),
        ("IND 123456", "OTHER", "IND"),
        ("IND# 67,465", "OTHER", "IND"),
        ("IDE G010123", "OTHER", "IDE"),
        ("1R01CA215520-01A1", "NIH", "NIH"),
        ("P30CA033572", "NIH", "NIH"),
        ("R01HS022345", "AHRQ", "AHRQ"),
        ("I01CX001234", "VA", "VA"),
        ("W81XWH-21-1-0063", "OTHER_GRANT", "DOD"),
        ("R01CA123456 ( U.S. NIH Grant/Contract )", "NIH", "NIH"),
        ("B-17 (Other Grant/Funding Number: Lantern Fund)", "OTHER_GRANT", None),
    ],
)
def test_kinds(text: str, id_type: str, registry: str | None) -> None:
    assert id_kind(text) == IdKind(id_type, registry)


@pytest.mark.parametrize(
    "text",
    [
        "", "KY-2023-2-6-2", "NCT0123456", "NCT00000000", "NCT012345678", "the NCT01234567 trial", "ISRCTN1234567",
        "2011-005334-2", "1999-005334-20", "2011-0053345-20", "97-C-0136", "A091304", "University of Iowa", "IND",
        "IND 12", "G010123", "R01ZZ123456", "X99CA123456", "B-17 (something else)", "2011-005334-20 2011-005335-20",
        "٢٠١١-005334-20", "NCT" * 50, "(" * 100,
    ],
)  # fmt: skip
def test_no_kind(text: str) -> None:
    assert id_kind(text) == IdKind(None, None)


def test_every_form_has_codes() -> None:
    assert {registry for registry, _, _ in _FORMS} == codes("registry")
    assert {id_type for _, _, id_type in _FORMS} <= codes("id_type")


@given(st.text(alphabet=string.ascii_uppercase + string.digits + "-/ .()", max_size=30))
def test_a_sign_behind_an_id_leaves_at_most_another_kind(text: str) -> None:
    kind = id_kind(text)
    assert (kind.registry is None) or any(sign.isdigit() for sign in text)
    assert id_kind(f"{text}?") == IdKind(None, None)


@pytest.mark.parametrize("text", ["not applicable", "None", "N/A", "n.a.", "-", "--", "not yet assigned", "TBD", "nil"])
@pytest.mark.parametrize("label", ["other study id #", "secondary id"])
def test_junk_is_no_id(text: str, label: str) -> None:
    assert read(fields_of(ADMINISTRATIVE)[label], text).rows == ()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("KY-1,KY-2; KY-3", ["KY-1", "KY-2", "KY-3"]),
        ("IND 12,345, NCT07654321", ["IND 12,345", "NCT07654321"]),
        ("1,000,000", ["1,000,000"]),
        ("B-17,B-181", ["B-17", "B-181"]),
        ("B-17 (Other: Light; Inc.); B-18", ["B-17 (Other: Light; Inc.)", "B-18"]),
        ("B-17 (a; b", ["B-17 (a", "b"]),
        ("2011-005334-20, not applicable", ["2011-005334-20"]),
        ("Not Applicable, None", []),
        ("252263 (IRAS), 19/LO/0404 (REC)", ["252263 (IRAS)", "19/LO/0404 (REC)"]),
        (
            "FR01 ISA, J4E-MC-IMMB Master Protocol, 2022-502888-38-00",
            ["FR01 ISA", "J4E-MC-IMMB Master Protocol", "2022-502888-38-00"],
        ),
        ("R01 CA123456, IRAS project ID 123456", ["R01 CA123456", "IRAS project ID 123456"]),
        ("Grant 12345, Ministry of Health", ["Grant 12345, Ministry of Health"]),
        ("Protocol 17, 2nd Amendment", ["Protocol 17, 2nd Amendment"]),
    ],
)
def test_lists_of_ids(text: str, ids: list[str]) -> None:
    assert [row["id_value"] for row in read(fields_of(ADMINISTRATIVE)["secondary id"], text).rows] == ids


# --- ids in other texts -----------------------------------------------------------------------------------------


def _found(**texts: str) -> list[Row]:
    tables: dict[str, list[Row]] = {each.name: [] for each in TABLES}
    for name, text in texts.items():
        tables[name].append({"nct_id": "NCT01234567", "description": text, "title": text, "text": text})
    return list(mentions("NCT01234567", tables))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("as in NCT07654321.", ["NCT07654321"]),
        ("(nct07654321), NCT 07654322; NCT-07654323", ["NCT07654321", "NCT07654322", "NCT07654323"]),
        ("https://clinicaltrials.gov/show/nct07654321", ["NCT07654321"]),
        ("NCT07654321 and NCT07654321", ["NCT07654321"]),
        ("NCT01234567 is this trial", []),
        ("NCT00000000, NCT0765432, NCT076543210, XNCT07654321, function", []),
    ],
)
def test_mentions(text: str, ids: list[str]) -> None:
    assert [row["mentioned_nct_id"] for row in _found(brief_summaries=text)] == ids


def test_mentions_are_looked_for_in_columns_that_there_are() -> None:
    for name, columns in _COLUMNS.items():
        assert set(columns) <= columns_of(name).keys()


def test_a_mention_says_where_it_stands_and_see_also_is_none() -> None:
    rows = _found(brief_summaries="NCT07654321", interventions="NCT07654321", related_studies="NCT07654322",
                  eligibility_criteria="NCT07654323")  # fmt: skip
    assert [(row["table"], row["column"]) for row in rows] == [
        ("brief_summaries", "description"),
        ("interventions", "description"),
    ]
