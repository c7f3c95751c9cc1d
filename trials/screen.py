"""What a person sees: scraped text made inert, sentences on stderr."""

import logging
import os
import sys

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry.wording import STEERING

_LOG = logging.getLogger(__name__)
_NARROWEST = 20  # columns; a terminal that says less does not know its width


def inert(text: str) -> str:
    r"""Return text without characters that steer a terminal or reorder what it shows; they are written as escapes.

    >>> print(inert("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return STEERING.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def show(result: RenderableType) -> bool:
    """Print a result on stdout: with colour and the terminal's width on a terminal, plain elsewhere; see `deliver`."""
    console = Console(highlight=False, markup=False, emoji=False)
    if console.width < _NARROWEST:
        console.width = 80
    with console.capture() as capture:
        console.print(result)
    text = capture.get()
    if not console.is_terminal:  # rich fills lines up with spaces
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    return deliver(text)


def deliver(text: str) -> bool:
    """Write text to stdout; return False if its reader has seen enough and left (`| head`), which is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def progress_bar(*, wanted: bool = True) -> Progress:
    """Return a progress bar on stderr, shown on a terminal only.

    Where stdout is a terminal too, results appear above the bar; a file or a pipe gets them untouched.
    """
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False, markup=False, emoji=False),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        disable=not wanted or not sys.stderr.isatty(),
    )


def say(sentence: str) -> None:
    """Print one sentence on stderr, and log it; a stderr that takes nothing is no reason to stop."""
    _LOG.info("said", extra={"fields": {"sentence": sentence}})
    try:
        print(f"trials: {inert(sentence)}".replace("\n", "\\n"), file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
