"""HTML → a light tree that knows only what reading needs: text, blocks and inlines, links, cells.

lxml parses (libxml2 mends unclosed and misplaced tags). What libxml2 would cut short is refused here, never half read.
Chrome is left out by its element or role, unless it holds a heading or the id's label of a trial.
"""

import re
from collections.abc import Iterator

from lxml import etree

from parsers.outline import ASCII_SPACES
from registry.errors import PageError, Reason

MAX_DEPTH = 200  # libxml2 stops at 256 and drops what follows without raising
MAX_NODES = 500_000
SHORT = 120  # longest text that may be a label or a heading

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend", "summary"})
_SKIPPED = frozenset({"script", "style", "noscript", "svg", "math", "head", "iframe", "object", "canvas", "textarea"})
_CHROME = frozenset({"nav", "footer", "header", "aside", "form", "button", "select", "dialog"})
_CHROME_ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "complementary", "dialog"})
_CELLS = frozenset({"td", "th"})
_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "input",
     "ins", "kbd", "label", "mark", "output", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
     "time", "tt", "u", "var", "wbr"}
)  # fmt: skip
_INLINE_OR_BREAK = _INLINE | {"#text", "br"}
_MARKED = HEADINGS | {"b", "strong", "th", "dt", "em", "u", "font"}
_EXPONENT = re.compile(r"[+\-−]?\d+")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class Node:
    """One element, or one run of text (`tag` is "#text").

    `short` is the whole text, white space folded, where it is short enough to be a label, else None. `block`: it
    stands on lines of its own, being no inline element or one around blocks. `parent` is None at the root.
    `heading` (a section's name), `holds` (a heading is inside) and `has_id` (the label of a trial's id is inside) are
    set by `parsers/markup.py`.
    """

    __slots__ = (
        "block", "children", "classes", "colspan", "has_id", "heading", "holds",
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
        self.block = False
        self.heading: str | None = None
        self.holds = False
        self.has_id = False

    @property
    def style(self) -> str:
        """How its text looks: tag and class of the innermost element around all of it."""
        inner = innermost(self)
        if inner is not self and inner.tag == "#text" and inner.parent is not None:
            inner = inner.parent
        return f"{inner.tag}.{inner.classes}"

    @property
    def marked(self) -> bool:
        """Whether its text is set off from running text by its element or a class."""
        node: Node = self
        while True:
            if node.tag in _MARKED or (node.classes and node.tag != "#text"):
                return True
            inside = units(node)
            if len(inside) != 1:
                return False
            node = inside[0]


def innermost(node: Node) -> Node:
    """Return the deepest node that holds all the text of `node`."""
    while len(inside := units(node)) == 1:
        node = inside[0]
    return node


def units(node: Node) -> list[Node]:
    """Return the children that stand for something: all but runs of white space."""
    return [child for child in node.children if child.tag != "#text" or child.text.strip()]


def unwrap(node: Node) -> Node:
    """Return the element that `node` comes down to where each holds just one other."""
    while len(inside := units(node)) == 1 and inside[0].tag != "#text":
        node = inside[0]
    return node


def parse_html(text: str) -> etree._Element:
    """Return the root element; PageError if the page is empty, or libxml2 would cut it short."""
    parser = etree.HTMLParser(no_network=True, recover=True, remove_pis=True)
    root = etree.fromstring(_XML_DECLARATION.sub("", text).replace("\x00", "\ufffd"), parser)
    limits = [
        entry.message for entry in parser.error_log if "RESOURCE" in entry.type_name or "DEPTH" in entry.message.upper()
    ]
    if limits:
        raise PageError(
            Reason.TOO_DEEP,
            f"The page breaks a limit of the HTML parser ({limits[0].strip()}); it is not half read.",
        )
    if root is None:
        raise PageError(Reason.NOT_A_TRIAL_PAGE, "The page has no element. Save the page again from the browser.")
    return root


def build(root: etree._Element) -> Node:
    """Return the tree of the body; PageError if it is deeper or larger than the limits."""
    top = Node("#root", None)
    around = [top]  # the elements that are open
    skipped = count = 0
    before = " "  # last character of running text: an exponent follows a digit
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "start":
            count += 1
            _check_limits(len(around) + skipped, count)
            if skipped or element.tag in _SKIPPED:
                skipped += 1
                continue
            around.append(_begin(element, around[-1]))
            before = _add_text(around[-1], element.text, before if around[-1].tag in _INLINE else " ")
        elif event == "end":
            if skipped:
                skipped -= 1
            else:
                _end(around.pop())
        if event != "start" and not skipped:
            before = _add_text(around[-1], element.tail, before)
    _end(top)
    return top


def _check_limits(depth: int, count: int) -> None:
    if depth > MAX_DEPTH:
        raise PageError(Reason.TOO_DEEP, f"The page nests elements more than {MAX_DEPTH} deep; it is not half read.")
    if count > MAX_NODES:
        raise PageError(Reason.TOO_LARGE, f"The page has more than {MAX_NODES} elements; it is not half read.")


def _begin(element: etree._Element, parent: Node) -> Node:
    parent = _row_or_table(str(element.tag), parent)
    node = Node(str(element.tag), parent)
    attributes = element.attrib
    if attributes:
        node.classes = " ".join(str(attributes.get("class", "")).split())
        node.link = attributes.get("href") if node.tag == "a" else None
        if node.tag in _CELLS:
            node.colspan = _span(attributes.get("colspan"))
            node.rowspan = _span(attributes.get("rowspan"))
        if attributes.get("role") in _CHROME_ROLES:
            node.tag = "nav"
    parent.children.append(node)
    return node


def _row_or_table(tag: str, parent: Node) -> Node:
    """Return where a cell or row belongs if the cell before it was left open, which libxml2 does not always mend."""
    if tag != "tr" and tag not in _CELLS:
        return parent
    above: Node | None = parent
    while above is not None and above.tag != "table":
        if above.tag == "tr" and above.parent is not None:
            return above.parent if tag == "tr" else above
        above = above.parent
    return parent


def _span(text: str | None) -> int:
    return min(int(text), 100) if text and text.isascii() and text.isdigit() and int(text) else 1


def _add_text(node: Node, text: str | None, before: str) -> str:
    """Add a run of text and return the character that the next one follows."""
    if not text:
        return before
    if node.tag == "sup" and before.isdigit() and _EXPONENT.fullmatch(text.strip()):
        text = f"^{text.strip()}"
    for place, line in enumerate(text.split("\n") if _in_pre(node) else [text]):
        if place:
            node.children.append(Node("br", node))
            node.children[-1].short = ""
        if line:
            child = Node("#text", node, line)
            child.short = _short(line)
            node.children.append(child)
    return text[-1]


def _in_pre(node: Node) -> bool:
    return node.tag == "pre" or (node.parent is not None and node.parent.tag == "pre")


def _end(node: Node) -> None:
    """Fold the text of a node that is complete."""
    node.block = node.tag not in _INLINE_OR_BREAK or any(child.block for child in node.children)
    shorts: list[str] = []
    for child in node.children:
        if child.short is None or len(shorts) > SHORT:
            break
        shorts.append(_in_line(child))
    else:
        node.short = _short("".join(shorts))


def _in_line(child: Node) -> str:
    """Return the short text of a child with the white space that sets it apart."""
    if child.tag == "#text":
        return child.text
    if child.block or child.tag == "br":
        return f" {child.short} "
    before, after = (" " if _edge(child, place)[place:][:1].isspace() else "" for place in (0, -1))
    return f"{before}{child.short}{after}"


def _edge(node: Node, place: int) -> str:
    while node.children:
        node = node.children[place]
    return node.text


def _short(text: str) -> str | None:
    folded = ASCII_SPACES.sub(" ", text).strip(" ")
    return folded if len(folded) <= SHORT else None


def is_chrome(node: Node) -> bool:
    """Whether the site's frame, not the trial, speaks here: navigation, forms, side matter, in-page links."""
    if node.holds or node.has_id:
        return False
    return node.tag in _CHROME or (node.tag == "a" and bool(node.link) and str(node.link).startswith("#"))


def lines(nodes: list[Node]) -> list[str]:
    """Return the text of the nodes: `<br>` and the ends of blocks break lines, cells of a table are set apart.

    White space is folded, lines without text are left out; nothing is added, no bullet and no number.
    """
    text = "".join(_pieces(nodes))
    folded = (ASCII_SPACES.sub(" ", line).strip(" ") for line in text.split("\x00"))
    return [line for line in folded if line.strip()]


def _pieces(nodes: list[Node]) -> Iterator[str]:
    """Yield text with NUL for a line break: NUL itself cannot stand in a parsed page."""
    stack: list[Node | str] = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif node.tag == "#text":
            yield node.text
        elif node.tag == "br":
            yield "\x00"
        else:
            edge = " " if node.tag in _CELLS else "\x00" if node.block else ""
            yield edge
            stack.append(edge)
            stack.extend(reversed(node.children))


def first_link(nodes: list[Node]) -> str | None:
    """Return the target of the first link in the nodes, or None."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if node.link:
            return node.link
        stack.extend(reversed(node.children))
    return None
