"""How one stranger prints a details page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.unseen import frames, pieces, tables
from benchmarks.unseen.frames import Parts
from trials.practice.facts import Facts, Pairs, Rows
from trials.practice.frame import Frame
from trials.practice.markup import Links

_TABLE = pieces.pairs_of("<tr><th>{}</th><td>{}</td></tr>", "<table>{}</table>")
_PARAGRAPHS = pieces.each_in("p")
_UNDER_H3 = pieces.interventions_as("<h3>{}:</h3><p>{}</p><p>{}</p>")


@dataclass(frozen=True, slots=True)
class Markup:
    """How one stranger prints a section, pairs, a table, prose, names, interventions, and the page around them."""

    group: str
    section: Callable[[str, str], str] = pieces.under_h2
    pairs: Callable[[Pairs], str] = _TABLE
    table: Callable[[Sequence[str], Rows, Links], str] = tables.with_thead
    prose: Callable[[Sequence[str]], str] = _PARAGRAPHS
    names: Callable[[Sequence[str]], str] = pieces.in_list
    interventions: Callable[[Rows], str] = _UNDER_H3
    frame: Callable[[Frame, Parts], str] = frames.plain
    citations: Callable[[Sequence[str]], str] = pieces.in_list

    def page(self, frame: Frame, facts: Facts) -> str:
        """Return a details page."""
        return self.frame(frame, [(heading, self.section(heading, content)) for heading, content in self._parts(facts)])

    def _parts(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if facts.condition:
            acronym = f" — {facts.acronym}" if facts.acronym else ""
            title = self.pairs([("Official title", facts.official_title)]) if facts.official_title else ""
            yield f"{facts.condition} Clinical Trial{acronym}", title
        yield f"Clinical Trial Details — Status: {facts.status}", ""
        yield "Administrative data", self.pairs(facts.administrative)
        yield "Study information", self.pairs(facts.information)
        yield "Clinical Trial Summary", self.prose(facts.summary.split("\n"))
        if facts.description is not None:
            yield "Description:", self.prose(facts.description.split("\n"))
        yield "Recruitment information / eligibility", self.pairs(facts.recruitment)
        yield "Study Design", self.pairs(facts.design) if facts.design else ""
        if facts.conditions:
            yield "Related Conditions & MeSH terms", self.names(facts.conditions)
        yield "Intervention", self.interventions(facts.interventions)
        yield "Locations", self.table(facts.headers["Locations"], facts.locations, {})
        sponsors = sum(1 for row in facts.sponsors for name in row if name)
        yield f"Sponsors ({sponsors})", self.table(facts.headers["Sponsors"], facts.sponsors, {})
        yield "Country where clinical trial is conducted", self.names(facts.countries)
        if facts.references:
            yield "References", self.citations(facts.references)
        yield "Outcome", self.table(facts.headers["Outcome"], facts.outcomes, {})
        yield "See also", self.table(facts.headers["See also"], facts.related, facts.links)
