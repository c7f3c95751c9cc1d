"""Parts of the archive's files read by their places: from a folder, or from any address that fsspec knows.

An archive that was copied to an object store (`s3://bucket/archive`) is read in ranges, many at once.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from registry.errors import StoreError
from scraper.answer import Answer
from scraper.opened import is_address
from scraper.scan import record_in
from scraper.warc import RecordError, answer_of

_MOST_BYTES = 64 * 2**20  # asked for at once from an object store


class Span(NamedTuple):
    """One exchange in a file of the archive: its first byte, and the one behind its last; None if that is not known."""

    warc_file: str
    offset: int
    end: int | None


def answers(archive: str, spans: Sequence[Span]) -> Iterator[Answer | StoreError]:
    """Yield the answer in each span, in their order, or why it cannot be read.

    `archive` is a folder or the address of one. StoreError is raised if it cannot be reached at all.
    """
    for span, content in zip(spans, _contents(archive, spans), strict=True):
        try:
            if isinstance(content, Exception):
                raise content
            yield answer_of(record_in(content))
        except (OSError, RecordError) as error:
            why = getattr(error, "strerror", None) or f"it {error}"
            yield StoreError(
                f"The archive has no whole record at {span.warc_file!r}, offset {span.offset} ({why}). "
                "`trials verify` names all that is damaged."
            )


def _contents(archive: str, spans: Sequence[Span]) -> Iterator[bytes | Exception]:
    return _remote(archive, spans) if is_address(archive) else _local(Path(archive), spans)


def _local(folder: Path, spans: Sequence[Span]) -> Iterator[bytes | Exception]:
    for warc_file, group in groupby(spans, key=lambda span: span.warc_file):
        wanted = list(group)
        try:
            descriptor = os.open(folder / warc_file, os.O_RDONLY)
        except OSError as error:
            yield from [error] * len(wanted)
            continue
        try:
            size = os.fstat(descriptor).st_size
            for span in wanted:
                try:
                    yield os.pread(descriptor, (size if span.end is None else span.end) - span.offset, span.offset)
                except OSError as error:
                    yield error
        finally:
            os.close(descriptor)


def _remote(archive: str, spans: Sequence[Span]) -> Iterator[bytes | Exception]:
    try:
        import fsspec  # an extra, and slow to load

        files, root = fsspec.core.url_to_fs(archive)
    except (ImportError, ValueError, OSError) as error:
        raise StoreError(
            f"The archive {archive!r} cannot be read ({error}): pip install 'tidytrials[corpora]'."
        ) from error
    for some in _at_once(spans):
        paths = [f"{root.rstrip('/')}/{span.warc_file}" for span in some]
        starts, ends = [span.offset for span in some], [span.end for span in some]
        for found in files.cat_ranges(paths, starts, ends, on_error="return"):
            if isinstance(found, Exception) and not isinstance(found, OSError):  # of the client, not of an object
                raise StoreError(f"The archive {archive!r} cannot be reached ({found}). Check it, and build again.")
            yield found


def _at_once(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Yield the spans in runs that together are not too large to be held."""
    run: list[Span] = []
    size = 0
    for span in spans:
        length = (span.end or span.offset + _MOST_BYTES) - span.offset
        if run and size + length > _MOST_BYTES:
            yield run
            run, size = [], 0
        run.append(span)
        size += length
    if run:
        yield run
