"""The client is polite: nothing without robots.txt, nothing too early, whatever the site answers and who else asks."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from registry.errors import Deferred, FetchError, Refused
from scraper import client, pause, wire
from scraper.client import Client
from scraper.manners import Manners
from scraper.robots import MAX_BYTES
from scraper.store import Store
from tests.sites import RESET, Sent, answer, raw_site

_CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nUser-agent: *\nAllow: /\n"
_RULES = "User-agent: *\nDisallow: /closed\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 5)
    monkeypatch.setattr(client, "_LOOPBACK_BACKOFF_SECONDS", 0.0)


@contextmanager
def _asking(folder: Path, site: str, delay: float | None = None) -> Iterator[Client]:
    with (
        Store(folder, "test", 0, lambda: None) as store,
        Client(store, site, Manners(delay_seconds=delay)) as asking,
    ):
        yield asking


def _redirect(target: str) -> bytes:
    return answer("", status="301 Moved Permanently", headers={"Location": target})


def _said(status: str, **headers: str) -> bytes:
    return answer(_RULES, status=status, headers={name.replace("_", "-"): text for name, text in headers.items()})


def _after_redirects(hops: int, last: bytes) -> dict[str, Sent]:
    """Return a site whose robots.txt is some redirects away."""
    places = ["/robots.txt", *(f"/r{hop}" for hop in range(1, hops + 1))]
    return {**{here: _redirect(there) for here, there in pairwise(places)}, places[-1]: last}


def _silence() -> Iterable[bytes]:
    time.sleep(0.3)
    yield b""


# --- robots.txt by its answer ---------------------------------------------------------------------------------------

_OPEN: Mapping[str, Mapping[str, Sent]] = {
    "200": {"/robots.txt": _said("200 OK")},
    "204": {"/robots.txt": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"},
    "5 redirects": _after_redirects(5, _said("200 OK")),
    "401": {"/robots.txt": _said("401 Unauthorized")},
    "403": {"/robots.txt": _said("403 Forbidden")},
    "404": {"/robots.txt": _said("404 Not Found")},
    "410": {"/robots.txt": _said("410 Gone")},
    "a redirect to none": _after_redirects(1, _said("404 Not Found")),
}
_CLOSED: Mapping[str, Mapping[str, Sent]] = {
    "6 redirects": _after_redirects(6, _said("200 OK")),
    "a loop": {"/robots.txt": _redirect("/r1"), "/r1": _redirect("/robots.txt")},
    "a redirect away": {"/robots.txt": _redirect("https://registry.example/robots.txt")},
    "a redirect to nowhere": {"/robots.txt": answer("", status="301 Moved Permanently")},
    "429": {"/robots.txt": _said("429 Too Many Requests")},
    "500": {"/robots.txt": _said("500 Internal Server Error")},
    "503": {"/robots.txt": _said("503 Service Unavailable")},
    "a redirect to 503": _after_redirects(1, _said("503 Service Unavailable")),
    "reset": {"/robots.txt": RESET},
    "hung up": {"/robots.txt": b""},
    "cut short": {"/robots.txt": _CUT},
    "no gzip": {"/robots.txt": _said("200 OK", Content_Encoding="gzip")},
}


@pytest.mark.parametrize("answers", _OPEN.values(), ids=_OPEN)
def test_a_site_whose_robots_txt_was_read_or_is_missing_is_asked(answers: Mapping[str, Sent], tmp_path: Path) -> None:
    with raw_site({**answers, "/x": answer("page")}) as site, _asking(tmp_path, site.base) as asking:
        assert asking.get(f"{site.base}/x", "a test").answer.body == b"page"
        assert site.asked[-1] == "/x"


@pytest.mark.parametrize("answers", _CLOSED.values(), ids=_CLOSED)
def test_a_site_whose_robots_txt_cannot_be_read_is_not_asked(answers: Mapping[str, Sent], tmp_path: Path) -> None:
    with raw_site({**answers, "/x": answer("page")}) as site, _asking(tmp_path, site.base) as asking:
        _assert_closed(asking)
        assert "/x" not in site.asked


def test_a_site_that_is_silent_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 0.1)
    answers = {"/x": answer("page")}
    with (
        raw_site(lambda path: _silence() if path == "/robots.txt" else answers[path]) as site,
        _asking(tmp_path, site.base) as asking,
    ):
        _assert_closed(asking)
        assert "/x" not in site.asked


def test_a_site_whose_name_is_not_known_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    with raw_site({"/x": answer("page")}) as site, _asking(tmp_path, site.base) as asking:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        _assert_closed(asking)
        assert site.asked == []


def _assert_closed(asking: Client) -> None:
    for _ in range(3):
        with pytest.raises(Refused, match=r"robots\.txt of .* cannot be read, so nothing is asked for \(") as error:
            asking.get(f"{asking.site}/x", "a test")
        assert error.value.closed


def test_the_rules_are_kept_at_the_end_of_redirects(tmp_path: Path) -> None:
    with raw_site(_after_redirects(5, _said("200 OK"))) as site, _asking(tmp_path, site.base) as asking:
        with pytest.raises(Refused, match="forbids"):
            asking.get(f"{site.base}/closed/1", "a test")
        assert "/closed/1" not in site.asked


def test_a_redirect_leads_to_no_address_that_is_forbidden(tmp_path: Path) -> None:
    answers = {"/robots.txt": answer(_RULES), "/x": _redirect("/closed/1"), "/closed/1": answer("page")}
    with raw_site(answers) as site, _asking(tmp_path, site.base) as asking:
        with pytest.raises(Refused, match="forbids"):
            asking.follow(f"{site.base}/x", "a test")
        assert site.asked == ["/robots.txt", "/x"]


def test_robots_txt_is_asked_for_once_a_day_across_runs(tmp_path: Path) -> None:
    with raw_site({"/robots.txt": answer(_RULES), "/x": answer("page")}) as site:
        for _ in range(3):
            with _asking(tmp_path, site.base) as asking:
                asking.get(f"{site.base}/x", "a test")
                with pytest.raises(Refused):
                    asking.get(f"{site.base}/closed", "a test")
        assert site.asked == ["/robots.txt", "/x", "/x", "/x"]


def test_a_site_that_was_closed_is_open_once_its_robots_txt_is_read(tmp_path: Path) -> None:
    answers: dict[str, Sent] = {"/robots.txt": _said("503 Service Unavailable"), "/x": answer("page")}
    with raw_site(lambda path: answers[path]) as site:
        with _asking(tmp_path, site.base) as asking:
            _assert_closed(asking)
        answers["/robots.txt"] = answer(_RULES)
        with _asking(tmp_path, site.base) as asking:
            assert asking.get(f"{site.base}/x", "a test").answer.status == 200


# --- Retry-After ----------------------------------------------------------------------------------------------------

_SOON = timedelta(seconds=91)  # a date is cut to the second
_FORMS: Mapping[str, float | None] = {
    "120": 120,
    "0": 0,
    " 7 ": 7,
    "IMF": 90,
    "RFC 850": 90,
    "asctime": 90,
    "past": 0,
    "-5": 0,
    "1.5": 0,
    "abc": 0,
    "": 0,
    "9" * 400: None,
    "Fri, 01 Jan 2099 00:00:00 GMT": None,
}
"""What a Retry-After says → the seconds that are waited; None where it is longer than a run waits."""


def _text(form: str) -> str:
    at = datetime.now(UTC).replace(microsecond=0) + _SOON
    dates = {
        "IMF": format_datetime(at, usegmt=True),
        "RFC 850": f"{at:%A, %d-%b-%y %H:%M:%S} GMT",
        "asctime": f"{at:%a %b} {at.day:2} {at:%H:%M:%S %Y}",
        "past": format_datetime(at - timedelta(days=1), usegmt=True),
    }
    return dates.get(form, form)


class _Clock:
    """The monotonic clock of a pause, and its sleep; requests take no time."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self.slept = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self._ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(pause, "time", clock)
    return clock


def _busy_once(status: str, form: str) -> dict[str, Iterator[bytes]]:
    """Return a site that answers once with a Retry-After, and then with a page."""
    headers = {"Retry-After": _text(form), "Location": "/x"}
    return {
        "/robots.txt": iter([answer(_RULES)]),
        "/x": iter([answer("busy", status=status, headers=headers), answer("page")]),
    }


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "301 Moved Permanently"])
@pytest.mark.parametrize(("form", "seconds"), _FORMS.items(), ids=[form[:20] for form in _FORMS])
def test_a_retry_after_is_waited_for_or_the_page_left_to_a_later_run(
    status: str, form: str, seconds: float | None, clock: _Clock, tmp_path: Path
) -> None:
    answers = _busy_once(status, form)
    with raw_site(lambda path: next(answers[path])) as site, _asking(tmp_path, site.base) as asking:
        if seconds is None:
            with pytest.raises(Deferred) as error:
                asking.follow(f"{site.base}/x", "a test")
            assert error.value.until > datetime.now(UTC) + timedelta(days=300)
            assert site.asked == ["/robots.txt", "/x"]
            assert clock.slept == 0
        else:
            assert asking.follow(f"{site.base}/x", "a test").answer.body == b"page"
            assert site.asked == ["/robots.txt", "/x", "/x"]
            assert seconds - 1 <= clock.slept <= seconds + 1


@pytest.mark.parametrize("form", ["120", "IMF"])
def test_a_retry_after_holds_for_the_next_run(form: str, clock: _Clock, tmp_path: Path) -> None:
    pages = _busy_once("503 Service Unavailable", form)
    with raw_site(lambda path: next(pages[path])) as site:
        _ask_until_told_to_wait(site.base, tmp_path, clock)
        with _asking(tmp_path, site.base) as asking:
            assert asking.get(f"{site.base}/x", "a test").answer.body == b"page"
        assert site.asked == ["/robots.txt", "/x", "/x"]
    assert float(_FORMS[form] or 0) - 1 <= clock.slept <= float(_FORMS[form] or 0) + 2


def _ask_until_told_to_wait(site: str, folder: Path, clock: _Clock) -> None:
    """Ask, and die in the wait that the answer asks for."""

    def die(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "sleep", die)
        with suppress(KeyboardInterrupt), _asking(folder, site) as asking:
            asking.get(f"{site}/x", "a test")
            pytest.fail("the answer did not ask for a wait")


def test_a_pause_that_is_longer_than_a_run_is_known_to_the_next_one(tmp_path: Path) -> None:
    answers = _busy_once("503 Service Unavailable", "9" * 400)
    with raw_site(lambda path: next(answers[path])) as site:
        for _ in range(3):
            with _asking(tmp_path, site.base) as asking, pytest.raises(Deferred, match="asked not to be asked again"):
                asking.get(f"{site.base}/x", "a test")
        assert site.asked == ["/robots.txt", "/x"]


def test_a_clock_that_was_wrong_makes_no_pause_longer(clock: _Clock, tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with raw_site({"/x": answer("page")}) as site, _asking(tmp_path, site.base) as asking:
        asking._store.ledger.close_site(site.base, tomorrow, tomorrow + timedelta(seconds=60))
        asking.get(f"{site.base}/x", "a test")
    assert 59 <= clock.slept <= 61


def test_a_retry_after_of_robots_txt_is_kept(clock: _Clock, tmp_path: Path) -> None:
    busy = answer("", status="503 Service Unavailable", headers={"Retry-After": "120"})
    robots = iter([busy, answer(_RULES)])
    with (
        raw_site(lambda path: next(robots) if path == "/robots.txt" else answer("page")) as site,
        _asking(tmp_path, site.base) as asking,
    ):
        asking.get(f"{site.base}/x", "a test")
        assert site.asked == ["/robots.txt", "/robots.txt", "/x"]
    assert 119 <= clock.slept <= 121


# --- the pace -------------------------------------------------------------------------------------------------------


def _gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


def test_runs_of_several_stores_keep_one_pace_together(tmp_path: Path) -> None:
    times: list[float] = []

    def noted(path: str) -> bytes:
        times.append(time.monotonic())
        return answer(path)

    def run(store: str) -> None:
        with _asking(tmp_path / store, site.base, delay=0.05) as asking:
            for page in range(4):
                asking.get(f"{site.base}/{page}", "a test")

    with raw_site(noted) as site:
        threads = [threading.Thread(target=run, args=(store,)) for store in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(times) == 15  # four pages and robots.txt, for each store
    assert min(_gaps(times)) >= 0.04


def test_what_is_repeated_or_redirected_keeps_the_pace(tmp_path: Path) -> None:
    times: list[float] = []
    answers = {
        "/robots.txt": iter([answer("")]),
        "/x": iter([answer("", status="500 No"), RESET, _redirect("/y")]),
        "/y": iter([answer("page")]),
    }

    def noted(path: str) -> bytes:
        times.append(time.monotonic())
        return next(answers[path])

    with raw_site(noted) as site, _asking(tmp_path, site.base, delay=0.05) as asking:
        assert asking.follow(f"{site.base}/x", "a test").answer.body == b"page"
    assert len(times) == 5
    assert min(_gaps(times)) >= 0.04


def test_a_crawl_delay_counts_if_it_is_longer_than_ours(tmp_path: Path) -> None:
    times: list[float] = []

    def noted(path: str) -> bytes:
        times.append(time.monotonic())
        return answer("User-agent: *\nCrawl-delay: 0.15\n" if path == "/robots.txt" else "page")

    with raw_site(noted) as site, _asking(tmp_path, site.base, delay=0.01) as asking:
        for page in range(2):
            asking.get(f"{site.base}/{page}", "a test")
    assert len(times) == 3
    assert min(_gaps(times)) >= 0.14


def test_a_crawl_delay_without_measure_closes_the_site(tmp_path: Path) -> None:
    answers = {"/robots.txt": answer("User-agent: *\nCrawl-delay: 1e9\n"), "/x": answer("page")}
    with raw_site(answers) as site, _asking(tmp_path, site.base) as asking:
        with pytest.raises(Refused, match=r"wants 1,000,000,000 seconds between requests: it is not asked\."):
            asking.get(f"{site.base}/x", "a test")
        assert site.asked == ["/robots.txt"]


@pytest.mark.parametrize("size", [MAX_BYTES, 2**20 + 1, 3 * 2**20])
def test_the_beginning_of_a_robots_txt_without_end_counts(size: int, tmp_path: Path) -> None:
    rules = (_RULES + "#" * 100 + "\n").encode().ljust(size, b"#")
    with (
        raw_site({"/robots.txt": answer(rules), "/x": answer("page")}) as site,
        _asking(tmp_path, site.base) as asking,
    ):
        assert asking.get(f"{site.base}/x", "a test").answer.body == b"page"
        with pytest.raises(FetchError, match="forbids"):
            asking.get(f"{site.base}/closed", "a test")
