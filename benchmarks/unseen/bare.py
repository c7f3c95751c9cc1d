"""Markups with little to go by but the order and the shape of plain boxes."""

from benchmarks.unseen import frames, pieces, tables
from benchmarks.unseen.markup import Markup

_LINES = pieces.interventions_as("<p>{}:</p><p>{}</p><p>{}</p>")
_DIVS = pieces.interventions_as("<div><div>{}:</div><div>{}</div><div>{}</div></div>")

BARE: dict[str, Markup] = {
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
    "preformatted-colons": Markup(
        "bare",
        lambda heading, content: f"\n<b>{pieces.text(heading)}</b>\n\n{content}\n",
        pieces.pairs_of("{}: {}\n"),
        frame=frames.preformatted,
        prose=lambda lines: "\n".join(map(pieces.text, lines)),
        names=lambda names: "\n".join(map(pieces.text, names)),
        interventions=pieces.interventions_as("{}:\n{}\n{}\n\n"),
        citations=lambda names: "\n".join(map(pieces.text, names)),
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
    "react-native-web": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="css-1dbjc4n"><div dir="auto" class="css-901oao r-b88u0q">{pieces.text(heading)}</div>'
            f'<div class="css-1dbjc4n">{content}</div></div>'
        ),
        pieces.pairs_of(
            '<div class="css-1dbjc4n r-18u37iz">'
            '<div class="css-1dbjc4n"><div dir="auto" class="css-901oao">{}</div></div>'
            '<div class="css-1dbjc4n"><div dir="auto" class="css-901oao">{}</div></div></div>'
        ),
        tables.deep_rows,
        pieces.each_in("div", ' dir="auto"'),
        pieces.each_in("div", ' dir="auto"'),
        _DIVS,
    ),
    "absolute-lines": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="t" style="left:72px;font-size:16px">{pieces.text(heading)}</div>\n{content}'
        ),
        pieces.pairs_of('<div class="t" style="left:72px">{}</div>\n<div class="t" style="left:240px">{}</div>\n'),
        tables.absolute_cells,
        pieces.each_in("div", ' class="t"'),
        pieces.each_in("div", ' class="t"'),
        pieces.interventions_as('<div class="t">{}:</div>\n<div class="t">{}</div>\n<div class="t">{}</div>\n'),
        citations=pieces.each_in("div", ' class="t"'),
    ),
    "labels-left-values-right": Markup(
        "bare",
        lambda heading, content: f'<div class="h">{pieces.text(heading)}</div><div class="flex">{content}</div>',
        pieces.two_columns,
        tables.div_rows,
        pieces.each_in("div"),
        pieces.each_in("div"),
        _DIVS,
    ),
    "paragraph-each": Markup(
        "bare",
        lambda heading, content: f'<p class="h">{pieces.text(heading)}</p>{content}',
        pieces.pairs_of("<p>{}</p><p>{}</p>"),
        interventions=pieces.interventions_as("<p>{}:</p><p>{}</p><p>{}</p>"),
        names=pieces.each_in("p"),
        citations=pieces.each_in("p"),
    ),
    "lines-in-turn": Markup(
        "bare",
        lambda heading, content: f"<b>{pieces.text(heading)}</b><br>{content}<br>",
        pieces.pairs_of("{}<br>{}<br><br>"),
        interventions=pieces.interventions_as("{}:<br>{}<br>{}<br><br>"),
        prose=pieces.ended_by("<br>"),
        names=pieces.ended_by("<br>"),
        citations=pieces.ended_by("<br>"),
    ),
    "css-table": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="heading">{pieces.text(heading)}</div><div class="section">{content}</div>'
        ),
        pieces.pairs_of(
            '<div style="display:table-row"><span style="display:table-cell">{}</span>'
            '<span style="display:table-cell">{}</span></div>',
            '<div style="display:table">{}</div>',
        ),
        tables.css_table,
        pieces.each_in("div"),
        pieces.each_in("div"),
        _DIVS,
    ),
    "dividers-and-icons": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="title"><svg></svg>{pieces.text(heading)}</div>{content}<div class="gap"></div>'
        ),
        pieces.pairs_of('<div>{}</div><div></div><div>{}</div><hr class="divider">', "<div>{}</div>"),
        tables.linked_rows,
        pieces.each_in("div"),
        pieces.each_in("div"),
        _DIVS,
    ),
    "spans-and-breaks": Markup(
        "bare",
        lambda heading, content: f'<span class="hd">{pieces.text(heading)}</span><br>{content}<br>',
        pieces.pairs_of("<span>{}:</span>&nbsp;<span>{}</span><br>"),
        tables.div_rows,
        pieces.ended_by("<br>"),
        pieces.ended_by("<br>"),
        pieces.interventions_as("<span>{}:</span><br><span>{}</span><br><span>{}</span><br>"),
    ),
    "buttons-as-headings": Markup(
        "bare",
        lambda heading, content: (
            f'<div class="acc"><button class="acc-btn">{pieces.text(heading)}</button>'
            f'<div class="acc-panel">{content}</div></div>'
        ),
        pieces.pairs_of('<div class="kv"><div>{}</div><div>{}</div></div>'),
        tables.div_rows,
        interventions=_DIVS,
    ),
    "one-grid-for-all": Markup(
        "bare",
        lambda heading, content: f'<div class="span-2">{pieces.text(heading)}</div>{content}',
        pieces.pairs_of("<div>{}</div><div>{}</div>"),
        tables.boxed_grid,
        pieces.each_in("div", ' class="span-2"'),
        pieces.each_in("div", ' class="span-2"'),
        pieces.interventions_as(
            '<div class="span-2">{}:</div><div class="span-2">{}</div><div class="span-2">{}</div>'
        ),
        frames.in_one_grid,
    ),
}
