"""The bytes of a WARC file without the gzip around its records, read once from its beginning to its end.

A file is a sequence of gzip members (WARC 1.1 annex D), by custom one for each record, or is not packed at all. Where
a member begins is remembered, since a record can be found again only there. No more is held than the piece being read.
"""

from typing import BinaryIO

from isal import igzip_lib, isal_zlib

from registry.errors import StoreError

GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952 §2.3.1
GZIP_WINDOW = 31  # of a member with header and trailer, as zlib counts
_PIECE = 64 * 2**10
_ISAL_ERROR: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # its stub has an instance


class DamagedFileError(Exception):
    """The file does not go on as it must; the message is a sentence that says where, `offset` the place."""

    def __init__(self, message: str, offset: int | None) -> None:
        super().__init__(message)
        self.offset = offset


class Unpacked:
    """A stream as fastwarc reads one, in the bytes that the gzip holds.

    `read` raises DamagedFileError if a member is cut or damaged, and StoreError if the stream cannot be read further.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._taken = 0  # bytes read from the stream
        self._position = 0  # in what is unpacked
        self._begins: dict[int, int] = {}  # where members begin: position → offset in the file
        self._member_at = 0  # offset of the member that is read
        self._member = isal_zlib.decompressobj(GZIP_WINDOW)
        self._packed = self._piece()  # read from the stream, not yet unpacked
        self._is_packed = self._packed.startswith(GZIP_MAGIC)
        self._is_inside = False  # a member has begun and not ended

    def tell(self) -> int:
        """Return the position in the unpacked bytes."""
        return self._position

    def offset_of(self, position: int) -> int | None:
        """Return where in the file the record at a position begins; None if it begins inside a member.

        Positions before it are forgotten.
        """
        if not self._is_packed:
            return position
        self._begins = {start: offset for start, offset in self._begins.items() if start >= position}
        return self._begins.get(position)

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, at the end of the file none."""
        piece = self._unpacked(size) if self._is_packed else self._plain(size)
        self._position += len(piece)
        return piece

    def _plain(self, size: int) -> bytes:
        self._packed = self._packed or self._piece()
        piece, self._packed = self._packed[:size], self._packed[size:]
        return piece

    def _unpacked(self, size: int) -> bytes:
        while True:
            self._packed = self._packed or self._piece()
            if not self._is_inside:
                if not self._packed:
                    return b""
                self._begin()
            is_last = not self._packed
            piece = self._decompressed(size)
            if piece:
                return piece
            if is_last and self._is_inside:
                raise DamagedFileError(
                    f"The file ends inside the gzip member at offset {self._member_at}.", self._member_at
                )

    def _begin(self) -> None:
        """Begin the next member."""
        self._member_at = self._taken - len(self._packed)
        self._begins[self._position] = self._member_at
        self._member = isal_zlib.decompressobj(GZIP_WINDOW)
        self._is_inside = True

    def _decompressed(self, size: int) -> bytes:
        try:
            piece = self._member.decompress(self._packed, size)
        except _ISAL_ERROR as error:
            message = f"The gzip at offset {self._member_at} is damaged ({error})."
            raise DamagedFileError(message, self._member_at) from error
        self._is_inside = not self._member.eof
        self._packed = self._member.unconsumed_tail if self._is_inside else self._member.unused_data
        return piece

    def _piece(self) -> bytes:
        try:
            piece = self._stream.read(_PIECE)
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"Cannot be read behind byte {self._taken:,} ({why}). Try again.") from error
        self._taken += len(piece)
        return piece


def begins_as_warc(first: bytes) -> bool:
    r"""Whether the first bytes of a file are those of a WARC file, packed or not.

    >>> begins_as_warc(b"WARC/1.0\r\nWARC-Type: warcinfo"), begins_as_warc(b"<!doctype html>")
    (True, False)
    """
    if first.startswith(GZIP_MAGIC):
        try:
            first = isal_zlib.decompressobj(GZIP_WINDOW).decompress(first, 16)
        except _ISAL_ERROR:
            return False
    return first.startswith((b"WARC/1.", b"WARC/0."))
