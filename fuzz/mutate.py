"""Seeded mutations of pages, and what must hold of every one of them."""

import random
from collections.abc import Callable
from pathlib import Path

from normalizers.arrow import arrow_table
from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from registry.errors import PageError
from registry.record import Page, Record
from registry.tables import TABLES, table
from tests.cases import CASES, page_of
from tests.pages import BASE, FAMILIES, as_bars, as_text, render

_SNIPPETS = (
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<!-x",
    b"<a ",
    b"&#xD800;",
    b"&#0;",
    b"\x00",
    b"\xff\xfe",
    b"\xc2",
    b"\xed\xa0\x80",
    b"</html>",
    b"<html>",
    b"<table>",
    b"</table>",
    b"<tr><td colspan=99999 rowspan=99999>",
    b"<template>",
    b"<script>",
    b"<svg><title>",
    b"<math>",
    b"<plaintext>",
    b"<noscript>",
    b"<select><option>",
    b"<![CDATA[",
    b"<?xml?>",
    b"\x1b[2J",
    "\u202e".encode(),
    b"<h2>Locations</h2>",
    b"<h2>Outcome</h2><table><tr><td>",
    b"NCT number NCT00000001",
    b"<dl><dd><dt>",
    b"<base href=//x><meta charset=utf-16>",
    b"<p>" * 50,
    b"=" * 500,
    b"(" * 500,
    b"1," * 500,
    b" " * 5000,
)
_MOST = 6  # mutations of one page
_LONGEST = 600  # bytes that one mutation cuts, doubles, moves or wraps


def seeds() -> list[bytes]:
    """Return the pages that are mutated: those of the fixtures, of every family of markup, and text extractions."""
    pages = [page_of(case).body for case in CASES]
    pages += [render(BASE, family).encode() for family in FAMILIES.values()]
    return [*pages, as_text(BASE).encode(), as_bars(BASE).encode(), as_bars(BASE, wrap=60).encode()]


def mutated(pages: list[bytes], seed: str) -> bytes:
    """Return a page made bad; the same one for the same pages and seed."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    body = bytearray(dice.choice(pages))
    for _ in range(dice.randint(1, _MOST)):
        start = dice.randrange(len(body) + 1)
        end = min(len(body), start + dice.randrange(_LONGEST))
        dice.choice(_MUTATIONS)(body, start, end, dice)
    return bytes(body)


def _cut(body: bytearray, start: int, end: int, _dice: random.Random) -> None:
    del body[start:end]


def _double(body: bytearray, start: int, end: int, _dice: random.Random) -> None:
    body[end:end] = body[start:end]


def _swap(body: bytearray, start: int, end: int, dice: random.Random) -> None:
    piece = body[start:end]
    del body[start:end]
    at = dice.randrange(len(body) + 1)
    body[at:at] = piece


def _flip(body: bytearray, start: int, end: int, dice: random.Random) -> None:
    if start < end:
        body[start] ^= 1 << dice.randrange(8)


def _insert(body: bytearray, start: int, _end: int, dice: random.Random) -> None:
    body[start:start] = dice.choice(_SNIPPETS)


def _nest(body: bytearray, start: int, end: int, dice: random.Random) -> None:
    tag = dice.choice((b"div", b"b", b"table", b"td", b"ul", b"details"))
    depth = dice.choice((1, 3, 150, 300))
    body[start:end] = b"<%b>" % tag * depth + body[start:end] + b"</%b>" % tag * depth


_MUTATIONS = (_cut, _double, _swap, _flip, _insert, _nest)


def outcome(body: bytes, read: Callable[[Page], Record]) -> str:
    """Read a page and return what came of it: `record` or the reason; every row keeps its schema, or it raises."""
    page = Page(body)
    try:
        record = read(page)
    except PageError as error:
        assert str(error).endswith((".", "?")), str(error)
        return error.reason
    assert 0 <= record.claimed_characters <= record.content_characters
    tables = tidy(page, record)
    for each in TABLES:
        arrow_table(table(each.name), tables[each.name])
    to_json_line(tables).encode()
    return "record"


def save(body: bytes, name: str) -> Path:
    """Write a page that failed, to be reproduced with `trials parse`."""
    path = Path(f"fuzz-{name}.bin")
    path.write_bytes(body)
    return path
