"""Sitemaps: which addresses the site itself lists (sitemaps.org 0.9; index files, gzip)."""

import logging
import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from usp.objects.sitemap import AbstractIndexSitemap, InvalidSitemap
from usp.tree import sitemap_from_str

_MAX_BYTES = 50 * 2**20  # sitemaps.org: a sitemap has at most 50 MB
_MOST_SITEMAPS = 1000  # of one site; 594,000 trials fill 12
_GZIP_MAGIC = b"\x1f\x8b"
_ROBOTS_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)

logging.getLogger("usp").addHandler(logging.NullHandler())  # it logs what it cannot parse; we say it ourselves


class Sitemap(NamedTuple):
    """One sitemap that was read: its address, and the addresses of pages in it."""

    url: str
    pages: tuple[str, ...]


def sitemap_addresses(robots: str) -> list[str]:
    """Return the addresses of sitemaps that a robots.txt names (RFC 9309 leaves the line to sitemaps.org)."""
    return _ROBOTS_LINE.findall(robots)


def read_sitemaps(
    roots: list[str], get: Callable[[str], bytes | None], skip: Callable[[str], bool], warn: Callable[[str], None]
) -> Iterator[Sitemap]:
    """Yield each sitemap, in the order of the indexes; `get` gives None for one that is not there.

    One for which `skip` is true is not asked for; one that cannot be read is told to `warn`.
    """
    waiting, seen = list(reversed(roots)), set(roots)
    while waiting and len(seen) <= _MOST_SITEMAPS:
        url = waiting.pop()
        if skip(url):
            continue
        body = get(url)
        if body is None:
            continue
        try:
            found = sitemap_from_str(_text(body))
        except ValueError as error:
            warn(f"The sitemap {url!r} was left out: {error}.")
            continue
        if isinstance(found, InvalidSitemap):
            warn(f"The sitemap {url!r} was left out: it is none.")
            continue
        if isinstance(found, AbstractIndexSitemap):
            children = [child.url for child in found.sub_sitemaps if child.url not in seen]
            seen.update(children)
            waiting.extend(reversed(children))
        yield Sitemap(url, () if isinstance(found, AbstractIndexSitemap) else tuple(p.url for p in found.all_pages()))


def _text(body: bytes) -> str:
    if body.startswith(_GZIP_MAGIC):
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            body = decoder.decompress(body, _MAX_BYTES)
        except zlib.error as error:
            raise ValueError(f"it is no valid gzip ({error})") from error
        if not decoder.eof:
            raise ValueError(f"it is cut short, or has more than {_MAX_BYTES:,} bytes")
    return body.decode("utf-8", "replace")
