"""Pairs and names as the portals of `portals.py` print them."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import groupby

from benchmarks.unseen import pieces
from benchmarks.unseen.pieces import text
from trials.practice.facts import Pairs, Rows

# --- pairs ------------------------------------------------------------------------------------------------------


def with_blanks(form: str, blank: str, around: str = "{}") -> Callable[[Pairs], str]:
    """Pairs with a sign or words in place of a value that is not there."""
    return lambda pairs: around.format("".join(form.format(text(label), text(v) or blank) for label, v in pairs))


def row_for_each_line(pairs: Pairs) -> str:
    """A label beside all rows of its value, each line of which is a row."""

    def rows(label: str, value: str) -> str:
        first, *others = value.split("\n")
        more = "".join(f"<tr><td>{text(line)}</td></tr>" for line in others)
        start = f'<th scope="row" rowspan="{len(others) + 1}">{text(label)}</th>'
        return f"<tr>{start}<td>{text(first)}</td></tr>{more}"

    return f'<table class="specs"><tbody>{"".join(rows(*pair) for pair in pairs)}</tbody></table>'


def four_over_four(pairs: Pairs) -> str:
    """Rows of four labels, each over a row of their values; what is counted has its unit in the label."""

    def block(some: Pairs) -> str:
        labels = "".join(f"<th>{text(label)}{_UNIT.get(label, '')}</th>" for label, _ in some)
        return f"<tr>{labels}</tr><tr>{''.join(f'<td>{text(value)}</td>' for _, value in some)}</tr>"

    return f"<table>{''.join(block(pairs[place : place + 4]) for place in range(0, len(pairs), 4))}</table>"


_UNIT = {"Enrollment": ' <span class="unit">(participants)</span>'}


def with_unit_column(pairs: Pairs) -> str:
    """A third column says the unit of the few values that have one."""
    units = {"Enrollment": "participants"}
    rows = (
        f"<tr><td>{text(label)}</td><td>{text(value)}</td><td>{units.get(label, '') if value else ''}</td></tr>"
        for label, value in pairs
    )
    head = "<thead><tr><th>Field</th><th>Value</th><th>Unit</th></tr></thead>"
    return f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"


def unit_after_value(form: str, around: str) -> Callable[[Pairs], str]:
    """The unit in a box of its own behind the value."""

    def printed(pairs: Pairs) -> Iterator[str]:
        for label, value in pairs:
            unit = " <small>participants</small>" if value and label == "Enrollment" else ""
            yield form.format(text(label), f"<span>{text(value)}</span>{unit}")

    return lambda pairs: around.format("".join(printed(pairs)))


def ant_descriptions(pairs: Pairs) -> str:
    """Two pairs a row; the last one spans what is left."""

    def cell(label: str, value: str, span: int) -> str:
        return (
            f'<th class="ant-descriptions-item-label" colspan="1"><span>{text(label)}</span></th>'
            f'<td class="ant-descriptions-item-content" colspan="{span}"><span>{text(value)}</span></td>'
        )

    rows = ""
    for place in range(0, len(pairs), 2):
        some = pairs[place : place + 2]
        row = "".join(cell(label, value, 1 if len(some) == 2 else 3) for label, value in some)
        rows += f'<tr class="ant-descriptions-row">{row}</tr>'
    return f'<div class="ant-descriptions-view"><table><tbody>{rows}</tbody></table></div>'


def nested_criteria(pairs: Pairs) -> str:
    """Lines under a line that ends in a colon are a list; such a line inside a list has a list of its own."""

    def value_of(value: str) -> str:
        lines = value.split("\n")
        if len(lines) == 1:
            return text(value)
        return "".join(_run(ends, [*some]) for ends, some in groupby(lines, key=lambda line: line.endswith(":")))

    rows = (f"<dt>{text(label)}</dt><dd>{value_of(value)}</dd>" for label, value in pairs)
    return f'<dl class="dl-horizontal">{"".join(rows)}</dl>'


def _run(are_headings: bool, lines: Sequence[str]) -> str:
    if are_headings:
        return "".join(f"<p><strong>{text(line)}</strong></p>" for line in lines)
    first, *others = lines
    inner = f"<ul>{''.join(f'<li><p>{text(line)}</p></li>' for line in others)}</ul>" if others else ""
    return f"<ol><li><p>{text(first)}</p>{inner}</li></ol>"


def with_properties(pairs: Pairs) -> str:
    """Microdata: what machines read stands in `meta` and `link` between what people read."""
    rows = (
        f'<p><b>{text(label)}</b> <span itemprop="{pieces.slug(label)}">{text(value)}</span>'
        f'<meta itemprop="position" content="{place}"><link itemprop="status" href="https://schema.org/EventScheduled">'
        "</p>"
        for place, (label, value) in enumerate(pairs)
    )
    return "".join(rows)


# --- names and interventions ------------------------------------------------------------------------------------


def by_semicolons(names: Sequence[str]) -> str:
    return f"<p>{'; '.join(f'<a href={chr(34)}/t/{pieces.slug(n)}{chr(34)}>{text(n)}</a>' for n in names)}</p>"


def pills(names: Sequence[str]) -> str:
    boxes = (f'<div class="inline-flex items-center rounded-full border">{text(name)}</div>' for name in names)
    return f'<div class="flex flex-wrap gap-2">{"".join(boxes)}</div>'


def with_arms(rows: Rows) -> str:
    """A table that names the arms each intervention belongs to."""
    head = "<tr><th>Type</th><th>Name</th><th>Description</th><th>Arms</th></tr>"
    body = "".join(
        f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}<td>Arm {number}</td></tr>"
        for number, row in enumerate(rows, start=1)
    )
    return f'<table class="arms"><thead>{head}</thead><tbody>{body}</tbody></table>'


def streamed_script(content: str) -> str:
    return f"<script>self.__next_f.push([1,{escape(repr(content[:400]), quote=False)}])</script>"
