"""Tables of rows as strangers print them."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from benchmarks.unseen.pieces import text
from trials.practice.facts import Rows
from trials.practice.markup import Links

_BLANK = "&nbsp;"


def _cells(row: Sequence[str], links: Links, form: str = "<td>{}</td>") -> str:
    return "".join(form.format(linked(cell, links)) for cell in row)


def linked(cell: str, links: Links) -> str:
    target = links.get(cell[:11])
    return f'<a href="{escape(target)}">{text(cell)}</a>' if target else text(cell)


def rows_of(rows: Rows, links: Links, form: str = "<tr>{}</tr>", cell: str = "<td>{}</td>") -> str:
    return "".join(form.format(_cells(row, links, cell)) for row in rows)


def with_thead(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = _cells(header, {}, '<th scope="col">{}</th>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows_of(rows, links)}</tbody></table>"


def numbered(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A first column with the number of the row."""
    counted = "".join(f"<tr><td>{n}</td>{_cells(row, links)}</tr>" for n, row in enumerate(rows, start=1))
    return f"<table><tr><th>#</th>{_cells(header, {}, '<th>{}</th>')}</tr>{counted}</table>"


def two_header_rows(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A title over all columns, then the names of the columns, and a foot."""
    width = len(header)
    return (
        f'<table><thead><tr><th colspan="{width}">{len(rows)} entries</th></tr>'
        f"<tr>{_cells(header, {}, '<th>{}</th>')}</tr></thead><tbody>{rows_of(rows, links)}</tbody></table>"
    )


def transposed(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Columns as rows."""
    lines = (
        f"<tr><th>{text(name)}</th>{_cells([row[place] for row in rows], links)}</tr>"
        for place, name in enumerate(header)
    )
    return f"<table>{''.join(lines)}</table>"


def merged_cells(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Equal first cells of neighbours are one."""
    body = ""
    for first, group in groupby(rows, key=lambda row: row[0]):
        members = list(group)
        start = f"<td rowspan={len(members)}>{text(first)}</td>"
        body += "".join(f"<tr>{'' if n else start}{_cells(row[1:], links)}</tr>" for n, row in enumerate(members))
    return f"<table><tr>{_cells(header, {}, '<th>{}</th>')}</tr>{body}</table>"


def sorted_by_script(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Buttons in the header, and a hidden column with the key to sort by."""
    head = _cells(header, {}, '<th><button type="button">{} <span aria-hidden="true">▲</span></button></th>')
    body = "".join(
        f'<tr><td style="display:none">{n:05}</td>{_cells(row, links)}</tr>' for n, row in enumerate(rows, start=1)
    )
    return f'<table><tr><th style="display:none">Sort</th>{head}</tr>{body}</table>'


def uppercase(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = _cells(header, {}, "<TH BGCOLOR=silver>{}")
    return f"<TABLE BORDER=1><TR>{head}{rows_of(rows, links, '<TR>{}', '<TD VALIGN=TOP>{}')}</TABLE>"


def no_end_tags(header: Sequence[str], rows: Rows, links: Links) -> str:
    return f"<table><thead><tr>{_cells(header, {}, '<th>{}')}<tbody>{rows_of(rows, links, '<tr>{}', '<td>{}')}</table>"


def header_in_td(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = _cells(header, {}, '<td><font face="Arial" size="2"><b>{}</b></font></td>')
    body = rows_of(rows, links, cell='<td><font face="Arial" size="2">{}</font></td>')
    return f'<table border="1"><tr bgcolor="#eeeeee">{head}</tr>{body}</table>'


def responsive(header: Sequence[str], rows: Rows, links: Links) -> str:
    return f'<div class="table-responsive">{with_thead(header, rows, links)}</div>'


def with_data_labels(header: Sequence[str], rows: Rows, links: Links) -> str:
    """The name of the column in each cell too, for small screens."""

    def cell(name: str, value: str) -> str:
        return f'<td data-label="{text(name)}"><span class="d-md-none">{text(name)}</span> {linked(value, links)}</td>'

    body = "".join(f"<tr>{''.join(map(cell, header, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{_cells(header, {}, '<th>{}</th>')}</tr></thead><tbody>{body}</tbody></table>"


def with_label_attributes(header: Sequence[str], rows: Rows, links: Links) -> str:
    """The name of the column as an attribute of each cell, for style sheets to print on small screens."""

    def cell(name: str, value: str) -> str:
        return f'<td data-label="{text(name)}">{linked(value, links)}</td>'

    body = "".join(f"<tr>{''.join(map(cell, header, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{_cells(header, {}, '<th>{}</th>')}</tr></thead><tbody>{body}</tbody></table>"


def with_actions(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A last column of buttons without a name, and a foot."""
    head = f"{_cells(header, {}, '<th>{}</th>')}<th></th>"
    body = "".join(f"<tr>{_cells(row, links)}<td><button>View</button></td></tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{len(rows)} of {len(rows)} shown</p>"


def with_comments(header: Sequence[str], rows: Rows, links: Links) -> str:
    cell = "<td><!-- --><span><!-- x -->{}<!-- --></span></td>"
    head = f"<!-- head --><tr>{_cells(header, {}, '<th>{}</th>')}</tr><!-- rows -->"
    return f"<table>{head}{rows_of(rows, links, cell=cell)}</table>"


def header_in_th_of_body(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = _cells(header, {}, "<th>{}\n</th>\n")
    body = rows_of(rows, links, "<tr>\n{}</tr>\n", "<td>{}\n</td>\n")
    return f'<table class="wikitable sortable"><tbody><tr>\n{head}</tr>\n{body}</tbody></table>'


def of_word(header: Sequence[str], rows: Rows, links: Links) -> str:
    cell = "<td valign=top><p class=MsoNormal><span lang=EN-US>{}<o:p></o:p></span></p></td>"
    head = _cells(header, {}, cell.replace("<span", "<b><span").replace("</span>", "</span></b>"))
    return f"<table class=MsoTableGrid border=1><tr>{head}</tr>{rows_of(rows, links, cell=cell)}</table>"


def of_material(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = _cells(header, {}, '<th mat-header-cell role="columnheader" class="mat-header-cell"><!---->{}</th>')
    body = rows_of(rows, links, '<tr mat-row role="row">{}<!----></tr>', '<td mat-cell role="gridcell"> {} </td>')
    head = f'<thead><tr mat-header-row role="row">{head}</tr></thead>'
    return f'<table mat-table role="grid">{head}<tbody>{body}</tbody></table>'


def reversed_columns(header: Sequence[str], rows: Rows, links: Links) -> str:
    return with_thead([*reversed(header)], [[*reversed(row)] for row in rows], links)


def with_show_all(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Rows after the third are hidden until a button in the last row shows them."""
    body = "".join(f"<tr{' hidden' * (n > 3)}>{_cells(row, links)}</tr>" for n, row in enumerate(rows, start=1))
    foot = f"<tr><td colspan={len(header)}><button>Show all {len(rows)}</button></td></tr>"
    return f"<table><tr>{_cells(header, {}, '<th>{}</th>')}</tr>{body}{foot}</table>"


def header_again(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = f"<tr>{_cells(header, {}, '<th>{}</th>')}</tr>"
    parts = (rows_of(rows[place : place + 10], links) for place in range(0, len(rows), 10))
    return f"<table>{''.join(f'{head}{part}' for part in parts) or head}</table>"


def row_headers(header: Sequence[str], rows: Rows, links: Links) -> str:
    """The first cell of a row is a heading of it; blank cells hold a no-break space."""
    body = "".join(
        f'<tr><th scope="row">{text(row[0]) or _BLANK}</th>'
        f"{''.join(f'<td>{linked(cell, links) or _BLANK}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{_cells(header, {}, '<th scope=col>{}</th>')}</tr></thead><tbody>{body}</tbody></table>"


# --- no table at all --------------------------------------------------------------------------------------------


def as_cards(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Each row a box of its own, with the name of the column before each cell."""
    cards = (_pairs(header, row, links, "<dt>{}</dt><dd>{}</dd>", '<dl class="card">{}</dl>') for row in rows)
    return f"<div>{''.join(cards)}</div>"


def as_nested_lists(header: Sequence[str], rows: Rows, links: Links) -> str:
    entries = (_pairs(header, row, links, "<li><b>{}:</b> {}</li>", "<li><ul>{}</ul></li>") for row in rows)
    return f"<ol>{''.join(entries)}</ol>"


def _pairs(header: Sequence[str], row: Sequence[str], links: Links, form: str, around: str) -> str:
    return around.format("".join(form.format(text(n), linked(v, links)) for n, v in zip(header, row, strict=True)))


def as_spans_in_list(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = f'<li class="head">{_cells(header, {}, "<span>{}</span>")}</li>'
    return f"<ul>{head}{rows_of(rows, links, '<li>{}</li>', '<span>{}</span>')}</ul>"


def grouped(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A heading for each value of the first column, where it has one, with a table of the other columns."""
    if len(header) != 4:
        return with_thead(header, rows, links)
    groups = groupby(rows, key=lambda row: row[0])
    return "".join(
        f"<h4>{text(first)}</h4>{with_thead(header[1:], [row[1:] for row in members], links)}"
        for first, members in groups
    )


def flat_grid(header: Sequence[str], rows: Rows, links: Links) -> str:
    """All cells in one box, told apart by their number alone."""
    return f'<div class="grid{len(header)}">{_boxes([header, *rows], links)}</div>'


def _boxes(rows: Iterable[Sequence[str]], links: Links) -> str:
    return "".join(_cells(row, links, "<div>{}</div>") for row in rows)


def div_rows(header: Sequence[str], rows: Rows, links: Links) -> str:
    return (
        "<div>"
        + rows_of([header, *rows], links, '<div class="flex">{}</div>', '<div class="flex-1">{}</div>')
        + "</div>"
    )


def deep_rows(header: Sequence[str], rows: Rows, links: Links) -> str:
    body = rows_of([header, *rows], links, "<div><div>{}</div></div>", "<div><div><span>{}</span></div></div>")
    return f"<div><div>{body}</div></div>"


def components(header: Sequence[str], rows: Rows, links: Links) -> str:
    body = rows_of([header, *rows], links, "<trial-row>{}</trial-row>", "<trial-cell>{}</trial-cell>")
    return f"<trial-table>{body}</trial-table>"


def by_roles(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A table told by its roles alone, its rows in row groups."""
    head = _cells(header, {}, '<span role="columnheader">{}</span>')
    body = rows_of(rows, links, '<div role="row">{}</div>', '<span role="cell">{}</span>')
    head = f'<div role="rowgroup"><div role="row">{head}</div></div>'
    return f'<div role="table">{head}<div role="rowgroup">{body}</div></div>'


def places_in_lists(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Places as one line each under their country; no name of a column stands anywhere."""
    if len(header) != 4:
        return with_thead(header, rows, links)
    groups = groupby(rows, key=lambda row: row[0])
    return "".join(
        f"<h3>{text(first)}</h3><ul>{''.join(f'<li>{text(_joined(row[1:]))}</li>' for row in members)}</ul>"
        for first, members in groups
    )


def _joined(cells: Sequence[str]) -> str:
    return ", ".join(filter(None, cells))


def absolute_cells(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Boxes that only their place on the screen tells apart, with nothing around them."""
    return "".join(_cells(row, links, '<div class="t" style="left:72px">{}</div>\n') for row in [header, *rows])


def css_table(header: Sequence[str], rows: Rows, links: Links) -> str:
    row, cell = '<div style="display:table-row">{}</div>', '<span style="display:table-cell">{}</span>'
    return f'<div style="display:table">{rows_of([header, *rows], links, row, cell)}</div>'


def linked_rows(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Each row is one link, where it leads somewhere."""

    def row_of(row: Sequence[str]) -> str:
        cells = "".join(f"<div>{text(cell)}</div>" for cell in row)
        target = next((links[cell[:11]] for cell in row if cell[:11] in links), None)
        return f'<a class="row" href="{escape(target)}">{cells}</a>' if target else f'<div class="row">{cells}</div>'

    head = f'<div class="row">{_cells(header, {}, "<div>{}</div>")}</div>'
    return f'<div class="list">{head}{"".join(map(row_of, rows))}</div>'


def boxed_grid(header: Sequence[str], rows: Rows, links: Links) -> str:
    return f'<div class="span-2">{flat_grid(header, rows, links)}</div>'
