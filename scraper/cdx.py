"""The index of an archive file in CDXJ, as web archive tools read it: where each version of an address stands.

One line an answer: the address turned around (SURT), the time, and JSON; sorted bytewise.
"""

import json
from urllib.parse import parse_qsl, urlencode, urlsplit

from scraper.scan import Exchange, Scan
from scraper.warc import REVISIT

_PORTS = {"http": 80, "https": 443}


def index_of(warc_file: str, found: Scan) -> str:
    """Return the index of a file."""
    return "".join(sorted(_line(warc_file, each) for each in found.exchanges))


def _line(warc_file: str, each: Exchange) -> str:
    url = each.record.field("WARC-Target-URI") or ""
    said = {
        "url": url,
        "mime": "warc/revisit" if each.record.kind == REVISIT else each.mime,
        "status": str(each.status),
        "digest": (each.record.field("WARC-Payload-Digest") or "-").removeprefix("sha1:"),
        "length": str(each.end - each.offset),
        "offset": str(each.offset),
        "filename": warc_file,
        "crc32": f"{each.crc32:08x}",
    }
    return f"{surt(url)} {each.record.at:%Y%m%d%H%M%S} {json.dumps(said)}\n"


def surt(url: str) -> str:
    """Return an address with its host turned around, in lower case, its query sorted.

    >>> surt("https://www.Example.org:8080/Other/NCT01234567/details?b=2&a=1")
    'org,example:8080)/other/nct01234567/details?a=1&b=2'
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    turned = host if host.replace(".", "").isdigit() or ":" in host else ",".join(reversed(host.split(".")))
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme) else ""
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return f"{turned}{port}){parts.path or '/'}{'?' + query if query else ''}".lower()
