"""The program as it is run by a person: a process of its own, with a store, a folder of tables and a site."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_LONGEST_SECONDS = 1800
_PASSED_ON = ("PATH", "LANG", "TMPDIR")
_WITH_PEAK = (
    "import json, os, sys\n"
    "child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)\n"
    "_, status, used = os.wait4(child, 0)\n"
    "open(sys.argv[1], 'w').write(json.dumps(used.ru_maxrss))\n"
    "sys.exit(os.waitstatus_to_exitcode(status))\n"
)
"""A small process between: the peak of a process is never told lower than that of the one that started it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: `code` is negative for a signal, `peak_mib` None where it was not asked for."""

    code: int
    said: str
    printed: str
    seconds: float
    peak_mib: float | None = None

    @property
    def has_traceback(self) -> bool:
        """Whether the program failed in a way that nobody foresaw."""
        return "Traceback" in self.said or "internal error" in self.said


@dataclass(frozen=True)
class Program:
    """`trials fetch` with the same arguments every time; everything that it writes is in `folder`.

    Store and tables may have a `place` of their own; the pace that it keeps stays in `folder`.
    """

    folder: Path
    base: str
    ids: Sequence[str]
    options: Sequence[str] = ()
    with_tables: bool = True
    place: Path | None = None

    @property
    def store(self) -> Path:
        """Its archive and ledger."""
        return (self.place or self.folder) / "store"

    @property
    def tables(self) -> Path:
        """Where it publishes its tables."""
        return (self.place or self.folder) / "tables"

    @property
    def archive(self) -> list[Path]:
        """The WARC files, by name."""
        return sorted((self.store / "archive").glob("*.warc.gz"))

    @property
    def command(self) -> list[str]:
        """The arguments of the process."""
        into = ["--parquet", str(self.tables)] if self.with_tables else []
        fetch = ["fetch", "-", "--store", str(self.store), "--site", self.base, *into]
        return [sys.executable, "-m", "trials", *fetch, *self.options]

    def with_options(self, *options: str) -> "Program":
        """Return the same program with other options."""
        return replace(self, options=options)

    def started(self, before: Sequence[str] = (), name: str = "run") -> subprocess.Popen[bytes]:
        """Start it; `before` stands before its command, such as a tracer. Its output goes to files of this name."""
        return self.spawned([*before, *self.command], name)

    def spawned(self, command: Sequence[str], name: str = "run") -> subprocess.Popen[bytes]:
        """Start any command with the surroundings of the program, the ids on its standard input."""
        self.folder.mkdir(parents=True, exist_ok=True)
        listed = self.folder / "ids.txt"
        if not listed.exists():
            listed.write_text("\n".join(self.ids), encoding="ascii")
        out, err = self.folder / f"{name}.out", self.folder / f"{name}.err"
        with listed.open("rb") as given, out.open("wb") as printed, err.open("wb") as said:
            return subprocess.Popen(
                command, stdin=given, stdout=printed, stderr=said, env=self.surroundings(), cwd=self.folder
            )

    def surroundings(self) -> Mapping[str, str]:
        """Return the environment: nothing of the person's who runs the harness but where programs are."""
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        state = str(self.folder / "state")
        return {**kept, "PYTHONPATH": str(_ROOT), "HOME": str(self.folder), "XDG_STATE_HOME": state}

    def run(self, before: Sequence[str] = (), name: str = "run") -> Ended:
        """Run it to its end."""
        return self.ended([*before, *self.command], name)

    def run_with_peak(self, command: Sequence[str] = ()) -> Ended:
        """Run it, or another command, and measure the most memory that it, or a process of its, had."""
        peak = self.folder / "peak.json"
        done = self.ended([sys.executable, "-S", "-c", _WITH_PEAK, str(peak), *(command or self.command)], "run")
        return replace(done, peak_mib=json.loads(peak.read_text("ascii")) / 1024)

    def ended(self, command: Sequence[str], name: str = "run") -> Ended:
        """Run any command as `spawned` to its end."""
        start = time.monotonic()
        running = self.spawned(command, name)
        try:
            code = running.wait(_LONGEST_SECONDS)
        finally:
            running.kill()
        return self.result(code, time.monotonic() - start, name)

    def result(self, code: int, seconds: float, name: str = "run") -> Ended:
        """Return how a process ended that was started under this name."""
        said = (self.folder / f"{name}.err").read_text("utf-8", "replace")
        printed = (self.folder / f"{name}.out").read_text("utf-8", "replace")
        return Ended(code, said, printed, seconds)


def killed(running: subprocess.Popen[bytes], after_seconds: float) -> bool:
    """Kill a process after so many seconds, without a chance to do anything; return False if it ended before."""
    try:
        running.wait(after_seconds)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGKILL)
        running.wait()
    return running.returncode == -signal.SIGKILL
