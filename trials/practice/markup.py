"""Families of markup: the facts are said once, the families differ only in their elements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from trials.practice.facts import Facts, Pairs, Rows
from trials.practice.frame import Frame, bare_frame, main_frame, nineties_frame

Links = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of markup prints a heading, pairs, a table, lines of text, and the page around them."""

    heading: Callable[[str], str]
    pairs: Callable[[Pairs], str]
    table: Callable[[Sequence[str], Rows, Links], str]
    lines: Callable[[Sequence[str]], str]
    frame: Callable[[Frame, str], str]


def details(facts: Facts, family: Family) -> str:
    """Return the content of a details page."""
    parts = [
        *_title_block(facts, family),
        family.heading(f"{facts.named('Clinical Trial Details')} — Status: {facts.status}"),
        family.heading(facts.named("Administrative data")),
        family.pairs(facts.administrative),
        family.heading(facts.named("Study information")),
        family.pairs(facts.information),
        family.heading(facts.named("Clinical Trial Summary")),
        family.lines(facts.summary.split("\n")),
    ]
    if facts.description is not None:
        parts += [family.heading(f"{facts.named('Description')}:"), family.lines(facts.description.split("\n"))]
    parts += [family.heading(facts.named("Recruitment information / eligibility")), family.pairs(facts.recruitment)]
    parts += [*_design_and_conditions(facts, family), family.heading(facts.named("Intervention"))]
    for kind, name, description in facts.interventions:
        parts.append(family.lines([f"{kind}:", name, *filter(None, description.split("\n"))]))
    parts += [*_places_and_sponsors(facts, family)]
    if facts.references:
        parts += [family.heading(facts.named("References")), family.lines(facts.references)]
    for name, rows in (("Outcome", facts.outcomes), ("See also", facts.related)):
        parts += [family.heading(facts.named(name)), family.table(facts.headers[name], rows, facts.links)]
    return "\n".join(parts)


def summary(facts: Facts, family: Family) -> str:
    """Return the content of a summary page."""
    description = "n/a" if facts.description is None else f"{facts.description} ;"
    parts = [
        *_title_block(facts, family),
        family.heading(facts.named("Clinical Trial Summary")),
        family.lines(facts.summary.split("\n")),
        family.heading(facts.named("Clinical Trial Description")),
        family.lines(description.split("\n")),
        *_design_and_conditions(facts, family),
        family.pairs(facts.label_block),
    ]
    return "\n".join(parts)


def _title_block(facts: Facts, family: Family) -> list[str]:
    if not facts.condition:
        return []
    acronym = f" — {facts.acronym}" if facts.acronym else ""
    title = [family.pairs([("Official title", facts.official_title)])] if facts.official_title else []
    return [family.heading(f"{facts.condition} Clinical Trial{acronym}"), *title]


def _design_and_conditions(facts: Facts, family: Family) -> list[str]:
    parts = [family.heading(facts.named("Study Design")), family.pairs(facts.design) if facts.design else ""]
    if facts.conditions:
        parts += [family.heading(facts.named("Related Conditions & MeSH terms")), family.lines(facts.conditions)]
    return parts


def _places_and_sponsors(facts: Facts, family: Family) -> list[str]:
    count = len({name for row in facts.sponsors for name in row if name})
    countries = ["".join(f"{country},\u00a0" for country in facts.countries)] if facts.countries else []
    return [
        family.heading(facts.named("Locations")),
        family.table(facts.headers["Locations"], facts.locations, {}),
        family.heading(f"{facts.named('Sponsors')} ({count})"),
        family.table(facts.headers["Sponsors"], facts.sponsors, {}),
        family.heading(facts.named("Country where clinical trial is conducted")),
        family.lines(countries),
    ]


# --- elements ---------------------------------------------------------------------------------------------------


def _html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _cell(text: str, links: Links) -> str:
    """Link a See also cell to the page of its trial."""
    target = links.get(text[:11]) if links else None
    return f'<a href="{escape(target)}">{_html(text)}</a>' if target else _html(text)


def _table(header: Sequence[str], rows: Rows, links: Links, cell: str = "th", font: str = "{}") -> str:
    head = "".join(f"<{cell}>{font.format(_html(name))}</{cell}>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{font.format(_cell(text, links))}</td>' for text in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _plain_table(header: Sequence[str], rows: Rows, links: Links) -> str:
    return _table(header, rows, links, "td")


def _nineties_table(header: Sequence[str], rows: Rows, links: Links) -> str:
    return _table(header, rows, links, "td", "<font size=2>{}</font>")


def _grid(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = "".join(f'<div role="columnheader">{_html(name)}</div>' for name in header)
    body = "".join(
        f'<div role="row">{"".join(f"<div role=cell>{_cell(text, links)}</div>" for text in row)}</div>' for row in rows
    )
    return f'<div role="table"><div role="row">{head}</div>{body}</div>'


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<p>{_html(line)}</p>" for line in lines)


def _tag(tag: str, attributes: str = "") -> Callable[[str], str]:
    return lambda text: f"<{tag}{attributes}>{_html(text)}</{tag}>"


def _each(form: str, around: str = "{}") -> Callable[[Pairs], str]:
    return lambda pairs: around.format("".join(form.format(_html(label), _html(value)) for label, value in pairs))


FAMILIES: dict[str, Family] = {
    "two-column-table": Family(
        _tag("h2"),
        _each("<tr><th scope=row>{}</th><td>{}</td></tr>", "<table><tbody>{}</tbody></table>"),
        _table,
        _paragraphs,
        main_frame,
    ),
    "bold-first-cell": Family(
        _tag("h3", ' class="section"'),
        _each("<tr><td><b>{}:</b></td><td>{}</td></tr>", "<table>{}</table>"),
        _plain_table,
        lambda lines: f"<div>{'<br>'.join(map(_html, lines))}</div>",
        bare_frame,
    ),
    "definition-list": Family(
        _tag("h2"), _each("<dt>{}</dt><dd>{}</dd>", "<dl>{}</dl>"), _table, _paragraphs, main_frame
    ),
    "wrapped-definition-list": Family(
        _tag("h4"),
        _each("<div class=pair><dt>{}</dt><dd><p>{}</p></dd></div>", "<dl>{}</dl>"),
        _grid,
        _paragraphs,
        main_frame,
    ),
    "div-rows": Family(
        _tag("div", ' class="card-header"'),
        _each('<div class="row"><div class="col-3">{}</div><div class="col-9">{}</div></div>'),
        _grid,
        lambda lines: "".join(f"<div>{_html(line)}</div>" for line in lines),
        bare_frame,
    ),
    "span-pairs": Family(
        _tag("h2"),
        _each('<p><span class="k">{}</span> <span class="v">{}</span></p>'),
        _table,
        _paragraphs,
        main_frame,
    ),
    "bare-divs": Family(_tag("h2"), _each("<div>{}</div><div>{}</div>"), _table, _paragraphs, main_frame),
    "bold-lines": Family(
        lambda text: f"<p><strong>{_html(text)}</strong></p>",
        _each("<b>{}</b>: {}<br>", "<p>{}</p>"),
        _table,
        _paragraphs,
        bare_frame,
    ),
    "list-entries": Family(
        _tag("h2"), _each("<li><strong>{}:</strong> {}</li>", "<ul>{}</ul>"), _table, _paragraphs, main_frame
    ),
    "one-line-each": Family(_tag("h2"), _each("<div>{}: {}</div>"), _table, _paragraphs, main_frame),
    "nineties": Family(
        lambda text: (
            f"<table width=100%><tr><td bgcolor=navy><font color=white><b>{_html(text)}</b></font></td></tr></table>"
        ),
        _each("<tr><td width=30%><font size=2>{}<td><font size=2>{}", "<table>{}</table>"),
        _nineties_table,
        lambda lines: "".join(f"<p><font size=2>{_html(line)}</font>" for line in lines),
        nineties_frame,
    ),
}
