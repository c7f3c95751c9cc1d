"""What a FILE of `trials parse` holds: one saved page, packed with gzip or not, or the captures of a WARC or WET file.

Of captures only those are pages whose address is of a trial's page, on any host, and whose status is 200.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from registry.errors import FetchError, StoreError
from registry.limits import MAX_BYTES
from registry.record import Page
from scraper.answer import gunzip
from scraper.captures import Capture, Refusal, captures_of, page_of_capture
from scraper.opened import is_address, opened
from scraper.site import trial_of
from scraper.unpacked import GZIP_MAGIC, begins_as_warc
from trials.screen import say

_STDIN = "-"
_ENOUGH = MAX_BYTES + 1  # bytes that show a page to be too large
_OF_CAPTURES = re.compile(r".*\.(?:warc|wet)(?:\.gz)?", re.IGNORECASE | re.DOTALL)  # names of such files
_FIRST = 512  # bytes that show what a file is
_OK = 200


class Found(NamedTuple):
    """A page, or the sentence that says why there is none; `name` is what messages call it."""

    name: str
    page: Page | str


def found_in(name: str) -> Iterator[Found]:
    """Yield the pages of a FILE in its order, with a sentence for each that cannot be used; one of them at least."""
    try:
        if is_address(name) and _OF_CAPTURES.fullmatch(name):
            with closing(opened(name)) as stream:
                yield from _pages_of_captures(name, stream)
            return
        with _local(name) as file:
            if _OF_CAPTURES.fullmatch(name) or begins_as_warc(file.peek(_FIRST)):
                yield from _pages_of_captures(shown(name), file)
            else:
                yield Found(shown(name), Page(_body(file)))
    except StoreError as error:
        yield Found(shown(name), str(error))


def body_of(name: str) -> bytes:
    """Return the page in a file or on standard input; StoreError, which says what to do, if it cannot be read."""
    with _local(name) as file:
        return _body(file)


def shown(name: str) -> str:
    """Return how messages name a file."""
    return "standard input" if name == _STDIN else name


@contextmanager
def _local(name: str) -> Iterator[BufferedReader]:
    """Open a file or standard input; StoreError, also for what goes wrong when it is read."""
    try:
        if name == _STDIN:
            yield cast(BufferedReader, sys.stdin.buffer)
            return
        with Path(name).open("rb") as file:
            yield file
    except IsADirectoryError as error:
        pages = str(Path(name) / "*.html")
        raise StoreError(f"It is a folder. Name the pages in it, such as {pages!r}.") from error
    except FileNotFoundError as error:
        raise StoreError("There is no such file. Check the path.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"Cannot be read ({why}). Check its permissions.") from error


def _body(file: BinaryIO) -> bytes:
    body = file.read(_ENOUGH)
    if not body.startswith(GZIP_MAGIC) or len(body) > MAX_BYTES:
        return body
    try:
        return gunzip(body, MAX_BYTES)
    except ValueError as error:
        raise StoreError(f"It {error}. Save the page again.") from error


def _pages_of_captures(name: str, stream: BinaryIO) -> Iterator[Found]:
    passed_over: Counter[int] = Counter()  # keyed by status
    count = 0
    for capture in captures_of(stream, lambda url: trial_of(url) is not None):
        if isinstance(capture, Capture) and capture.status not in (_OK, None):
            passed_over[capture.status] += 1
            continue
        count += 1
        yield Found(_name_of(capture, name), _page(capture))
    if passed_over:
        statuses = ", ".join(f"{number} × {status}" for status, number in sorted(passed_over.items()))
        say(f"{name}: captures of trials' addresses that hold no page were passed over, by status: {statuses}.")
    if not count:
        yield Found(name, "It holds no page of a trial. Is its site one with the same addresses?")


def _name_of(capture: Capture | Refusal, name: str) -> str:
    at = "" if capture.offset is None else f" at {capture.offset}"
    return f"{name}{at}{f' ({capture.url})' if capture.url else ''}"


def _page(capture: Capture | Refusal) -> Page | str:
    if isinstance(capture, Refusal):
        return capture.why
    try:
        return page_of_capture(capture, trial_of(capture.url))
    except FetchError as error:
        return str(error)
