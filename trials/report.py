"""The report of a night: `report.json` in the store, its schema, and the same on the terminal.

`<store>/reports/<run>.json` has every night, `<store>/report.json` the newest. It holds no contact: texts of pages are
in it only where they are no value, as labels and wordings that are not known.
"""

import json
import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scraper.files import write_whole
from scraper.ledger import as_text, as_time
from scraper.store import read_forgotten

NAME = "report.json"
PAGE = "report.html"
"""What `trials report` writes, made of this and the tables."""
FOLDER = "reports"
_NOBODY = "NCT00000000"  # stands for a trial that was forgotten


class Ended(StrEnum):
    """How a night ended."""

    DONE = "done"  # all that was planned was asked for
    BUDGET = "budget"  # the budget was used up first
    INTERRUPTED = "interrupted"  # by Ctrl-C or a signal; nothing was published
    SITE = "site"  # the site refused or did not answer, and was left alone
    ALARM = "alarm"  # many pages were not as they should be, and the site was left alone
    GATES = "gates"  # the build failed its gates
    STORE = "store"  # no space, or the store is damaged
    SETTINGS = "settings"  # what the program was told is wrong
    INTERNAL = "internal"  # a fault of the program


def _time(text: str) -> str:
    """Return a time as the program writes it; ValueError for what is none."""
    if (at := as_time(text)) is None or as_text(at) != text:
        raise ValueError("a time such as 2026-01-31T03:00:00Z is expected")
    return text


# A report may have been edited by hand: what is read and printed as a command, drawn, or reckoned with is checked.
_Count = Annotated[int, Field(ge=0, lt=2**53)]  # a chart counts in doubles
_Id = Annotated[str, Field(pattern="^NCT[0-9]{8}$")]
_Run = Annotated[str, Field(pattern="^[0-9A-Za-z-]+$")]
_Time = Annotated[str, AfterValidator(_time)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class NotGot(_Part):
    """A page that was expected and not had."""

    nct_id: _Id
    kind: str
    state: str = Field(description="State of the page after the night, as the runbook explains it.")
    reason: str


class Unknown(_Part):
    """A label, section, column or wording that is not known, with the first page that has it."""

    code: str
    about: str = Field(description="The label, or the table and column.")
    text: str = Field(description="What stands there; of a label or a section on the first page.")
    pages: _Count
    nct_id: str
    url: str | None


class Ids(_Part):
    """Trials: how many, and the first of their ids."""

    count: _Count
    nct_ids: list[_Id]


class Discovered(_Part):
    """What was found before pages were asked for."""

    sitemaps: _Count = Field(default=0, description="Sitemaps, and indexes of them, that were looked at.")
    listings: _Count = Field(default=0, description="Pages of listings that were read.")
    left_out: list[str] = Field(default_factory=list, description="What could not be read, in sentences.")
    new: dict[str, _Count] = Field(default_factory=dict, description="New trials by the way in which they were found.")
    known: _Count = Field(default=0, description="Trials that were named and known already.")


class Pages(_Part):
    """What was expected and what came: `expected` = `got` + the length of `not_got`."""

    expected: _Count = 0
    by_reason: dict[str, _Count] = Field(default_factory=dict, description="Expected pages by why they were planned.")
    got: _Count = 0
    by_state: dict[str, _Count] = Field(default_factory=dict, description="Pages asked for by their state afterwards.")
    changed: _Count = Field(default=0, description="Pages held before that now say something else, See also left out.")
    sightings: dict[str, _Count] = Field(
        default_factory=dict, description="Pages asked for because another page contradicted: how many had changed."
    )
    not_got: list[NotGot] = Field(default_factory=list)


class Dataset(_Part):
    """The build of the night, against the one that was published before."""

    build: str = Field(description="Its folder in `tables`, or that where it is kept aside.")
    published: bool
    before: str | None
    trials: _Count
    new: Ids
    changed: Ids
    gone: Ids
    pages_read: _Count
    damaged_records: _Count


class Manners(_Part):
    """How the site was asked."""

    delay_seconds: float = 0.0
    requests: _Count = 0
    requests_unanswered: _Count = 0
    answers_by_status: dict[str, _Count] = Field(default_factory=dict)
    body_bytes: _Count = 0
    shortest_gap_seconds: float | None = Field(
        default=None, description="From the end of an answer to the next request."
    )
    paused_seconds: float = Field(default=0.0, description="Waited because a Retry-After said so.")


class Sizes(_Part):
    """Bytes on disk after the night."""

    archive_of_run: _Count = 0
    archive: _Count = 0
    ledger: _Count = 0
    tables_of_build: _Count = 0
    free: _Count = 0


class Seconds(_Part):
    """How long each part took."""

    discovery: float = 0.0
    planning: float = 0.0
    fetching: float = 0.0
    building: float = 0.0
    all: float = 0.0


class Report(_Part):
    """What a night did. Times are UTC."""

    format: Literal[1] = 1
    program: str
    run: _Run
    site: str
    started_at: _Time
    ended_at: str = ""
    exit_code: int = 1
    ended: Ended = Ended.INTERNAL
    alarm: str | None = Field(default=None, description="Which alarm stopped it.")
    sentence: str = "It was killed."
    budget: dict[str, float | None] = Field(default_factory=dict)
    discovered: Discovered = Discovered()
    pages: Pages = Pages()
    unknown: list[Unknown] = Field(default_factory=list)
    problems: dict[str, _Count] = Field(default_factory=dict, description="Of new versions of pages, by code.")
    dataset: Dataset | None = None
    failed_gates: list[str] = Field(default_factory=list)
    accepted: dict[str, str] = Field(default_factory=dict, description="Gates and alarms that were let through: why.")
    manners: Manners = Manners()
    sizes: Sizes = Sizes()
    seconds: Seconds = Seconds()

    @property
    def is_good(self) -> bool:
        """Whether the night went as it should, and its build stands."""
        return self.exit_code == 0 and self.dataset is not None and self.dataset.published


def schema() -> str:
    """Return the JSON Schema (2020-12) of the report."""
    said = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema()}
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def write_report(report: Report, store: Path) -> Path:
    """Write a report into the store, for its owner alone, and return its file; OSError if it cannot be."""
    folder = store / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    text = _without(report, read_forgotten(store))
    path = folder / f"{report.run}.json"
    write_whole(path, text)
    write_whole(store / NAME, text)
    return path


def reports_of(store: Path) -> Iterator[Report]:
    """Yield the reports of a store, the newest first; files that are none are passed over."""
    for path in sorted((store / FOLDER).glob("*.json"), reverse=True):
        if not path.is_file():  # to read a pipe would take forever
            continue
        try:
            yield Report.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue


def forget_in_reports(store: Path, ids: Collection[str]) -> None:
    """Take trials out of all reports of a store: a placeholder stands for their ids, and their texts are dropped.

    The page of `trials report` is removed. OSError if a report cannot be written.
    """
    (store / PAGE).unlink(missing_ok=True)
    for path in [store / NAME, *(store / FOLDER).glob("*.json")]:
        if not path.is_file():
            continue
        before = path.read_bytes()
        if _pattern(ids).search(before):
            write_whole(path, _stripped(before, ids))


def _stripped(before: bytes, ids: Collection[str]) -> bytes:
    try:
        return _without(Report.model_validate_json(before), ids)
    except ValidationError:  # of another version, or damaged
        return _pattern(ids).sub(_NOBODY.encode(), before)


def _without(report: Report, ids: Collection[str]) -> bytes:
    """Return a report as it is written, without what it says of some trials."""
    known = [each.model_copy(update={"text": ""}) if each.nct_id in ids else each for each in report.unknown]
    text = (report.model_copy(update={"unknown": known}).model_dump_json(indent=1) + "\n").encode()
    return _pattern(ids).sub(_NOBODY.encode(), text) if ids else text


def _pattern(ids: Collection[str]) -> re.Pattern[bytes]:
    return re.compile("|".join(sorted(ids)).encode("ascii"), re.IGNORECASE)
