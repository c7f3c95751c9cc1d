"""One trial's page in many markups: the facts are said once, the families differ only in their elements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TypeAlias

Pairs: TypeAlias = Sequence[tuple[str, str]]
Rows: TypeAlias = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Facts:
    """What a details page says; every text is as a reader would see it, `\\n` for a line break."""

    nct_id: str = "NCT09990001"
    status: str = "Recruiting"
    administrative: Pairs = ()
    information: Pairs = ()
    summary: str = ""
    description: str | None = None
    recruitment: Pairs = ()
    design: Pairs = ()
    conditions: Sequence[str] = ()
    interventions: Rows = ()
    locations: Rows = ()
    sponsors: Rows = ()
    countries: Sequence[str] = ()
    references: Sequence[str] = ()
    outcomes: Rows = ()
    related: Rows = ()
    headers: dict[str, Sequence[str]] = field(
        default_factory=lambda: {
            "Locations": ("Country", "Name", "City", "State"),
            "Sponsors": ("Lead Sponsor", "Collaborator"),
            "Outcome": ("Type", "Measure", "Description", "Time frame", "Safety issue"),
            "See also": ("Status", "Clinical Trial", "Phase"),
        }
    )


BASE = Facts(
    administrative=(
        ("NCT number", "NCT09990001"),
        ("Other study ID #", "LAMP-17/b"),
        ("Secondary ID", "2011-005334-20, U1111-1234-5678"),
        ("Status", "Recruiting"),
        ("Phase", "Phase 2/Phase 3"),
        ("First received", ""),
        ("Last updated", ""),
        ("Start date", "May 10, 2023"),
        ("Est. completion date", "June 2027"),
    ),
    information=(
        ("Verified date", "May 2024"),
        ("Source", "Lantern Institute, Ltd."),
        ("Contact", "Ada Example, MD"),
        ("Phone", "1 (800) 933-7001"),
        ("Email", "ada[@]lantern.org"),
        ("Is FDA regulated", "No"),
        ("Health authority", ""),
        ("Study type", "Interventional"),
    ),
    summary="Does evening light help people with stiff knees?\nTwo lamps are compared.",
    description="People read for an hour under one of two lamps. Study Design is explained at the first visit.",
    recruitment=(
        ("Status", "Recruiting"),
        ("Enrollment", "120"),
        ("Est. completion date", "June 2027"),
        ("Est. primary completion date", "March 1, 2027"),
        ("Accepts healthy volunteers", "No"),
        ("Gender", "All"),
        ("Age group", "18 Years to 75 Years"),
        (
            "Eligibility",
            "Inclusion Criteria:\n1. Age =18 years\n2. Knee pain for > 3 months\n"
            "Exclusion Criteria:\n1. Known photophobia",
        ),
    ),
    design=(
        ("Allocation", "Randomized"),
        ("Intervention model", "Parallel Assignment"),
        ("Masking", "Double"),
        ("Primary purpose", "Treatment"),
    ),
    conditions=("Osteoarthritis, Knee", "Pain"),
    interventions=(
        ("Device", "warm lamp", "One hour each evening.\nAt 2,700 K."),
        ("Dietary Supplement", "vitamin tablet", ""),
    ),
    locations=(
        ("United States", "Lantern Clinic", "Springfield", "Ohio"),
        ("Korea, Republic of", "Han River Hospital", "Seoul", ""),
    ),
    sponsors=(("Lantern Institute, Ltd.", "City of Springfield"), ("", "Han River Hospital")),
    countries=("United States", "Korea, Republic of"),
    references=("Doe J. Lamps and knees. Light. 2019;3(2):1-9. PMID: 30112233", "Roe A. Evening light. 2020."),
    outcomes=(
        ("Primary", "Pain on a scale of 0 to 10", "Asked by telephone", "12 weeks", "No"),
        ("Secondary", "Hours of sleep", "", "from baseline to month 6", ""),
    ),
    related=(
        ("Completed", "NCT01234567 - Morning light for stiff hands", "Phase 2"),
        ("Active, not recruiting", "NCT02345678 - Lamp glare (GLARE)", "N/A"),
        ("Unknown status", "NCT03456789 - A registry of readers", ""),
    ),
)


@dataclass(frozen=True)
class Family:
    """How one kind of markup prints a heading, pairs, a table, and lines of text."""

    heading: Callable[[str], str]
    pairs: Callable[[Pairs], str]
    table: Callable[[Sequence[str], Rows], str]
    lines: Callable[[Sequence[str]], str]
    page: Callable[[str, str], str]


def render(facts: Facts, family: Family) -> str:
    """Return the whole page."""
    return family.page(facts.nct_id, "\n".join(_parts(facts, family)))


def _parts(facts: Facts, family: Family) -> list[str]:
    parts = [
        family.heading(f"Clinical Trial Details — Status: {facts.status}"),
        family.heading("Administrative data"),
        family.pairs(facts.administrative),
        family.heading("Study information"),
        family.pairs(facts.information),
        family.heading("Clinical Trial Summary"),
        family.lines(facts.summary.split("\n")),
    ]
    if facts.description is not None:
        parts += [family.heading("Description:"), family.lines(facts.description.split("\n"))]
    parts += [
        family.heading("Recruitment information / eligibility"),
        family.pairs(facts.recruitment),
        family.heading("Study Design"),
        family.pairs(facts.design) if facts.design else "",
    ]
    if facts.conditions:
        parts += [family.heading("Related Conditions & MeSH terms"), family.lines(facts.conditions)]
    parts.append(family.heading("Intervention"))
    for kind, name, description in facts.interventions:
        parts.append(family.lines([f"{kind}:", name, *filter(None, description.split("\n"))]))
    parts += [family.heading("Locations"), family.table(facts.headers["Locations"], facts.locations)]
    count = len({name for row in facts.sponsors for name in row if name})
    parts += [family.heading(f"Sponsors ({count})"), family.table(facts.headers["Sponsors"], facts.sponsors)]
    parts.append(family.heading("Country where clinical trial is conducted"))
    parts.append(family.lines(["".join(f"{country},\u00a0" for country in facts.countries)] if facts.countries else []))
    if facts.references:
        parts += [family.heading("References"), family.lines(facts.references)]
    for name, rows in (("Outcome", facts.outcomes), ("See also", facts.related)):
        parts += [family.heading(name), family.table(facts.headers[name], rows)]
    return parts


def _html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _link(text: str) -> str:
    """Link a See also cell to its page, as the site is thought to do."""
    if text.startswith("NCT") and text[11:14] == " - ":
        return f'<a href="/other/{text[:11]}/details">{_html(text)}</a>'
    return _html(text)


def _table(header: Sequence[str], rows: Rows, cell: str = "th", font: str = "{}") -> str:
    head = "".join(f"<{cell}>{font.format(_html(name))}</{cell}>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{font.format(_link(text))}</td>' for text in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<p>{_html(line)}</p>" for line in lines)


_CHROME = (
    '<nav><ul><li><a href="/">Home</a></li><li><a href="#locations">Locations</a></li>'
    '<li><a href="#outcome">Outcome</a></li></ul></nav>'
    '<form role="search">Status <select><option>Recruiting</option></select> <input name="q"></form>'
)
_FOOTER = "<footer><p>Contact us · Terms</p></footer><script>var Status = 'Completed';</script>"


def _page(nct_id: str, content: str) -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>Trial page</title>'
        f'<link rel="canonical" href="https://inclinicaltrials.com/other/{nct_id}/details"></head>'
        f"<body>{_CHROME}<main>{content}</main>{_FOOTER}</body></html>\n"
    )


def _bare_page(nct_id: str, content: str) -> str:
    return _page(nct_id, content).replace("<main>", "<div>").replace("</main>", "</div>")


def _tag(tag: str, attributes: str = "") -> Callable[[str], str]:
    return lambda text: f"<{tag}{attributes}>{_html(text)}</{tag}>"


def _each(form: str, around: str = "{}") -> Callable[[Pairs], str]:
    return lambda pairs: around.format("".join(form.format(_html(label), _html(value)) for label, value in pairs))


def _grid(header: Sequence[str], rows: Rows) -> str:
    head = "".join(f'<div role="columnheader">{_html(name)}</div>' for name in header)
    body = "".join(
        f'<div role="row">{"".join(f"<div role=cell>{_link(text)}</div>" for text in row)}</div>' for row in rows
    )
    return f'<div role="table"><div role="row">{head}</div>{body}</div>'


FAMILIES: dict[str, Family] = {
    "two-column-table": Family(
        _tag("h2"),
        _each("<tr><th scope=row>{}</th><td>{}</td></tr>", "<table><tbody>{}</tbody></table>"),
        _table,
        _paragraphs,
        _page,
    ),
    "bold-first-cell": Family(
        _tag("h3", ' class="section"'),
        _each("<tr><td><b>{}:</b></td><td>{}</td></tr>", "<table>{}</table>"),
        lambda header, rows: _table(header, rows, "td"),
        lambda lines: f"<div>{'<br>'.join(map(_html, lines))}</div>",
        _bare_page,
    ),
    "definition-list": Family(_tag("h2"), _each("<dt>{}</dt><dd>{}</dd>", "<dl>{}</dl>"), _table, _paragraphs, _page),
    "wrapped-definition-list": Family(
        _tag("h4"),
        _each("<div class=pair><dt>{}</dt><dd><p>{}</p></dd></div>", "<dl>{}</dl>"),
        _grid,
        _paragraphs,
        _page,
    ),
    "div-rows": Family(
        _tag("div", ' class="card-header"'),
        _each('<div class="row"><div class="col-3">{}</div><div class="col-9">{}</div></div>'),
        _grid,
        lambda lines: "".join(f"<div>{_html(line)}</div>" for line in lines),
        _bare_page,
    ),
    "span-pairs": Family(
        _tag("h2"), _each('<p><span class="k">{}</span> <span class="v">{}</span></p>'), _table, _paragraphs, _page
    ),
    "bare-divs": Family(_tag("h2"), _each("<div>{}</div><div>{}</div>"), _table, _paragraphs, _page),
    "bold-lines": Family(
        lambda text: f"<p><strong>{_html(text)}</strong></p>",
        _each("<b>{}</b>: {}<br>", "<p>{}</p>"),
        _table,
        _paragraphs,
        _bare_page,
    ),
    "list-entries": Family(
        _tag("h2"), _each("<li><strong>{}:</strong> {}</li>", "<ul>{}</ul>"), _table, _paragraphs, _page
    ),
    "one-line-each": Family(_tag("h2"), _each("<div>{}: {}</div>"), _table, _paragraphs, _page),
    "nineties": Family(
        lambda text: (
            f"<table width=100%><tr><td bgcolor=navy><font color=white><b>{_html(text)}</b></font></td></tr></table>"
        ),
        _each("<tr><td width=30%><font size=2>{}<td><font size=2>{}", "<table>{}</table>"),
        lambda header, rows: _table(header, rows, "td", "<font size=2>{}</font>"),
        lambda lines: "".join(f"<p><font size=2>{_html(line)}</font>" for line in lines),
        lambda nct_id, content: _page(nct_id, f"<table><tr><td>menu</td><td>{content}</td></tr></table>"),
    ),
}


def as_text(facts: Facts) -> str:
    """Return the page as a text extraction prints it: cells of a row joined by one space, empty ones vanish."""

    def join(cells: Sequence[str]) -> str:
        return " ".join(filter(None, cells))

    family = Family(
        heading=lambda text: f"\n{text}\n",
        pairs=lambda pairs: "\n".join(f"{label} {value}".strip() for label, value in pairs),
        table=lambda header, rows: "\n".join([join(header), *(join(row) for row in rows)]),
        lines="\n".join,
        page=lambda _nct_id, content: f"Clinical Trials Logo\n{content}\n",
    )
    return render(facts, family).replace("\n\nSee also\n\n", "\nSee also\n  ")
