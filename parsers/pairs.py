"""Pairs of label and value in elements and runs of text that are no table: rows, and one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from parsers.nodes import Node, is_chrome, lines, units, unwrap
from parsers.outline import Outline, Part
from registry.labels import Layout
from registry.wording import fold

MAX_LABEL = 60  # a longer text in a label's place is no label
_Shape: TypeAlias = tuple[str, ...]


@dataclass(slots=True)
class LabelShapes:
    """The shapes that known labels, and rows that begin with one, have among these siblings.

    They depend on the section being read, so they are taken again when another begins.
    """

    siblings: Sequence[Node]
    _part: Part | None = None
    _shapes: set[_Shape] = field(default_factory=set)

    def have(self, shape: _Shape, page: Outline) -> bool:
        """Whether a known label or row of the section being read has this shape."""
        if self._part is not page.here:
            self._part = page.here
            known = (self._shape(unit, page) for unit in self.siblings) if page.here.layout is Layout.PAIRS else ()
            self._shapes = {shape for shape in known if shape}
        return shape in self._shapes

    @staticmethod
    def _shape(unit: Node, page: Outline) -> _Shape | None:
        if page.is_label(unit.short):
            return label_shape(unit)
        return row_shape(unit) if _is_known_row(unit, page) else None


def label_shape(unit: Node) -> _Shape | None:
    """Return tag and class; None for a run of text, which has no shape."""
    return None if unit.tag == "#text" else ("label", unit.tag, unit.classes)


def row_shape(unit: Node) -> _Shape | None:
    """Return tag and class of the row and of what stands first in it; None if it is no row."""
    inside = units(unwrap(unit))
    if len(inside) < 2 or inside[0].tag == "#text":
        return None
    return ("row", unit.tag, unit.classes, inside[0].tag, inside[0].classes)


def take_pair(inside: Sequence[Node], place: int, shapes: LabelShapes, page: Outline) -> int:
    """Add the pair that begins at `place` to the outline and return how many nodes it took; 0 if none begins there."""
    unit = inside[place]
    if unit.heading or unit.tag in ("table", "dl", "br"):
        return 0
    if _is_known_row(unit, page):
        return _add_row(unit, page)
    if page.is_label(unit.short):
        return 1 + _add_value(inside, place, shapes, page)
    if page.here.layout is not Layout.PAIRS or unit.holds or is_chrome(unit) or page.begins_with_label(unit.short):
        return 0
    shape = row_shape(unit)
    if shape and shapes.have(shape, page) and _may_be_label(units(unwrap(unit))[0]):
        return _add_row(unit, page)
    shape = label_shape(unit)
    if shape and shapes.have(shape, page) and _may_be_label(unit):
        return 1 + _add_value(inside, place, shapes, page)
    return 0


def _may_be_label(unit: Node) -> bool:
    return unit.short is not None and 0 < len(unit.short) <= MAX_LABEL


def _is_known_row(unit: Node, page: Outline) -> bool:
    """Whether it holds one label, first, and what follows is its value."""
    inside = units(unwrap(unit))
    return (
        len(inside) > 1
        and page.is_label(inside[0].short)
        and not any(is_other_label(other, inside[0], page) or _has_heading(other) for other in inside[1:])
    )


def is_other_label(unit: Node, label: Node, page: Outline) -> bool:
    """Whether it is a label, and not that label's value: yes to `Accepts healthy volunteers` is printed as the same."""
    return page.is_label(unit.short) and fold(unit.short or "") != fold(label.short or "")


def _has_heading(node: Node) -> bool:
    return node.heading is not None or (node.holds and any(_has_heading(child) for child in node.children))


def _add_row(unit: Node, page: Outline) -> int:
    label, *rest = units(unwrap(unit))
    page.add_pair(label.short or "", value_lines(rest))
    return 1


def _add_value(inside: Sequence[Node], place: int, shapes: LabelShapes, page: Outline) -> int:
    """Add the label at `place` with the value that follows it; return how many nodes the value took."""
    label = inside[place]
    after = inside[place + 1 :]
    known = page.here.fields.get(fold(label.short or ""))

    def stops(unit: Node) -> bool:
        is_line = (label.short or "").endswith(":") and page.begins_with_label(unit.short)
        return unit.holds or is_other_label(unit, label, page) or is_line

    if known and known.multiline:
        taken = _count_until(after, lambda unit: stops(unit) or _is_known_row(unit, page))
    elif after and _is_row(after[0], shapes, page):
        taken = 0
    else:
        taken = _one_value(after[: _count_until(after, stops)])
    page.add_pair(label.short or "", value_lines(after[:taken]))
    return taken


def _count_until(nodes: Sequence[Node], stops: Callable[[Node], bool]) -> int:
    return next((place for place, node in enumerate(nodes) if stops(node)), len(nodes))


def _one_value(after: Sequence[Node]) -> int:
    """Return how many nodes make up one value: one block, else the rest of the line, or else the next line."""
    for taken, unit in enumerate(after):
        has_text = any(other.short != "" for other in after[:taken])
        if unit.block:
            return taken if has_text else taken + 1
        if unit.tag == "br" and has_text:
            return taken
    return len(after)


def _is_row(unit: Node, shapes: LabelShapes, page: Outline) -> bool:
    shape = row_shape(unit)
    return _is_known_row(unit, page) or (shape is not None and shapes.have(shape, page))


def value_lines(nodes: Sequence[Node]) -> list[str]:
    """Return the lines of a value, without the colon that may stand before it."""
    text = lines([node for node in nodes if not is_chrome(node)])
    if text and text[0].startswith(":"):
        text[0] = text[0][1:].lstrip(" ")
    return [line for line in text if line]
