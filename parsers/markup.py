"""HTML → `Outline`, by headings and labels, never by this site's class names.

It knows families of markup: tables (of pairs, under header cells, or for layout), definition lists, grids, and pairs of
any other elements or runs of text: side by side in a row, or one after the other. What bounds a value is its row, else
the next label. What is shaped like the labels around it is a label too, known or not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from parsers.grids import read_definitions, read_table, take_grid
from parsers.headings import Candidate, choose
from parsers.nodes import HEADINGS, Node, first_link, is_frame, is_menu, lines, unwrap
from parsers.outline import SEPARATORS, TABLE_COLUMNS, Outline, characters, heading_section, one_line
from parsers.pairs import Siblings, take_pair
from parsers.tree import build, parse_html
from registry.errors import PageError, Reason
from registry.labels import MESH_SUBHEADING, PAGE_HEADING, REFERENCES, Layout
from registry.vocabularies import code
from registry.wording import fold

_END = re.compile(r"</html\s*>", re.IGNORECASE)
_AFTER_END = re.compile(r"\s|<!--.*?-->|<(script|noscript)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_MANY_HIDDEN = 3  # sections that only a script or comment holds; fewer may be left out by the site that way
_AROUND_CELLS = frozenset({"#root", "html", "body", "table", "thead", "tbody", "tfoot", "tr"})  # never a heading itself


def read_html(text: str) -> Outline:
    """Return the outline of an HTML page; PageError if it breaks a limit."""
    root = parse_html(text)
    page = Outline(complete=_is_complete(text))
    page.title = _head_text(root, "//title/text()")
    page.base = _head_text(root, "//base/@href")
    page.canonical = _head_text(root, "//link[@rel='canonical']/@href")
    body, hidden = build(root)
    headings = _mark_headings(body)
    if len(hidden) >= _MANY_HIDDEN and hidden.isdisjoint(str(node.heading) for node in headings):
        raise PageError(
            Reason.INCOMPLETE_PAGE,
            f"{len(hidden)} of its sections stand in a script or comment never closed. Fetch or save the page again.",
        )
    _mark_ids(body)
    _Reader(page, _common_styles(headings), _content(headings)).read(body)
    return page


def _is_complete(text: str) -> bool:
    """Whether the page ends in `</html>`, but for comments and scripts that servers append."""
    end = _END.search(text)
    return end is not None and not _AFTER_END.sub("", text[end.end() :])


def _head_text(root: etree._Element, path: str) -> str | None:
    found = root.xpath(path)
    text = one_line(str(found[0])).strip() if isinstance(found, list) and found else ""
    return text or None


# --- which texts are headings -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Alike:
    """A node that reads like the heading of `section`, and where its text stands among all the text."""

    node: Node
    section: str
    start: int
    end: int


def _mark_headings(body: Node) -> list[Node]:
    """Mark the headings in the tree with their sections, and return them in the order of the page."""
    found: list[_Alike] = []
    _find_alike(body, 0, found)
    begin_after = [row.start for row in found[1:]] + [-1]
    chosen = choose(
        [
            Candidate(row.section, row.node.style, row.node.marked, row.end == begin)
            for row, begin in zip(found, begin_after, strict=False)
        ]
    )
    for place in chosen:
        node = found[place].node
        node.heading = found[place].section
        for above in (node, *_above(node)):
            above.holds = True
    return [found[place].node for place in chosen]


def _find_alike(node: Node, position: int, found: list[_Alike]) -> int:
    """Collect the outermost nodes that read like headings; return the position after the text of `node`."""
    section = heading_section(node.short) if node.short and node.tag not in _AROUND_CELLS else None
    if section:
        end = position + characters(node.short or "")
        if not _is_menu_entry(node) and not _is_column_name(node):
            found.append(_Alike(node, section, position, end))
        return end
    if node.tag == "#text":
        return position + characters(node.text)
    for child in node.children:
        position = _find_alike(child, position, found)
    return position


def _is_menu_entry(node: Node) -> bool:
    """Whether the text is a link outside a heading element: an entry of a menu or of a table of contents."""
    chain = [node, *node.alone_inside()]
    return any(inner.link for inner in chain) and not any(inner.tag in HEADINGS for inner in chain)


def _is_column_name(node: Node) -> bool:
    """Whether it stands among names of columns: Outcome has a column Description, and a section is called so."""
    if node.parent is None or not any(fold(node.short or "") in columns for columns in TABLE_COLUMNS):
        return False
    row = node.parent.children
    place = row.index(node)
    beside = {fold(other.short or "") for other in (*row[max(0, place - 1) : place], *row[place + 1 : place + 2])}
    return any(fold(node.short or "") in columns and beside & columns for columns in TABLE_COLUMNS)


def _common_styles(headings: Sequence[Node]) -> frozenset[str]:
    """Return the styles that mark a heading even where its text is not known."""
    styles = [node.style for node in headings if node.marked]
    return frozenset(style for style in styles if styles.count(style) > 1 and (style in HEADINGS or style[-1] != "."))


# --- where the content is ---------------------------------------------------------------------------------------


def _mark_ids(body: Node) -> None:
    stack = [body]
    while stack:
        node = stack.pop()
        if node.tag == "#text" and node.short and fold(node.short).startswith("nct number"):
            for above in (node, *_above(node)):
                above.has_id = True
        stack.extend(node.children)


def _content(headings: Sequence[Node]) -> Node | None:
    """Return the smallest element around all headings but the page's own, which may stand in its frame."""
    inside = [node for node in headings if node.heading != PAGE_HEADING] or list(headings)
    if not inside:
        return None
    shared = list(_above(inside[0]))
    for node in inside[1:]:
        above = set(map(id, _above(node)))
        shared = [candidate for candidate in shared if id(candidate) in above]
    return shared[0]


def _above(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node


# --- reading it -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """Walks the tree and adds what stands there to the outline, until the content is read."""

    page: Outline
    heading_styles: frozenset[str]
    content: Node | None
    done: bool = False

    def read(self, node: Node) -> None:
        """Add what stands in `node`, in its order."""
        siblings = Siblings(node.children)
        line: list[Node] = []
        place = 0
        while place < len(node.children) and not self.done:
            unit = node.children[place]
            taken = 0 if line else take_grid(node.children, place, self.page) or take_pair(siblings, place, self.page)
            if not taken and not is_menu(unit) and not self._is_contents_entry(unit):
                if is_frame(unit) and len(self.page.parts) > 1:  # before the first heading a title may stand in it
                    self.page.leave(lines([unit]))
                elif unit.block or unit.holds or unit.tag == "br":
                    self._end_line(line)
                    self._read_block(unit)
                else:
                    line.append(unit)
            place += max(taken, 1)
        self._end_line(line)
        self.done = self.done or node is self.content

    def _is_contents_entry(self, unit: Node) -> bool:
        """Whether it links to a section of the page by its heading."""
        in_page = (first_link([unit]) or "").startswith("#")
        return in_page and not unit.holds and heading_section(unit.short or "") is not None

    def _end_line(self, line: list[Node]) -> None:
        are_names = self.page.here.layout is Layout.NAMES and self.page.here.name != REFERENCES
        for nodes in _names(line) if are_names else [line]:
            for text in lines(nodes):
                if self.page.here.layout is Layout.TABLE:
                    self.page.add_line_of_table(text, first_link(nodes))
                else:
                    self.page.add_line(text)
        line.clear()

    def _read_block(self, unit: Node) -> None:
        if unit.heading or self._is_unknown_heading(unit):
            self.page.open(unit.heading, unit.short or "")
        elif unit.tag == "table":
            read_table(unit, self.page, self.read)
        elif unit.tag == "dl":
            read_definitions(unit, self.page, self.read)
        else:
            self.read(unit)
        if self.content is not None and (self.content is unit or unit in _above(self.content)):
            self.done = True

    def _is_unknown_heading(self, unit: Node) -> bool:
        """Whether it looks as the known headings do, and is none of the subheadings inside a section."""
        if not unit.short or unit.holds or len(self.page.parts) == 1 or unit.style not in self.heading_styles:
            return False
        if self.page.here.layout is Layout.GROUPS:
            return code("intervention_type", unit.short) is None
        return fold(unit.short) != fold(MESH_SUBHEADING)


def _names(line: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Yield the nodes of each name where elements bound them: links in a row, say, with separators between."""
    if len(line) == 1 and line[0].tag != "#text":
        line = unwrap(line[0]).children or line
    elements = [place for place, node in enumerate(line) if node.tag != "#text"]
    shapes = {(line[place].tag, line[place].classes) for place in elements}
    if len(elements) < 2 or len(shapes) > 1 or any(node.text.strip(SEPARATORS) for node in line):
        yield line
        return
    for start, end in zip(elements, [*elements[1:], len(line)], strict=True):
        yield line[0 if start == elements[0] else start : end]
