"""`trials init`: asks for what is needed and writes `trials.toml`."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from registry.errors import SettingsError, StoreError
from scraper.wire import is_loopback
from trials.screen import say
from trials.settings import CONFIGURATION, as_toml, check

_DEFAULTS = check({})


def write_configuration(site: str | None, contact: str | None, store: Path | None) -> None:
    """Ask for each setting that is None until it is right, and write the file; StoreError if it cannot be written."""
    flags = {"site": site, "contact": contact, "store": store}
    check({name: value for name, value in flags.items() if value is not None})
    site = check({"site": site or _ask("site", "Address of the registry's mirror", _DEFAULTS.site)}).site
    if contact is None and not is_loopback(urlsplit(site).hostname or ""):
        contact = _ask("contact", "Email address at which the site can reach you, sent with every request")
    folder = store or Path(_ask("store", "Folder for archive and ledger", str(_DEFAULTS.store)))
    _write(as_toml(check({"site": site, "contact": contact, "store": folder})))
    say(f"Wrote {CONFIGURATION}; commands that run in this folder read it. Try: trials fetch ID")


def _ask(name: str, question: str, default: str = "") -> str:
    """Ask on stderr until the answer is right; SettingsError if none comes."""
    shown = f" [{default}]" if default else ""
    while True:
        print(f"{question}{shown}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            print(file=sys.stderr)
            raise SettingsError("No answer came. Answer the questions, or give --site, --contact and --store.")
        try:
            return str(getattr(check({name: line.strip() or default}), name))
        except SettingsError as error:
            say(str(error))


def _write(text: str) -> None:
    temporary = CONFIGURATION.with_name(f".{CONFIGURATION.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(CONFIGURATION)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise StoreError(f"Cannot write {CONFIGURATION} ({error.strerror}). Go to a folder of your own.") from error
