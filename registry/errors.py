"""Every error this project raises on purpose, one tree, branches by whose fault it is.

    RegistryError
    ├── PageError       bytes came, and they are no trial page that may become a record
    ├── TableError      a table broke its schema or its keys
    └── StoreError      files or folders damaged, not writable, or out of space

A value that cannot be read is no error: it is a `Problem` in the record (`registry.record`).
"""

from enum import StrEnum


class RegistryError(Exception):
    """Root of the tree; the message is a sentence that ends with what to do next."""


class Reason(StrEnum):
    """Why a page was refused, as `error.json` of the fixtures and the runbook name it."""

    EMPTY = "empty"
    BINARY = "binary"
    NOT_A_TRIAL_PAGE = "not_a_trial_page"
    INCOMPLETE_PAGE = "incomplete_page"
    ID_MISMATCH = "id_mismatch"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"


class PageError(RegistryError, ValueError):
    """Bytes came, and they are no trial page; `reason` says which rule refused them."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class TableError(RegistryError):
    """Rows break the schema or the key of their table; nothing of the build was written."""


class StoreError(RegistryError):
    """A file or folder is missing, damaged, not writable or out of space."""
