"""`trials init`: asks for what is needed and writes `trials.toml`."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import typer

from registry.errors import SettingsError, StoreError
from scraper.client import is_loopback
from trials.screen import say
from trials.settings import CONFIGURATION, as_toml, check

_DEFAULTS = check({})


def write_configuration(site: str | None, contact: str | None, store: Path | None) -> None:
    """Ask for each setting that is None until it is right, and write the file; StoreError if it cannot be written."""
    try:
        site = site or _ask("site", "Address of the registry's mirror", _DEFAULTS.site)
        if contact is None and not is_loopback(urlsplit(site).hostname or ""):
            contact = _ask("contact", "Email address at which the site can reach you, sent with every request")
        folder = store or Path(_ask("store", "Folder for archive, ledger and tables", str(_DEFAULTS.store)))
    except typer.Abort as error:
        raise SettingsError("No answer came. Answer the questions, or give --site, --contact and --store.") from error
    _write(as_toml(check({"site": site, "contact": contact, "store": folder})))
    say(f"Wrote {CONFIGURATION}. Try: trials fetch NCT06416709")


def _ask(name: str, question: str, default: str | None = None) -> str:
    """Ask on stderr until the answer is right."""

    def checked(text: str) -> str:
        try:
            check({name: text})
        except SettingsError as error:
            raise typer.BadParameter(str(error)) from error
        return text

    read: Callable[[str], str] = checked
    answer: str = typer.prompt(question, default=default, value_proc=read, err=True)
    return answer


def _write(text: str) -> None:
    temporary = CONFIGURATION.with_name(f".{CONFIGURATION.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(CONFIGURATION)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(f"Cannot write {CONFIGURATION} ({error.strerror}). Go to a folder of your own.") from error
