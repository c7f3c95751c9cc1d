"""Sitemaps as sites write them, well or badly."""

import gzip

import pytest

from scraper.sitemap import SitemapError, read_sitemap

_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_A, _B = "https://a.example/one", "https://a.example/two?x=1&y=2"
_IN_XML = _B.replace("&", "&amp;")


def _urlset(entries: str, declaration: str = "<?xml version='1.0' encoding='UTF-8'?>") -> bytes:
    return f"{declaration}<urlset {_NS}>{entries}</urlset>".encode()


_BOTH = f"<url><loc>{_A}</loc></url><url><loc>\n {_IN_XML} </loc></url>"


@pytest.mark.parametrize(
    "body",
    [
        _urlset(_BOTH),
        _urlset(f"<url><loc></loc></url><url/>{_BOTH}"),
        _urlset(f"<loc>https://a.example/stray</loc><link rel='x'/>{_BOTH}"),
        _urlset(_BOTH.replace("</loc>", "</loc><lastmod>1700000000000</lastmod><priority>high</priority>")),
        _urlset(_BOTH.replace("</loc>", "</loc><image:image><image:loc>https://b.example/</image:loc></image:image>")),
        _urlset(_BOTH, "<?xml version='1.0' encoding='shift_jis'?>"),
        _urlset(_BOTH, "<?xml version='1.0' encoding='nonsense'?>"),
        _urlset(_BOTH, ""),
        _urlset(_BOTH.replace(_A, f"<![CDATA[{_A}]]>")),
        b"\xef\xbb\xbf" + _urlset(_BOTH),
        b"\r\n " + _urlset(_BOTH) + b"\n\x00",
        _urlset(_BOTH, "").decode().encode("utf-16"),
        gzip.compress(_urlset(_BOTH)),
        gzip.compress(_urlset(_BOTH)[:50]) + gzip.compress(_urlset(_BOTH)[50:]),
        _urlset(_BOTH).replace(b"<url", b"<sm:url").replace(b"</url", b"</sm:url").replace(b"xmlns=", b"xmlns:sm="),
        f"{_A}\r\n\r\n{_B}\n".encode(),
        f"<rss><channel><link>https://a.example/</link><item><link>{_A}</link></item>"
        f"<item><link>{_IN_XML}</link></item></channel></rss>".encode(),
        f"<feed><link href='https://a.example/'/><entry><link href='{_A}'/></entry>"
        f"<entry><link href='{_IN_XML}'/></entry></feed>".encode(),
    ],
)
def test_every_address_is_found(body: bytes) -> None:
    assert read_sitemap(body).pages == (_A, _B)


def test_an_index_names_sitemaps() -> None:
    body = f"<sitemapindex {_NS}><sitemap><loc>{_A}</loc><lastmod>x</lastmod></sitemap></sitemapindex>".encode()
    assert read_sitemap(body).sitemaps == (_A,)


_ENTITIES = "".join(f"<!ENTITY {name} '{text * 9999}'>" for name, text in (("a", "aaaa"), ("b", "&a;"), ("c", "&b;")))
_BOMB = f"<!DOCTYPE x [{_ENTITIES}]><urlset><url><loc>&c;</loc></url></urlset>".encode()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"<html><body><p>Not found</p></body></html>", "its root is <html>"),
        (b"Not found", "it is none"),
        (_urlset(_BOTH)[:-20], "it is no whole XML"),
        (_urlset("<url><loc>a & b</loc></url>"), "it is no whole XML"),
        (gzip.compress(_urlset(_BOTH))[:-4], "it is cut short"),
        (b"\x1f\x8bnonsense", "it is no valid gzip"),
        (gzip.compress(b" " * 60_000_000), "once unpacked"),
        (_BOMB, "it is no whole XML"),
    ],
)
def test_what_is_no_whole_sitemap_is_none(body: bytes, why: str) -> None:
    with pytest.raises(SitemapError, match=why):
        read_sitemap(body)
