"""Markups as the developers of other registry mirrors would write them.

How they came about: written on 2026-11-29 in one go, from what common style sheets, content systems and old sites
print, after a look at the other files of this folder and before any look at the parser. No page of a real mirror stood
beside them, and whoever wrote them had read what kinds of markup were wished for. They were measured before anything
was mended for them; what was seen then stands in docs/decisions.md.
"""

from collections.abc import Callable, Sequence
from html import escape
from itertools import count, groupby

from benchmarks.unseen import frames, pieces, tables
from benchmarks.unseen.frames import Parts
from benchmarks.unseen.markup import Markup
from benchmarks.unseen.pieces import text
from trials.practice.facts import Pairs, Rows
from trials.practice.frame import Frame
from trials.practice.markup import Links

_LI = pieces.interventions_as("<li><strong>{}:</strong> {}<br>{}</li>", "<ul>{}</ul>")
_DIVS = pieces.interventions_as("<div><div>{}:</div><div>{}</div><div>{}</div></div>")
_SPACER = '<tr><td colspan="2"><img src="/spacer.gif" width="1" height="6" alt=""></td></tr>'

# --- pairs ------------------------------------------------------------------------------------------------------


def _with_ids(form: str, around: str = "{}") -> Callable[[Pairs], str]:
    """Pairs whose label and value name each other by an id, which is the first field of the form."""
    return lambda pairs: around.format(
        "".join(form.format(pieces.slug(label), text(label), text(value)) for label, value in pairs)
    )


def _inputs_beside(pairs: Pairs) -> str:
    def control(label: str, value: str) -> str:
        if "\n" in value:
            return f'<textarea id="f-{pieces.slug(label)}" class="form-control" rows="9">{escape(value)}</textarea>'
        return f'<input id="f-{pieces.slug(label)}" class="form-control" disabled value="{escape(value)}">'

    return "".join(
        f'<div class="form-group row"><label for="f-{pieces.slug(label)}" class="col-sm-3">{text(label)}</label>'
        f'<div class="col-sm-9">{control(label, value)}</div></div>'
        for label, value in pairs
    )


def _dd_for_each_line(pairs: Pairs) -> str:
    def values(value: str) -> str:
        return "".join(f"<dd>{text(line)}</dd>" for line in value.split("\n"))

    return f"<dl>{''.join(f'<div><dt>{text(label)}</dt>{values(value)}</div>' for label, value in pairs)}</dl>"


def _between_comments(pairs: Pairs) -> str:
    """As a server prints components: a comment between two runs of text, words of a label in spans of their own."""

    def words(label: str) -> str:
        first, space, others = label.partition(" ")
        return f"<span>{text(first)}</span>{space}<span>{text(others)}</span>" if others else text(first)

    rows = (
        f'<div class="row"><!--$--><dt>{words(label)}<!-- -->:</dt>'
        f"<dd><!-- -->{text(value)}<!-- --></dd><!--/$--></div>"
        for label, value in pairs
    )
    return f"<dl>{''.join(rows)}</dl>"


def _zero_width(label: str) -> str:
    """Places to break a word at, and marks that are left of a copy out of a text processor."""
    return "\ufeff" + text(label).replace(" ", " \u200b").replace("e", "e\u2060", 1) + "\u200c"


def _marked(label: str) -> str:
    return f"\u200f{text(label)}\u200e"


def _bdi(pairs: Pairs) -> str:
    rows = (f'<tr><th scope="row">{_marked(label)}</th><td><bdi>{text(v)}</bdi></td></tr>' for label, v in pairs)
    return f"<table>{''.join(rows)}</table>"


def _with_zero_width(pairs: Pairs) -> str:
    rows = (f"<li><b>{_zero_width(label)}</b> \u200b{text(value)}</li>" for label, value in pairs)
    return f"<ul>{''.join(rows)}</ul>"


# --- tables of rows ---------------------------------------------------------------------------------------------


def _cards(form: str, around: str = "{}", card: str = '<div class="card">{}</div>') -> Callable[..., str]:
    """Each row a card of its own, the name of the column before each cell."""

    def printed(header: Sequence[str], rows: Rows, links: Links) -> str:
        boxes = (
            card.format(
                "".join(form.format(text(n), tables.linked(v, links)) for n, v in zip(header, row, strict=True))
            )
            for row in rows
        )
        return around.format("".join(boxes))

    return printed


def _names_in_attributes(header: Sequence[str], rows: Rows, links: Links) -> str:
    """No row of names: a style sheet prints them before each cell."""
    form = '<td data-label="{}">{}</td>'
    cells = _cards(form, card="<tr>{}</tr>")
    body = cells(header, rows, links)
    return f'<table class="stack"><tbody>{body}</tbody></table>'


def _data_tables(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A table that a script made searchable: what to show above it, what is shown below it, the names once more."""
    head = "".join(f'<th class="sorting" tabindex="0" aria-sort="none">{text(n)}</th>' for n in header)
    body = tables.rows_of(rows, links, '<tr class="odd">{}</tr>')
    return (
        '<div class="dataTables_wrapper"><div class="dataTables_length"><label>Show <select><option>10</option>'
        '<option>All</option></select> entries</label></div><div class="dataTables_filter"><label>Search:<input '
        f'type="search"></label></div><table class="dataTable"><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        f"<tfoot><tr>{head}</tr></tfoot></table>"
        f'<div class="dataTables_info" role="status">Showing 1 to {len(rows)} of {len(rows)} entries</div>'
        '<div class="dataTables_paginate"><a class="disabled">Previous</a><span><a class="current">1</a></span>'
        '<a class="disabled">Next</a></div></div>'
    )


def _head_apart(header: Sequence[str], rows: Rows, links: Links) -> str:
    """The names in a table of their own, so that they stay while the rows are scrolled."""
    head = "".join(f"<th>{text(name)}</th>" for name in header)
    return (
        f'<div class="scroll-head"><table><thead><tr>{head}</tr></thead></table></div>'
        f'<div class="scroll-body"><table><tbody>{tables.rows_of(rows, links)}</tbody></table></div>'
    )


def _rows_of_groups(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A row over all columns for each country, the other columns under it."""
    if len(header) != 4:
        return tables.with_thead(header, rows, links)
    body = ""
    for first, members in groupby(rows, key=lambda row: row[0]):
        body += f'<tr class="group"><th colspan="3" scope="rowgroup">{text(first)}</th></tr>'
        body += tables.rows_of([row[1:] for row in members], links)
    head = "".join(f"<th>{text(name)}</th>" for name in header[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _twice(header: Sequence[str], rows: Rows, links: Links) -> str:
    """A table for wide screens and cards for small ones."""
    cards = _cards('<div class="flex"><span>{}</span><span>{}</span></div>')(header, rows, links)
    table = tables.with_thead(header, rows, links)
    return f'<div class="hidden md:block">{table}</div><div class="md:hidden">{cards}</div>'


def _role_grid(header: Sequence[str], rows: Rows, links: Links) -> str:
    head = "".join(f'<div role="columnheader" aria-colindex="{n}">{text(h)}</div>' for n, h in enumerate(header, 1))
    body = tables.rows_of(rows, links, '<div role="row">{}</div>', '<div role="gridcell">{}</div>')
    return f'<div role="grid" aria-rowcount="{len(rows) + 1}"><div role="row">{head}</div>{body}</div>'


def _outcomes_named_by_heading(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Outcomes as cards: the measure is the heading, the type a badge, and only the rest has names."""
    if len(header) != 5:
        return tables.with_thead(header, rows, links)
    return "".join(
        f'<article class="outcome"><span class="badge">{text(row[0])}</span><h4>{text(row[1])}</h4><dl>'
        + "".join(f"<dt>{text(n)}</dt><dd>{text(v)}</dd>" for n, v in zip(header[2:], row[2:], strict=True))
        + "</dl></article>"
        for row in rows
    )


def _details_of_rows(header: Sequence[str], rows: Rows, links: Links) -> str:
    """Each row is opened by a click on its first cell."""
    return "".join(
        f"<details><summary>{text(header[0])}: {tables.linked(row[0], links)}</summary><dl>"
        + "".join(
            f"<dt>{text(n)}</dt><dd>{tables.linked(v, links)}</dd>" for n, v in zip(header[1:], row[1:], strict=True)
        )
        + "</dl></details>"
        for row in rows
    )


def _foot_first(header: Sequence[str], rows: Rows, links: Links) -> str:
    """As HTML 4 wants it: the foot before the body."""
    head = "".join(f"<th>{text(name)}</th>" for name in header)
    foot = f'<tfoot><tr><td colspan="{len(header)}">Printed from the registry</td></tr></tfoot>'
    return f"<table><thead><tr>{head}</tr></thead>{foot}<tbody>{tables.rows_of(rows, links)}</tbody></table>"


# --- names ------------------------------------------------------------------------------------------------------


def _joined(names: Sequence[str]) -> str:
    return f"<p>{', '.join(map(text, names))}</p>"


def _in_pre(lines: Sequence[str]) -> str:
    return "\n".join(["<pre>", *map(text, lines), "</pre>"])


# --- whole pages ------------------------------------------------------------------------------------------------


def _body(parts: Parts) -> str:
    return "\n".join(content for _, content in parts)


def _wordpress(frame: Frame, parts: Parts) -> str:
    menu = '<ul id="menu-main"><li class="menu-item"><a href="/">Home</a></li><li><a href="/b">Blog</a></li></ul>'
    newest = "".join(f'<li><a href="{escape(link)}">{escape(title)}</a></li>' for link, title in frame.newest)
    widgets = (
        '<div id="secondary" class="widget-area"><section class="widget widget_search"><form><label><span class="'
        'screen-reader-text">Search for:</span><input type="search"></label></form></section><section class="widget">'
        f'<h2 class="widget-title">Recent Posts</h2><ul>{newest}</ul></section></div>'
    )
    comments = (
        '<div id="respond"><h3 id="reply-title">Leave a Reply</h3><form><p>Your email address will not be published. '
        'Required fields are marked *</p><p><label for="comment">Comment *</label><textarea id="comment"></textarea>'
        '</p><p><label for="email">Email *</label><input id="email"></p></form></div>'
    )
    article = f'<article class="post hentry"><div class="entry-content">{_body(parts)}</div></article>'
    return frames.page(
        frame,
        f'<div id="page"><div id="masthead">{menu}</div><div id="primary">{article}{comments}</div>{widgets}</div>',
    )


def _in_noframes(frame: Frame, parts: Parts) -> str:
    return (
        f"<HTML><HEAD><TITLE>{escape(frame.title)}</TITLE></HEAD>\n<FRAMESET COLS='150,*'><FRAME SRC='menu.htm'>"
        f"<FRAME SRC='trial.htm'>\n<NOFRAMES><BODY BGCOLOR=white><CENTER><FONT SIZE=2>{_body(parts)}</FONT></CENTER>"
        "</BODY></NOFRAMES></FRAMESET></HTML>"
    )


def _tabs_name_panels(frame: Frame, parts: Parts) -> str:
    """The heading of a panel is the tab that opens it, and stands nowhere else."""
    tabs = "".join(
        f'<button role="tab" id="tab-{n}" aria-controls="panel-{n}">{escape(heading)}</button>'
        for n, (heading, _) in enumerate(parts)
    )
    panels = "".join(
        f'<div role="tabpanel" id="panel-{n}" aria-labelledby="tab-{n}"{" hidden" * bool(n)}>{content}</div>'
        for n, (_, content) in enumerate(parts)
    )
    return frames.page(frame, f'<main><div role="tablist">{tabs}</div>{panels}</main>')


def _printed(frame: Frame, parts: Parts) -> str:
    """As a script prepares it for printing: a running head and a running foot at each break."""
    number = count(1)
    sheets = "".join(
        f'<div class="sheet"><div class="running-head">{escape(frame.title)}</div>{content}'
        f'<div class="running-foot">Page {next(number)} of {len(parts)}</div></div>'
        for _, content in parts
    )
    return frames.page(frame, sheets)


def _right_to_left(frame: Frame, parts: Parts) -> str:
    return frames.page(frame, f'<div dir="rtl" lang="ar"><div dir="ltr" class="ltr">{_body(parts)}</div></div>')


def _web_forms(frame: Frame, parts: Parts) -> str:
    state = '<input type="hidden" name="__VIEWSTATE" value="/wEPDwUKMTY1NDU2MTA1MmRk">'
    return frames.page(frame, f'<form method="post" action="./trial.aspx" id="aspnetForm">{state}{_body(parts)}</form>')


MIRRORS: dict[str, Markup] = {
    # --- style sheets of today ---
    "bootstrap-tiles": Markup(
        "real",
        lambda heading, content: (
            f'<section class="mb-5"><h3 class="h5">{text(heading)}</h3><div>{content}</div></section>'
        ),
        pieces.pairs_of(
            '<div class="col"><div class="card h-100"><div class="card-body"><h6 class="card-subtitle">{}</h6>'
            '<p class="card-text">{}</p></div></div></div>',
            '<div class="row row-cols-1 row-cols-md-3 g-4">{}</div>',
        ),
        _cards('<li class="list-group-item"><strong>{}</strong> {}</li>', card='<ul class="list-group mb-3">{}</ul>'),
        names=pieces.badges,
        interventions=_LI,
        frame=frames.bootstrap,
    ),
    "tailwind-description-grid": Markup(
        "real",
        lambda heading, content: (
            f'<div class="overflow-hidden bg-white shadow"><div class="px-4 py-6"><h3 class="text-base font-semibold">'
            f'{text(heading)}</h3><p class="mt-1 text-sm"></p></div><div class="border-t">{content}</div></div>'
        ),
        pieces.pairs_of(
            '<div class="px-4 py-6 sm:col-span-1 sm:px-0"><dt class="text-sm font-medium">{}</dt>'
            '<dd class="mt-1 text-sm sm:mt-2">{}</dd></div>',
            '<dl class="grid grid-cols-1 sm:grid-cols-2">{}</dl>',
        ),
        _twice,
        names=lambda names: f'<ul role="list">{"".join(f"<li>{text(name)}</li>" for name in names)}</ul>',
        interventions=_LI,
    ),
    "material-list-of-two-lines": Markup(
        "real",
        lambda heading, content: (
            f'<div class="MuiPaper-root"><h6 class="MuiTypography-root MuiTypography-h6">{text(heading)}</h6>'
            f"{content}<hr class=MuiDivider-root></div>"
        ),
        pieces.pairs_of(
            '<li class="MuiListItem-root"><div class="MuiListItemText-root"><span class="MuiTypography-body1">{}</span>'
            '<p class="MuiTypography-body2">{}</p></div></li>',
            '<ul class="MuiList-root">{}</ul>',
        ),
        _role_grid,
        names=lambda names: "".join(
            f'<div class="MuiChip-root"><span class="MuiChip-label">{text(name)}</span></div>' for name in names
        ),
        interventions=_DIVS,
    ),
    "govuk-summary-list": Markup(
        "real",
        lambda heading, content: f'<h2 class="govuk-heading-m">{text(heading)}</h2>{content}',
        pieces.pairs_of(
            '<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">{0}</dt>'
            '<dd class="govuk-summary-list__value">{1}</dd><dd class="govuk-summary-list__actions"><a href="#">Explain'
            '<span class="govuk-visually-hidden"> {0}</span></a></dd></div>',
            '<dl class="govuk-summary-list">{}</dl>',
        ),
        tables.row_headers,
        interventions=_LI,
    ),
    "lightning-elements": Markup(
        "real",
        lambda heading, content: (
            f'<lightning-accordion-section><h3 class="slds-accordion__summary-heading"><button type="button">'
            f'<lightning-icon></lightning-icon><span class="slds-truncate">{text(heading)}</span></button></h3>'
            f'<div class="slds-accordion__content"><slot>{content}</slot></div></lightning-accordion-section>'
        ),
        pieces.pairs_of(
            '<div class="slds-form-element"><span class="slds-form-element__label">{}</span><div class="'
            'slds-form-element__control"><lightning-formatted-text>{}</lightning-formatted-text></div></div>'
        ),
        interventions=_LI,
    ),
    # --- content systems ---
    "wordpress-block-tables": Markup(
        "real",
        lambda heading, content: f'<h2 class="wp-block-heading">{text(heading)}</h2>\n{content}',
        pieces.pairs_of(
            "<tr><td><strong>{}</strong></td><td>{}</td></tr>",
            '<figure class="wp-block-table is-style-stripes"><table class="has-fixed-layout"><tbody>{}</tbody></table>'
            "<figcaption>Source: registry</figcaption></figure>",
        ),
        _data_tables,
        interventions=_LI,
        frame=_wordpress,
    ),
    "elementor-icon-lists": Markup(
        "real",
        lambda heading, content: (
            '<div class="elementor-widget elementor-widget-heading"><div class="elementor-widget-container"><h2 class="'
            f'elementor-heading-title">{text(heading)}</h2></div></div><div class="elementor-widget"><div class="'
            f'elementor-widget-container">{content}</div></div>'
        ),
        pieces.pairs_of(
            '<li class="elementor-icon-list-item"><span class="elementor-icon-list-icon"><i class="fas fa-check"></i>'
            '</span><span class="elementor-icon-list-text">{}: {}</span></li>',
            '<ul class="elementor-icon-list-items">{}</ul>',
        ),
        interventions=_LI,
        frame=_wordpress,
    ),
    "web-forms": Markup(
        "real",
        lambda heading, content: (
            f'<fieldset><legend><span id="ctl00_lblTitle">{text(heading)}</span></legend>{content}</fieldset>'
        ),
        _with_ids(
            '<tr><td class="lbl"><span id="ctl00_lbl_{0}">{1}:</span>&nbsp;</td><td><span id="ctl00_val_{0}">{2}</span>'
            "</td></tr>",
            "<table border=0 style='border-collapse:collapse;'>{}</table>",
        ),
        _head_apart,
        interventions=_LI,
        frame=_web_forms,
    ),
    # --- names by attributes, roles and forms ---
    "labelled-by-ids": Markup(
        "real",
        lambda heading, content: (
            f'<section aria-labelledby="h-{pieces.slug(heading)}"><div role="heading" aria-level="2" '
            f'id="h-{pieces.slug(heading)}">{text(heading)}</div>{content}</section>'
        ),
        _with_ids(
            '<div class="field"><span class="name" id="l-{0}">{1}</span><span class="value" aria-labelledby="l-{0}">{2}'
            "</span></div>"
        ),
        _role_grid,
        names=pieces.role_list,
        interventions=_DIVS,
    ),
    "labels-for-outputs": Markup(
        "real",
        lambda heading, content: (
            f'<div role="group"><h2 role="heading" aria-level="3">{text(heading)}</h2><form>{content}</form></div>'
        ),
        _with_ids('<div class="form-row"><label for="o-{0}">{1}</label><output id="o-{0}">{2}</output></div>'),
        _details_of_rows,
        interventions=_LI,
    ),
    "labels-for-inputs": Markup(
        "real", lambda heading, content: f"<h4>{text(heading)}</h4>{content}", _inputs_beside, interventions=_LI
    ),
    "tabs-name-panels": Markup("real", lambda _, content: content, interventions=_LI, frame=_tabs_name_panels),
    "table-of-attributes": Markup("real", table=_names_in_attributes, interventions=_LI),
    "microdata-values": Markup(
        "real",
        lambda heading, content: f'<article itemscope><h2 itemprop="name">{text(heading)}</h2>{content}</article>',
        pieces.pairs_of(
            '<tr itemprop="property" itemscope><th itemprop="name">{}</th><td><meta itemprop="unit" content="n/a">'
            '<data itemprop="value" value="x">{}</data></td></tr>',
            "<table>{}</table>",
        ),
        _cards(
            '<p itemprop="property" itemscope><span itemprop="name">{}</span>: <span itemprop="value">{}</span></p>',
            card="<section itemscope>{}</section>",
        ),
        interventions=_LI,
    ),
    # --- parts that open and close ---
    "scripted-accordion": Markup(
        "real",
        lambda heading, content: (
            f'<h3 class="ui-header" role="tab"><span class="ui-icon"></span><a href="#">{text(heading)}</a></h3>'
            f'<div class="ui-content" role="tabpanel" style="display: none;" aria-hidden="true">{content}</div>'
        ),
        _dd_for_each_line,
        _details_of_rows,
        interventions=_LI,
    ),
    "details-in-details": Markup(
        "real",
        lambda heading, content: (
            f"<details><summary><h3>{text(heading)}</h3></summary><div class=inner>{content}</div></details>"
        ),
        pieces.pairs_of("<details open><summary>{}</summary><p>{}</p></details>"),
        interventions=_LI,
    ),
    # --- cards and groups in place of rows ---
    "outcomes-by-heading": Markup("real", table=_outcomes_named_by_heading, interventions=_LI),
    "outcome-cards": Markup(
        "real",
        pairs=_between_comments,
        table=_cards(
            '<div class="card-row"><span class="card-label">{}</span><span class="card-value">{}</span></div>',
            '<div class="cards">{}</div>',
            '<div class="card shadow"><div class="card-body">{}</div></div>',
        ),
        interventions=_LI,
    ),
    "countries-span-the-table": Markup("real", table=_rows_of_groups, interventions=_LI),
    "joined-by-commas": Markup("real", names=_joined, interventions=_LI),
    # --- print and old sites ---
    "print-sheets": Markup(
        "real",
        lambda heading, content: f'<p class="print-title"><strong>{text(heading)}</strong></p>{content}',
        pieces.pairs_of("<tr><td>{}</td><td>{}</td></tr>", '<table border="1" width="100%">{}</table>'),
        _foot_first,
        interventions=_LI,
        frame=_printed,
    ),
    "noframes": Markup(
        "real",
        lambda heading, content: (
            f"<CENTER><FONT SIZE=4 COLOR=#800000><B>{text(heading)}</B></FONT></CENTER>\n{content}<HR>"
        ),
        pieces.pairs_of("<TR><TH ALIGN=LEFT>{}<TD>{}", "<TABLE BORDER CELLPADDING=2>{}</TABLE>"),
        tables.uppercase,
        pieces.ended_by("<P>"),
        pieces.ended_by("<BR>"),
        pieces.interventions_as("<LI><B>{}:</B> {}<BR>{}", "<UL>{}</UL>"),
        _in_noframes,
    ),
    "table-for-each-pair": Markup(
        "real",
        lambda heading, content: (
            '<table width="100%" border="0" bgcolor="#336699"><tr><td><table width="100%" bgcolor="#ffffff">'
            f'<tr><td align="center"><font size="4"><b>{text(heading)}</b></font></td></tr>{_SPACER}'
            f"<tr><td>{content}</td></tr></table></td></tr></table><br>"
        ),
        pieces.pairs_of(
            '<table width="100%" cellspacing="0"><tr><td width="30%"><font size="2"><b>{}</b></font></td>'
            f'<td><font size="2">{{}}</font></td></tr>{_SPACER}</table>'
        ),
        tables.header_in_td,
        pieces.each_in("p"),
        pieces.ended_by("<br>"),
        _LI,
        frames.layout_tables,
    ),
    "compact-lists-1996": Markup(
        "real",
        lambda heading, content: f"<H3><A NAME=x><FONT COLOR=RED>{text(heading)}</FONT></A></H3>{content}",
        pieces.pairs_of("<DT><STRONG>{}:</STRONG>\n<DD>{}\n", "<DL COMPACT>\n{}</DL>"),
        tables.no_end_tags,
        lambda lines: "".join(f"<P ALIGN=JUSTIFY>{text(line)}\n" for line in lines),
        lambda names: f"<OL>{''.join(f'<LI>{text(name)}' for name in names)}</OL>",
        pieces.interventions_as("<DT>{}:<DD>{}<DD>{}", "<DL>{}</DL>"),
        frames.no_end_tags,
    ),
    # --- characters ---
    "right-to-left-wrapper": Markup(
        "real",
        lambda heading, content: f"<h2><bdo dir=ltr>{_marked(heading)}</bdo></h2>{content}",
        _bdi,
        interventions=_LI,
        frame=_right_to_left,
    ),
    "zero-width-labels": Markup(
        "real",
        lambda heading, content: f"<h2>{_zero_width(heading)}</h2>{content}",
        _with_zero_width,
        lambda header, rows, links: tables.with_thead([f"{name}\u200b" for name in header], rows, links),
        interventions=_LI,
    ),
    # --- plain boxes ---
    "slots-of-cards": Markup(
        "bare",
        lambda heading, content: (
            f'<trial-card><template shadowrootmode="open"><style>:host{{display:block}}</style><div class="title">'
            f"{text(heading)}</div><slot></slot></template><div>{content}</div></trial-card>"
        ),
        pieces.pairs_of("<trial-key>{}</trial-key><trial-value>{}</trial-value>"),
        tables.components,
        interventions=_DIVS,
    ),
    "lines-in-pre": Markup(
        "bare",
        lambda heading, content: f"<div><strong>{text(heading)}</strong></div>{content}",
        pieces.pairs_of("{}: {}\n", "<pre>{}</pre>"),
        tables.div_rows,
        _in_pre,
        _in_pre,
        _DIVS,
    ),
    "value-over-label": Markup(
        "bare",
        lambda heading, content: f'<div class="section-title">{text(heading)}</div>{content}',
        lambda pairs: "".join(
            f'<div class="stat"><div class="value">{text(value)}</div><div class="name">{text(label)}</div></div>'
            for label, value in pairs
        ),
        tables.div_rows,
        pieces.each_in("div"),
        pieces.badges,
        _DIVS,
    ),
    "boxes-with-ids": Markup(
        "bare",
        lambda heading, content: (
            f'<div id="{pieces.slug(heading)}"><div>{text(heading)}</div><div>{content}</div></div>'
        ),
        _with_ids('<div id="k-{0}">{1}</div><div id="v-{0}">{2}</div>'),
        _twice,
        pieces.each_in("div"),
        pieces.each_in("span", "", " "),
        _DIVS,
    ),
}
