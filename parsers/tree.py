"""HTML → the tree of `nodes.py`.

lexbor parses by the algorithm of the HTML Standard, as browsers do, and writes the page out in one form: every end tag
is there, `<` and `>` stand for tags alone. That text is cut at its tags and read in one pass; the rows of a plain table
are cut out whole. What would take a parser more than its share is refused here, never half read.
"""

import re
from dataclasses import dataclass, field
from functools import partial

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from parsers.bounds import check_limits, too_deep
from parsers.elements import BREAK, ELEMENTS, SAID, TEXT, Element, element_of, unescaped
from parsers.hidden import without_hidden
from parsers.nodes import Node, folded, links, run_at, text_node
from parsers.plain import OPENING, landmarks_in, may_open, plain_rows
from parsers.texts import heading_section, is_id_label
from registry.errors import PageError, Reason
from registry.limits import MAX_DEPTH

_TAB = re.compile(r'<([^<>]{0,1000} role="tab"[^<>]{0,1000})>(?:\s{0,100}<[a-z][^<>]{0,1000}>){0,4}([^<>]{1,200})<')
_ID = re.compile(r' id="([^"]+)"')
_FRAMES = re.compile(r"<(/?)(?:frameset|noframes)\b", re.IGNORECASE)
_NOTES = frozenset({"a", "sub", "sup"})
"""Elements whose text may be the sign of a note: it makes no other number of one that it stands beside."""

_CHANGED = frozenset({"pre", "textarea", *_NOTES})
_NUMERIC = frozenset("0123456789+-−")
_EXPONENT = re.compile(r"[+\-−]?\d+")


@dataclass(slots=True)
class Tree:
    """A page's tree, and what was noticed in the text on the way.

    `alike` holds the runs of text that may begin a heading, each as the path to it, the root first, and its place among
    all runs; `ids` the paths to the label of a trial's id; `hidden` the sections whose headings stand in scripts,
    comments and the like; `menus` the paths to what may be a menu or a control; `has_contents`: links lead to places on
    the page itself.
    """

    root: Node = field(default_factory=lambda: Node(Element("#root", is_block=True)))
    alike: list[tuple[tuple[Node, ...], int]] = field(default_factory=list)
    ids: list[tuple[Node, ...]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    menus: list[tuple[Node, ...]] = field(default_factory=list)
    has_contents: bool = False


def read_tree(text: str) -> Tree:
    """Return the tree of a page's body; PageError if it breaks a limit, or its end is hidden in a script or comment."""
    check_limits(text)
    before, markup = _in_one_form(text.replace("\x00", "\ufffd"))
    if "<template" in before:  # it stands there if nothing came before it
        markup = f"<template{before.partition('<template')[2].rpartition('</head>')[0]}{markup}"
    shown, hidden = without_hidden(markup)
    grower = _Grower()
    grower.tree.hidden = hidden
    grower.tabs = _tabs_by_id(shown)
    grower.tree.has_contents = 'href="#' in shown
    grower.feed_page(shown)
    return grower.finish()


def _tabs_by_id(markup: str) -> dict[str, str]:
    """Return the texts of tabs that read like headings, keyed by their id: what they open may refer to it."""
    if ' role="tab"' not in markup:
        return {}
    found = ((_ID.search(tag), unescaped(text)) for tag, text in _TAB.findall(markup))
    return {name[1]: text for name, text in found if name and heading_section(text.strip())}


def _in_one_form(text: str) -> tuple[str, str]:
    """Return head and body as lexbor writes them out; its own tree, several times as large, is not kept."""
    try:
        html = LexborHTMLParser(text)
    except SelectolaxError as error:
        raise PageError(
            Reason.TOO_COSTLY, f"The HTML parser gave up on it ({error}) Look at the page by eye."
        ) from error
    if html.body is None:  # frames: what stands there for browsers without them
        return _in_one_form(_FRAMES.sub(r"<\1div", text)) if _FRAMES.search(text) else ("", "")
    head, body = html.head.html if html.head is not None else "", html.body.html
    if head is None or body is None:
        raise PageError(Reason.TOO_COSTLY, "The HTML parser has no memory to write it out. Look at the page by eye.")
    return head, body


# --- one pass over the tags -------------------------------------------------------------------------------------


class _Grower:
    """Grows a tree, tag by tag."""

    def __init__(self, root: Node | None = None) -> None:
        self.tree = Tree() if root is None else Tree(root)
        self.open = [self.tree.root]  # elements, the innermost last
        self.runs = 0  # of text, so far
        self.tabs: dict[str, str] = {}  # that read like headings, by their id
        self.gap = False  # white space stands before what comes

    def feed_page(self, html: str) -> None:
        """Read markup in the one form; plain tables are kept as rows."""
        first, *chunks = html.split("<table")
        self.feed(first)
        for chunk in chunks:
            attributes, _, content = chunk.partition(">")
            inner, end, rest = content.partition("</table>")
            rows = plain_rows(inner) if end else None
            landmarks = landmarks_in(rows) if rows else []
            if rows is None or any(map(heading_section, landmarks)):
                self.feed(f"<table{chunk}")
                continue
            self.feed(f"<table{attributes}>")
            table = self.open[-1]
            table.rows, table.unfold = rows, partial(grow, inner)
            self.runs += 1
            if any(map(is_id_label, landmarks)):
                self.tree.ids.append(tuple(self.open))
            self.feed(f"</table>{rest}")

    def feed(self, markup: str) -> None:
        """Read tags, each with the text behind it."""
        first, *pieces = markup.split("<")
        if first:
            self._add_text(first)
        opened, elements = self.open, ELEMENTS
        for piece in pieces:
            tag, _, text = piece.partition(">")
            if tag[:1] == "/":
                self._end()
            elif tag:  # a name may hold a `<`
                element = elements.get(tag) or element_of(tag)
                node = Node(element)
                self._add(node)
                if not element.is_void:
                    opened.append(node)
                    if len(opened) > MAX_DEPTH:
                        raise too_deep()
                if element.is_special:
                    self._note(node)
            if text:
                self._add_text(text)

    def _add(self, node: Node) -> None:
        """Put a node behind what stands in the innermost open element."""
        around = self.open[-1]
        if around.inner is None:
            around.inner = _own_run(around) if around.own else []
        around.inner.append(node)
        if self.gap:
            node.gap_before = True
            self.gap = False

    def _note(self, node: Node) -> None:
        """Note what is special about an element that was just added."""
        element = node.element
        if element.is_apart:
            node.gap_before = node.gap_after = True  # so that it makes no other number of one that it stands in
        if element.may_be_menu:
            self.tree.menus.append(tuple(self.open))
        if element.is_custom and len(self.open) > 1 and self.open[-2].element.is_custom:
            node.block = self.open[-2].block = True  # boxes: the cells of a row, say
        if element.text:
            node.own = element.text
            _break_lines(node)
        if text := element.said or self.tabs.get(element.said_by):  # which may be its heading
            said = Node(SAID)
            self._add(said)
            self._set_text(said, text)

    def _add_text(self, text: str) -> None:
        if text.isspace():
            self.gap = True
            return
        node = self.open[-1]
        if node.own or node.inner is not None:
            if node.inner and node.inner[-1].tag in _NOTES and text[0].isdigit():
                node.inner[-1].gap_after |= run_at(node.inner[-1], -1)[-1:].isdigit()
            node = Node(TEXT)
            self._add(node)
        self.gap = False
        self._set_text(node, unescaped(text) if "&" in text else text)

    def _set_text(self, node: Node, text: str) -> None:
        """Set the text of a node, the innermost that is open or inside it; it may begin a heading."""
        node.own = text
        node.short = folded(text)
        self.runs += 1
        if may_open((node.short or text.lstrip())[:OPENING]):
            path = tuple(self.open)
            self.tree.alike.append((path if path[-1] is node else (*path, node), self.runs))

    def _end_gap(self) -> None:
        """Note the white space before an end tag."""
        node = self.open[-1]
        if node.inner:
            node.inner[-1].gap_after = True
        elif not node.own:
            node.gap_before = True
        self.gap = False

    def _follows_digit(self, node: Node) -> bool:
        """Whether a digit stands right before a node that was just added, on its line."""
        for around in reversed(self.open):
            if node.gap_before:
                return False
            if len(around.children) > 1:
                before = around.children[-2]
                ends_line = before.block or before.tag == "br" or before.gap_after
                return not ends_line and run_at(before, -1)[-1:].isdigit()
            if around.element.is_block:
                return False
            node = around
        return False

    def _end(self) -> None:
        """Settle the innermost open element at its end tag, but for a leaf, which is."""
        if self.gap:
            self._end_gap()
        if len(self.open) == 1:
            return
        node = self.open.pop()
        if node.inner is not None or node.rows is not None:
            node.settle()
        if node.block:
            self.open[-1].block = True
        if node.tag in _CHANGED:
            self._change(node)

    def _change(self, node: Node) -> None:
        """Write an exponent as such, break the lines of preformatted text and of a field of several lines.

        The number of a note (`80<a>1</a>`) is set apart from the one before it.
        """
        if node.tag not in _NOTES:
            _break_lines(node)
        elif run_at(node, 0)[:1] not in _NUMERIC or not self._follows_digit(node):
            return
        elif node.tag == "sup" and _EXPONENT.fullmatch(node.short or "") and not any(links((node,))):
            node.children.insert(0, text_node("^"))
            node.settle()
        elif run_at(node, 0)[:1].isdigit():
            node.gap_before = True

    def finish(self) -> Tree:
        """Settle what is open still."""
        for node in reversed(self.open):
            node.settle()
        self.tree.ids += [path for path, _ in self.tree.alike if is_id_label(path[-1].own)]
        return self.tree


def grow(html: str, node: Node) -> None:
    """Add the tree of some markup to a node."""
    grower = _Grower(node)
    grower.feed(html)
    grower.finish()


def _own_run(node: Node) -> list[Node]:
    """Return the children that a node has so far: its text, if it holds any."""
    if not node.own:
        return []
    run = Node(TEXT)
    run.own, run.short = node.own, node.short
    node.own = node.short = ""
    return [run]


def _break_lines(node: Node) -> None:
    """Put a `br` for every line break of the text in a `pre`; a run of text stays the node of its first line."""
    broken: list[Node] = []
    for child in node.children:
        if child.element is not TEXT:
            _break_lines(child)
            broken.append(child)
            continue
        run: Node | None = child
        for place, line in enumerate(child.own.split("\n")):
            broken += [Node(BREAK)] * (place > 0)
            if line.strip():
                broken.append(_with_text(run, line))
                run = None
    node.inner = broken
    node.settle()


def _with_text(run: Node | None, text: str) -> Node:
    if run is None:
        return text_node(text)
    run.own = text
    run.settle()
    return run
