"""R01, R02: what robots.txt says, and what it means that it cannot be read (RFC 9309). The log tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faults.oracle import ids_of, page_paths
from faults.program import Program
from faults.promise import Outcome, Setup
from trials.exits import Exit
from trials.practice.faults import Faults
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.world import World

_WORLD = World(trials=40)
_PAGES = 2
_ROBOTS = "/robots.txt"


@dataclass(frozen=True, slots=True)
class Case:
    """One robots.txt: how it is answered, or what it says; `opens` is whether pages may be asked for."""

    name: str
    opens: bool
    fault: Mapping[str, Any]
    body: bytes | None = None


def _status(status: int, *, opens: bool) -> Case:
    return Case(str(status), opens, {"kind": "status", "status": status})


STATUSES = (
    Case("200", True, {"kind": "literal"}, b"User-agent: *\nDisallow: /search\n"),
    _status(204, opens=True),
    Case("5 redirects", True, {"kind": "redirects", "count": 5}),
    Case("6 redirects", False, {"kind": "redirects", "count": 6}),
    Case("a loop of redirects", False, {"kind": "redirect_loop"}),
    *(_status(status, opens=True) for status in (401, 403, 404, 410)),
    *(_status(status, opens=False) for status in (429, 500, 503)),
    Case("a reset", False, {"kind": "reset"}),
    Case("no answer", False, {"kind": "silence", "seconds": 0.2}),
    Case("cut short", False, {"kind": "cut_body"}),
    Case("another host", False, {"kind": "redirect", "location": "http://127.0.0.2:1/robots.txt"}),
)
"""A name that is not known (DNS) is a case of the client's tests: this site is asked by its number."""


def _says(name: str, body: bytes | str, *, opens: bool) -> Case:
    return Case(name, opens, {"kind": "literal"}, body.encode() if isinstance(body, str) else body)


_SHUT = "User-agent: *\nDisallow: /\n"
CONTENTS = (
    _says("nothing", "", opens=True),
    _says("closed", _SHUT, opens=False),
    _says("byte order mark", b"\xef\xbb\xbf" + _SHUT.encode(), opens=False),
    _says("CR only", _SHUT.replace("\n", "\r"), opens=False),
    _says("CRLF", _SHUT.replace("\n", "\r\n"), opens=False),
    _says("NUL", b"\x00\n" + _SHUT.encode(), opens=False),
    _says("no UTF-8", b"# \xff\xfe\xc3\n" + _SHUT.encode(), opens=False),
    _says("soft 404", "<!DOCTYPE html><html><body><p>Disallow: nothing here</p></body></html>\n", opens=True),
    _says("wildcard", "User-agent: *\nDisallow: /*/NCT\n", opens=False),
    _says("end mark", "User-agent: *\nDisallow: /*details$\n", opens=False),
    _says("end mark elsewhere", "User-agent: *\nDisallow: /*detail$\n", opens=True),
    _says("longest match allows", "User-agent: *\nDisallow: /\nAllow: /*/NCT\n", opens=True),
    _says("longest match forbids", "User-agent: *\nAllow: /\nDisallow: /*/NCT\n", opens=False),
    _says("a tie is allowed", "User-agent: *\nDisallow: /*/NCT\nAllow: /*/NCT\n", opens=True),
    _says("two groups of ours", "User-agent: trials\nDisallow: /x\n\nUser-agent: trials\nDisallow: /\n", opens=False),
    _says("our group, not the other", "User-agent: *\nDisallow: /\n\nUser-agent: trials\nDisallow: /x\n", opens=True),
    _says("another's group", "User-agent: other\nDisallow: /\n", opens=True),
    _says("case of the name", "User-agent: TRIALS\nDisallow: /\n", opens=False),
    _says("case of the key, spaces", "user-AGENT :*\n  dISALLOW :  /  # all\n", opens=False),
    _says("percent", "User-agent: *\nDisallow: /%2A/NCT\nDisallow: /*/%4E%43%54\n", opens=False),
    _says("rule at byte 511,000", "User-agent: *\n" + "#".ljust(510_985, "x") + "\nDisallow: /\n" + "# y\n" * 26_000,
          opens=False),
)  # fmt: skip


def statuses(setup: Setup) -> Outcome:
    """R01: every way in which robots.txt may be answered."""
    return _measured(setup, STATUSES[:: 2 if setup.short else 1])


def contents(setup: Setup) -> Outcome:
    """R02: every way in which it may be written."""
    return _measured(setup, CONTENTS[:: 4 if setup.short else 1])


def _measured(setup: Setup, cases: Sequence[Case]) -> Outcome:
    results = setup.each(setup.folder.name, cases, lambda number, case: _broken(setup, number, case))
    wrongly = sum(asked for case, (asked, _) in zip(cases, results, strict=True) if not case.opens)
    broken = [fault for _, faults in results for fault in faults]
    good = sum(not faults for _, faults in results)
    return Outcome(
        f"{len(cases)} of {len(cases)}; 0 requests for pages where none may be asked for",
        f"{good} of {len(cases)}; {wrongly} requests for pages",
        broken,
    )


def _broken(setup: Setup, number: int, case: Case) -> tuple[int, list[str]]:
    """Return how many pages were asked for, and what is wrong with that."""
    folder = setup.folder / str(number)
    folder.mkdir(parents=True)
    given = {}
    if case.body is not None:
        (folder / "robots.txt").write_bytes(case.body)
        given = {"file": "robots.txt"}
    log: list[Entry] = []
    faults = Faults([{**case.fault, **given, "path": _ROBOTS}], folder=folder)
    with serving(_WORLD, faults=faults, log=log) as site:
        done = Program(folder / "run", site.base, ids_of(_WORLD, _PAGES)).run()
    asked = len(page_paths(log))
    broken = [f"{asked} pages were asked for"] if (asked > 0) != case.opens else []
    fitting = (Exit.DONE, Exit.PARTIAL) if case.opens else (Exit.SITE,)  # a closed sitemap may hide one of two pages
    broken += [f"it exits with {done.code}"] if done.code not in fitting else []
    broken += ["a traceback"] if done.has_traceback else []
    return asked, [f"{case.name}: {fault}: {done.said[-300:]}" for fault in broken]
