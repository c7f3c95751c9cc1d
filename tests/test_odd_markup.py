"""Small pages, one oddity each: what is read, and that nothing is lost without a word."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from normalizers.tidy import tidy
from parsers import parse
from registry.errors import PageError, Reason
from registry.labels import SECTIONS, Section
from registry.record import Page
from registry.tables import TableRows
from tests.pages import BASE, FAMILIES, render


def _page(**sections: str) -> str:
    """A details page; each argument replaces what stands under a heading (spaces written as `_`)."""
    given = {
        "Administrative data": "<table><tr><th>NCT number<td>NCT09990001<tr><th>Phase<td>Phase 2</table>",
        "Study information": "<table><tr><th>Source<td>Acme<tr><th>Study type<td>Interventional</table>",
        "Clinical Trial Summary": "<p>Sum.</p>",
        "Recruitment information / eligibility": "<table><tr><th>Enrollment<td>80</table>",
        "Study Design": "",
        "Intervention": "<p>Drug:<br>oil</p>",
        "Locations": "",
        "Sponsors (3)": "",
        "Country where clinical trial is conducted": "",
        "Outcome": "",
        "See also": "<table><tr><th>Status<th>Clinical Trial<th>Phase</table>",
    }
    order = [
        *list(given)[:3], "Description", "Recruitment information / eligibility", "Study Design",
        "Related Conditions & MeSH terms", "Intervention", "Locations", "Sponsors (3)",
        "Country where clinical trial is conducted", "References", "Outcome", "See also",
    ]  # fmt: skip
    names = {name.split(" (")[0].replace(" ", "_").replace("/", "").replace("&", "").lower(): name for name in order}
    given |= {names[name]: body for name, body in sections.items()}
    body = "".join(f"<h2>{name}</h2>{given[name]}" for name in order if name in given)
    return f"<html><body><h1>Clinical Trial Details — Status: Recruiting</h1>{body}</body></html>"


def _read(html: str) -> TableRows:
    page = Page(html.encode())
    return tidy(page, parse(page))


def _codes(tables: TableRows) -> set[Any]:
    return {row["code"] for row in tables["problems"]}


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("<p><b>Background</b> <i>Cough</i> <a href=x>is</a> bad</p>", "Background Cough is bad"),
        ("<p>Dose <b>5</b>\n<i>mg</i></p>", "Dose 5 mg"),
        ("<p>The<nobr> cough</nobr> is<x-term> bad</x-term></p>", "The cough is bad"),
        ("<p>10<sup><small>9</small></sup>/L</p>", "10^9/L"),
        ("<p>As in <a href='#fig1'>Figure 1</a>.</p>", "As in Figure 1."),
        ("<p>Text. <a href='#'>Read more</a></p>", "Text."),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a b\nc d"),
        ("<p>a&#xD800;b</p>", "a\ufffdb"),
    ],
)
def test_prose(summary: str, text: str) -> None:
    assert _read(_page(clinical_trial_summary=summary))["brief_summaries"][0]["description"] == text


@pytest.mark.parametrize(
    "controls",
    ["<button>Read more</button>", "<a href='#'>Show less</a>", "[<a href='#x'>edit</a>]", "<nav>Home</nav>"],
)
def test_controls_are_no_part_of_a_value(controls: str) -> None:
    """They are claimed as boilerplate: nothing is left over."""
    tables = _read(_page(recruitment_information__eligibility=f"<dl><dt>Eligibility<dd>Age 18<br>Pain {controls}</dl>"))
    assert tables["eligibilities"][0]["criteria"] in ("Age 18\nPain", "Age 18\nPain []")
    assert tables["pages"][0]["text_claimed"] == 1.0


@pytest.mark.parametrize(
    "value",
    [
        "<del>50</del>80", "<s>50</s>80", "<strike>5</strike>80", "8<button>1</button>0", "<span hidden>5</span>80",
        "80<i style='color: red; DISPLAY : none'>0</i>", "80<i style='visibility:hidden'>0</i>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["<table><tr><th>Enrollment<td>{}</table>", "<dl><dt>Enrollment<dd>{}</dl>"])
def test_what_is_struck_or_hidden_makes_no_other_number(value: str, form: str) -> None:
    tables = _read(_page(recruitment_information__eligibility=form.format(value)))
    assert tables["studies"][0]["enrollment"] is None
    assert "unread_value" in _codes(tables)


@pytest.mark.parametrize(
    ("value", "text", "enrollment"),
    [
        ("80<a href='#n'>1</a>", "80 1", None), ("80<sup><a href='#n'>1</a></sup>", "80 1", None),
        ("<b>80</b><sub>1</sub>", "80 1", None), ("80<sup>1,2</sup>", "80 1,2", None), ("<sup>1</sup>80", "1 80", None),
        ("80<sup>*</sup>", "80*", None), ("10<sup>9</sup>", "10^9", None), ("<a href=x>80</a>", "80", 80),
    ],
)  # fmt: skip
def test_the_number_of_a_note_makes_no_other_number(value: str, text: str, enrollment: int | None) -> None:
    body = f"<dl><dt>Enrollment<dd>{value}<dt>Eligibility<dd>{value}</dl>"
    tables = _read(_page(recruitment_information__eligibility=body))
    assert (tables["eligibilities"][0]["criteria"], tables["studies"][0]["enrollment"]) == (text, enrollment)
    assert ("unread_value" in _codes(tables)) == (enrollment is None)


_LISTS = (
    "Inclusion Criteria:<ul><li>Adult<li>One of:<ul><li>mild<li>severe</ul><li>Old</ul>"
    "Exclusion Criteria:<ol><li>Ill<ol type=a><li>x</ol></ol>"
)


@pytest.mark.parametrize(
    "markup",
    [
        "<dl><dt>Eligibility<dd>{}</dl>", "<table><tr><td>Eligibility<td>{}</table>",
        "<table><tr><td colspan=1>Gender<td>All<tr><td>Eligibility<td>{}</table>",
        "<div><div>Eligibility</div><div>{}</div></div>", "<h4>Gender</h4><p>All</p><h4>Eligibility</h4>{}",
        "Gender: All<br>Eligibility: {}", "<ul><li>Gender: All<li>Eligibility: {}</ul>",
        "<ul><li><b>Gender</b> All<li><b>Eligibility</b> <div><p>{}</div></ul>", "<p><b>Eligibility:</b> {}",
    ],
)  # fmt: skip
def test_criteria_nest_as_the_lists_of_the_page(markup: str) -> None:
    """The text of the field is without indents."""
    tables = _read(_page(recruitment_information__eligibility=markup.format(_LISTS)))
    assert [row["parent_ordinal"] for row in tables["eligibility_criteria"]] == [None, None, 2, 2, None, None, 6]
    assert tables["eligibilities"][0]["criteria"] == (
        "Inclusion Criteria:\nAdult\nOne of:\nmild\nsevere\nOld\nExclusion Criteria:\nIll\nx"
    )
    assert tables["pages"][0]["text_claimed"] == 1.0


@pytest.mark.parametrize(
    ("value", "parents"),
    [
        ("<pre>Inclusion Criteria:\n\n  * Adult\n  * One of:\n\t* mild\n  * Old</pre>", [None, None, 2, None]),
        ("Adult<br>One of:<ul><li>mild<li>severe</ul>Old", [None, None, 2, 2, None]),
        ("Adult<br>One of:<br>&nbsp; mild<br>&nbsp; severe<br>Old", [None, None, 2, 2, None]),
        ("<ul><li>Adult<ul><li>Ill</ul></ul><p>Old</p>", [None, 1, None]),
        (f"<p>Adult</p>{'<ul>' * 100}<li>Old{'</ul>' * 100}", [None, 1]),
    ],
)
def test_criteria_nest_as_the_page_shows(value: str, parents: list[int | None]) -> None:
    tables = _read(_page(recruitment_information__eligibility=f"<dl><dt>Eligibility<dd>{value}</dl>"))
    assert [row["parent_ordinal"] for row in tables["eligibility_criteria"]] == parents


@pytest.mark.parametrize(
    ("names", "is_doubted"),
    [
        ("<ul><li>Arthritis, Rheumatoid</ul>", False), ("<ul><li><p>Arthritis, Rheumatoid</p><li>Pain</ul>", False),
        ("<p>Arthritis, Rheumatoid</p>", True), ("<ul><li>Arthritis, MeSH terms, Cough</ul>", True),
    ],
)  # fmt: skip
def test_an_entry_of_a_list_is_one_name(names: str, *, is_doubted: bool) -> None:
    page = _page(related_conditions__mesh_terms=names).replace("<h1>", "<h1>Arthritis Clinical Trial</h1><h1>", 1)
    assert ("cells_not_separable" in _codes(_read(page))) == is_doubted


@pytest.mark.parametrize("notice", ["<div class=ads><i>Advertisement</i></div>", "<span>[<a href=e>edit</a>]</span>"])
def test_notices_of_the_site_are_no_content(notice: str) -> None:
    tables = _read(_page(clinical_trial_summary=f"{notice}<p>Sum.</p>", sponsors=notice))
    assert tables["brief_summaries"][0]["description"] == "Sum."
    assert tables["pages"][0]["text_claimed"] == 1.0
    assert _codes(tables) == set()


def test_an_intervention_may_be_called_as_a_remark_is() -> None:
    tables = _read(_page(intervention="<p>Other:</p><p>Advertisement</p><p>On a bus.</p><div>Advertisement</div>"))
    assert [(row["name"], row["description"]) for row in tables["interventions"]] == [("Advertisement", "On a bus.")]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<svg><!-- <path d='M0'/> --><circle/></svg>", ""),
        ("<noscript><!-- <a href=x> --></noscript>", ""),
        ("<object><script>for(i=0;i<n;i++)x</script></object>", ""),
        ("<canvas><style>a>b{}</style><!-- </canvas> --></canvas>", ""),
        ("<svg><title>An icon</title><text>seen</text></svg>", "seen"),
        ("<math><mn>5</mn><annotation>five</annotation></math>", "5"),
        ("<input disabled value=5> <input type=hidden value=6>", "5"),
    ],
)
def test_what_is_not_shown_hides_nothing_behind_it(markup: str, text: str) -> None:
    tables = _read(_page(clinical_trial_summary=f"<p>Dose {markup} mg</p>"))
    assert tables["brief_summaries"][0]["description"] == " ".join(f"Dose {text} mg".split())
    assert _codes(tables) == set()


def test_the_last_section_may_stand_outside_what_is_around_its_heading() -> None:
    row = "<table><tr><th>Status<th>Clinical Trial<th>Phase<tr><td>Completed<td>NCT01234567 - A<td></table>"
    html = _page(see_also=f"</div>{row}").replace("<h1>", "<div><h1>")
    assert len(_read(html)["related_studies"]) == 1


def test_a_cell_across_the_table_hides_none_behind_it() -> None:
    rows = "<tr><th>Name<th>City<tr><td colspan=2>Germany<td>behind<tr><td>A<td>B"
    tables = _read(_page(locations=f"<table>{rows}</table>"))
    assert "behind" in str(tables["problems"])


def test_boxes_of_other_trials_before_the_content_are_frame() -> None:
    box = "<div class=box><b>NCT number:</b> NCT09990002<br><b>Phase:</b> Phase 4</div>"
    tables = _read(_page().replace("<body>", f"<body>{box}{box}"))
    assert (tables["studies"][0]["nct_id"], tables["studies"][0]["phase"]) == ("NCT09990001", "PHASE2")
    assert _codes(tables) == set()


def test_a_page_made_by_scripts_is_read_from_its_other_form() -> None:
    html = _page()
    body = html[html.index("<h1>") : html.index("</body>")]
    tables = _read(html.replace(body, f"<div id=app></div><noscript>{body}</noscript>"))
    assert tables["studies"][0]["phase"] == "PHASE2"


def test_a_script_may_hold_the_end_of_a_page() -> None:
    script = "<script>w.document.write('</body></html>')</script>"
    assert _read(_page(clinical_trial_summary=f"<p>Sum.</p>{script}"))["pages"][0]["complete"]
    with pytest.raises(PageError, match="cut short"):
        _read(_page(clinical_trial_summary="<p>Sum.</p><a title='</html>").split("</html>")[0] + "</html>")


def test_a_title_beside_its_label() -> None:
    title = "<table><tr><th rowspan=2>Gout Clinical Trial — AMORE<td>Official title<td>Oil against gout</table>"
    study = _read(_page().replace("<h1>", f"{title}<h1>"))["studies"][0]
    assert (study["official_title"], study["acronym"]) == ("Oil against gout", "AMORE")


def test_a_label_with_a_link_to_itself() -> None:
    tables = _read(_page(study_information="<table><tr><th>Source <a href='#s'>¶</a><td>Acme</table>"))
    assert tables["studies"][0]["source"] == "Acme"


@pytest.mark.parametrize(
    "sections",
    [
        {"outcome": "<table><tr><th>Type<th>Measure<th>Coordinator<tr><td>Primary<td>x<td>Jane Roe</table>"},
        {"recruitment_information__eligibility": "<table><tr><th>Overall official<td>Jane Roe</table>"},
        {"study_information": "<table><tr><th>Contact Jane Roe, MD<td>x<tr><th>Source<td>Acme</table>"},
        {"study_design": "<h2>Contacts and places</h2><p>Contact</p><p>Jane Roe</p>"},
    ],
)
def test_a_person_in_an_unknown_place_is_not_repeated(sections: dict[str, str]) -> None:
    assert "Roe" not in str(_read(_page(**sections))["problems"])


@pytest.mark.parametrize("number", ["3. ", "3.1. ", "12) "])
def test_headings_with_a_number(number: str) -> None:
    tables = _read(_page().replace("<h2>Study information", f"<h2>{number}Study information"))
    assert tables["studies"][0]["source"] == "Acme"
    assert _codes(tables) == set()


@pytest.mark.parametrize("heading", ["", "<h2>Study information</h2>"])
def test_a_heading_that_is_only_read_aloud(heading: str) -> None:
    """Where the page shows the heading too, it counts once."""
    html = _page().replace("<h2>Study information</h2>", f"<section aria-label='Study information'>{heading}")
    tables = _read(html.replace("<h2>Clinical Trial Summary", "</section><h2>Clinical Trial Summary"))
    assert tables["studies"][0]["source"] == "Acme"
    assert tables["pages"][0]["text_claimed"] == 1.0
    assert _codes(tables) == set()


def test_content_that_looks_like_the_headings_is_no_heading() -> None:
    """In a grid where everything has one class, only known texts are headings."""
    html = _page(clinical_trial_summary="<p>One.</p>" * 20)
    html = re.sub(r"<h2>(.*?)</h2>", r"<p class=wide>\1</p>", html).replace("<p>", "<p class=wide>")
    assert _read(html)["brief_summaries"][0]["description"] == "\n".join(["One."] * 20)


_BLANK = ("Source", None), ("Study type", "Interventional")


@pytest.mark.parametrize(
    "information",
    [
        "Source <br>Study type Interventional<br>",
        "<p>Source</p><p>Study type Interventional</p>",
        "<ul><li>Source: </li><li>Study type: Interventional</li></ul>",
        "<b>Source</b>: <br><b>Study type</b>: Interventional<br>",
        "<p>Health authority:</p><p>Phone:</p><p>Source:</p><p>Study type: Interventional</p>",
        "<span>Source</span> <span></span><br><span>Study type</span> <span>Interventional</span><br>",
        "<div><div>Source</div><div></div></div><div><div>Study type</div><div>Interventional</div></div>",
        "<dl><dt>Source<dt>Study type<dd>Interventional</dl>",
        "<table><tr><td>Source<td><td>Study type<td>Interventional</table>",
        "<table><tr><th>Source<th>Study type<tr><td><td>Interventional</table>",
        "<table><tr><td>Source<tr><td><tr><td>Study type<tr><td>Interventional</table>",
    ],
)
def test_a_blank_value_takes_nothing(information: str) -> None:
    tables = _read(_page(study_information=information))
    assert (tables["studies"][0]["source"], tables["studies"][0]["study_type"]) == (None, "INTERVENTIONAL")
    assert "Study information/Source" in str(tables["pages"][0]["blank_labels"])
    assert _codes(tables) == set()


@pytest.mark.parametrize(
    "information",
    [
        "<table><tr><td>Source<td>Acme<td>Fund<td>NIH</table><table><tr><td>Study type<td>Interventional</table>",
        "<table><tr><td>Source<td>Acme<td>Study type<td>Interventional<tr><td>Contact<td>n/a<td>Fund<td>NIH</table>",
        "<div class=r><div>Source</div><div>Acme</div></div><div class=r><div>Fund</div><div>NIH</div></div>",
        "<b>Source</b> Acme<br><b>Fund</b> NIH<br>",
        "<p>Source: Acme</p><p>Study type: Interventional</p><p>Fund: NIH</p>",
        "<dl><dt>Source<dd>Acme<dt>Fund<dd>NIH</dl>",
    ],
)
def test_an_unknown_label_is_never_part_of_a_value(information: str) -> None:
    tables = _read(_page(study_information=information))
    assert tables["studies"][0]["source"] == "Acme"
    assert _codes(tables) & {"unknown_label", "unclaimed_text"}


@pytest.mark.parametrize(
    ("sections", "table", "rows"),
    [
        (
            {"sponsors": "<table><tr><th>Lead Sponsor<th>Collaborator<tr><td>Acme<td>B<br>C</table>"},
            "sponsors",
            [("lead", "Acme"), ("collaborator", "B"), ("collaborator", "C")],
        ),
        (
            {"sponsors": "<dl><dt>Lead Sponsor<dd>Acme<dt>Collaborator<dd>B<dt>Collaborator<dd>C</dl>"},
            "sponsors",
            [("lead", "Acme"), ("collaborator", "B"), ("collaborator", "C")],
        ),
        (
            {"country_where_clinical_trial_is_conducted": "<span>China</span> <span>Japan</span>"},
            "countries",
            [("China", "CN"), ("Japan", "JP")],
        ),
        (
            {"related_conditions__mesh_terms": "<a href=a>Asthma</a>, <a href=b>Cough, chronic</a>"},
            "conditions",
            [("Asthma", "asthma"), ("Cough, chronic", "cough, chronic")],
        ),
        (
            {"intervention": "<p>Drug</p><p>oil</p><p>Dose: 5 mg</p><p>Other</p><p>walk</p>"},
            "interventions",
            [("DRUG", "Drug", "oil", "Dose: 5 mg"), ("OTHER", "Other", "walk", None)],
        ),
        (
            {"intervention": "<p>Drug:<br>oil<br>Other: mixed with water</p>"},
            "interventions",
            [("DRUG", "Drug", "oil", "Other: mixed with water")],
        ),
        (
            {"intervention": "<ul><li><b>Device:</b> stapler<br>Device: of steel<li><b>Drug:</b> oil</ul>"},
            "interventions",
            [("DEVICE", "Device", "stapler", "Device: of steel"), ("DRUG", "Drug", "oil", None)],
        ),
        (
            {
                "locations": "<table><tr><th>Country<th>Name<th>City<th>State"
                "<tr><td>Peru<td rowspan=2 colspan=2>A<td>C<tr><td>Chile<td>D</table>"
            },
            "facilities",
            [("A", None, "C", "Peru", "PE", None), ("A", None, "D", "Chile", "CL", None)],
        ),
        (
            {
                "locations": "<table><thead><tr><th>Country<th>Name</thead><tfoot><tr><td>Peru<td>last</tfoot>"
                "<tbody><tr><td rowspan=9>China<td>A</tbody><tbody><tr><td rowspan=0>Chile<td>B<tr><td>C</table>"
            },
            "facilities",
            [
                ("A", None, None, "China", "CN", None),
                ("B", None, None, "Chile", "CL", None),
                ("C", None, None, "Chile", "CL", None),
                ("last", None, None, "Peru", "PE", None),
            ],
        ),
        (
            {
                "intervention": "<table><tr><th>Type<th>Name<th>Description<tr><td colspan=3>A line across"
                "<tr><td>Drug<td>oil<td>5 mg</table>"
            },
            "interventions",
            [("DRUG", "Drug", "oil", "5 mg")],
        ),
        (
            {
                "outcome": "<div class=grid><b>Type</b><b>Measure</b><b>Time frame</b>"
                "<i>Primary</i><i>Steps</i><i>2 weeks</i></div>"
            },
            "design_outcomes",
            [("primary", "Steps", None, "2 weeks", None, 14.0, None, None)],
        ),
        (
            {
                "outcome": "<table><tr><th>Type<td>Primary<tr><th>Measure<td>Steps</table>"
                "<table><tr><th>Type<td>Other<tr><th>Measure<td>Naps</table>"
            },
            "design_outcomes",
            [("primary", "Steps", *[None] * 6), ("other", "Naps", *[None] * 6)],
        ),
        (
            {"see_also": "<ul><li>Completed <a href='https://a.org/x'>NCT09990002 - A trial</a> Phase 2</li></ul>"},
            "related_studies",
            [("NCT09990002", "A trial", "COMPLETED", "PHASE2", "https://a.org/x", None)],
        ),
        (
            {"outcome": "<table><tr><th>Type<td>Primary<td>Other<tr><th>Measure<td>Steps<td>Naps</table>"},
            "design_outcomes",
            [("primary", "Steps", *[None] * 6), ("other", "Naps", *[None] * 6)],
        ),
        (
            {
                "outcome": "<ul><li><b>Type:</b> Primary<li><b>Measure:</b> Steps"
                "<li><b>Description:</b> <li><b>Time frame:</b> 1 day</ul>"
            },
            "design_outcomes",
            [("primary", "Steps", None, "1 day", None, 1.0, None, None)],
        ),
        (
            {
                "see_also": "<dl><dt>Status<dd>Completed<dt>Clinical Trial"
                "<dd><a href='https://a.org/x'>NCT09990002 - A</a></dl>"
            },
            "related_studies",
            [("NCT09990002", "A", "COMPLETED", None, "https://a.org/x", None)],
        ),
        (
            {
                "locations": "<h4>China</h4><table><tr><th>Name<th>City<tr><td>A<td>B</table>"
                "<h4>Peru</h4><table><tr><th>Name<th>City<tr><td>C<td>D</table>"
            },
            "facilities",
            [("A", "B", None, "China", "CN", None), ("C", "D", None, "Peru", "PE", None)],
        ),
        (
            {
                "locations": "<table><tr><th>Country<th>Name<tr><td><i>Country</i> China<td><i>Name</i> A"
                "<tr><td><i>Country</i> Peru<td></table>"
            },
            "facilities",
            [("A", None, None, "China", "CN", None), (None, None, None, "Peru", "PE", None)],
        ),
        (
            {
                "locations": "<table><tr><th colspan=4>Sites<tr><th>Country<th>Name<th>City<th>State"
                "<tr><td rowspan=2>China<td>A<td>B<td>C<tr><td>D<td>E<td></table>"
            },
            "facilities",
            [("A", "B", "C", "China", "CN", None), ("D", "E", None, "China", "CN", None)],
        ),
    ],
)
def test_rows(sections: dict[str, str], table: str, rows: list[tuple[object, ...]]) -> None:
    readings = {"state_code", "time_frame_origin"}  # of ours, with tests of their own
    found = [tuple(row[name] for name in row if name not in readings) for row in _read(_page(**sections))[table]]
    assert [row[2:] for row in found] == rows


@pytest.mark.parametrize(
    ("sections", "code"),
    [
        ({"locations": "<table><tr><th>Country<th>Name<th>Name<tr><td>China<td>A<td>B</table>"}, "unknown_column"),
        ({"sponsors": "<table><tr><th>Lead Sponsor<th>Collaborator<tr><td>Acme<td>B, C</table>"}, "conflict"),
        ({"see_also": "<table><tr><th>Status<th>Clinical Trial<tr><td>Completed<td></table>"}, "unread_value"),
        ({"clinical_trial_summary": "<p>Sum.</p><aside>A note.</aside>"}, "unclaimed_text"),
        (
            {"locations": "<table><tr><th>Country<th>Name<tr><td>China<td>A<tr><td colspan=2>more</table>"},
            "unclaimed_text",
        ),
        ({"study_information": "<table><tr><th>Source<td>Acme\ufffd</table>"}, "lossy_text"),
        (
            {"intervention": "<p>Drug:<br>oil</p><table><tr><th>Country<th>City<tr><td>China<td>B</table>"},
            "unclaimed_text",
        ),
    ],
)
def test_what_is_not_settled_is_said(sections: dict[str, str], code: str) -> None:
    assert code in _codes(_read(_page(**sections)))


def test_a_table_that_lost_its_heading_costs_no_intervention() -> None:
    body = "<p>Drug:<br>oil</p><table><tr><th>Country<th>City<tr><td>China<td>Wuhan</table>"
    tables = _read(_page(intervention=body))
    assert [row["name"] for row in tables["interventions"]] == ["oil"]
    assert "Wuhan" in str(tables["problems"])


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (_page().replace("</h1>", "</h1></body></html>"), Reason.INCOMPLETE_PAGE),
        (
            _page().replace("<h2>Study", "<script>x<h2>Study").replace("<h2>Interv", "</script><h2>Interv"),
            Reason.INCOMPLETE_PAGE,
        ),
        (_page().replace("<h2>Study", "<!-- <h2>Study"), Reason.INCOMPLETE_PAGE),
        (_page() + _page(), Reason.INCOMPLETE_PAGE),
        (_page(see_also="<h2>Administrative data</h2><p>NCT number</p><p>NCT09990002</p>"), Reason.ID_MISMATCH),
        (_page().replace("NCT09990001", "NCT0999000"), Reason.NOT_A_TRIAL_PAGE),
        ("NCT number NCT09990001", Reason.NOT_A_TRIAL_PAGE),
    ],
)
def test_half_and_double_pages_are_refused(html: str, reason: Reason) -> None:
    with pytest.raises(PageError) as refused:
        parse(Page(html.encode()))
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    "hidden", ["<!-- <h2>Locations</h2> -->", "<script>'<h2>Locations</h2><h2>See also</h2>'</script>"]
)
def test_a_heading_that_a_site_hides_is_no_loss(hidden: str) -> None:
    assert _read(_page(clinical_trial_summary=f"<p>Sum.</p>{hidden}"))["pages"][0]["text_claimed"] == 1.0


@pytest.mark.parametrize("section", [section for section in SECTIONS if not section.optional], ids=lambda s: s.name)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_section_that_lost_its_heading_is_noticed(family: str, section: Section) -> None:
    """Without it, its text would join the section before, and nobody would know."""
    html = render(BASE, FAMILIES[family])
    (heading,) = {
        f"{section.headings[0]}{end}" for end in ("", " (3)", " — Status: Recruiting")
        if FAMILIES[family].heading(f"{section.headings[0]}{end}") in html
    }  # fmt: skip
    try:
        tables = _read(html.replace(FAMILIES[family].heading(heading), ""))
    except PageError:
        return
    assert f"{section.name}/" in {row["label"] for row in tables["problems"] if row["code"] == "absent_section"}


def test_a_heading_in_a_cell_beside_its_rows() -> None:
    rows = "<th rowspan=2>Study information</th><td>Source<td>Acme<tr><td>Study type<td>Interventional"
    html = re.sub(r"<h2>Study information</h2><table>.*?</table>", f"<table><tr>{rows}</table>", _page())
    study = _read(html)["studies"][0]
    assert (study["source"], study["study_type"]) == ("Acme", "INTERVENTIONAL")


def test_a_heading_in_a_row_of_its_table() -> None:
    html = _page().replace("<h2>Study information</h2><table>", "<table><tr><th colspan=2>Study information</th></tr>")
    assert _read(html)["studies"][0]["source"] == "Acme"


def test_a_contact_that_is_misread_as_a_label_is_not_repeated() -> None:
    information = "<table><tr><td>Source<td>Acme<tr><td>Jane Doe<td>+1 555 0100<tr><td>Contact<td>Jane Doe</table>"
    tables = _read(_page(study_information=information))
    assert "unknown_label" in _codes(tables)
    assert "Jane" not in str(tables["problems"])
    assert "555" not in str(tables["problems"])


_READ_HUGE_PAGES = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
from tests.test_odd_markup import _page, _read
for piece in ("<h2>Locations</h2><p>x</p>", "<p>Status</p>", "<b>Phase</b>", "x<br>", "<div><i>a</i><i>b</i></div>"):
    assert _read(_page(recruitment_information__eligibility=piece * 20_000))["studies"]
for name, piece in (
    ("study_information", "<tr><th colspan=1>Lab<td><p>x</p><td>z"),
    ("outcome", "<p>Description</p><p>Measure</p>"),
    ("outcome", "<p>Country</p><p>Name</p><p>x</p>"),
):
    table = f"<table>{piece * 20_000}</table>" if "<tr>" in piece else piece * 20_000
    assert _read(_page(**{name: table}))["studies"]
countries = _read(_page(country_where_clinical_trial_is_conducted="China, " * 20_000))["countries"]
assert len(countries) == 20_000
"""


def test_many_of_anything_is_read_in_linear_time() -> None:
    """A few seconds; a quadratic reader is killed by the limit on its processor time."""
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", _READ_HUGE_PAGES], cwd=root, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# --- what the tables make of it ---------------------------------------------------------------------------------


def test_a_see_also_row_without_a_link_has_no_url() -> None:
    rows = "".join(
        f"<tr><td>Completed<td>{cell}<td>"
        for cell in (
            "NCT09990002 - A",
            "<a href='#x'>NCT09990003 - B</a>",
            "<a href='javascript:x'>NCT09990004 - C</a>",
        )
    )
    html = _page(see_also=f"<table><tr><th>Status<th>Clinical Trial<th>Phase{rows}</table>")
    page = Page(html.encode(), url="https://inclinicaltrials.com/a/NCT09990001/details")
    assert [row["url"] for row in tidy(page, parse(page))["related_studies"]] == [None, None, None]


def test_two_contacts_are_a_conflict_that_names_neither() -> None:
    block = "<table><tr><th>Contact<td>Maria Secret<tr><th>Phone<td>+1 800 933 7002</table>"
    html = _page(
        administrative_data="<p>NCT number: NCT09990001</p>",
        study_information="<table><tr><th>Contact<td>Ada Example<tr><th>Phone<td>+1 800 933 7001</table>",
    ).replace("<h2>Administrative data</h2>", f"<p>NCT number: NCT09990001</p>{block}<h2>Administrative data</h2>")
    tables = _read(html)
    assert "conflict" in _codes(tables) or "unclaimed_text" in _codes(tables)
    for private in ("Maria", "Ada", "7001", "7002"):
        assert private not in str(tables["problems"])


def test_a_damaged_place_beside_the_contact_repeats_no_contact() -> None:
    information = "<table><tr><th>Source<td>Acme<tr><th>Contact<td>Zhe Xu, Dr</table>"
    html = _page(study_information=information, clinical_trial_summary="<p>Call ?Zhe Xu, Dr today</p>")
    tables = _read(html)
    assert "lossy_text" in _codes(tables)
    assert "Zhe" not in str(tables["problems"])


@pytest.mark.parametrize("label", ["Maria de la Cruz", "zhe xu", "Özlem"])
def test_a_label_that_may_be_a_name_is_not_repeated(label: str) -> None:
    information = f"<table><tr><th>Source<td>Acme<tr><th>{label}<td>x</table>"
    tables = _read(_page(study_information=information))
    assert "unknown_label" in _codes(tables)
    assert label not in str(tables["problems"])


def test_a_text_that_could_be_read_replaces_one_that_could_not() -> None:
    html = _page(recruitment_information__eligibility="<table><tr><th>Status<td>Recruiting</table>")
    study = _read(html.replace("Status: Recruiting", "Status: Weird"))["studies"][0]
    assert (study["overall_status"], study["overall_status_text"]) == ("RECRUITING", "Recruiting")


@pytest.mark.parametrize(
    ("description", "text"), [("n/a", None), ("Two lamps. ;", "Two lamps."), ("a; b ;", "a; b"), ("", None)]
)
def test_the_description_of_a_summary_page(description: str, text: str | None) -> None:
    html = (
        f"<html><body><h2>Clinical Trial Summary</h2><p>Sum.</p><h2>Clinical Trial Description</h2><p>{description}</p>"
        "<h2>Study Design</h2><table><tr><th>NCT number<td>NCT09990001<tr><th>Phase<td>N/A</table></body></html>"
    )
    tables = _read(html)
    assert [row["description"] for row in tables["detailed_descriptions"]] == ([text] if text else [])
    assert ("Description/Description" in str(tables["pages"][0]["blank_labels"])) == (text is None)
    assert tables["pages"][0]["text_claimed"] == 1.0


def test_a_title_keeps_its_dashes() -> None:
    title = "<head><title>NCT09990001 - Light — A Randomized Trial | Some Site</title></head><body>"
    assert _read(_page().replace("<body>", title))["studies"][0]["brief_title"] == "Light — A Randomized Trial"


def test_a_study_design_in_one_line() -> None:
    line = "Allocation: Randomized, Lamp Classification: Bright, Masking: Double (Participant, Investigator)"
    tables = _read(_page(study_design=f"<p>{line}</p>"))
    (design,) = tables["designs"]
    assert (design["allocation"], design["masking"]) == ("RANDOMIZED", "DOUBLE")
    assert design["masking_text"] == "Double (Participant, Investigator)"
    assert _codes(tables) == {"unknown_label"}


@pytest.mark.parametrize(
    ("printed", "ids"),
    [
        ("2011-005334-20, U1111-1234-5678", ["2011-005334-20", "U1111-1234-5678"]),
        ("Grant 12, project 5", ["Grant 12, project 5"]),
        ("A-1; none; B-2", ["A-1", "B-2"]),
        ("not applicable", []),
        ("&#8203;", []),
    ],
)
def test_secondary_ids(printed: str, ids: list[str]) -> None:
    administrative = f"<table><tr><th>NCT number<td>NCT09990001<tr><th>Secondary ID<td>{printed}</table>"
    tables = _read(_page(administrative_data=administrative))
    assert [row["id_value"] for row in tables["id_information"]] == ids
    assert _codes(tables) == set()


# --- habits of a site -------------------------------------------------------------------------------------------

_ADMINISTRATIVE = (("NCT number", "NCT09990001"), ("Phase", "Phase 2"), ("Status", "Recruiting"))


def test_a_line_under_many_headings_is_a_hint_and_no_name() -> None:
    hint = "<p>As the registry has it.</p>"
    given = {
        "related_conditions__mesh_terms": f"{hint}<ul><li>Cough<li>Asthma</ul>",
        "country_where_clinical_trial_is_conducted": f"{hint}<ul><li>France</ul>",
        "references": f"{hint}<ul><li>Doe J. Lamps. 2019.</ul>",
    }
    tables = _read(_page(**given))
    assert [row["name"] for row in tables["conditions"]] == ["Cough", "Asthma"]
    assert [row["name"] for row in tables["countries"]] == ["France"]
    assert [row["citation"] for row in tables["study_references"]] == ["Doe J. Lamps. 2019."]
    assert "unclaimed_text" not in _codes(tables)
    two = _read(_page(**dict(list(given.items())[:2])))
    assert [row["name"] for row in two["conditions"]] == ["As the registry has it.", "Cough", "Asthma"]


def test_a_line_that_is_all_of_its_section_is_no_hint() -> None:
    none = dict.fromkeys(
        ("clinical_trial_summary", "description", "related_conditions__mesh_terms"), "<p>None given</p>"
    )
    tables = _read(_page(**none))
    assert tables["brief_summaries"][0]["description"] == "None given"
    assert [row["name"] for row in tables["conditions"]] == ["None given"]


@pytest.mark.parametrize(("source", "read"), [("= Acme", "Acme"), ("=Acme", "=Acme"), ("Acme", "Acme")])
def test_a_sign_before_all_values_is_none_of_them(source: str, read: str) -> None:
    administrative = "".join(f"<li><i>{label}</i> = {value}" for label, value in _ADMINISTRATIVE)
    tables = _read(
        _page(
            administrative_data=f"<ul>{administrative}</ul>",
            study_information=f"<ul><li><i>Source</i> {source}</ul>",
            recruitment_information__eligibility="<ul><li><i>Enrollment</i> = 80</ul>",
        )
    )
    is_shared = source.startswith("= ")
    assert tables["studies"][0]["source"] == read
    assert tables["studies"][0]["phase_text"] == ("Phase 2" if is_shared else "= Phase 2")
    assert tables["studies"][0]["enrollment"] == (80 if is_shared else None)
    assert (tables["pages"][0]["text_claimed"] == 1) == is_shared  # else the id has a sign beside it


@pytest.mark.parametrize(
    "administrative",
    [
        "".join(f"<div>{label}</div><div></div><div>{value}</div><hr>" for label, value in _ADMINISTRATIVE),
        "<div><div>{}</div><div>{}</div></div>".format(
            *("".join(f"<p>{text}</p>" for text in texts) for texts in zip(*_ADMINISTRATIVE, strict=True))
        ),
        "<pre>{}</pre>".format("\n".join(f"{label:.<30} {value}" for label, value in _ADMINISTRATIVE)),
        "<x-list>{}</x-list>".format(
            "".join(
                f"<x-row><x-cell>{label}</x-cell><x-cell>{value}</x-cell></x-row>" for label, value in _ADMINISTRATIVE
            )
        ),
    ],
    ids=["empty boxes between", "two boxes", "dots between", "custom elements"],
)
def test_pairs_that_something_stands_between(administrative: str) -> None:
    row = _read(_page(administrative_data=administrative))["studies"][0]
    assert (row["nct_id"], row["phase"], row["overall_status"]) == ("NCT09990001", "PHASE2", "RECRUITING")


def test_an_empty_box_behind_a_label_is_its_value_where_others_have_theirs_there() -> None:
    boxes = "<div>NCT number</div><div>NCT09990001</div><div>Phase</div><div></div><div>Secondary ID</div><div></div>"
    tables = _read(_page(administrative_data=boxes))
    assert tables["studies"][0]["phase"] is None
    assert "Administrative data/Phase" in str(tables["pages"][0]["blank_labels"])


_CARD = "<div><div><span>{}</span><span>{}</span></div><div><span>{}</span><span>{}</span></div></div>"


def _rows(page: str, table: str) -> list[dict[str, object]]:
    return list(_read(page)[table])


def test_a_table_and_its_copy_in_cards_are_one() -> None:
    names = ("Lead Sponsor", "Acme", "Collaborator", "Roe")
    table = "<table><tr><th>Lead Sponsor<th>Collaborator<tr><td>Acme<td>Roe</table>"
    assert [row["name"] for row in _rows(_page(sponsors=table + _CARD.format(*names)), "sponsors")] == ["Acme", "Roe"]
    other = _rows(_page(sponsors=table + _CARD.format(*names[:3], "Doe")), "sponsors")
    assert [row["name"] for row in other] == ["Acme", "Roe", "Doe"]  # no copy


@pytest.mark.parametrize("end", ["<p>Page {} of 9</p>", "<p>Page {} of 9</p><p>Trial of oil</p>"])
def test_the_foot_of_each_sheet_is_no_text_of_the_trial(end: str) -> None:
    sections = ("clinical_trial_summary", "intervention", "country_where_clinical_trial_is_conducted", "study_design")
    texts = ("<p>Sum.</p>", "<p>Drug:<br>oil</p>", "<p>China</p>", "<table><tr><th>Allocation<td>Randomized</table>")
    page = _page(**{name: text + end.format(n) for n, (name, text) in enumerate(zip(sections, texts, strict=True))})
    assert [row["name"] for row in _rows(page, "countries")] == ["China"]
    assert [row["description"] for row in _rows(page, "brief_summaries")] == ["Sum."]


def test_a_label_below_its_value_is_read_where_all_are() -> None:
    row = "<div><b>{}</b><i>{}</i></div>"
    rows = row.format("80", "Enrollment") + row.format("", "Gender") + row.format("No", "Accepts healthy volunteers")
    (found,) = _rows(_page(recruitment_information__eligibility=rows), "eligibilities")
    assert (found["gender_text"], found["healthy_volunteers"]) == (None, False)


def test_a_table_of_too_many_cells_is_refused() -> None:
    wide = "<td colspan=100 rowspan=60000>x" * 100
    with pytest.raises(PageError) as refused:
        parse(Page(_page(locations=f"<table><tr>{wide}{'<tr><td>z' * 100}</table>").encode()))
    assert refused.value.reason is Reason.TOO_COSTLY
