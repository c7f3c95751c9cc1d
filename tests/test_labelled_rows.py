"""Rows that say themselves what they are: cells with names, lists in lists, lines above; and habits of a site."""

import pytest

from benchmarks.accuracy import read
from normalizers.tidy import tidy
from parsers import list_rows, parse
from parsers.nodes import Node
from parsers.outline import Outline
from registry.record import Page
from registry.tables import TableRows

_PLAIN = {
    "Administrative data": "<table><tr><th>NCT number<td>NCT09990001<tr><th>Phase<td>Phase 2</table>",
    "Study information": "<table><tr><th>Source<td>Acme</table>",
    "Clinical Trial Summary": "<p>Sum.</p>",
    "Recruitment information / eligibility": "<table><tr><th>Enrollment<td>80</table>",
    "Study Design": "<table><tr><th>Allocation<td>Randomized</table>",
    "Related Conditions & MeSH terms": "<ul><li>Cough</ul>",
    "Intervention": "<p>Drug:<br>oil</p>",
    "Locations": "",
    "Sponsors": "",
    "Country where clinical trial is conducted": "",
    "Outcome": "",
    "See also": "<table><tr><th>Status<th>Clinical Trial<th>Phase</table>",
}


def _html(sections: dict[str, str], heading: str = "<h2>{}</h2>") -> str:
    given = _PLAIN | sections
    body = "".join(f"{heading.format(name)}{given[name]}" for name in _PLAIN)
    return f"<html><body><h1>Clinical Trial Details — Status: Recruiting</h1>{body}</body></html>"


def _read(sections: dict[str, str], heading: str = "<h2>{}</h2>") -> TableRows:
    page = Page(_html(sections, heading).encode())
    return tidy(page, parse(page))


def _codes(tables: TableRows) -> set[object]:
    return {row["code"] for row in tables["problems"]}


def _outcomes(printed: str) -> tuple[list[tuple[object, ...]], set[object]]:
    tables = _read({"Outcome": printed})
    rows = [tuple(row[name] for name in ("outcome_type", "measure", "description", "time_frame", "text"))
            for row in tables["design_outcomes"]]  # fmt: skip
    return rows, _codes(tables)


def _places(printed: str) -> tuple[list[tuple[object, ...]], set[object]]:
    tables = _read({"Locations": printed})
    rows = [tuple(row[name] for name in ("country", "name", "city", "state")) for row in tables["facilities"]]
    return rows, _codes(tables)


_TWO_PLACES = [("Norway", "Unit A", "Bergen", None), ("Norway", "Unit B", "Oslo", "Viken")]


# --- tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["<div>{}</div><div>{}</div>", "<b>{}</b> {}", "<span>{}:</span><span>{}</span>"])
def test_cells_that_begin_with_the_name_of_their_column(name: str) -> None:
    def row(*cells: str) -> str:
        names = ("Country", "Name", "City", "State")
        return f"<tr>{''.join(f'<td>{name.format(*each)}</td>' for each in zip(names, cells, strict=True))}</tr>"

    rows = row("Norway", "Unit A", "Bergen", "") + row("Norway", "Unit B", "Oslo", "Viken")
    assert _places(f"<table><thead></thead><tbody>{rows}</tbody></table>") == (_TWO_PLACES, set())


def test_what_stands_behind_every_name_alike_is_no_cell() -> None:
    head = "".join(f"<td><b>{name}</b> <i>sort</i></td>" for name in ("Country", "Name", "City", "State"))
    rows, codes = _places(f"<table><tr>{head}</tr><tr><td>Norway<td>Unit A<td>Bergen<td></tr></table>")
    assert "sort" not in str(rows)
    assert codes != set()


def test_a_lead_sponsor_alone_in_cells_with_names() -> None:
    row = "<tr><td><div>Lead Sponsor</div><div>Acme</div><td><div>Collaborator</div><div></div>"
    assert [row["name"] for row in _read({"Sponsors": f"<table>{row}</table>"})["sponsors"]] == ["Acme"]


def test_a_label_beside_several_rows_has_all_of_them() -> None:
    rows = "<tr><th rowspan=3>Eligibility<td>Inclusion:<tr><td>- Age 18<tr><td>- Coughs<tr><th>Enrollment<td>80"
    tables = _read({"Recruitment information / eligibility": f"<table>{rows}</table>"})
    assert tables["eligibilities"][0]["criteria"] == "Inclusion:\n- Age 18\n- Coughs"
    assert tables["studies"][0]["enrollment"] == 80
    assert _codes(tables) == set()


def test_a_label_beside_other_labels_is_not_all_of_them() -> None:
    rows = "<tr><th rowspan=2>Phase<td>Phase 2<tr><td>Status"
    assert _codes(_read({"Administrative data": f"{_PLAIN['Administrative data']}<table>{rows}</table>"})) != set()


@pytest.mark.parametrize(
    ("printed", "count"),
    [
        ("<tr><th>Enrollment<td>80 participants", 80),
        ("<tr><th>Enrollment<td>80<td>people", 80),
        ("<tr><th>Enrollment (participants)<td>80", 80),
        ("<tr><th>Enrollment (number of patients)<td>80", 80),
        ("<tr><th>Enrollment<td>80 sites", None),
        ("<tr><th>Enrollment (arms)<td>80", None),
    ],
)
def test_people_are_counted_with_their_unit(printed: str, count: int | None) -> None:
    tables = _read({"Recruitment information / eligibility": f"<table>{printed}</table>"})
    assert (tables["studies"][0]["enrollment"], _codes(tables) == set()) == (count, count is not None)


@pytest.mark.parametrize("pages", ["<ul><li></li><li>1</li></ul>", "<div><a>Previous</a><a>1</a></div>"])
def test_boxes_behind_a_table_are_no_rows_of_it(pages: str) -> None:
    table = "<table><tr><th>Lead Sponsor<th>Collaborator<tr><td>Acme<td>Roe</table>"
    assert [row["name"] for row in _read({"Sponsors": table + pages})["sponsors"]] == ["Acme", "Roe"]


def test_a_label_beside_pairs_of_words_has_all_of_them() -> None:
    rows = "<tr><th rowspan=2>Eligibility<th>Inclusion<td>Age 18<tr><th>Exclusion<td>Coughs"
    tables = _read({"Recruitment information / eligibility": f"<table>{rows}</table>"})
    assert tables["eligibilities"][0]["criteria"] == "Inclusion Age 18\nExclusion Coughs"


def test_a_column_of_types_and_names_of_interventions() -> None:
    rows = "<tr><td>Drug: oil<td>Daily.<td>Arm A<tr><td>Device: lamp: blue<td><td>Arm B<tr><td>sleep<td>Long.<td>"
    tables = _read({"Intervention": f"<table><tr><th>Intervention<th>Description<th>Arms{rows}</table>"})
    assert [(row["intervention_type"], row["name"], row["description"]) for row in tables["interventions"]] == [
        ("DRUG", "oil", "Daily."), ("DEVICE", "lamp: blue", None), (None, "sleep", "Long."),
    ]  # fmt: skip
    assert _codes(tables) == {"unknown_column"}


@pytest.mark.parametrize("entry", ["<li>{} ({})", "<li><b>{}</b> <i>({})</i>", "<li>{} [{}]"])
def test_status_and_phase_in_brackets_behind_another_trial(entry: str) -> None:
    given = [("Completed, Phase 2", "COMPLETED", "PHASE2"), ("Active, not recruiting", "ACTIVE_NOT_RECRUITING", None)]
    other = "NCT09990002 - Lamps (blue)"
    rows = _read({"See also": f"<ul>{''.join(entry.format(other, said) for said, *_ in given)}</ul>"})[
        "related_studies"
    ]
    assert [(row["title"], row["status"], row["phase"]) for row in rows] == [
        ("Lamps (blue)", *each[1:]) for each in given
    ]


# --- names ------------------------------------------------------------------------------------------------------

_ACME = "<b>Lead Sponsor:</b> Acme"


@pytest.mark.parametrize(
    ("heading", "printed", "names", "codes"),
    [
        ("", "<ul><li>Acme (Lead Sponsor)<li>Roe (Collaborator)</ul>", ["Acme", "Roe"], set()),
        ("", f"<p>{_ACME}</p><p><b>Collaborators:</b> Roe, Inc.</p>", ["Acme", "Roe, Inc."], set()),
        ("", f"<p>{_ACME}</p><p><b>Collaborators:</b> Roe; Doe</p>", ["Acme", "Roe; Doe"], {"cells_not_separable"}),
        ("", "<dl><dt>Lead Sponsor<dd>Acme<dt>Collaborator<dd>Roe<dd>Doe</dl>", ["Acme", "Roe\nDoe"],
         {"cells_not_separable"}),
        (" (3)", f"<p>{_ACME}</p><p><b>Collaborators:</b> Roe; Doe</p>", ["Acme", "Roe", "Doe"], set()),
        (" (2)", f"<p>{_ACME}</p><p><b>Collaborators:</b> Roe; Doe</p>", ["Acme", "Roe; Doe"], set()),
    ],
)  # fmt: skip
def test_sponsors_in_one_cell(heading: str, printed: str, names: list[str], codes: set[str]) -> None:
    page = Page(_html({"Sponsors": printed}).replace("Sponsors</h2>", f"Sponsors{heading}</h2>").encode())
    tables = tidy(page, parse(page))
    assert ([row["name"] for row in tables["sponsors"]], _codes(tables)) == (names, codes)


@pytest.mark.parametrize(
    ("printed", "names", "codes"),
    [
        ("<p>Cough | Asthma</p>", ["Cough", "Asthma"], set()),
        ("<p>Cough · Asthma • Fever, High</p>", ["Cough", "Asthma", "Fever, High"], set()),
        ("<p>Cough; Asthma</p>", ["Cough; Asthma"], {"cells_not_separable"}),
        ("<p>Movement; Abnormal</p>", ["Movement; Abnormal"], set()),
    ],
)
def test_conditions_on_one_line(printed: str, names: list[str], codes: set[str]) -> None:
    title = "<h2>Cough Clinical Trial</h2>"
    html = _html({"Related Conditions & MeSH terms": printed}).replace("<body>", f"<body>{title}")
    page = Page(html.encode())
    tables = tidy(page, parse(page))
    assert ([row["name"] for row in tables["conditions"]], _codes(tables)) == (names, codes)


# --- lists ------------------------------------------------------------------------------------------------------


def test_an_entry_is_of_all_rows_in_the_lists_below_it() -> None:
    places = (
        "<ul><li>Country: Norway<ul><li><b>Name</b> Unit A: east<ul><li>City: Bergen</ul>"
        "<li>Name: Unit B<ul><li>City: Oslo<li>State: Viken</ul></ul><li>Country: Chad<ul><li>Name: Unit C</ul></ul>"
    )
    first, second = _TWO_PLACES
    rows = [(first[0], "Unit A: east", *first[2:]), second, ("Chad", "Unit C", None, None)]
    assert _places(places) == (rows, set())


def test_a_list_that_holds_something_else_is_not_read_as_rows() -> None:
    rows, codes = _places("<ul><li>Country: Norway<ul><li>Near the fjord<ul><li>Oslo</ul></ul></ul>")
    assert (rows, bool(codes)) in (([], True), ([("Norway", None, None, None)], True))


_LISTS = "<h4>Primary Outcomes</h4><ol><li>{}</li></ol><h4>Secondary outcome measures (2)</h4><ol><li>{}<li>{}</ol>"


def test_outcomes_in_lists_under_their_types() -> None:
    printed = _LISTS.format(
        "<b>Naps</b><br><i>Description:</i> By diary.<br>Blind.<br><i>Time frame:</i> 2 weeks",
        "<b>Yawns</b>",
        "<b>Dreams</b><br><i>Time frame:</i> 1 day",
    )
    rows = [
        ("primary", "Naps", "By diary.\nBlind.", "2 weeks", None),
        ("secondary", "Yawns", None, None, None),
        ("secondary", "Dreams", None, "1 day", None),
    ]
    assert _outcomes(printed) == (rows, set())


def test_entries_in_which_nothing_is_named_stand_whole() -> None:
    rows, codes = _outcomes(_LISTS.format("Naps in 2 weeks", "Yawns", "Dreams<br>by day"))
    assert [(row[0], row[-1]) for row in rows] == [
        ("primary", "Naps in 2 weeks"), ("secondary", "Yawns"), ("secondary", "Dreams\nby day"),
    ]  # fmt: skip
    assert codes == {"cells_not_separable"}


# --- lines above ------------------------------------------------------------------------------------------------

_TABLE = "<table><tr><th>Name<th>City<th>State{}</table>"


@pytest.mark.parametrize("above", ["Norway (2)", "Norway (2 sites)", "Norway 2 sites", "Norway"])
def test_a_country_above_its_places_may_have_their_number(above: str) -> None:
    rows = "<tr><td>Unit A<td>Bergen<td><tr><td>Unit B<td>Oslo<td>Viken"
    assert _places(f"<details><summary>{above}</summary>{_TABLE.format(rows)}</details>") == (_TWO_PLACES, set())


def test_a_name_above_its_city_stands_under_its_country() -> None:
    place = "<li><strong>{}</strong><div>City: {}</div><div>State: {}</div></li>"
    places = place.format("Unit A", "Bergen", "") + place.format("Unit B", "Oslo", "Viken")
    assert _places(f"<h4>Norway</h4><ul>{places}</ul>") == (_TWO_PLACES, set())
    rows, codes = _places("<h4>Norway</h4><p>Sites here</p><table><tr><th>City<th>State<tr><td>Oslo<td>Viken</table>")
    assert rows == [(None, None, "Oslo", "Viken")]
    assert codes == {"unclaimed_text"}


_CARD = "<dl><dt>Description<dd>{}<dt>Time frame<dd>{}</dl>"


def test_a_type_in_an_element_of_its_own_stands_before_the_measure() -> None:
    summary = "<details><summary><span>Primary</span> <span>Primary naps</span></summary>{}</details>"
    assert _outcomes(summary.format(_CARD.format("By diary.", "1 day"))) == (
        [("primary", "Primary naps", "By diary.", "1 day", None)],
        set(),
    )


def test_the_next_measure_of_a_type_stands_alone_above_what_is_named() -> None:
    printed = f"<h4>Primary</h4><p>Naps</p>{_CARD.format('a', '1 day')}<p>Yawns</p>{_CARD.format('b', '2 days')}"
    rows = [("primary", "Naps", "a", "1 day", None), ("primary", "Yawns", "b", "2 days", None)]
    assert _outcomes(printed) == (rows, set())


def test_more_of_a_value_is_not_the_next_measure() -> None:
    printed = (
        "<h4>Primary</h4><p>Naps</p><div><b>Description:</b> a</div><p>b</p><div><b>Time frame:</b> 1 day</div>"
        "<p>Yawns</p><div><b>Description:</b> c</div>"
    )
    rows, codes = _outcomes(printed)
    assert "b" not in [row[1] for row in rows]
    assert codes != set()


def test_a_value_on_several_lines_of_one_row_reaches_to_the_next_label() -> None:
    row = "<p><b>Type:</b> {} <b>Measure:</b> {} <b>Description:</b> By diary.<br>Blind. <b>Time frame:</b> {}</p>"
    rows, codes = _outcomes(row.format("Primary", "Naps", "1 day") + row.format("Other", "Yawns", "2 days"))
    assert rows == [("primary", "Naps", "By diary.\nBlind.", "1 day", None),
                    ("other", "Yawns", "By diary.\nBlind.", "2 days", None)]  # fmt: skip
    assert codes == set()


# --- what a site says everywhere --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", ["<span>{}</span>", "<i>({})</i>"])
def test_a_number_beside_a_heading_is_no_name_under_it(count: str) -> None:
    tables = _read({"Locations": _TABLE.format("")}, f"<h2><button>{{}} {count.format(1)}</button></h2>")
    assert [row["name"] for row in tables["conditions"]] == ["Cough"]
    assert _codes(tables) == set()


_NONE = "<tr><th>{}<td>{}"


@pytest.mark.parametrize(("words", "is_blank"), [("Not provided", True), ("n/a", True), ("Acme", False)])
def test_words_for_no_value_are_told_by_standing_for_a_date_too(words: str, is_blank: bool) -> None:
    administrative = "".join(_NONE.format(label, words) for label in ("Start date", "Phase", "Last updated"))
    tables = _read(
        {
            "Administrative data": f"<table>{_NONE.format('NCT number', 'NCT09990001')}{administrative}</table>",
            "Study information": f"<table>{_NONE.format('Health authority', words)}</table>",
        }
    )
    study = tables["studies"][0]
    assert study["health_authority"] == (None if is_blank else words)
    assert study["phase"] == ("NA" if words == "n/a" else None)  # which is a phase
    assert (_codes(tables) == set()) == is_blank


def test_words_for_no_value_that_stand_for_no_date_are_kept() -> None:
    tables = _read({"Study information": f"<table>{_NONE.format('Health authority', 'Not provided')}</table>"})
    assert tables["studies"][0]["health_authority"] == "Not provided"


def test_names_of_columns_above_the_pairs_of_all_sections() -> None:
    head = "<table><tr><th>Field<th>Value"
    names = ("Administrative data", "Study information", "Recruitment information / eligibility")
    with_heads = {name: _PLAIN[name].replace("<table>", head) for name in names}
    assert _codes(_read(with_heads)) == set()
    assert _codes(_read({name: with_heads[name] for name in names[:2]})) == {"unknown_label"}


def test_feet_and_heads_of_tables_with_their_number_of_rows_are_no_rows() -> None:
    table = "<table><tr><th colspan=2>{} rows<tr><th>{}<th>{}<tr><td>{}<td>x</table><p>From the registry.</p>"
    sections = {
        "Locations": table.format(1, "Country", "Name", "Norway"),
        "Sponsors": table.format(2, "Lead Sponsor", "Collaborator", "Acme"),
        "Outcome": table.format(30, "Type", "Measure", "Primary"),
    }
    assert _codes(_read(sections)) == set()


def test_a_region_that_says_its_heading_and_shows_it_has_one_heading() -> None:
    region = '<div aria-label="{0}"><div role="heading">{0}</div></div>'
    heading = "Clinical Trial Details — Status: Recruiting"
    html = _html({}, region).replace(f"<h1>{heading}</h1>", region.format(heading))
    assert read(html).codes == frozenset()


def test_lists_in_lists_whose_first_entries_have_no_label_are_not_gone_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[object] = []
    entry = list_rows._entry

    def counted(unit: Node, page: Outline) -> list_rows._Entry:
        seen.append(unit)
        return entry(unit, page)

    monkeypatch.setattr(list_rows, "_entry", counted)
    _read({"Locations": "<ul>" + "<li>Norway<ul>" * 40 + "<li>x" * 500 + "</ul>" * 41})
    assert 0 < len(seen) < 5
