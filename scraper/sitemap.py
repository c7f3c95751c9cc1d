"""Sitemaps: which addresses the site itself lists (sitemaps.org 0.9; index files, gzip)."""

import logging
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from usp.objects.sitemap import AbstractIndexSitemap, AbstractSitemap, InvalidSitemap
from usp.tree import sitemap_from_str

_MAX_BYTES = 50 * 2**20  # sitemaps.org: a sitemap has at most 50 MB
_MOST_SITEMAPS = 1000  # read of one site; 594,000 trials fill 12
_GZIP_MAGIC = b"\x1f\x8b"
_ROBOTS_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_CUT_SHORT = re.compile(r"<(urlset|sitemapindex)\b(?!.*</\1\s*>)", re.DOTALL)  # the parser takes what is there

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
    found: AbstractSitemap = sitemap_from_str(text)
    if isinstance(found, InvalidSitemap):
        raise SitemapError("it is none")
    if _CUT_SHORT.search(text):
        raise SitemapError("it is cut short: its last element is not closed")
    if isinstance(found, AbstractIndexSitemap):
        return Sitemap(sitemaps=tuple(child.url for child in found.sub_sitemaps))
    return Sitemap(pages=tuple(page.url for page in found.all_pages()))


def _text(body: bytes) -> str:
    if body.startswith(_GZIP_MAGIC):
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            body = decoder.decompress(body, _MAX_BYTES)
        except zlib.error as error:
            raise SitemapError(f"it is no valid gzip ({error})") from error
        if not decoder.eof:
            raise SitemapError(f"it is cut short, or has more than {_MAX_BYTES:,} bytes")
    return body.decode("utf-8", "replace")


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
