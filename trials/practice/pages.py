"""The HTML of every page of the practice site: trials, listings, the home page, and what is not there."""

from collections.abc import Iterator, Sequence
from html import escape

from registry.labels import PageKind
from registry.tables import TableRows
from scraper.site import TEMPLATES
from trials.practice import markup
from trials.practice.brief import Brief, brief
from trials.practice.facts import Facts, facts_of
from trials.practice.frame import Frame, main_frame
from trials.practice.markup import FAMILIES, Family
from trials.practice.trial import compose
from trials.practice.truth import truth
from trials.practice.words import TOPICS
from trials.practice.world import World

LISTED = 25  # trials on one page of a listing
_RELATED = 20
_STRIDE = 7  # between the trials of See also that are of another condition
_NEWEST = 3
_GLOSSARY = (
    ("Phase", "A stage of the study of a treatment; the numbers say how many people take part and what is asked."),
    ("Masking", "Who does not know which treatment is given."),
    ("Sponsor", "The organization that is responsible for the trial."),
)


def trial_page(world: World, place: int, kind: PageKind, base: str) -> str:
    """Return a page of the trial at a place; `base` is the address of the site."""
    facts, links = _facts(world, place, base)
    family = family_of(world, place)
    titled = compose(world, place).titled
    frame = Frame(
        title=f"{facts.nct_id} - {facts.brief_title}" if titled else "In Clinical Trials",
        canonical=address(base, brief(world, place), kind),
        newest=tuple((links[row[1][:11]], row[1]) for row in facts.related[:_NEWEST]),
    )
    content = {
        PageKind.DETAILS: markup.details,
        PageKind.SUMMARY: markup.summary,
        PageKind.REFERENCES: _references,
    }[kind](facts, family)
    return family.frame(frame, content)


def trial_truth(world: World, place: int, kind: PageKind, base: str) -> TableRows:
    """Return the tidy rows that the page of `trial_page` says."""
    related = list(_related(world, place))
    links = {other.nct_id: address(base, other, PageKind.DETAILS) for other in related}
    known = brief(world, place)
    return truth(compose(world, place), kind, related, links, address(base, known, kind))


def family_of(world: World, place: int) -> Family:
    """Return the markup of a trial's pages: the families take turns."""
    return FAMILIES[world.markup or tuple(FAMILIES)[place % len(FAMILIES)]]


def address(base: str, known: Brief, kind: PageKind) -> str:
    """Return the address of a trial's page under its first slug."""
    return base + TEMPLATES[kind].format(slug=known.slug, nct_id=known.nct_id)


def _facts(world: World, place: int, base: str) -> tuple[Facts, dict[str, str]]:
    related = list(_related(world, place))
    links = {other.nct_id: address(base, other, PageKind.DETAILS) for other in related}
    return facts_of(compose(world, place), related, links), links


def _related(world: World, place: int) -> Iterator[Brief]:
    """Yield the trials of See also: the next ones of the same condition, then of others."""
    same = world.places(place % len(TOPICS))
    start = place // len(TOPICS)
    near = [same[(start + step) % len(same)] for step in range(1, min(_RELATED, len(same)))]
    far = ((place + _STRIDE * step) % world.count for step in range(1, world.count))
    wanted = dict.fromkeys([*near, *(other for other, _ in zip(far, range(3 * _RELATED), strict=False))])
    found = [other for other in wanted if other != place and not world.is_gone(other)]
    return (brief(world, other) for other in found[:_RELATED])


def _references(facts: Facts, family: Family) -> str:
    heading = [family.heading(f"{facts.condition} Clinical Trial")] if facts.condition else []
    parts = [
        *heading,
        family.heading("References"),
        family.lines(facts.references),
        family.heading("Glossary"),
        *(family.lines([f"{word}: {meaning}"]) for word, meaning in _GLOSSARY),
    ]
    return "\n".join(parts)


# --- other pages ------------------------------------------------------------------------------------------------


def listing_page(slug: str, trials: Sequence[Brief], page: int, next_page: str, base: str) -> str:
    """Return one page of the trials of one condition."""
    entries = "".join(_entry(known, address(base, known, PageKind.DETAILS)) for known in trials)
    more = f'<p><a rel="next" href="{escape(next_page)}">Next page</a></p>' if next_page else ""
    name = slug.replace("-", " ").capitalize()
    content = (
        f"<h1>{escape(name)} Clinical Trials</h1><p>Page {page}</p>"
        f"<table><tr><th>Status</th><th>Clinical Trial</th><th>Phase</th></tr>{entries}</table>{more}"
    )
    return main_frame(Frame(title=f"{name} clinical trials", next_page=next_page), content)


def _entry(known: Brief, link: str) -> str:
    name = escape(f"{known.nct_id} - {known.title}")
    cells = (escape(known.status), f'<a href="{escape(link)}">{name}</a>', escape(known.phase))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def home_page(world: World) -> str:
    """Return the list of all conditions."""
    links = "".join(f'<li><a href="/{topic.slug}/">{escape(topic.condition)}</a></li>' for topic in TOPICS)
    note = f"A practice site: {world.count:,} made-up trials, night {world.night}. Nothing here is about real people."
    return main_frame(Frame(title="Practice registry"), f"<h1>Conditions</h1><p>{note}</p><ul>{links}</ul>")


def plain_page(title: str, text: str) -> str:
    """Return a page that says one thing: an error, or that nothing was found."""
    return main_frame(Frame(title=title), f"<h1>{escape(title)}</h1><p>{escape(text)}</p>")
