"""`trials plan`, and what `trials harvest --dry-run` prints: tonight's list with the reasons. Asks for nothing."""

import json
import sys
from collections import Counter
from collections.abc import Sequence

from scraper.schedule import Planned
from scraper.verify import ledger_of
from trials.exits import Exit
from trials.screen import deliver, fitted, inert, say
from trials.settings import Settings
from trials.ticking import shown
from trials.tonight import RESTS, hours_of, tonight


def show_plan(settings: Settings, *, as_json: bool = False, top: int | None = None) -> Exit:
    """Print tonight's pages, a line each, in their order; their number by reason goes to stderr."""
    with ledger_of(settings.store) as ledger:
        planned = tonight(ledger, settings)
    line = _json if as_json else _line
    for page in planned[:top]:
        if not deliver(line(page)):
            return Exit.DONE
    _say_summary(planned, settings)
    return Exit.DONE


def _line(page: Planned) -> str:
    return fitted(inert(f"{page.nct_id}  {page.kind:<10}  {page.why:<8}  {page.reason}"), sys.stdout) + "\n"


def _json(page: Planned) -> str:
    return json.dumps({**page._asdict(), "value": round(page.value, 3)}) + "\n"


def _say_summary(planned: Sequence[Planned], settings: Settings) -> None:
    counts = Counter(str(page.why) for page in planned)
    said = ", ".join(f"{count:,} {why}" for why, count in counts.most_common()) or f"none is due; {RESTS}"
    hours = hours_of(len(planned), settings)
    time = f" They take {shown(hours * 3600)} or more, by the delay between requests." if hours > 0 else ""
    say(f"{len(planned):,} pages within a budget of {settings.requests:,} requests: {said}.{time}")
