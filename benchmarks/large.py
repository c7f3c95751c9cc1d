"""Large pages: CPU time and memory by size, each page read in a process of its own.

A page is one trial of the largest that there are, its locations, outcomes and texts repeated in their own proportion.
Printed are the CPU time as a ratio to a bare lxml parse of the same page, the same per MiB as a ratio to the smallest
page (1.00 is linear), and the peak of memory while the page is read, as a multiple of its bytes.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

SIZES = (0.5, 1, 2, 4, 8)  # MiB
FAMILIES = ("two-column-table", "div-rows", "one-line-each", "nineties")


def page_of(family: str, mebibytes: float) -> bytes:
    """Return a page of about this size."""
    from benchmarks.pages import subjects
    from trials.practice.facts import Facts
    from trials.practice.markup import FAMILIES as MARKUPS
    from trials.practice.markup import details

    known = max(subjects(100), key=lambda each: len(each.facts.locations))

    def rendered(facts: Facts) -> bytes:
        return MARKUPS[family].frame(known.frame, details(facts, MARKUPS[family])).encode()

    facts = known.facts
    times = max(1, int(mebibytes * 2**20 / len(rendered(facts))))
    return rendered(
        replace(
            facts,
            summary="\n".join([facts.summary] * times),
            locations=[*facts.locations] * times,
            outcomes=[*facts.outcomes] * times,
            interventions=[*facts.interventions] * times,
            related=[*facts.related] * times,
        )
    )


def measure(family: str, mebibytes: float) -> dict[str, float]:
    """Return what one page costs, in this process: seconds, those of lxml, and peaks of memory in bytes."""
    import lxml.html

    from parsers import parse
    from registry.record import Page

    parse(Page(page_of(family, 0.1)))  # so that nothing is loaded for the first time
    body = page_of(family, mebibytes)
    peak = _peak()
    start = time.process_time()
    parse(Page(body))
    taken, peak = time.process_time() - start, _peak() - peak
    start = time.process_time()
    lxml.html.fromstring(body.decode())
    return {"bytes": len(body), "seconds": taken, "lxml": time.process_time() - start, "peak": peak}


def _peak() -> int:
    """Return the highest memory of this process since it was asked before, in bytes; Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--one", nargs=2, metavar=("FAMILY", "MIB"), help=argparse.SUPPRESS)
    one = options.parse_args().one
    if one:
        print(json.dumps(measure(one[0], float(one[1]))))
        return
    for family in FAMILIES:
        first = 0.0
        for size in SIZES:
            command = [sys.executable, "-m", "benchmarks.large", "--one", family, str(size)]
            found = json.loads(
                subprocess.run(command, cwd=_ROOT, env=os.environ, stdout=subprocess.PIPE, check=True).stdout
            )
            pace = found["seconds"] / found["bytes"]
            first = first or pace
            print(
                f"{family:18} {found['bytes'] / 2**20:5.1f} MiB {found['seconds'] / found['lxml']:6.1f} × bare lxml"
                f" {pace / first:6.2f} × per MiB {found['peak'] / found['bytes']:6.1f} × memory",
                flush=True,
            )


if __name__ == "__main__":
    main()
