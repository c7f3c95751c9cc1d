"""A terminal for tests: what a program writes on it, and what is left to see."""

import fcntl
import io
import os
import pty
import re
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from rich.cells import cell_len

_SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


@dataclass
class Terminal:
    """What was written; whole once the terminal is closed."""

    written: bytearray = field(default_factory=bytearray)

    @property
    def raw(self) -> str:
        """Return all of it, escape sequences among it."""
        return self.written.decode().replace("\r\n", "\n")

    @property
    def lines(self) -> list[str]:
        """Return the lines that are left to see: of escape sequences, those that move up and erase count."""
        lines, row = [""], 0
        for part in re.split(r"(\n|\r|\x1b\[[0-9;?]*[A-Za-z])", self.raw):
            if part == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif part == "\r":
                continue
            elif (sequence := _SEQUENCE.fullmatch(part)) is None:
                lines[row] += part
            elif sequence[2] == "A":
                row -= int(sequence[1] or 1)
            elif sequence[2] == "K":
                lines[row] = ""
        return [line.rstrip() for line in lines]


@contextmanager
def terminal(columns: int) -> Iterator[tuple[io.TextIOWrapper, Terminal]]:
    """Yield a stream that is a terminal of so many columns, and what was written on it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    seen = Terminal()
    reader = threading.Thread(target=_read, args=(ours, seen))
    reader.start()
    try:
        with os.fdopen(theirs, "w", encoding="utf-8") as stream:
            yield stream, seen
    finally:
        reader.join(timeout=30)
        os.close(ours)


def _read(end: int, seen: Terminal) -> None:
    with suppress(OSError):  # the other end is closed
        while part := os.read(end, 65_536):
            seen.written += part


def widest(text: str) -> int:
    """Return the cells of the widest line; of words that are longer than a line, nobody can break them."""
    return max(map(cell_len, _SEQUENCE.sub("", text).splitlines()), default=0)
