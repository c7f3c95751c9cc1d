"""All that Datasette is told to do otherwise, as a plugin: cells, a trial's own page, connections that only read."""

import re
import sqlite3
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from datasette import NotFound, Request, Response, hookimpl
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError
from markupsafe import Markup

from registry.nct_id import read_nct_id
from trials.explore.metadata import DATABASE, TRIALS
from trials.explore.trial import MOST_ROWS, read_trial
from trials.screen import inert, say

TRIAL_PATH = "/trial/"
"""Where the pages of trials are."""

_CELL = 300  # characters of a text in a table
_TITLE = 60  # characters of a title beside its id
_TRIAL = re.compile("NCT[0-9]{8}")
_PIECE = re.compile(r'"([^"]*)"|(\S+)')
_TRIAL_COLUMNS = frozenset({"nct_id", "related_nct_id", "mentioned_nct_id", "for_example"})
_NULL = Markup('<span class="null">null</span>')
_EMPTY = Markup('<span class="null">empty text</span>')


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: object, column: str) -> Markup | None:
    """Return what a table shows of a value: nulls as such, ids and addresses as links, texts inert and cut."""
    if isinstance(value, dict):  # the id of a trial that is here, with its short title
        title = shortened(value["label"] or "", _TITLE)
        return Markup('{} <span class="kind">{}</span>').format(_trial_link(value["value"]), title)
    if value is None:
        return _NULL
    if not isinstance(value, str):
        return None
    if column in _TRIAL_COLUMNS and _TRIAL.fullmatch(value):
        return _trial_link(value)
    if column == "url" and is_web_address(value):
        return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(value, shortened(value))
    return Markup("{}").format(shortened(value)) or _EMPTY


def _trial_link(nct_id: str) -> Markup:
    return Markup('<a href="{}{}">{}</a>').format(TRIAL_PATH, nct_id, nct_id)


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Return the routes of the first page, of a trial's own, and of what is sought."""
    return [
        (r"/$", lambda: Response.redirect(f"/{DATABASE}")),
        (rf"{TRIAL_PATH}(?P<nct_id>NCT[0-9]{{8}})$", trial_page),
        (r"/find$", find),
    ]


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Let a connection to the copy read it and nothing else, and search for any text."""
    if database != DATABASE:
        return
    conn.create_function("escape_fts", 1, searched, deterministic=True)  # in place of one that fails on a lone quote
    conn.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    conn.execute("PRAGMA query_only = ON")
    conn.execute("PRAGMA trusted_schema = OFF")


@hookimpl  # type: ignore[untyped-decorator]
async def handle_exception(datasette: Any, request: Request, exception: Exception) -> Response:
    """Answer with a page that says what is wrong; an error of ours is said on stderr, in one sentence."""
    status, sentence = _said_of(exception)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        say(f"{request.path} could not be shown ({type(exception).__name__}: {exception}).")
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": sentence, "status": status}, status=status)
    template = datasette.jinja_env.get_template("error.html")
    return Response.html(await template.render_async(error=sentence), status=status)


def _said_of(exception: Exception) -> tuple[int, str]:
    if isinstance(exception, Base400):
        return exception.status, str(exception)
    if isinstance(exception, DatasetteError):  # what the address asks for cannot be, also where it says 500
        is_theirs = exception.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return exception.status if is_theirs else HTTPStatus.BAD_REQUEST, exception.message
    if isinstance(exception, ValueError):  # what stands behind the question mark is no number, or no JSON
        return HTTPStatus.BAD_REQUEST, f"This address cannot be read: {exception}. Leave out what stands behind its ?."
    return HTTPStatus.INTERNAL_SERVER_ERROR, "The page could not be made; the terminal says why."


async def trial_page(datasette: Any, request: Request) -> Response:
    """Answer with the page of a trial; NotFound if no row of any table is about it."""
    nct_id = request.url_vars["nct_id"]
    trial = await datasette.get_database(DATABASE).execute_fn(lambda connection: read_trial(connection, nct_id))
    if not trial.is_known:
        raise NotFound(f"No table says anything of {nct_id}.")
    page = await datasette.render_template("trial.html", {"trial": trial, "most_rows": MOST_ROWS}, request=request)
    return Response.html(page)


async def find(request: Request) -> Response:
    """Lead to the trial whose id is sought, in any spelling, or to the trials that have all the words sought."""
    sought = request.args.get("q") or ""
    if found := read_nct_id(sought):
        return Response.redirect(f"{TRIAL_PATH}{found}")
    return Response.redirect(f"{TRIALS}&{urlencode({'_search': sought})}")


def searched(text: str) -> str:
    """Return words and quoted phrases as FTS5 takes them: all must be there, and no sign of them means more.

    >>> print(searched('knee "warm lamp" LAMP-17/b OR "'), searched('"'))
    "knee" "warm lamp" "LAMP-17/b" "OR" ""
    """
    pieces = [phrase or word.replace('"', " ") for phrase, word in _PIECE.findall(text)]
    return " ".join(f'"{piece}"' for piece in pieces if re.search(r"\w", piece)) or '""'


def is_web_address(text: object) -> bool:
    """Whether a text is an address that a link may lead to.

    >>> is_web_address("https://example.org/a"), is_web_address("javascript:alert(1)"), is_web_address("https://a b")
    (True, False, False)
    """
    if not isinstance(text, str) or re.search(r"[\s\x00-\x20\x7f]", text) or inert(text) != text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def shortened(text: str, length: int = _CELL) -> str:
    """Return a text as a cell shows it: inert, and cut."""
    return inert(text if len(text) <= length else f"{text[:length]}…")
