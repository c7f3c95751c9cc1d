"""When the next request may go: one in flight a host and a delay between requests, whoever asks on this machine.

A file for each host, in a folder of the user's own, is locked while a request is in flight and says when the last one
ended: so it holds across threads, programs, stores and restarts. The lock dies with its process. A request that was in
flight when its process died reached the host before now, so the whole delay counts from now.
"""

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from registry.errors import StoreError

_LONGEST = timedelta(days=366)  # that Retry-After can say
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATES = tuple(
    map(
        re.compile,
        (
            rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_CLOCK} GMT",
            rf"{_WEEKDAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_CLOCK} GMT",
            rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} (?P<day>[0-9 ][0-9]) {_CLOCK} (?P<year>[0-9]{{4}})",
        ),
    )
)
"""The three forms of an HTTP date (RFC 9110 §5.6.7): IMF-fixdate, RFC 850, asctime."""


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Return how long a Retry-After asks to wait (RFC 9110 §10.2.3), a year at most; None if it is none or invalid.

    A date that is past asks for nothing.

    >>> [retry_after(text, datetime(2026, 1, 1, tzinfo=UTC)) for text in (" 7 ", "-5", "Thu, 01 Jan 2026 00:01:00 GMT")]
    [datetime.timedelta(seconds=7), None, datetime.timedelta(seconds=60)]
    """
    said = (text or "").strip(" \t")
    if re.fullmatch(r"[0-9]+", said):
        digits = said.lstrip("0") or "0"
        return min(_LONGEST, timedelta(seconds=int(digits))) if len(digits) < 10 else _LONGEST
    until = _date(said, now)
    return None if until is None else min(_LONGEST, max(timedelta(0), until - now))


def _date(text: str, now: datetime) -> datetime | None:
    for form in _DATES:
        if match := form.fullmatch(text):
            try:
                return _moment(match, now)
            except ValueError:  # such as 30 February
                return None
    return None


def _moment(match: re.Match[str], now: datetime) -> datetime:
    year = int(match["year"])
    if len(match["year"]) == 2:
        year += now.year // 100 * 100
        year -= 100 if year > now.year + 50 else 0
    hour, minute, second = (int(match[name]) for name in ("hour", "minute", "second"))
    leap = second == 60
    moment = datetime(
        year, _MONTHS.index(match["month"]) + 1, int(match["day"]), hour, minute, second - leap, tzinfo=UTC
    )
    return moment + timedelta(seconds=leap)


# --- one request in flight ------------------------------------------------------------------------------------------


def gate_folder() -> Path:
    """Return the folder of the gates, made if it is not there; StoreError if it is not ours."""
    for folder in (_state_home() / "trials" / "gates", Path(tempfile.gettempdir()) / f"trials-{os.getuid()}" / "gates"):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            if folder.stat().st_uid != os.getuid():
                raise StoreError(f"{str(folder)!r} belongs to another user. Set XDG_STATE_HOME to a folder of yours.")
            return folder
    raise StoreError("No folder to keep the pace in can be written. Set XDG_STATE_HOME to a folder of yours.")


def _state_home() -> Path:
    named = os.environ.get("XDG_STATE_HOME", "")
    return Path(named) if named.startswith("/") else Path(os.environ.get("HOME", "/nonexistent")) / ".local" / "state"


class Gate:
    """The gate of one host: what is inside `turn` happens alone, and not before the delay."""

    def __init__(self, host: str, folder: Path) -> None:
        """`host` is a host with its port, as in an address."""
        self._path = folder / re.sub(r"[^A-Za-z0-9.-]", lambda match: f"_{ord(match[0]):x}_", host)

    @contextmanager
    def turn(self, delay_seconds: float, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
        """Wait for our turn; inside, one request may be sent and its answer read. The delay counts from its end."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(f"The pace cannot be kept in {str(self._path)!r} ({error.strerror}). Mend it.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            left = _seconds_left(os.pread(descriptor, 200, 0), delay_seconds)
            if left > 0:
                sleep(left)
            _write(descriptor, b"asking\n")
            try:
                yield
            finally:
                _write(descriptor, f"asked {_boot()} {_since_boot()!r} {_wall()!r}\n".encode())
        finally:
            os.close(descriptor)


def _write(descriptor: int, state: bytes) -> None:
    os.pwrite(descriptor, state.ljust(100), 0)


def _seconds_left(state: bytes, delay_seconds: float) -> float:
    """Return what is left of a delay since the last request ended; all of it if that is not known."""
    match state.decode("ascii", "replace").split():
        case []:
            return 0.0  # nobody asked before
        case ["asked", boot, since_boot, wall] if _is_number(since_boot) and _is_number(wall):
            passed = _since_boot() - float(since_boot) if boot == _boot() else _wall() - float(wall)
            return min(delay_seconds, delay_seconds - passed) if passed >= 0 else delay_seconds
        case _:
            return delay_seconds


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]+\.[0-9]+", text) is not None


@cache
def _boot() -> str:
    """Return what names this run of the machine, `-` where it does not say: then the wall clock counts."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return f"-{os.getpid()}"


def _since_boot() -> float:
    """Return seconds that no step of the wall clock touches, also while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _wall() -> float:
    return time.time()
