"""The index of an archive file in CDXJ, as cdxj-indexer writes it: where each version of an address stands.

One line an answer: the address turned around (SURT), the time, and JSON; sorted bytewise. What an answer does not say
is left out. Offset and length are those of the record of the answer alone, so that its reader fetches no more.
"""

import json
import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from scraper.scan import Exchange, Scan
from scraper.warc import CONVERSION, REVISIT

_PORTS = {"http": 80, "https": 443}
_WWW = re.compile(r"^www\d*\.")
_KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"  # what a key holds as it is


def index_of(warc_file: str, found: Scan) -> str:
    """Return the index of a file."""
    return "".join(sorted(_line(warc_file, each) for each in found.exchanges))


def _line(warc_file: str, each: Exchange) -> str:
    url = each.record.field("WARC-Target-URI") or ""
    said = {
        "url": url,
        "mime": "warc/revisit" if each.record.kind == REVISIT else each.mime,
        "status": None if each.record.kind == CONVERSION else str(each.status),
        "digest": each.record.field("WARC-Payload-Digest"),
        "length": str(each.answer_end - each.offset),
        "offset": str(each.offset),
        "filename": warc_file,
    }
    known = {name: value for name, value in said.items() if value not in (None, "-")}
    return f"{surt(url)} {each.record.at:%Y%m%d%H%M%S} {json.dumps(known)}\n"


def surt(url: str) -> str:
    """Return the key of an address, its host turned around, by the rules of the Internet Archive.

    Lower case; no `www`, usual port, user or fragment; escapes undone as far as they can be; slashes and dots of the
    path resolved, its last slash left out; the query sorted. Session ids are kept: this site has none.

    >>> surt("https://www.Example.org:8080/Other/NCT01234567/details/?b=2&a=%31#top")
    'org,example:8080)/other/nct01234567/details?a=1&b=2'
    """
    parts = urlsplit(url)
    host = _WWW.sub("", (parts.hostname or "").rstrip("."), count=1)
    turned = host if ":" in host else ",".join(reversed(host.split(".")))
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme) else ""
    query = "&".join(sorted(_plain(parts.query).lower().split("&"), key=lambda each: each.split("=", 1)))
    return f"{turned}{port}){_path(parts.path)}{'?' + query if query else ''}"


def _path(path: str) -> str:
    """Return a path with its dots and doubled slashes resolved (RFC 3986 §5.2.4)."""
    kept: list[str] = []
    for segment in _plain(path).lower().split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept)


def _plain(text: str) -> str:
    """Return a text without escapes that say nothing: undone as often as they can be, then made once more.

    >>> _plain("%2525%7ea b")
    '%25~a%20b'
    """
    content, before = text.encode(), b""
    while content != before:
        before, content = content, unquote_to_bytes(content)
    return quote(content, safe=_KEPT)
