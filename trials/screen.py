"""What a person sees: scraped text made inert, results on stdout, sentences and bars on stderr."""

import logging
import os
import re
import sys
from contextlib import suppress
from io import StringIO
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from registry.wording import STEERING

_LOG = logging.getLogger(__name__)
_NARROWEST, _WIDEST = 20, 1000  # columns; a terminal that says otherwise does not know its width
_USUAL = 80, 25  # columns and lines where there is no terminal: what a file holds does not depend on who made it
_BAR = 40  # columns of a bar at most, and a quarter of a narrow terminal
_GAP = re.compile(r"(?<=\S)( +)(?=\S)")  # where a line may break


def inert(text: str) -> str:
    r"""Return text without characters that steer a terminal or reorder what it shows; they are written as escapes.

    >>> print(inert("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return STEERING.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def show(result: RenderableType) -> bool:
    """Print a result on stdout: with colour and the terminal's width on a terminal, plain elsewhere; see `deliver`."""
    console = _console(sys.stdout)
    with console.capture() as capture:
        console.print(result)
    return deliver(capture.get() if console.is_terminal else _trimmed(capture.get()))


def plain(result: RenderableType, columns: int = _USUAL[0]) -> str:
    """Return a result as text without colour, as a file gets it."""
    console = _console(StringIO(), columns, force_terminal=False)
    with console.capture() as capture:
        console.print(result)
    return _trimmed(capture.get())


def _trimmed(text: str) -> str:
    """Return text without the spaces by which rich fills lines up."""
    return "".join(f"{line.rstrip()}\n" for line in text.split("\n")[:-1])


def deliver(text: str) -> bool:
    """Write text to stdout; return False if its reader has seen enough and left (`| head`), which is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def progress_bar(*after: ProgressColumn, wanted: bool = True) -> Progress:
    """Return a progress bar on stderr, shown on a terminal only, that leaves nothing behind.

    `after` stands behind the bar in place of what is done and the time that is left. Where stdout is a terminal too,
    results appear above the bar; a file or a pipe gets them untouched.
    """
    console = _console(sys.stderr)
    return Progress(
        *([] if after else [TextColumn("{task.description}", markup=False)]),
        BarColumn(min(_BAR, console.width // 4)),
        *(after or (MofNCompleteColumn(), TimeRemainingColumn())),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        disable=not wanted or not has_bars(),
    )


def has_bars() -> bool:
    """Whether stderr is a terminal on which a line can be drawn anew."""
    return sys.stderr.isatty() and not _console(sys.stderr).is_dumb_terminal


def say(sentence: str) -> None:
    """Print one sentence on stderr, and log it; a stderr that takes nothing is no reason to stop."""
    _LOG.info("said", extra={"fields": {"sentence": sentence}})
    try:
        print(fitted(f"trials: {inert(sentence)}".replace("\n", "\\n"), sys.stderr), file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def fitted(line: str, stream: TextIO) -> str:
    """Return a line as a stream shows it: broken between words on a terminal, one line elsewhere.

    What comes below stands a little to the right. A word that is longer than a line, such as a path, stays whole, so
    that it can be copied.
    """
    return wrapped(line, _width(stream)) if stream.isatty() else line


def wrapped(line: str, columns: int) -> str:
    """Return a line broken between words.

    >>> print(wrapped("NCT09338473  new  Never fetched.", 24))
    NCT09338473  new  Never
      fetched.
    """
    first, *rest = _GAP.split(line)
    lines = [first]
    for gap, word in zip(rest[::2], rest[1::2], strict=True):
        if cell_len(lines[-1] + gap + word) <= columns:
            lines[-1] += gap + word
        else:
            lines.append(f"  {word}")
    return "\n".join(lines)


def _console(stream: TextIO, columns: int | None = None, *, force_terminal: bool | None = None) -> Console:
    """Return a console that takes texts as they are; width and height are given, as rich asks no dumb terminal."""
    return Console(
        file=stream,
        width=columns or _width(stream),
        height=_USUAL[1],
        force_terminal=force_terminal,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _width(stream: TextIO) -> int:
    """Return how many columns a stream has, by COLUMNS or its own terminal; another stream's does not count."""
    said = os.environ.get("COLUMNS", "")
    columns = int(said) if re.fullmatch("[0-9]{1,9}", said) else 0
    if not columns and stream.isatty():
        with suppress(OSError):
            columns = os.get_terminal_size(stream.fileno()).columns
    return min(columns, _WIDEST) if columns >= _NARROWEST else _USUAL[0]
