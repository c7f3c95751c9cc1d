"""The light tree that an HTML page is read from: it knows text, blocks and inlines, links and cells, and no more."""

from collections.abc import Iterable, Iterator

from parsers.outline import one_line

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend", "summary"})
CELLS = frozenset({"td", "th"})
_MENUS = frozenset({"nav", "select"})
_FRAME = frozenset({"footer", "header", "aside", "form", "button", "dialog", "textarea"})
_MARKED = HEADINGS | {"b", "strong", "th", "dt", "em", "u", "font"}
_CONTROLS = frozenset(
    {"#", "¶", "§", "↑", "top", "back to top", "more", "less", "read more", "read less", "show more", "show less",
     "share", "print", "save", "copy", "download", "expand", "collapse", "edit", "close"}
)  # fmt: skip
"""What links inside a page, and buttons, say that is no text of it."""


class Node:
    """One element, or one run of text (`tag` is "#text"); runs of white space are no nodes.

    `short` is the whole text, white space folded, where it is short enough to be a label, else None. `block`: it
    stands on lines of its own, being no inline element or one around blocks. `gap_before` and `gap_after`: white space
    stands there. `heading` (a section's name), `holds` (a heading is inside) and `has_id` (the label of a trial's id
    is inside) are set by `parsers/markup.py`.
    """

    __slots__ = (
        "block", "children", "classes", "colspan", "gap_after", "gap_before", "has_id", "heading", "holds",
        "link", "parent", "rowspan", "short", "tag", "text",
    )  # fmt: skip

    def __init__(self, tag: str, parent: "Node | None", text: str = "") -> None:
        self.tag = tag
        self.parent = parent
        self.text = text
        self.children: list[Node] = []
        self.classes = ""
        self.link: str | None = None
        self.colspan = self.rowspan = 1
        self.short: str | None = None
        self.block = self.holds = self.has_id = self.gap_before = self.gap_after = False
        self.heading: str | None = None

    def alone_inside(self) -> "Iterator[Node]":
        """Yield the nodes inside that each hold all of its text, outermost first."""
        node = self
        while len(node.children) == 1:
            node = node.children[0]
            yield node

    @property
    def style(self) -> str:
        """How its text looks: the heading element around it, else tag and class of the innermost element."""
        chain = [node for node in (self, *self.alone_inside()) if node.tag != "#text"] or [self]
        heading = next((node.tag for node in chain if node.tag in HEADINGS), None)
        return heading or f"{chain[-1].tag}.{chain[-1].classes}"

    @property
    def marked(self) -> bool:
        """Whether its text is set off from running text by its element or a class."""
        return any(node.tag in _MARKED or node.classes for node in (self, *self.alone_inside()))


def unwrap(node: Node) -> Node:
    """Return the element that `node` comes down to where each holds just one other."""
    for inner in node.alone_inside():
        if inner.tag == "#text":
            break
        node = inner
    return node


def is_menu(node: Node) -> bool:
    """Boilerplate: navigation, a choice of a form, a button or link that only acts on the page."""
    if node.holds or node.has_id:
        return False
    acts = node.tag == "button" or (node.tag == "a" and (node.link or "").startswith("#"))
    return node.tag in _MENUS or (acts and (node.short or "").casefold() in _CONTROLS)


def is_frame(node: Node) -> bool:
    """Whether the site's frame, not the trial, speaks here: what stands in it is no part of a value."""
    return node.tag in _FRAME and not node.holds and not node.has_id


# --- back to text -----------------------------------------------------------------------------------------------


def lines(nodes: Iterable[Node]) -> list[str]:
    """Return the text of the nodes: `<br>` and the ends of blocks break lines, cells of a table are set apart.

    White space is folded, lines without text are left out; nothing is added, no bullet and no number.
    """
    text = "".join(_pieces(nodes))
    folded = map(one_line, text.split("\x00"))
    return [line for line in folded if line.strip()]


def _pieces(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield text with NUL for a line break: NUL itself cannot stand in a parsed page."""
    stack: list[Node | str] = list(nodes)
    stack.reverse()
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        if node.gap_before:
            yield " "
        if node.gap_after:
            stack.append(" ")
        if node.tag == "#text":
            yield node.text
        elif node.tag == "br":
            yield "\x00"
        else:
            edge = " " if node.tag in CELLS else "\x00" if node.block else ""
            yield edge
            stack.append(edge)
            stack.extend(reversed(node.children))


def first_link(nodes: Iterable[Node]) -> str | None:
    """Return the target of the first link in the nodes, or None."""
    stack = list(nodes)
    stack.reverse()
    while stack:
        node = stack.pop()
        if node.link:
            return node.link
        stack.extend(reversed(node.children))
    return None
