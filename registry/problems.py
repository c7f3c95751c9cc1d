"""What every code of `problems` means, what it can be about, and what to do: `vocab/problem.csv`."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registry.labels import FIELDS, Field


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One code: in a few words, in a sentence, an example of a message, what an analyst and a maintainer should do.

    `about` holds each `table.column` that such a problem can name; empty where it names none.
    """

    code: str
    wording: str
    about: tuple[str, ...]
    meaning: str
    example: str
    analyst: str
    maintainer: str


@cache
def problem_kinds() -> tuple[ProblemKind, ...]:
    """Return every kind of problem, in the order of the file."""
    text = (files("registry") / "vocab" / "problem.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), strict=True)
    return tuple(ProblemKind(about=tuple(_columns(row.pop("about").split())), **row) for row in rows)


def _columns(words: list[str]) -> Iterator[str]:
    """Yield each `table.column` once: as it stands, or of the fields that a word names.

    `any` names all fields, `repeats` those whose column another field fills too, `kind:<kind>` those of a kind.
    """
    found = (column for word in words for column in ([word] if "." in word else map(_column, _fields(word))))
    yield from dict.fromkeys(found)


def _fields(word: str) -> list[Field]:
    if word == "any":
        return list(FIELDS)
    if word == "repeats":
        filled = [_column(field) for field in FIELDS]
        return [field for field in FIELDS if filled.count(_column(field)) > 1]
    return [field for field in FIELDS if f"kind:{field.kind}" == word]


def _column(field: Field) -> str:
    return f"{field.table}.{field.column}"
