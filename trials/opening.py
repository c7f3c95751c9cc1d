"""Opening the store for a command, and saying what a run before left behind."""

from scraper.store import Store
from trials.screen import say
from trials.settings import Settings

LOCK_SECONDS = 60


def opened(settings: Settings, command: str, *, waits: bool = True) -> Store:
    """Return the store, opened for writing; StoreBusy if another run holds it for a minute, without `waits` at all."""
    store = Store(settings.store, command, LOCK_SECONDS if waits else 0, _say_waiting if waits else lambda: None)
    for sentence in store.recovered:
        say(sentence)
    return store


def _say_waiting() -> None:
    say(f"Another run holds the store; waiting up to {LOCK_SECONDS} seconds for its end.")
