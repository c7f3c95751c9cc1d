"""When a site in trouble is left alone: after a few pages without any answer, or many that it did not give."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeGuard

from registry.errors import FetchError, NotFound, PageError, Refused

_MOST_SILENT = 3  # pages in a row for which no answer came, and the site is not asked again
_MOST_FAILED = 20  # pages in a row that a site in trouble did not give


@dataclass(slots=True)
class Breaker:
    """Counts failures that are the site's as a whole; once it is open nothing more is asked for."""

    of_the_site: int = 0  # failures because the site refused or is in trouble
    in_a_row: int = 0  # the last of them, one after the other
    silent_in_a_row: int = 0  # of those the last for which no answer came
    is_closed: bool = False  # the site, or its robots.txt, wants no requests now

    @property
    def is_open(self) -> bool:
        """Whether the site is to be left alone."""
        return self.is_closed or self.silent_in_a_row >= _MOST_SILENT or self.in_a_row >= _MOST_FAILED

    def good(self) -> None:
        """Note that a page came."""
        self.in_a_row = self.silent_in_a_row = 0

    def bad(self, error: FetchError | PageError) -> None:
        """Note that a page was not had."""
        if not _in_trouble(error):
            self.good()
            return
        self.of_the_site += 1
        self.is_closed |= error.closed
        if _by_a_rule(error) or error.status == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS:
            return  # that closes single pages, not a site
        self.in_a_row += 1
        self.silent_in_a_row = self.silent_in_a_row + 1 if error.status is None else 0


def _in_trouble(error: FetchError | PageError) -> TypeGuard[FetchError]:
    """Whether an error is the site's as a whole: it refuses, fails or does not answer."""
    if not isinstance(error, FetchError) or isinstance(error, NotFound):
        return False
    return isinstance(error, Refused) or error.status is None or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _by_a_rule(error: FetchError) -> bool:
    """Whether a rule, of robots.txt or ours, closes a page and not the site."""
    return isinstance(error, Refused) and error.status is None and not error.closed
