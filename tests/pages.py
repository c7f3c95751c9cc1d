"""One trial's facts, and its page in each of the practice site's markups or as a text extraction."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from trials.practice.facts import Facts, Pairs, Rows
from trials.practice.frame import Frame
from trials.practice.markup import FAMILIES, Family, details

__all__ = ["BASE", "FAMILIES", "Facts", "Family", "Pairs", "Rows", "as_bars", "as_text", "render", "wrapped"]

BASE = Facts(
    administrative=(
        ("NCT number", "NCT09990001"),
        ("Other study ID #", "LAMP-17/b"),
        ("Secondary ID", "2011-005334-20, U1111-1234-5678"),
        ("Status", "Recruiting"),
        ("Phase", "Phase 2/Phase 3"),
        ("First received", ""),
        ("Last updated", ""),
        ("Start date", "May 10, 2023"),
        ("Est. completion date", "June 2027"),
    ),
    information=(
        ("Verified date", "May 2024"),
        ("Source", "Lantern Institute, Ltd."),
        ("Contact", "Ada Example, MD"),
        ("Phone", "1 (800) 933-7001"),
        ("Email", "ada[@]lantern.org"),
        ("Is FDA regulated", "No"),
        ("Health authority", ""),
        ("Study type", "Interventional"),
    ),
    summary="Does evening light help people with stiff knees?\nTwo lamps are compared.",
    description="People read for an hour under one of two lamps. Study Design is explained at the first visit.",
    recruitment=(
        ("Status", "Recruiting"),
        ("Enrollment", "120"),
        ("Est. completion date", "June 2027"),
        ("Est. primary completion date", "March 1, 2027"),
        ("Accepts healthy volunteers", "No"),
        ("Gender", "All"),
        ("Age group", "18 Years to 75 Years"),
        (
            "Eligibility",
            "Inclusion Criteria:\n1. Age =18 years\n2. Knee pain for > 3 months\n"
            "Exclusion Criteria:\n1. Known photophobia",
        ),
    ),
    design=(
        ("Allocation", "Randomized"),
        ("Intervention model", "Parallel Assignment"),
        ("Masking", "Double"),
        ("Primary purpose", "Treatment"),
    ),
    conditions=("Osteoarthritis, Knee", "Pain"),
    interventions=(
        ("Device", "warm lamp", "One hour each evening.\nAt 2,700 K."),
        ("Dietary Supplement", "vitamin tablet", ""),
    ),
    locations=(
        ("United States", "Lantern Clinic", "Springfield", "Ohio"),
        ("Korea, Republic of", "Han River Hospital", "Seoul", ""),
    ),
    sponsors=(("Lantern Institute, Ltd.", "City of Springfield"), ("", "Han River Hospital")),
    countries=("United States", "Korea, Republic of"),
    references=("Doe J. Lamps and knees. Light. 2019;3(2):1-9. PMID: 30112233", "Roe A. Evening light. 2020."),
    outcomes=(
        ("Primary", "Pain on a scale of 0 to 10", "Asked by telephone", "12 weeks", "No"),
        ("Secondary", "Hours of sleep", "", "from baseline to month 6", ""),
    ),
    related=(
        ("Completed", "NCT01234567 - Morning light for stiff hands", "Phase 2"),
        ("Active, not recruiting", "NCT02345678 - Lamp glare (GLARE)", "N/A"),
        ("Unknown status", "NCT03456789 - A registry of readers", ""),
    ),
)


def render(facts: Facts, family: Family) -> str:
    """Return the details page of a trial."""
    links = {row[1][:11]: f"/other/{row[1][:11]}/details" for row in facts.related}
    frame = Frame(canonical=f"https://inclinicaltrials.com/other/{facts.nct_id}/details")
    return family.frame(frame, details(replace(facts, links=links), family))


def as_text(facts: Facts) -> str:
    """Return the page as a text extraction prints it: cells of a row joined by one space, empty ones vanish."""

    def join(cells: Sequence[str]) -> str:
        return " ".join(filter(None, cells))

    family = Family(
        heading=lambda text: f"\n{text}\n",
        pairs=lambda pairs: "\n".join(f"{label} {value}".strip() for label, value in pairs),
        table=lambda header, rows, _links: "\n".join([join(header), *(join(row) for row in rows)]),
        lines="\n".join,
        frame=lambda _frame, content: f"Clinical Trials Logo\n{content}\n",
    )
    return render(facts, family).replace("\n\nSee also\n\n", "\nSee also\n  ")


def as_bars(facts: Facts, *, wrap: int | None = None, own_lines: bool = False) -> str:
    """Return the page as an extraction with a bar behind each cell, its lines wrapped at `wrap` characters.

    The cells stand on the line of their row, or on `own_lines`.
    """
    between = "\n" if own_lines else " "

    def cells(row: Sequence[str]) -> str:
        return _wrap(between.join(f"{' '.join(cell.split(chr(10)))} |" for cell in row), wrap)

    family = Family(
        heading=lambda text: f"\n{text}\n",
        pairs=lambda pairs: "\n".join(map(cells, pairs)),
        table=lambda header, rows, _links: "\n".join([cells(header), *map(cells, rows)]),
        lines=lambda lines: _wrap("\n".join(lines), wrap),
        frame=lambda _frame, content: f"{content}\n",
    )
    text = render(replace(facts, condition=""), family).replace("\n\nSee also\n\n", "\nSee also\n  ")
    return f"{_title_block(facts, wrap)}{text}"


def _title_block(facts: Facts, wrap: int | None) -> str:
    if not facts.condition:
        return ""
    acronym = f" — {facts.acronym}" if facts.acronym else ""
    return f"{facts.condition} Clinical Trial{acronym}\n\n{_wrap(f'Official title: {facts.official_title}', wrap)}\n"


def _wrap(text: str, width: int | None) -> str:
    if width is None:
        return text
    lines = (textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
    return "\n".join(lines)


def wrapped(facts: Facts, wrap: int | None) -> Facts:
    """Return the facts with the line breaks that `as_bars` leaves: those of prose and names, but of no cell."""
    return replace(
        facts,
        summary=_wrap(facts.summary, wrap),
        description=None if facts.description is None else _wrap(facts.description, wrap),
        recruitment=[(label, " ".join(value.split("\n"))) for label, value in facts.recruitment],
        conditions=[line for name in facts.conditions for line in _wrap(name, wrap).split("\n")],
        references=[line for name in facts.references for line in _wrap(name, wrap).split("\n")],
        interventions=[
            (kind, *_wrap(f"{name}\n{text}", wrap).split("\n", 1)) for kind, name, text in facts.interventions
        ],
        outcomes=[[" ".join(cell.split("\n")) for cell in row] for row in facts.outcomes],
    )
