"""What the program is told: flags before `TRIALS_*` variables before `trials.toml` before the defaults."""

import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from registry.errors import SettingsError
from registry.labels import PageKind
from scraper.site import TEMPLATES

CONFIGURATION = Path("trials.toml")
_PLACES = frozenset({"slug", "nct_id"})  # that a template may name


def _site(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("a site begins with https:// and a host, such as https://inclinicaltrials.com")
    if parts.query or parts.fragment or parts.path.rstrip("/"):
        raise ValueError("a site ends with its host: leave out what follows it")
    return f"{parts.scheme}://{parts.netloc}"


def _contact(text: str) -> str:
    try:
        return _ascii(validate_email(text, check_deliverability=False))
    except EmailNotValidError as error:
        raise ValueError(f"the contact is an email address at which the site can reach you ({error})") from error


def _ascii(email: ValidatedEmail) -> str:
    """Return the address as a header may hold it: RFC 9110 allows no other characters."""
    if email.ascii_email is None:
        raise ValueError("the contact stands in a header, which takes ASCII only")
    return email.ascii_email


def _templates(templates: dict[PageKind, str]) -> dict[PageKind, str]:
    for template in templates.values():
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        if not template.startswith("/") or names - _PLACES or "nct_id" not in names:
            raise ValueError(f"{template!r} is no template such as /{{slug}}/{{nct_id}}/details")
    return {**TEMPLATES, **templates}


class Settings(BaseModel):
    """Everything that can be set; each name is a key of `trials.toml`, and `TRIALS_<NAME>` a variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: Annotated[str, AfterValidator(_site)] = "https://inclinicaltrials.com"
    contact: Annotated[str, AfterValidator(_contact)] | None = None
    store: Path = Path("data")
    url_templates: Annotated[dict[PageKind, str], AfterValidator(_templates)] = dict(TEMPLATES)


class _FromSources(BaseSettings, Settings):
    model_config = SettingsConfigDict(env_prefix="TRIALS_", toml_file=CONFIGURATION, extra="forbid", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Name the sources, the strongest first."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def settings(flags: Mapping[str, object]) -> Settings:
    """Return the settings; flags that are None do not count. SettingsError names each one that is wrong."""
    try:
        return _FromSources(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(f"{_wrong(error)} Flags, TRIALS_* variables and {CONFIGURATION} were read.") from error
    except (ValueError, OSError) as error:
        raise SettingsError(
            f"{CONFIGURATION} cannot be read ({error}). Mend it, or write it anew: trials init."
        ) from error


def check(chosen: Mapping[str, object]) -> Settings:
    """Return settings of just what is given and the defaults; SettingsError names each one that is wrong."""
    try:
        return Settings.model_validate(chosen)
    except ValidationError as error:
        raise SettingsError(_wrong(error)) from error


def _wrong(error: ValidationError) -> str:
    messages = [f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
    return f"A setting is wrong: {'; '.join(messages)}."


def as_toml(chosen: Settings) -> str:
    """Return `trials.toml`; a JSON string is a TOML basic string (TOML 1.0), DEL apart, which no setting holds."""
    contact = f"contact = {json.dumps(chosen.contact)}" if chosen.contact else '# contact = "you@example.org"'
    return (
        "# Settings of trials; TRIALS_<NAME> in the environment and flags come before them.\n\n"
        "# The registry's mirror.\n"
        f"site = {json.dumps(chosen.site)}\n\n"
        "# Where the site's owner can reach you: it is sent with every request.\n"
        f"{contact}\n\n"
        "# The folder of archive, ledger and tables.\n"
        f"store = {json.dumps(str(chosen.store), ensure_ascii=False)}\n"
    )
