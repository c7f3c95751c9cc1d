"""Share of cells that are read right, markup by markup: those of the practice site, and those that nobody built for.

A cell counts where the truth or the reading has a value; every table counts but `eligibility_criteria`, which has a
measure of its own. The truth is made from the facts that a page was rendered from. As a cross-check, each reading is
also compared with that of the plain two-column-table markup. A page below its target without a problem is silent: the
worst kind.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a file, too

from benchmarks.pages import RECORDS, Subject, subjects
from benchmarks.unseen.markups import MARKUPS, TARGETS
from registry.errors import PageError
from registry.labels import SECTIONS
from registry.record import Page
from registry.tables import TABLES, TableRows
from trials.practice.facts import Facts, Pairs
from trials.practice.frame import bare_frame, main_frame, nineties_frame
from trials.practice.markup import FAMILIES, details
from trials.practice.truth import UNSETTLED
from trials.tables import tables_of

Place: TypeAlias = tuple[str, int, str]
"""Table, number of the row from 1, column."""
Cells: TypeAlias = Mapping[Place, object]

_NO_TRUTH = frozenset({"eligibility_criteria", "mentioned_studies", "pages", "problems", "changes", "study_versions"})
_OF_A_FETCH = frozenset("fetched_at first_seen_at last_seen_at page_state seen_title seen_title_at seen_at".split())
_COLUMNS = {
    each.name: [c.name for c in each.columns if c.name not in UNSETTLED | _OF_A_FETCH | {"nct_id", "ordinal"}]
    for each in TABLES
    if each.name not in _NO_TRUTH
}
_PLAIN = "two-column-table"
_HEADER = (
    f"{'markup':28} {'group':5} {'cells':>8} {'right':>8} {'as plain':>8} below silent refused noisy  worst columns"
)
_WORST = 3  # columns that are named of a markup


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that was not read right: where, what the truth says, what was read; None where there is nothing."""

    place: Place
    expected: object
    got: object


@dataclass(frozen=True, slots=True)
class Reading:
    """One page as it was read. `codes` are those of its problems but lossy text; `refusal` is set where none came."""

    cells: Cells
    codes: frozenset[str] = frozenset()
    refusal: str = ""

    @property
    def is_loud(self) -> bool:
        """Whether anything says that the page was not read as it should be."""
        return bool(self.codes or self.refusal)


@dataclass(slots=True)
class Score:
    """What was counted of one markup."""

    name: str
    group: str
    cells: int = 0
    wrong: int = 0
    below: int = 0  # pages below the target of the group
    silent: int = 0  # those of them that no problem tells of
    refused: int = 0
    noisy: int = 0  # pages with no cell wrong that have a problem all the same
    compared: int = 0  # cells that this or the plain markup gave
    alike: int = 0  # those of them that both gave alike
    columns: Counter[str] = field(default_factory=Counter)  # of wrong cells
    shown: list[str] = field(default_factory=list)

    @property
    def right(self) -> float:
        """Share of the cells."""
        return 1 - self.wrong / max(self.cells, 1)


def cells_of(tables: TableRows) -> Cells:
    """Return every cell that is not null, of the columns that have a truth."""
    return {
        (name, number, column): row[column]
        for name, columns in _COLUMNS.items()
        for number, row in enumerate(tables[name], start=1)
        for column in columns
        if row.get(column) is not None
    }


def read(html: str) -> Reading:
    """Return the cells of a page, or its refusal."""
    try:
        tables = tables_of(Page(html.encode()))
    except PageError as error:
        return Reading({}, refusal=f"{error.reason.value}: {error}")
    codes = {str(row["code"]) for row in tables["problems"]} - {"lossy_text"}
    return Reading(cells_of(tables), frozenset(codes))


def differences(expected: Cells, got: Cells) -> list[Difference]:
    """Return every cell that differs, in the order of the tables."""
    places = dict.fromkeys([*expected, *got])
    return [
        Difference(place, expected.get(place), got.get(place))
        for place in places
        if expected.get(place) != got.get(place)
    ]


def add(score: Score, known: Subject, reading: Reading, plain: Cells, show: int) -> None:
    """Count one page in the score of its markup."""
    truth = cells_of(known.truth)
    wrong = differences(truth, reading.cells)
    count = len(truth.keys() | reading.cells.keys())
    score.cells += count
    score.wrong += len(wrong)
    compared = len(plain.keys() | reading.cells.keys())
    score.compared += compared
    score.alike += compared - len(differences(plain, reading.cells))
    score.refused += bool(reading.refusal)
    score.columns.update(f"{each.place[0]}.{each.place[2]}" for each in wrong)
    if len(wrong) > (1 - TARGETS[score.group]) * count:
        score.below += 1
        score.silent += not reading.is_loud
    score.noisy += not wrong and reading.is_loud
    room = max(0, show - len(score.shown))
    score.shown += [_shown(known, each, reading) for each in wrong[:room]]


def _shown(known: Subject, wrong: Difference, reading: Reading) -> str:
    table, number, column = wrong.place
    said = reading.refusal or ", ".join(sorted(reading.codes)) or "nothing said"
    return (
        f"  {known.trial.brief.nct_id} {table}[{number}].{column} ({said})\n"
        f"    expected {wrong.expected!r:.200}\n    got      {wrong.got!r:.200}"
    )


# --- markups of the practice site -------------------------------------------------------------------------------

Style: TypeAlias = Callable[[str], str]
STYLES: dict[str, Style] = {
    "as it is": str,
    "upper case": str.upper,
    "no-break spaces": lambda label: label.replace(" ", "\u00a0"),
    "soft hyphens": lambda label: f"{label[:3]}\u00ad{label[3:]}",
}
FRAMES = {"main": main_frame, "bare": bare_frame, "nineties": nineties_frame}
_HEADINGS = {heading for section in SECTIONS for heading in section.headings}


def _styled(facts: Facts, style: Style) -> Facts:
    def pairs(of: Pairs) -> Pairs:
        return [(style(label), value) for label, value in of]

    return replace(
        facts,
        administrative=pairs(facts.administrative),
        information=pairs(facts.information),
        recruitment=pairs(facts.recruitment),
        design=pairs(facts.design),
        headers={name: [style(label) for label in labels] for name, labels in facts.headers.items()},
    )


def in_family(name: str, place: int, known: Subject) -> str:
    """Return the page of a trial in a family; frame and text style take turns."""
    turns = list(product(FRAMES.values(), STYLES.values()))
    frame, style = turns[place % len(turns)]
    family = FAMILIES[name]
    styled = replace(family, heading=lambda text: family.heading(style(text) if text in _HEADINGS else text))
    return frame(known.frame, details(_styled(known.facts, style), styled))


# --- measuring --------------------------------------------------------------------------------------------------

Render: TypeAlias = Callable[[int, Subject], str]


def renderers() -> dict[str, tuple[str, Render]]:
    """Return group and renderer of every markup, keyed by its name."""
    own: dict[str, tuple[str, Render]] = {name: ("own", partial(in_family, name)) for name in FAMILIES}
    unseen = {name: (markup.group, _in_markup(name)) for name, markup in MARKUPS.items()}
    return own | unseen


def _in_markup(name: str) -> Render:
    return lambda _, known: MARKUPS[name].page(known.frame, known.facts)


def scores(wanted: Iterable[str], known: list[Subject], show: int) -> Iterator[Score]:
    """Yield the score of each markup as it is measured."""
    plain = [read(in_family(_PLAIN, 0, each)).cells for each in known]
    for name in wanted:
        group, render = renderers()[name]
        score = Score(name, group)
        for place, each in enumerate(known):
            add(score, each, read(render(place, each)), plain[place], show)
        yield score


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--records", type=int, default=200, help="how many trials (default 200)")
    options.add_argument(
        "--markup", action="append", choices=list(renderers()), help="only this markup; may be repeated"
    )
    options.add_argument("--show", type=int, default=0, help="print so many differences of each markup")
    given = options.parse_args()
    known = subjects(given.records)
    what = "real records" if RECORDS.exists() else "made-up trials (the real records do not stand beside the project)"
    print(f"{len(known)} {what}; a cell counts where the truth or the reading has a value")
    print(_HEADER)
    for score in scores(given.markup or renderers(), known, given.show):
        print(_line(score), *score.shown, sep="\n", flush=True)
        print(f"{score.name}: done", file=sys.stderr)


def _line(score: Score) -> str:
    worst = ", ".join(f"{column} {count}" for column, count in score.columns.most_common(_WORST))
    alike = score.alike / max(score.compared, 1)
    return (
        f"{score.name:28} {score.group:5} {score.cells:8,} {score.right:8.3%} {alike:8.3%} "
        f"{score.below:5} {score.silent:6} {score.refused:7} {score.noisy:5}  {worst}"
    )


if __name__ == "__main__":
    main()
