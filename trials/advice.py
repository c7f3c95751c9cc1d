"""What to do about each exit code of a night, in a sentence or two; `deploy/trials-advice` says the same in a shell."""

from collections.abc import Mapping

from trials.exits import Exit

_STOPPED = "It was stopped by a signal: a shutdown, or somebody. What was fetched is kept; run it again to go on."

ADVICE: Mapping[Exit, str] = {
    Exit.DONE: "Done: nothing to do.",
    Exit.INTERNAL: "A fault of the program: report it, with its traceback. What was published stays.",
    Exit.USAGE: (
        "The command or its settings are wrong: correct trials.toml, a TRIALS_ variable or the options. "
        "Nothing was asked for."
    ),
    Exit.SITE: (
        "The site refuses, blocks us or fails as a whole; the run stopped early and published nothing. "
        "Do nothing tonight. If it is the same tomorrow, open the site and its robots.txt in a browser; "
        "if it refuses us, write to its owner."
    ),
    Exit.STORE: (
        "No space, no memory, or the store is damaged: the sentence of the night says which. Free what is "
        "short; if neither is, look at the disk's log and run `trials verify`. Nothing was published."
    ),
    Exit.PARTIAL: (
        "The budget was used up before a page was asked for: give the night more requests or minutes. Of"
        " trials status: there was no good night lately; is the timer on, and what did the nights before"
        " say?"
    ),
    Exit.GATES: (
        "The site's layout changed, or the tables failed a gate; nothing was published, what was "
        "published stays. Look at the refused build and docs/guide.md. If the tables are right: trials "
        "build --accept GATE --because TEXT"
    ),
    Exit.BUSY: (
        "Another run holds the store: is last night's still going, or one by hand? Nothing was done; the"
        " next night goes on."
    ),
    Exit.INTERRUPTED: _STOPPED,
    Exit.TERMINATED: _STOPPED,
}


def advice(code: int) -> str:
    """Return what to do about an exit code; of one that is none of the program's, where to look."""
    return (
        ADVICE[Exit(code)] if code in list(Exit) else "It is no exit code of trials: docs/nightly.md has a word on it."
    )
