"""The report of a night, whatever becomes of it: how it ended, what the store takes, and the last line on stderr."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from normalizers.builds import current_build
from registry.errors import FetchError, GatesFailed, SettingsError, StoreBusy, StoreError
from scraper.ledger import as_text, now
from scraper.store import ARCHIVE, LEDGER
from trials.exits import Exit
from trials.night import End
from trials.report import Ended, Report, Sizes, write_report
from trials.report_card import night_card
from trials.screen import say, show
from trials.stop import leaving_if_stopped


@contextmanager
def reported(report: Report, store: Path) -> Iterator[None]:
    """Write the report of what is inside, however it ends; show it, and say in one line how that was."""
    began, before = time.monotonic(), _published(store)
    try:
        with leaving_if_stopped():
            yield
    except SystemExit as error:
        code = Exit(int(error.code or 0))
        note_end(report, End(Ended.INTERRUPTED, code, f"{code.name.capitalize()}; what was fetched is kept"))
        raise
    except GatesFailed as error:
        report.failed_gates = list(error.gates)
        for line in str(error).splitlines():
            say(line)
        note_end(report, End(Ended.GATES, Exit.GATES, f"The build failed {', '.join(error.gates)}"))
    except FetchError as error:
        note_end(report, End(Ended.SITE, Exit.SITE, str(error).rstrip(".")))
    except StoreBusy as error:
        note_end(report, End(Ended.STORE, Exit.BUSY, str(error).rstrip(".")))
    except (StoreError, OSError) as error:
        note_end(report, End(Ended.STORE, Exit.STORE, str(error).rstrip(".")))
    except SettingsError as error:
        note_end(report, End(Ended.SETTINGS, Exit.USAGE, str(error).rstrip(".")))
    except Exception as error:
        note_end(report, End(Ended.INTERNAL, Exit.INTERNAL, f"Internal error ({type(error).__name__})"))
        raise
    finally:
        if report.exit_code != Exit.DONE:
            report.sentence += f" {_what_stands(before, _published(store))}"
        report.ended_at = as_text(now())
        report.seconds.all = seconds_since(began)
        with suppress(OSError, StoreError):  # a store that cannot be measured is reported all the same
            _measure(report, store)
        with suppress(OSError):  # the same for a stdout that takes nothing
            show(night_card(report))
        _write(report, store)


def note_end(report: Report, end: End) -> None:
    """Note how the night ended."""
    report.ended, report.exit_code, report.alarm = end.ended, int(end.code), end.alarm
    report.sentence = f"{end.why}."


def _published(store: Path) -> str | None:
    """Return the name of the build that is published, None if none is, or that cannot be told."""
    with suppress(OSError, StoreError):
        current = current_build(store)
        return current.name if current else None
    return None


def _what_stands(before: str | None, now: str | None) -> str:
    """Return what is published after a night that went wrong: a signal may come when the new build has its place."""
    if now == before:
        return "Nothing was published, what was published before stays."
    return f"{now} was published before that."


def _write(report: Report, store: Path) -> None:
    """Write the report and say how the night went; one without a report did not go well."""
    try:
        where = f"The report is {str(write_report(report, store))!r}."
    except OSError as error:
        where = f"The report cannot be written ({error.strerror}). Free space, or mend the folder."
        if report.exit_code == Exit.DONE:
            report.ended, report.exit_code = Ended.STORE, int(Exit.STORE)
    good = report.exit_code == Exit.DONE
    say(f"{'' if good else 'THE NIGHT WENT WRONG. '}{report.sentence} {where}")


def _measure(report: Report, store: Path) -> None:
    """Note what the store takes on the disk."""
    archive = store / ARCHIVE
    files = {path.name: path.stat().st_size for path in archive.glob("*")} if archive.is_dir() else {}
    current = current_build(store)
    ledger = store / LEDGER
    report.sizes = Sizes(
        archive_of_run=sum(size for name, size in files.items() if name.startswith(report.run)),
        archive=sum(files.values()),
        ledger=ledger.stat().st_size if ledger.exists() else 0,
        tables_of_build=sum(path.stat().st_size for path in current.iterdir()) if current else 0,
        free=shutil.disk_usage(store).free,
    )


def seconds_since(since: float) -> float:
    """Return the seconds since a moment of the monotonic clock."""
    return round(time.monotonic() - since, 3)
