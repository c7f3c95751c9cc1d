"""HTML → the tree of `nodes.py`.

lxml parses (libxml2 mends unclosed and misplaced tags). What libxml2 would cut short is refused here, never half read.
"""

import re
from typing import NamedTuple

from lxml import etree

from parsers.nodes import CELLS, Node
from parsers.outline import heading_section, one_line
from registry.errors import PageError, Reason

SHORT = 120  # characters of the longest text that may be a label or a heading
MAX_DEPTH = 200  # libxml2 stops at 256 and drops what follows without raising
MAX_NODES = 500_000
_SKIPPED = frozenset({"script", "style", "noscript", "svg", "math", "head", "iframe", "object", "canvas"})
_MENU_ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "dialog"})
_CLOSED_BY = {  # element → (what it stands in, what it closes there)
    "tr": ("table", frozenset({"tr"})),
    "td": ("tr", CELLS),
    "th": ("tr", CELLS),
    "dt": ("dl", frozenset({"dt", "dd"})),
    "dd": ("dl", frozenset({"dt", "dd"})),
}
_EXPONENT = re.compile(r"[+\-−]?\d+")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BETWEEN_TAGS = re.compile(r">([^<>]{3,60})<")
_PAGE_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_BLOCKS = frozenset(
    {"#root", "html", "body", "address", "article", "aside", "blockquote", "caption", "center", "col", "colgroup", "dd",
     "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
     "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "optgroup",
     "option", "p", "pre", "search", "section", "select", "summary", "table", "tbody", "td", "template", "tfoot", "th",
     "thead", "tr", "ul", "xmp"}
)  # fmt: skip


def parse_html(text: str) -> etree._Element:
    """Return the root element; PageError if the page is empty, or libxml2 would cut it short."""
    parser = etree.HTMLParser(no_network=True, recover=True, remove_pis=True)
    root = etree.fromstring(_XML_DECLARATION.sub("", text).replace("\x00", "\ufffd"), parser)
    limits = [entry.message for entry in parser.error_log if "RESOURCE" in entry.type_name]
    if limits:
        limit = limits[0].strip()
        raise PageError(Reason.TOO_DEEP, f"The page breaks a limit of the HTML parser ({limit}); it is not half read.")
    if root is None:
        raise PageError(Reason.NOT_A_TRIAL_PAGE, "The page has no element. Save the page again from the browser.")
    return root


class _Open(NamedTuple):
    """An element that is open, and whether a digit stands right before it."""

    node: Node
    follows_digit: bool


def build(root: etree._Element) -> tuple[Node, set[str]]:
    """Return the tree of the page, and the sections whose headings stand in scripts, comments and the like.

    PageError if it breaks a limit, or an element that was never closed swallows its end.
    """
    hidden: set[str] = set()
    around = [_Open(Node("#root", None), False)]
    skipped = count = 0
    before = " "  # last character of running text: an exponent follows a digit
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "start":
            count += 1
            _check_limits(len(around) + skipped, count)
            if skipped or element.tag in _SKIPPED:
                skipped += 1
                hidden |= _hidden_headings(element)
                continue
            node = _begin(element, around[-1].node)
            before = " " if node.tag in _BLOCKS else before
            around.append(_Open(node, before.isdigit()))
            before = _add_text(node, element.text, before)
        elif event == "end" and skipped:
            skipped -= 1
        elif event == "end":
            _end(around.pop())
        else:
            hidden |= _hidden_headings(element)
        if event != "start" and not skipped:
            before = _add_text(around[-1].node, element.tail, before)
    top = around.pop()
    _end(top)
    return top.node, hidden


def _check_limits(depth: int, count: int) -> None:
    if depth > MAX_DEPTH:
        raise PageError(Reason.TOO_DEEP, f"The page nests elements more than {MAX_DEPTH} deep; it is not half read.")
    if count > MAX_NODES:
        raise PageError(Reason.TOO_LARGE, f"The page has more than {MAX_NODES} elements; it is not half read.")


def _hidden_headings(element: etree._Element) -> set[str]:
    """Return the sections whose headings stand as markup in text that is no text of the page.

    PageError if the end of the page is in it: a script, comment or the like that was never closed.
    """
    text = element.text or ""
    if element.tag != "noscript" and _PAGE_END.search(text):
        name = element.tag if isinstance(element.tag, str) else "comment"
        raise PageError(
            Reason.INCOMPLETE_PAGE,
            f"A {name} that is never closed hides part of the page. Fetch or save the page again.",
        )
    return {section for piece in _BETWEEN_TAGS.findall(text) if (section := heading_section(piece))}


def _begin(element: etree._Element, parent: Node) -> Node:
    parent = _where_it_belongs(str(element.tag), parent)
    node = Node(str(element.tag), parent)
    attributes = element.attrib
    if attributes:
        node.classes = " ".join(str(attributes.get("class", "")).split())
        node.link = attributes.get("href") if node.tag == "a" else None
        if node.tag in CELLS:
            node.colspan = _span(attributes.get("colspan"))
            node.rowspan = _span(attributes.get("rowspan"))
        if attributes.get("role") in _MENU_ROLES:
            node.tag = "nav"
    parent.children.append(node)
    return node


def _where_it_belongs(tag: str, parent: Node) -> Node:
    """Return the parent of a cell, row, term or definition where the one before was left open, unlike libxml2."""
    around, closed_by = _CLOSED_BY.get(tag, ("", frozenset()))
    above: Node | None = parent
    while closed_by and above is not None and above.tag != around:
        if above.tag in closed_by and above.parent is not None:
            return above.parent
        above = above.parent
    return parent


def _span(text: str | None) -> int:
    return min(int(text), 100) if text and text.isascii() and text.isdigit() and int(text) else 1


def _add_text(node: Node, text: str | None, before: str) -> str:
    """Add a run of text and return the character that the next one follows."""
    if not text:
        return before
    for place, line in enumerate(text.split("\n") if _in_pre(node) else [text]):
        if place:
            node.children.append(Node("br", node))
            node.children[-1].short = ""
        child = Node("#text", node, line)
        child.short = _folded(line)
        node.children.append(child)
    return text[-1]


def _in_pre(node: Node) -> bool:
    return node.tag == "pre" or (node.parent is not None and node.parent.tag == "pre")


def _end(ended: _Open) -> None:
    """Fold the text of a node that is complete, and turn its runs of white space into gaps."""
    node = ended.node
    node.children = _without_gaps(node)
    node.block = node.tag in _BLOCKS or any(child.block for child in node.children)
    shorts: list[str] = []
    for child in node.children:
        if child.short is None or len(shorts) > SHORT:
            break
        shorts += (" " * child.gap_before, _in_line(child), " " * child.gap_after)
    else:
        node.short = _folded("".join(shorts))
    if node.tag == "sup" and ended.follows_digit and _EXPONENT.fullmatch(node.short or ""):
        caret = Node("#text", node, "^")
        caret.short = "^"
        node.children.insert(0, caret)
        node.short = f"^{node.short}"


def _without_gaps(node: Node) -> list[Node]:
    """Return the children but for runs of white space, which set the gaps of their neighbours, or of the node."""
    kept: list[Node] = []
    gap = False
    for child in node.children:
        if child.tag == "#text" and not child.text.strip():
            gap = gap or child.text != ""
            continue
        child.gap_before = child.gap_before or gap
        gap = False
        kept.append(child)
    if gap and kept:
        kept[-1].gap_after = True
    elif gap:
        node.gap_before = True
    return kept


def _in_line(child: Node) -> str:
    if child.tag == "#text":
        return child.text
    if child.block or child.tag == "br":
        return f" {child.short} "
    first, last = _edge(child, 0), _edge(child, -1)
    return f"{' ' * (first != first.lstrip())}{child.short}{' ' * (last != last.rstrip())}"


def _edge(node: Node, place: int) -> str:
    while node.children:
        node = node.children[place]
    return node.text


def _folded(text: str) -> str | None:
    folded = one_line(text)
    return folded if len(folded) <= SHORT else None
