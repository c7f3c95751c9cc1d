"""N09, N10: redirects that lead away from the site; listeners count who comes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from faults.network import PAGES, WORLD, Case, measured, of
from faults.oracle import ids_of
from faults.promise import Outcome, Setup


def redirects(setup: Setup) -> Outcome:
    """N09, N10: redirects to other hosts, other schemes, other ports and nowhere; listeners count who comes."""
    with _canaries() as (port, came):
        targets = _targets(port)[:: 3 if setup.short else 1]
        ids = ids_of(WORLD, 2 * len(targets))
        faults = [of(nct_id, "redirect", location=target) for nct_id, target in zip(ids[::2], targets, strict=True)]
        case = Case(
            f"{len(targets)} targets", faults, pages=len(ids), delivers=len(targets)
        )  # every other page is right
        more = [Case(name, [{"kind": name, "path": PAGES}], delivers=0) for name in ("redirects", "redirect_loop")]
        outcome = measured(setup, [case, *more], lambda _: f"{len(came)} connections to other hosts")
    broken = [*outcome.broken, *(f"somebody came to {place}" for place in came)]
    return Outcome(f"{outcome.wanted}; 0 connections to other hosts", outcome.measured, broken)


def _targets(port: int) -> list[str]:
    """Return where redirects lead that must not be followed: all of them away from the site, or to nothing."""
    hosts = (
        f"127.0.0.1:{port}", f"localhost:{port}", f"127.0.0.2:{port}", f"127.1:{port}", f"2130706433:{port}",
        f"0x7f000001:{port}", f"017700000001:{port}", f"0:{port}", f"0.0.0.0:{port}", f"[::1]:{port}",
        f"[::ffff:127.0.0.1]:{port}", f"[::]:{port}", f"user@127.0.0.1:{port}", f"user:pass@localhost:{port}",
        f"127.0.0.1:{port}#@example.org", f"127.0.0.1.:{port}", f"LOCALHOST:{port}", f"localhost.:{port}",
        f"127.0.0.1:0{port}", f"１２７.0.0.1:{port}", f"127。0。0。1:{port}", "169.254.169.254", "10.0.0.1",
        "[fe80::1]", "metadata.google.internal", "example.org",
    )  # fmt: skip
    page = "other/NCT01234567/details"
    targets = [f"http://{host}/{page}" for host in hosts]
    targets += [f"//{host}/{page}" for host in hosts[:8]]
    targets += [f"https://{host}/{page}" for host in hosts[:4]]
    targets += [
        f"{start}127.0.0.1:{port}/{page}" for start in (r"\\", r"/\\", r"http:\\", "http:/\t/", "hTTp://", " //")
    ]
    targets += [
        f"{scheme}://127.0.0.1:{port}/{page}" for scheme in ("ftp", "gopher", "ws", "file", "dict", "ldap", "tftp")
    ]
    return [
        *targets,
        "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "about:blank", "http://", "http:///x", "http://[",
        "http://127.0.0.1:99999/", "http://\x7f/",
    ]  # fmt: skip


@contextmanager
def _canaries() -> Iterator[tuple[int, list[str]]]:
    """Listen where nobody should come; yield the port, and the list of those who came."""
    came: list[str] = []
    sockets = [socket.create_server(("127.0.0.1", 0))]
    port = sockets[0].getsockname()[1]
    for family, host in ((socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")):
        with suppress(OSError):
            sockets.append(socket.create_server((host, port), family=family))
    for each in sockets:
        threading.Thread(target=_listen, args=(each, came), daemon=True).start()
    try:
        yield port, came
    finally:
        for each in sockets:
            each.close()


def _listen(listening: socket.socket, came: list[str]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            came.append(str(connection.getsockname()))
            connection.close()
