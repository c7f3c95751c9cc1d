"""Serves a copy of a build on loopback, from a thread."""

import http.client
import os
import socket
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm
from markupsafe import Markup

from registry.errors import SettingsError
from registry.nct_id import is_nct_id
from trials.explore import hooks
from trials.explore.gate import App, gated
from trials.explore.looks import GROUPS
from trials.explore.metadata import DATABASE, TRIALS, counts, metadata, settings
from trials.explore.trial import around_difference
from trials.screen import inert

HOST = "127.0.0.1"
_HERE = Path(__file__).parent
_PLUGIN = "trials.explore"
_PRINTS_ERRORS = "datasette.handle_exception"  # with all variables, for every page that is not there
_FIRST_VIEWS = ("/trials", TRIALS)  # asked for once, so that nothing is loaded while a person waits
_GRACE_SECONDS = 2
_HTTP = 80  # which a browser does not name


class Copy(NamedTuple):
    """What is served: the file, the name of its build, how many rows each table has."""

    path: Path
    build: str
    rows: Mapping[str, int]


def application(copy: Copy, hosts: frozenset[str]) -> App:
    """Return the explorer of a copy, as asked for under these hosts."""
    if not pm.has_plugin(_PLUGIN):
        pm.register(hooks, _PLUGIN)
        pm.unregister(name=_PRINTS_ERRORS)
    inspected = counts(copy.rows, copy.path.stat().st_size, copy.path.stem)
    datasette = Datasette(
        memory=False,
        metadata=metadata(),
        inspect_data=inspected,
        settings=settings(),
        template_dir=str(_HERE / "templates"),
        static_mounts=[("static", str(_HERE / "static"))],
    )
    datasette.remove_database("_memory")
    datasette.add_database(_database(datasette, copy.path), name=DATABASE)
    datasette.jinja_env.finalize = _shown
    datasette.jinja_env.tests |= {"web_address": hooks.is_web_address, "trial_id": is_nct_id}
    datasette.jinja_env.globals |= {
        "around_difference": around_difference,
        "copy": copy,
        "groups": GROUPS,
        "trial_path": hooks.TRIAL_PATH,
        "trials": TRIALS,
    }
    return gated(datasette.app(), hosts)


def _database(datasette: Datasette, path: Path) -> Database:
    """Return the copy as a database that writes no errors of SQL to stderr: they hold what an address says, raw."""
    database = Database(datasette, quote(str(path)), is_mutable=False)
    execute = database.execute
    database.execute = lambda *asked, **told: execute(*asked, **told | {"log_sql_errors": False})
    return database


def _shown(value: object) -> object:
    """Return what a page shows of a value: no text in it steers, whichever template prints it."""
    return inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@contextmanager
def serving(copy: Copy, port: int) -> Iterator[str]:
    """Serve a copy, and yield the address; SettingsError if the port is taken."""
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)  # Datasette, at a bad address
    listener = _listening(port)
    port = listener.getsockname()[1]
    hosts = frozenset(f"{name}{suffix}" for name in (HOST, "localhost") for suffix in _suffixes(port))
    server = _server(application(copy, hosts))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        _look_first(port)
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join(2 * _GRACE_SECONDS)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise SettingsError(f"Port {port} cannot be used ({os.strerror(error.errno or 0)}). Choose another.") from error


def _suffixes(port: int) -> tuple[str, ...]:
    return (f":{port}", "") if port == _HTTP else (f":{port}",)


def _server(app: App) -> uvicorn.Server:
    silent = {"log_config": None, "log_level": "error", "access_log": False, "server_header": False}
    told: dict[str, Any] = silent | {"ws": "none"}
    return uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=_GRACE_SECONDS, **told))


def _look_first(port: int) -> None:
    for path in _FIRST_VIEWS:
        with closing(http.client.HTTPConnection(HOST, port)) as connection:
            connection.request("GET", path)
            connection.getresponse().read()
