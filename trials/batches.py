"""Some trials of the archive → their tables: the part of a build that runs anywhere, in as many processes as wanted."""

import gc
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import NamedTuple, TypeAlias

from normalizers.arrow import Batch, arrow_table
from normalizers.history import goes_on, needed, trial_tables
from registry.errors import FetchError, PageError, StoreError
from registry.record import Page, Record
from registry.tables import TABLES, Row, TableRows
from scraper.answer import Answer, page_of
from scraper.histories import KeptPage, TrialHistory
from scraper.spans import answers
from trials.contained import ContainedReader, read_limited
from trials.tables import tables_of_kind

PAGES = 250  # of a batch: its rows take some 43 KB a page while they are made
_CODE_OF = ("registry", "parsers", "normalizers", "scraper", "trials")
_LIBRARIES = ("selectolax", "beautifulsoup4", "phonenumbers", "email-validator", "pyarrow")  # tables hold their answers


Read: TypeAlias = Callable[[Page], Record]
"""What reads a page, as `parsers.parse` does; PageError for one that is none, or takes too much."""


class Trial(NamedTuple):
    """One trial; `known` are rows of `pages` from the build before, by the place of the page in its history.

    Such a page is read again only where its tables are needed. `extends`: the build before has no other page of it.
    """

    history: TrialHistory
    known: Mapping[int, Row]
    extends: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """Some trials, in the order of their ids, and where the archive is: a folder, or the address of one."""

    archive: str
    trials: tuple[Trial, ...]


@dataclass(slots=True)
class Done:
    """What became of a task: the tables of its trials, and what could not be read.

    `answers` counts the versions of its trials' pages, `pages` those that were read. `refused` counts answers that are
    no page of their trial by the reason, a code of `registry.errors.Reason`. `damaged` has a sentence for each record
    of the archive that could not be read, `unsettled` the trials they are of. `continued` are trials whose history goes
    on from the build before: their tables are without it.
    """

    nct_ids: tuple[str, ...]
    tables: Batch = field(default_factory=dict)
    answers: int = 0
    pages: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)
    unsettled: set[str] = field(default_factory=set)
    continued: set[str] = field(default_factory=set)


def tasks(archive: str, trials: Iterable[Trial]) -> Iterator[Task]:
    """Yield the trials in tasks of some hundred pages."""
    waiting: list[Trial] = []
    pages = 0
    for trial in trials:
        waiting.append(trial)
        pages += len(trial.history.pages)
        if pages >= PAGES or len(waiting) >= PAGES:
            yield Task(archive, tuple(waiting))
            waiting, pages = [], 0
    if waiting:
        yield Task(archive, tuple(waiting))


def carry_out(task: Task, read: Read = read_limited) -> Done:
    """Return the tables of the trials of a task; without `read` the process ends if a page takes too much."""
    if not gc.isenabled():  # see `trials.worker`
        gc.collect()  # of the task before
    return _Reading(task, read).done()


def carry_out_apart(task: Task) -> Done:
    """Return the tables of the trials of a task; its pages are read in a process of their own, which one may break."""
    with ContainedReader() as reader:
        return carry_out(task, reader.read)


_Place: TypeAlias = tuple[int, int]
"""Number of a trial in its task, and of a page in its history."""


class _Reading:
    """Reads the pages of a task: first those that nobody knows, then those whose tables turn out to be needed."""

    def __init__(self, task: Task, read: Read) -> None:
        self._task = task
        self._read = read
        self._tables: dict[_Place, TableRows] = {}
        self._unread: set[_Place] = set()  # that were to be read, and cannot be
        ids = tuple(trial.history.nct_id for trial in task.trials)
        self._done = Done(ids, answers=sum(len(_places(trial)) for trial in task.trials))

    def done(self) -> Done:
        """Read what is to be read, and return what came of it."""
        trials = self._task.trials
        self._read_all((n, p) for n, trial in enumerate(trials) for p in _places(trial) if p not in trial.known)
        while missing := [(n, p) for n in range(len(trials)) for p in self._missing(n)]:
            self._read_all(missing)
        rows: TableRows = {table.name: [] for table in TABLES}
        for number, trial in enumerate(trials):
            if pages := self._pages(number):
                nct_id, aliases = trial.history.nct_id, trial.history.aliases
                if is_continued := trial.extends and _is_continued(pages):
                    self._done.continued.add(nct_id)
                for name, made in trial_tables(list(pages.values()), aliases, is_continued=is_continued).items():
                    rows[name] += made
        self._done.tables = {table.name: arrow_table(table, rows[table.name]) for table in TABLES}
        return self._done

    def _missing(self, number: int) -> list[int]:
        """Return the places of a trial's pages whose tables are needed and not there."""
        pages = self._pages(number)
        if not pages or (self._task.trials[number].extends and _is_continued(pages)):
            return []
        places = list(pages)
        wanted = {places[each] for each in needed([tables["pages"][0] for tables in pages.values()])}
        return sorted(place for place in wanted if not _is_read(pages[place]))

    def _pages(self, number: int) -> dict[int, TableRows]:
        """Return the tables of a trial's pages; of those that are known and were not read just their row of `pages`."""
        trial = self._task.trials[number]
        found: dict[int, TableRows] = {}
        for place in _places(trial):
            if (number, place) in self._tables:
                found[place] = self._tables[number, place]
            elif place in trial.known and (number, place) not in self._unread:
                found[place] = {"pages": [trial.known[place]]}
        return found

    def _read_all(self, wanted: Iterable[_Place]) -> None:
        places = list(wanted)
        kept = [self._task.trials[number].history.pages[place] for number, place in places]
        found = answers(self._task.archive, [page.span for page in kept])
        for (number, place), page, answer in zip(places, kept, found, strict=True):
            if tables := self._tables_of(self._task.trials[number].history.nct_id, page, answer):
                self._tables[number, place] = tables
            else:
                self._unread.add((number, place))

    def _tables_of(self, nct_id: str, kept: KeptPage, answer: Answer | StoreError) -> TableRows | None:
        """Return the tables of a page, None for an answer that is none; that is noted."""
        try:
            if isinstance(answer, StoreError):
                raise answer
            page = page_of(answer, nct_id, kept.span.warc_file, kept.span.offset)
            tables = tables_of_kind(replace(page, url=kept.url, fetched_at=kept.at), kept.kind, self._read)
        except StoreError as error:
            self._done.damaged.append(str(error))
            self._done.unsettled.add(nct_id)
        except PageError as error:
            self._done.refused[error.reason] += 1
        except FetchError:  # its content coding cannot be undone
            self._done.refused["undecodable"] += 1
        else:
            self._done.pages += 1
            return tables
        return None


def _places(trial: Trial) -> range:
    return range(len(trial.history.pages))


def _is_read(tables: TableRows) -> bool:
    """Whether the tables of a page are there, and not just its row of `pages`."""
    return len(tables) > 1


def _is_continued(pages: Mapping[int, TableRows]) -> bool:
    """Whether of a trial's pages just the newest was read, and no other is needed."""
    *before, newest = pages.values()
    is_newest_alone = _is_read(newest) and not any(map(_is_read, before))
    return is_newest_alone and goes_on([tables["pages"][0] for tables in pages.values()])


@cache
def code() -> str:
    """Return the hash of the program that makes tables, and of what it uses: all pages are read again by another."""
    made = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for library in _LIBRARIES:
        made.update(f"{library} {version(library)}\n".encode())
    for package in _CODE_OF:
        for name, content in sorted(_sources(package, ())):
            made.update(f"{name} {len(content)}\n".encode() + content)
    return made.hexdigest()[:32]


def _sources(package: str, below: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for entry in files(package).joinpath(*below).iterdir():
        if entry.is_dir():
            yield from _sources(package, (*below, entry.name))
        elif entry.name.endswith((".py", ".csv")):
            yield "/".join((package, *below, entry.name)), entry.read_bytes()
