"""Markups with tables, lists, headings or roles to go by."""

from benchmarks.unseen import frames, pieces, tables
from benchmarks.unseen.markup import Markup

_LI = pieces.interventions_as("<li><strong>{}:</strong> {}<br>{}</li>", "<ul>{}</ul>")
_LINES = pieces.interventions_as("<p>{}:</p><p>{}</p><p>{}</p>")
_ROWS = pieces.interventions_as(
    "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
    "<table><tr><th>Type</th><th>Name</th><th>Description</th></tr>{}</table>",
)
_FONT = '<font face="Arial" size="2">{}</font>'

REAL: dict[str, Markup] = {
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
    "data-label-attributes": Markup("real", table=tables.with_label_attributes, interventions=_LI),
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
    # --- content systems and frameworks ---
    "drupal-fields": Markup(
        "real",
        lambda heading, content: (
            f'<div class="group-wrapper"><h3><span>{pieces.text(heading)}</span></h3>{content}</div>'
        ),
        pieces.pairs_of(
            '<div class="field field--label-inline clearfix"><div class="field__label">{}</div>'
            '<div class="field__items"><div class="field__item">{}</div></div></div>'
        ),
        tables.with_thead,
        names=pieces.field_items,
        interventions=_LI,
    ),
    "wiki-infobox": Markup(
        "real",
        lambda heading, content: (
            f'<h2><span class="mw-headline">{pieces.text(heading)}</span>'
            f'<span class="mw-editsection">[<a href="/e">edit</a>]</span></h2>{content}'
        ),
        pieces.pairs_of(
            '<tr><th scope="row" class="infobox-label">{}</th><td class="infobox-data">{}</td></tr>',
            '<table class="infobox"><tbody>{}</tbody></table>',
        ),
        tables.header_in_th_of_body,
        interventions=pieces.interventions_as("<ul><li><b>{}:</b><ul><li>{}</li><li>{}</li></ul></li></ul>"),
        frame=frames.with_contents,
    ),
    "word-export": Markup(
        "real",
        lambda heading, content: (
            f"<p class=MsoNormal><b><span lang=EN-US style='font-size:14.0pt'>{pieces.text(heading)}"
            f"<o:p></o:p></span></b></p>{content}"
        ),
        pieces.pairs_of(
            "<tr><td width=200 valign=top><p class=MsoNormal><b><span lang=EN-US>{}<o:p></o:p></span></b></p></td>"
            "<td width=400><p class=MsoNormal><span lang=EN-US>{}<o:p></o:p></span></p></td></tr>",
            "<table class=MsoTableGrid border=1>{}</table>",
        ),
        tables.of_word,
        interventions=_LINES,
    ),
    "angular-material": Markup(
        "real",
        lambda heading, content: (
            f"<mat-card _ngcontent-c1><mat-card-title _ngcontent-c1>{pieces.text(heading)}</mat-card-title>"
            f"<mat-card-content _ngcontent-c1><!---->{content}<!----></mat-card-content></mat-card>"
        ),
        pieces.pairs_of(
            '<mat-list-item role="listitem"><div class="mat-list-item-content"><div class="mat-line">{}</div>'
            '<div class="mat-line">{}</div></div></mat-list-item>',
            '<mat-list role="list">{}</mat-list>',
        ),
        tables.of_material,
        interventions=_LINES,
    ),
    "aria-roles-only": Markup(
        "real",
        lambda heading, content: (
            f'<div role="region"><div role="heading" aria-level="2">{pieces.text(heading)}</div>{content}</div>'
        ),
        pieces.pairs_of('<div role="term">{}</div><div role="definition">{}</div>', "<div>{}</div>"),
        tables.by_roles,
        pieces.each_in("div", ' role="paragraph"'),
        pieces.role_list,
        pieces.interventions_as(
            '<div role="listitem"><div>{}:</div><div>{}</div><div>{}</div></div>', '<div role="list">{}</div>'
        ),
        citations=pieces.role_list,
    ),
    "articles-back-to-top": Markup(
        "real",
        lambda heading, content: (
            f"<article><header><h2>{pieces.text(heading)}</h2></header>{content}"
            f'<footer><a href="#top">Back to top</a></footer></article>'
        ),
        pieces.pairs_of("<p>{}: <strong>{}</strong></p>"),
        interventions=_LI,
    ),
    "numbered-headings": Markup("real", interventions=_LINES, frame=frames.numbered),
    "colon-for-screen-readers": Markup(
        "real",
        pairs=pieces.pairs_of('<dt>{}<span class="visually-hidden">: </span></dt><dd>{}</dd>', "<dl>{}</dl>"),
        table=tables.merged_cells,
    ),
    "other-trials-first": Markup("real", interventions=_LI, frame=frames.other_trials_first),
    "printed-twice": Markup("real", interventions=_LI, frame=frames.printed_twice),
    "indented-source": Markup("real", interventions=_LI, frame=frames.indented),
    "two-sections-side-by-side": Markup("real", interventions=_LI, frame=frames.side_by_side),
    "sites-in-lists-by-country": Markup("real", table=tables.places_in_lists, interventions=_LI),
    "figures": Markup(
        "real",
        lambda heading, content: f"<figure><figcaption>{pieces.text(heading)}</figcaption>{content}</figure>",
        interventions=_LI,
    ),
    "template-copy": Markup("real", interventions=_LI, frame=frames.with_template),
    # --- noise inside and around ---
    "aria-labelledby": Markup(
        "real",
        lambda heading, content: (
            f'<section aria-labelledby="{pieces.slug(heading)}"><p class="title" id="{pieces.slug(heading)}">'
            f"{pieces.text(heading)}</p>{content}</section>"
        ),
        interventions=_LI,
    ),
    "question-marks-after-labels": Markup(
        "real", pairs=pieces.pairs_of('<dt>{} <i class="info">?</i></dt><dd>{}</dd>', "<dl>{}</dl>"), interventions=_LI
    ),
    "labels-linked-to-glossary": Markup(
        "real",
        pairs=pieces.pairs_of('<tr><th><a href="/glossary">{}</a></th><td>{}</td></tr>', "<table>{}</table>"),
        table=tables.reversed_columns,
        interventions=_LI,
    ),
    "contents-after-title": Markup("real", interventions=_LI, frame=frames.contents_after_title),
    "at-a-glance-box": Markup("real", interventions=_LI, frame=frames.at_a_glance),
    "advertisements-between": Markup("real", interventions=_LI, frame=frames.advertisements_between),
    "questions-after": Markup("real", interventions=_LI, frame=frames.questions_after),
    "script-with-everything": Markup("real", interventions=_LI, frame=frames.script_with_everything),
    "in-noscript": Markup("real", interventions=_LI, frame=frames.in_noscript),
    "declarative-shadow-root": Markup("real", interventions=_LI, frame=frames.in_shadow_root),
    "hint-under-heading": Markup("real", pieces.with_hint, interventions=_LI),
    "show-all-row": Markup("real", table=tables.with_show_all, interventions=_LI),
    "header-every-ten-rows": Markup("real", table=tables.header_again, interventions=_LI),
    "row-headers-and-blank-cells": Markup("real", pairs=pieces.with_blank_cells, table=tables.row_headers),
    "criteria-as-lists": Markup("real", pairs=pieces.with_nested_lists, interventions=_LI),
    "criteria-preformatted": Markup("real", pairs=pieces.with_preformatted, interventions=_LI),
    "html-3-lists": Markup(
        "real",
        lambda heading, content: (
            f"<hr><h1 align=center><tt>{pieces.text(heading)}</tt></h1><blockquote>{content}</blockquote>"
        ),
        pieces.pairs_of("<li><i>{}</i> = {}", "<menu>{}</menu>"),
        tables.uppercase,
        pieces.ended_by("<p>"),
        lambda names: f"<dir>{''.join(f'<li>{pieces.text(name)}' for name in names)}</dir>",
        pieces.interventions_as("<li>{}:<br>{}<br>{}", "<dir>{}</dir>"),
        frames.uppercase,
    ),
}
