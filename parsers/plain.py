"""Plain tables: rows of cells that stand for themselves, cut out of a page's markup without taking it apart.

Markup is that of lexbor's one form: every end tag is there, `<`, `>` and `&` in text are references.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from parsers.elements import unescaped
from parsers.outline import TABLE_COLUMNS
from parsers.texts import one_line
from registry.labels import ID_KEY, SECTIONS
from registry.wording import label_key

HEADINGS = [heading for section in SECTIONS for heading in section.headings]
OPENING = 4  # characters by which most texts are told to be no heading
_OPENINGS = frozenset(
    text[:length].casefold().replace(" ", space)
    for text in (*HEADINGS, ID_KEY)
    for length in range(1, OPENING + 1)
    for space in " \n\t\r"
)
"""The first characters of every heading and of the label of a trial's id, as they are compared."""
_NUMBER = re.compile(r"[0-9]{1,2}[.)]")  # may stand before a heading
_NOT_PLAIN = re.compile(
    "<(?=[bcimnopst])(?:caption|template|pre|colgroup|svg|math|object|select|nav|button|input|textarea)"
)
_NOT_PLAIN_IN_TAGS = (' role="', ' href="#')
_ROW_STARTS = frozenset({"<tr>", " <tr>", "<tr> ", " <tr> "})
_GROUP_TAG = re.compile("</?t(?:body|head|foot)>")
_RUN_STARTS = re.compile(rf">([^<>]{{1,{OPENING}}})")
_FEW = 20  # kinds of start tag
_ANY_TAG = re.compile(r"<[^>]*>")


def plain_rows(inner: str) -> list[list[str]] | None:
    """Return the cells of each row, as markup, of a table that holds only rows of cells of equal standing, else None.

    Runs of white space are folded into one space each; nothing else may stand between rows and between cells.
    """
    bare = _without_attributes(one_line(inner))
    if bare is None:
        return None
    inner = bare.removeprefix("<tbody>").removesuffix("</tbody>")
    if "<tf" in inner:  # the foot comes last, wherever it stands
        return None
    if "<thead" in inner or "<tb" in inner:
        inner = _GROUP_TAG.sub("", inner)
    if "<th>" in inner:
        inner = inner.replace("</th>", "").replace("<th>", "<td>")
    inner = inner.replace("</td>", "")
    rows = []
    *printed, after = inner.split("</tr>")
    for row in printed:
        cells = row.split("<td>")
        if cells.pop(0) not in _ROW_STARTS:
            return None
        rows.append(cells)
    if after and not after.isspace():
        return None
    is_marked = inner.count("<") > 2 * len(rows) + sum(map(len, rows))
    return None if is_marked and _holds_more(inner) else list(filter(None, rows))


def _holds_more(inner: str) -> bool:
    """Whether elements stand in the cells of a table that are more than text with its marks and links."""
    return any(said in inner for said in _NOT_PLAIN_IN_TAGS) or _NOT_PLAIN.search(inner) is not None


def _without_attributes(inner: str) -> str | None:
    """Return the markup without the attributes of rows and cells, None if they make a cell span others."""
    for name in ("td", "th", "tr"):
        for _ in range(_FEW):  # most tables write all their cells alike
            start = inner.find(f"<{name} ")
            if start < 0:
                break
            tag = inner[start : inner.find(">", start) + 1]
            if "span=" in tag:
                return None
            inner = inner.replace(tag, f"<{name}>")
        else:
            return None
    return inner


def landmarks_in(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts in a plain table, below a header, that may be a heading or begin with the label of an id."""
    below = rows[1:] if rows and _are_columns(rows[0]) else rows
    return [one_line(unescaped(text)) for cell in _may_be_landmarks(below) for text in _texts_of(cell)]


def _may_be_landmarks(rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [cell for row in rows for cell in row]
    marked = [cell for cell in cells if "<" in cell]
    if marked and not any(map(may_open, _RUN_STARTS.findall(f">{'>'.join(marked)}"))):  # links to trials, say
        marked = []
    openings = set(filter(may_open, {cell[:OPENING] for cell in cells}))
    return [cell for cell in cells if cell[:OPENING] in openings] + marked if openings else marked


@lru_cache(maxsize=2**14)
def may_open(opening: str) -> bool:
    """Whether the first characters of a text, or of markup, may begin a heading or the label of a trial's id."""
    opening = opening.lstrip().casefold()
    return opening in _OPENINGS or "&" in opening or not opening.isascii() or _NUMBER.match(opening) is not None


def _texts_of(cell: str) -> Iterator[str]:
    """Yield the texts of a cell that may be a heading: its runs, and all of it."""
    if "<" not in cell:
        yield cell
        return
    for run in cell.split(">"):
        if may_open(run[:OPENING]):
            yield run.partition("<")[0]
            yield _ANY_TAG.sub("", cell)


def _are_columns(cells: Sequence[str]) -> bool:
    """Whether at least two texts are names of columns of one section, and none is another."""
    keys = [label_key(unescaped(_ANY_TAG.sub("", cell) if "<" in cell else cell)) for cell in cells]
    return len(keys) > 1 and any(columns.issuperset(keys) for columns in TABLE_COLUMNS)
