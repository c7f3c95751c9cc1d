"""One trial as a card for a terminal: what a person asks first, and what the page did not settle."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from registry.tables import Row, TableRows
from registry.vocabularies import wordings
from trials.screen import inert

_FEW = 3  # rows of a list that a card shows
_SUMMARY = 300  # characters of the summary
_LINE = 110  # characters of one entry of a list
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
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in entries(tables):
        rows.add_row(name, value)
    titles = [line for study in tables["studies"] for line in (*heading(study), Text())]
    kind = "" if page["kind"] == "details" else f" · {page['kind']}"
    return Panel(
        Group(*titles, rows),
        title=Text(f" {page['nct_id']}{kind} ", style="bold"),
        title_align="left",
    )


def heading(study: Row) -> list[Text]:
    """Return the title of a trial, and its status, phase and type, a line each."""
    title = study["brief_title"] or study["official_title"]
    first = _text(title, "bold") if title else Text("The page prints no title of the trial.", style="dim italic")
    status = study["overall_status"]
    facts = Text(" · ").join(
        [
            _text(study["overall_status_text"] or "no status", _STATUS_STYLES.get(str(status), _STOPPED)),
            *(_text(study[name]) for name in ("phase_text", "study_type_text") if study[name]),
            *([_text(study["acronym"])] if study["acronym"] else []),
        ]
    )
    return [first, facts]


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
        ("Arms", _list([_arm(row) for row in tables["interventions"]])),
        ("Places", _places(tables)),
        ("Outcomes", _list([_outcome(row) for row in tables["design_outcomes"]])),
        ("Papers", _papers(tables)),
        ("See also", _related(tables["related_studies"])),
        ("Problems" if tables["problems"] else "Page", _problems(tables)),
    ]
    return [(name, value) for name, value in found if value]


def _text(value: object, style: str = "") -> Text:
    return Text(inert(str(value)), style=style)


def _cut(value: object, length: int = _LINE) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _dates(study: Row) -> Text:
    names = (("start", "start"), ("primary completion", "primary_completion"), ("completion", "completion"))
    parts = [f"{name} {study[f'{stem}_month_year']}" for name, stem in names if study[f"{stem}_month_year"]]
    if study["verification_month_year"]:
        parts.append(f"verified {study['verification_month_year']}")
    return _text(" · ".join(parts))


def _sponsors(study: Row, sponsors: Sequence[Row]) -> Text:
    names = [str(row["name"]) for row in sponsors]
    if not names:
        return _text(study["source"] or "")
    helpers = f", with {_few(names[1:])}" if names[1:] else ""
    return _text(f"{names[0]}{helpers}")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def _who(study: Row, eligibilities: Sequence[Row]) -> Text:
    parts = [f"{study['enrollment']:,} participants"] if isinstance(study["enrollment"], int) else []
    for row in eligibilities:
        parts += [str(row["age_group_text"])] if row["age_group_text"] else []
        parts += [f"sex: {str(row['gender']).lower()}"] if row["gender"] else []
        if row["healthy_volunteers"] is not None:
            parts.append("healthy volunteers" if row["healthy_volunteers"] else "no healthy volunteers")
    return _text(" · ".join(parts))


def _criteria(criteria: Sequence[Row]) -> Text:
    counts = Counter(str(row["criterion_type"]) for row in criteria if row["parent_ordinal"] is None)
    parts = [f"{count} {kind}" for kind, count in counts.items()]
    nested = sum(row["parent_ordinal"] is not None for row in criteria)
    return _text(" · ".join([*parts, f"{nested} parts"] if nested else parts))


def _summary(summaries: Sequence[Row]) -> Text:
    return _text(_cut(summaries[0]["description"], _SUMMARY)) if summaries else Text()


def _arm(row: Row) -> str:
    return f"{row['intervention_type_text'] or 'Unknown type'}: {row['name'] or 'no name'}"


def _outcome(row: Row) -> str:
    frame = f" ({row['time_frame']})" if row["time_frame"] else ""
    if row["text"]:  # the whole row: type and time frame stand in it
        return str(row["text"])
    return f"{row['outcome_type'] or 'Outcome'}: {_cut(row['measure'] or 'not read', _LINE - 30)}{frame}"


def _list(lines: Sequence[str]) -> Text:
    more = [f"… and {len(lines) - _FEW} more"] if len(lines) > _FEW else []
    return _text("\n".join([*map(_cut, lines[:_FEW]), *more]))


def _places(tables: TableRows) -> Text:
    places = tables["facilities"]
    countries = [str(row["name"]) for row in tables["countries"]] or _distinct(row["country"] for row in places)
    if not places:
        return _text(_few(countries))
    count = f"{len(places)} location{'s' if len(places) > 1 else ''}"
    names = [", ".join(str(row[name]) for name in ("name", "city", "country") if row[name]) for row in places[:_FEW]]
    shown = [str(row["text"] or name) for row, name in zip(places, names, strict=False)]
    return _text("\n".join([f"{count} in {_few(countries)}" if countries else count, *map(_cut, shown)]))


def _distinct(values: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values if value))


def _related(related: Sequence[Row]) -> Text:
    if not related:
        return Text()
    printed = {code: wording.lower() for wording, code in reversed(wordings("overall_status"))}
    counts = Counter(printed.get(str(row["status"]), "status not read") for row in related)
    lines = [", ".join(f"{count} {status}" for status, count in counts.items())]
    return _text("\n".join([*lines, *(_cut(f"{row['related_nct_id']} {row['title']}") for row in related[:_FEW])]))


def _papers(tables: TableRows) -> Text:
    papers = _list([str(row["citation"]) for row in tables["study_references"]])
    return papers or _text("none" if tables["pages"][0]["kind"] == "references" else "")


def _problems(tables: TableRows) -> Text:
    (page,) = tables["pages"]
    meaning = {code: wording for wording, code in wordings("problem")}
    counts = Counter(str(row["code"]) for row in tables["problems"])
    lines = [f"{count} × {meaning[code]}" for code, count in counts.most_common()]
    if not page["complete"]:
        lines.append("Cut, or a text extraction: its end may be missing")
    lines.append(f"{page['text_claimed']:.1%} of the text claimed · --json shows every problem")
    return _text("\n".join(lines), "yellow" if counts else "dim")
