"""Plain tables: rows of cells that stand for themselves, cut out of a page's markup without taking it apart.

Markup is that of lexbor's one form: every end tag is there, `<`, `>` and `&` in text are references.
"""

import re
from collections.abc import Iterator, Sequence

from parsers.nodes import SHORT
from parsers.outline import TABLE_COLUMNS, heading_section, one_line
from registry.labels import SECTIONS
from registry.wording import fold, label_key

HEADINGS = [heading for section in SECTIONS for heading in section.headings]
ID_LABEL = fold("NCT number")
_OPENING = 4  # characters by which most texts are told to be no heading
_OPENING_IN_MARKUP = re.compile(
    rf">\s*(?:{'|'.join(re.escape(heading[:_OPENING]) for heading in HEADINGS)}|&nbsp;|[^\x00-\x7f])", re.IGNORECASE
)
_LONG = 1000  # characters of markup that a heading may take
_NOT_PLAIN = ("span=", "<!--", "<caption", "<script", "<style", "<template", "<pre", "<colgroup", "<svg")
_ATTRIBUTES = re.compile(r"<(t(?:[dhr]|body|head|foot)) [^>]*>")
_ANY_TAG = re.compile(r"<[^>]*>")
_CELL_END = re.compile(r"</?t[dhr]\b")


def plain_rows(inner: str) -> list[list[str]] | None:
    """Return the cells of each row, as markup, of a table that holds only rows of cells of equal standing, else None."""
    if any(sign in inner for sign in _NOT_PLAIN):
        return None
    flat = _ATTRIBUTES.sub(r"<\1>", inner)
    for tag in ("</td>", "</th>", "<tbody>", "</tbody>", "<thead>", "</thead>", "<tfoot>", "</tfoot>"):
        flat = flat.replace(tag, "")
    before, *printed = flat.replace("<th>", "<td>").split("<tr>")
    rows = []
    for row in printed:
        content, _, after = row.partition("</tr>")
        edge, *cells = content.split("<td>")
        if cells:
            rows.append(cells)
        if (after and not after.isspace()) or (edge and not edge.isspace()):
            return None
    return None if before.strip() else rows


def holds_heading(rows: Sequence[Sequence[str]], inner: str) -> bool:
    """Whether a cell of a plain table reads like a heading, so that it must be taken apart."""
    is_header = bool(rows) and _are_columns(rows[0])
    start = inner.find("</tr>") if is_header else 0
    return any(
        heading_section(one_line(unescaped(text)))
        for match in _OPENING_IN_MARKUP.finditer(inner, start)
        for text in _texts_from(inner, match.start() + 1)
    )


def _are_columns(cells: Sequence[str]) -> bool:
    """Whether at least two texts are names of columns of one section, and none is another."""
    keys = [label_key(unescaped(_ANY_TAG.sub("", cell))) for cell in cells]
    return len(keys) > 1 and any(all(key in columns for key in keys) for columns in TABLE_COLUMNS)


def _texts_from(inner: str, begin: int) -> Iterator[str]:
    """Yield the run of text that begins there, and all text from there to the end of its cell, if they are short."""
    run = inner[begin : inner.find("<", begin)]
    cell = _ANY_TAG.sub("", _CELL_END.split(inner[begin : begin + _LONG], maxsplit=1)[0])
    return (text for text in (run, cell) if len(text) < 2 * SHORT)


def is_id_label(text: str) -> bool:
    """Whether a text begins with the label of a trial's id."""
    return fold(text[:SHORT]).startswith(ID_LABEL)


def unescaped(text: str) -> str:
    """Return text as it stands between the tags: these are all the references that lexbor writes."""
    if "&" not in text:
        return text
    for reference, char in (("&nbsp;", "\u00a0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(reference, char)
    return text
