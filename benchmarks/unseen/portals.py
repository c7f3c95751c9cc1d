"""Markups as portals of 2026 would print the same records.

How they came about: written on 2026-11-30 in one go, after a look at the other files of this folder and before any look
at the parser. No page of a real portal stood beside them, and whoever wrote them had read what kinds of markup were
wished for. They were measured before anything was mended for them; what was seen then stands in docs/decisions.md.
"""

from html import escape

from benchmarks.unseen import frames, pieces, portal_tables, tables
from benchmarks.unseen import portal_pieces as portal
from benchmarks.unseen.frames import Parts
from benchmarks.unseen.markup import Markup
from benchmarks.unseen.pieces import text
from trials.practice.frame import Frame

_LI = pieces.interventions_as("<li><strong>{}:</strong> {}<br>{}</li>", "<ul>{}</ul>")

# --- whole pages ------------------------------------------------------------------------------------------------


def _body(parts: Parts) -> str:
    return "\n".join(content for _, content in parts)


def _next(frame: Frame, parts: Parts) -> str:
    """Server-rendered: a skip link, a header that sticks, streamed boundaries, scripts with the data once more."""
    top = (
        '<a class="sr-only" href="#content">Skip to content</a><header class="sticky top-0"><a href="/">Trials</a>'
        '<button aria-label="Toggle theme"></button></header>'
    )
    body = "".join(f"<!--$-->{content}<!--/$-->" for _, content in parts)
    data = portal.streamed_script(_body(parts))
    return frames.page(frame, f'<div id="__next">{top}<main id="content">{body}</main></div>{data}')


def _print_view(frame: Frame, parts: Parts) -> str:
    head = '<div class="noprint"><a href="javascript:print()">Print</a> | <a href="javascript:close()">Close</a></div>'
    return frames.page(
        frame,
        f"{head}<p><small>Printed on 30 November 2026 from {escape(frame.canonical)}</small></p>"
        f"{''.join(f'<div style={chr(34)}page-break-inside:avoid{chr(34)}>{c}</div>' for _, c in parts)}<hr>"
        "<p><small>This print view was made by the portal. No guarantee.</small></p>",
    )


def _theme(frame: Frame, parts: Parts) -> str:
    """A theme with the meta line of a post, sharing, an author, and related posts."""
    meta = (
        '<div class="entry-meta"><span class="posted-on">Posted on <time datetime="2026-11-01">November 1, 2026</time>'
        '</span> <span class="byline">by <a href="/author/admin">admin</a></span></div>'
    )
    related = "".join(f'<li><a href="{escape(link)}">{escape(title)}</a></li>' for link, title in frame.newest)
    after = (
        '<div class="sharedaddy"><h3 class="sd-title">Share this:</h3><ul><li><a>Facebook</a></li><li><a>X</a></li>'
        '</ul></div><div class="author-box"><h4>About the author</h4><p>The editors of this site.</p></div>'
        f'<div class="yarpp"><h3>You may also like</h3><ol>{related}</ol></div>'
    )
    content = f'<article class="post"><div class="entry-content">{_body(parts)}</div></article>'
    return frames.page(frame, f'<div class="site"><div class="site-content">{meta}{content}{after}</div></div>')


def _medical_trial(frame: Frame, parts: Parts) -> str:
    return frames.page(
        frame, f'<div itemscope itemtype="https://schema.org/MedicalTrial"><main>{_body(parts)}</main></div>'
    )


def _counted(heading: str, content: str) -> str:
    """The number of entries in a badge beside the heading."""
    count = content.count("border-bottom") or content.count("<li>")
    badge = f' <span class="badge rounded-pill text-bg-secondary">{count}</span>' if count else ""
    return (
        f'<div class="accordion-item"><h2 class="accordion-header"><button class="accordion-button collapsed" '
        f'type="button" data-bs-toggle="collapse" aria-expanded="false">{text(heading)}{badge}</button></h2>'
        f'<div class="accordion-collapse collapse"><div class="accordion-body">{content}</div></div></div>'
    )


PORTALS: dict[str, Markup] = {
    # --- frameworks of today ---
    "next-streamed-cards": Markup(
        "real",
        lambda heading, content: (
            f'<section id="{pieces.slug(heading)}" class="scroll-mt-24 space-y-4"><h2 class="text-2xl tracking-tight">'
            f"{text(heading)}<!-- --></h2>{content}</section>"
        ),
        portal.with_blanks(
            '<div class="flex flex-col"><p class="text-sm text-muted-foreground">{}</p><p class="font-medium">{}</p>'
            "</div>",
            "—",
            '<div class="grid gap-4 md:grid-cols-2">{}</div>',
        ),
        portal_tables.outcome_articles,
        names=portal.pills,
        interventions=pieces.interventions_as(
            '<div class="rounded-xl border p-6"><p class="text-sm text-muted-foreground">{}:</p><h4>{}</h4><p>{}</p>'
            "</div>"
        ),
        frame=_next,
    ),
    "ant-descriptions": Markup(
        "real",
        lambda heading, content: (
            f'<div class="ant-descriptions"><div class="ant-descriptions-header"><h3 class="ant-descriptions-title">'
            f"{text(heading)}</h3></div>{content}</div>"
        ),
        portal.ant_descriptions,
        portal_tables.ant_table,
        names=pieces.each_in("span", ' class="ant-tag"'),
        interventions=pieces.interventions_as(
            '<li class="ant-list-item"><div class="ant-list-item-meta-content"><h4 class="ant-list-item-meta-title">'
            '{}: {}</h4><div class="ant-list-item-meta-description">{}</div></div></li>',
            '<ul class="ant-list-items">{}</ul>',
        ),
    ),
    "vuetify-mobile-table": Markup(
        "real",
        lambda heading, content: (
            f'<div class="v-card"><div class="v-card-item"><h2 class="v-card-title">{text(heading)}</h2></div>'
            f'<div class="v-card-text">{content}</div></div>'
        ),
        portal.unit_after_value(
            '<div class="v-list-item"><div class="v-list-item__content"><div class="v-list-item-title">{}</div>'
            '<div class="v-list-item-subtitle">{}</div></div></div>',
            '<div class="v-list">{}</div>',
        ),
        portal_tables.title_over_value_cells,
        names=pieces.badges,
        interventions=_LI,
    ),
    "bootstrap-flush-accordion": Markup(
        "real",
        _counted,
        pieces.pairs_of(
            '<div class="row py-2"><div class="col-md-4 fw-semibold">{}</div><div class="col-md-8">{}</div></div>'
        ),
        portal_tables.bootstrap_rows,
        names=pieces.in_list,
        interventions=pieces.interventions_as(
            '<div class="card"><div class="card-header">{}:</div><div class="card-body"><h5>{}</h5><p>{}</p></div>'
            "</div>"
        ),
        frame=frames.bootstrap,
    ),
    "tailwind-soup": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="mb-8"><div class="text-2xl font-bold">{text(heading)}</div><div class="mt-4">{content}</div>'
            "</div>"
        ),
        portal.with_blanks(
            '<div class="grid grid-cols-12 gap-4"><span class="col-span-4 text-gray-500">{}</span>'
            '<div class="col-span-8"><div class="prose"><p>{}</p></div></div></div>',
            '<span class="text-gray-400">-</span>',
        ),
        lambda header, rows, links: "".join(
            '<div class="rounded border p-4">'
            + portal_tables.named('<div><span class="mr-2">{}:</span><span>{}</span></div>', header, row, links)
            + "</div>"
            for row in rows
        ),
        pieces.each_in("div", ' class="leading-7"'),
        pieces.badges,
        pieces.interventions_as(
            '<div class="rounded border p-4"><span class="rounded bg-blue-100">{}:</span><div class="font-medium">{}'
            '</div><div class="text-sm">{}</div></div>'
        ),
    ),
    # --- lists ---
    "nested-definition-lists": Markup(
        "real",
        lambda heading, content: f'<section class="record"><h3>{text(heading)}</h3>{content}</section>',
        pieces.pairs_of("<div><dt>{}</dt><dd><p>{}</p></dd></div>", "<dl>{}</dl>"),
        portal_tables.terms_under_terms,
        names=lambda names: f"<dl>{''.join(f'<dd>{text(name)}</dd>' for name in names)}</dl>",
        interventions=pieces.interventions_as(
            "<dt>{}:</dt><dd><dl><dt>{}</dt><dd>{}</dd></dl></dd>", '<dl class="interventions">{}</dl>'
        ),
    ),
    "nested-criteria-lists": Markup(
        "real", pairs=portal.nested_criteria, table=portal_tables.nested_lists, interventions=_LI
    ),
    "numbered-outcomes": Markup(
        "real",
        lambda heading, content: f"<h3>{text(heading)}</h3>{content}<hr>",
        pieces.pairs_of("<li><b>{}</b>: <span>{}</span></li>", '<ul class="plain">{}</ul>'),
        portal_tables.numbered_outcomes,
        interventions=_LI,
    ),
    # --- tables ---
    "rowspan-for-lines": Markup(
        "real",
        lambda heading, content: f'<div class="panel"><h4 class="panel-title">{text(heading)}</h4>{content}</div>',
        portal.row_for_each_line,
        tables.merged_cells,
        interventions=portal.with_arms,
    ),
    "four-labels-over-values": Markup("real", pairs=portal.four_over_four, table=tables.responsive, interventions=_LI),
    "unit-column": Markup(
        "real", pairs=portal.with_unit_column, table=portal_tables.body_for_each_country, interventions=portal.with_arms
    ),
    # --- print, content systems ---
    "print-view": Markup(
        "real",
        lambda heading, content: f"<h2>{text(heading)}</h2>{content}",
        pieces.pairs_of("<p><b>{}:</b> {}</p>"),
        portal_tables.bold_runs("<p>{}</p>", " "),
        interventions=pieces.interventions_as("<p><b>{}:</b> {}</p><p>{}</p>"),
        frame=_print_view,
    ),
    "wordpress-theme": Markup(
        "real",
        lambda heading, content: f'<h3 class="widget-title"><span>{text(heading)}</span></h3>\n{content}',
        portal.with_blanks(
            '<div class="acf-field"><span class="acf-label">{}</span>\n<div class="acf-value">{}</div></div>\n',
            "<em>Not provided</em>",
        ),
        portal_tables.press_table,
        interventions=_LI,
        frame=_theme,
    ),
    "one-paragraph": Markup(
        "real",
        lambda heading, content: f"<h3>{text(heading)}</h3>{content}",
        pieces.pairs_of("<b>{}</b> {}<br>\n", "<p>{}</p>"),
        portal_tables.bold_runs("<p>{}</p>", "<br>"),
        names=portal.by_semicolons,
        interventions=pieces.interventions_as("<p><b>{}:</b> {}<br>{}</p>"),
    ),
    # --- roles, microdata, parts that open ---
    "tree-grids": Markup(
        "real",
        lambda heading, content: (
            f'<div role="region" aria-label="{text(heading)}"><div role="heading" aria-level="2">{text(heading)}</div>'
            f"{content}</div>"
        ),
        pieces.pairs_of(
            '<div role="row"><div role="rowheader">{}</div><div role="gridcell">{}</div></div>',
            '<div role="grid"><div role="row"><div role="columnheader">Property</div><div role="columnheader">Value'
            "</div></div>{}</div>",
        ),
        portal_tables.tree_grid,
        names=pieces.role_list,
        interventions=_LI,
    ),
    "medical-trial-properties": Markup(
        "real",
        lambda heading, content: f'<section><h2 itemprop="alternateName">{text(heading)}</h2>{content}</section>',
        portal.with_properties,
        portal_tables.outcomes_open,
        names=lambda names: f"<ul>{''.join(f'<li itemprop=x><span>{text(name)}</span></li>' for name in names)}</ul>",
        interventions=_LI,
        frame=_medical_trial,
    ),
}
