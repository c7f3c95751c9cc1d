"""What a page prints, as a reader sees it: texts only, no markup; a line break is a newline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from registry.labels import (
    ADMINISTRATIVE,
    LABEL_BLOCK,
    MESH_SUBHEADING,
    RECRUITMENT,
    STUDY_DESIGN,
    STUDY_INFORMATION,
)
from trials.practice.brief import Brief
from trials.practice.trial import Trial

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
    headings: Mapping[str, str] = field(default_factory=dict)  # usual heading → another one in its place

    def named(self, heading: str) -> str:
        """Return the heading that stands on the page."""
        return self.headings.get(heading, heading)


def facts_of(trial: Trial, related: Sequence[Brief], links: Mapping[str, str]) -> Facts:
    """Return the texts of a trial's pages; `links` says where its See also rows lead."""
    lead, *others = trial.sponsors
    return Facts(
        nct_id=trial.brief.nct_id,
        condition=trial.topic.condition if trial.title_block else "",
        acronym=trial.acronym,
        official_title=trial.official_title,
        brief_title=trial.brief.title,
        status=trial.brief.status,
        administrative=_pairs(trial, ADMINISTRATIVE),
        information=_pairs(trial, STUDY_INFORMATION),
        summary=trial.summary,
        description=trial.description,
        recruitment=_pairs(trial, RECRUITMENT),
        design=_pairs(trial, STUDY_DESIGN),
        conditions=[*trial.conditions, *([MESH_SUBHEADING, *trial.mesh_terms] if trial.mesh_terms else [])],
        interventions=trial.interventions,
        locations=[(place.country, *names) for place, names in trial.facilities],
        sponsors=[(lead, others[0] if others else ""), *(("", name) for name in others[1:])],
        countries=list(dict.fromkeys(place.country for place, _ in trial.facilities)),
        references=trial.references,
        outcomes=trial.outcomes,
        related=[(other.status, f"{other.nct_id} - {other.title}", other.phase) for other in related],
        links=links,
        label_block=_pairs(trial, LABEL_BLOCK),
    )


def _pairs(trial: Trial, section: str) -> Pairs:
    """Return the labels of a section that are there."""
    return [
        (key.label, value.text)
        for key, value in trial.said.items()
        if key.section == section and value.text is not None
    ]
