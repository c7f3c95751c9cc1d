"""What stands before Datasette: it answers this machine's browser, to read, and nothing that a page holds can run.

Other sites may reach a server on loopback through the browser that is open on them: by a name of theirs that leads to
127.0.0.1 (DNS rebinding), which the header Host gives away, or by a picture or script of their page, which
Sec-Fetch-Site does. Paths that are not needed are not there: other databases, the tables of the search, settings, csv
(`trials export` guards it), downloads.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from trials.explore.looks import SHOWN
from trials.explore.questions import QUESTIONS

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_NAMES = "|".join([*(table.name for table in SHOWN), *(question.name for question in QUESTIONS)])
_PATHS = re.compile(
    rf"/|/find|/favicon\.ico|/trial/NCT[0-9]{{8}}|/trials(?:/(?:{_NAMES})(?:/[^/.]+)?)?(?:\.json)?"
    r"|/static/explore\.css|/-/static-plugins/datasette_vega/main\.[0-9a-f]+\.(?:js|css)"
)
_WITH_PLOT = re.compile(r"/trials/[^/]+")

# Nothing but our style sheet is loaded, and no script at all. Pages with rows have datasette-vega: Vega makes functions
# of its expressions ('unsafe-eval'), asks for the rows, and sets styles in what it draws. No script stands in a page.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PLOT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_KEPT = re.compile(r"/-/static-plugins/.*")  # its name has a hash in it


class Refusal(Exception):  # noqa: N818 - it is an answer
    """Why a request is not passed on: a status and a sentence."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def gated(app: App, hosts: frozenset[str]) -> App:
    """Return an application that passes on what is asked of these hosts, to read, under a strict policy."""

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        answer = _with_headers(send, _path(scope))
        try:
            _check(scope, hosts)
        except Refusal as refusal:
            await _refuse(answer, refusal)
            return
        await app(scope, receive, answer)

    return gate


def _path(scope: Scope) -> str:
    raw: bytes = scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1")


def _check(scope: Scope, hosts: frozenset[str]) -> None:
    """Raise Refusal for what is not to be passed on."""
    named = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1 or named[0] not in hosts:
        raise Refusal(HTTPStatus.MISDIRECTED_REQUEST, "This is no site of that name.")
    if scope["method"] not in ("GET", "HEAD"):
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "The tables can only be read.")
    headers = dict(scope["headers"])
    if headers.get(b"sec-fetch-site") == b"cross-site" and headers.get(b"sec-fetch-mode") != b"navigate":
        raise Refusal(HTTPStatus.FORBIDDEN, "Pages of other sites may not load this.")
    if not _PATHS.fullmatch(_path(scope)):
        raise Refusal(HTTPStatus.NOT_FOUND, "There is nothing here. The tables are at /trials.")


def _with_headers(send: Send, path: str) -> Send:
    policy = _PLOT_POLICY if _WITH_PLOT.fullmatch(path) else _POLICY
    kept = "max-age=86400, immutable" if _KEPT.fullmatch(path) else "no-store"
    said = {**_HEADERS, "content-security-policy": policy, "cache-control": kept}
    ours = {name.encode(): value.encode() for name, value in said.items()}

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            theirs = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in ours]
            message = {**message, "headers": [*theirs, *ours.items()]}
        await send(message)

    return answer


async def _refuse(send: Send, refusal: Refusal) -> None:
    body = f"{refusal}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
