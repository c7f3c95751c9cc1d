"""How many time frames are read, and how well: the share of the real ones, and precision on a sample read by hand.

The share counts occurrences, outcome by outcome, of the records at even places, from which the forms were made, and of
those at odd places. The sample, `tests/fixtures/time_frames.csv`, is from the odd places: some 300 texts of the forms
that are read, each form in turn, and some of those that are not, with the first and last day as a person reads them.
"""

import csv
import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a file, too

from normalizers.stored import printed
from normalizers.values.time_frames import TimeFrame, read_time_frame

RECORDS = Path(__file__).parents[2] / "shared" / "real" / "ctgov_v2.jsonl.gz"
SAMPLE = Path(__file__).parents[1] / "tests" / "fixtures" / "time_frames.csv"
_LISTS = ("primaryOutcomes", "secondaryOutcomes", "otherOutcomes")
_NEAR = 0.001  # days; the sample has whole minutes


@dataclass(frozen=True, slots=True)
class Truth:
    """A text with the days that a person reads; None where they are not certain."""

    text: str
    days_from: float | None
    days_to: float | None


def sample() -> list[Truth]:
    """Return the texts that were read by hand."""
    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, strict=True)
        return [Truth(row["text"], _days(row["days_from"]), _days(row["days_to"])) for row in rows]


def _days(cell: str) -> float | None:
    return float(cell) if cell else None


def is_end(truth: Truth, found: TimeFrame) -> bool:
    """Whether the last day is the one that a person reads."""
    return truth.days_to is not None and abs(truth.days_to - found.days_to) < _NEAR


def is_start(truth: Truth, found: TimeFrame) -> bool:
    """Whether the first day is the one that a person reads."""
    if truth.days_from is None or found.days_from is None:
        return False
    return abs(truth.days_from - found.days_from) < _NEAR


def time_frames(places: slice) -> Iterator[str]:
    """Yield the time frame of every outcome of the real records at these places, as a page prints it."""
    with gzip.open(RECORDS, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines][places]
    for record in records:
        outcomes = record["protocolSection"].get("outcomesModule", {})
        yield from (
            printed(each["timeFrame"]) for name in _LISTS for each in outcomes.get(name, ()) if "timeFrame" in each
        )


def main() -> None:
    _print_precision(sample())
    if not RECORDS.exists():
        print("The real records do not stand beside the project: no share.")
        return
    for name, places in (("even", slice(0, None, 2)), ("odd", slice(1, None, 2))):
        _print_share(name, list(time_frames(places)))


def _print_precision(truths: Sequence[Truth]) -> None:
    read = [(truth, found) for truth in truths if (found := read_time_frame(truth.text))]
    starts = [(truth, found) for truth, found in read if found.days_from is not None]
    ends_right = sum(is_end(*pair) for pair in read)
    known = sum(truth.days_to is not None for truth in truths)
    print(f"sample: {len(truths)} texts, {known} with a certain end")
    print(f"  ends read {len(read)}, right {ends_right}: precision {ends_right / len(read):.4f}")
    starts_right = sum(is_start(*pair) for pair in starts)
    print(f"  starts read {len(starts)}, right {starts_right}: precision {starts_right / len(starts):.4f}")
    for truth, found in read:
        if not is_end(truth, found):
            print(f"  wrong: {truth} {found}")


def _print_share(name: str, texts: Sequence[str]) -> None:
    read_time_frame.cache_clear()
    began = time.process_time()
    found = [frame for text in texts if (frame := read_time_frame(text))]
    cost = (time.process_time() - began) / len(texts)
    both = sum(frame.days_from is not None for frame in found)
    print(
        f"{name} places: {len(texts):,} time frames; end read {len(found) / len(texts):.1%}, "
        f"both {both / len(texts):.1%}; {cost * 1e6:.0f} µs each"
    )


if __name__ == "__main__":
    main()
