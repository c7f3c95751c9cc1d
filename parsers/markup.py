"""HTML → `Outline`, by headings and labels, never by this site's class names.

It knows families of markup: tables (of pairs, under header cells, or for layout), definition lists, grids, and pairs of
any other elements or runs of text: side by side in a row, or one after the other. What bounds a value is its row, else
the next label. What is shaped like the labels around it is a label too, known or not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsers.above import is_type
from parsers.bounds import SCRIPT
from parsers.boxes import take_grid
from parsers.elements import LISTS, TEXT
from parsers.entries import take_entry
from parsers.grids import header_here, read_definitions, read_table
from parsers.habits import set_habits_apart
from parsers.head import read_head
from parsers.landmarks import content_path, heading_styles, mark_headings, mark_menus
from parsers.list_rows import take_nested
from parsers.nodes import Node, first_link, is_frame, is_remark, lines, links, text_node, unwrap, whole_text
from parsers.outline import SEPARATORS, Boilerplate, Outline, Paragraph
from parsers.pairs import Siblings, take_pair
from parsers.texts import heading_section, one_line
from parsers.tree import read_tree
from registry.errors import PageError, Reason
from registry.labels import CONDITIONS, OUTCOME, REFERENCES, Layout, subheading
from registry.vocabularies import code

_END = re.compile(r"</html\s*>", re.IGNORECASE)
_AFTER_END = re.compile(r"\s|<!--.*?-->|<(script|noscript)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BARE_COUNT = re.compile(r"\(?[0-9]{1,4}\)?")
_MANY_HIDDEN = 3  # sections that only a script or comment holds; fewer may be left out by the site that way


def read_html(text: str) -> Outline:
    """Return the outline of an HTML page; PageError if it breaks a limit."""
    page = Outline(complete=_is_complete(text))
    page.head = read_head(text)
    page.base, page.canonical = page.head.base, page.head.canonical
    tree = read_tree(text)
    headings = mark_headings(tree)
    if len(tree.hidden) >= _MANY_HIDDEN and tree.hidden.isdisjoint(row.section for row in headings):
        if "<noscript" in text:  # a page made by scripts, and its other form
            return read_html(text.replace("<noscript", "<div").replace("</noscript", "</div"))
        raise PageError(
            Reason.INCOMPLETE_PAGE,
            f"{len(tree.hidden)} of its sections stand in a script or comment that is never closed. Fetch or save the"
            " page again.",
        )
    page.awaits_heading = bool(headings)
    for path in tree.ids:
        for node in path:
            node.has_id = True
    content = content_path(headings)
    menus = mark_menus(tree, content)
    _Reader(page, heading_styles(headings), content, tree.has_contents).read(tree.root)
    set_habits_apart(page)
    page.here.blocks.extend(Boilerplate("menu", text) for text in map(whole_text, menus) if text)
    return page


def _is_complete(text: str) -> bool:
    """Whether the page ends in its first `</html>`, but for comments and scripts that servers append.

    Strings of scripts may hold that tag, too.
    """
    return _ends_with_page(text) or ("<script" in text.lower() and _ends_with_page(SCRIPT.sub("", text)))


def _ends_with_page(text: str) -> bool:
    end = _END.search(text)
    if end is None or _AFTER_END.sub("", text[end.end() :]):
        return False
    return ">" in text[max(0, text.rfind("<", 0, end.start())) : end.start()]  # else it stands in an attribute


# --- reading it -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """Walks the tree and adds what stands there to the outline, until the content is read."""

    page: Outline
    heading_styles: frozenset[str]
    content: tuple[Node, ...]  # the path to the element that holds it
    has_contents: bool = False  # links lead to places on the page itself
    done: bool = False

    def read(self, node: Node) -> None:
        """Add what stands in `node`, in its order."""
        nodes = node.children
        siblings = Siblings(nodes)
        line: list[Node] = []
        place = 0
        while place < len(nodes) and not self.done:
            unit = nodes[place]
            if unit.heading or (unit.rows is not None and len(unit.rows) > 1):
                self._end_line(line)
                self._read_block(unit)
                place += 1 if unit.block else 1 + self._take_count(nodes[place : place + 2])
                continue
            taken = 0 if line else self._take(siblings, place)
            if not taken and not self._is_boilerplate(unit):
                if is_frame(unit) and len(self.page.parts) > 1:  # before the first heading a title may stand in it
                    self.page.leave(lines([unit]))
                elif unit.block or unit.holds or (unit.tag == "br" and self.page.here.name != REFERENCES):
                    self._end_line(line)
                    self._read_block(unit)
                else:
                    line.append(unit)
            place += max(taken, 1)
        self._end_line(line)
        self.done = self.done or (bool(self.content) and node is self.content[-1])

    def _take(self, siblings: Siblings, place: int) -> int:
        """Add the row or pair that begins at `place`; return how many nodes it took, 0 if none begins there."""
        unit = siblings.nodes[place]
        here = self.page.here
        if unit.heading or not (here.has_labels or unit.has_id):
            return 0
        if here.layout is Layout.TABLE:
            if take_nested(unit, self.page):
                return 1
            if taken := take_grid(siblings.nodes, place, self.page):
                return taken
        return take_pair(siblings, place, self.page)

    def _take_count(self, nodes: Sequence[Node]) -> int:
        """Claim the number on the line of a heading, of what stands under it; return how many nodes that took."""
        if len(nodes) < 2 or not nodes[0].heading or nodes[1].block:
            return 0
        if not _BARE_COUNT.fullmatch(nodes[1].short or ""):
            return 0
        self.page.here.blocks.append(Boilerplate("count", nodes[1].short or ""))
        return 1

    def _is_boilerplate(self, unit: Node) -> bool:
        """Whether it is a menu, claimed at the end, or links to a section of the page by its heading: claimed here."""
        if unit.is_silent:
            return True
        if not self.has_contents or not unit.short or unit.holds or heading_section(unit.short) is None:
            return False
        if not (first_link([unit]) or "").startswith("#"):
            return False
        self.page.here.blocks.append(Boilerplate("contents", unit.short))
        return True

    def _end_line(self, line: list[Node]) -> None:
        if not line:
            return
        here = self.page.here
        are_names = here.layout is Layout.NAMES and here.name != REFERENCES
        if here.name == OUTCOME and len(line) > 1 and is_type(line[0].short):  # in an element of its own
            self.page.add_cells_of_line((line[0].short or "", "\n".join(lines(line[1:]))), first_link(line))
            line.clear()
            return
        for nodes in _names(line) if are_names else [line]:
            texts = [text for text in lines(nodes) if not self._is_remark(text)]
            if here.name == REFERENCES and texts:  # its block bounds a citation, whatever its lines
                here.blocks.append(Paragraph("\n".join(texts), " ".join(links(nodes)) or None))
                continue
            for text in texts:
                if self.page.here.layout is Layout.TABLE:
                    self.page.add_line_of_table(text, first_link(nodes))
                else:
                    self.page.add_line(text)
        line.clear()

    def _is_remark(self, text: str) -> bool:
        """Whether it is a remark of the site, then claimed as such; behind a type it names an intervention."""
        if not is_remark(text):
            return False
        here = self.page.here
        last = here.blocks[-1] if here.blocks and here.layout is Layout.GROUPS else None
        if isinstance(last, Paragraph) and last.text.endswith(":"):
            return False
        here.blocks.append(Boilerplate("remark", text))
        return True

    def _read_block(self, unit: Node) -> None:
        if unit.rows is not None and len(unit.rows) > 1:
            read_table(unit, self.page, self.read)
        elif unit.heading or self._is_unknown_heading(unit):
            self.page.open(unit.heading, unit.short or "")
        elif unit.tag == "table":
            read_table(unit, self.page, self.read)
        elif unit.tag == "dl":
            read_definitions(unit, self.page, self.read)
        elif unit.tag == "li" and not unit.holds and self._take_entry(unit):
            pass
        elif unit.is_leaf:
            self._add_leaf(unit)
        elif unit.tag in LISTS:
            self.page.lists += 1
            self.read(unit)
            self.page.lists -= 1
        else:
            self.read(unit)
        if unit.holds and any(unit is node for node in self.content):
            self.done = True

    def _take_entry(self, unit: Node) -> bool:
        """Add an entry of a list of citations, outcomes or interventions; False, and nothing added, if it is none."""
        here = self.page.here
        if here.name == REFERENCES and not _has_list(unit):
            self._end_line([unit])
        elif here.name == OUTCOME:
            here.entries += 1
            return not header_here(self.page) and take_entry(unit, self.page)
        elif here.layout is Layout.GROUPS and not unit.is_leaf:
            self.page.add_text("\n".join(lines([unit])))
        else:
            return False
        return True

    def _add_leaf(self, unit: Node) -> None:
        layout = self.page.here.layout
        if layout in (Layout.TABLE, Layout.NAMES) or is_remark(unit.own):
            self._end_line([text_node(unit.own)] if unit.own else [])
        elif (text := one_line(unit.own) if unit.short is None else unit.short) and not text.isspace():
            self.page.add_line(text)

    def _is_unknown_heading(self, unit: Node) -> bool:
        """Whether it looks as the known headings do, and is none of the subheadings inside a section."""
        if unit.holds or len(self.page.parts) == 1 or unit.style not in self.heading_styles or not unit.short:
            return False
        if self.page.here.layout is Layout.GROUPS:
            return code("intervention_type", unit.short) is None
        return self.page.here.name != CONDITIONS or subheading(unit.short) is None


def _has_list(node: Node) -> bool:
    return not node.is_leaf and any(child.tag == "li" or _has_list(child) for child in node.children)


def _names(line: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Yield the nodes of each name where elements bound them: links in a row, say, with separators between."""
    if len(line) == 1 and line[0].tag != "#text":
        line = unwrap(line[0]).children or line
    if len(line) > 1 and subheading(line[0].short or "") is not None:
        yield line[:1]
        line = line[1:]
    elements = [place for place, node in enumerate(line) if node.tag != "#text"]
    shapes = {(line[place].tag, line[place].element.classes) for place in elements}
    if len(elements) < 2 or len(shapes) > 1 or any(node.own.strip(SEPARATORS) for node in line if node.element is TEXT):
        yield line
        return
    for start, end in zip(elements, [*elements[1:], len(line)], strict=True):
        yield line[0 if start == elements[0] else start : end]
