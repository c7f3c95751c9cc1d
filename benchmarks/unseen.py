"""Markups that nobody built for, written as strangers write pages: each is a table of functions, as a family is.

`real` markups have tables, lists, headings or roles to go by, `bare` ones only the order and the shape of plain boxes.
A markup must never be changed to be read better: mend the parser instead, or leave it below its target.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks import unseen_frames as frames
from benchmarks import unseen_pieces as pieces
from benchmarks import unseen_tables as tables
from benchmarks.unseen_frames import Parts
from trials.practice.facts import Facts, Pairs, Rows
from trials.practice.frame import Frame
from trials.practice.markup import Links

TARGETS = {"own": 1.0, "real": 0.99, "bare": 0.95}
"""Share of cells that is to be read right, by group; `own` are the families of the practice site."""


_TABLE = pieces.pairs_of("<tr><th>{}</th><td>{}</td></tr>", "<table>{}</table>")
_PARAGRAPHS = pieces.each_in("p")
_UNDER_H3 = pieces.interventions_as("<h3>{}:</h3><p>{}</p><p>{}</p>")


@dataclass(frozen=True, slots=True)
class Markup:
    """How one stranger prints a section, pairs, a table, prose, names, interventions, and the page around them."""

    group: str
    section: Callable[[str, str], str] = pieces.under_h2
    pairs: Callable[[Pairs], str] = _TABLE
    table: Callable[[Sequence[str], Rows, Links], str] = tables.with_thead
    prose: Callable[[Sequence[str]], str] = _PARAGRAPHS
    names: Callable[[Sequence[str]], str] = pieces.in_list
    interventions: Callable[[Rows], str] = _UNDER_H3
    frame: Callable[[Frame, Parts], str] = frames.plain
    citations: Callable[[Sequence[str]], str] = pieces.in_list

    def page(self, frame: Frame, facts: Facts) -> str:
        """Return a details page."""
        return self.frame(frame, [(heading, self.section(heading, content)) for heading, content in self._parts(facts)])

    def _parts(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if facts.condition:
            acronym = f" — {facts.acronym}" if facts.acronym else ""
            title = self.pairs([("Official title", facts.official_title)]) if facts.official_title else ""
            yield f"{facts.condition} Clinical Trial{acronym}", title
        yield f"Clinical Trial Details — Status: {facts.status}", ""
        yield "Administrative data", self.pairs(facts.administrative)
        yield "Study information", self.pairs(facts.information)
        yield "Clinical Trial Summary", self.prose(facts.summary.split("\n"))
        if facts.description is not None:
            yield "Description:", self.prose(facts.description.split("\n"))
        yield "Recruitment information / eligibility", self.pairs(facts.recruitment)
        yield "Study Design", self.pairs(facts.design) if facts.design else ""
        if facts.conditions:
            yield "Related Conditions & MeSH terms", self.names(facts.conditions)
        yield "Intervention", self.interventions(facts.interventions)
        yield "Locations", self.table(facts.headers["Locations"], facts.locations, {})
        sponsors = sum(1 for row in facts.sponsors for name in row if name)
        yield f"Sponsors ({sponsors})", self.table(facts.headers["Sponsors"], facts.sponsors, {})
        yield "Country where clinical trial is conducted", self.names(facts.countries)
        if facts.references:
            yield "References", self.citations(facts.references)
        yield "Outcome", self.table(facts.headers["Outcome"], facts.outcomes, {})
        yield "See also", self.table(facts.headers["See also"], facts.related, facts.links)


_LI = pieces.interventions_as("<li><strong>{}:</strong> {}<br>{}</li>", "<ul>{}</ul>")
_LINES = pieces.interventions_as("<p>{}:</p><p>{}</p><p>{}</p>")
_DIVS = pieces.interventions_as("<div><div>{}:</div><div>{}</div><div>{}</div></div>")
_ROWS = pieces.interventions_as(
    "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
    "<table><tr><th>Type</th><th>Name</th><th>Description</th></tr>{}</table>",
)
_FONT = '<font face="Arial" size="2">{}</font>'

MARKUPS: dict[str, Markup] = {
    # --- tables ---
    "one-big-table": Markup(
        "real",
        pieces.rows_under_colspan,
        pieces.pairs_of("<tr><td>{}</td><td>{}</td></tr>"),
        frame=frames.in_one_table,
    ),
    "rowspan-section-column": Markup(
        "real",
        pieces.rows_beside_rowspan,
        pieces.pairs_of("<tr><td>{}</td><td>{}</td></tr>"),
        frame=frames.in_one_table,
    ),
    "four-column-table": Markup("real", pairs=pieces.two_pairs_a_row, interventions=_ROWS),
    "label-colon-value-cells": Markup(
        "real",
        pairs=pieces.pairs_of("<tr><td>{}</td><td>:</td><td>{}</td></tr>", '<table class="info">{}</table>'),
        table=tables.numbered,
        interventions=_LINES,
    ),
    "field-value-header": Markup(
        "real",
        pairs=pieces.pairs_of(
            '<tr><td class="name">{}</td><td class="value">{}</td></tr>',
            "<table><thead><tr><th>Field</th><th>Value</th></tr></thead><tbody>{}</tbody></table>",
        ),
        table=tables.two_header_rows,
    ),
    "header-row-of-labels": Markup(
        "real", pairs=pieces.header_over_values, table=tables.transposed, interventions=_ROWS
    ),
    "label-row-over-value-row": Markup(
        "real",
        pairs=pieces.pairs_of("<tr><td class=l>{}</td></tr><tr><td class=v>{}</td></tr>", "<table>{}</table>"),
        table=tables.merged_cells,
    ),
    "captions": Markup("real", pieces.under_caption, table=tables.sorted_by_script, interventions=_ROWS),
    "uppercase-1997": Markup(
        "real",
        lambda heading, content: (
            f"<P><FONT SIZE=+1 COLOR=#003366><B>{pieces.text(heading)}</B></FONT><BR>\n{content}<HR>"
        ),
        pieces.pairs_of("<TR><TD ALIGN=RIGHT><B>{}</B><TD>{}", "<TABLE BORDER=0>{}</TABLE>"),
        tables.uppercase,
        pieces.ended_by("<P>"),
        pieces.ended_by("<BR>"),
        pieces.interventions_as("<P><I>{}:</I><BR>{}<BR>{}"),
        frames.uppercase,
    ),
    "nested-layout-tables": Markup(
        "real",
        lambda heading, content: (
            f'<table width="100%" cellpadding="3"><tr><td bgcolor="#ccddee"><font face="Arial" size="3"><b>'
            f"{pieces.text(heading)}</b></font></td></tr><tr><td>{content}</td></tr></table>"
        ),
        pieces.pairs_of(
            f'<tr><td width="180" nowrap>{_FONT}</td><td>{_FONT}</td></tr>',
            '<table width="100%"><tr><td><table width="100%" border="0">{}</table></td></tr></table>',
        ),
        tables.header_in_td,
        pieces.each_in("font", ' size="2"', "<br>"),
        pieces.ended_by("<br>"),
        _LI,
        frames.layout_tables,
    ),
    "xhtml-strict": Markup(
        "real",
        lambda heading, content: f'<div class="section"><h3><a name="s"></a>{pieces.text(heading)}</h3>{content}</div>',
        pieces.pairs_of('<tr class="odd"><td class="l">{}:</td><td>{}</td></tr>', "<table><tbody>{}</tbody></table>"),
        frame=frames.xhtml,
        interventions=pieces.interventions_as("<dl><dt>{}:</dt><dd>{}</dd><dd>{}</dd></dl>"),
    ),
    "no-end-tags": Markup(
        "real",
        lambda heading, content: f"<h2>{pieces.text(heading)}</h2>{content}",
        pieces.pairs_of("<dt>{}<dd>{}", "<dl>{}</dl>"),
        tables.no_end_tags,
        lambda lines: "".join(f"<p>{pieces.text(line)}" for line in lines),
        lambda names: f"<ul>{''.join(f'<li>{pieces.text(name)}' for name in names)}</ul>",
        pieces.interventions_as("<dt>{}:<dd>{}<dd>{}", "<dl>{}</dl>"),
        frames.no_end_tags,
    ),
    # --- lists and headings ---
    "accordion-details": Markup(
        "real",
        lambda heading, content: (
            f"<details open><summary>{pieces.text(heading)}</summary><div>{content}</div></details>"
        ),
        pieces.pairs_of("<dt>{}</dt><dd>{}</dd>", "<dl>{}</dl>"),
        tables.as_cards,
        interventions=_LI,
    ),
    "bootstrap-cards": Markup(
        "real",
        pieces.card,
        pieces.pairs_of(
            '<li class="list-group-item d-flex justify-content-between">'
            '<span class="fw-bold">{}</span><span>{}</span></li>',
            '<ul class="list-group list-group-flush">{}</ul>',
        ),
        tables.responsive,
        names=pieces.badges,
        interventions=pieces.interventions_as(
            '<div class="media"><h6>{}:</h6><div class="media-body"><strong>{}</strong>'
            '<p class="small">{}</p></div></div>'
        ),
        frame=frames.bootstrap,
    ),
    "bootstrap-accordion": Markup(
        "real",
        lambda heading, content: (
            f'<div class="accordion-item"><h2 class="accordion-header"><button class="accordion-button" type="button" '
            f'aria-expanded="true">{pieces.text(heading)}</button></h2><div class="accordion-collapse collapse">'
            f'<div class="accordion-body">{content}</div></div></div>'
        ),
        pieces.pairs_of('<dt class="col-sm-3">{}</dt><dd class="col-sm-9">{}</dd>', '<dl class="row">{}</dl>'),
        tables.with_data_labels,
        frame=frames.bootstrap,
    ),
    "hidden-tab-panels": Markup(
        "real",
        lambda heading, content: (
            f'<div role="tabpanel" class="tab-pane" style="display:none"><h3>{pieces.text(heading)}</h3>{content}</div>'
        ),
        pieces.pairs_of("<p><strong>{}</strong><br>{}</p>"),
        tables.grouped,
        frame=frames.with_tab_bar,
    ),
    "fieldsets-and-outputs": Markup(
        "real",
        lambda heading, content: f"<fieldset><legend>{pieces.text(heading)}</legend>{content}</fieldset>",
        pieces.pairs_of('<p><label>{}</label> <output class="v">{}</output></p>'),
    ),
    "form-inputs": Markup(
        "real",
        lambda heading, content: f"<fieldset><legend>{pieces.text(heading)}</legend>{content}</fieldset>",
        pieces.inputs,
    ),
    "aria-labelled-sections": Markup(
        "real",
        lambda heading, content: f'<section aria-label="{pieces.text(heading)}">{content}</section>',
        pieces.pairs_of("<tr><th scope=row>{}</th><td>{}</td></tr>", "<table>{}</table>"),
    ),
    "microdata": Markup(
        "real",
        lambda heading, content: (
            f'<section itemscope><h2 itemprop="headline">{pieces.text(heading)}</h2>{content}</section>'
        ),
        pieces.pairs_of(
            '<div itemprop="additionalProperty" itemscope itemtype="https://schema.org/PropertyValue">'
            '<span itemprop="name">{}</span>: <span itemprop="value">{}</span></div>'
        ),
        tables.as_nested_lists,
        interventions=_LI,
    ),
    "headings-as-labels": Markup(
        "real",
        pairs=pieces.pairs_of("<h4>{}</h4><p>{}</p>"),
        interventions=_LINES,
        frame=frames.with_contents,
    ),
    "term-of-terms": Markup(
        "real",
        lambda heading, content: f"<dl><dt>{pieces.text(heading)}</dt><dd>{content}</dd></dl>",
        pieces.pairs_of("<dt>{}</dt><dd>{}</dd>", "<dl>{}</dl>"),
        tables.as_spans_in_list,
        interventions=_LINES,
    ),
    "icons-and-tooltips": Markup(
        "real",
        pieces.with_anchor_sign,
        pieces.pairs_of(
            '<dt><i class="fa fa-info" aria-hidden="true"></i> {} <abbr title="What does this mean?">?</abbr></dt>'
            "<dd>{}</dd>",
            "<dl>{}</dl>",
        ),
        tables.sorted_by_script,
    ),
    "read-more-and-copy": Markup(
        "real",
        pairs=pieces.with_buttons,
        prose=pieces.read_more,
        frame=frames.busy,
    ),
    "bold-colon-lines": Markup(
        "real",
        lambda heading, content: f"<p><b><u>{pieces.text(heading)}</u></b></p>{content}",
        pieces.pairs_of("<b>{}</b>: {}<br>", "<p>{}</p>"),
        interventions=pieces.interventions_as("<p><b>{}:</b><br>{}<br>{}</p>"),
        frame=frames.busy,
    ),
    "typed-values": Markup("real", pairs=pieces.typed_values, table=tables.with_actions, frame=frames.busy),
    "comments-and-breaks": Markup(
        "real",
        pairs=pieces.with_comments,
        table=tables.with_comments,
        interventions=_LI,
    ),
    "soft-hyphens-everywhere": Markup(
        "real",
        pairs=pieces.hyphenated,
        interventions=pieces.interventions_as("<dl><dt>{}:</dt><dd>{}</dd><dd>{}</dd></dl>"),
    ),
    # --- bare boxes ---
    "css-grid-siblings": Markup(
        "bare",
        lambda heading, content: f'<div class="h">{pieces.text(heading)}</div>{content}',
        pieces.pairs_of("<div>{}</div><div>{}</div>", '<div class="grid2">{}</div>'),
        tables.flat_grid,
        pieces.each_in("div"),
        pieces.each_in("div"),
        _DIVS,
    ),
    "tailwind": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="bg-white shadow sm:rounded-lg mb-6"><div class="px-4 py-5"><div class="text-lg leading-6">'
            f'{pieces.text(heading)}</div></div><div class="border-t border-gray-200">{content}</div></div>'
        ),
        pieces.pairs_of(
            '<div class="sm:grid sm:grid-cols-3 py-4"><div class="text-sm font-medium text-gray-500">{}</div>'
            '<div class="mt-1 text-sm sm:col-span-2">{}</div></div>'
        ),
        tables.div_rows,
        pieces.each_in("div", ' class="prose"'),
        pieces.badges,
        _DIVS,
    ),
    "three-wrappers-deep": Markup(
        "bare",
        lambda heading, content: (
            f"<div><div><div><span>{pieces.text(heading)}</span></div></div><div><div>{content}</div></div></div>"
        ),
        pieces.pairs_of(
            "<div><div><div><span>{}</span></div></div><div><div><div>{}</div></div></div></div>", "<div>{}</div>"
        ),
        tables.deep_rows,
        pieces.each_in("div"),
        pieces.each_in("div"),
        _DIVS,
    ),
    "inline-spans": Markup(
        "bare",
        lambda heading, content: f'<span class="t">{pieces.text(heading)}</span><div>{content}</div>',
        pieces.pairs_of("<div><span>{}</span><span>{}</span></div>"),
        tables.div_rows,
        pieces.each_in("div"),
        pieces.each_in("span", "", ", "),
        _DIVS,
    ),
    "label-value-in-one-text": Markup(
        "bare",
        lambda heading, content: f"<div><b>{pieces.text(heading)}</b></div>{content}",
        pieces.pairs_of("{}: {}<br>", "<div>{}</div>"),
        interventions=_LINES,
    ),
    "component-slots": Markup(
        "bare",
        lambda heading, content: (
            f'<trial-section><span slot="title">{pieces.text(heading)}</span>{content}</trial-section>'
        ),
        pieces.pairs_of('<trial-field><span slot="label">{}</span><span slot="value">{}</span></trial-field>'),
        tables.components,
    ),
    "component-attributes": Markup(
        "bare",
        lambda heading, content: f'<trial-section title="{pieces.text(heading)}">{content}</trial-section>',
        pieces.pairs_of('<trial-field label="{}">{}</trial-field>'),
        tables.components,
    ),
    "preformatted": Markup(
        "bare",
        lambda heading, content: f"\n<b>{pieces.text(heading)}</b>\n{content}\n",
        pieces.dotted_lines,
        frame=frames.preformatted,
        prose=lambda lines: "\n".join(map(pieces.text, lines)),
        names=lambda names: "\n".join(map(pieces.text, names)),
        interventions=pieces.interventions_as("{}:\n{}\n{}\n"),
    ),
    "busy-divs": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="block"><div class="block__title">{pieces.text(heading)}</div>{content}</div>'
        ),
        pieces.pairs_of('<div class="item"><div class="item__k">{}:</div><div class="item__v">{}</div></div>'),
        tables.as_cards,
        pieces.each_in("div"),
        pieces.badges,
        _DIVS,
        frames.busy,
    ),
}
