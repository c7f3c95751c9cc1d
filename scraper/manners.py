"""How a site is asked: by whom, how fast, and whether it may be asked so at all."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from registry.errors import Refused
from scraper.wire import is_loopback

DELAY_SECONDS = 2.0  # from the end of an answer to the next request


@dataclass(frozen=True, slots=True)
class Manners:
    """How a site is asked: the address at which its owner can reach us, and the delay between two requests.

    Without a delay it is that of `DELAY_SECONDS`, and none for a site on this machine.
    """

    contact: str | None = None
    delay_seconds: float | None = None

    def delay_of(self, site: str) -> float:
        """Return the seconds between an answer of a site and the next request."""
        if self.delay_seconds is not None:
            return self.delay_seconds
        return 0.0 if is_here(site) else DELAY_SECONDS


def check_site(site: str, manners: Manners) -> None:
    """Raise Refused for a site that may not be asked so: a public one is asked by https, with a contact."""
    if is_here(site):
        return
    if not site.startswith("https://"):
        raise Refused(f"{site} is asked by https only: give https://{urlsplit(site).netloc}.", closed=True)
    if manners.contact is None:
        raise Refused(
            f"{site} is told who asks: say your email address with --contact, TRIALS_CONTACT, or `trials init`. It is "
            "sent with every request, so that the site's owner can reach you.",
            closed=True,
        )


def is_here(site: str) -> bool:
    """Whether a site is on this machine."""
    return is_loopback(urlsplit(site).hostname or "")


OF_NOBODY = Manners()
"""Without a contact: only a site on this machine is asked so."""
