"""Share of criteria that are found where the registry itself begins a line, by form of the text, for two halves.

`benchmarks.registry_lines` says what the truth is, and in which four forms the texts are read. Compared are the
offsets, in characters that are no white space, at which criteria begin:

- precision: of the beginnings that were read, the share at a line's beginning. A number inside a line that is a list by
  itself (`1. … 2. … 3. …` in one paragraph) counts neither way: to split it is wanted, and is no line. `strict` is the
  precision if each such split counted as false.
- recall: of the lines that show, the share that was found. Where breaks are lost, those with a bullet or a number show
  (no bullets: with a number), and the first behind a heading. The beginning of another line counts neither as found
  nor as false, because nothing of it is left to be seen; `of all` is the share of all lines that was found.
- side: of those found, the share on the right side. nested: of those that the registry indents, with the right parent.
- perfect: records with nothing false, missed or on the wrong side.

Below, for each value of `confidence`, the share of criteria that are right as a whole: begin and end fall on lines or
numbers of such a list, no line begins between them, and the side is right. Rules and values were made while looking at
the records at even places only; those at odd places show how they do elsewhere.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a file, too

from benchmarks.registry_lines import FORMS, Line, Text, in_form, lines_of, raw_texts, size
from normalizers.criteria import Criterion, cut_criteria

Read: TypeAlias = Sequence[tuple[int, int, Criterion]]
"""Begin, end and criterion, in order."""
Starts: TypeAlias = Mapping[int, Line]
"""The lines that are criteria, by their beginning."""
_SHOWS = {"no bullets": ("number",), "flattened": ("number", "bullet", "first")}
_COLUMNS = "found false missed in-list precision recall side perfect strict of-all nested".split()
_NEAR = 40  # characters that are shown around a difference


@dataclass(slots=True)
class Score:
    """What was counted of one form."""

    records: int = 0
    perfect: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    right: dict[float, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    shown: list[str] = field(default_factory=list)

    def share(self, part: str, *others: str) -> float:
        """Return the share of a part in itself and the others."""
        return self.counts[part] / max(sum(self.counts[name] for name in (part, *others)), 1)


def add(score: Score, raw: str, form: str, show: int) -> None:
    """Count one record."""
    known = in_form(list(lines_of(raw)), form)
    read = _read(known)
    starts = {at: line for at, line in known.lines.items() if line.shows != "heading"}
    wrong = [*_false(score, known, starts, read), *_missed(score, starts, read, form)]
    score.records += 1
    score.perfect += not wrong
    score.shown += [f"  {kind}: {_around(known.text, at)}" for kind, at in wrong[: max(0, show - len(score.shown))]]
    _count_nested(score, known, read)
    _count_right(score, known, starts, read)


def _read(known: Text) -> Read:
    at, found = 0, []
    for piece in cut_criteria(known.text):
        marker = piece.marker if isinstance(piece, Criterion) else None
        end = at + size(f"{marker or ''} {piece.text}")
        if isinstance(piece, Criterion):
            found.append((at, end, piece))
        at = end
    assert at == size(known.text), "criteria and headings do not give back the text"
    return found


def _false(score: Score, known: Text, starts: Starts, read: Read) -> Iterator[tuple[str, int]]:
    for at, _, _ in read:
        if at in known.runs:
            score.counts["in-list"] += 1
        elif at not in starts:
            score.counts["false"] += 1
            yield "false", at


def _missed(score: Score, starts: Starts, read: Read, form: str) -> Iterator[tuple[str, int]]:
    sides = {at: criterion.criterion_type for at, _, criterion in read}
    for at, line in starts.items():
        score.counts["begun" if at in sides else "not begun"] += 1
        if line.shows not in _SHOWS.get(form, (line.shows,)):
            continue
        kind = "missed" if at not in sides else "right side" if sides[at] == line.side else "wrong side"
        score.counts["found"] += kind != "missed"
        score.counts[kind] += 1
        if kind != "right side":
            yield kind, at


def _count_nested(score: Score, known: Text, read: Read) -> None:
    begins = [at for at, _, _ in read]
    parents = {at: None if each.parent is None else begins[each.parent - 1] for at, _, each in read}
    above: list[tuple[int, int]] = []  # indent and offset of the lines around, on this side
    for at, line in known.lines.items():
        above = [outer for outer in above if outer[0] < line.indent and line.shows != "heading"]
        if above and at in parents:
            score.counts["nested" if parents[at] == above[-1][1] else "not nested"] += 1
        if line.shows != "heading":
            above.append((line.indent, at))


def _count_right(score: Score, known: Text, starts: Starts, read: Read) -> None:
    ends = {*known.lines, *known.runs, size(known.text)}
    for begin, end, criterion in read:
        line = max((at for at in known.lines if at <= begin), default=0)
        whole = (
            (begin in starts or begin in known.runs)
            and end in ends
            and line >= max(at for at in known.lines if at < end)
        )
        score.right[criterion.confidence][whole and known.lines[line].side == criterion.criterion_type] += 1


def _around(text: str, at: int) -> str:
    solid = [place for place, character in enumerate(text) if not character.isspace()]
    place = solid[at]
    return repr(f"{text[max(0, place - _NEAR) : place]} | {text[place : place + _NEAR]}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--form", choices=FORMS, action="append", help="only this form; may be repeated")
    options.add_argument("--half", choices=("even", "odd"), action="append", help="only these records")
    options.add_argument("--show", type=int, default=0, help="print so many differences of each form and half")
    given = options.parse_args()
    texts = raw_texts()
    if not texts:
        print("nothing is measured: the real records do not stand beside the project")
        return
    print(f"criteria of {len(texts)} real records\n{'':17} {''.join(f'{column:>10}' for column in _COLUMNS)}")
    for form in given.form or FORMS:
        for half in given.half or ("even", "odd"):
            score = Score()
            for raw in texts[half == "odd" :: 2]:
                add(score, raw, form, given.show)
            print(f"{form:12} {half:4} {_line(score)}", _by_confidence(score), *score.shown, sep="\n", flush=True)


def _line(score: Score) -> str:
    counts = "".join(f"{score.counts[name]:10,}" for name in _COLUMNS[:4])
    shares = (
        score.share("found", "false"),
        score.share("found", "missed"),
        score.share("right side", "wrong side"),
        score.perfect / max(score.records, 1),
        score.share("found", "false", "in-list"),
        score.share("begun", "not begun"),
        score.share("nested", "not nested"),
    )
    return counts + "".join(f"{share:10.4f}" for share in shares)


def _by_confidence(score: Score) -> str:
    right = sorted(score.right.items())
    return "    right: " + "  ".join(f"{each:.2f} {of[True] / of.total():.3f} of {of.total():,}" for each, of in right)


if __name__ == "__main__":
    main()
