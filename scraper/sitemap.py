"""Sitemaps: which addresses the site itself lists (sitemaps.org 0.9; index files, RSS, Atom, plain lists, gzip)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from xml.parsers import expat

from registry.charset import without_mark
from scraper.answer import gunzip

MAX_BYTES = 50 * 2**20  # sitemaps.org: a sitemap has at most 50 MB
_MOST_SITEMAPS = 1000  # read of one site; 594,000 trials fill 12
_GZIP_MAGIC = b"\x1f\x8b"
_PLACES = {
    "urlset": ("url", "loc"),
    "sitemapindex": ("sitemap", "loc"),
    "rss": ("item", "link"),
    "feed": ("entry", "link"),
}
"""Root element → where an address stands in it: the element and the one around it."""
_LASTMOD = {"urlset": "lastmod", "feed": "updated"}
_ISO = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?)?\Z")


class SitemapError(ValueError):
    """A sitemap that cannot be read whole; the message begins with `it`."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One sitemap: the addresses of the pages that it lists, and of further sitemaps.

    `lastmods` has the time at which a page changed last, for those of which the sitemap says so in a form that can be
    read: ISO 8601 in UTC, or a day.
    """

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    lastmods: Mapping[str, str] = field(default_factory=dict)


def read_sitemap(body: bytes) -> Sitemap:
    """Return what a sitemap lists; SitemapError if it is none, or not whole."""
    text = _text(body)
    if not text:
        raise SitemapError("it is empty")
    if not text.startswith("<"):
        return Sitemap(pages=_listed(text))
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")  # whatever the document says of its encoding: `_text` has decoded it
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.found_text
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise SitemapError(f"it is no whole XML ({error})") from error
    addresses = tuple(reader.addresses)
    if reader.root == "sitemapindex":
        return Sitemap(sitemaps=addresses)
    return Sitemap(pages=addresses, lastmods=reader.lastmods)


def _listed(text: str) -> tuple[str, ...]:
    """Return the addresses of a sitemap that is a plain list, one a line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all(line.startswith(("http://", "https://")) for line in lines):
        raise SitemapError("it is none")
    return tuple(lines)


@dataclass(slots=True)
class _Reader:
    """Takes the addresses from the places of the document's kind; what else stands in it is passed over."""

    root: str = ""
    addresses: list[str] = field(default_factory=list)
    lastmods: dict[str, str] = field(default_factory=dict)
    _entry: int = 0  # number of addresses before the entry that is open
    _lastmod: str | None = None  # of that entry
    _open: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._open.append(name.rpartition(":")[2])
        self._pieces.clear()
        self.root = self.root or self._open[0]
        if self.root not in _PLACES:
            raise SitemapError(f"it is none: its root is <{self.root}>")
        if self._is_address() and "href" in attributes:  # as Atom has it
            self.addresses.append(attributes["href"].strip())

    def found_text(self, text: str) -> None:
        self._pieces.append(text)

    def end(self, _: str) -> None:
        text = "".join(self._pieces).strip()
        if self._is_address() and text:
            self.addresses.append(text)
        elif self._open[-2:] == [_PLACES[self.root][0], _LASTMOD.get(self.root)]:
            self._lastmod = read_lastmod(text)
        elif self._open[-1] == _PLACES[self.root][0]:
            self._end_entry()
        self._pieces.clear()
        self._open.pop()

    def _end_entry(self) -> None:
        if self._lastmod:
            self.lastmods.update(dict.fromkeys(self.addresses[self._entry :], self._lastmod))
        self._entry, self._lastmod = len(self.addresses), None

    def _is_address(self) -> bool:
        return tuple(self._open[-2:]) == _PLACES[self.root]


def read_lastmod(text: str) -> str | None:
    """Return a time of W3C's profile of ISO 8601 as the ledger keeps times, a day as a day; None for anything else.

    >>> read_lastmod("2026-01-05T03:04:05+01:00"), read_lastmod("2026-01-05"), read_lastmod("1700000000000")
    ('2026-01-05T02:04:05Z', '2026-01-05', None)
    """
    if not _ISO.match(text):
        return None
    try:
        if len(text) == len("2026-01-05"):
            return date.fromisoformat(text).isoformat()
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None


def _text(body: bytes) -> str:
    """Return a sitemap's text, all members of its gzip unpacked: UTF-8, as the protocol asks, or what its mark says."""
    try:
        content = gunzip(body, MAX_BYTES) if body.startswith(_GZIP_MAGIC) else body
    except ValueError as error:
        raise SitemapError(f"it {error}") from error
    rest, charset = without_mark(content)
    return rest.decode(charset or "utf-8", "replace").strip(" \t\r\n\0")


def walk(roots: list[str], read: Callable[[str], Sitemap | None], warn: Callable[[str], None]) -> Iterator[bool]:
    """Read sitemaps and those they name, each once, in the order of the indexes; yield whether each could be read.

    `read` gives None for one that could not. After the most that one site may have the rest is told to `warn`.
    """
    waiting, seen, count = list(reversed(dict.fromkeys(roots))), set(roots), 0
    while waiting:
        if count == _MOST_SITEMAPS:
            warn(f"The site has more than {_MOST_SITEMAPS:,} sitemaps; the rest was not read.")
            yield False
            return
        found = read(waiting.pop())
        count += 1
        children = [url for url in (found.sitemaps if found else ()) if url not in seen]
        seen.update(children)
        waiting.extend(reversed(children))
        yield found is not None
