"""Every error this project raises on purpose, one tree, branches by whose fault it is.

    RegistryError
    ├── FetchError      no usable answer came            (.url, .status, .attempts)
    │   ├── NotFound    the site says there is no such trial   (also LookupError)
    │   ├── Refused     the site, or a rule of ours, forbids to ask; or 403, or 429 after the last try
    │   └── Deferred    asked to come back later than this run lasts   (.until)
    ├── BudgetSpent     a run has used up what it may take of the site
    ├── PageError       bytes came, and they are no trial page that may become a record
    ├── TableError      a table broke its schema or its keys
    │   └── GatesFailed a build failed its gates                (.gates)
    ├── SettingsError   what the program was told is wrong       (also ValueError)
    └── StoreError      files or folders damaged, not writable, or out of space
        └── StoreBusy   another run holds the store

A value that cannot be read is no error: it is a `Problem` in the record (`registry.record`).
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path


class RegistryError(Exception):
    """Root of the tree; the message is a sentence that ends with what to do next."""


class Reason(StrEnum):
    """Why a page was refused, as `error.json` of the fixtures and the runbook name it."""

    EMPTY = "empty"
    BINARY = "binary"
    SOFT_ERROR = "soft_error"
    NOT_A_TRIAL_PAGE = "not_a_trial_page"
    INCOMPLETE_PAGE = "incomplete_page"
    ID_MISMATCH = "id_mismatch"
    OTHER_KIND = "other_kind"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    TOO_COSTLY = "too_costly"


class FetchError(RegistryError):
    """No usable answer came; `status` is that of the last answer, None where none came at all.

    `closed` says that nothing else of the site may be asked for now either.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str | None = None,
        status: int | None = None,
        attempts: int = 0,
        closed: bool = False,
    ) -> None:
        super().__init__(message)
        self.url = url
        self.status = status
        self.attempts = attempts
        self.closed = closed


class NotFound(FetchError, LookupError):
    """The site has no page of this trial, as far as it can be asked."""


class Refused(FetchError):
    """The site, or a rule of ours, forbids to ask."""


class Deferred(FetchError):
    """The site asked to come back later than this run lasts; `until` is when, in UTC."""

    def __init__(self, message: str, *, until: datetime, url: str | None = None) -> None:
        super().__init__(message, url=url, closed=True)
        self.until = until


class BudgetSpent(RegistryError):
    """A run has used up what it may take of the site: nothing was asked for."""


class PageError(RegistryError, ValueError):
    """Bytes came, and they are no trial page; `reason` says which rule refused them."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type["PageError"], tuple[Reason, str]]:
        """It comes whole out of another process."""
        return type(self), (self.reason, str(self))


class TableError(RegistryError):
    """Rows break the schema or the key of their table; nothing of the build was written."""


class GatesFailed(TableError):
    """A build failed its gates: nothing was published. `gates` names those that failed, `kept` where the build is."""

    def __init__(self, message: str, *, gates: tuple[str, ...], kept: Path) -> None:
        super().__init__(message)
        self.gates = gates
        self.kept = kept


class SettingsError(RegistryError, ValueError):
    """A flag, a variable or the configuration file says what cannot be."""


class StoreError(RegistryError):
    """A file or folder is missing, damaged, not writable or out of space."""


class StoreBusy(StoreError):
    """Another run holds the store; only one at a time may write."""
