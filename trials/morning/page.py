"""The page as HTML: everything it needs is in it, and its policy forbids the rest."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from registry.privacy import masked
from trials.morning.parts import Cell, Chapter, Link, Number
from trials.screen import inert

_SHORT, _LONG = 20, 40  # characters
_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Head:
    """What the page begins with; `look` is good, bad or none. Tiles: names, numbers, the anchors they lead to."""

    title: str
    look: str
    verdict: str
    sentence: str
    advice: str
    tiles: Sequence[tuple[str, str, str]]


def html(head: Head, chapters: Sequence[Chapter]) -> str:
    """Return the page. Every text in it is escaped and free of characters that steer; style and charts are ours."""
    style = (files("trials.morning") / "report.css").read_text(encoding="utf-8")
    commands = _Commands()
    environment = Environment(
        loader=PackageLoader("trials.morning", "."), autoescape=True, undefined=StrictUndefined, finalize=_finalize,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {
        "kind": lambda cell: type(cell).__name__.lower(), "shape": _shape, "anchor": anchor,
        "number_of": commands.number_of, "ours": Markup,
    }  # fmt: skip
    policy = _POLICY.format(b64encode(sha256(style.encode()).digest()).decode())
    return environment.get_template("report.html.j2").render(
        head=head, chapters=chapters, style=style, policy=policy, commands=commands.known
    )


def _finalize(value: object) -> object:
    """Return a text as it may be shown: inert, and without emails and telephone numbers that free text may hold."""
    return inert(masked(value)) if isinstance(value, str) and not isinstance(value, Markup) else value


class _Commands:
    """The commands behind the numbers, each once, in the order in which they are first needed."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def number_of(self, command: str) -> int:
        return self.known.setdefault(command, len(self.known) + 1)


def _shape(cell: Cell) -> str:
    """Return the class of a cell of a table: numbers stand right, short texts stay on one line, long ones are wide."""
    if isinstance(cell, str):
        return "t" if len(cell) > _LONG else "s" if len(cell) < _SHORT else ""
    return "r" if isinstance(cell, Number) else "s" if isinstance(cell, Link) else ""


def anchor(heading: str) -> str:
    """Return the name under which a block can be led to.

    >>> anchor("Not got, and why")
    'not-got-and-why'
    """
    return "-".join(re.findall(r"[a-z0-9]+", heading.lower()))
