"""The chunked transfer coding (RFC 9112 §7.1), where an archive has left it in place."""

import re

from scraper.answer import Headers

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r\n")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r\n")
_END = b"\r\n"


def is_chunked(headers: Headers, body: bytes) -> bool:
    """Whether a body is in chunks: its headers say so, and it begins as one. Some archives leave the header alone."""
    said = [value for name, value in headers if name.lower() == "transfer-encoding"]
    is_said = ",".join(said).lower().replace(" ", "").endswith("chunked")
    return is_said and _SIZE_LINE.match(body) is not None


def dechunked(body: bytes, *, may_be_cut: bool) -> bytes:
    """Return what the chunks hold; ValueError, whose message goes on after `it`, if they do not end as they must."""
    pieces: list[bytes] = []
    place = 0
    while line := _SIZE_LINE.match(body, place):
        size = int(line[1], 16)
        if not size:
            return b"".join(_without_trailer(pieces, body, line.end()))
        place = line.end() + size
        pieces.append(body[line.end() : place])
        if not body.startswith(_END, place):
            break
        place += len(_END)
    if may_be_cut and place >= len(body) - len(_END):
        return b"".join(pieces)
    raise ValueError(f"has a broken chunk before byte {min(place, len(body)):,}")


def _without_trailer(pieces: list[bytes], body: bytes, place: int) -> list[bytes]:
    """Return the pieces; ValueError if what follows the last chunk is no trailer section."""
    while line := _TRAILER.match(body, place):
        place = line.end()
    if body[place:] != _END:
        raise ValueError("does not end behind its last chunk")
    return pieces
