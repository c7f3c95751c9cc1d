"""R03: the pace across restarts and runs. N13: Retry-After in all its forms, and across restarts.

The site's log says when each request came; what is measured is the time between two of them.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from faults.oracle import ids_of
from faults.program import Program, killed
from faults.promise import Outcome, Setup
from trials.exits import Exit
from trials.practice.faults import Faults
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.world import World

_WORLD = World(trials=60)
_DELAY = 0.3
_TOLERANCE = 0.01
_PAGES = "/*/NCT*"


def _times(log: Sequence[Entry]) -> list[float]:
    """Return when requests came, in order."""
    return sorted(entry["at"] for entry in list(log) if "request" in entry)


# --- R03 ------------------------------------------------------------------------------------------------------------


def spacing(setup: Setup) -> Outcome:
    """Kill and restart a slow crawl, and start two at once in other stores: no two requests closer than the delay."""
    kills = 3 if setup.short else 20
    dice = setup.random("R03")
    log: list[Entry] = []
    with serving(_WORLD, log=log) as site:
        ids = ids_of(_WORLD, 8 if setup.short else 40)
        folder, slowly = setup.folder, ("--delay", str(_DELAY))
        program = Program(folder, site.base, ids, slowly)
        count = sum(killed(program.started(), dice.uniform(0.7, 2.5)) for _ in range(kills))
        others = [
            Program(folder, site.base, ids, slowly, with_tables=False, place=folder / name) for name in ("one", "two")
        ]
        runs = [other.started(name=other.store.parent.name) for other in others]
        codes = [run.wait() for run in runs]
    gaps = [late - early for early, late in pairwise(_times(log))]
    close = [gap for gap in gaps if gap < _DELAY - _TOLERANCE]
    broken = [f"two requests {gap:.3f} s apart" for gap in close]
    broken += [f"the last runs exit with {codes}"] if any(codes) else []
    return Outcome(
        f"0 requests closer than {_DELAY} s − 10 ms over {kills} kills and 2 runs at once",
        f"{len(close)} of {len(gaps)} over {count} kills; the shortest gap {min(gaps):.3f} s",
        broken,
    )


# --- N13 ------------------------------------------------------------------------------------------------------------


class Form(NamedTuple):
    """One text of Retry-After: how long it asks to wait, None for what says nothing; `fault` is how it is sent."""

    name: str
    fault: Mapping[str, Any]
    seconds: float | None


_WAIT = 3
_DEFERRED = float("inf")


def _text(text: str, seconds: float | None) -> Form:
    return Form(repr(text[:12]), {"kind": "status", "retry_after": text}, seconds)


FORMS = (
    _text(str(_WAIT), _WAIT),
    _text("0", 0),
    _text(f" {_WAIT} ", _WAIT),
    *(
        Form(form, {"kind": "retry_date", "form": form, "seconds": _WAIT}, _WAIT)
        for form in ("imf", "rfc850", "asctime")
    ),
    _text("Sun, 06 Nov 1994 08:49:37 GMT", 0),
    _text("-5", None),
    _text("1.5", None),
    _text("abc", None),
    _text("", None),
    _text("9" * 400, _DEFERRED),
    _text("Fri, 31 Dec 2099 23:59:59 GMT", _DEFERRED),
)
_HEEDED_SECONDS = 0.5  # after which the program has noted what it was told
_LONGEST_BACKOFF = 2.0  # of the program for a site on this machine, and the time in which a busy machine runs it


def retry_after(setup: Setup) -> Outcome:
    """Send each form with each status, then see when the next request comes; then restart inside a window."""
    statuses = (503,) if setup.short else (429, 503, 301)
    cases = [(status, form) for status in statuses for form in FORMS[:: 2 if setup.short else 1]]
    waiting = replace(setup, workers=4 * setup.workers)  # they mostly wait
    results = waiting.each("N13", cases, lambda number, case: _heeded(setup, number, *case))
    restarts = 3 if setup.short else 20
    inside, broken = _restarted(setup, restarts)
    broken = [fault for faults in results for fault in faults] + broken
    return Outcome(
        f"{len(cases)} of {len(cases)} forms and statuses heeded; 0 requests inside a window over {restarts} restarts",
        f"{sum(not faults for faults in results)} of {len(cases)}; {inside} requests inside",
        broken,
    )


def _heeded(setup: Setup, number: int, status: int, form: Form) -> list[str]:
    log: list[Entry] = []
    ids = ids_of(_WORLD, 2)
    fault = {**form.fault, "status": status, "path": f"/*/{ids[0]}/*", "first": 1}
    if status == 301 and form.fault["kind"] == "status":
        fault["location"] = "/"
    with serving(_WORLD, faults=Faults([fault]), log=log) as site:
        program = Program(setup.folder / str(number), site.base, ids, with_tables=False)
        done = program.run()
    broken = _gap_faults(form, list(log)) + (["a traceback"] if done.has_traceback else [])
    if form.seconds == _DEFERRED and done.code not in (Exit.SITE, Exit.PARTIAL):
        broken.append(f"it exits with {done.code}")
    return [f"{status} {form.name}: {each}: {done.said[-300:]}" for each in broken]


def _gap_faults(form: Form, log: Sequence[Entry]) -> list[str]:
    """Return what is wrong with the time between the fault and the next request."""
    asked = [entry for entry in log if "request" in entry]
    place = next((place for place, entry in enumerate(asked) if entry["fault"]), None)
    if place is None:
        return ["the page was not asked for"]
    later = asked[place + 1 :]
    if form.seconds == _DEFERRED:
        return [f"{len(later)} requests came after it"] if later else []
    if not later:
        return ["no request came after it"]
    gap, least = later[0]["at"] - asked[place]["at"], (form.seconds or 0.0) - _TOLERANCE
    most = (form.seconds or 0.0) + _LONGEST_BACKOFF
    return [f"the next request came after {gap:.2f} s"] if not least <= gap <= most else []


def _told(log: Sequence[Entry]) -> float | None:
    """Return when the site asked to be left alone."""
    return next((entry["at"] for entry in list(log) if entry.get("fault")), None)


def _restarted(setup: Setup, restarts: int) -> tuple[int, list[str]]:
    """Start again and again while a site wants to be left alone; return the requests that came, and the faults."""
    log: list[Entry] = []
    ids = ids_of(_WORLD, 3)
    window, dice = restarts * 1.6 + 4, setup.random("N13")
    faults = Faults([{"kind": "status", "status": 429, "retry_after": str(round(window)), "path": _PAGES, "first": 1}])
    with serving(_WORLD, faults=faults, log=log) as site:
        program = Program(setup.folder / "restarted", site.base, ids)
        running = program.started()
        while (told := _told(log)) is None and running.poll() is None:
            time.sleep(0.02)
        if told is None:
            return 0, ["the site was not asked at all"]
        killed(running, _HEEDED_SECONDS)
        for _ in range(restarts - 1):
            killed(program.started(), dice.uniform(0.6, 2))
        done = program.run()
        asked = [entry["at"] for entry in log if "request" in entry and entry["at"] > told]
    inside = [at for at in asked if at < told + round(window) - _TOLERANCE]
    broken = [f"a request {at - told:.2f} s after the site asked for {round(window)} s" for at in inside]
    broken += [f"it ends with {done.code}: {done.said}"] if done.code else []
    return len(inside), broken
