"""Pairs of label and value in elements and runs of text that are no table: rows, and one after the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from parsers.elements import LISTS
from parsers.nesting import value_lines
from parsers.nodes import Node, first_link, is_frame, is_menu, unwrap, whole_text
from parsers.outline import Boilerplate, Outline, Part
from registry.labels import Layout
from registry.wording import fold, label_key

MAX_LABEL = 60  # a longer text in a label's place is no label
_NO_LABEL = frozenset({"table", "dl", "br"})  # nor a row
_Shape: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Manner:
    """How the known labels of one section stand among siblings.

    `shapes` are those of labels and of rows that begin with one. `as_lines`: label and value are one run of text, so
    that a label alone is blank. `beside`: values stand on the line of their label, so that a line's end ends them.
    `apart`: an empty element stands between each label and its value. `one_row`: all are on lines of one block, and are
    the cells of one row, so that each value reaches to the next. `turned`: in rows of
    two the label stands behind its value. `has_labels`: there are any.
    """

    shapes: frozenset[_Shape]
    as_lines: bool
    beside: bool
    apart: bool
    one_row: bool = False
    turned: bool = False
    has_labels: bool = True


_NO_LABELS = _Manner(frozenset(), False, False, False, has_labels=False)


@dataclass(slots=True)
class Siblings:
    """The children of one element: what each is in the section being read, and the manner of labels among them."""

    nodes: Sequence[Node]
    _part: Part | None = None
    _manner: _Manner = _NO_LABELS
    _kinds: dict[int, str] = field(default_factory=dict)  # by place

    def manner(self, place: int, page: Outline) -> _Manner:
        """Return the manner around `place`, as far as the section goes; taken once for each section."""
        if self._part is not page.here:
            self._part = page.here
            self._kinds.clear()
            self._manner = self._found(range(*self._section(place)), page)
        return self._manner

    def kind(self, place: int, page: Outline) -> str:
        """Return what a node is, "" for anything else.

        A `row` that begins with a label, `columns` of labels and of values, a `label` alone, a `line` of both.
        """
        kind = self._kinds.get(place)
        if kind is None:
            kind = self._kinds[place] = _kind(self.nodes[place], page)
        return kind

    def _section(self, place: int) -> tuple[int, int]:
        begin = end = place
        while begin > 0 and not self.nodes[begin - 1].holds:
            begin -= 1
        while end < len(self.nodes) and not self.nodes[end].holds:
            end += 1
        return begin, end

    def _found(self, places: range, page: Outline) -> _Manner:
        shapes: set[_Shape | None] = set()
        alone = on_lines = other = since_label = 0  # labels alone, with their value on a line, what else is between
        beside = has_labels = False
        for place in places:
            unit, kind = self.nodes[place], self.kind(place, page)
            if not kind:
                since_label += has_labels and unit.short != ""  # before the first label the section before ends, say
                continue
            has_labels = True
            if kind == "row":
                shapes.add(row_shape(unit))
            elif kind == "label":
                shapes.add(label_shape(unit))
                beside = beside or (place + 1 in places and self._is_beside(place + 1, page))
                alone += 1
            on_lines += kind == "line"
            other, since_label = other + since_label, 0  # what follows the last label may be a value of many lines
        turned = page.here.layout is Layout.PAIRS and self._are_turned(places, page)
        as_lines = on_lines > other or (on_lines == other and on_lines >= max(alone, 1))
        apart = alone > 1 and self._are_apart(places, page)
        one_row = page.here.layout is Layout.TABLE and self._are_one_row(places, page)
        known = frozenset(shape for shape in shapes if shape)
        return _Manner(known, as_lines, beside, apart, one_row, turned, has_labels or turned)

    def _are_one_row(self, places: range, page: Outline) -> bool:
        """Whether several labels stand there, each another, and nothing but lines between."""
        if any(self.nodes[place].block for place in places):
            return False
        keys = [label_key(self.nodes[place].short or "") for place in places if self.kind(place, page) == "label"]
        return len(keys) > 1 and len(set(keys)) == len(keys)

    def _are_apart(self, places: range, page: Outline) -> bool:
        """Whether an empty element stands behind each label, and behind some a value after that."""
        labels: list[int] = []
        for place in places:  # a value may read as its label does
            if self.kind(place, page) == "label" and (not labels or place > labels[-1] + 2):
                labels.append(place)
        if labels[-1] + 1 not in places or not all(_is_empty(self.nodes[place + 1]) for place in labels):
            return False
        values = [place + 2 for place in labels if place + 2 in places]
        return any(self.nodes[place].short != "" and not self.kind(place, page) for place in values)

    def _are_turned(self, places: range, page: Outline) -> bool:
        """Whether there are rows of two whose second is a known label and the first none, and no others."""
        known = (place for place in places if self.kind(place, page))
        if not all(_is_turned(self.nodes[place], page) for place in known):
            return False
        return any(_is_turned(self.nodes[place], page) for place in places)

    def _is_beside(self, place: int, page: Outline) -> bool:
        """Whether a value stands there, on the line of its label."""
        node = self.nodes[place]
        return not node.block and node.short != "" and not page.is_label(node.short)


def _is_empty(unit: Node) -> bool:
    return unit.short == "" and unit.tag not in ("br", "hr")


def _kind(unit: Node, page: Outline) -> str:
    if not unit.is_leaf and _is_known_row(unit, page):
        return "row"
    if not unit.is_leaf and page.here.layout is Layout.PAIRS and _columns(unit, page):
        return "columns"
    if page.is_label(unit.short):
        return "label"
    return "line" if page.label_at_start(unit.short) else ""


def label_shape(unit: Node) -> _Shape | None:
    """Return tag and class; None for a run of text, which has no shape."""
    return None if unit.tag == "#text" else ("label", unit.tag, unit.element.classes)


def row_shape(unit: Node) -> _Shape | None:
    """Return tag and class of the row and of what stands first in it; None if it is no row."""
    inside = () if unit.is_leaf else unwrap(unit).children
    if len(inside) < 2 or inside[0].tag == "#text":
        return None
    return ("row", unit.tag, unit.element.classes, inside[0].tag, inside[0].element.classes)


def take_pair(siblings: Siblings, place: int, page: Outline) -> int:
    """Add the pair that begins at `place` to the outline and return how many nodes it took; 0 if none begins there."""
    unit = siblings.nodes[place]
    if unit.heading or unit.tag in _NO_LABEL or (unit.element.may_be_frame and (is_menu(unit) or is_frame(unit))):
        return 0
    manner = siblings.manner(place, page)
    if not manner.has_labels:
        return 0
    kind = siblings.kind(place, page)
    is_turned = manner.turned and _is_turned(unit, page)
    if kind == "row" or is_turned:
        return _take_row(siblings, place, page, is_turned=is_turned)
    if kind == "columns":
        for label, value in _columns(unit, page):
            add_pair(page, label, [value])
        return 1
    if kind == "label":
        return 0 if manner.as_lines else 1 + _add_value(siblings, place, manner, page)
    if unit.holds or manner.as_lines or kind == "line":
        return 0
    if _is_row_alike(unit, manner, page):
        return _take_row(siblings, place, page)
    if label_shape(unit) in manner.shapes and _may_be_label(unit):
        return 1 + _add_value(siblings, place, manner, page)
    return 0


def _may_be_label(unit: Node) -> bool:
    return unit.short is not None and 0 < len(unit.short) <= MAX_LABEL


def _is_turned(unit: Node, page: Outline) -> bool:
    """Whether it holds two nodes, the second a label; the first may read like it, but is no other."""
    inside = () if unit.is_leaf else unwrap(unit).children
    if len(inside) != 2 or not page.is_label(inside[1].short):
        return False
    return not page.is_label(inside[0].short) or label_key(inside[0].short or "") == label_key(inside[1].short or "")


def _is_known_row(unit: Node, page: Outline) -> bool:
    """Whether it holds one label, first, and what follows is its value."""
    inside = unwrap(unit).children
    if len(inside) < 2 or not page.is_label(inside[0].short):
        return False
    return not any(_begins_with_other(other, inside[0], page) or _has_heading(other) for other in inside[1:])


def _columns(unit: Node, page: Outline) -> list[tuple[Node, Node]]:
    """Return the pairs of two boxes beside each other, the first of labels alone, the second of their values."""
    boxes = unwrap(unit).children
    if len(boxes) != 2 or any(box.is_leaf or box.holds for box in boxes):
        return []
    labels, values = boxes[0].children, boxes[1].children
    if len(labels) != len(values) or len(labels) < 2:
        return []
    fields = page.fields_after(labels[0].short or "")
    named = [label for label in labels if label_key(label.short or "") in fields]
    if len(named) < 2 or 2 * len(named) < len(labels) or not all(map(_may_be_label, labels)):
        return []
    pairs = list(zip(labels, values, strict=True))
    return [] if any(is_other_label(value, label, page) for label, value in pairs) else pairs


def _begins_with_other(unit: Node, label: Node, page: Outline) -> bool:
    """Whether it is another label, a row or the like that begins with one, or one with its value on a line."""
    first = () if unit.is_leaf else unwrap(unit).children[:1]
    with_colon = (label.short or "").endswith((":", "："))
    is_line = with_colon and page.label_at_start(unit.short) not in (None, label_key(label.short or ""))
    return is_line or any(is_other_label(node, label, page) for node in (unit, *first))


def is_other_label(unit: Node, label: Node, page: Outline) -> bool:
    """Whether it is a label, and not that label's value: yes to `Accepts healthy volunteers` is printed as the same."""
    if not unit.short or not label.short:
        return False
    return label_key(unit.short) in page.fields_after(label.short) and label_key(unit.short) != label_key(label.short)


def _has_heading(node: Node) -> bool:
    return node.heading is not None or (node.holds and any(_has_heading(child) for child in node.children))


def _is_row_alike(unit: Node, manner: _Manner, page: Outline) -> bool:
    """Whether it is shaped like the rows of known labels, and holds none of them itself."""
    if row_shape(unit) not in manner.shapes:
        return False
    inside = unwrap(unit).children
    inner = (node for child in inside for node in (child, *unwrap(child).children[:1]))
    return _may_be_label(inside[0]) and not any(page.is_label(node.short) for node in inner)


def _take_row(siblings: Siblings, place: int, page: Outline, *, is_turned: bool = False) -> int:
    unit, after = siblings.nodes[place], siblings.nodes[place + 1 : place + 2]
    label, *rest = reversed(unwrap(unit).children) if is_turned else unwrap(unit).children
    add_pair(page, label, rest)
    if unit.tag == "p" and any(node.tag in LISTS for node in after):
        page.let_go_on()  # no paragraph holds a list: it ends where one begins
    return 1


def _add_value(siblings: Siblings, place: int, manner: _Manner, page: Outline) -> int:
    """Add the label at `place` with the value that follows it; return how many nodes the value took."""
    label = siblings.nodes[place]
    after = _until_label(siblings, place, manner, page)
    known = page.here.fields.get(label_key(label.short or ""))
    apart = [next(after)] if manner.apart else []
    value = list(after) if manner.one_row or (known and known.multiline) else _one_value(after, manner)
    add_pair(page, label, value)
    return len(apart) + len(value)


def _until_label(siblings: Siblings, place: int, manner: _Manner, page: Outline) -> Iterator[Node]:
    """Yield what follows the label at `place`, up to the next label, row or heading."""
    for later in range(place + 1, len(siblings.nodes)):
        unit = siblings.nodes[later]
        is_row = siblings.kind(later, page) == "row" or (later == place + 1 and _is_row_alike(unit, manner, page))
        if unit.holds or is_row or is_other_label(unit, siblings.nodes[place], page):
            return
        yield unit


def _one_value(after: Iterable[Node], manner: _Manner) -> list[Node]:
    """Return the nodes of one value: one block or empty element, else the rest of the line, or the next line."""
    value: list[Node] = []
    has_text = False
    for unit in after:
        if (unit.block and has_text) or (unit.tag == "br" and (has_text or manner.beside)):
            break
        value.append(unit)
        has_text = has_text or unit.short != ""
        if unit.block or (unit.short == "" and unit.tag != "br" and len(value) == 1):
            break
    return value


def add_pair(page: Outline, label: Node, value: Sequence[Node]) -> None:
    """Add a label with the nodes of its value; with the link in it where pairs stand for the cells of a row.

    A link or button behind the value that names the label acts on the pair, and is a control.
    """
    if len(value) > 1 and _acts_on(value[-1], label):
        add_pair(page, label, value[:-1])
        page.here.blocks.append(Boilerplate("menu", whole_text(value[-1])))
        return
    link = first_link(value) if page.here.layout is Layout.TABLE else None
    known = page.here.fields.get(label_key(label.short or ""))
    page.add_pair(label.short or "", value_lines(value, indented=bool(known and known.indented)), link)


def _acts_on(unit: Node, label: Node) -> bool:
    return unwrap(unit).element.may_be_menu and label_key(label.short or "") in fold(unit.short or "")
