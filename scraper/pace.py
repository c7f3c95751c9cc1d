"""When the next request may go: one in flight a host and a delay between requests, whoever asks on this machine.

A file for each host, in a folder of the user's own, is locked while a request is in flight and says when the last one
ended: so it holds across threads, programs, stores and restarts. The lock dies with its process. A request that was in
flight when its process died reached the host before now, so the whole delay counts from now.
"""

import fcntl
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from registry.errors import StoreError

_STATE_BYTES = 100  # of a gate's file, blanks at its end
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
            except (ValueError, OverflowError):  # such as 30 February, or a second after the last year
                return None
    return None


def _moment(match: re.Match[str], now: datetime) -> datetime:
    """Return the moment of a date; one with two digits for its year is never 50 years ahead (RFC 9110 §5.6.7)."""
    if len(match["year"]) == 4:
        return _in_year(int(match["year"]), match)
    year = now.year // 100 * 100 + int(match["year"])
    moment = _in_year(year, match)
    is_far = (year - 50, *moment.timetuple()[1:6]) > now.timetuple()[:6]
    return _in_year(year - 100, match) if is_far else moment


def _in_year(year: int, match: re.Match[str]) -> datetime:
    hour, minute, second = (int(match[name]) for name in ("hour", "minute", "second"))
    leap = second == 60
    moment = datetime(
        year, _MONTHS.index(match["month"]) + 1, int(match["day"]), hour, minute, second - leap, tzinfo=UTC
    )
    return moment + timedelta(seconds=leap)


# --- one request in flight ------------------------------------------------------------------------------------------


def gate_folder() -> Path:
    """Return the folder of the gates, made if it is not there; StoreError if it is not ours."""
    ours = Path(tempfile.gettempdir()) / f"trials-{os.getuid()}"
    home = _state_home()
    for folder in (home / "trials", ours) if home else (ours,):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / "gates").mkdir(mode=0o700, exist_ok=True)
        except OSError:
            continue
        if os.access(folder / "gates", os.W_OK):
            _check_ours(folder)
            return _check_ours(folder / "gates")
    raise StoreError("No folder to keep the pace in can be written. Set XDG_STATE_HOME to a folder of yours.")


def _state_home() -> Path | None:
    """Return where programs keep their state (XDG Base Directory 0.8); None if there is no home."""
    if (named := os.environ.get("XDG_STATE_HOME", "")).startswith("/"):
        return Path(named)
    home = os.environ.get("HOME", "")
    return Path(home) / ".local" / "state" if home.startswith("/") else None


def _check_ours(folder: Path) -> Path:
    """Return a folder that nobody else may write to; StoreError if it is another user's, or leads elsewhere."""
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{str(folder)!r} is no folder of yours. Remove it, or set XDG_STATE_HOME to another.")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder


class Gate:
    """The gate of one host: what is inside `turn` happens alone, and not before the delay."""

    def __init__(self, host: str, folder: Path) -> None:
        """`host` is a host with its port, as in an address."""
        self._path = folder / re.sub(r"[^a-z0-9.-]", lambda match: f"_{ord(match[0]):x}_", host.lower())

    @contextmanager
    def turn(self, delay_seconds: float, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
        """Wait for our turn; inside, one request may be sent and its answer read. The delay counts from its end."""
        with self._in_words():
            descriptor, is_new = _open(self._path)
        try:
            with self._in_words():
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                state = os.pread(descriptor, _STATE_BYTES, 0)
            left = 0.0 if is_new and not state else _seconds_left(state, delay_seconds)
            if left > 0:
                sleep(left)
            with self._in_words():
                _write(descriptor, b"asking\n")
            try:
                yield
            finally:
                with self._in_words():
                    _write(descriptor, f"asked {_boot()} {_since_boot()!r} {_wall()!r}\n".encode())
        finally:
            os.close(descriptor)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(f"The pace cannot be kept in {str(self._path)!r} ({error.strerror}). Mend it.") from error


def _open(path: Path) -> tuple[int, bool]:
    """Return a descriptor of a gate's file, and whether it was made now: then nobody has asked before."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CREAT
    try:
        return os.open(path, flags | os.O_EXCL, 0o600), True
    except FileExistsError:
        return os.open(path, flags, 0o600), False


def _write(descriptor: int, state: bytes) -> None:
    os.pwrite(descriptor, state.ljust(_STATE_BYTES), 0)


def _seconds_left(state: bytes, delay_seconds: float) -> float:
    """Return what is left of a delay since the last request ended; all of it if that is not known."""
    match state.decode("ascii", "replace").split():
        case ["asked", boot, since_boot, wall] if _is_number(since_boot) and _is_number(wall):
            passed = _since_boot() - float(since_boot) if boot == _boot() else _wall() - float(wall)
            return min(delay_seconds, delay_seconds - passed)  # a clock that went back makes it no longer
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
