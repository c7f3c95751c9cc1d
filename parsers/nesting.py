"""The indents that a page shows: of lists inside lists, and of preformatted text.

They are white space before a line, as a reader sees it; nothing else is added, no bullet and no number.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parsers.elements import LISTS
from parsers.nodes import Node, Special, add_pieces, lines
from parsers.texts import indent, one_line

_OPENS, _CLOSES, _SPACE = "\ud800", "\ud801", "\ud802"  # surrogates cannot stand in a parsed page
_TAB = 8  # columns


class _Line(NamedTuple):
    """A line without white space at its ends; how many lists are around it, how many columns stand before it."""

    text: str
    lists: int
    column: int


def value_lines(nodes: Sequence[Node], *, indented: bool = False) -> list[str]:
    """Return the lines of a value, without the colon that may stand before it; with the indents that show, or none."""
    text = indented_lines(nodes) if indented else lines(nodes)
    if text and text[0].startswith((":", "：")):
        text[0] = text[0][1:].lstrip(" ")
    return [line for line in text if line]


def indented_lines(nodes: Sequence[Node]) -> list[str]:
    """Return the lines that `lines` gives, each indented against the first one as the page shows it."""
    if not any(map(_has_indents, nodes)):  # as most
        return lines(nodes)
    pieces: list[str] = []
    add_pieces(nodes, pieces, _SPECIAL)
    found = list(_lines("".join(pieces)))
    return [f"{_indent(line, found[0])}{line.text}" for line in found]


def _indent(line: _Line, first: _Line) -> str:
    return indent(line.lists - first.lists) + " " * (line.column - first.column)


def _has_indents(node: Node) -> bool:
    return node.tag in _SPECIAL or (not node.is_leaf and any(map(_has_indents, node.children)))


def _add_list(node: Node, pieces: list[str]) -> None:
    pieces.append(_OPENS)
    add_pieces(node.children, pieces, _SPECIAL)
    pieces.append(_CLOSES)


def _add_preformatted(node: Node, pieces: list[str]) -> None:
    """Add lines of which each may begin with white space that shows."""
    for child in node.children:
        if child.tag == "#text":
            text = child.own.expandtabs(_TAB)
            pieces.append(_SPACE * (len(text) - len(text.lstrip(" "))))
        add_pieces((child,), pieces, _SPECIAL)


_SPECIAL: Special = {**dict.fromkeys(LISTS, _add_list), "pre": _add_preformatted}


def _lines(text: str) -> Iterator[_Line]:
    depth = 0
    for piece in text.split("\x00"):
        depth += piece.count(_OPENS)
        begun = piece.lstrip(f"{_OPENS}{_CLOSES} ")
        column = len(begun) - len(begun.lstrip(_SPACE))
        line = one_line(_without_signs(piece))
        if line.strip():
            yield _Line(line, depth, column)
        depth -= piece.count(_CLOSES)


def _without_signs(text: str) -> str:
    return text.replace(_OPENS, "").replace(_CLOSES, "").replace(_SPACE, "")
