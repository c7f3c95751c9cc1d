"""What a page prints, as a reader sees it: texts only, no markup; a line break is a newline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Pairs: TypeAlias = Sequence[tuple[str, str]]
"""Labels with their values; a blank value is `""`, an absent label is not there."""
Rows: TypeAlias = Sequence[Sequence[str]]

TABLE_HEADERS: Mapping[str, Sequence[str]] = {
    "Locations": ("Country", "Name", "City", "State"),
    "Sponsors": ("Lead Sponsor", "Collaborator"),
    "Outcome": ("Type", "Measure", "Description", "Time frame", "Safety issue"),
    "See also": ("Status", "Clinical Trial", "Phase"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """The texts of one trial's pages, whatever their markup."""

    nct_id: str = "NCT09990001"
    condition: str = ""  # of the title block, which a page without it lacks as a whole
    acronym: str = ""
    official_title: str = ""
    brief_title: str = ""
    status: str = "Recruiting"
    administrative: Pairs = ()
    information: Pairs = ()
    summary: str = ""
    description: str | None = None
    recruitment: Pairs = ()
    design: Pairs = ()
    conditions: Sequence[str] = ()
    interventions: Rows = ()
    locations: Rows = ()
    sponsors: Rows = ()
    countries: Sequence[str] = ()
    references: Sequence[str] = ()
    outcomes: Rows = ()
    related: Rows = ()
    links: Mapping[str, str] = field(default_factory=dict)  # id of a See also row → where it leads
    label_block: Pairs = ()  # at the foot of a summary page
    headers: Mapping[str, Sequence[str]] = field(default_factory=lambda: TABLE_HEADERS)
