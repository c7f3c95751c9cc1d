"""The light tree that an HTML page is read from: it knows text, blocks and inlines, links and cells, and no more.

Most elements hold one run of text, most tables plain cells. Neither is taken apart before somebody asks.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import TypeAlias

from parsers.elements import ASKING, CELLS, FRAME, HEADINGS, MENUS, TEXT, Element, unescaped
from parsers.texts import one_line

SHORT = 120  # characters of the longest text that may be a label or a heading
_CONTROLS = frozenset(
    {"#", "¶", "§", "↑", "top", "back to top", "more", "less", "read more", "read less", "show more", "show less",
     "share", "print", "save", "copy", "download", "expand", "collapse", "edit", "close"}
)  # fmt: skip
"""What links inside a page, and buttons, say that is no text of it."""

_REMARKS = frozenset({"advertisement", "advertisements", "sponsored content"})
_LONGEST_REMARK = 24  # characters
_MOST_RUNS = 60  # nodes inside a text that may be a label
_LONG = 8 * SHORT  # characters, white space and all
_ANY_TAG = re.compile(r"<[^>]*>")
_is_block = attrgetter("block")


class Node:
    """One element, or one run of text (`tag` is "#text"); runs of white space are no nodes.

    `own` is the text of a run, or of an element that holds nothing else. `rows` are those of a table that holds plain
    cells alone, as markup; None for all else. `short` is the whole text, white space folded, None where it is too long
    for a label; `block`: it stands on lines of its own, being no inline element or one around blocks. `gap_before` and
    `gap_after`: white space stands there. `heading` (a section's name), `holds` (a heading is inside) and `has_id` (the
    label of a trial's id is inside) are set by `parsers/landmarks.py`.
    """

    __slots__ = ("block", "element", "gap_after", "gap_before", "has_id", "heading", "holds", "inner", "is_silent",
                 "own", "rows", "short", "tag", "unfold")  # fmt: skip

    def __init__(self, element: Element) -> None:
        self.element = element
        self.tag = element.name
        self.block = element.is_block
        self.own = ""
        self.short: str | None = ""
        self.rows: list[list[str]] | None = None
        self.unfold: Callable[[Node], None] | None = None  # builds the children of a table that has rows
        self.heading: str | None = None
        self.is_silent = False  # a menu or control: no part of a value
        self.holds = self.has_id = self.gap_before = self.gap_after = False
        self.inner: list[Node] | None = None

    @property
    def children(self) -> "list[Node]":
        """What stands in it, in its order."""
        if self.inner is None:
            if self.element is TEXT:
                return []
            self.inner = []
            if self.unfold is not None:
                self.unfold(self)
            elif self.own:
                self.inner.append(text_node(self.own))
        return self.inner

    @property
    def is_leaf(self) -> bool:
        """Whether it holds one run of text, or nothing."""
        return self.inner is None and self.rows is None

    def settle(self) -> None:
        """Note its short text, once the nodes inside are there and settled."""
        if self.inner is not None:
            self.short = _joined(self.inner)
        elif self.rows is not None:
            self.short = None if _are_long(self.rows) else _joined(self.children)
        else:
            self.short = folded(self.own)

    def alone_inside(self) -> "Iterator[Node]":
        """Yield the nodes inside that each hold all of its text, outermost first; but for the text of a leaf."""
        node = self
        while node.inner is not None and len(node.inner) == 1:
            node = node.inner[0]
            yield node

    @property
    def style(self) -> str:
        """How its text looks: the heading element around it, else tag and class of the innermost element."""
        if self.is_leaf or len(self.children) > 1:
            return self.element.style
        chain = [node.element for node in (self, *self.alone_inside()) if node.element is not TEXT] or [self.element]
        heading = next((element.name for element in chain if element.name in HEADINGS), None)
        return heading or chain[-1].style

    @property
    def marked(self) -> bool:
        """Whether its text is set off from running text by its element or a class."""
        return self.element.is_marked or any(node.element.is_marked for node in self.alone_inside())


Special: TypeAlias = Mapping[str, Callable[[Node, list[str]], None]]
"""How elements of some tags add their text, by tag."""


def text_node(text: str) -> Node:
    """Return a run of text."""
    node = Node(TEXT)
    node.own = text
    node.short = folded(text)
    return node


def _joined(nodes: Sequence[Node]) -> str | None:
    """Return the text of nodes beside each other, white space folded, None where it is too long for a label."""
    if len(nodes) == 1:
        return nodes[0].short
    if len(nodes) > _MOST_RUNS:
        return None
    shorts = [node.short for node in nodes if node.short is not None]
    if len(shorts) < len(nodes) or sum(map(len, shorts)) > SHORT:
        return None
    if all(map(_is_block, nodes)):  # as most
        return folded(" ".join(shorts))
    pieces: list[str] = []
    for node in nodes:
        if node.block:
            pieces += (" ", node.short or "", " ")
            continue
        pieces += (" " * node.gap_before, _in_line(node, node.short or ""), " " * node.gap_after)
    return folded("".join(pieces))


def _are_long(rows: Iterable[Sequence[str]]) -> bool:
    """Whether the cells of a table, as markup, hold more text than a label."""
    length = 0
    for cell in chain.from_iterable(rows):
        text = one_line(unescaped(_ANY_TAG.sub("", cell))) if "<" in cell or "&" in cell else cell.strip(" ")
        length += len(text)
        if length > SHORT:
            return True
    return False


def _in_line(child: Node, short: str) -> str:
    if child.element is TEXT:
        return child.own
    if child.tag == "br":
        return " "
    first, last = run_at(child, 0), run_at(child, -1)
    return f"{' ' * (first != first.lstrip())}{short}{' ' * (last != last.rstrip())}"


def run_at(node: Node, place: int) -> str:
    """Return the first run of text in a node, or the last (`place` is 0 or -1)."""
    while not node.is_leaf and node.children:
        node = node.children[place]
    return node.own


def folded(text: str) -> str | None:
    """Return a text on one line, None where it is too long for a label."""
    if len(text) > _LONG:
        return None
    text = one_line(text)
    return text if len(text) <= SHORT else None


def unwrap(node: Node) -> Node:
    """Return the element that `node` comes down to where each holds just one other."""
    if node.is_leaf:
        return node
    for inner in node.alone_inside():
        if inner.element is TEXT:
            break
        node = inner
    return node


def is_menu(node: Node) -> bool:
    """Boilerplate: navigation, a choice of a form, a button or link that only acts on the page."""
    if not node.element.may_be_menu or node.holds or node.has_id:
        return False
    return node.tag in MENUS or (node.short or "").strip("[]() ").casefold() in _CONTROLS


def is_remark(text: str) -> bool:
    """Whether a line is a site's own remark inside the content: the mark of an advertisement, or `[edit]`."""
    if len(text) > _LONGEST_REMARK:
        return False
    folded = text.strip().casefold()
    return folded in _REMARKS or (folded[:1] == "[" and folded.strip("[] ") in _CONTROLS)


def is_frame(node: Node) -> bool:
    """Whether the site's frame, not the trial, speaks here: what stands in it is no part of a value."""
    if not node.element.may_be_frame or node.tag not in FRAME or node.holds or node.has_id:
        return False
    return node.tag != "form" or _asks(node)


def _asks(node: Node) -> bool:
    """Whether something is to be filled in or chosen in a form: else it only shows."""
    return node.tag in ASKING or (not node.is_leaf and any(map(_asks, node.children)))


# --- back to text -----------------------------------------------------------------------------------------------


def lines(nodes: Sequence[Node]) -> list[str]:
    """Return the text of the nodes: `<br>` and the ends of blocks break lines, cells of a table are set apart.

    White space is folded, lines without text are left out; nothing is added, no bullet and no number.
    """
    if len(nodes) == 1 and (leaf := _only_leaf(nodes[0])) is not None:
        text = one_line(leaf.own) if leaf.short is None else leaf.short
        return [text] if text and not text.isspace() else []
    pieces: list[str] = []
    add_pieces(nodes, pieces)
    folded = map(one_line, "".join(pieces).split("\x00"))
    return [line for line in folded if line.strip()]


def _only_leaf(node: Node) -> Node | None:
    """Return the leaf that holds all text of a node, None where several do or a menu is around it."""
    while not node.is_leaf:
        if node.is_silent or len(node.children) != 1 or node.children[0].is_silent:
            return None
        node = node.children[0]
    return node


def text_of(node: Node) -> str:
    """Return the lines of a node, joined by line breaks."""
    return "\n".join(lines((node,)))


def add_pieces(nodes: Iterable[Node], pieces: list[str], special: Special | None = None) -> None:
    """Add text with NUL for a line break: NUL itself cannot stand in a parsed page.

    Elements that `special` names add theirs by its function.
    """
    for node in nodes:
        if node.gap_before:
            pieces.append(" ")
        if node.is_silent:
            continue
        if node.element is TEXT:
            pieces.append(node.own)
        elif node.tag == "br":
            pieces.append("\x00")
        else:
            edge = " " if node.tag in CELLS else "\x00" if node.block else ""
            pieces.append(edge)
            if special and node.tag in special:
                special[node.tag](node, pieces)
            elif node.is_leaf:
                pieces.append(node.own)
            else:
                add_pieces(node.children, pieces, special)
            pieces.append(edge)
        if node.gap_after:
            pieces.append(" ")


def whole_text(node: Node) -> str:
    """Return all text of a node on one line, menus and controls in it too."""
    if node.is_leaf:
        return one_line(node.own)
    return " ".join(filter(None, map(whole_text, node.children)))


def links(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the targets of the links in the nodes."""
    for node in nodes:
        if node.element.link:
            yield node.element.link
        if not node.is_leaf:
            yield from links(node.children)


def first_link(nodes: Iterable[Node]) -> str | None:
    """Return the target of the first link in the nodes, or None."""
    return next(links(nodes), None)
