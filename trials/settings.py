"""What the program is told: flags before `TRIALS_*` variables before `trials.toml` before the defaults."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from registry.charset import without_mark
from registry.errors import SettingsError
from registry.labels import PageKind
from scraper.budget import Budget
from scraper.manners import DELAY_SECONDS, Manners
from scraper.pages import Source
from scraper.site import TEMPLATES

CONFIGURATION = Path("trials.toml")
_PLACES = frozenset({"{slug}", "{nct_id}"})  # of a template
_Name = TypeVar("_Name", PageKind, Source)
_BRACES = re.compile(r"\{[a-z_]*\}?|\}")


def _site(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError(
            "a site is https:// and a host, such as https://inclinicaltrials.com, or http://127.0.0.1:8000"
        )
    if parts.query or parts.fragment or parts.path.rstrip("/"):
        raise ValueError("a site is no more than its host and port: leave out the path")
    if not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc) or parts.port == 0:  # .port checks the number
        raise ValueError(f"{parts.netloc!r} is no host, or no host and port")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _folder(folder: Path) -> Path:
    if not folder.name and folder != Path("/"):
        raise ValueError("the store is a folder; its name is empty")
    if not str(folder).isprintable():
        raise ValueError("the name of the store holds characters that cannot be shown")
    return folder


def _at_home(folder: object) -> object:
    """Return a folder that is given as text with its `~` replaced: no shell reads `trials.toml`."""
    return os.path.expanduser(folder) if isinstance(folder, str) else folder  # noqa: PTH111 - Path takes `./~` for `~`


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
        if (
            not re.fullmatch(r"/[A-Za-z0-9_~.{}/-]*", template)
            or not {"{nct_id}"} <= set(_BRACES.findall(template)) <= _PLACES
        ):
            raise ValueError(f"{template!r} is no template such as /{{slug}}/{{nct_id}}/details")
    return {**TEMPLATES, **templates}


def _listed(value: object) -> object:
    """Return a list that is given as text, such as by a variable: with commas between, or as JSON."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [piece.strip() for piece in value.split(",")]


def _each_once(names: tuple[_Name, ...]) -> tuple[_Name, ...]:
    if not names:
        raise ValueError("it names nothing; leave it out for what is usual")
    return tuple(dict.fromkeys(names))


def _listings(listings: tuple[str, ...]) -> tuple[str, ...]:
    for listing in listings:
        if not listing.startswith(("/", "http://", "https://")):
            raise ValueError(f"{listing!r} is no listing: give its path, such as /hypertension/, or its address")
    return tuple(dict.fromkeys(listings))


class Settings(BaseModel):
    """Everything that can be set; each name is a key of `trials.toml`, and `TRIALS_<NAME>` a variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: Annotated[str, AfterValidator(_site)] = "https://inclinicaltrials.com"
    contact: Annotated[str, AfterValidator(_contact)] | None = None
    store: Annotated[Path, BeforeValidator(_at_home), AfterValidator(_folder)] = Path("data")
    log: Annotated[Path, BeforeValidator(_at_home)] | None = None
    delay_seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    requests: Annotated[int, Field(ge=1, le=10**9)] = 20_000
    minutes: Annotated[float, Field(gt=0, le=10**6)] | None = None
    bytes: Annotated[ByteSize, Field(ge=1)] | None = None
    kinds: Annotated[tuple[PageKind, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_each_once)] = (
        PageKind.DETAILS,
    )
    sources: Annotated[tuple[Source, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_each_once)] = tuple(
        Source
    )
    depth: Annotated[int, Field(ge=0)] | None = None
    listings: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_listings)] = ()
    url_templates: Annotated[dict[PageKind, str], AfterValidator(_templates)] = dict(TEMPLATES)

    @property
    def budget(self) -> Budget:
        """What one night may take of the site."""
        return Budget(self.requests, self.minutes, self.bytes)

    @property
    def manners(self) -> Manners:
        """How the site is asked."""
        return Manners(self.contact, self.delay_seconds)


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
    _check_sources()
    try:
        return _FromSources(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(f"{_wrong(error)} Flags, TRIALS_* variables and {CONFIGURATION} were read.") from error
    except (ValueError, OSError, RecursionError) as error:
        raise SettingsError(
            f"{CONFIGURATION} or a TRIALS_* variable cannot be read ({error}). Mend it; `trials init` writes a file."
        ) from error


def _check_sources() -> None:
    """Raise SettingsError for what pydantic would pass over: a variable that is no setting, a file that is none."""
    known = {f"TRIALS_{name.upper()}" for name in Settings.model_fields}
    if strangers := sorted(n for n in os.environ if n.upper().startswith("TRIALS_") and n.upper() not in known):
        raise SettingsError(f"{strangers[0]} is no setting; there are {', '.join(sorted(known))}.")
    if os.path.lexists(CONFIGURATION) and not CONFIGURATION.is_file():
        raise SettingsError(f"{CONFIGURATION} is no file. Move it away, or run it in another folder.")
    with suppress(OSError):
        if without_mark(CONFIGURATION.read_bytes())[1] is not None:
            raise SettingsError(f"{CONFIGURATION} begins with a byte order mark. Save it as UTF-8 without one.")


def check(chosen: Mapping[str, object]) -> Settings:
    """Return settings of just what is given and the defaults; SettingsError names each one that is wrong."""
    try:
        return Settings.model_validate(chosen)
    except ValidationError as error:
        raise SettingsError(_wrong(error)) from error


def _wrong(error: ValidationError) -> str:
    return " ".join(map(_sentence, error.errors()))


def _sentence(error: ErrorDetails) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{name} is no setting; there are {', '.join(Settings.model_fields)}."
    return f"The setting {name} is wrong: {error['msg'].removeprefix('Value error, ')}."


def as_toml(chosen: Settings) -> str:
    """Return `trials.toml`; a JSON string is a TOML basic string (TOML 1.0), for all that a setting may hold."""
    contact = f"contact = {json.dumps(chosen.contact)}" if chosen.contact else '# contact = "you@example.org"'
    return (
        "# Settings of trials; TRIALS_<NAME> in the environment and flags come before them.\n\n"
        "# The registry's mirror.\n"
        f"site = {json.dumps(chosen.site)}\n\n"
        "# Where the site's owner can reach you: it is sent with every request.\n"
        f"{contact}\n\n"
        "# The folder of archive and ledger.\n"
        f"store = {json.dumps(str(chosen.store), ensure_ascii=False)}\n\n"
        "# Where every event of a run is written to, a line of JSON each.\n"
        '# log = "trials.jsonl"\n\n'
        "# Seconds between an answer and the next request; the site's robots.txt may ask for more.\n"
        f"# delay_seconds = {DELAY_SECONDS}\n\n"
        "# What one night may take of the site; a request every two seconds makes 1,800 an hour.\n"
        f"# requests = {Settings().requests}\n"
        "# minutes = 480\n"
        '# bytes = "500MB"\n\n'
        f"# Which pages a night asks for: kinds ({', '.join(PageKind)}), of trials found in which ways\n"
        f"# ({', '.join(Source)}), in how many steps of See also at most.\n"
        '# kinds = ["details"]\n'
        '# sources = ["given", "sitemap"]\n'
        "# depth = 2\n\n"
        "# Listings of the site that are read every night, by their next links.\n"
        '# listings = ["/hypertension/?status=not-yet-recruiting"]\n\n'
        "# Where a trial's pages may be, if neither the store nor the sitemap knows; {slug} is a condition, or other.\n"
        "# [url_templates]\n" + "".join(f'# {kind} = "{path}"\n' for kind, path in TEMPLATES.items())
    )
