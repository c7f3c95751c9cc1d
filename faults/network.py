"""N01 to N16, P06, P07: what a network, a server or a stranger may do to a request.

Every row is a site that misbehaves, and a run against it. What a run delivers must be what the site has: a page that
was cut, swapped or made up is the fault that is looked for. Afterwards the site is right again, and the same command
must get everything.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faults.oracle import archive_faults, compared, ids_of, page_paths, read_tables, strange, undisturbed
from faults.program import Ended, Program
from faults.promise import Outcome, Setup
from trials.exits import Exit
from trials.practice.faults import Faults
from trials.practice.kinds import KINDS
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.world import World

PAGES = "/*/NCT*"
WORLD = World(trials=260)
FEW = 3
_GROWTH_MIB = 64
_ATTEMPTS = 5
_CODES = frozenset({Exit.DONE, Exit.SITE, Exit.PARTIAL})

Fault = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One run against a site that misbehaves; `delivers` is how many pages must come all the same, None for any."""

    name: str
    faults: Sequence[Fault]
    pages: int = FEW
    delivers: int | None = None
    options: Sequence[str] = ()
    held: bool = False  # the store has the pages before, from the site as it should be
    most_asked: int | None = None  # requests for one address in the first run


@dataclass(frozen=True, slots=True)
class _Run:
    first: Ended
    right: int  # pages delivered as the site has them
    wrong: int
    broken: list[str]


def measured(setup: Setup, cases: Sequence[Case], figure: Callable[[Sequence[_Run]], str] | None = None) -> Outcome:
    """Run every case; the figure is how many pages were accepted that are not what the site has."""
    cases = _together(cases) if setup.short else cases
    wanted, _ = undisturbed(WORLD, max(case.pages for case in cases))
    runs = setup.each(setup.folder.name, cases, lambda number, case: _run(setup, number, case, wanted))
    broken = [f"{case.name}: {fault}" for case, run in zip(cases, runs, strict=True) for fault in run.broken]
    good = sum(not run.broken for run in runs)
    pages = sum(case.pages for case in cases)
    more = f"; {figure(runs)}" if figure else ""
    return Outcome(
        f"{len(cases)} of {len(cases)} cases; 0 of {pages:,} pages accepted that the site does not have",
        f"{good} of {len(cases)}; {sum(run.wrong for run in runs)} accepted, {_sum(runs):,} came right{more}",
        broken,
    )


def _sum(runs: Sequence[_Run]) -> int:
    return sum(run.right for run in runs)


def _run(setup: Setup, number: int, case: Case, wanted: Mapping[str, str]) -> _Run:
    log: list[Entry] = []
    faults = Faults(case.faults, seed=setup.seed, folder=setup.folder)
    folder = setup.folder / f"{number}"
    ids = ids_of(WORLD, case.pages)
    broken = []
    if case.held:
        with serving(WORLD) as site:
            port = int(site.base.rpartition(":")[2])
            filled = Program(folder, site.base, ids).run()
        broken += [f"before: {filled.said}"] if filled.code else []
    with serving(WORLD, port if case.held else 0, faults=faults, log=log) as site:
        program = Program(folder, site.base, ids, case.options)
        first = program.run_with_peak()
        found = read_tables(program.tables, site.base)
        port = int(site.base.rpartition(":")[2])
    broken += _first_faults(case, first, len(found.trials), log) + strange(found, wanted, ids)
    right = sum(wanted.get(nct_id) == trial for nct_id, trial in found.trials.items())
    result = _Run(first, right, len(found.trials) - right, broken)
    if setup.short:
        return result
    with serving(WORLD, port) as site:
        again = program.run(name="again")
        after = read_tables(program.tables, site.base)
    broken += [f"then it exits with {again.code}: {again.said}"] if again.code else []
    broken += [f"then {fault}" for fault in compared(after, wanted, ids)] + archive_faults(program.archive)
    return result


def _together(cases: Sequence[Case]) -> list[Case]:
    """Return the cases with those made one run that are one fault of all pages: a page each, and a right one after it.

    A page that comes right shows that the site is not in trouble, so that the run goes on.
    """
    single = [case for case in cases if len(case.faults) == 1 and case.faults[0]["path"] == PAGES and not case.held]
    if len(single) < 2:
        return list(cases)
    ids = ids_of(WORLD, 2 * len(single))
    faults = [of(nct_id, **_of_one_page(case)) for nct_id, case in zip(ids[::2], single, strict=True)]
    known = [case.delivers for case in single if case.delivers is not None]
    delivers = len(single) + sum(count > 0 for count in known) if len(known) == len(single) else None
    name = ", ".join(case.name for case in single)
    return [*(case for case in cases if case not in single), Case(name, faults, pages=len(ids), delivers=delivers)]


def _of_one_page(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case.faults[0].items() if name != "path"}


def _first_faults(case: Case, first: Ended, delivered: int, log: Sequence[Entry]) -> list[str]:
    """Return what is wrong with how a run ended against a site that misbehaves."""
    broken = [f"it exits with {first.code}: {first.said}"] if first.code not in _CODES else []
    broken += ["a traceback"] if first.has_traceback else []
    if case.delivers is not None and delivered != case.delivers:
        broken.append(f"{delivered} pages are delivered, not {case.delivers}: {first.said[-400:]}")
    if first.code == Exit.DONE and delivered < case.pages:
        broken.append(f"it exits with 0, and {case.pages - delivered} pages are missing")
    most = max(Counter(page_paths(log)).values(), default=0)
    if case.most_asked is not None and most > case.most_asked:
        broken.append(f"an address is asked for {most} times")
    return broken


def of(nct_id: str, kind: str, **more: Any) -> Fault:
    """Return a fault of one trial's pages."""
    return {"kind": kind, "path": f"/*/{nct_id}/*", **more}


# --- N01 to N03: bodies that are cut --------------------------------------------------------------------------------


def _cuts(setup: Setup, kind: str, **more: Any) -> Case:
    """Return a case of many pages, each cut at another place the first time that it is asked for."""
    count = 8 if setup.short else 200
    ids = ids_of(WORLD, count)
    faults = [of(nct_id, kind, at=place / count, first=1, **more) for place, nct_id in enumerate(ids)]
    return Case(f"{kind} {more or ''}at {count} places", faults, pages=count)


def cut_bodies(setup: Setup) -> Outcome:
    """N01: the framing says that something is missing."""
    kinds = ("cut_body", "cut_chunk", "cut_between_chunks")
    always = [Case(kind, [{"kind": kind, "path": PAGES}], delivers=0) for kind in (*kinds, "no_last_chunk")]
    once = Case("no_last_chunk once", [{"kind": "no_last_chunk", "path": PAGES, "first": 1}], delivers=FEW)
    return measured(setup, [*(_cuts(setup, kind) for kind in kinds), *always, once])


def cut_gzip(setup: Setup) -> Outcome:
    """N02: the framing is right, and what it holds is not whole."""
    framings = ("length", "chunked", "close")
    always = [
        Case(f"{kind} {framing}", [{"kind": kind, "path": PAGES, "framing": framing}], delivers=0)
        for kind in ("no_gzip_trailer", "bad_gzip_crc")
        for framing in framings
    ]
    return measured(setup, [*(_cuts(setup, "cut_gzip", framing=framing) for framing in framings), *always])


def cut_html(setup: Setup) -> Outcome:
    """N03: nothing says how long the page is."""
    always = Case("cut_html", [{"kind": "cut_html", "path": PAGES, "at": 0.6}], delivers=0)
    return measured(setup, [_cuts(setup, "cut_html"), always])


# --- N04 to N06: content codings ------------------------------------------------------------------------------------


def bombs(setup: Setup) -> Outcome:
    """N04, N05: a megabyte that unpacks to a gigabyte, under any status, and as robots.txt."""
    codings = ("gzip", "br") if setup.short else ("gzip", "deflate", "br", "zstd")
    statuses = (200, 302) if setup.short else (200, 302, 404, 503)
    bomb = {"kind": "bomb", "size_mib": 1024}
    cases = [Case("no bomb", (), delivers=FEW)]
    cases += [
        Case(f"{coding} {status}", [{**bomb, "path": PAGES, "coding": coding, "status": status}], delivers=0)
        for coding in codings
        for status in statuses
    ]
    cases += [Case(f"{each} robots.txt", [{**bomb, "path": "/robots.txt", "coding": each}]) for each in codings]
    most = _GROWTH_MIB
    outcome = measured(setup, cases, lambda runs: f"{_growth(runs):.0f} MiB more than without a bomb")
    grown = float(outcome.measured.rpartition("; ")[2].split()[0])
    broken = [*outcome.broken, *([f"a bomb takes {grown} MiB"] if grown > most else [])]
    return Outcome(f"{outcome.wanted}; memory grows by {most} MiB at most", outcome.measured, broken)


def _growth(runs: Sequence[_Run]) -> float:
    """Return how many MiB more the worst run took than the first one, which met no bomb."""
    peaks = [run.first.peak_mib or 0.0 for run in runs]
    return max(peaks[1:]) - peaks[0]


def codings(setup: Setup) -> Outcome:
    """N06: packed six times over, packed in name only, packed by what nobody knows."""
    names = ("gzip_chain", "false_gzip", "unknown_coding")
    return measured(setup, [Case(name, [{"kind": name, "path": PAGES}]) for name in names])


# --- N07, N08: slow answers, and what is no HTTP --------------------------------------------------------------------


def slow_answers(setup: Setup) -> Outcome:
    """N07: nothing comes, or byte by byte for longer than anybody waits."""
    slow = {"path": PAGES, "seconds": 3}
    cases = [Case(kind, [{"kind": kind, **slow}], pages=1, delivers=0) for kind in ("drip_body", "drip_head")]
    cases.append(Case("silence", [{"kind": "silence", "path": PAGES}], pages=1, delivers=0))
    return measured(setup, cases, lambda runs: f"the longest took {max(run.first.seconds for run in runs):.0f} s")


def no_http(setup: Setup) -> Outcome:
    """N08: heads that are too large, ambiguous, or none."""
    names = [name for name, kind in KINDS.items() if kind.rows == "N08"]
    return measured(setup, [Case(name, [{"kind": name, "path": PAGES}], delivers=0) for name in names])


# --- N14: a site in trouble -----------------------------------------------------------------------------------------


def flaky_site(setup: Setup) -> Outcome:
    """N14: a third of all answers is an error, a reset or a silence."""
    count = 40 if setup.short else 2000
    world = World(trials=count + 20)
    wanted, _ = undisturbed(world, count)
    log: list[Entry] = []
    faults = Faults([{"kind": "flaky", "path": PAGES, "share": 0.3, "seconds": 0.2}], seed=setup.seed)
    with serving(world, faults=faults, log=log) as site:
        program = Program(setup.folder / "run", site.base, ids_of(world, count))
        done = program.run()
        found = read_tables(program.tables, site.base)
    named = {nct_id for nct_id in program.ids if f"{nct_id}: " in done.said}
    lost = set(program.ids) - found.trials.keys() - named
    most = max(Counter(page_paths(log)).values())
    broken = strange(found, wanted, program.ids) + [f"{nct_id} is neither delivered nor named" for nct_id in lost]
    broken += [f"an address is asked for {most} times"] if most > _ATTEMPTS else []
    broken += [f"it exits with {done.code}: {done.said[-400:]}"] if done.code not in _CODES else []
    return Outcome(
        f"{count:,} pages all delivered or named, at most {_ATTEMPTS} requests a page",
        f"{len(found.trials):,} delivered, {len(named)} named, {len(lost)} lost; at most {most} requests",
        broken,
    )


# --- N15, N16, P06, P07: good HTTP, and no page ---------------------------------------------------------------------


def not_modified(setup: Setup) -> Outcome:
    """N15: 304 to whoever holds nothing, for ever, or with another ETag."""
    refresh = ("--refresh",)
    kinds = ("not_modified", "not_modified_other_tag", "weak_tag")
    empty = [Case(f"{kind}, nothing held", [{"kind": kind, "path": PAGES}]) for kind in kinds]
    held = [
        Case(f"{kind}, held", [{"kind": kind, "path": PAGES}], options=refresh, held=True, delivers=delivers)
        for kind, delivers in zip(kinds, (FEW, None, FEW), strict=True)
    ]
    return measured(setup, [*empty, *held])


def no_pages(setup: Setup) -> Outcome:
    """N16: answers that are no page of a trial."""
    names = ("partial", "no_content", "empty_body", "pdf", "json")
    return measured(setup, [Case(name, [{"kind": name, "path": PAGES}], delivers=0) for name in names])


def other_trials(setup: Setup) -> Outcome:
    """P06: the page of another trial under the address of this one."""
    count = 6 if setup.short else 100
    return measured(setup, [Case("other_trial", [{"kind": "other_trial", "path": PAGES}], pages=count, delivers=0)])


def soft_errors(setup: Setup) -> Outcome:
    """P07: a notice at status 200."""
    notices = ("maintenance", "captcha", "login", "missing", "bare")
    return measured(
        setup, [Case(each, [{"kind": "soft_error", "path": PAGES, "notice": each}], delivers=0) for each in notices]
    )
