"""The archive: requests with their answers as WARC 1.1 records, written before anything reads them.

One file a run. An exchange (answer, request, what is known of both) is on disk before `append` returns; one that could
not be written whole leaves no trace. A run that ends seals its file: beside it stand its sha256, as `sha256sum` writes
it, and its index.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EIO
from pathlib import Path
from typing import NamedTuple

from registry import VERSION
from registry.errors import StoreError
from scraper.answer import Answer
from scraper.cdx import index_of
from scraper.files import fsync_folder, seal_of, sha256_line, write_whole
from scraper.scan import Exchange, record_at, scan
from scraper.warc import Fields, Original, RecordError, answer_of, capture, digest, exchange, new_id, warcinfo

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

    def __init__(self, folder: Path, run: str, info_id: str | None = None) -> None:
        """`info_id` is that of the file's description, to which its records refer; else it gets a new one."""
        self._folder = folder
        self._run = run
        self._info_id = info_id or new_id()
        self.name = f"{run}.warc.gz"
        self._descriptor: int | None = None
        self._end = 0  # behind the last exchange that is on disk

    @property
    def is_open(self) -> bool:
        """Whether there is a file to be sealed."""
        return self._descriptor is not None

    def append(self, answer: Answer, about: Fields = (), original: Original | None = None) -> Kept:
        """Write an answer, or that it repeats another, with its request.

        StoreError if the disk refuses, ValueError for what no record can hold (see `warc.exchange`); then nothing is
        written.
        """
        payload = original.payload_digest if original else digest(answer.body)
        return self._append(exchange(answer, about, original, self._info_id), payload)

    def append_capture(self, answer: Answer, about: Fields, *, is_text: bool) -> Kept:
        """Write an answer, or a text, that somebody else captured; errors as `append`."""
        return self._append(capture(answer, about, self._info_id, is_text=is_text), digest(answer.body))

    def append_records(self, records: bytes, payload_digest: str) -> Kept:
        """Write an exchange as another file of the archive has it; StoreError if the disk refuses."""
        return self._append(records, payload_digest)

    def seal(self, end: int | None = None) -> None:
        """Close the file, and write its sha256 and its index beside it; StoreError if the disk refuses.

        What stands behind `end` is cut off: exchanges that nobody knows.
        """
        if self._descriptor is not None:
            try:
                with _translated(f"Cannot seal {str(self._folder / self.name)!r}"):
                    _trim(self._descriptor, self._end if end is None else end)
                    os.fsync(self._descriptor)
            finally:
                self.close()
            seal(self._folder / self.name)

    def close(self) -> None:
        """Close the file, and leave it unsealed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self, records: bytes, payload_digest: str) -> Kept:
        with _translated(f"Cannot write to the archive {str(self._folder / self.name)!r}"):
            if self._descriptor is None:
                self._descriptor = self._open()
            offset = self._end
            self._end = _append(self._descriptor, offset, records)
        return Kept(Place(self.name, offset), self._end, zlib.crc32(records), payload_digest)

    def _open(self) -> int:
        """Make the file of this run and describe it in its first record; OSError if its name is taken."""
        _make_folder(self._folder)
        path = self._folder / self.name
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            self._end = _append(descriptor, 0, warcinfo(self._info_id, self.name, self._run, _SOFTWARE))
            fsync_folder(self._folder)
        except BaseException:
            os.close(descriptor)
            path.unlink()
            raise
        return descriptor


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Raise a StoreError that begins with a clause for what the disk refuses."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{what} ({error.strerror or error}). What was fetched before is kept; free space, or look after the disk, "
            "and run it again."
        ) from error


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(mode=0o700)
        fsync_folder(folder.parent)


def _append(descriptor: int, end: int, content: bytes) -> int:
    """Write content to disk behind the end of a file, whole or not at all, and return the new end."""
    _trim(descriptor, end)
    try:
        new_end, rest = end, memoryview(content)
        while rest:
            written = os.pwrite(descriptor, rest, new_end)
            new_end, rest = new_end + written, rest[written:]
        os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):  # else it is cut before the next write
            os.ftruncate(descriptor, end)
        raise
    return new_end


def _trim(descriptor: int, end: int) -> None:
    """Cut off what a write that failed left behind the end of a file; OSError if the file lost more than that."""
    size = os.fstat(descriptor).st_size
    if size < end:
        raise OSError(EIO, "it is shorter than it was")
    if size > end:
        os.ftruncate(descriptor, end)


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
    return StoreError(
        f"The archive has no whole record at {place.warc_file!r}, offset {place.warc_offset} ({why}). `trials verify` "
        "names all that is damaged."
    )


# --- whole files ----------------------------------------------------------------------------------------------------


def index_file(path: Path) -> Path:
    """Return where the index of a file of the archive stands."""
    return path.with_name(path.name.removesuffix(".warc.gz") + ".cdxj")


def seal(path: Path) -> None:
    """Write the sha256 and the index of a file beside it; StoreError if the disk refuses."""
    with _translated(f"Cannot seal {str(path)!r}"):
        write_whole(index_file(path), index_of(path.name, scan(path)).encode())
        write_whole(seal_of(path), sha256_line(path).encode())


def cut(path: Path, end: int) -> None:
    """Cut what stands behind `end` off a file; with nothing before it, remove the file. StoreError as `seal`."""
    if end == 0:
        remove(path)
        return
    with _translated(f"Cannot cut {str(path)!r}"), path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())


def remove(path: Path) -> None:
    """Remove a file of the archive, with its sha256 and its index; StoreError as `seal`."""
    with _translated(f"Cannot remove {str(path)!r}"):
        for each in (path, seal_of(path), index_file(path)):
            each.unlink(missing_ok=True)
        if path.parent.exists():
            fsync_folder(path.parent)


def rewrite(folder: Path, warc_file: str, run: str, kept: Iterable[Exchange]) -> dict[int, Kept]:
    """Write a new file of some exchanges of another, byte for byte; return by its old offset where each is now.

    With none to keep there is no file. StoreError if one is not as it was, or the disk refuses: nothing is left then.
    """
    moved: dict[int, Kept] = {}
    target: Archive | None = None
    try:
        with _translated(f"Cannot rewrite {str(folder / warc_file)!r}"), (folder / warc_file).open("rb") as file:
            for each in kept:
                target = target or Archive(folder, run, each.record.field("WARC-Warcinfo-ID"))
                payload = each.record.field("WARC-Payload-Digest") or ""
                moved[each.offset] = target.append_records(_records(file.fileno(), each, warc_file), payload)
        if target:
            seal(folder / target.name)
            target.close()
    except BaseException:
        if target and target.is_open:
            target.close()
            remove(folder / target.name)
        raise
    return moved


def _records(descriptor: int, each: Exchange, warc_file: str) -> bytes:
    records = os.pread(descriptor, each.end - each.offset, each.offset)
    if zlib.crc32(records) != each.crc32:
        raise StoreError(f"{warc_file!r} is damaged at offset {each.offset}. `trials verify` names all that is.")
    return records
