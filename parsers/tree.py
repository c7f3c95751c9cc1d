"""HTML → the tree of `nodes.py`.

lexbor parses by the algorithm of the HTML Standard, as browsers do, and writes the page out in one form: every end tag
is there, `<` and `>` stand for tags alone. That text is cut at its tags and read in one pass; the rows of a plain table
are cut out whole. What would take a parser more than its share is refused here, never half read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from parsers.bounds import VOID, check_limits, too_deep
from parsers.elements import BREAK, COMMENT, ELEMENTS, RAW, SAID, TEXT, Element, element_of, unescaped
from parsers.nodes import Node, text_node
from parsers.outline import heading_section
from parsers.plain import OPENING, holds_heading, is_id_label, may_open, plain_rows
from registry.errors import PageError, Reason
from registry.labels import ID_KEY
from registry.limits import MAX_DEPTH

_EXPONENT = re.compile(r"[+\-−]?\d+")
_BETWEEN_TAGS = re.compile(r">([^<>]{3,60})<")
_LONGEST_END = 200  # characters of the end tags of a page, and the white space among them
_PAGE_END = re.compile(r"</(?:html|body)\s*>\s*\Z", re.IGNORECASE)


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
    grower = _Grower()
    if "<template" in before:  # it stands there if nothing came before it
        grower.feed_page(f"<template{before.partition('<template')[2].rpartition('</head>')[0]}")
    grower.feed_page(markup)
    grower.tree.has_contents = 'href="#' in markup
    return grower.finish()


def _in_one_form(text: str) -> tuple[str, str]:
    """Return head and body as lexbor writes them out; its own tree, several times as large, is not kept."""
    try:
        html = LexborHTMLParser(text)
    except SelectolaxError as error:
        raise PageError(
            Reason.TOO_COSTLY, f"The HTML parser gave up on it ({error}) Look at the page by eye."
        ) from error
    if html.body is None:  # frames, say
        return "", ""
    head, body = html.head.html if html.head is not None else "", html.body.html
    if head is None or body is None:
        raise PageError(Reason.TOO_COSTLY, "The HTML parser has no memory to write it out. Look at the page by eye.")
    return head, body


# --- what is no text of the page --------------------------------------------------------------------------------


class _Skipped:
    """A comment, or an element whose content is no text of the page, while its pieces pass by."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.open = 0  # it and the elements inside it
        self.inner: _Skipped | None = None  # a comment or raw text in it
        self.pieces: list[str] = []

    def take(self, piece: str) -> str | None:
        """Take the next piece; return the text behind the end, None while that is not reached."""
        self.pieces.append(piece)
        if self.name == COMMENT:
            _, end, after = piece.partition("-->")
            return after if end else None
        tag, _, after = piece.partition(">")
        if self.name in RAW:
            return after if tag == f"/{self.name}" else None
        if self.inner is not None:
            self.inner = None if self.inner.take(piece) is not None else self.inner
        elif tag[:1] == "/":
            self.open -= 1
        elif tag[:3] == "!--" or tag.partition(" ")[0] in RAW:
            self.inner = _Skipped(COMMENT if tag[:1] == "!" else tag.partition(" ")[0])
            self.inner = None if self.inner.take(piece) is not None else self.inner
        elif tag.partition(" ")[0] not in VOID:
            self.open += 1
        return after if not self.open else None

    @property
    def shown(self) -> str:
        """The text in it that browsers show after all."""
        return "<".join(self.pieces).partition(">")[2].rpartition("</")[0] if self.name == "xmp" else ""

    def hidden_headings(self) -> set[str]:
        """Return the sections whose headings stand as markup in it.

        PageError if it ends with the end of the page: a script, comment or the like that was never closed.
        """
        text = "<".join(self.pieces)
        inside = text.rpartition("-->" if self.name == COMMENT else "</")[0]
        if self.name != "noscript" and _PAGE_END.search(inside[-_LONGEST_END:]):
            raise PageError(
                Reason.INCOMPLETE_PAGE,
                f"A {self.name} that is never closed hides part of the page. Fetch or save the page again.",
            )
        return {section for piece in _BETWEEN_TAGS.findall(text) if (section := heading_section(unescaped(piece)))}


# --- one pass over the tags -------------------------------------------------------------------------------------


class _Grower:
    """Grows a tree, tag by tag."""

    def __init__(self, root: Node | None = None) -> None:
        self.tree = Tree() if root is None else Tree(root)
        self.open = [self.tree.root]  # elements, the innermost last
        self.runs = 0  # of text, so far
        self.gap = False  # white space stands before what comes
        self.skipped: _Skipped | None = None

    def feed_page(self, html: str) -> None:
        """Read markup in the one form; plain tables are kept as rows."""
        first, *chunks = html.split("<table")
        self.feed(f">{first}".split("<"))
        for chunk in chunks:
            attributes, _, content = chunk.partition(">")
            inner, end, rest = content.partition("</table>")
            rows = plain_rows(inner) if end and self.skipped is None else None
            if rows is None or holds_heading(rows):
                self.feed(f"table{chunk}".split("<"))
                continue
            self.feed([f"table{attributes}>"])
            table = self.open[-1]
            table.rows, table.unfold = rows, partial(grow, inner)
            self.runs += 1
            if not self.tree.ids and ID_KEY in inner.casefold():
                self.tree.ids.append(tuple(self.open))
            self.feed(f"/table>{rest}".split("<"))

    def feed(self, pieces: Iterable[str]) -> None:
        """Read pieces, each a tag without its `<` and the text behind it; before the first tag there is none."""
        elements, opened = ELEMENTS, self.open
        for piece in pieces:
            tag, _, text = piece.partition(">")
            if self.skipped is not None:
                text = self._pass_by(piece)
            elif tag[:1] == "/":
                if self.gap:
                    self._end_gap()
                if len(opened) > 1:
                    self._end(opened.pop())
            elif tag:
                element = elements.get(tag) or element_of(tag)
                if element.skips:
                    self.skipped = _Skipped(element.name)
                    text = self._pass_by(piece)
                else:
                    self._begin(element)
            if text == "\n":
                self.gap = True
            elif text:
                self._add_text(text)

    def _pass_by(self, piece: str) -> str:
        skipped = self.skipped
        after = skipped.take(piece) if skipped else None
        if skipped is None or after is None:
            return ""
        self.tree.hidden |= skipped.hidden_headings()
        self.skipped = None
        if skipped.shown:
            self._add_text(skipped.shown.replace("&", "&amp;"))
        return after

    def _begin(self, element: Element) -> None:
        child, node = Node(element), self.open[-1]
        beside = node.inner
        if beside is None:
            beside = node.inner = _own_run(node)
        beside.append(child)
        if self.gap:
            child.gap_before = True
            self.gap = False
        if element.may_be_menu:
            self.tree.menus.append((*self.open, child))
        if element.text:
            child.own = element.text
            _break_lines(child)
        if not element.is_void:
            self.open.append(child)
            if len(self.open) > MAX_DEPTH:
                raise too_deep()
            if element.said:
                self._add_said(child)

    def _add_said(self, node: Node) -> None:
        """Put the label of an element, which may be its heading, before what stands in it."""
        label = Node(SAID)
        label.own = node.element.said
        label.settle()
        node.inner = [label]
        self.runs += 1
        self.tree.alike.append(((*self.open, label), self.runs))

    def _add_text(self, text: str) -> None:
        if text.isspace():
            self.gap = True
            return
        if "&" in text:
            text = unescaped(text)
        self.runs += 1
        node = self.open[-1]
        path = self.open
        if node.inner is None and not node.own:
            node.own = text
        else:
            run = text_node(text)
            if node.inner is None:
                node.inner = _own_run(node)
            node.inner.append(run)
            run.gap_before = self.gap
            path = [*path, run]
        self.gap = False
        if may_open(text.lstrip()[:OPENING]):
            self.tree.alike.append((tuple(path), self.runs))

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
                return not ends_line and _last_run(before)[-1:].isdigit()
            if around.element.is_block:
                return False
            node = around
        return False

    def _end(self, node: Node) -> None:
        """Settle an element at its end tag: write an exponent as such, break the lines of preformatted text."""
        node.settle()
        if node.tag == "pre":
            _break_lines(node)
        elif node.tag == "sup" and _EXPONENT.fullmatch(node.short or "") and self._follows_digit(node):
            node.children.insert(0, text_node("^"))
            node.settle()

    def finish(self) -> Tree:
        """Settle what is open still."""
        for node in reversed(self.open):
            node.settle()
        self.tree.ids += [path for path, _ in self.tree.alike if is_id_label(path[-1].own)]
        return self.tree


def grow(html: str, node: Node) -> None:
    """Add the tree of some markup to a node."""
    grower = _Grower(node)
    grower.feed(f">{html}".split("<"))
    grower.finish()


def _own_run(node: Node) -> list[Node]:
    """Return the children that a node has so far: its text, if it holds any."""
    if not node.own:
        return []
    run = text_node(node.own)
    node.own = ""
    return [run]


def _last_run(node: Node) -> str:
    while not node.is_leaf and node.children:
        node = node.children[-1]
    return node.own


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
