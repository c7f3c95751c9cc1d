"""A page may cost so much and no more: each limit of `registry.limits`, and that one hostile page costs one page."""

import resource
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from normalizers.criteria import split_criteria
from normalizers.loss import lossy_marks
from normalizers.readers import read
from normalizers.stored import printed
from normalizers.tidy import tidy
from parsers import parse
from registry import limits
from registry.errors import PageError, Reason, StoreError
from registry.labels import FIELDS, Kind
from registry.record import Page
from tests.pages import BASE, FAMILIES, render
from tests.test_child import is_running, soon
from trials import contained
from trials.contained import ContainedReader, read_limited

HTML = render(BASE, FAMILIES["two-column-table"])
_MARKER = "Behind the nest."


def _with(markup: str) -> Page:
    """Return a whole page with some markup in its description."""
    return Page(HTML.replace("People read", f"{markup} People read", 1).encode())


def _reason(page: Page) -> Reason:
    with pytest.raises(PageError) as refused:
        parse(page)
    return refused.value.reason


# --- limits of the page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [100, 255, 256, 1000, 10_000, 100_000])
def test_nested_elements_are_read_whole_or_refused(depth: int) -> None:
    page = _with(f"{'<span>' * depth}x{'</span>' * depth}{_MARKER}")
    if depth > limits.MAX_DEPTH:
        assert _reason(page) is Reason.TOO_DEEP
    else:
        assert any(_MARKER in text for text in parse(page).texts.values())


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        (HTML.encode() + b" " * limits.MAX_BYTES, "bytes"),
        (b"<html><p>" + b"<br>" * (2 * limits.MAX_NODES + 1) + b"</p></html>", "elements"),
        (b"<html><p>" + b"word " * (11 * 2**20 // 5) + b"</p></html>", "characters"),
    ],
    ids=["body", "nodes", "text"],
)
def test_what_is_too_large(body: bytes, limit: str) -> None:
    with pytest.raises(PageError, match=limit) as refused:
        parse(Page(body))
    assert refused.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("markup", ["<a " * 20_000, "<!-x" * 20_000], ids=["<a", "<!-x"])
def test_markup_that_never_ends_is_read_whole_or_refused(markup: str) -> None:
    try:
        tables = parse(_with(markup))
    except PageError as error:
        assert error.reason in (Reason.TOO_DEEP, Reason.INCOMPLETE_PAGE)
    else:
        assert tables.nct_id == BASE.nct_id


def test_an_element_with_too_many_attributes_is_refused() -> None:
    many = " ".join(f"a{place}=1" for place in range(5000))
    assert _reason(_with(f"<i {many}>x</i>")) is Reason.TOO_LARGE
    assert parse(_with(f"<script>if (a<b {many.replace('=', ' ')} ) x()</script>")).complete


@pytest.mark.parametrize("tag", ["<font size={}><p>", "<a href=x{}><div>", "<b class=c{}><i><p>"])
def test_formatting_that_is_left_open_is_refused(tag: str) -> None:
    """The Standard opens each of them again in every block: 60 KB become 110 MB."""
    assert _reason(_with("".join(tag.format(place) for place in range(3000)))) is Reason.TOO_DEEP


def test_old_pages_that_leave_fonts_open_are_read() -> None:
    rows = "".join(f"<tr><td><font size=2>China<td><font size=2>Hospital {place}" for place in range(800))
    table = f"<table><tr><th>Country<th>Name{rows}</table>"
    page = _with("<p><font size=2>More." * 500)
    assert parse(page).nct_id == BASE.nct_id
    body = page.body.decode().replace("<h2>Locations</h2>", f"<h2>Locations</h2>{table}", 1)
    assert len(parse(Page(body.encode())).rows["Locations"]) == 800 + len(BASE.locations)


_READ_WITH_LITTLE_MEMORY = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from parsers import parse
from registry.errors import PageError
from registry.record import Page
from tests.pages import BASE, FAMILIES, render
places = [("China", f"Hospital {place}", "Beijing", "") for place in range(30_000)]
page = Page(render(replace(BASE, locations=places), FAMILIES["two-column-table"]).encode())
loaded = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (loaded + int(sys.argv[1]) * 2**20,) * 2)
try:
    assert len(parse(page).rows["Locations"]) == 30_000
except (MemoryError, PageError) as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell its memory")
@pytest.mark.parametrize("mebibytes", [4, 12, 20, 28, 36, 44, 52, 60])
def test_a_page_is_read_whole_or_not_at_all_where_memory_runs_out(mebibytes: int) -> None:
    command = [sys.executable, "-c", _READ_WITH_LITTLE_MEMORY, str(mebibytes)]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() in ("", "MemoryError", "PageError")


def test_entities_and_includes_load_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x"
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        doctype = f'<!DOCTYPE html SYSTEM "{url}" [<!ENTITY l0 "lol">{laughs}<!ENTITY x SYSTEM "{url}">]>'
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}"/>'
        page = _with(f"&l9; &x; {include}<img src={url}><link rel=stylesheet href={url}>")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        record = parse(Page(doctype.encode() + page.body))
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024
        with pytest.raises(BlockingIOError):
            canary.accept()
    assert any("&l9;" in text for text in record.texts.values())


# --- patterns ---------------------------------------------------------------------------------------------------

_LONG = {
    char: (char * limits.MAX_PATTERN)[: limits.MAX_PATTERN]
    for char in (" ", "1", "word ", "(", ",", "=", "1,", "? ", "a?", "=1 ", "1 = a")
}


@pytest.mark.parametrize("char", _LONG)
def test_patterns_of_each_field_are_linear(char: str) -> None:
    text = printed(f"x{_LONG[char]}x")
    for known in {known.kind: known for known in FIELDS}.values():
        assert _cpu_seconds(lambda known=known: read(known, text)) < 2, known
    assert _cpu_seconds(lambda: lossy_marks(text)) < 2
    assert _cpu_seconds(lambda: split_criteria(text)) < 2


def test_patterns_are_not_tried_on_what_is_too_long() -> None:
    text = "x" * (limits.MAX_PATTERN + 1)
    for known in {known.kind: known for known in FIELDS}.values():
        assert read(known, text).problem == (None if known.kind is Kind.TEXT else "unread_value")


def _cpu_seconds(call: object) -> float:
    start = time.process_time()
    call()  # type: ignore[operator]
    return time.process_time() - start


# --- containment ------------------------------------------------------------------------------------------------


def _pid(reader: ContainedReader) -> int:
    assert reader._child._running is not None
    return reader._child._running.process.pid


def test_a_contained_page_reads_the_same() -> None:
    page = _with("")
    with ContainedReader() as reader:
        assert reader.read(replace(page, headers={"Content-Type": "text/html"})) == parse(page)
        first = _pid(reader)
        with pytest.raises(PageError) as refused:
            reader.read(Page(b"\n"))
        assert refused.value.reason is Reason.EMPTY
        assert _pid(reader) == first
    assert not is_running(first)


def _reader_of(patch: str, monkeypatch: pytest.MonkeyPatch) -> ContainedReader:
    """Return a reader whose process behaves otherwise on a body that begins with `!`."""
    start = (
        "import os, signal, time; from trials import contained; "
        f"parse = contained.parse; contained.parse = lambda page: ({patch}) if page.body[:1] == b'!' else parse(page); "
        "contained.CPU_SECONDS = 1; contained.serve()"
    )
    monkeypatch.setattr(contained, "_START", start)
    return ContainedReader()


@pytest.mark.parametrize(
    ("patch", "sentence"),
    [
        ("all(each == 0 for each in iter(int, 1))", "seconds"),
        ("bytes(2**30)", "512 MiB"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "breaks the parser"),
        ("os._exit(0)", "breaks the parser"),
        ("time.sleep(600)", "60 seconds"),
    ],
)
def test_a_hostile_page_costs_one_page(patch: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "sleep" in patch:
        monkeypatch.setattr(contained, "WALL_SECONDS", 2)
        sentence = "2 seconds"
    with _reader_of(patch, monkeypatch) as reader:
        assert reader.read(_with("")).nct_id == BASE.nct_id
        with pytest.raises(PageError, match=sentence) as refused:
            reader.read(Page(b"!"))
        assert refused.value.reason is Reason.TOO_COSTLY
        assert reader.read(_with("")).nct_id == BASE.nct_id


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell its memory")
def test_a_process_that_makes_tables_gives_no_page_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(contained, "parse", lambda _: bytes(2**30))
        read_limited(_with(""))
    assert read_limited(_with("")).nct_id == BASE.nct_id
    assert (resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)) == before


def test_the_limit_of_cpu_time_counts_also_where_its_signal_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contained, "WALL_SECONDS", 30)
    before = signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    try:
        reader = _reader_of("all(each == 0 for each in iter(int, 1))", monkeypatch)
        with reader, pytest.raises(PageError, match="takes more than 10 seconds"):
            reader.read(Page(b"!"))
    finally:
        signal.signal(signal.SIGXCPU, before)


def test_a_process_that_somebody_kills_is_not_blamed_on_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As the machine does when its memory is used up."""
    first = tmp_path / "first"
    once = f"os.path.exists({str(first)!r}) or (open({str(first)!r}, 'w'), os.kill(os.getpid(), signal.SIGKILL))"
    with _reader_of(f"({once}) and parse(page)", monkeypatch) as reader, pytest.raises(PageError) as refused:
        reader.read(Page(b"!"))
    assert refused.value.reason is not Reason.TOO_COSTLY
    with _reader_of("os.kill(os.getpid(), signal.SIGKILL)", monkeypatch) as reader:
        with pytest.raises(StoreError, match="was killed"):
            reader.read(Page(b"!"))
        assert reader.read(_with("")).nct_id == BASE.nct_id


def test_a_fault_of_the_program_is_not_blamed_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    with _reader_of("1 / 0", monkeypatch) as reader, pytest.raises(RuntimeError, match="ZeroDivisionError"):
        reader.read(Page(b"!"))


def test_readers_in_threads() -> None:
    found: list[str] = []

    def work() -> None:
        with ContainedReader() as reader:
            found.append(reader.read(_with("")).nct_id)

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [BASE.nct_id] * 3


def test_where_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with ContainedReader() as reader, pytest.raises(StoreError, match="Cannot start"):
        reader.read(_with(""))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_program(number: signal.Signals) -> None:
    script = (
        "import sys, time; from trials.stop import stop_on_signals; stop_on_signals()\n"
        "from registry.record import Page; from trials.contained import ContainedReader\n"
        "with ContainedReader() as reader:\n"
        "    reader.read(Page(sys.argv[1].encode()))\n"
        "    print(reader._child._running.process.pid, flush=True); time.sleep(60)\n"
    )
    program = subprocess.Popen([sys.executable, "-c", script, HTML], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert program.stdout is not None
    with program.stdout:
        pid = int(program.stdout.readline())
    assert is_running(pid)
    program.send_signal(number)
    program.wait()
    assert soon(lambda: not is_running(pid))


def test_a_hostile_file_leaves_the_others_delivered(tmp_path: Path) -> None:
    attributes = " ".join(f"a{number}=1" for number in range(200_000))
    for name, page in (("a", _with("")), ("b", _with(f"<p {attributes}>x</p>")), ("c", _with(""))):
        (tmp_path / name).write_bytes(page.body)
    command = [sys.executable, "-m", "trials", "parse", *(str(tmp_path / name) for name in "abc"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.count(BASE.nct_id) > 2
    assert len(done.stdout.splitlines()) in (2, 3)  # three if the parser reads the attributes in time
    assert done.returncode == (5 if len(done.stdout.splitlines()) == 2 else 0)


# --- notices ----------------------------------------------------------------------------------------------------

_MENU = "".join(f'<li><a href="/topic-{n}/">Topic of trials number {n}</a>' for n in range(100))
_NOTICES = [
    "<title>Maintenance</title><h1>We will be back soon</h1><p>Status: Recruiting volunteers for the move.</p>",
    "<title>503 Service Unavailable</title><center><h1>503</h1></center><hr>proxy",
    "<title>Just a moment...</title><p>Checking if the connection is secure.</p><script>x()</script>",
    "<title>Attention Required!</title><h2>One more step</h2><form><input name=captcha></form>",
    "<title>Trials</title><p>Are you a robot? Type the letters.</p><img alt=letters>",
    "<title>Log in</title><form>Email <input> Password <input type=password></form>",
    "<title>Session expired</title><p>Please sign in again.",
    "<title>Page not found</title><p>We could not find NCT09990001.</p>",
    f"<title>Not found - Trials</title><ul>{_MENU}</ul><p>No such trial.</p>",
    f"<title>Trials</title><ul>{_MENU}</ul><h1>404</h1><p>Try the search.</p>",
    "<title>Error</title><p>Something went wrong. Reference 17-0a.</p>",
    "<title>Access denied</title><p>Your address was blocked.</p>",
    "<title>Too many requests</title><p>Slow down.</p>",
    "<body>",
    "<p>Database connection failed.</p>",
    "<title>Cookies</title><p>Enable JavaScript and cookies to continue.</p>",
    "<div id=root></div><noscript>You need to enable JavaScript to run this app.</noscript>",
    "<title>Welcome</title><h1>Domain for sale</h1><p>Make an offer.</p>",
    "<title>Scheduled downtime</title><p>Clinical Trials is being moved until May 10, 2026.</p>",
    "<title>Terms</title><p>Accept the terms to see the page of NCT09990001.</p><button>Accept</button>",
]


@pytest.mark.parametrize("notice", _NOTICES)
def test_a_notice_is_no_page_of_a_trial(notice: str) -> None:
    assert _reason(Page(f"<!DOCTYPE html><html>{notice}</html>".encode())) is Reason.SOFT_ERROR


@pytest.mark.parametrize(
    "body",
    [
        "Back soon.",
        f"<html><title>Knees</title><p>{'A long story about knees. ' * 100}</p></html>",
        "<html><p>NCT09990001 and NCT09990002 are trials of lamps.</p></html>",
        '{"error": "not found"}',
    ],
)
def test_something_else_is_no_notice(body: str) -> None:
    assert _reason(Page(body.encode())) is Reason.NOT_A_TRIAL_PAGE


def test_the_page_itself_is_read() -> None:
    assert tidy(_with(""), parse(_with("")))["studies"]
