"""How many damaged places of real texts are marked, and how many marks stand where nothing was lost.

Every prose text of the registry's records is sent through the damage of the practice site's mirror, as older records
come (in lines) and as newer ones do (one paragraph), and the marks are compared with what is known to be lost:

* `=`: each sign of the damaged text counts once; it is lost where the record has `≥`, `≤` or the like, genuine where
  the record has `=` itself, unless its registrant had lost a sign there already, as was seen by eye (`_OWN_SIGNS`).
* `?`: the same, sign by sign (`Barrett?s` in the record itself is lost); superscripts are counted apart.
* powers: a power of ten that has no exponent left. That is a superscript of the record (a `?` here), and a registrant's
  own `109/L`: how many of those stand in a record was counted by eye (`_OWN_POWERS`), a mark more than that is false.

Recall is the share of the lost that are marked, precision the share of the marks that are lost, whoever lost them; the
last column is the recall of what the mirror lost. A title, an intervention, an outcome and a time frame is a text of
its own; so is each prose section. The rules were written on the records at even places of the file; those at odd places
are only for the last measurement.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a file, too

from benchmarks.pages import RECORDS, records
from normalizers.loss import Loss, Mark, lossy_marks
from trials.practice.mirror import printed, squeezed

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")  # Markdown of the records, which the mirror does not show
_SUPERSCRIPTS = frozenset("⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_OWN_POWERS = {
    "NCT01338090": 2, "NCT02861287": 1, "NCT03666559": 1, "NCT04446663": 2, "NCT04946890": 3, "NCT05536349": 2,
    "NCT05636150": 3, "NCT06060704": 2, "NCT06275958": 1, "NCT06310382": 2, "NCT06433596": 1, "NCT06478927": 2,
    "NCT06855589": 2, "NCT07139587": 2, "NCT07463768": 2,
}  # fmt: skip
"""Record → powers of ten without exponent in its criteria."""
_OWN_ELSEWHERE = {"NCT00293423": 2, "NCT01982682": 3, "NCT03061188": 2, "NCT03873311": 1}
_OWN_SIGNS = ("«?»target", "«?»non-target", "target lesion«?»", "non-target«?»", "Barrett«?»s", "«=» 10-point ")
"""What stands around signs that registrants had lost."""
_HALVES = {0: "even places", 1: "odd places"}
_FORMS = {False: "in lines", True: "one paragraph"}
_SCOPES = ("criteria", "all prose")
_KINDS = ("=", "?", "powers")
_HEADER = (
    f"{'records':12} {'form':14} {'texts':10} {'kind':7} {'lost':>5} {'marks':>6} {'precision':>9} {'recall':>9} "
    "of the mirror's"
)
_MIRROR, _REGISTRANT, _NOBODY = "the mirror", "its registrant", "nobody"
_LOSERS = (_MIRROR, _REGISTRANT)


class Sign(NamedTuple):
    """One sign of a damaged text: its kind, who lost it, whether it is marked, and what is around it."""

    kind: str
    lost_by: str
    is_marked: bool
    around: str


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--half", type=int, choices=list(_HALVES), help="only the records at even (0), odd (1) places")
    options.add_argument("--show", action="store_true", help="print every place missed and every false mark")
    given = options.parse_args()
    if not RECORDS.exists():
        print("The real records do not stand beside the project: nothing is measured.")
        return
    print(_HEADER)
    for half in _HALVES if given.half is None else [given.half]:
        for newer, form in _FORMS.items():
            counts = _measured(half, newer=newer, show=given.show)
            for scope in _SCOPES:
                for kind in _KINDS:
                    print(f"{_HALVES[half]:12} {form:14} {scope:10} {kind:7} {_line(counts, scope, kind)}", flush=True)


def _line(counts: Counter[tuple[str, str, str, bool]], scope: str, kind: str) -> str:
    found, missed = ({by: counts[scope, kind, by, marked] for by in _LOSERS} for marked in (True, False))
    right, false = sum(found.values()), counts[scope, kind, _NOBODY, True]
    lost = right + sum(missed.values())
    shares = (right, right + false), (right, lost), (found[_MIRROR], found[_MIRROR] + missed[_MIRROR])
    return f"{lost:5} {right + false:6} " + " ".join(f"{part / max(of, 1):9.3f}" for part, of in shares)


def _measured(half: int, *, newer: bool, show: bool) -> Counter[tuple[str, str, str, bool]]:
    """Return how many signs there are by scope, kind, who lost them, and whether they are marked."""
    counts: Counter[tuple[str, str, str, bool]] = Counter()
    for place, record in enumerate(records()):
        if place % 2 != half:
            continue
        protocol = record["protocolSection"]
        signs = {name: list(_signs(protocol, name, newer=newer)) for name in _SCOPES}
        for scope, found in signs.items():
            counts.update((scope, sign.kind, sign.lost_by, sign.is_marked) for sign in found)
        for sign in signs["all prose"] if show else ():
            if (sign.lost_by is not _NOBODY) != sign.is_marked:
                what = "false" if sign.is_marked else f"missed, lost by {sign.lost_by}"
                print(f"{protocol['identificationModule']['nctId']} {what} {sign.kind} {sign.around!r}")
    return counts


def _signs(protocol: Mapping[str, Any], scope: str, *, newer: bool) -> Iterator[Sign]:
    own = 0
    for text in _criteria(protocol) if scope == "criteria" else _prose(protocol):
        clean = _ESCAPED.sub(r"\1", text)
        damaged = printed(clean, newer=newer)
        marks = lossy_marks(damaged)
        yield from _of_text(clean, damaged, marks)
        own += sum(mark.kind is Loss.EXPONENT and damaged[mark.start] != "?" for mark in marks)
    nct_id = protocol["identificationModule"]["nctId"]
    known = _OWN_POWERS.get(nct_id, 0) + (_OWN_ELSEWHERE.get(nct_id, 0) if scope == "all prose" else 0)
    for number in range(max(own, known)):
        yield Sign(
            "powers", _MIRROR if number < known else _NOBODY, number < own, f"{own} of {known} powers of the registrant"
        )


def _of_text(clean: str, damaged: str, marks: list[Mark]) -> Iterator[Sign]:
    """Yield the signs `=` and `?` of a text: the same in the record, damaged, and in one paragraph, in their order."""
    pairs = [pair for pair in zip(clean, squeezed(clean), strict=True) if pair[1] in "=?"]
    places = [place for place, sign in enumerate(damaged) if sign in "=?"]
    marked = {place for mark in marks for place in range(mark.start, mark.end)}
    for (was, sign), place in zip(pairs, places, strict=True):
        kind = "powers" if was in _SUPERSCRIPTS else sign
        around = f"{damaged[max(0, place - 40) : place]}«{sign}»{damaged[place + 1 :][:40]}"
        by = _MIRROR if was != sign else _REGISTRANT if any(own in around for own in _OWN_SIGNS) else _NOBODY
        yield Sign(kind, by, place in marked, around)


def _criteria(protocol: Mapping[str, Any]) -> Iterator[str]:
    yield protocol["eligibilityModule"].get("eligibilityCriteria", "")


def _prose(protocol: Mapping[str, Any]) -> Iterator[str]:
    yield from _criteria(protocol)
    identity, described = protocol["identificationModule"], protocol["descriptionModule"]
    yield from (identity["briefTitle"], identity.get("officialTitle", ""))
    yield from (described["briefSummary"], described.get("detailedDescription", ""))
    for each in protocol.get("armsInterventionsModule", {}).get("interventions", []):
        yield from (each["name"], each.get("description", ""))
    for kind in ("primary", "secondary", "other"):
        for each in protocol.get("outcomesModule", {}).get(f"{kind}Outcomes", []):
            yield from (each["measure"], each.get("description", ""), each.get("timeFrame", ""))


if __name__ == "__main__":
    main()
