"""Some trials of the archive → their tables: the part of a build that runs anywhere, in as many processes as wanted."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from normalizers.arrow import arrow_table
from normalizers.history import trial_tables
from normalizers.writing import Batch
from registry.errors import FetchError, PageError, StoreError
from registry.record import Page, Record
from registry.tables import TABLES, TableRows
from scraper.answer import Answer, page_of
from scraper.histories import KeptPage, TrialHistory
from scraper.spans import answers
from trials.contained import ContainedReader, read_limited
from trials.reading import tables_of_kind

PAGES = 250  # of a batch: its rows take some 43 KB a page while they are made
_CODE_OF = ("registry", "parsers", "normalizers")


@dataclass(frozen=True, slots=True)
class Task:
    """Some trials, in the order of their ids, and where the archive is: a folder, or the address of one."""

    archive: str
    trials: tuple[TrialHistory, ...]


@dataclass(slots=True)
class Done:
    """What became of a task: the tables of its trials, and what could not be read.

    `refused` counts answers that are no page of their trial by the reason, a code of `registry.errors.Reason`.
    `damaged` has a sentence for each record of the archive that could not be read.
    """

    nct_ids: tuple[str, ...]
    tables: Batch
    pages: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)


def tasks(archive: str, trials: Iterable[TrialHistory]) -> Iterator[Task]:
    """Yield the trials in tasks of some hundred pages."""
    waiting: list[TrialHistory] = []
    pages = 0
    for trial in trials:
        waiting.append(trial)
        pages += len(trial.pages)
        if pages >= PAGES or len(waiting) >= PAGES:
            yield Task(archive, tuple(waiting))
            waiting, pages = [], 0
    if waiting:
        yield Task(archive, tuple(waiting))


def carry_out(task: Task, *, careful: bool) -> Done:
    """Return the tables of the trials of a task.

    `careful`: each page is read in a process of its own kind, which a hostile page may break; else in this one,
    which ends if a page takes too much.
    """
    if not careful:
        return _carried_out(task, read_limited)
    with ContainedReader() as reader:
        return _carried_out(task, reader.read)


def _carried_out(task: Task, read: Callable[[Page], Record]) -> Done:
    done = Done(tuple(trial.nct_id for trial in task.trials), {})
    rows: TableRows = {table.name: [] for table in TABLES}
    found = answers(task.archive, [page.span for trial in task.trials for page in trial.pages])
    for trial in task.trials:
        pages = [tables for page in trial.pages if (tables := _tables(trial, page, next(found), read, done))]
        if pages:
            for name, of_trial in trial_tables(pages, trial.aliases).items():
                rows[name] += of_trial
    done.tables = {table.name: arrow_table(table, rows[table.name]) for table in TABLES}
    return done


def _tables(
    trial: TrialHistory, kept: KeptPage, answer: Answer | StoreError, read: Callable[[Page], Record], done: Done
) -> TableRows | None:
    """Return the tables of a page, None for an answer that is none; that is noted."""
    if isinstance(answer, StoreError):
        done.damaged.append(str(answer))
        return None
    try:
        page = page_of(answer, trial.nct_id, kept.span.warc_file, kept.span.offset)
        tables = tables_of_kind(page, kept.kind, read)
    except PageError as error:
        done.refused[error.reason] += 1
        return None
    except FetchError:  # its content coding cannot be undone
        done.refused["undecodable"] += 1
        return None
    done.pages += 1
    return tables


@cache
def code() -> str:
    """Return the hash of the program that makes tables of pages: pages are read again when it changes."""
    made = hashlib.sha256()
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
