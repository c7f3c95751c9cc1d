"""The practice site misbehaves as it is told, and its log says exactly what it was asked."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from registry.errors import PageError, Reason, SettingsError
from registry.labels import PageKind
from registry.record import Page
from scraper.site import TEMPLATES
from trials.practice import torn
from trials.practice.bombs import CODINGS, packed
from trials.practice.faults import Faults, read_faults
from trials.practice.kinds import KINDS, PARAMETERS
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.site import Site
from trials.practice.steps import Asked, Pause
from trials.practice.world import World
from trials.practice.wrong import FORMS, NOTICES
from trials.tables import tables_of

WORLD = World(trials=30)
PATHS = [TEMPLATES[PageKind.DETAILS].format(slug=WORLD.topic(p).slug, nct_id=WORLD.nct_id(p)) for p in range(30)]
PATH = PATHS[5]


@contextmanager
def faulty(kind: str, **told: object) -> Iterator[Site]:
    with serving(WORLD, faults=Faults([{"kind": kind, **told}])) as site:
        yield site


def _connect(site: Site) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(site.base.rpartition(":")[2])), timeout=10)


def _request(path: str, *lines: str, method: str = "GET", closes: bool = True) -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: x", *lines, *(["Connection: close"] if closes else [])]
    return "\r\n".join([*head, "", ""]).encode()


def sent(site: Site, path: str = PATH, *lines: str, method: str = "GET") -> bytes:
    """Ask, and return every byte until the site closes the connection."""
    with closing(_connect(site)) as connection:
        connection.sendall(_request(path, *lines, method=method))
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


class Got(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1
        return values[0] if values else None


def _read(answer: bytes) -> Got:
    head, _, body = answer.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    return Got(int(status_line.split(" ")[1]), headers, body)


def got(site: Site, path: str = PATH, *lines: str) -> Got:
    return _read(sent(site, path, *lines))


def _right(site: Site, path: str = PATH) -> bytes:
    return site.respond(path, {}).body


def _chunks(body: bytes) -> tuple[list[bytes], bytes]:
    """Return the whole chunks, the last one of length 0 too, and what is left behind them."""
    chunks = []
    while match := re.match(rb"([0-9a-f]+)\r\n", body):
        end = match.end() + int(match[1], 16)
        if body[end : end + 2] != b"\r\n":
            break
        chunks.append(body[match.end() : end])
        body = body[end + 2 :]
    return chunks, body


# --- the table --------------------------------------------------------------------------------------------------


def test_every_row_of_the_fault_table_is_served_by_a_kind() -> None:
    rows = {row for kind in KINDS.values() for row in kind.rows.split()}
    elsewhere = {"N11", "N12"}  # names and TLS
    assert rows == {f"N{number:02}" for number in range(1, 17)} - elsewhere | {"P06", "P07", "R01", "R02"}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_does_in_one_sentence_and_what_its_parameters_may_be(name: str) -> None:
    assert re.fullmatch(r"[^\n]+\.", KINDS[name].sentence)
    assert KINDS[name].parameters.keys() <= PARAMETERS.keys()


def test_every_parameter_belongs_to_a_kind() -> None:
    assert {name for kind in KINDS.values() for name in kind.parameters} == PARAMETERS.keys()


# --- bodies that end too early ----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 0.3, 1])
def test_a_body_shorter_than_its_length(at: float) -> None:
    with faulty("cut_body", at=at) as site:
        answer, right = got(site), _right(site)
    assert answer.one("Content-Length") == str(len(right))
    assert answer.body == right[: min(int(len(right) * at), len(right) - 1)]


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_a_cut_inside_a_chunk(at: float) -> None:
    with faulty("cut_chunk", at=at) as site:
        answer, right = got(site), _right(site)
    chunks, left = _chunks(answer.body)
    assert answer.one("Transfer-Encoding") == "chunked"
    assert right.startswith(b"".join(chunks))
    assert len(b"".join(chunks)) == pytest.approx(len(right) * at, abs=len(right) / 4)
    assert re.match(rb"[0-9a-f]+\r\n.", left)


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_a_cut_between_chunks(at: float) -> None:
    with faulty("cut_between_chunks", at=at) as site:
        answer, right = got(site), _right(site)
    chunks, left = _chunks(answer.body)
    assert left == b""
    assert b"" not in chunks
    assert 0 < len(b"".join(chunks)) < len(right)
    assert right.startswith(b"".join(chunks))


def test_a_last_chunk_that_does_not_come() -> None:
    with faulty("no_last_chunk") as site:
        answer, right = got(site), _right(site)
    chunks, left = _chunks(answer.body)
    assert (b"".join(chunks), left) == (right, b"")
    assert b"" not in chunks


def _unframed(answer: Got, framing: str) -> bytes:
    """Return the body, once the framing was found to be whole."""
    length, coding = answer.one("Content-Length"), answer.one("Transfer-Encoding")
    if framing == "chunked":
        chunks, left = _chunks(answer.body)
        assert (length, coding, left) == (None, "chunked", b"0\r\n\r\n" if not chunks else left)
        assert chunks.pop() == b""
        assert left == b""
        return b"".join(chunks)
    assert (length, coding) == (str(len(answer.body)) if framing == "length" else None, None)
    return answer.body


@pytest.mark.parametrize("framing", torn.FRAMINGS)
def test_a_gzip_cut_under_a_whole_framing(framing: str) -> None:
    with faulty("cut_gzip", framing=framing, at=0.5) as site:
        answer, right = got(site), _right(site)
    body = _unframed(answer, framing)
    unpacker = zlib.decompressobj(31)
    assert answer.one("Content-Encoding") == "gzip"
    assert len(body) == len(gzip.compress(right, mtime=0)) // 2
    assert right.startswith(unpacker.decompress(body))
    assert not unpacker.eof


@pytest.mark.parametrize("framing", torn.FRAMINGS)
def test_a_gzip_without_its_trailer(framing: str) -> None:
    with faulty("no_gzip_trailer", framing=framing) as site:
        answer, right = got(site), _right(site)
    unpacker = zlib.decompressobj(31)
    assert unpacker.decompress(_unframed(answer, framing)) == right
    assert not unpacker.eof


@pytest.mark.parametrize("framing", torn.FRAMINGS)
def test_a_gzip_with_a_wrong_sum(framing: str) -> None:
    with faulty("bad_gzip_crc", framing=framing) as site:
        body = _unframed(got(site), framing)
        assert zlib.decompress(body[10:-8], -15) == _right(site)
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        gzip.decompress(body)


def test_html_cut_where_only_the_connection_ends_it() -> None:
    with faulty("cut_html", at=0.7) as site:
        answer, right = got(site), _right(site)
    assert answer.all("Content-Length") == answer.all("Transfer-Encoding") == []
    assert answer.body == right[: int(len(right) * 0.7)]


# --- content codings --------------------------------------------------------------------------------------------


def _unpacked(coding: str, body: bytes) -> bytes:
    if coding in ("gzip", "deflate"):
        unpacker = zlib.decompressobj(31 if coding == "gzip" else 15)
        content = unpacker.decompress(body)
        assert unpacker.eof and not unpacker.unused_data
        return content
    if coding == "zstd":
        with pa.CompressedInputStream(pa.BufferReader(body), "zstd") as stream:
            return bytes(stream.read())
    brotli: Any = pytest.importorskip("brotli")
    return bytes(brotli.decompress(body))


@pytest.mark.parametrize("size_mib", [1, 16, 19])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_valid_in_its_coding(coding: str, size_mib: int) -> None:
    assert _unpacked(coding, packed(coding, size_mib)) == b" " * (size_mib * 2**20)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_of_a_gibibyte_is_about_a_megabyte_at_most(coding: str) -> None:
    assert len(packed(coding, 1024)) < 1_100_000


@pytest.mark.parametrize("status", [200, 302, 404, 503])
@pytest.mark.parametrize("path", [PATH, "/robots.txt"])
def test_a_bomb_comes_with_any_status_on_any_path(path: str, status: int) -> None:
    with faulty("bomb", status=status, size_mib=2, coding="zstd") as site:
        answer = got(site, path)
    assert (answer.status, answer.one("Content-Encoding")) == (status, "zstd")
    assert answer.one("Location") == ("/" if status == 302 else None)
    assert answer.one("Content-Length") == str(len(answer.body))
    assert answer.body == packed("zstd", 2)


def test_gzip_six_times_over() -> None:
    with faulty("gzip_chain") as site:
        answer, right = got(site), _right(site)
    assert answer.one("Content-Encoding") == "gzip, gzip, gzip, gzip, gzip, gzip"
    body = answer.body
    for _ in range(6):
        body = gzip.decompress(body)
    assert body == right


@pytest.mark.parametrize(("kind", "coding"), [("false_gzip", "gzip"), ("unknown_coding", "x-practice")])
def test_a_content_coding_that_is_not_there(kind: str, coding: str) -> None:
    with faulty(kind) as site:
        answer, right = got(site), _right(site)
    assert (answer.one("Content-Encoding"), answer.body) == (coding, right)


# --- slow answers, and none -------------------------------------------------------------------------------------


def _until(log: Sequence[Entry], number: int) -> Entry:
    """Return the entry of the answer to a request, which comes a moment after the answer."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if found := [entry for entry in log if entry.get("answered") == number]:
            return found[0]
        time.sleep(0.001)
    raise AssertionError(log)


@pytest.mark.parametrize("kind", ["drip_body", "drip_head"])
def test_bytes_come_one_by_one_until_the_client_leaves(kind: str) -> None:
    log: list[Entry] = []
    with serving(WORLD, faults=Faults([{"kind": kind, "seconds": 600}]), log=log) as site:
        answer = b""
        with closing(_connect(site)) as connection:
            connection.sendall(_request(PATH))
            while not _dripped(kind, answer):
                answer += connection.recv(1 << 16)
        answered = _until(log, 1)
    assert len(_dripped(kind, answer)) == 1
    assert answered["bytes"] == len(answer)


def _dripped(kind: str, answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2] if kind == "drip_body" else answer


def test_a_drip_pauses_after_each_byte() -> None:
    with serving(WORLD) as site:
        asked = Asked(site, PATH, {}, Random(1))
        steps = list(torn.drip_body(asked, seconds=0.25))
        head_steps = list(torn.drip_head(asked, seconds=0.25))
        right = _right(site)
    assert steps[2::2] == [Pause(0.25)] * len(right)
    assert b"".join(step for step in steps[1::2] if isinstance(step, bytes)) == right
    assert {len(step) for step in head_steps[:-1:2] if isinstance(step, bytes)} == {1}
    assert set(head_steps[1:-1:2]) == {Pause(0.25)}
    assert head_steps[-1] == right


def test_a_drip_arrives_whole_if_one_waits() -> None:
    with faulty("drip_head", seconds=0) as site:
        answer = got(site)
        assert (answer.status, answer.body) == (200, _right(site))


def test_silence_ends_after_its_time_without_a_byte() -> None:
    log: list[Entry] = []
    with serving(WORLD, faults=Faults([{"kind": "silence", "seconds": 0.05}]), log=log) as site:
        assert sent(site) == b""
        answered = _until(log, 1)
    assert answered["at"] - log[0]["at"] >= 0.05
    assert (answered["status"], answered["bytes"]) == (None, 0)


def test_an_empty_reply() -> None:
    with faulty("empty_reply") as site:
        assert sent(site) == b""


def test_a_reset_is_no_end() -> None:
    with faulty("reset") as site, pytest.raises(ConnectionResetError):
        sent(site)


def test_a_reset_in_the_middle_of_a_body() -> None:
    answer = b""
    with faulty("reset", at=0.5) as site, closing(_connect(site)) as connection:
        connection.sendall(_request(PATH))
        with pytest.raises(ConnectionResetError):
            while piece := connection.recv(1 << 16):
                answer += piece
        right = _right(site)
    assert _read(answer).one("Content-Length") == str(len(right))
    assert _read(answer).body == right[: len(right) // 2]


# --- no HTTP, or too much of it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [101, 30])
def test_so_many_headers(count: int) -> None:
    with faulty("many_headers", count=count) as site:
        answer = got(site)
        assert (len(answer.headers), answer.body) == (count, _right(site))


def test_a_header_line_of_70_000_bytes() -> None:
    with faulty("long_header") as site:
        answer = sent(site)
    assert max(map(len, answer.partition(b"\r\n\r\n")[0].split(b"\r\n"))) == 70_000


def test_80_header_lines_of_10_000_bytes() -> None:
    with faulty("large_head") as site:
        answer = sent(site)
        assert answer.endswith(_right(site))
    assert [len(line) for line in answer.split(b"\r\n") if line.startswith(b"X-Large")] == [10_000] * 80


def test_lengths_that_are_none() -> None:
    for kind, length in (("negative_length", "-1"), ("endless_length", "1000000000000")):
        with faulty(kind) as site:
            answer = got(site)
            assert (answer.all("Content-Length"), answer.body) == ([length], _right(site))


def test_two_lengths() -> None:
    with faulty("two_lengths") as site:
        answer, right = got(site), _right(site)
    assert answer.all("Content-Length") == [str(len(right) // 2), str(len(right))]
    assert answer.body == right


def test_a_length_beside_chunks() -> None:
    with faulty("length_and_chunked") as site:
        answer, right = got(site), _right(site)
    assert (answer.one("Content-Length"), answer.one("Transfer-Encoding")) == (str(len(right)), "chunked")
    chunks, left = _chunks(answer.body)
    assert (b"".join(chunks), chunks[-1], left) == (right, b"", b"")


def test_no_status_line() -> None:
    with faulty("no_status_line") as site:
        answer = sent(site)
        assert answer.endswith(_right(site))
    assert answer.startswith(b"Content-Type: ")


# --- redirects and statuses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "location",
    ["http://2130706433/", "//evil.example/", r"http:\\x", "javascript:alert(1)", "http://registér.example/", ""],
)
def test_a_redirect_to_whatever_is_given(location: str) -> None:
    with faulty("redirect", location=location, status=307) as site:
        answer = got(site)
    assert (answer.status, answer.one("Location")) == (307, location)


@pytest.mark.parametrize(
    "text", ["120", "0", " 7 ", "-5", "1.5", "abc", "", "9" * 400, "Sun, 06 Nov 1994 08:49:37 GMT"]
)
@pytest.mark.parametrize("status", [429, 503, 301])
def test_a_retry_after_of_any_text(status: int, text: str) -> None:
    with faulty("status", status=status, retry_after=text) as site:
        answer = got(site)
    assert (answer.status, answer.one("Retry-After")) == (status, text)


@pytest.mark.parametrize("form", FORMS)
def test_a_retry_after_of_a_date(form: str) -> None:
    pattern = {
        "imf": r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT",
        "rfc850": r"[A-Z][a-z]+day, [0-9]{2}-[A-Z][a-z]{2}-[0-9]{2} [0-9:]{8} GMT",
        "asctime": r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} [0-9]{4}",
    }[form]
    before = datetime.now(UTC).timestamp()
    with faulty("retry_date", seconds=90, form=form) as site:
        answer = got(site)
    after = datetime.now(UTC).timestamp()
    text = answer.one("Retry-After") or ""
    assert answer.status == 503
    assert re.fullmatch(pattern, text)
    assert before + 90 <= parsedate_to_datetime(text).replace(tzinfo=UTC).timestamp() <= after + 91


def test_a_status_of_robots_alone() -> None:
    with faulty("status", path="/robots.txt", status=410) as site:
        assert [got(site, path).status for path in ("/robots.txt", PATH)] == [410, 200]


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_keeps_the_connection(status: int) -> None:
    with faulty("status", path="/robots.txt", status=status) as site, closing(_connect(site)) as connection:
        connection.sendall(_request("/robots.txt", closes=False) + _request(PATH))
        answers = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    first, second = re.findall(rb"HTTP/1\.1 (.*?)\r\n(.*?)\r\n\r\n", answers, re.DOTALL)
    assert first[0].startswith(b"%d " % status)
    assert b"Content-Length" not in first[1]
    assert second[0] == b"200 OK"


def _hops(site: Site, path: str) -> int:
    """Follow redirects, and return how many there were."""
    count = 0
    while (answer := got(site, path)).status == 302:
        count, path = count + 1, answer.one("Location") or ""
    assert answer.body == _right(site, path.partition("?")[0])
    return count


@pytest.mark.parametrize("count", [1, 5, 6])
def test_robots_behind_so_many_redirects(count: int) -> None:
    with faulty("redirects", path="/robots.txt", count=count) as site:
        assert _hops(site, "/robots.txt") == count
        assert _hops(site, PATH) == 0


def test_a_chain_of_redirects_that_began_is_led_to_its_end() -> None:
    with faulty("redirects", count=4, share=0.5) as site:
        assert {_hops(site, path) for path in PATHS} == {0, 4}


def test_a_redirect_to_itself() -> None:
    with faulty("redirect_loop") as site:
        assert got(site, "/robots.txt?x=1").one("Location") == "/robots.txt?x=1"


def test_flaky_is_each_of_six_and_the_same_again() -> None:
    outcomes = []
    for _ in range(2):
        with faulty("flaky", seconds=0) as site:
            outcomes.append([_outcome(site, path) for path in PATHS * 2])
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {500, 502, 503, 504, "reset", "silence"}


def _outcome(site: Site, path: str) -> int | str:
    try:
        answer = sent(site, path)
    except ConnectionResetError:
        return "reset"
    return _read(answer).status if answer else "silence"


# --- conditional requests, and pages that are none --------------------------------------------------------------


@pytest.mark.parametrize("lines", [(), ('If-None-Match: "old"',)])
@pytest.mark.parametrize("kind", ["not_modified", "not_modified_other_tag"])
def test_304_to_everything(kind: str, lines: tuple[str, ...]) -> None:
    with faulty(kind) as site:
        answer = got(site, PATH, *lines)
        tag = site.respond(PATH, {}).headers["ETag"]
    assert (answer.status, answer.body, answer.all("Content-Type")) == (304, b"", [])
    assert (answer.one("ETag") == tag) == (kind == "not_modified")
    assert answer.one("ETag")


def test_a_weak_tag() -> None:
    with faulty("weak_tag") as site:
        answer = got(site)
        tag = answer.one("ETag") or ""
        again = got(site, PATH, f"If-None-Match: {tag}")
        assert (answer.status, answer.body) == (200, _right(site))
    assert re.fullmatch('W/"[0-9a-f]+"', tag)
    assert (again.status, again.one("ETag")) == (304, tag)


def test_a_part_that_was_not_asked_for() -> None:
    with faulty("partial") as site:
        answer, right = got(site), _right(site)
    assert (answer.status, answer.body) == (206, right[: len(right) // 2])
    assert answer.one("Content-Range") == f"bytes 0-{len(answer.body) - 1}/{len(right)}"


def test_no_content_and_an_empty_body() -> None:
    with faulty("no_content") as site:
        answer = got(site)
    assert (answer.status, answer.body, answer.all("Content-Length")) == (204, b"", [])
    with faulty("empty_body") as site:
        answer = got(site)
    assert (answer.status, answer.body, answer.all("Content-Length")) == (200, b"", ["0"])


@pytest.mark.parametrize("kind", ["pdf", "json"])
def test_another_type(kind: str) -> None:
    with faulty(kind) as site:
        answer = got(site)
    assert (answer.status, answer.one("Content-Type")) == (200, f"application/{kind}")
    assert answer.body.startswith(b"%PDF-" if kind == "pdf" else b"{")


def test_the_page_of_another_trial() -> None:
    with faulty("other_trial") as site:
        answer = got(site)
        assert answer.body == _right(site, PATHS[6])
        assert got(site, "/robots.txt").body == _right(site, "/robots.txt")
    assert answer.status == 200


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_in_the_place_of_a_page_is_no_trial_page(notice: str) -> None:
    with faulty("soft_error", notice=notice) as site:
        answer = got(site)
    assert (answer.status, answer.body) == (200, NOTICES[notice])
    with pytest.raises(PageError) as refused:
        tables_of(Page(answer.body))
    assert refused.value.reason in (Reason.SOFT_ERROR, Reason.EMPTY)


def test_notices_are_drawn() -> None:
    with faulty("soft_error") as site:
        assert {got(site, path).body for path in PATHS} == set(NOTICES.values())


def test_the_bytes_of_a_file_as_they_are(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfUser-agent: *\rDisallow: /\0\xff\r\n"
    (tmp_path / "robots.txt").write_bytes(content)
    (tmp_path / "faults.toml").write_text('[[fault]]\nkind="literal"\npath="/robots.txt"\nfile="robots.txt"\n')
    with serving(WORLD, faults=read_faults(tmp_path / "faults.toml")) as site:
        answer = got(site, "/robots.txt")
    assert (answer.body, answer.one("Content-Type")) == (content, "text/plain; charset=utf-8")


# --- which requests are hit -------------------------------------------------------------------------------------


def _hit(faults: Faults, paths: Sequence[str]) -> list[str | None]:
    """Return the name of the fault that hits each request in turn."""
    site = Site(WORLD, "http://127.0.0.1:8000")
    hits = [faults.choose(site, path, {}) for path in paths]
    return [hit.name if hit else None for hit in hits]


def test_the_same_seed_hits_the_same_requests_and_another_seed_others() -> None:
    some = [{"kind": "reset", "share": 0.3}]
    asked = PATHS * 10
    first = _hit(Faults(some, seed=7), asked)
    assert first == _hit(Faults(some, seed=7), asked)
    assert first != _hit(Faults(some, seed=8), asked)
    assert 0.2 < first.count("reset") / len(first) < 0.4


def test_a_hit_does_not_depend_on_what_else_was_asked() -> None:
    some = [{"kind": "reset", "share": 0.5}]
    alone = _hit(Faults(some), [PATH] * 40)
    among = _hit(Faults(some), [path for _ in range(40) for path in (PATHS[1], PATH, PATHS[2])])
    assert among[1::3] == alone
    assert len(set(alone)) == 2


def test_only_the_first_requests_of_each_path_after_some_are_hit() -> None:
    hits = _hit(Faults([{"kind": "reset", "after": 1, "first": 2}]), [*[PATH] * 5, *[PATHS[1]] * 3])
    assert hits == [None, "reset", "reset", None, None, None, "reset", "reset"]


def test_the_path_is_a_glob_without_the_query_and_the_first_fault_that_hits_counts() -> None:
    faults = Faults([{"kind": "reset", "path": "/*/details"}, {"kind": "pdf", "path": "/o*"}, {"kind": "json"}])
    paths = ["/a/NCT1/details?x=/", "/a/NCT1", "/other/x/details", "/other/?page=2", "/robots.txt"]
    assert _hit(faults, paths) == ["reset", "json", "reset", "pdf", "json"]


def test_only_get_is_hit() -> None:
    with faulty("reset") as site:
        assert _read(sent(site, method="HEAD")).status == 200
        assert _read(sent(site, method="POST")).status == 405


# --- wrong files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = ", "is no TOML"),
        ("\xff", "is no TOML"),
        ("", "has no fault"),
        ("fault = 3", "begin each with a line [[fault]]"),
        ("fault = [1]", "begin each with a line [[fault]]"),
        ("sead = 1", "The file takes no 'sead'; there are seed, fault."),
        ("seed = 1.5\n[[fault]]", "The seed is 1.5; give a whole number."),
        ("[[fault]]", "Fault 1 has no kind. `trials practice --list-faults`"),
        ('[[fault]]\nkind = "cut_bodi"', "Did you mean 'cut_body'?"),
        ("[[fault]]\nkind = 7", "Fault 1 is of kind 7, which is not known."),
        ('[[fault]]\nkind = "pdf"\n[[fault]]\nkind = "pdf"\nat = 1', "Fault 2 (pdf) takes no 'at'; there are kind,"),
        ('[[fault]]\nkind = "redirect"', "Fault 1 (redirect) needs location: a text of one line."),
        ('[[fault]]\nkind = "cut_body"\nat = 1.5', "Fault 1 (cut_body): at is 1.5; give a share from 0 to 1."),
        ('[[fault]]\nkind = "cut_body"\nat = true', "at is True"),
        ('[[fault]]\nkind = "cut_body"\nat = nan', "at is nan"),
        ('[[fault]]\nkind = "pdf"\nshare = -0.1', "share is -0.1"),
        ('[[fault]]\nkind = "pdf"\nfirst = 0', "first is 0; give a whole number from 1 on."),
        ('[[fault]]\nkind = "pdf"\nafter = -1', "after is -1"),
        ('[[fault]]\nkind = "pdf"\npath = ""', "path is ''"),
        ('[[fault]]\nkind = "silence"\nseconds = inf', "seconds is inf"),
        ('[[fault]]\nkind = "bomb"\nsize_mib = 5000', "size_mib is 5000; give a whole number of MiB from 1 to 4096."),
        ('[[fault]]\nkind = "bomb"\nsize_mib = 1.0', "size_mib is 1.0"),
        ('[[fault]]\nkind = "bomb"\ncoding = "lzma"', "give one of gzip, deflate, br, zstd."),
        ('[[fault]]\nkind = "cut_gzip"\nframing = "x"', "give one of length, chunked, close."),
        ('[[fault]]\nkind = "status"\nstatus = 999', "status is 999; give a status of HTTP from 200 on."),
        ('[[fault]]\nkind = "status"\nstatus = 100', "status is 100"),
        ('[[fault]]\nkind = "status"\nretry_after = "1\\r\\nX: y"', "retry_after is '1\\r\\nX: y'"),
        ('[[fault]]\nkind = "literal"\nfile = "nowhere"', "nowhere' cannot be read"),
        ('[[fault]]\nkind = "literal"\nfile = "a\\u0000b"', "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named_with_what_is_wrong(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=re.escape(said)) as wrong:
        read_faults(file)
    assert str(file) in str(wrong.value)


def test_the_example_of_the_guide_is_a_file_of_faults(tmp_path: Path) -> None:
    guide = (Path(__file__).parent.parent / "docs" / "guide.md").read_text(encoding="utf-8")
    (example,) = re.findall("```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "faults.toml").write_text(example)
    hits = _hit(read_faults(tmp_path / "faults.toml"), [*PATHS, "/robots.txt", "/robots.txt"])
    assert set(hits[:-2]) == {None, "cut_body"}
    assert hits[-2:] == [None, "status"]


# --- the log ----------------------------------------------------------------------------------------------------


def test_the_log_has_each_request_and_each_answer() -> None:
    log: list[Entry] = []
    before = time.monotonic()
    with serving(WORLD, faults=Faults([{"kind": "status", "path": "/robots.txt", "status": 404}]), log=log) as site:
        with closing(_connect(site)) as kept:
            kept.sendall(
                _request("/robots.txt?x=1", "Accept: a", "accept: b", closes=False) + _request(PATH, closes=False)
            )
            kept.sendall(_request(PATH, method="HEAD"))
            bytes_kept = len(b"".join(iter(lambda: kept.recv(1 << 16), b"")))
        others = [sent(site, PATH, method="POST"), sent(site, PATH, "If-None-Match: *")]
        answered = [_until(log, number) for number in range(1, 6)]
    asked = [entry for entry in log if "request" in entry]
    assert [(e["request"], e["connection"], e["method"], e["path"], e["fault"]) for e in asked] == [
        (1, 1, "GET", "/robots.txt?x=1", "status"),
        (2, 1, "GET", PATH, None),
        (3, 1, "HEAD", PATH, None),
        (4, 2, "POST", PATH, None),
        (5, 3, "GET", PATH, None),
    ]  # fmt: skip
    assert asked[0]["headers"] == {"Host": "x", "Accept": "a, b"}
    assert [entry["status"] for entry in answered] == [404, 200, 200, 405, 304]
    assert sum(entry["bytes"] for entry in answered[:3]) == bytes_kept
    assert [entry["bytes"] for entry in answered[3:]] == list(map(len, others))
    times = [entry["at"] for pair in zip(asked, answered, strict=True) for entry in pair]
    assert times == sorted(times)
    assert before <= times[0] and times[-1] <= time.monotonic()


def test_a_request_is_logged_before_it_is_answered() -> None:
    def refuse(entry: Entry) -> None:
        if "request" in entry:
            raise ConnectionAbortedError

    with serving(WORLD, log=refuse) as site:
        assert sent(site) == b""


def test_what_is_no_request_is_logged_too() -> None:
    log: list[Entry] = []
    with serving(WORLD, log=log) as site:
        for line in (
            b"GET /\xff\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /" + b"a" * 70_000,
            b"BREW / HTTP/1.1\r\n\r\n",
        ):
            with closing(_connect(site)) as connection:
                connection.sendall(line)
                assert connection.recv(1 << 16)
        answered = [_until(log, number) for number in range(1, 5)]
    asked = [entry for entry in log if "request" in entry]
    assert [entry["method"] for entry in asked] == ["GET", None, None, "BREW"]
    assert [entry["status"] for entry in answered] == [None, None, 414, 501]  # none to HTTP/0.9


# --- the program ------------------------------------------------------------------------------------------------


def _practice(*arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "trials", "practice", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
    )


def test_the_program_misbehaves_and_logs(tmp_path: Path) -> None:
    faults, log = tmp_path / "faults.toml", tmp_path / "log.jsonl"
    faults.write_text('[[fault]]\nkind = "status"\npath = "/robots.txt"\nfirst = 1\n')
    log.write_text('{"kept": true}\n')
    with _practice("--port", "0", "--trials", "20", "--faults", faults, "--log", log) as process:
        assert process.stderr
        base = re.search("http://[0-9.:]+", process.stderr.readline())
        assert base
        site = Site(WORLD, base[0])
        assert [got(site, "/robots.txt").status for _ in range(2)] == [503, 200]
        process.send_signal(signal.SIGTERM)
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert entries[0] == {"kept": True}
    assert [entry["fault"] for entry in entries if "request" in entry] == ["status", None]


def test_a_wrong_file_ends_the_program_with_2(tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text('[[fault]]\nkind = "reset"\nat = "half"\n')
    for arguments in (("--faults", file), ("--log", tmp_path)):
        process = _practice("--port", "0", *arguments)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (2, "")
        assert str(arguments[1]) in err
        assert "Traceback" not in err


def test_the_kinds_are_listed() -> None:
    process = _practice("--list-faults")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    listed = re.findall(r"^  ([NPR][0-9]{2}(?: [NPR][0-9]{2})*) +([a-z_0-9]+) ", out, re.MULTILINE)
    assert listed == [(kind.rows, kind.name) for kind in KINDS.values()]
