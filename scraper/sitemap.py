"""Sitemaps: which addresses the site itself lists (sitemaps.org 0.9; index files, gzip)."""

import logging
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from usp.objects.sitemap import AbstractIndexSitemap, AbstractSitemap, InvalidSitemap
from usp.tree import sitemap_from_str

_MAX_BYTES = 50 * 2**20  # sitemaps.org: a sitemap has at most 50 MB
_MOST_SITEMAPS = 1000  # read of one site; 594,000 trials fill 12
_GZIP_MAGIC = b"\x1f\x8b"
_ROBOTS_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_ROOTS = frozenset({"urlset", "sitemapindex", "rss", "feed"})

logging.getLogger("usp").addHandler(logging.NullHandler())  # it logs what it cannot parse; we say it ourselves


class SitemapError(ValueError):
    """A sitemap that cannot be read whole; the message begins with `it`."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One sitemap: the addresses of the pages that it lists, and of further sitemaps."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def sitemap_addresses(robots: str) -> list[str]:
    """Return the addresses of sitemaps that a robots.txt names (RFC 9309 leaves the line to sitemaps.org)."""
    return _ROBOTS_LINE.findall(robots)


def read_sitemap(body: bytes) -> Sitemap:
    """Return what a sitemap lists; SitemapError if it is none, or not whole."""
    text = _text(body)
    _check_whole(text)
    found: AbstractSitemap = sitemap_from_str(text)
    if isinstance(found, InvalidSitemap):
        raise SitemapError("it is none")
    if isinstance(found, AbstractIndexSitemap):
        return Sitemap(sitemaps=tuple(child.url for child in found.sub_sitemaps))
    return Sitemap(pages=tuple(page.url for page in found.all_pages()))


def _check_whole(text: str) -> None:
    """Raise SitemapError for what the library would take as far as it goes: broken XML, or another document."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        if not all(line.strip().startswith(("http://", "https://")) for line in text.split("\n") if line.strip()):
            raise SitemapError("it is none")
        if not text.strip():
            raise SitemapError("it is empty")
        return
    roots: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: None if roots else roots.append(name.rpartition(":")[2])
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise SitemapError(f"it is no whole XML ({error})") from error
    if roots[0] not in _ROOTS:
        raise SitemapError(f"it is none: its root is <{roots[0]}>")


def _text(body: bytes) -> str:
    """Return a sitemap's text, all members of its gzip unpacked."""
    unpacked = bytearray()
    while body.startswith(_GZIP_MAGIC):
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            unpacked += decoder.decompress(body, _MAX_BYTES - len(unpacked) + 1)
        except zlib.error as error:
            raise SitemapError(f"it is no valid gzip ({error})") from error
        if not decoder.eof or len(unpacked) > _MAX_BYTES:
            raise SitemapError(f"it is cut short, or has more than {_MAX_BYTES:,} bytes")
        body = decoder.unused_data
    return bytes(unpacked or body).decode("utf-8", "replace")


def walk(roots: list[str], read: Callable[[str], Sitemap | None], warn: Callable[[str], None]) -> Iterator[bool]:
    """Read sitemaps and those they name, each once, in the order of the indexes; yield whether each could be read.

    `read` gives None for one that could not. After the most that one site may have the rest is told to `warn`.
    """
    waiting, seen, count = list(reversed(roots)), set(roots), 0
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
