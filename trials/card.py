"""One trial as a card for a terminal: what a person asks first, and what the page did not settle."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from registry.tables import Row, TableRows
from registry.vocabularies import wordings
from trials.sheet import Rows, cut, indented, text_of, title

_FEW = 3  # rows of a list that a card shows
_LONG = 300  # characters of a title and of the summary: all but the longest titles
_LINE = 110  # characters of one entry of a list, and of one fact
_STATUS_STYLES = {
    "RECRUITING": "bold green",
    "NOT_YET_RECRUITING": "bold cyan",
    "ENROLLING_BY_INVITATION": "bold green",
    "ACTIVE_NOT_RECRUITING": "bold blue",
    "COMPLETED": "bold",
}
_STOPPED = "bold yellow"


def card(tables: TableRows) -> RenderableType:
    """Return the card of one page. Contacts are personal data and are not on it."""
    (page,) = tables["pages"]
    kind = "" if page["kind"] == "details" else f" · {page['kind']}"
    titles = [line for study in tables["studies"] for line in (*map(indented, heading(study)), Text())]
    return Group(title(f"{page['nct_id']}{kind}"), *titles, Rows(entries(tables)))


def heading(study: Row) -> list[Text]:
    """Return the title of a trial, and its status, phase and type, a line each."""
    printed = study["brief_title"] or study["official_title"]
    none = text_of("The page prints no title of the trial.", "dim italic")
    status = study["overall_status"]
    facts = Text(" · ").join(
        [
            _fact(study["overall_status_text"] or "no status", _STATUS_STYLES.get(str(status), _STOPPED)),
            *(_fact(study[name]) for name in ("phase_text", "study_type_text", "acronym") if study[name]),
        ]
    )
    return [text_of(cut(printed, _LONG), "bold") if printed else none, facts]


def entries(tables: TableRows) -> list[tuple[str, Text]]:
    """Return the entries that have a value; a page of references has no row of studies."""
    of_study = [
        entry
        for study in tables["studies"]
        for entry in (
            ("Dates", _dates(study)),
            ("Sponsor", _sponsors(study, tables["sponsors"])),
            ("Who", _who(study, tables["eligibilities"])),
        )
    ]
    found = [
        *of_study,
        ("Criteria", _criteria(tables["eligibility_criteria"])),
        ("Summary", _summary(tables["brief_summaries"])),
        ("Studied", _list([_intervention(row) for row in tables["interventions"]])),
        ("Places", _places(tables)),
        ("Outcomes", _list([_outcome(row) for row in tables["design_outcomes"]])),
        ("Papers", _papers(tables)),
        ("See also", _related(tables["related_studies"])),
        ("Problems" if tables["problems"] else "Page", _problems(tables)),
    ]
    return [(name, value) for name, value in found if value]


def _fact(value: object, style: str = "") -> Text:
    return text_of(cut(value, _LINE), style)


def _dates(study: Row) -> Text:
    names = (("start", "start"), ("primary completion", "primary_completion"), ("completion", "completion"))
    parts = [f"{name} {study[f'{stem}_month_year']}" for name, stem in names if study[f"{stem}_month_year"]]
    if study["verification_month_year"]:
        parts.append(f"verified {study['verification_month_year']}")
    return text_of(" · ".join(parts))


def _sponsors(study: Row, sponsors: Sequence[Row]) -> Text:
    names = [str(row["name"]) for row in sponsors]
    if not names:
        return _fact(study["source"] or "")
    helpers = f", with {_few(names[1:])}" if names[1:] else ""
    return text_of(f"{_few(names[:1])}{helpers}")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(cut(name, _LINE) for name in names[:_FEW]) + more


def _who(study: Row, eligibilities: Sequence[Row]) -> Text:
    parts = [f"{study['enrollment']:,} participants"] if isinstance(study["enrollment"], int) else []
    for row in eligibilities:
        parts += [cut(row["age_group_text"], _LINE)] if row["age_group_text"] else []
        parts += [f"sex: {str(row['gender']).lower()}"] if row["gender"] else []
        if row["healthy_volunteers"] is not None:
            parts.append("healthy volunteers" if row["healthy_volunteers"] else "no healthy volunteers")
    return text_of(" · ".join(parts))


def _criteria(criteria: Sequence[Row]) -> Text:
    counts = Counter(str(row["criterion_type"]) for row in criteria if row["parent_ordinal"] is None)
    parts = [f"{count} {kind}" for kind, count in counts.items()]
    nested = sum(row["parent_ordinal"] is not None for row in criteria)
    return text_of(" · ".join([*parts, f"{nested} parts"] if nested else parts))


def _summary(summaries: Sequence[Row]) -> Text:
    return text_of(cut(summaries[0]["description"], _LONG)) if summaries else Text()


def _intervention(row: Row) -> str:
    return f"{row['intervention_type_text'] or 'Unknown type'}: {row['name'] or 'no name'}"


def _outcome(row: Row) -> str:
    frame = f" ({row['time_frame']})" if row["time_frame"] else ""
    if row["text"]:  # the whole row: type and time frame stand in it
        return str(row["text"])
    return f"{row['outcome_type'] or 'Outcome'}: {cut(row['measure'] or 'not read', _LINE - 30)}{frame}"


def _list(lines: Sequence[str], *heads: str) -> Text:
    """Return the first lines of a list, below what is said of it as a whole."""
    more = [f"… and {len(lines) - _FEW} more"] if len(lines) > _FEW else []
    return text_of("\n".join([*heads, *(cut(line, _LINE) for line in lines[:_FEW]), *more]))


def _places(tables: TableRows) -> Text:
    places = tables["facilities"]
    countries = [str(row["name"]) for row in tables["countries"]] or _distinct(row["country"] for row in places)
    if not places:
        return text_of(_few(countries))
    count = f"{len(places):,} location{'s' if len(places) > 1 else ''}"
    names = [", ".join(str(row[name]) for name in ("name", "city", "country") if row[name]) for row in places]
    shown = [str(row["text"] or name) for row, name in zip(places, names, strict=True)]
    return _list(shown, f"{count} in {_few(countries)}" if countries else count)


def _distinct(values: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values if value))


def _related(related: Sequence[Row]) -> Text:
    if not related:
        return Text()
    printed = {code: wording.lower() for wording, code in reversed(wordings("overall_status"))}
    counts = Counter(printed.get(str(row["status"]), "status not read") for row in related)
    said = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    return _list([f"{row['related_nct_id']} {row['title'] or ''}" for row in related], said)


def _papers(tables: TableRows) -> Text:
    papers = _list([str(row["citation"]) for row in tables["study_references"]])
    return papers or text_of("none" if tables["pages"][0]["kind"] == "references" else "")


def _problems(tables: TableRows) -> Text:
    (page,) = tables["pages"]
    meaning = {code: wording for wording, code in wordings("problem")}
    counts = Counter(str(row["code"]) for row in tables["problems"])
    lines = [f"{count} × {meaning[code]}" for code, count in counts.most_common()]
    if not page["complete"]:
        lines.append("Cut, or a text extraction: its end may be missing")
    lines.append(f"{page['text_claimed']:.1%} of the text claimed · --json shows every problem")
    return text_of("\n".join(lines), "yellow" if counts else "dim")
