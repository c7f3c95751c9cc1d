"""The HTML of every page of the practice site: trials, listings, the home page, and what is not there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import escape
from itertools import islice
from urllib.parse import urlencode
from zlib import crc32

from registry.labels import PageKind
from registry.tables import TableRows
from scraper.site import OTHER, TEMPLATES
from trials.practice import markup
from trials.practice.brief import STATUSES, Brief, brief
from trials.practice.drift import drifted
from trials.practice.facts import TABLE_HEADERS, Facts, facts_of
from trials.practice.frame import Frame, main_frame
from trials.practice.markup import FAMILIES, Family
from trials.practice.trial import compose
from trials.practice.truth import truth
from trials.practice.words import TOPICS
from trials.practice.world import FIRST_NIGHT, World

LISTED = 25  # trials on one page of a listing
_RELATED = 20
_STRIDE = 7  # between the trials of See also that are of another condition
_NEWEST = 3
STATUS_SLUGS = {wording.lower().replace(",", "").replace(" ", "-"): wording for wording in STATUSES}
_TABS = {PageKind.DETAILS: "Details", PageKind.SUMMARY: "Summary", PageKind.REFERENCES: "References"}
_GLOSSARY = (
    ("Phase", "A stage of the study of a treatment; the numbers say how many people take part and what is asked."),
    ("Masking", "Who does not know which treatment is given."),
    ("Sponsor", "The organization that is responsible for the trial."),
)


def trial_page(world: World, place: int, kind: PageKind, base: str) -> str:
    """Return a page of the trial at a place; `base` is the address of the site.

    The page is made on the day of its last change: its sidebar shows the newest trials of that day.
    """
    trial, related = compose(world, place), _related(world, place)
    facts = facts_of(trial, related, _links(related, base))
    if drift := world.drift_of(place):
        facts = drifted(facts, drift, world.random(place, "drifted"))
    family = _family(world, place)
    made_on = changed_on(world, place, kind)
    frame = Frame(
        title=f"{facts.nct_id} - {facts.brief_title}" if trial.titled else "In Clinical Trials",
        canonical=address(base, trial.brief, kind),
        newest=_newest(replace(world, night=max(0, (made_on - FIRST_NIGHT).days)), base),
        tabs=tuple((address(base, trial.brief, kind), text) for kind, text in _TABS.items()),
    )
    content = {
        PageKind.DETAILS: markup.details,
        PageKind.SUMMARY: markup.summary,
        PageKind.REFERENCES: references,
    }[kind](facts, family)
    return family.frame(frame, content)


def trial_truth(world: World, place: int, kind: PageKind, base: str) -> TableRows:
    """Return the tidy rows that the page of `trial_page` says."""
    trial, related = compose(world, place), _related(world, place)
    return truth(trial, kind, related, _links(related, base), address(base, trial.brief, kind))


def changed_on(world: World, place: int, kind: PageKind) -> date:
    """Return the day of the last change of a page.

    That is not always the trial's, which the sitemap gives: a details page prints the status of its See also trials,
    with others in the place of those that were merged, and a new layout makes every page anew.
    """
    days = [world.changed_on(place)]
    if kind is PageKind.DETAILS:
        days += [merged_on or world.changed_on(other) for other, merged_on in _considered(world, place)]
    if world.drift_of(place):
        days.append(world.layout_day)
    return max(days)


def address(base: str, known: Brief, kind: PageKind) -> str:
    """Return the address of a trial's page under its first slug."""
    return base + TEMPLATES[kind].format(slug=known.slug, nct_id=known.nct_id)


def _family(world: World, number: int) -> Family:
    """Return the markup of a page: the families take turns."""
    return FAMILIES[world.markup or tuple(FAMILIES)[number % len(FAMILIES)]]


def _related(world: World, place: int) -> list[Brief]:
    return [brief(world, other) for other in _related_places(world, place)]


def _related_places(world: World, place: int) -> list[int]:
    """Return the places of See also; trials that are gone stay there, as on a mirror, merged ones do not."""
    return [other for other, merged_on in _considered(world, place) if merged_on is None]


def _considered(world: World, place: int) -> list[tuple[int, date | None]]:
    """Return the places of See also and, with the day of their end, those of merged trials that stood among them."""
    found: list[tuple[int, date | None]] = []
    shown = 0
    for other in _candidates(world, place):
        if shown == _RELATED:
            break
        found.append((other, None if world.merged_into(other) is None else world.ended_on(other)))
        shown += found[-1][1] is None
    return found


def _candidates(world: World, place: int) -> list[int]:
    """Return the places that See also is chosen from: the next trials of the same condition, then others.

    All are of the first night, so that the choice is the same every night.
    """
    first = replace(world, night=0)
    same, start = first.places(world.topic(place)), place // len(TOPICS)
    near = (same[(start + step) % len(same)] for step in range(1, min(_RELATED, len(same)) + 1))
    far = ((place + _STRIDE * step) % first.count for step in range(1, 2 * _RELATED))
    return [other for other in dict.fromkeys([*near, *far]) if other != place]


def _links(trials: Sequence[Brief], base: str) -> dict[str, str]:
    return {known.nct_id: address(base, known, PageKind.DETAILS) for known in trials}


def _newest(world: World, base: str) -> tuple[tuple[str, str], ...]:
    """Return links to the trials of the highest places, with their titles."""
    places = (place for place in reversed(range(world.count)) if world.is_listed(place))
    trials = [brief(world, place) for place in islice(places, _NEWEST)]
    return tuple((address(base, known, PageKind.DETAILS), f"{known.nct_id} - {known.title}") for known in trials)


def references(facts: Facts, family: Family) -> str:
    """Return the content of a references page."""
    heading = [family.heading(f"{facts.condition} Clinical Trial")] if facts.condition else []
    parts = [
        *heading,
        family.heading(facts.named("References")),
        family.lines(facts.references),
        family.heading(facts.named("Glossary")),
        *(family.lines([f"{word}: {meaning}"]) for word, meaning in _GLOSSARY),
    ]
    return "\n".join(parts)


# --- other pages ------------------------------------------------------------------------------------------------


def listing_page(
    world: World, slug: str, status: str, trials: Sequence[Brief], page: int, more: bool, base: str
) -> str:
    """Return one page of the trials of one condition: of one status if `status` is not blank, in the slug's family."""
    family = _family(world, crc32(slug.encode()))
    name = slug.replace("-", " ").capitalize()
    rows = [(known.status, f"{known.nct_id} - {known.title}", known.phase) for known in trials]
    next_page = _listing(slug, status, page + 1) if more else ""
    parts = [
        family.heading(f"{name} Clinical Trials"),
        family.lines([f"Page {page}"]),
        family.table(TABLE_HEADERS["See also"], rows, _links(trials, base)),
        f'<p><a rel="next" href="{escape(next_page)}">Next page</a></p>' if more else "",
        "" if status or slug == OTHER else _linked({_listing(slug, each): each for each in STATUS_SLUGS}),
    ]
    frame = Frame(title=f"{name} clinical trials", newest=_newest(world, base), next_page=next_page)
    return family.frame(frame, "\n".join(parts))


def _listing(slug: str, status: str, page: int = 1) -> str:
    """Return the path of a page of a listing."""
    query = {**({"status": status} if status else {}), **({"page": page} if page > 1 else {})}
    return f"/{slug}/{f'?{urlencode(query)}' if query else ''}"


def _linked(texts: Mapping[str, str]) -> str:
    """Return a list of links, keyed by the path."""
    entries = (f'<li><a href="{escape(path)}">{escape(text)}</a></li>' for path, text in texts.items())
    return f"<ul>{''.join(entries)}</ul>"


def home_page(world: World, base: str) -> str:
    """Return the list of all conditions and keywords."""
    names = {f"/{topic.slug}/": topic.condition for topic in TOPICS}
    keywords = {f"/{topic.keyword_slug}/": topic.keyword_slug.replace("-", " ") for topic in TOPICS}
    note = f"A practice site: {world.count:,} made-up trials, night {world.night}. Nothing here is about real people."
    content = f"<h1>Conditions</h1><p>{note}</p>{_linked(names)}<h2>Keywords</h2>{_linked(keywords)}"
    return main_frame(Frame(title="Practice registry", newest=_newest(world, base)), content)


def plain_page(title: str, text: str) -> str:
    """Return a page that says one thing: an error, or that nothing was found."""
    return main_frame(Frame(title=title), f"<h1>{escape(title)}</h1><p>{escape(text)}</p>")
