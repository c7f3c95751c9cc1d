"""The archive: requests with their answers as WARC 1.1 records, written before anything reads them.

One file a run. An exchange (answer, request, what is known of both) is on disk before `append` returns; one that could
not be written whole leaves no trace. A run that ends seals its file: beside it stand its sha256, as `sha256sum` writes
it, and its index.
"""

import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from registry import VERSION
from registry.errors import StoreError
from scraper.answer import Answer
from scraper.cdx import index_of
from scraper.files import fsync_folder, seal_of, sha256_line, write_whole
from scraper.scan import Exchange, record_at, scan
from scraper.warc import Fields, Original, RecordError, answer_of, capture, digest, exchange, warcinfo

__all__ = ["Archive", "Kept", "Original", "Place", "cut", "digest", "original", "read", "remove", "rewrite", "seal"]

_SOFTWARE = f"trials/{VERSION}"


class Place(NamedTuple):
    """Where the record of an answer stands: file in the archive's folder, offset in bytes."""

    warc_file: str
    warc_offset: int


class Kept(NamedTuple):
    """What was written of one exchange: `end` is behind its last record, `crc32` that of all its bytes in the file."""

    place: Place
    end: int
    crc32: int
    digest: str  # of the payload


class Archive:
    """The file of one run in the archive's folder; it is there from its first exchange on."""

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder
        self._run = run
        self.name = f"{run}.warc.gz"
        self._descriptor: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a file to be sealed."""
        return self._descriptor is not None

    def append(self, answer: Answer, about: Fields = (), original: Original | None = None) -> Kept:
        """Write an answer, or that it repeats another, with its request; StoreError if the disk refuses."""
        return self._append(exchange(answer, about, original), answer, original)

    def append_capture(self, answer: Answer, about: Fields, *, is_text: bool) -> Kept:
        """Write an answer, or a text, that somebody else captured."""
        return self._append(capture(answer, about, is_text=is_text), answer, None)

    def seal(self) -> None:
        """Close the file, and write its sha256 and its index beside it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            seal(self._folder / self.name)

    def _append(self, records: bytes, answer: Answer, original: Original | None) -> Kept:
        try:
            if self._descriptor is None:
                self._descriptor = self._open()
            offset = _append(self._descriptor, records)
        except OSError as error:
            raise StoreError(
                f"Cannot write to the archive {str(self._folder / self.name)!r} ({error.strerror or error}). What was "
                "fetched before is kept; free space and run it again."
            ) from error
        payload = original.payload_digest if original else digest(answer.body)
        return Kept(Place(self.name, offset), offset + len(records), zlib.crc32(records), payload)

    def _open(self) -> int:
        """Open the file of this run and describe it in its first record."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / self.name, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            if os.fstat(descriptor).st_size == 0:
                _append(descriptor, warcinfo(self.name, self._run, _SOFTWARE))
                fsync_folder(self._folder)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _append(descriptor: int, content: bytes) -> int:
    """Write content to disk, whole or not at all, and return where it begins."""
    start = os.fstat(descriptor).st_size
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except BaseException:
        os.ftruncate(descriptor, start)
        raise
    return start


# --- reading --------------------------------------------------------------------------------------------------------


def read(folder: Path, place: Place) -> Answer:
    """Return the answer at a place; StoreError if no whole record of one stands there.

    That of a revisit has no body: the ledger knows the answer that it repeats.
    """
    try:
        return answer_of(record_at(folder / place.warc_file, place.warc_offset).record)
    except (OSError, RecordError) as error:
        raise _no_record(place, error) from error


def original(folder: Path, place: Place) -> Original:
    """Return what a revisit says of the answer at a place; StoreError as `read`."""
    try:
        record = record_at(folder / place.warc_file, place.warc_offset).record
        payload = digest(answer_of(record).body)
        return Original(record.field("WARC-Record-ID") or "", record.field("WARC-Target-URI") or "", record.at, payload)
    except (OSError, RecordError) as error:
        raise _no_record(place, error) from error


def _no_record(place: Place, error: Exception) -> StoreError:
    why = getattr(error, "strerror", None) or f"it {error}"
    return StoreError(f"The archive has no whole record at {place.warc_file!r}, offset {place.warc_offset} ({why}).")


# --- whole files ----------------------------------------------------------------------------------------------------


def index_file(path: Path) -> Path:
    """Return where the index of a file of the archive stands."""
    return path.with_name(path.name.removesuffix(".warc.gz") + ".cdxj")


def seal(path: Path) -> None:
    """Write the sha256 and the index of a file beside it."""
    try:
        write_whole(index_file(path), index_of(path.name, scan(path)).encode())
        write_whole(seal_of(path), sha256_line(path).encode())
    except OSError as error:
        raise StoreError(
            f"Cannot seal {str(path)!r} ({error.strerror or error}). Free space and run it again."
        ) from error


def cut(path: Path, end: int) -> None:
    """Cut what stands behind `end` off a file; with nothing before it, remove the file."""
    if end == 0:
        remove(path)
        return
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())


def remove(path: Path) -> None:
    """Remove a file of the archive, with its sha256 and its index."""
    for each in (path, seal_of(path), index_file(path)):
        each.unlink(missing_ok=True)
    if path.parent.exists():
        fsync_folder(path.parent)


def rewrite(folder: Path, warc_file: str, run: str, kept: Iterable[Exchange]) -> dict[int, Kept]:
    """Write a new file of some exchanges of another, byte for byte; return by its old offset where each is now."""
    moved: dict[int, Kept] = {}
    target = Archive(folder, run)
    content = (folder / warc_file).read_bytes()
    target._descriptor = target._open()
    for each in kept:
        records = content[each.offset : each.end]
        offset = _append(target._descriptor, records)
        payload = each.record.field("WARC-Payload-Digest") or ""
        moved[each.offset] = Kept(Place(target.name, offset), offset + len(records), each.crc32, payload)
    target.seal()
    return moved
