"""Decompression bombs: few bytes that unpack to many, for each content coding of HTTP.

All unpack to the same byte over and over. Gzip and deflate repeat one block that zlib made; Brotli and Zstandard are
written by hand from their formats, so that no library is needed. Each is made once.
"""

import zlib
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus

from trials.practice.site import Response
from trials.practice.steps import Asked

_MIB = 2**20
_BYTE = b" "


def bomb(asked: Asked, coding: str = "gzip", size_mib: int = 1024, status: int = 200, location: str = "/") -> Response:
    """A body that unpacks to `size_mib` MiB: coding gzip, deflate, br or zstd, with any status, on any path."""
    headers = {**asked.right.headers, "Content-Type": "text/html; charset=utf-8", "Content-Encoding": coding}
    if 300 <= status < 400:
        headers["Location"] = location
    return Response(HTTPStatus(status), packed(coding, size_mib), headers)


@cache
def packed(coding: str, size_mib: int) -> bytes:
    """Return so many MiB of the same byte in a content coding of `CODINGS`."""
    return CODINGS[coding](size_mib)


def _deflated(size_mib: int) -> bytes:
    """Return a raw deflate stream (RFC 1951); after a full flush a block refers to none before it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(_BYTE * _MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * size_mib + packer.flush()


def _gzip(size_mib: int) -> bytes:
    """Return one gzip member (RFC 1952), its CRC and length right."""
    crc = 0
    for _ in range(size_mib):
        crc = zlib.crc32(_BYTE * _MIB, crc)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + _deflated(size_mib) + crc.to_bytes(4, "little") + (size_mib * _MIB % 2**32).to_bytes(4, "little")


def _zlib(size_mib: int) -> bytes:
    """Return what HTTP calls deflate: the zlib format (RFC 1950), its checksum right."""
    check = 1
    for _ in range(size_mib):
        check = zlib.adler32(_BYTE * _MIB, check)
    return b"\x78\xda" + _deflated(size_mib) + check.to_bytes(4, "big")


def _zstd(size_mib: int) -> bytes:
    """Return one frame of blocks that say how often a byte comes (RFC 8878 §3.1.1.2, RLE_Block)."""
    block_bytes = 2**17  # the most that a block may unpack to
    head = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\x38"  # no content size, no checksum; a window of 128 KiB
    block = (block_bytes << 3 | 1 << 1).to_bytes(3, "little") + _BYTE
    last = b"\x01\x00\x00"  # an empty raw block
    return head + block * (size_mib * _MIB // block_bytes) + last


def _brotli(size_mib: int) -> bytes:
    """Return meta-blocks of one command each, which copies what stands four bytes before (RFC 7932 §9).

    Every prefix code has one symbol only, which takes no bits in the stream: a literal, insert nothing and copy with
    24 extra bits (symbol 391), and the last distance, which is 4 at the start (§4).
    """
    bits = _Bits()
    bits.put(0, 1)  # a window of 64 KiB
    _put_literally(bits, _BYTE * 4)
    left = size_mib * _MIB - 4
    while left:
        length = min(left, 2**24)  # of a meta-block; the last one has some MiB, less four bytes
        _put_copy(bits, length)
        left -= length
    bits.put(0b11, 2)  # the last meta-block, empty
    return bits.done()


def _put_literally(bits: "_Bits", content: bytes) -> None:
    """Write an uncompressed meta-block (§9.2): not the last, length in 4 nibbles, then whole bytes."""
    bits.put(0, 1)
    bits.put(0, 2)
    bits.put(len(content) - 1, 16)
    bits.put(1, 1)
    bits.align()
    for byte in content:
        bits.put(byte, 8)


def _put_copy(bits: "_Bits", length: int) -> None:
    """Write a meta-block (§9.2) of one copy; lengths over 2,117 are what copy code 23 says beyond its base (§5)."""
    bits.put(0, 1)  # not the last
    nibbles = 5 if length <= 2**20 else 6  # the highest may not be 0
    bits.put(nibbles - 4, 2)
    bits.put(length - 1, 4 * nibbles)
    bits.put(0, 1)  # compressed
    bits.put(0, 3)  # one block type each of literals, commands and distances
    bits.put(0, 6)  # no postfix, no direct distances
    bits.put(0, 2)  # context mode
    bits.put(0, 2)  # one prefix tree each of literals and distances
    for symbol, width in ((_BYTE[0], 8), (391, 10), (0, 6)):
        bits.put(1, 2)  # a simple code
        bits.put(0, 2)  # of one symbol
        bits.put(symbol, width)
    bits.put(length - 2118, 24)  # the command; its distance takes no bits


class _Bits:
    """A stream of bits, the lowest bit of a byte first (RFC 7932 §1.5.1)."""

    def __init__(self) -> None:
        self._value = 0
        self._length = 0

    def put(self, value: int, width: int) -> None:
        self._value |= value << self._length
        self._length += width

    def align(self) -> None:
        self._length = -(-self._length // 8) * 8

    def done(self) -> bytes:
        return self._value.to_bytes(-(-self._length // 8), "little")


CODINGS: Mapping[str, Callable[[int], bytes]] = {"gzip": _gzip, "deflate": _zlib, "br": _brotli, "zstd": _zstd}
