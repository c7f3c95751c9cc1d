"""Sections, pairs, prose and names as strangers print them."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import count

from trials.practice.facts import Pairs, Rows


def text(printed: str) -> str:
    """Return text as HTML, a line break as `<br>`."""
    return escape(printed).replace("\n", "<br>")


# --- sections ---------------------------------------------------------------------------------------------------


def under_h2(heading: str, content: str) -> str:
    return f"<h2>{text(heading)}</h2>{content}"


def card(heading: str, content: str) -> str:
    return (
        f'<div class="card mb-4"><div class="card-header"><h5 class="card-title mb-0">{text(heading)}</h5></div>'
        f'<div class="card-body">{content}</div></div>'
    )


def under_caption(heading: str, content: str) -> str:
    if "<table>" in content:
        return content.replace("<table>", f"<table><caption>{text(heading)}</caption>", 1)
    return f"<h3>{text(heading)}</h3>{content}"


def with_anchor_sign(heading: str, content: str) -> str:
    return f'<h2><svg width="16" height="16"><path d="M0 0h16"/></svg> {text(heading)} <a href="#s">¶</a></h2>{content}'


def rows_under_colspan(heading: str, content: str) -> str:
    """Rows of one table of the whole page; what is no row gets one."""
    rows = content if content.startswith("<tr>") else f"<tr><td colspan=2>{content}</td></tr>" if content else ""
    return f"<tr><th colspan=2>{text(heading)}</th></tr>{rows}"


def rows_beside_rowspan(heading: str, content: str) -> str:
    """Rows of one table of the whole page, the heading in a cell beside all of them."""
    rows = content if content.startswith("<tr>") else f"<tr><td colspan=2>{content}</td></tr>"
    number = content.count("<tr>") if content.startswith("<tr>") else 1
    return rows.replace("<tr>", f"<tr><th rowspan={number} valign=top>{text(heading)}</th>", 1)


def with_hint(heading: str, content: str) -> str:
    """A line under the heading of what is no prose says what it is about."""
    hint = "" if content.startswith("<p>") else '<p class="lead">What the registry says about it.</p>'
    return f"<h2>{text(heading)}</h2>{hint}{content}"


def slug(heading: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in heading.lower())


# --- pairs ------------------------------------------------------------------------------------------------------


def pairs_of(form: str, around: str = "{}") -> Callable[[Pairs], str]:
    return lambda pairs: around.format("".join(form.format(text(label), text(value)) for label, value in pairs))


def two_pairs_a_row(pairs: Pairs) -> str:
    cells = [f"<th>{text(label)}</th><td>{text(value)}</td>" for label, value in pairs]
    rows = (f"<tr>{''.join(cells[place : place + 2])}</tr>" for place in range(0, len(cells), 2))
    return f"<table>{''.join(rows)}</table>"


def header_over_values(pairs: Pairs) -> str:
    labels = "".join(f"<th>{text(label)}</th>" for label, _ in pairs)
    values = "".join(f"<td>{text(value)}</td>" for _, value in pairs)
    return f"<table><thead><tr>{labels}</tr></thead><tbody><tr>{values}</tr></tbody></table>"


def inputs(pairs: Pairs) -> str:
    return "".join(
        f"<label>{text(label)} <textarea readonly>{escape(value)}</textarea></label>"
        if "\n" in value
        else f'<label>{text(label)} <input readonly value="{escape(value)}"></label>'
        for label, value in pairs
    )


def with_buttons(pairs: Pairs) -> str:
    def button(label: str) -> str:
        known = {"NCT number": "<button>Copy</button>", "Eligibility": "<button>Read more</button>"}
        return known.get(label, "")

    rows = (f"<dt>{text(label)}</dt><dd>{text(value)} {button(label)}</dd>" for label, value in pairs)
    return f"<dl>{''.join(rows)}</dl>"


def typed_values(pairs: Pairs) -> str:
    """Values inside `time`, links, badges and spans, each as its label suggests."""

    def value_of(label: str, value: str) -> str:
        if "date" in label and value:
            return f'<time datetime="2020-01-01">{text(value)}</time>'
        if label == "Email" and value:
            return f'<a href="mailto:{escape(value)}">{text(value)}</a>'
        if label == "Phone" and value:
            return f'<a href="tel:0">{text(value)}</a>'
        if label in ("Status", "Phase"):
            return f'<span class="badge badge-success">{text(value)}</span>'
        return f"<span>{text(value)}</span>"

    rows = (
        f"<tr><td><label>{text(label)}</label></td><td>{value_of(label, value)}</td></tr>" for label, value in pairs
    )
    return f"<table>{''.join(rows)}</table>"


def with_comments(pairs: Pairs) -> str:
    """As some frameworks print text: comments around and inside it, words cut by `<wbr>`, labels over two lines."""

    def cut(printed: str) -> str:
        half = len(printed) // 2
        return f"<!-- t -->{text(printed[:half])}<!-- /t --><!-- t -->{text(printed[half:])}<!-- /t -->"

    rows = (
        f"<tr><td>{'<br>'.join(map(text, label.split(' ', 1)))}</td><td>{cut(value)}</td></tr>"
        for label, value in pairs
    )
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def hyphenated(pairs: Pairs) -> str:
    """Soft hyphens and no-break spaces in the labels, `<wbr>` after them."""

    def soft(label: str) -> str:
        words = (f"{word[:4]}&shy;{word[4:]}" if len(word) > 6 else word for word in map(text, label.split()))
        return "&nbsp;".join(words)

    rows = (f"<dt>{soft(label)}<wbr></dt><dd>{text(value)}</dd>" for label, value in pairs)
    return f"<dl>{''.join(rows)}</dl>"


def dotted_lines(pairs: Pairs) -> str:
    """`Label ........ value`, as printed by a terminal; further lines of a value are indented."""
    return "\n".join(
        f"{text(label):.<32} {escape(value).replace(chr(10), chr(10) + ' ' * 33)}" for label, value in pairs
    )


def two_columns(pairs: Pairs) -> str:
    """All labels in one box, all values in the next."""
    labels = "".join(f"<div>{text(label)}</div>" for label, _ in pairs)
    values = "".join(f"<div>{text(value) or '&nbsp;'}</div>" for _, value in pairs)
    return f'<div class="w-1/3">{labels}</div><div class="w-2/3">{values}</div>'


def with_blank_cells(pairs: Pairs) -> str:
    """A no-break space where there is no value."""
    rows = (f"<tr><td><b>{text(label)}</b></td><td>{text(value) or '&nbsp;'}</td></tr>" for label, value in pairs)
    return f"<table border=1>{''.join(rows)}</table>"


def with_nested_lists(pairs: Pairs) -> str:
    """A value of many lines: those that end in a colon as headings, the others as lists."""

    def value_of(value: str) -> str:
        lines = value.split("\n")
        if len(lines) == 1:
            return text(value)
        return "".join(f"<h5>{text(x)}</h5>" if x.endswith(":") else f"<ul><li>{text(x)}</li></ul>" for x in lines)

    rows = (f"<dt>{text(label)}</dt><dd>{value_of(value)}</dd>" for label, value in pairs)
    return f"<dl>{''.join(rows)}</dl>"


def with_preformatted(pairs: Pairs) -> str:
    rows = (
        f"<tr><th>{text(label)}</th><td>{f'<pre>{escape(value)}</pre>' if chr(10) in value else text(value)}</td></tr>"
        for label, value in pairs
    )
    return f"<table>{''.join(rows)}</table>"


# --- prose, names, interventions --------------------------------------------------------------------------------


def each_in(tag: str, attributes: str = "", between: str = "") -> Callable[[Sequence[str]], str]:
    return lambda lines: between.join(f"<{tag}{attributes}>{text(line)}</{tag}>" for line in lines)


def ended_by(tag: str) -> Callable[[Sequence[str]], str]:
    return lambda lines: "".join(f"{text(line)}{tag}\n" for line in lines)


def in_list(names: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{text(name)}</li>' for name in names)}</ul>"


def field_items(names: Sequence[str]) -> str:
    items = (f'<div class="field__item"><a href="/t">{text(name)}</a></div>' for name in names)
    return f'<div class="field__items">{"".join(items)}</div>'


def role_list(names: Sequence[str]) -> str:
    return f'<div role="list">{"".join(f"<div role=listitem>{text(name)}</div>" for name in names)}</div>'


def badges(names: Sequence[str]) -> str:
    links = (f'<a class="badge bg-secondary" href="/{place}/">{text(name)}</a>' for place, name in zip(count(), names))
    return f'<div class="tags">{" ".join(links)}</div>'


def read_more(lines: Sequence[str]) -> str:
    first, *others = lines
    more = f'<div class="more" hidden>{"".join(f"<p>{text(line)}</p>" for line in others)}</div>' if others else ""
    return f'<p>{text(first)}</p>{more}<button type="button">Read more</button>'


def interventions_as(form: str, around: str = "{}") -> Callable[[Rows], str]:
    return lambda rows: around.format("".join(form.format(*map(text, row)) for row in rows))
