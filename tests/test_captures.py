"""Captures of WARC and WET files as others write them: what is read, what is passed over, what is refused."""

import gzip
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import fsspec
import pytest

from parsers import parse
from registry.errors import FetchError, PageError, Reason, StoreError
from registry.labels import SECTIONS, Layout, PageKind
from registry.record import Page, Record
from scraper.captures import Capture, Refusal, captures, captures_of, page_of_capture
from scraper.site import trial_of
from tests.pages import BASE, FAMILIES, as_text, render
from tests.warcs import HTML, Warc, digest, in_chunks
from trials.practice.pages import trial_page
from trials.practice.world import World

URL = "https://inclinicaltrials.com/other/NCT09990001/details"
PAGE = render(BASE, FAMILIES["two-column-table"]).encode()
PROSE = frozenset(row.name for row in SECTIONS if row.layout is Layout.PROSE)
TEXT = as_text(BASE).encode()


def _found(content: bytes, wanted: Callable[[str], bool] = lambda _: True) -> list[Capture | Refusal]:
    return list(captures_of(BytesIO(content), wanted))


def _capture(warc: Warc) -> Capture:
    (found,) = _found(warc.content)
    assert isinstance(found, Capture)
    return found


def _refusal(warc: Warc) -> Refusal:
    (found,) = _found(warc.content)
    assert isinstance(found, Refusal)
    return found


# --- what others write ------------------------------------------------------------------------------------------


def test_common_crawl_renames_the_headers_of_codings_that_it_removes() -> None:
    headers = [*HTML, ("X-Crawl-Content-Encoding", "gzip"), ("X-Crawl-Transfer-Encoding", "chunked")]
    about = {
        "WARC-Payload-Digest": digest(PAGE),
        "WARC-Identified-Payload-Type": "text/html",
        "WARC-Identified-Content-Charset": "koi8-r",
    }
    warc = Warc().answer(URL, PAGE, headers=headers, about=about)
    found = _capture(warc)
    assert (found.url, found.status, found.body, found.headers) == (URL, 200, PAGE, tuple(headers))
    assert (found.at, found.offset, found.truncated) == (
        datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC),
        warc.starts[1],
        None,
    )
    assert page_of_capture(found, "NCT09990001").body == PAGE


def test_a_wet_file_holds_texts() -> None:
    about = {"WARC-Refers-To": "<urn:uuid:00000000-0000-0000-0000-000000000000>", "WARC-Block-Digest": digest(TEXT)}
    found = _capture(Warc().record(URL, "conversion", TEXT, "text/plain", about))
    assert (found.body, found.is_text, found.status, found.headers) == (TEXT, True, None, ())
    page = page_of_capture(found, "NCT09990001")
    assert (dict(page.headers), page.status, page.fetched_at) == ({"Content-Type": "text/plain"}, None, found.at)


@pytest.mark.parametrize("packed", [False, True])
def test_wget_leaves_the_chunks_and_writes_brackets_around_addresses(packed: bool) -> None:
    body = gzip.compress(PAGE) if packed else PAGE
    coding = [("Content-Encoding", "gzip")] if packed else []
    sent = in_chunks(body)
    about = {"WARC-Payload-Digest": digest(sent)}
    found = _capture(
        Warc(gzip=False).answer(
            f"<{URL}>", sent, headers=[*HTML, *coding, ("Transfer-Encoding", "chunked")], about=about
        )
    )
    assert (found.url, found.body) == (URL, body)
    assert found.headers == (*HTML, *coding, ("X-Crawl-Transfer-Encoding", "chunked"))
    assert page_of_capture(found, None).body == PAGE


def test_a_digest_may_be_of_the_body_without_its_chunks() -> None:
    warc = Warc().answer(
        URL,
        in_chunks(PAGE),
        headers=[*HTML, ("Transfer-Encoding", "chunked")],
        about={"WARC-Payload-Digest": digest(PAGE)},
    )
    assert _capture(warc).body == PAGE


def test_browsertrix_writes_warc_1_1_with_parts_of_seconds_and_sha_256() -> None:
    warc = Warc(version="1.1")
    warc.answer(
        URL,
        PAGE,
        headers=[("content-type", "text/html"), ("x-orig-content-encoding", "br"), ("content-length", "99")],
        about={"WARC-Date": "2026-01-05T03:04:05.999Z", "WARC-Payload-Digest": digest(PAGE, "sha256", "hex")},
    )
    warc.record("urn:pageinfo:" + URL, "resource", b"{}", "application/json")
    found = _capture(warc)
    assert (found.body, found.at) == (PAGE, datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC))
    assert page_of_capture(found, None).body == PAGE


def test_a_header_of_a_coding_that_was_removed_is_not_believed() -> None:
    headers = [*HTML, ("Content-Encoding", "br"), ("Transfer-Encoding", "chunked")]
    found = _capture(Warc().answer(URL, PAGE, headers=headers))
    assert found.headers == (*HTML, ("X-Crawl-Content-Encoding", "br"), ("X-Crawl-Transfer-Encoding", "chunked"))
    assert page_of_capture(found, None).body == PAGE


def test_a_resource_that_is_html_is_a_capture() -> None:
    found = _capture(Warc().record(URL, "resource", PAGE, "text/html; charset=utf-8"))
    assert (found.body, found.is_text, found.status, found.headers) == (PAGE, False, None, HTML)


def test_header_lines_are_kept_as_they_were_sent() -> None:
    lines = [*HTML, ("X-Odd", "of ten chars: xx"), ("Set-Cookie", "a"), ("Set-Cookie", "b")]
    content = (
        Warc(gzip=False)
        .answer(URL, PAGE, headers=lines)
        .content.replace(b"of ten chars: xx", b"caf\xe9, \x80, a: b cd")
    )
    (found,) = _found(content)
    assert isinstance(found, Capture)
    assert found.headers == (*HTML, ("X-Odd", "caf\xe9, \x80, a: b cd"), *lines[2:])


def test_the_header_lines_of_an_answer_may_end_in_lf() -> None:
    block = b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + PAGE
    found = _capture(Warc().record(URL, "response", block, "application/http; msgtype=response"))
    assert (found.status, found.body) == (200, PAGE)


# --- which records ----------------------------------------------------------------------------------------------


def test_other_records_are_passed_over() -> None:
    warc = Warc()
    warc.answer(URL, b"%PDF", headers=[("Content-Type", "application/pdf")])
    warc.answer(URL, b"", kind="revisit", about={"WARC-Profile": "identical"})
    warc.record(URL, "request", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request")
    warc.record(URL, "metadata", b"a: b", "application/warc-fields")
    warc.record(URL, "conversion", b"%PDF", "application/pdf")
    warc.record(URL, "resource", b"\x89PNG", "image/png")
    warc.record("dns:inclinicaltrials.com", "response", b"20260105 1.2.3.4", "text/dns")
    assert _found(warc.content) == []


def test_an_error_page_is_a_capture_with_its_status() -> None:
    assert _capture(Warc().answer(URL, b"<html>gone</html>", status="410 Gone")).status == 410


def test_what_is_not_wanted_is_skipped_and_can_be_counted() -> None:
    hosts = ("https://inclinicaltrials.com", "http://mirror.example", "http://127.0.0.1:8000")
    warc = Warc()
    for host in hosts:
        warc.answer(f"{host}/", PAGE).answer(f"{host}/other/NCT09990001/details", PAGE).answer(
            f"{host}/robots.txt", b""
        )
    asked: list[str] = []

    def wanted(url: str) -> bool:
        asked.append(url)
        return trial_of(url) is not None

    found = _found(warc.content, wanted)
    assert [each.url for each in found] == [f"{host}/other/NCT09990001/details" for host in hosts]
    assert len(asked) == 9


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_record_is_found_again_by_its_offset(is_packed: bool) -> None:
    warc = Warc(gzip=is_packed).answer(URL, PAGE).answer(URL, b"<p>b").record(URL, "conversion", TEXT, "text/plain")
    found = _found(warc.content)
    assert [each.offset for each in found] == warc.starts[1:]
    for each in found:
        assert each.offset
        assert _found(warc.content[each.offset :])[0] == Capture(
            **{name: getattr(each, name) for name in each.__slots__} | {"offset": 0}  # type: ignore[union-attr]
        )


def test_a_file_that_is_packed_as_a_whole_has_no_offsets() -> None:
    content = gzip.compress(Warc(gzip=False).answer(URL, PAGE).answer(URL, PAGE).content)
    assert [(each.url, each.offset) for each in _found(content)] == [(URL, None), (URL, None)]


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
@pytest.mark.parametrize("form", ["base32", "hex"])
def test_a_payload_of_another_digest_is_damaged(kind: str, form: str) -> None:
    good = Warc().answer(
        URL, PAGE, about={"WARC-Payload-Digest": digest(PAGE, kind, form).replace("sha256", "SHA-256")}
    )
    assert _capture(good).body == PAGE
    bad = Warc().answer(URL, PAGE, about={"WARC-Payload-Digest": digest(b"other", kind, form)})
    assert _refusal(bad) == (
        URL,
        "It is damaged: its payload is not the one whose digest was written.",
        bad.starts[1],
    )


@pytest.mark.parametrize("said", ["md5:d41d8cd98f00b204e9800998ecf8427e", "sha1:====", "sha1:", "junk"])
def test_a_digest_of_an_unknown_kind_is_not_checked(said: str) -> None:
    assert _capture(Warc().answer(URL, PAGE, about={"WARC-Payload-Digest": said})).body == PAGE


def test_a_record_of_more_than_16_mib_is_refused_and_the_next_is_read() -> None:
    warc = Warc().answer(URL, b"<html>" + bytes(16 * 2**20)).answer(URL, PAGE)
    large, page = _found(warc.content)
    assert isinstance(large, Refusal)
    assert "more than 16,777,216 bytes" in large.why
    assert isinstance(page, Capture)


_BROKEN = {
    "a size that is wrong": in_chunks(PAGE).replace(b"\r\n0\r\n\r\n", b"x\r\n0\r\n\r\n"),
    "no last chunk": in_chunks(PAGE)[:-5],
    "cut in a chunk": in_chunks(PAGE)[:1500],
    "something behind the last chunk": in_chunks(PAGE) + b"x",
    "a size that is no number": in_chunks(PAGE).replace(b"\r\n3e8\r\n", b"\r\n1000 bytes\r\n", 1),
}


@pytest.mark.parametrize("body", _BROKEN.values(), ids=_BROKEN)
def test_broken_chunks_are_refused(body: bytes) -> None:
    refusal = _refusal(Warc().answer(URL, body, headers=[*HTML, ("Transfer-Encoding", "chunked")]))
    assert refusal.url == URL
    assert "chunk" in refusal.why


def test_a_trailer_behind_the_chunks_is_no_damage() -> None:
    body = in_chunks(PAGE)[:-2] + b"Server-Timing: x\r\n\r\n"
    assert _capture(Warc().answer(URL, body, headers=[*HTML, ("Transfer-Encoding", "chunked")])).body == PAGE


def test_chunks_that_a_corpus_cut_are_read_as_far_as_they_go() -> None:
    about = {"WARC-Truncated": "disconnect"}
    warc = Warc().answer(URL, in_chunks(PAGE)[:2500], headers=[*HTML, ("Transfer-Encoding", "chunked")], about=about)
    found = _capture(warc)
    assert PAGE.startswith(found.body)
    assert len(found.body) == 2500 - 3 * len(b"3e8\r\n") - 2 * len(b"\r\n")
    assert page_of_capture(found, None).truncated == "disconnect"


@pytest.mark.parametrize("said", ["yesterday", "2026", "", "0001-01-01T00:00:00+23:00"])
def test_a_record_without_a_date_is_refused(said: str) -> None:
    assert "no date with a time" in _refusal(Warc().answer(URL, PAGE, about={"WARC-Date": said})).why


@pytest.mark.parametrize(
    ("body", "coding", "why"),
    [
        (gzip.compress(PAGE)[:-9], "gzip", "is cut short"),
        (gzip.compress(bytes(17 * 2**20)), "gzip", "once unpacked"),
        (b"\x8b\x02\x80", "br", "is coded as 'br'"),
    ],
)
def test_a_content_coding_is_removed_by_the_rules_for_answers(body: bytes, coding: str, why: str) -> None:
    found = _capture(Warc().answer(URL, body, headers=[*HTML, ("Content-Encoding", coding)]))
    assert found.body == body
    with pytest.raises(FetchError, match=why):
        page_of_capture(found, None)


# --- torn and damaged files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_wanted", [True, False])
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_file_torn_at_any_byte_says_so_and_gives_what_came_before(is_packed: bool, is_wanted: bool) -> None:
    small = b"<html>%b</html>"
    warc = Warc(gzip=is_packed).answer(URL, small % b"one").answer(f"{URL}?2", small % b"two")
    whole = warc.content
    last = warc.starts[-1]
    ends_in = len(whole) if is_packed else len(whole) - 4  # two line breaks that nobody misses
    for end in range(last + 1, ends_in):
        first, torn = _found(whole[:end], lambda url: is_wanted or url == URL)
        assert isinstance(first, Capture)
        assert first.body == small % b"one"
        assert isinstance(torn, Refusal)
        assert "not read" in torn.why
    for end in range(ends_in, len(whole)):
        assert len(_found(whole[:end])) == 2


def test_the_sentence_about_a_torn_file_names_the_offset() -> None:
    warc = Warc().answer(URL, PAGE).answer(URL, PAGE)
    _, torn = _found(warc.content[:-40])
    assert isinstance(torn, Refusal)
    assert torn.offset == warc.starts[2]
    assert f"at offset {warc.starts[2]}" in torn.why


def test_a_flipped_bit_never_gives_another_body() -> None:
    warc = Warc().answer(URL, b"<html>one</html>").answer(URL, PAGE).answer(URL, b"<html>three</html>")
    whole = _found(warc.content)
    generator = random.Random(5)
    refused = 0
    for _ in range(300):
        place, bit = generator.randrange(warc.starts[2] + 10, warc.starts[3]), 1 << generator.randrange(8)
        flipped = bytearray(warc.content)
        flipped[place] ^= bit
        found = _found(bytes(flipped))
        assert [each for each in found if isinstance(each, Capture)] in (whole[:1], whole)
        refused += any(isinstance(each, Refusal) for each in found)
    assert refused > 250  # the rest are bits of the member's header that mean nothing


def test_no_bytes_end_in_any_other_error() -> None:
    warc = Warc(gzip=False).answer(URL, in_chunks(PAGE[:2000]), headers=[*HTML, ("Transfer-Encoding", "chunked")])
    whole = warc.record(URL, "conversion", b"text", "text/plain").record(URL, "resource", b"<p>", "text/html").content
    strange = [
        b"\r\n",
        b"\n",
        b"WARC/1.0\r\n",
        b"Content-Length: 18446744073709551615\r\n",
        b"\0",
        b"ffffffff\r\n",
        b"0\r\n",
    ]
    generator = random.Random(7)
    kinds: Counter[str] = Counter()
    for _ in range(1500):
        changed = bytearray(whole)
        for _ in range(generator.randrange(1, 5)):
            place = generator.randrange(len(changed))
            changed[place : place + generator.randrange(200)] = generator.choice([b"", *strange])
        try:
            kinds.update(type(each).__name__ for each in _found(bytes(changed)))
        except StoreError:
            kinds["StoreError"] += 1
    assert min(kinds[name] for name in ("Capture", "Refusal", "StoreError")) > 5


def test_what_follows_the_last_record_and_is_none_is_said() -> None:
    for is_packed in (True, False):
        page, refusal = _found(Warc(gzip=is_packed).answer(URL, PAGE).content + b"what is this?")
        assert isinstance(page, Capture)
        assert isinstance(refusal, Refusal)
        assert "not read" in refusal.why


# --- files and addresses ----------------------------------------------------------------------------------------


def test_a_file_is_read_by_path_and_by_address(tmp_path: Path) -> None:
    warc = Warc().answer(URL, PAGE)
    (tmp_path / "a.warc.gz").write_bytes(warc.content)
    with fsspec.open("memory://crawl/a.warc.gz", "wb") as file:
        file.write(warc.content)
    expected = _found(warc.content)
    for name in (str(tmp_path / "a.warc.gz"), f"file://{tmp_path}/a.warc.gz", "memory://crawl/a.warc.gz"):
        assert list(captures(name, lambda _: True)) == expected


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_what_cannot_be_read_is_said(prefix: str, tmp_path: Path) -> None:
    (tmp_path / "page.warc").write_bytes(PAGE)
    (tmp_path / "empty.warc").write_bytes(b"")
    (tmp_path / "page.warc.gz").write_bytes(gzip.compress(PAGE))
    for name, words in (
        ("missing.warc", "no such file"),
        ("", "is a folder"),
        ("page.warc", "no WARC file"),
        ("empty.warc", "no WARC file"),
        ("page.warc.gz", "no WARC file"),
    ):
        with pytest.raises(StoreError, match=words):
            list(captures(f"{prefix}{tmp_path / name}", lambda _: True))


def test_an_address_that_nobody_knows_is_said() -> None:
    for name in ("memory://crawl/missing.warc", "gopher://crawl/a.warc"):
        with pytest.raises(StoreError):
            list(captures(name, lambda _: True))


def test_addresses_need_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(StoreError, match=r"pip install 'tidytrials\[corpora\]'"):
        list(captures("s3://crawl/a.warc.gz", lambda _: True))


def test_a_stream_that_fails_is_no_damage() -> None:
    class Failing(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size)

    content = Warc(gzip=False).answer(URL, PAGE * 9).content
    with pytest.raises(StoreError, match="Input/output error"):
        list(captures_of(Failing(content), lambda _: True))


# --- pages that a corpus cut ------------------------------------------------------------------------------------


def _trial_pages(family: str) -> Iterator[tuple[str, str]]:
    """Yield the address and the HTML of a page of each kind."""
    world = World(seed=5, markup=family)
    for place, kind in ((1, PageKind.DETAILS), (4, PageKind.SUMMARY), (4, PageKind.DETAILS)):
        html = trial_page(world, place, kind, "https://inclinicaltrials.com")
        yield f"https://inclinicaltrials.com/other/{world.nct_id(place)}/details", html


def _cuts(html: str) -> list[int]:
    """Return places in the middle of each section, and right before and behind each of its tags in the middle."""
    headings = [match.start() for match in re.finditer(_HEADINGS, html)]
    middles = [(start + end) // 2 for start, end in pairwise([*headings, html.index("</body>")])]
    tags = [html.index("<", middle) for middle in middles]
    return sorted({*middles, *tags, *(tag + 1 for tag in tags), *(html.index(">", tag) + 1 for tag in tags)})


_HEADINGS = re.compile("|".join(re.escape(heading) for row in SECTIONS for heading in row.headings))


def _cut_page(url: str, body: bytes, truncated: str | None = "length") -> Page:
    about = {"WARC-Truncated": truncated} if truncated else {}
    found = _capture(Warc().answer(url, body, about=about))
    return page_of_capture(found, trial_of(url))


def _read_cut(page: Page) -> Record | None:
    """Return what a page says that was cut; None before it has named its trial."""
    try:
        return parse(page)
    except PageError as error:
        assert error.reason is Reason.INCOMPLETE_PAGE
        return None


@pytest.mark.parametrize("family", FAMILIES)
def test_of_a_page_that_a_corpus_cut_every_row_and_value_is_one_of_the_whole_page(family: str) -> None:
    sections: set[str] = set()
    for url, html in _trial_pages(family):
        whole = parse(_cut_page(url, html.encode(), None))
        assert whole.complete
        for end in _cuts(html):
            record = _read_cut(_cut_page(url, html[:end].encode()))
            if record is None:
                continue
            assert (record.complete, record.nct_id, record.title) == (False, whole.nct_id, whole.title)
            for section, rows in record.rows.items():
                assert rows == whole.rows[section][: len(rows)], (section, html[end - 200 : end])
                sections.update([section] if rows else [])
            for key, text in record.texts.items():
                said = whole.texts[key]
                is_begun = key.section in PROSE and said.startswith(f"{text}\n")  # by whole lines
                assert text == said or is_begun, (key, html[end - 200 : end])
    assert sections >= {"Locations", "Outcome", "See also", "Sponsors", "Intervention"}


def test_without_a_word_of_the_corpus_a_page_that_is_cut_is_refused_as_before() -> None:
    html = PAGE.decode()
    for end in _cuts(html):
        with pytest.raises(PageError) as refused:
            parse(_cut_page(URL, PAGE[:end], None))
        assert refused.value.reason is Reason.INCOMPLETE_PAGE


def test_a_page_of_which_a_corpus_says_that_it_is_cut_is_never_complete() -> None:
    assert not parse(_cut_page(URL, PAGE)).complete


def test_a_page_cut_inside_a_character_keeps_its_charset() -> None:
    html = render(replace(BASE, summary="Wärme"), FAMILIES["two-column-table"]).replace("\u00a0", " ")
    body = html.encode().replace(b'<meta charset="utf-8">', b"")
    record = parse(_cut_page(URL, body[: body.index("ä".encode()) + 1]))
    assert (record.charset, record.complete) == ("utf-8", False)


def test_what_stood_at_the_cut_is_no_value_and_is_named_by_a_problem() -> None:
    record = parse(_cut_page(URL, PAGE[: PAGE.index(b"20</td>") + 1]))  # of the enrollment
    assert "Enrollment" not in {key.label for key in record.texts}
    (problem,) = [each for each in record.problems if each.code == "unclaimed_text"]
    assert "cut here" in problem.message
    assert problem.text == "Enrollment\n12"


def test_a_contact_at_the_cut_is_not_repeated() -> None:
    record = parse(_cut_page(URL, PAGE[: PAGE.index(b"Example, MD")]))
    assert not any("Ada" in f"{problem.text} {problem.message}" for problem in record.problems)
