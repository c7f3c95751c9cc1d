"""The client against sites that send what they should not."""

import gzip
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from registry.errors import FetchError
from scraper import client, wire
from scraper.answer import Answer, body_of, gunzip
from scraper.client import Client
from scraper.store import Store
from tests.sites import answer, dripping, raw_site

_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 0.4)
    monkeypatch.setattr(client, "_LOOPBACK_BACKOFF_SECONDS", 0.0)


@pytest.mark.parametrize(
    "never_ending",
    [
        lambda: dripping(b"x", seconds=0.05, first=_HEAD + b"X-Long: "),
        lambda: dripping(b"HTTP/1.1 100 Continue\r\n\r\n", seconds=0.001),
        lambda: dripping(b"x", seconds=0.05, first=_CHUNKED + b"1;"),
        lambda: dripping(b"X-Trailer: 1\r\n", seconds=0.001, first=_CHUNKED + b"0\r\n"),
        lambda: dripping(b"1\r\nx\r\n", seconds=0.05, first=_CHUNKED),
        lambda: dripping(b"x", seconds=0.05, first=_HEAD + b"Connection: close\r\n\r\n"),
        lambda: dripping(b"", seconds=0.05),
    ],
    ids=["header", "100 Continue", "chunk extension", "trailer", "chunks", "no length", "silence"],
)
def test_an_answer_that_never_ends_is_given_up(never_ending: Callable[[], Iterable[bytes]], open_store: Store) -> None:
    with (
        raw_site(lambda path: answer("") if path == "/robots.txt" else never_ending()) as site,
        Client(open_store, site.base) as asking,
    ):
        start = time.monotonic()
        with pytest.raises(FetchError, match="does not answer") as error:
            asking.get(f"{site.base}/", "a test")
        assert error.value.status is None
        assert time.monotonic() - start < 10  # three attempts of 0.4 seconds, on a slow machine


def test_the_next_answer_is_not_hurt(open_store: Store) -> None:
    slow = dripping(b"x", seconds=0.05, first=_HEAD + b"X-Long: ")
    with raw_site({"/slow": slow, "/": answer("fine")}) as site, Client(open_store, site.base) as asking:
        with pytest.raises(FetchError):
            asking.get(f"{site.base}/slow", "a test")
        assert asking.get(f"{site.base}/", "a test").answer.body == b"fine"


def test_an_answer_of_a_site_in_trouble_is_an_answer_all_the_same(open_store: Store) -> None:
    with raw_site({"/": answer("later", status="503 Busy")}) as site, Client(open_store, site.base) as asking:
        got = asking.get(f"{site.base}/", "a test").answer
        assert (got.said, got.body, site.asked) == ("503 Busy", b"later", ["/robots.txt"] + ["/"] * 5)


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/x#part", "/x"),
        ("/x ", "/x"),
        ("?q=/zz", "/?q=/zz"),
        ("/a b", "/a%20b"),
        ("/../x/./y", "/x/y"),
        ("/g\u00fc", "/g%C3%BC"),
    ],
)
def test_what_is_noted_is_what_was_sent(location: str, asked: str, open_store: Store) -> None:
    first = answer("", status="302 Found", headers={"Location": location})
    with (
        raw_site(lambda path: first if path == "/" else answer("there")) as site,
        Client(open_store, site.base) as asking,
    ):
        last = asking.follow(f"{site.base}/", "a test").answer
        assert (site.asked[-1], last.url) == (asked, f"{site.base}{asked}")


def test_a_body_of_several_gzip_members() -> None:
    headers = (("Content-Encoding", "gzip"),)
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    assert body_of(Answer("http://x/", 200, "OK", headers, packed, (), datetime.now(UTC))) == b"one two"


def test_a_gzip_with_one_bit_flipped_is_never_read_as_another_text() -> None:
    text = b"".join(b"line %d of a page\n" % number for number in range(40))
    packed = gzip.compress(text, mtime=0)
    for place in range(8 * len(packed)):
        flipped = bytearray(packed)
        flipped[place // 8] ^= 1 << place % 8
        try:
            assert gunzip(bytes(flipped), 2**20) == text  # of the header some bits say nothing of the text
        except ValueError as error:
            assert "gzip" in str(error)


@pytest.mark.parametrize("tail", [b"", bytes(5), gzip.compress(b"more", mtime=0)])
def test_a_gzip_is_read_to_its_end(tail: bytes) -> None:
    more = b"more" if tail.strip(bytes(1)) else b""
    assert gunzip(gzip.compress(b"text", mtime=0) + tail, 2**20) == b"text" + more


@pytest.mark.parametrize("cut", [1, 8, 12])
def test_a_gzip_that_is_cut_is_not_read(cut: int) -> None:
    with pytest.raises(ValueError, match="cut short"):
        gunzip(gzip.compress(b"text" * 9, mtime=0)[:-cut], 2**20)
