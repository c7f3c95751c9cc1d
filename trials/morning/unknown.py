"""Labels, sections, columns and wordings that are not known, with the lines of a page around them."""

from collections.abc import Callable, Iterator, Sequence

from trials.morning.parts import Block, Cell, Code, Rows, count, link, literal, sql
from trials.report import Unknown

Around = Callable[[Unknown], list[str]]
"""Returns the lines of a page around what is not known; none if the page cannot be had."""

HEADING = "Labels and wordings that are not known"
_HEAD = ("what", "where", "text", "pages", "first on", "the lines around it")
_MOST_ROWS = 20


def unknown_block(unknown: Sequence[Unknown], around: Around) -> Iterator[Block]:
    """Yield what is not known, what stands on the most pages first; nothing if all is."""
    if not unknown:
        return
    ordered = sorted(unknown, key=lambda each: (-each.pages, each.code, each.about, each.text))
    rows: list[tuple[Cell, ...]] = [_row(each, around) for each in ordered[:_MOST_ROWS]]
    left = len(ordered) - len(rows)
    more: tuple[Cell, ...] = (f"and {left:,} more in ", Code("report.json")) if left > 0 else ()
    says = [
        (
            "Add what is right to ",
            Code("registry/labels.py"),
            " or ",
            Code("registry/vocab/"),
            ", as docs/guide.md says.",
        )
    ]
    yield Block(HEADING, says, table=Rows(_HEAD, rows, more))


def _row(unknown: Unknown, around: Around) -> tuple[Cell, ...]:
    listed = sql(
        f"SELECT nct_id, label, text FROM problems WHERE code = {literal(unknown.code)} ORDER BY fetched_at DESC"
    )
    return (
        unknown.code.removeprefix("unknown_").replace("_", " "),
        unknown.about,
        " / ".join(unknown.text.splitlines()),
        count(unknown.pages, listed),
        link(unknown.nct_id, unknown.url),
        Code("\n".join(around(unknown))),
    )
