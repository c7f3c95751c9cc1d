"""The layout that all cards share: a title, and rows of cells side by side or, where that is too narrow, below it.

No frames: a terminal may draw an emoji, an accent or Arabic wider or narrower than is known here, and whatever stands
to the right of it moves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trials.screen import inert

_ROOM = 24  # columns that the last cell of a row needs to be read
_GAP = 2


def text_of(value: object, style: str = "") -> Text:
    """Return a value as text that steers no terminal."""
    return Text(inert(str(value)), style=style, overflow="fold")


def title(text: object) -> Text:
    """Return the line that a card, or a part of one, begins with."""
    return text_of(text, "bold")


def indented(part: RenderableType, by: int = _GAP) -> RenderableType:
    """Return a part of a card a little to the right, the lines among them that had to be broken."""
    return Padding(part, (0, 0, 0, by))


def cut(value: object, length: int) -> str:
    r"""Return a text on one line, of so many characters at most.

    >>> cut("A pilot study\\nof lamps", 14)
    'A pilot study…'
    """
    text = " ".join(str(value).split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of cells, a little to the right: short ones that stay whole, dim if the first is a name, then one of text.

    Where they leave the last one too little room, it stands below them.
    """

    rows: Sequence[Sequence[str | Text]]
    named: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the rows for the width at hand."""
        texts = [[cell if isinstance(cell, Text) else text_of(cell) for cell in row] for row in self.rows]
        *lead, last = (max(map(_cells, column)) + _GAP for column in zip(*texts, strict=True)) if texts else [0]
        is_wide = sum(lead) + min(last, _ROOM) + _GAP <= options.max_width
        yield indented(self._beside(texts) if is_wide else self._below(texts))

    def _beside(self, texts: Sequence[Sequence[Text]]) -> RenderableType:
        grid = Table.grid(padding=(0, _GAP))
        for number in range(len(texts[0]) - 1 if texts else 0):
            grid.add_column(style=self._style(number), no_wrap=True)
        grid.add_column(overflow="fold")
        for row in texts:
            grid.add_row(*row)
        return grid

    def _below(self, texts: Sequence[Sequence[Text]]) -> RenderableType:
        grid = Table.grid()
        grid.add_column(overflow="fold")
        for *lead, last in texts:
            words = [cell.copy() for cell in lead if cell.plain.strip()]
            for number, cell in enumerate(words):
                cell.stylize(self._style(number))
            if words:
                grid.add_row(Text(" " * _GAP).join(words))
            grid.add_row(indented(last))
        return grid

    def _style(self, number: int) -> str:
        return "dim" if self.named and number == 0 else ""


def _cells(text: Text) -> int:
    return max(map(cell_len, text.plain.split("\n")))


@dataclass(frozen=True, slots=True)
class Answer:
    """A table with a header: codes, dates and numbers stay whole, prose wraps; else one row below the other."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()  # columns that stand to the right

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the table for the width at hand."""
        columns = [_Column.of(texts) for texts in zip(self.names, *self.rows, strict=True)]
        needed = sum(column.least + _GAP for column in columns) - _GAP
        if needed <= options.max_width or not self.rows:
            yield self._table(columns)
        else:
            yield from self._records()

    def _table(self, columns: Sequence["_Column"]) -> RenderableType:
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
        for number, (name, column) in enumerate(zip(self.names, columns, strict=True)):
            table.add_column(
                text_of(name),
                overflow="fold",
                no_wrap=column.is_whole,
                justify="right" if number in self.numeric else "left",
            )
        for row in self.rows:
            table.add_row(*map(text_of, row))
        return table

    def _records(self) -> Iterator[RenderableType]:
        for number, row in enumerate(self.rows, 1):
            yield title(f"{number} of {len(self.rows)}")
            yield Rows(list(zip(self.names, row, strict=True)))


@dataclass(frozen=True, slots=True)
class _Column:
    least: int  # columns that it needs to be read
    is_whole: bool  # nothing in it can be broken between words

    @classmethod
    def of(cls, texts: Iterable[str]) -> "_Column":
        shown = [inert(text) for text in texts]
        widest = max(cell_len(line) for text in shown for line in text.split("\n"))
        is_whole = widest <= _CODE and not any(character.isspace() for text in shown for character in text)
        return cls(widest if is_whole else min(widest, _PROSE), is_whole)


_CODE = 40  # columns of a code or a name at most; what is longer is broken anywhere
_PROSE = 20
