"""Faults of the wire: answers that end too early, come too slowly, or are no HTTP.

The first line of each docstring is what `trials practice --list-faults` says; parameters are those of the function.
"""

import gzip
from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeAlias

from trials.practice.site import Response
from trials.practice.steps import Asked, Pause, Reset, Steps

FRAMINGS = ("length", "chunked", "close")
UNTIL_THE_CLIENT_LEAVES = 3600.0  # longer than any client waits
_CHUNKS = 8  # that a body is sent in
_LONG_LINE_BYTES = 70_000
_LARGE_HEADERS = 80
_LARGE_HEADER_BYTES = 10_000
_ENDLESS = 10**12
_GZIP_TRAILER_BYTES = 8  # CRC and length (RFC 1952 §2.3.1)

_LAST_CHUNK = b"0\r\n\r\n"

Lines: TypeAlias = Sequence[tuple[str, str]]
_CHUNKED: Lines = (("Transfer-Encoding", "chunked"),)

# --- bodies that end too early ----------------------------------------------------------------------------------


def cut_body(asked: Asked, at: float = 0.5) -> Steps:
    """Content-Length is that of the whole body, of which only the share `at` comes."""
    right = asked.right
    yield _head(right, _length(right.body)) + _cut(right.body, at)


def cut_chunk(asked: Asked, at: float = 0.5) -> Steps:
    """A chunked body ends inside the chunk in which the share `at` of it lies."""
    right = asked.right
    chunks = _chunks(right.body)
    place = min(int(len(chunks) * at), len(chunks) - 1)
    yield _head(right, _CHUNKED) + b"".join(chunks[:place]) + chunks[place][: len(chunks[place]) // 2]


def cut_between_chunks(asked: Asked, at: float = 0.5) -> Steps:
    """A chunked body ends between two chunks, near the share `at` of it."""
    right = asked.right
    chunks = _chunks(right.body)
    yield _head(right, _CHUNKED) + b"".join(chunks[: max(1, min(int(len(chunks) * at), len(chunks) - 1))])


def no_last_chunk(asked: Asked) -> Steps:
    """A chunked body is whole, but the chunk of length 0 that ends it does not come."""
    right = asked.right
    yield _head(right, _CHUNKED) + b"".join(_chunks(right.body))


def cut_html(asked: Asked, at: float = 0.5) -> Steps:
    """A body that only the end of the connection ends is cut at the share `at` of it."""
    right = asked.right
    yield _head(right, ()) + _cut(right.body, at)


def cut_gzip(asked: Asked, at: float = 0.5, framing: str = "length") -> Steps:
    """A gzip is cut at the share `at` of it; its framing (length, chunked or close) is right for what is left."""
    right = asked.right
    yield _framed(right, _cut(_gzip(right.body), at), framing)


def no_gzip_trailer(asked: Asked, framing: str = "length") -> Steps:
    """A gzip ends without its CRC and length; its framing (length, chunked or close) is right for what is left."""
    right = asked.right
    yield _framed(right, _gzip(right.body)[:-_GZIP_TRAILER_BYTES], framing)


def bad_gzip_crc(asked: Asked, framing: str = "length") -> Steps:
    """The CRC at the end of a gzip is not that of its content; its framing is length, chunked or close."""
    right = asked.right
    packed = bytearray(_gzip(right.body))
    packed[-_GZIP_TRAILER_BYTES] ^= 1
    yield _framed(right, bytes(packed), framing)


def reset(asked: Asked, at: float = 0.0) -> Steps:
    """The connection is reset, after the share `at` of the body; with 0 nothing at all is sent before."""
    right = asked.right
    if at > 0:
        yield _head(right, _length(right.body)) + _cut(right.body, at)
    yield Reset()


# --- slow answers -----------------------------------------------------------------------------------------------


def drip_body(asked: Asked, seconds: float = 0.5) -> Steps:
    """After the headers the body comes byte by byte, `seconds` apart."""
    right = asked.right
    yield _head(right, _length(right.body))
    yield from _dripping(right.body, seconds)


def drip_head(asked: Asked, seconds: float = 0.5) -> Steps:
    """The status line and headers come byte by byte, `seconds` apart; then the body at once."""
    right = asked.right
    yield from _dripping(_head(right, _length(right.body)), seconds)
    yield right.body


def silence(asked: Asked, seconds: float = UNTIL_THE_CLIENT_LEAVES) -> Steps:
    """The request is read and not answered; after `seconds` the connection is closed."""
    del asked
    yield Pause(seconds)


def _dripping(whole: bytes, seconds: float) -> Steps:
    for place in range(len(whole)):
        yield whole[place : place + 1]
        yield Pause(seconds)


# --- no HTTP, or too much of it ---------------------------------------------------------------------------------


def many_headers(asked: Asked, count: int = 101) -> Steps:
    """`count` header lines, otherwise the right answer."""
    right = asked.right
    known = _lines(right, _length(right.body))
    more = tuple((f"X-Filler-{number}", "x") for number in range(len(known), count))
    yield _head(right, (*_length(right.body), *more)) + right.body


def long_header(asked: Asked) -> Steps:
    """One header line of 70,000 bytes, otherwise the right answer."""
    right = asked.right
    yield _head(right, (*_length(right.body), _filler("X-Long", _LONG_LINE_BYTES))) + right.body


def large_head(asked: Asked) -> Steps:
    """Besides the usual ones 80 header lines of 10,000 bytes each, otherwise the right answer."""
    right = asked.right
    more = tuple(_filler(f"X-Large-{number}", _LARGE_HEADER_BYTES) for number in range(_LARGE_HEADERS))
    yield _head(right, (*_length(right.body), *more)) + right.body


def negative_length(asked: Asked) -> Steps:
    """Content-Length is -1, the body is whole."""
    right = asked.right
    yield _head(right, [("Content-Length", "-1")]) + right.body


def two_lengths(asked: Asked) -> Steps:
    """Two lines of Content-Length, that of half the body and that of the whole, which is sent."""
    right = asked.right
    yield _head(right, [("Content-Length", str(len(right.body) // 2)), *_length(right.body)]) + right.body


def length_and_chunked(asked: Asked) -> Steps:
    """Both Content-Length and Transfer-Encoding, for a chunked body that is whole."""
    right = asked.right
    yield _head(right, (*_length(right.body), *_CHUNKED)) + b"".join(_chunks(right.body)) + _LAST_CHUNK


def endless_length(asked: Asked) -> Steps:
    """Content-Length is 10^12, the body is the right one, then the connection is closed."""
    right = asked.right
    yield _head(right, [("Content-Length", str(_ENDLESS))]) + right.body


def no_status_line(asked: Asked) -> Steps:
    """Headers and body of the right answer, without the status line before them."""
    right = asked.right
    yield _head(right, _length(right.body)).partition(b"\r\n")[2] + right.body


def empty_reply(asked: Asked) -> Steps:
    """The connection is closed without a byte."""
    del asked
    yield from ()


# --- what comes once, and what comes every time -----------------------------------------------------------------


def flaky(asked: Asked, seconds: float = UNTIL_THE_CLIENT_LEAVES) -> Steps:
    """One of 500, 502, 503, 504, a reset and a silence of `seconds`, drawn for each request."""
    statuses = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE,
                HTTPStatus.GATEWAY_TIMEOUT)  # fmt: skip
    drawn = asked.draw.choice((*statuses, Reset(), Pause(seconds)))
    if isinstance(drawn, HTTPStatus):
        body = f"{drawn} {drawn.phrase}\n".encode()
        failed = Response(drawn, body, {"Content-Type": "text/plain; charset=utf-8"})
        yield _head(failed, _length(body)) + body
    else:
        yield drawn


# --- bytes ------------------------------------------------------------------------------------------------------


def _head(response: Response, lines: Lines) -> bytes:
    """Return status line and headers; the connection is closed afterwards, and they say so."""
    text = "".join(f"{name}: {value}\r\n" for name, value in _lines(response, lines))
    return f"HTTP/1.1 {response.status} {response.status.phrase}\r\n{text}\r\n".encode()


def _lines(response: Response, lines: Lines) -> Lines:
    return (*response.headers.items(), ("Connection", "close"), *lines)


def _length(body: bytes) -> Lines:
    return (("Content-Length", str(len(body))),)


def _filler(name: str, length: int) -> tuple[str, str]:
    """Return a header whose line has so many bytes, its end not counted."""
    return name, "x" * (length - len(f"{name}: "))


def _cut(body: bytes, at: float) -> bytes:
    """Return the beginning of a body; at least one byte is missing, unless it has none."""
    return body[: min(int(len(body) * at), max(0, len(body) - 1))]


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def _chunks(body: bytes) -> Sequence[bytes]:
    """Return a body as chunks, the last one, of length 0, left out (RFC 9112 §7.1)."""
    size = max(1, -(-len(body) // _CHUNKS))
    pieces = [body[start : start + size] for start in range(0, max(1, len(body)), size)]
    return [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]


def _framed(right: Response, packed: bytes, framing: str) -> bytes:
    """Return an answer whose gzip is damaged and whose framing is right."""
    coding = ("Content-Encoding", "gzip")
    if framing == "chunked":
        return _head(right, (coding, *_CHUNKED)) + b"".join(_chunks(packed)) + _LAST_CHUNK
    return _head(right, (coding, *(_length(packed) if framing == "length" else ()))) + packed
