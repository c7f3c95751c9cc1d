"""One trial's facts, and its page in each of the practice site's markups or as a text extraction."""

from collections.abc import Sequence
from dataclasses import replace

from trials.practice.facts import Facts, Pairs, Rows
from trials.practice.frame import Frame
from trials.practice.markup import FAMILIES, Family, details

__all__ = ["BASE", "FAMILIES", "Facts", "Family", "Pairs", "Rows", "as_text", "render"]

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
