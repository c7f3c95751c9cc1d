"""The client against sites that send what they should not."""

import gzip
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest
import tenacity

from registry.errors import FetchError
from scraper import client as module
from scraper.answer import Answer, body_of
from scraper.client import Client
from tests.sites import answer, dripping, raw_site

_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REQUEST_SECONDS", 0.4)
    monkeypatch.setattr(module, "wait_random_exponential", lambda **_: tenacity.wait_none())


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
def test_an_answer_that_never_ends_is_given_up(never_ending: Callable[[], Iterable[bytes]]) -> None:
    with raw_site(lambda _: never_ending()) as site, Client(site.base) as client:
        start = time.monotonic()
        with pytest.raises(FetchError, match=r"does not answer \(more than 0.4 seconds\)") as error:
            client.get(f"{site.base}/")
        assert error.value.status is None
        assert time.monotonic() - start < 10  # three attempts of 0.4 seconds, on a slow machine


def test_the_next_answer_is_not_hurt() -> None:
    slow = dripping(b"x", seconds=0.05, first=_HEAD + b"X-Long: ")
    with raw_site({"/slow": slow, "/": answer("fine")}) as site, Client(site.base) as client:
        with pytest.raises(FetchError):
            client.get(f"{site.base}/slow")
        assert client.get(f"{site.base}/").body == b"fine"


def test_an_answer_of_a_site_in_trouble_is_an_answer_all_the_same() -> None:
    with raw_site({"/": answer("later", status="503 Busy")}) as site, Client(site.base) as client:
        got = client.get(f"{site.base}/")
        assert (got.said, got.body, site.asked) == ("503 Busy", b"later", ["/"] * 3)


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
def test_what_is_noted_is_what_was_sent(location: str, asked: str) -> None:
    first = answer("", status="302 Found", headers={"Location": location})
    with raw_site(lambda path: first if path == "/" else answer("there")) as site, Client(site.base) as client:
        *_, last = client.follow(f"{site.base}/")
        assert (site.asked[-1], last.url) == (asked, f"{site.base}{asked}")


def test_a_body_of_several_gzip_members() -> None:
    headers = (("Content-Encoding", "gzip"),)
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    assert body_of(Answer("http://x/", 200, "OK", headers, packed, (), datetime.now(UTC))) == b"one two"
