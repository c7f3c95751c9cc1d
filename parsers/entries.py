"""Outcomes as entries of lists, each list under the type of all its outcomes, what else is said of each by its name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsers.above import type_of_those_below
from parsers.nodes import Node, first_link, lines
from parsers.outline import Block, Outline, Part, Table, TableRow
from registry.labels import OUTCOME
from registry.wording import label_key

_APART = frozenset({"dl", "table", "ul", "ol", "details"})
_OF_ENTRIES = frozenset({"Type", "Measure"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One outcome: its type, the line that says it, and the table of what is named below, if anything is."""

    kind: str
    line: TableRow
    named: Table | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A line that says the type of the outcomes below it."""

    kind: str
    line: str


def take_entry(unit: Node, page: Outline) -> bool:
    """Add an entry of plain lines: a line without a name, then lines that begin with one, each up to the next.

    False, and nothing added, if it holds more than that.
    """
    if _holds_more(unit):
        return False
    named: dict[str, list[str]] = {"": []}
    for line in lines([unit]):
        name, colon, value = line.partition(":")
        known = page.here.fields.get(label_key(name)) if colon else None
        if known and name not in named and known.labels[0] not in _OF_ENTRIES:
            named[name] = [value.strip()]
        else:
            named[[*named][-1]].append(line)
    measure = named.pop("")
    if not measure or any(map(page.column_at_start, measure)):
        return False
    page.add_cells_of_line(("\n".join(measure),), first_link([unit]))
    for label, texts in named.items():
        page.add_pair(label, list(filter(None, texts)))
    return True


def _holds_more(unit: Node) -> bool:
    """Whether there is a list or a table in a node."""
    return unit.tag in _APART or (not unit.is_leaf and any(map(_holds_more, unit.children)))


def entries_of(part: Part, blocks: Sequence[Block]) -> list[Entry | Kind]:
    """Return the outcomes of a part and the lines above them, in their order; none if it is not printed so."""
    if part.name != OUTCOME or not part.entries:
        return []
    found = list(_found(part, blocks))
    are_all = sum(isinstance(each, Entry) for each in found) == part.entries
    return found if are_all and all(isinstance(block, Table) for block in blocks) else []


def _found(part: Part, blocks: Sequence[Block]) -> Iterator[Entry | Kind]:
    """Yield them; nothing more where a block is none of such lists."""
    kind = ""
    for place, block in enumerate(blocks):
        if not isinstance(block, Table) or block.header:
            if not _is_named(part, block) or not place or _is_named(part, blocks[place - 1]):
                return
            continue
        after = blocks[place + 1] if place + 1 < len(blocks) else None
        for number, row in enumerate(block.rows, start=1):
            line = "\n".join(row.cells)
            if below := type_of_those_below(line):
                kind = below
                yield Kind(kind, line)
            elif kind:
                named = after if number == len(block.rows) and isinstance(after, Table) else None
                yield Entry(kind, row, named)
            else:
                return


def _is_named(part: Part, block: Block) -> bool:
    """Whether a block says of one outcome what is neither its type nor its measure."""
    if not isinstance(block, Table) or not block.header or len(block.rows) != 1:
        return False
    known = {found.labels[0] for name in block.header if (found := part.fields.get(label_key(name)))}
    return _OF_ENTRIES.isdisjoint(known)
