"""The tables and how they belong together, as a picture: SVG that loads nothing, for light and dark screens.

`studies` stands on top, all other tables hang from it by `nct_id`; a fork is "any number of rows a trial", a bar "at
most one". Everything is derived from `registry.tables`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from normalizers.links import links
from registry.tables import TABLES, Column, Table, table

_COLUMNS = 4  # of boxes
_WIDTH = 290  # of a box
_GUTTER = 44  # beside each column of boxes, for the lines
_GAP = 22  # between boxes
_LINE = 16  # height of a column's line
_HEAD = 26
_MARGIN = 20
_TOP = 84  # above studies: title and legend
_TRUNK = 16  # from a box's left side to the line that it hangs from

_STYLE = """\
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1f2328}
.page{fill:#fff}.box{fill:#f6f8fa;stroke:#8c959f}.head{fill:#ddf4ff;stroke:#8c959f}
.title{font-size:18px;font-weight:600}.name{font-weight:600;font-size:13px}.soft{fill:#57606a}.key{font-weight:700;fill:#0550ae}
.private{fill:#a40e26}.line{fill:none;stroke:#57606a;stroke-width:1.3}.page-line{stroke:#8250df;stroke-dasharray:5 3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.box{fill:#161b22;stroke:#6e7681}
.head{fill:#0c2d6b;stroke:#6e7681}.soft{fill:#9ea7b1}.key{fill:#79c0ff}.private{fill:#ff7b72}.line{stroke:#9ea7b1}
.page-line{stroke:#bc8cff}}"""


@dataclass(frozen=True, slots=True)
class _Box:
    table: Table
    x: int
    y: int

    @property
    def height(self) -> int:
        return _height(self.table)


def entities() -> str:
    """Return the picture as the text of an SVG file."""
    boxes, height = _placed()
    width = 2 * _MARGIN + _COLUMNS * (_WIDTH + _GUTTER) - _GUTTER + _TRUNK + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title about">',
        '<title id="title">Tables and how they belong together</title>',
        f'<desc id="about">{len(TABLES)} tables; all belong to studies by nct_id.</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        *_legend(),
        *_studies(width),
        *_trunks(boxes),
        *_page_line(boxes),
    ]
    for box in boxes:
        parts += _drawn(box)
    return "\n".join([*parts, "</svg>"]) + "\n"


# --- places ---------------------------------------------------------------------------------------------------------


def _height(of: Table) -> int:
    return _HEAD + len(of.columns) * _LINE + 8


def _studies_height() -> int:
    return _HEAD + -(-len(table("studies").columns) // _COLUMNS) * _LINE + 8


def _placed() -> tuple[list[_Box], int]:
    """Return a box for every table but studies, each where the shortest column of boxes ends, and the height of all."""
    top = _TOP + _studies_height() + 2 * _GAP
    ends = [top] * _COLUMNS
    boxes = []
    for together in _together():
        place = ends.index(min(ends))
        for each in together:
            boxes.append(_Box(each, _MARGIN + _TRUNK + 8 + place * (_WIDTH + _GUTTER), ends[place]))
            ends[place] += _height(each) + _GAP
    return boxes, max(ends) - _GAP + _MARGIN


def _together() -> list[tuple[Table, ...]]:
    """Return the tables in the order of their size, the largest first; pages and problems stay together."""
    linked = (table("pages"), table("problems"))
    others = [(each,) for each in TABLES if each.name not in ("studies", "pages", "problems")]
    return sorted([linked, *others], key=lambda each: -sum(map(_height, each)))


# --- drawing --------------------------------------------------------------------------------------------------------


def _text(x: int, y: int, said: str, style: str = "", end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    of = f' class="{style}"' if style else ""
    return f'<text x="{x}" y="{y}"{anchor}{of}>{escape(said)}</text>'


def _path(style: str, *moves: str) -> str:
    return f'<path class="{f"line {style}".strip()}" d="{" ".join(moves)}"/>'


def _legend() -> Iterator[str]:
    y = _MARGIN + 40
    yield _text(_MARGIN, _MARGIN + 16, "Tables and how they belong together", "title")
    x = _MARGIN
    for sample, style, room in (("key", "key", 40), ("personal data", "private", 100)):
        yield _text(x, y, sample, style)
        x += room
    for many, said, room in (
        (True, "any number of rows a trial, by nct_id", 280),
        (False, "at most one row a trial", 195),
    ):
        yield from _foot(x + 22, y - 4, many=many)
        yield _path("", f"M{x} {y - 4}H{x + 22}")
        yield _text(x + 30, y, said, "soft")
        x += room
    yield _path("page-line", f"M{x} {y - 4}H{x + 30}")
    yield _text(x + 38, y, "page version, by url and fetched_at", "soft")
    yield _text(x + 270, y, "? may be null", "soft")


def _studies(width: int) -> Iterator[str]:
    """Yield the box of studies, as wide as the picture, its columns side by side."""
    of = table("studies")
    wide = width - 2 * _MARGIN
    yield from _frame(_MARGIN, _TOP, wide, _studies_height(), of)
    lines = -(-len(of.columns) // _COLUMNS)
    for number, column in enumerate(of.columns):
        x = _MARGIN + number // lines * (wide // _COLUMNS)
        yield from _column(of, column, x, _TOP + _HEAD + number % lines * _LINE, wide // _COLUMNS)


def _frame(x: int, y: int, wide: int, high: int, of: Table) -> Iterator[str]:
    yield f'<rect class="box" x="{x}" y="{y}" width="{wide}" height="{high}" rx="5"/>'
    yield f'<rect class="head" x="{x}" y="{y}" width="{wide}" height="{_HEAD - 4}" rx="5"/>'
    yield _text(x + 10, y + 16, of.name, "name")


def _column(of: Table, column: Column, x: int, y: int, wide: int) -> Iterator[str]:
    style = "private" if column.personal else "key" if column.name in of.key else ""
    yield _text(x + 10, y + 12, column.name, style)
    kind = column.unit or column.type.value
    yield _text(x + wide - 10, y + 12, f"{kind}?" if column.nullable else kind, "soft", end=True)


def _drawn(box: _Box) -> Iterator[str]:
    yield from _frame(box.x, box.y, _WIDTH, box.height, box.table)
    for number, column in enumerate(box.table.columns):
        yield from _column(box.table, column, box.x, box.y + _HEAD + number * _LINE, _WIDTH)


def _trunks(boxes: Sequence[_Box]) -> Iterator[str]:
    """Yield the lines from studies down beside each column of boxes, with a branch to every box."""
    top = _TOP + _studies_height()
    for x in sorted({box.x for box in boxes}):
        branches = [box.y + 11 for box in boxes if box.x == x]
        yield _path("", f"M{x - _TRUNK} {top}V{max(branches)}", *(f"M{x - _TRUNK} {y}H{x}" for y in branches))
    for box in boxes:
        yield from _foot(box.x, box.y + 11, many=next(links(box.table)).is_many)


def _foot(x: int, y: int, *, many: bool) -> Iterator[str]:
    """Yield how a line ends at a box whose left side is at x: a fork for many rows, a bar for at most one."""
    yield _path("", f"M{x - 9} {y}L{x} {y - 5}M{x - 9} {y}L{x} {y + 5}" if many else f"M{x - 6} {y - 5}V{y + 5}")


def _page_line(boxes: Sequence[_Box]) -> Iterator[str]:
    """Yield the lines from pages to what names a page version: studies above it and problems below."""
    by_name = {box.table.name: box for box in boxes}
    pages, problems = by_name["pages"], by_name["problems"]
    right = pages.x + _WIDTH
    yield _path("page-line", f"M{right} {pages.y + 11}H{right + 12}V{problems.y + 11}H{right}")
    yield _path("page-line", f"M{right + 12} {pages.y + 11}V{_TOP + _studies_height()}")
