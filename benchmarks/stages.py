"""Where the CPU time of `trials fetch` goes: a run with a clock around each stage, as microseconds a page.

A stage inside another counts for itself alone. The arguments are those of the program; the last line on stderr is JSON,
seconds by stage. Imports of the program are left out, those of the process that parses are not.
"""

import json
import resource
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import scraper.client
import trials.cli  # adds the commands to the app
import trials.reading
import trials.tables
from scraper.archive import Archive
from scraper.ledger import Ledger
from scraper.pages import Pages
from trials.app import app
from trials.contained import ContainedReader
from trials.delivery import Delivery

_REST = "rest: ids, addresses, robots, pace, log"
_IN_PROCESS = "parse, in its process"
_STAGES: dict[str, list[tuple[object, str]]] = {
    "fetch": [(scraper.client, "attempt")],
    "archive": [(Archive, "append"), (Archive, "seal")],
    "ledger": [
        (trials.reading, "note_accepted"),
        *((Ledger, name) for name in ("write", "write_all", "one", "all", "add_request", "close")),
        *((Pages, name) for name in ("addresses_of", "known", "add_addresses")),
    ],
    "parse, asked for": [(ContainedReader, "read")],
    "tidy": [(trials.tables, "tidy")],
    "json": [(Delivery, "take")],
}


class _Clock:
    """CPU time of this process by stage; what runs inside no stage is the rest."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._stage = _REST
        self._since = time.process_time()

    def turn(self, stage: str) -> str:
        """Go on in another stage, and return the one before."""
        now = time.process_time()
        before, self._stage = self._stage, stage
        self.seconds[before] += now - self._since
        self._since = now
        return before

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def clocked(*given: Any, **named: Any) -> Any:
            before = self.turn(stage)
            try:
                return function(*given, **named)
            finally:
                self.turn(before)

        return clocked


def main() -> None:
    clock = _Clock()
    for stage, places in _STAGES.items():
        for owner, name in places:
            setattr(owner, name, clock.around(stage, getattr(owner, name)))

    class Connection(sqlite3.Connection):
        execute = clock.around("ledger", sqlite3.Connection.execute)
        executemany = clock.around("ledger", sqlite3.Connection.executemany)

    setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Connection))  # noqa: B010 - mypy knows another type
    clock.turn(_REST)
    clock.seconds.clear()
    app(sys.argv[1:], standalone_mode=False)
    clock.turn(_REST)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({**clock.seconds, _IN_PROCESS: used.ru_utime + used.ru_stime}), file=sys.stderr)


if __name__ == "__main__":
    main()
