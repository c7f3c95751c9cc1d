"""The landmarks of a page: which of its texts are headings, where its content is, which of its nodes are menus."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from parsers.elements import HEADINGS, SAID, TEXT
from parsers.headings import Candidate, choose
from parsers.nodes import Node, is_menu
from parsers.outline import TABLE_COLUMNS
from parsers.texts import heading_section
from parsers.tree import Tree
from registry.labels import PAGE_HEADING
from registry.wording import fold

_AROUND_CELLS = frozenset({"#root", "html", "body", "table", "thead", "tbody", "tfoot", "tr"})  # never a heading itself
_COLUMN_NAMES = frozenset().union(*TABLE_COLUMNS)
_MOST_COLUMNS = 1000  # cells beside each other


@dataclass(frozen=True, slots=True)
class Heading:
    """A node that reads like the heading of `section`, what is around it, and the place of its first text among all."""

    node: Node
    around: tuple[Node, ...]  # the root first
    section: str
    run: int


def mark_headings(tree: Tree) -> list[Heading]:
    """Mark the headings in the tree with their sections, and return them in the order of the page."""
    found = _without_said_twice(list(_alike(tree)))
    nexts = [row.run for row in found[1:]] + [-1]
    places = choose(
        [
            Candidate(row.section, row.node.style, row.node.marked, row.run + _runs(row.node) == after)
            for row, after in zip(found, nexts, strict=False)
        ]
    )
    chosen = [found[place] for place in places]
    for row in chosen:
        row.node.heading = row.section
        for node in (row.node, *row.around):
            node.holds = True
    return chosen


def _without_said_twice(found: list[Heading]) -> list[Heading]:
    """Return the rows without the labels that are only read aloud where the page shows the heading too."""
    found = _without_tabs(found)
    shown = {row.section for row in found if row.node.element is not SAID}
    twice = [row for row in found if row.node.element is SAID and row.section in shown]
    for row in twice:
        row.node.own = row.node.short = ""
    return [row for row in found if row.node.own or row.node.element is not SAID]


def _without_tabs(found: list[Heading]) -> list[Heading]:
    """Return the rows without tabs beside each other, where the parts that they open say the same."""
    said = {row.section for row in found if row.node.element is SAID}
    if not said:  # as on most pages
        return found
    tabs = {id(row) for row in found if any(node.element.is_tab for node in (row.node, *row.around))}
    beside = [pair for pair in pairwise(found) if all(id(row) in tabs for row in pair) and _touch(*pair)]
    entries = {id(row) for pair in beside for row in pair if row.section in said}
    return [row for row in found if id(row) not in entries]


def _touch(row: Heading, after: Heading) -> bool:
    """Whether no text stands between them."""
    return row.run + _runs(row.node) == after.run


def _alike(tree: Tree) -> Iterator[Heading]:
    """Yield the outermost nodes that read like headings."""
    last: Node | None = None
    are_said = any(path[-1].element is SAID for path, _ in tree.alike)
    for path, run in tree.alike:
        if not path[-1].is_leaf and path[-1].element is not TEXT:  # other nodes followed its text
            path = (*path, path[-1].children[0])
        outermost = None
        for place in range(len(path) - 1, -1, -1):
            node = path[place]
            if node.short is None or (are_said and _is_around_said(node, path[place + 1 :])):
                break
            if node.tag not in _AROUND_CELLS and (section := heading_section(node.short)):
                outermost = Heading(node, path[:place], section, run)
            if node.element is SAID:  # what is around it is no heading, even if nothing else stands there
                break
        if outermost is None or outermost.node is last:
            continue
        last = outermost.node
        if not _is_menu_entry(last) and not _is_column_name(last, path):
            yield outermost


def _is_around_said(node: Node, below: Sequence[Node]) -> bool:
    """Whether a node says its label aloud, and the path leads to something else in it."""
    return bool(below) and bool(node.inner) and node.children[0].element is SAID and below[0].element is not SAID


def _runs(node: Node) -> int:
    """Return the number of runs of text in a node."""
    if node.is_leaf:
        return int(node.own != "")
    return sum(map(_runs, node.children))


def _is_menu_entry(node: Node) -> bool:
    """Whether the text is a link outside a heading element: an entry of a menu or of a table of contents."""
    chain = [node, *node.alone_inside()]
    return any(inner.element.link for inner in chain) and not any(inner.tag in HEADINGS for inner in chain)


def _is_column_name(node: Node, path: Sequence[Node]) -> bool:
    """Whether it stands among names of columns: Outcome has a column Description, and a section is called so."""
    name = fold(node.short or "")
    if node is path[0] or name not in _COLUMN_NAMES:
        return False
    row = path[path.index(node) - 1].children
    if len(row) > _MOST_COLUMNS:
        return False
    place = row.index(node)
    beside = {fold(other.short or "") for other in (*row[max(0, place - 1) : place], *row[place + 1 : place + 2])}
    beside.discard(name)  # it is said twice, say
    return any(name in columns and beside & columns for columns in TABLE_COLUMNS)


def heading_styles(headings: Sequence[Heading]) -> frozenset[str]:
    """Return the styles that mark a heading even where its text is not known: not those of more text than headings."""
    styles = Counter(row.node.style for row in headings if row.node.marked)
    common = {style for style, count in styles.items() if count > 1}
    by_class = {style for style in common if style not in HEADINGS and style[-1] != "."}
    others: Counter[str] = Counter()
    if by_class:
        beside = {id(row.around[-1]): row.around[-1] for row in headings if row.around}
        nodes = (node for around in beside.values() for node in around.children)
        others.update(node.style for node in nodes if not node.holds and node.rows is None)
    return frozenset((common & HEADINGS) | {style for style in by_class if styles[style] > others[style]})


def content_path(headings: Sequence[Heading]) -> tuple[Node, ...]:
    """Return the path to the smallest element around all headings and what stands under the last.

    The page's own heading may stand in its frame.
    """
    inside = [row for row in headings if row.section != PAGE_HEADING] or list(headings)
    if not inside:
        return ()
    shared = inside[0].around
    for row in inside[1:]:
        common = sum(1 for one, other in zip(shared, row.around, strict=False) if one is other)
        shared = shared[:common]
    last = (*inside[-1].around, inside[-1].node)
    while len(shared) > 1 and _ends_with(shared[-1], last):
        shared = shared[:-1]
    return shared


def _ends_with(node: Node, path: Sequence[Node]) -> bool:
    """Whether nothing stands in a node behind the last of a path that leads through it."""
    below = path[next(place for place, each in enumerate(path) if each is node) :]
    return all(around.children[-1] is inner for around, inner in pairwise(below))


def mark_menus(tree: Tree, content: Sequence[Node]) -> list[Node]:
    """Mark menus and controls, which are no part of a value, and return the outermost ones inside the content."""
    inside: list[Node] = []
    for path in tree.menus:
        if is_menu(path[-1]):
            path[-1].is_silent = True
            if content and content[-1] in path and not any(node.is_silent for node in path[:-1]):
                inside.append(path[-1])
    return inside
