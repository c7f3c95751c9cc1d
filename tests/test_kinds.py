"""Titles from the head of a page; summary and references pages; study designs and terms, in every family of markup."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from normalizers.tidy import tidy
from parsers import parse
from parsers.head import read_head
from registry.record import Page
from registry.tables import TableRows
from tests.pages import BASE, FAMILIES, Family, as_bars, as_text, render
from trials.practice.frame import Frame
from trials.practice.markup import summary
from trials.practice.pages import references

ID, OTHER = "NCT09990001", "NCT09990002"


def _read(html: str) -> TableRows:
    page = Page(html.encode())
    return tidy(page, parse(page))


def _with_head(head: str, end: str = "") -> TableRows:
    html = render(BASE, FAMILIES["two-column-table"]).replace("<title>Trial page</title>", head)
    return _read(html.replace("</body>", f"{end}</body>"))


def _json(said: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(said)}</script>'


def _study(**said: object) -> dict[str, object]:
    return {"@context": "https://schema.org", "@type": "MedicalTrial", **said}


# --- nothing in a cell ------------------------------------------------------------------------------------------


def _with_for_blank(rows: Sequence[Sequence[str]], sign: str) -> list[list[str]]:
    return [[cell or sign for cell in row] for row in rows]


@pytest.mark.parametrize("sign", ["-", "--", "–", "—"])
def test_a_dash_alone_stands_for_nothing(sign: str) -> None:
    """Else a trial has a collaborator named `—`, and a location a state."""
    dashed = replace(
        BASE,
        administrative=[(label, value or sign) for label, value in BASE.administrative],
        locations=_with_for_blank(BASE.locations, sign),
        sponsors=_with_for_blank(BASE.sponsors, sign),
        outcomes=_with_for_blank(BASE.outcomes, sign),
    )
    assert dashed.sponsors != BASE.sponsors
    plain, html = (render(facts, FAMILIES["two-column-table"]) for facts in (BASE, dashed))
    assert "Sponsors (3)" in plain  # the dash is none of them
    before, read = _read(plain), _read(html.replace("Sponsors (4)", "Sponsors (3)"))
    for name in ("studies", "facilities", "sponsors", "design_outcomes", "id_information", "problems"):
        assert read[name] == before[name]
    assert read["pages"][0]["blank_labels"] == before["pages"][0]["blank_labels"]


# --- titles -----------------------------------------------------------------------------------------------------

_OG = '<meta property="og:title" content="{}">'


@pytest.mark.parametrize(
    ("head", "title", "source"),
    [
        (f"<title>{ID} - Age <9 & BMI > 30 | Site</title>", "Age <9 & BMI > 30", "title_element"),
        (f"<title>{ID} - Lamps — Part 2 | Site</title>", "Lamps — Part 2", "title_element"),
        (f"<title>Site</title>{_OG.format(f'{ID}: Age &lt; 9 &amp; > 3')}", "Age < 9 & > 3", "open_graph"),
        (f"<meta content='{ID} - Lamps' name=twitter:title>", "Lamps", "twitter"),
        (f"<title>{ID} - Lamps</title>{_OG.format(f'{ID} - lamps')}", "Lamps", "title_element"),
        (_json(_study(name="Lamps", identifier=ID)), "Lamps", "json_ld"),
        (_json(_study(headline="Lamps", url=f"https://example.org/x/{ID.lower()}/")), "Lamps", "json_ld"),
        (_json({"@graph": [{"@type": "WebPage", "name": "Site"}, _study(name="Lamps")]}), "Lamps", "json_ld"),
        (_json(_study(name=f"{ID} - Lamps", identifier={"@type": "PropertyValue", "value": ID})), "Lamps", "json_ld"),
        (_json([_study(name="Beds", identifier=OTHER), _study(name="Lamps", identifier=ID)]), "Lamps", "json_ld"),
        (f"<!-- <title>{ID} - Beds</title> --><title>{ID} - Lamps</title>", "Lamps", "title_element"),
        (f'<script>"<title>{ID} - Beds</title>"</script>', None, None),
        (f"<title>Lamps</title>{_OG.format('Lamps')}", None, None),
        (f"<title>{ID} - Details | Site</title>", None, None),
        (f"<title>{ID} - Study Design</title>", None, None),
        (f"<title>{ID} | Site</title>", None, None),
        (f"<title>{OTHER} - Beds</title>", None, None),
        (_OG.format(f"{ID} - Lamps for st…"), None, None),
        (_json(_study(name="Beds", identifier=OTHER)), None, None),
        (_json([_study(name="Lamps"), _study(name="Beds")]), None, None),
        (_json({"@type": "WebPage", "name": f"{ID} - Lamps"}), None, None),
        (_json(_study(name="Lamps \ud800", identifier=ID)), None, None),
        (_json(_study(name=["Lamps"] * 20_000, identifier=ID)), None, None),
        (_json(_study(name={"value": 1}, identifier=[None, 3], url={"@id": []})), None, None),
        ('<script type="application/ld+json">{"@type": "MedicalTrial", "name": </script>', None, None),
        (f'<script type="application/ld+json">{"[" * 60_000}</script>', None, None),
        (f'<script type="application/ld+json">{"9" * 60_000}</script>', None, None),
    ],
)
def test_the_title_and_its_source(head: str, title: str | None, source: str | None) -> None:
    tables = _with_head(head)
    (study,) = tables["studies"]
    assert (study["brief_title"], study["brief_title_source"]) == (title, source)
    assert study["official_title"] == (BASE.official_title or None)
    assert not [row for row in tables["problems"] if row["code"] == "conflict"]


_ABOUT = replace(BASE, condition="Stiff Knee", conditions=("Osteoarthritis, Knee",))


@pytest.mark.parametrize(
    "said",
    [
        "Stiff Knee Clinical Trial", "Osteoarthritis, Knee Clinical Trials", "Osteoarthritis, Knee",
        BASE.sponsors[0][0],
        f"{BASE.interventions[0][1]} Clinical Trial", "Lamps - Stiff Knee Clinical Trial", "Lamps - Completed",
        "Not yet recruiting: Lamps", "Lamps - Details", "In Clinical Trials", "Details - InClinicalTrials",
        "Lamps for… - InClinicalTrials",
    ],
)  # fmt: skip
def test_what_else_a_page_is_about_is_no_title(said: str) -> None:
    """`Stiff Knee Clinical Trial` is what the site calls every page about the condition."""
    html = render(_ABOUT, FAMILIES["two-column-table"])
    tables = _read(html.replace("<title>Trial page</title>", f"<title>{ID} - {said}</title>"))
    assert tables["studies"][0]["brief_title"] is None


@pytest.mark.parametrize("said", ["Lamps: a Clinical Trial", "Stiff Knee and Lamps", "Lamps - Stiff Knee"])
@pytest.mark.parametrize("site", ["", " - InClinicalTrials", " | In Clinical Trials"])
def test_the_name_of_the_site_is_none_of_a_title(said: str, site: str) -> None:
    html = render(_ABOUT, FAMILIES["two-column-table"])
    tables = _read(html.replace("<title>Trial page</title>", f"<title>{ID} - {said}{site}</title>"))
    assert tables["studies"][0]["brief_title"] == said


def test_titles_in_conflict_are_both_named() -> None:
    tables = _with_head(f"{_OG.format(f'{ID} - Beds')}<title>{ID} - Lamps</title>", _json(_study(name="Lamps")))
    assert tables["studies"][0]["brief_title"] == "Lamps"
    (problem,) = [row for row in tables["problems"] if row["code"] == "conflict"]
    assert "'Lamps' in title_element" in str(problem["message"])
    assert "'Beds' in open_graph" in str(problem["message"])


@pytest.mark.parametrize(("other", "acronym"), [("LAMP-2", "LAMP-2"), (["x" * 15, "LAMP"], "LAMP"), (ID, None)])
def test_the_acronym_of_json_ld(other: Any, acronym: str | None) -> None:
    assert _with_head(_json(_study(alternateName=other, identifier=ID)))["studies"][0]["acronym"] == acronym


def test_a_name_that_is_the_official_title_is_not_the_short_one() -> None:
    said = _json(_study(name="Lamps for Stiff Knees: a Trial", identifier=ID, alternateName="LAMP"))
    facts = replace(BASE, condition="Knee", acronym="GLARE", official_title="Lamps for stiff knees: a trial")
    html = render(facts, FAMILIES["nineties"]).replace("<title>Trial page</title>", said)
    tables = _read(html)
    (study,) = tables["studies"]
    assert (study["brief_title"], study["official_title"]) == (None, facts.official_title)
    assert study["acronym"] == "GLARE"
    (problem,) = [row for row in tables["problems"] if row["code"] == "conflict"]
    assert "'GLARE' in the title block" in str(problem["message"])
    assert "'LAMP' in json_ld" in str(problem["message"])
    titled = _read(html.replace("<head>", f"<head><title>{ID} - Lamps</title>"))
    assert titled["studies"][0]["brief_title"] == "Lamps"
    assert [row["code"] for row in titled["problems"]].count("conflict") == 1


@pytest.mark.parametrize(
    "piece", ["<title", "<meta ", '<meta "', "<!--", "<script", "<base href=", "<link a b c ", "a-", "ld+json "]
)
def test_a_hostile_head_is_read_once(piece: str) -> None:
    assert read_head(f"<script {piece * 200_000}").titles == read_head(piece * 200_000).titles == ()


# --- study designs, terms and references ------------------------------------------------------------------------

_OLDER = (
    ("Allocation", "Randomized"),
    ("Endpoint Classification", "Safety/Efficacy Study"),
    ("Intervention Model", "Parallel Assignment"),
    ("Masking", "Double Blind (Subject, Investigator)"),
    ("Primary Purpose", "Treatment"),
)
_DESIGN = ["RANDOMIZED", "PARALLEL", None, "SAFETY_EFFICACY", "TREATMENT", None, "DOUBLE", _OLDER[3][1]]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_older_study_design_in_every_family(family: str) -> None:
    tables = _read(render(replace(BASE, design=_OLDER), FAMILIES[family]))
    assert [list(row.values())[1 : len(_DESIGN) + 1] for row in tables["designs"]] == [_DESIGN]


@pytest.mark.parametrize("as_plain", [as_text, as_bars])
def test_an_older_study_design_as_text(as_plain: Any) -> None:
    tables = _read(as_plain(replace(BASE, design=_OLDER)))
    assert [list(row.values())[1 : len(_DESIGN) + 1] for row in tables["designs"]] == [_DESIGN]


def _with_section(heading: str, body: str) -> TableRows:
    """Return the tables of a page whose section holds `body`."""
    family = FAMILIES["definition-list"]
    html = render(replace(BASE, conditions=("=====",), references=("=====",)), family)
    before, opening, after = html.partition(family.heading(heading))
    assert opening
    place = "=====" if "=====" in after else ""
    before_body, _, after_body = after.partition(family.lines([place])) if place else ("", "", after)
    return _read(before + opening + before_body + body + after_body)


@pytest.mark.parametrize(
    "text",
    [
        "<p>Allocation: Randomized, Intervention Model: Parallel Assignment, Masking: Open Label</p>",
        "<p>Allocation:Randomized, Intervention Model :Parallel Assignment, Masking:Open Label</p>",
        "<p>Allocation: Randomized; Intervention Model: Parallel Assignment; Masking: Open Label</p>",
        "<p>Allocation: Randomized<br>Intervention Model: Parallel Assignment<br>Masking: Open Label</p>",
        "<p>Study Design: Allocation: Randomized, Intervention Model: Parallel Assignment, Masking: Open Label</p>",
        "<table><tr><th>Study Design:<td>Allocation: Randomized, Intervention Model: Parallel Assignment,"
        " Masking: Open Label</table>",
        "<dl><dt>Study Design<dd>Allocation: Randomized<br>Intervention Model: Parallel Assignment<br>"
        "Masking: Open Label</dl>",
        "<ul><li>Allocation: Randomized<li>Intervention Model: Parallel Assignment<li>Masking: Open Label</ul>",
        "<table><tr><th>Allocation<th>Intervention Model<th>Masking"
        "<tr><td>Randomized<td>Parallel Assignment<td>Open Label</table>",
        "<table><tr><td>Allocation<td>Randomized<tr><td>Intervention Model<td>Parallel Assignment"
        "<tr><td>Masking<td>Open Label</table>",
    ],
)
def test_study_designs(text: str) -> None:
    html = render(replace(BASE, design=()), FAMILIES["definition-list"])
    heading = FAMILIES["definition-list"].heading("Study Design")
    assert html.count(heading) == 1
    tables = _read(html.replace(heading, heading + text))
    (design,) = tables["designs"]
    assert tables["pages"][0]["text_claimed"] == 1
    assert (design["allocation"], design["intervention_model"]) == ("RANDOMIZED", "PARALLEL")
    assert (design["masking"], design["masking_text"]) == ("NONE", "Open Label")


_PAIN = (["Knee Pain"], ["Pain", "Arthritis"])


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<p>Knee Pain</p><p>Additional relevant MeSH terms:</p><p>Pain</p><p>Arthritis</p>", _PAIN),
        (
            "<ul><li>Knee Pain</ul><h4>MeSH terms</h4><ul><li><a href=/p>Pain</a><li><a href=/a>Arthritis</a></ul>",
            _PAIN,
        ),
        ("<p>Knee Pain<br><b>Additional relevant MeSH terms :</b><br>Pain<br>Arthritis</p>", _PAIN),
        ("<p>Knee Pain</p><p>MeSH terms: Pain; Arthritis</p>", _PAIN),
        ("<p><a href=/k>Knee Pain</a>, <a href=/b>Back Pain, Low</a></p>", (["Knee Pain", "Back Pain, Low"], [])),
        ("<p>Knee Pain</p><p>MeSH terms: <a href=/p>Pain</a>, <a href=/a>Arthritis</a></p>", _PAIN),
        ("<p>Knee Pain</p><p><b>MeSH terms:</b> <a href=/p>Pain</a>, <a href=/a>Arthritis</a></p>", _PAIN),
        ("<dl><dt>Conditions<dd>Knee Pain<dt>MeSH terms<dd>Pain<dd>Arthritis</dl>", _PAIN),
        ("<table><tr><th>Conditions<th>MeSH terms<tr><td>Knee Pain<td>Pain<tr><td><td>Arthritis</table>", _PAIN),
        ("<table><tr><th>Condition(s):<td>Knee Pain<tr><th>MeSH terms:<td>Pain<br>Arthritis</table>", _PAIN),
        ("<p>Knee Pain,\u00a0Back Pain, Low,\u00a0</p>", (["Knee Pain", "Back Pain, Low"], [])),
    ],
)
def test_terms(body: str, names: tuple[list[str], list[str]]) -> None:
    tables = _with_section("Related Conditions & MeSH terms", body)
    found = [row["name"] for row in tables["conditions"]], [row["mesh_term"] for row in tables["browse_conditions"]]
    assert found == names


def test_subheadings_of_terms_are_no_terms() -> None:
    body = "<table><tr><th>Conditions<th>MeSH terms<tr><td>Knee Pain<td>Pain</table>"
    (page,) = _with_section("Related Conditions & MeSH terms", body)["pages"]
    assert page["text_claimed"] == 1


def test_terms_with_commas_on_one_line_are_said_to_be_unsure() -> None:
    tables = _with_section("Related Conditions & MeSH terms", "<p>Pain</p><p>MeSH terms: Pain, Arthritis</p>")
    assert [row["mesh_term"] for row in tables["browse_conditions"]] == ["Pain, Arthritis"]
    assert "cells_not_separable" in {row["code"] for row in tables["problems"]}


@pytest.mark.parametrize(
    ("conditions", "are_joined"),
    [(("Leukemia", "Leukemia, Myeloid"), False), (("Leukemia, Gout", "Pain"), True)],
)
def test_a_name_is_one_behind_a_line_of_its_beginning(conditions: tuple[str, ...], are_joined: bool) -> None:
    facts = replace(BASE, condition="Leukemia", conditions=conditions)
    tables = _read(render(facts, FAMILIES["definition-list"]))
    assert [row["name"] for row in tables["conditions"]] == list(conditions)
    assert ("cells_not_separable" in {row["code"] for row in tables["problems"]}) == are_joined


_FIRST, _SECOND = (
    "Doe J. Lamps and knees.\nLight. 2019. PMID: 30112233",
    "Roe A. Light.\nLight. 2020. doi: 10.1000/x.1.",
)
_ROE = ("Roe A.", None, None)
_HTML_FIRST, _HTML_SECOND = _FIRST.replace("\n", "<br>"), _SECOND.replace("\n", "<br>")


@pytest.mark.parametrize(
    "body",
    [
        f"<ul><li>{_HTML_FIRST}</li><li>{_HTML_SECOND}</li></ul>",
        f"<ol><li>{_HTML_FIRST}<li>{_HTML_SECOND}</ol>",
        f"<p>{_HTML_FIRST}</p><p>{_HTML_SECOND}</p>",
        f"<div>{_HTML_FIRST}</div><div>{_HTML_SECOND}</div>",
        f"<table><tr><td>{_HTML_FIRST}<tr><td>{_HTML_SECOND}</table>",
        f"<table><tr><td>1.<td>{_HTML_FIRST}<tr><td>2.<td>{_HTML_SECOND}</table>",
    ],
)
def test_a_citation_is_what_its_block_bounds(body: str) -> None:
    columns = ("pmid", "doi", "citation")
    rows = [tuple(row[name] for name in columns) for row in _with_section("References", body)["study_references"]]
    assert rows == [("30112233", None, _FIRST), (None, "10.1000/x.1", _SECOND)]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (
            "<table><tr><th>Citation<th>PMID<tr><td>Doe J. Lamps.<td>30112233<tr><td>Roe A.<td></table>",
            [("Doe J. Lamps. PMID: 30112233", "30112233", None), ("Roe A.", None, None)],
        ),
        (
            "<p>Doe J. Lamps.<br>PMID: 30112233<br>https://doi.org/10.1000/x<br>Roe A.</p>",
            [
                ("Doe J. Lamps.\nPMID: 30112233\nhttps://doi.org/10.1000/x", "30112233", "10.1000/x"),
                ("Roe A.", None, None),
            ],
        ),
        ("<ol><li><p>Doe J.</p><p>Lamps.</p></li><li>Roe A.</li></ol>", [("Doe J.\nLamps.",) + 2 * (None,), _ROE]),
        (
            '<p>Doe J. <a href="https://pubmed.ncbi.nlm.nih.gov/30112233/">PubMed</a>'
            ' <a href="https://doi.org/10.1000/x">doi</a></p><p>Roe A.</p>',
            [("Doe J. PubMed doi", "30112233", "10.1000/x"), _ROE],
        ),
        (
            '<p>Doe J. PMID: 1. See <a href="https://pubmed.ncbi.nlm.nih.gov/2/">that</a></p><p>Roe A.</p>',
            [("Doe J. PMID: 1. See that", "1", None), _ROE],
        ),
    ],
)
def test_ids_of_citations(body: str, rows: list[tuple[str | None, ...]]) -> None:
    tables = _with_section("References", body)
    assert [(row["citation"], row["pmid"], row["doi"]) for row in tables["study_references"]] == rows
    assert tables["pages"][0]["text_claimed"] == 1


@pytest.mark.parametrize("ids", ["PMID", "doi:", "http://", "PMID: 1; ", "https://a https://b "])
def test_lines_of_ids_are_read_in_linear_time(ids: str) -> None:
    """What may be read in two ways at each repetition would take longer than the test may last."""
    rows = _with_section("References", f"<p>Doe J.<br>{ids * 4_000} Roe A.</p>")["study_references"]
    assert len(rows) == 2


def test_lines_of_one_block_are_citations() -> None:
    rows = _with_section("References", "<p>Doe J. Lamps.<br>Roe A. Light.</p>")["study_references"]
    assert [row["citation"] for row in rows] == ["Doe J. Lamps.", "Roe A. Light."]


@pytest.mark.parametrize(
    ("link", "ids"),
    [
        ("https://pubmed.ncbi.nlm.nih.gov/30112233/", ("30112233", None)),
        ("https://www.ncbi.nlm.nih.gov/pubmed/30112233", ("30112233", None)),
        ("https://doi.org/10.1000/xyz123", (None, "10.1000/xyz123")),
        ("https://example.org/30112233/", (None, None)),
    ],
)
def test_a_link_may_be_the_only_mention(link: str, ids: tuple[str | None, str | None]) -> None:
    for body in (f'<p>Doe J. Lamps. <a href="{link}">Full text</a></p>', f"<p>Doe J. Lamps. {link}</p>"):
        (row,) = _with_section("References", body)["study_references"]
        assert (row["pmid"], row["doi"]) == ids


# --- summary and references pages -------------------------------------------------------------------------------


def _line(cells: Sequence[str]) -> str:
    return " ".join(filter(None, cells))


def _bars(cells: Sequence[str]) -> str:
    return " ".join(f"{cell} |" for cell in cells)


def _as_lines(row: Callable[[Sequence[str]], str]) -> Family:
    return Family(
        heading=lambda text: f"\n{text}\n",
        pairs=lambda pairs: "\n".join(map(row, pairs)),
        table=lambda header, rows, _links: "\n".join(map(row, [header, *rows])),
        lines="\n".join,
        frame=lambda _frame, content: f"{content}\n",
    )


_ANY_FORM = {**FAMILIES, "text": _as_lines(_line), "bars": _as_lines(_bars)}
_LABEL_BLOCK = (
    ("NCT number", ID),
    ("Study type", "Interventional"),
    ("Source", "Acme"),
    ("Contact", ""),
    ("Phone", ""),
    ("Email", ""),
    ("Status", "Recruiting"),
    ("Phase", "N/A"),
    ("Start date", "May 10, 2023"),
    ("Completion date", "June 2027"),
)


@pytest.mark.parametrize(("said", "read"), [("One.\nTwo", ["One.\nTwo"]), (None, [])])
@pytest.mark.parametrize("form", _ANY_FORM)
def test_a_summary_page(form: str, said: str | None, read: list[str]) -> None:
    terms = ("Asthma", "MeSH terms", "Lung Diseases")
    facts = replace(BASE, description=said, conditions=terms, label_block=_LABEL_BLOCK)
    family = _ANY_FORM[form]
    tables = _read(family.frame(Frame(), summary(facts, family)))
    assert [row["description"] for row in tables["detailed_descriptions"]] == read
    (study,), (page,), (design,) = tables["studies"], tables["pages"], tables["designs"]
    assert (study["completion_month_year"], study["phase"], study["source"]) == ("2027-06", "NA", "Acme")
    assert (page["kind"], page["text_claimed"], design["masking"]) == ("summary", 1, "DOUBLE")
    assert [row["mesh_term"] for row in tables["browse_conditions"]] == ["Lung Diseases"]
    assert tables["problems"] == []


@pytest.mark.parametrize("form", _ANY_FORM)
def test_many_terms_before_the_label_block_change_none_of_its_blanks(form: str) -> None:
    terms = tuple(f"Gout of kind {number}" for number in range(20))
    facts = replace(BASE, conditions=terms, label_block=_LABEL_BLOCK)
    tables = _read(_ANY_FORM[form].frame(Frame(), summary(facts, _ANY_FORM[form])))
    (study,) = tables["studies"]
    assert (study["overall_status"], len(tables["conditions"])) == ("RECRUITING", len(terms))
    assert tables["problems"] == []


@pytest.mark.parametrize("form", _ANY_FORM)
def test_a_references_page(form: str) -> None:
    url = f"https://inclinicaltrials.com/other/{ID}/references"
    family = _ANY_FORM[form]
    body = family.frame(Frame(canonical=url), references(BASE, family))
    page = Page(body.encode(), url=url)
    tables = tidy(page, parse(page))
    assert [row["citation"] for row in tables["study_references"]] == list(BASE.references)
    assert (tables["pages"][0]["kind"], tables["pages"][0]["text_claimed"]) == ("references", 1)
    assert tables["problems"] == []
