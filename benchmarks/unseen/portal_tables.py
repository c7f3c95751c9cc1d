"""Tables of rows as the portals of `portals.py` print them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from benchmarks.unseen import pieces, tables
from benchmarks.unseen.pieces import text
from trials.practice.facts import Rows
from trials.practice.markup import Links

_LOCATIONS, _SPONSORS, _OUTCOMES = 4, 2, 5  # columns

# --- locations --------------------------------------------------------------------------------------------------


def by_country(rows: Rows) -> Iterator[tuple[str, list[Sequence[str]]]]:
    """Yield each country with the other columns of its rows."""
    for country, members in groupby(rows, key=lambda row: row[0]):
        yield country, [row[1:] for row in members]


def countries_open(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A part that opens for each country and says how many places it has."""
    if len(header) != _LOCATIONS:
        return tables.with_thead(header, rows, links)
    return "".join(
        f'<details><summary>{text(country)} <span class="count">({len(some)})</span></summary>'
        f"{tables.with_thead(header[1:], some, links)}</details>"
        for country, some in by_country(rows)
    )


def body_for_each_country(header: Sequence[str], rows: Rows, links: Links) -> str:
    """The country and its number of places in a row over all columns, in a body of its own."""
    if len(header) != _LOCATIONS:
        return tables.with_thead(header, rows, links)
    bodies = "".join(
        f'<tbody><tr><th colspan="3" scope="rowgroup">{text(country)} ({len(some)} site{"s" * (len(some) > 1)})</th>'
        f"</tr>{tables.rows_of(some, links)}</tbody>"
        for country, some in by_country(rows)
    )
    head = "".join(f"<th>{text(name)}</th>" for name in header[1:])
    return f"<table><thead><tr>{head}</tr></thead>{bodies}</table>"


# --- rows of named cells ----------------------------------------------------------------------------------------


def named(form: str, header: Sequence[str], row: Sequence[str], links: Links) -> str:
    return "".join(form.format(text(n), tables.linked(v, links)) for n, v in zip(header, row, strict=True))


def bold_runs(around: str, between: str) -> Callable[..., str]:
    """A row as one paragraph: each name bold before its cell; blank cells are left out."""

    def printed(header: Sequence[str], rows: Rows, links: Links) -> str:
        return "".join(
            around.format(
                between.join(
                    f"<b>{text(n)}:</b> {tables.linked(v, links)}" for n, v in zip(header, row, strict=True) if v
                )
            )
            for row in rows
        )

    return printed


def terms_under_terms(header: Sequence[str], rows: Rows, links: Links) -> str:
    """The first column is the term of a list of the others."""
    if len(header) == _SPONSORS:
        return sponsor_terms(header, rows, links)
    entries = (
        f"<dt>{text(header[0])}: {tables.linked(row[0], links)}</dt>"
        f"<dd><dl>{named('<dt>{}</dt><dd>{}</dd>', header[1:], row[1:], links)}</dl></dd>"
        for row in rows
    )
    return f"<dl>{''.join(entries)}</dl>"


def nested_lists(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Equal first cells are one entry; under it the second column is an entry, and the others are under that."""
    if len(header) == _SPONSORS:
        return sponsor_lists(header, rows, links)

    def entry(row: Sequence[str]) -> str:
        inner = named("<li>{}: {}</li>", header[2:], row[2:], links)
        return f"<li>{text(header[1])}: {tables.linked(row[1], links)}<ul>{inner}</ul></li>"

    groups = (
        f"<li>{text(header[0])}: {text(first)}<ol>{''.join(map(entry, members))}</ol></li>"
        for first, members in groupby(rows, key=lambda row: row[0])
    )
    return f"<ul>{''.join(groups)}</ul>"


def title_over_value_cells(header: Sequence[str], rows: Rows, links: Links) -> str:
    """The small-screen form of a data table: the name of the column over the cell, in the cell."""
    cell = '<td class="v-td"><div class="v-td__title">{}</div><div class="v-td__value">{}</div></td>'
    body = "".join(f'<tr class="v-tr v-tr--mobile">{named(cell, header, row, links)}</tr>' for row in rows)
    return (
        f'<div class="v-table v-table--mobile"><table><thead class="d-none"></thead><tbody>{body}</tbody></table></div>'
    )


# --- sponsors ---------------------------------------------------------------------------------------------------


def _sponsors(rows: Rows) -> tuple[str, list[str]]:
    return rows[0][0], [row[1] for row in rows if row[1]]


def sponsor_terms(header: Sequence[str], rows: Rows, _: Links) -> str:
    lead, others = _sponsors(rows)
    more = "".join(f"<dd>{text(name)}</dd>" for name in others)
    collaborators = f"<dt>{text(header[1])}</dt>{more}" if others else ""
    return f"<dl><dt>{text(header[0])}</dt><dd>{text(lead)}</dd>{collaborators}</dl>"


def sponsor_lists(header: Sequence[str], rows: Rows, _: Links) -> str:
    lead, others = _sponsors(rows)
    collaborators = f"<h4>{text(header[1])}</h4>{pieces.in_list(others)}" if others else ""
    return f"<h4>{text(header[0])}</h4>{pieces.in_list([lead])}{collaborators}"


# --- outcomes ---------------------------------------------------------------------------------------------------


def numbered_outcomes(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A heading for each type with a numbered list: the measure bold, the others named where they are there."""
    if len(header) == _SPONSORS:
        return sponsor_lists(header, rows, links)
    if len(header) != _OUTCOMES:
        return tables.with_thead(header, rows, links)

    def entry(row: Sequence[str]) -> str:
        named_ones = zip(header[2:], row[2:], strict=True)
        return (
            f"<li><b>{text(row[1])}</b>{''.join(f'<br><i>{text(n)}:</i> {text(v)}' for n, v in named_ones if v)}</li>"
        )

    return "".join(
        f"<h4>{text(kind)} Outcomes</h4><ol>{''.join(map(entry, members))}</ol>"
        for kind, members in groupby(rows, key=lambda row: row[0])
    )


def outcomes_open(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Each outcome opens by its type and measure; places open by their country."""
    if len(header) != _OUTCOMES:
        return countries_open(header, rows, links)
    return "".join(
        f'<details><summary><span class="badge">{text(row[0])}</span> <span>{text(row[1])}</span></summary>'
        f"<dl>{named('<dt>{}</dt><dd>{}</dd>', header[2:], row[2:], links)}</dl></details>"
        for row in rows
    )


def outcome_articles(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A heading for each type, in it a card for each outcome, whose parts are named."""
    if len(header) != _OUTCOMES:
        return tables.responsive(header, rows, links)
    groups = (
        (kind, "".join(_article(header[1:], row[1:], links) for row in members))
        for kind, members in groupby(rows, key=lambda row: row[0])
    )
    return "".join(f'<h3 class="text-lg font-medium">{text(kind)}</h3><div>{cards}</div>' for kind, cards in groups)


def _article(header: Sequence[str], row: Sequence[str], links: Links) -> str:
    form = '<div class="flex gap-2"><p class="text-muted-foreground">{}</p><p class="font-medium">{}</p></div>'
    return f'<article class="rounded-xl border p-6">{named(form, header, row, links)}</article>'


# --- grids ------------------------------------------------------------------------------------------------------


def ant_table(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A row that only measures the columns, an icon beside each name, pages of rows under it."""
    head = "".join(
        f'<th class="ant-table-cell" scope="col"><div class="ant-table-column-sorters"><span>{text(name)}</span>'
        f'<span class="ant-table-column-sorter" aria-hidden="true"><svg></svg></span></div></th>'
        for name in header
    )
    measure = f'<tr aria-hidden="true" class="ant-table-measure-row">{"<td>&nbsp;</td>" * len(header)}</tr>'
    body = tables.rows_of(rows, links, '<tr class="ant-table-row" data-row-key="k">{}</tr>')
    cols = f"<colgroup>{'<col>' * len(header)}</colgroup>"
    pages = '<ul class="ant-pagination"><li title="Previous Page"></li><li title="1"><a>1</a></li></ul>'
    return (
        f'<div class="ant-table-wrapper"><table>{cols}<thead class="ant-table-thead"><tr>{head}</tr></thead>'
        f"<tbody>{measure}{body}</tbody></table>{pages}</div>"
    )


def bootstrap_rows(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Rows of columns, the names shown on wide screens only."""
    head = "".join(f'<div class="col fw-bold">{text(name)}</div>' for name in header)
    body = tables.rows_of(rows, links, '<div class="row border-bottom">{}</div>', '<div class="col">{}</div>')
    return f'<div class="container-fluid"><div class="row d-none d-md-flex">{head}</div>{body}</div>'


def tree_grid(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A grid by roles: the first cell of a row is its header."""
    head = "".join(f'<span role="columnheader">{text(name)}</span>' for name in header)
    body = "".join(
        f'<div role="row" aria-level="1" aria-rowindex="{number}">'
        + tables.rows_of([row[:1]], links, "{}", '<span role="rowheader">{}</span>')
        + tables.rows_of([row[1:]], links, "{}", '<span role="gridcell">{}</span>')
        + "</div>"
        for number, row in enumerate(rows, start=2)
    )
    return (
        f'<div role="treegrid" aria-readonly="true"><div role="rowgroup"><div role="row" aria-rowindex="1">{head}</div>'
        f'</div><div role="rowgroup">{body}</div></div>'
    )


def press_table(header: Sequence[str], rows: Rows, links: Links) -> str:
    """As a plugin prints a sheet: every cell and row has a class with its number, a description stands under it."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="column-{n}">{tables.linked(cell, links)}</{tag}>' for n, cell in enumerate(row, start=1)
        )

    body = "".join(f'<tr class="row-{n}">{cells("td", row)}</tr>' for n, row in enumerate(rows, start=2))
    return (
        f'<table id="tablepress-3" class="tablepress"><thead><tr class="row-1">{cells("th", header)}</tr></thead>'
        f'<tbody class="row-striping">{body}</tbody></table>'
        '<span class="tablepress-table-description">Data taken from the public registry.</span>'
    )
