"""A store with the nights of a practice site, each at the time of its own, without a site to wait for."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path

from registry.errors import FetchError, PageError
from registry.labels import PageKind
from scraper.answer import Answer
from scraper.judge import asking, judge_answer
from scraper.pages import State
from scraper.site import TEMPLATES
from scraper.store import Got, Store
from trials.contained import ContainedReader
from trials.practice.brief import brief
from trials.practice.site import Response, Site
from trials.practice.world import World
from trials.reading import judge_page

SITE = "http://127.0.0.1:8000"


def at_night(world: World) -> datetime:
    """Return when the pages of a night are fetched."""
    return datetime.combine(world.today, time(3), UTC)


@dataclass
class Nights:
    """Keeps pages of a practice site in a store; `judged` as a fetch does, else they are taken for good unread."""

    folder: Path
    judged: bool = True
    kinds: tuple[PageKind, ...] = (PageKind.DETAILS,)
    _reader: ContainedReader = field(default_factory=ContainedReader)

    def keep(self, world: World, places: Iterable[int] | None = None, at: datetime | None = None) -> None:
        """Fetch the pages of trials on a night: of all, or of those at some places."""
        site = Site(world, SITE)
        with Store(self.folder, "test", 0, lambda: None) as store, self._reader if self.judged else nullcontext():
            for place in range(world.count) if places is None else places:
                for kind in self.kinds:
                    self._keep(store, site, place, kind, at or at_night(world))

    def _keep(self, store: Store, site: Site, place: int, kind: PageKind, at: datetime) -> None:
        known = brief(site.world, place)
        asked = site.world.alias_of(place) or known.nct_id
        url = SITE + TEMPLATES[kind].format(slug=known.slug, nct_id=asked)
        about: list[tuple[str, str]] = []
        response = site.respond(url.removeprefix(SITE), {})
        if "Location" in response.headers:
            store.keep(_answer(url, response, at, redirected=False), asking(asked, kind))
            about = [("via", url)]
            url = SITE + response.headers["Location"]
            response = site.respond(response.headers["Location"], {})
        got = store.keep(_answer(url, response, at, redirected=bool(about)), asking(asked, kind), about)
        self._judge(store, got, asked, kind)

    def _judge(self, store: Store, got: Got, asked: str, kind: PageKind) -> None:
        if not self.judged:
            state = State.FETCHED if got.same_as is None else State.UNCHANGED
            store.ledger.settle_request(got.request, state, None)
            return
        try:
            if fetched := judge_answer(store.holdings, got, SITE, asked, kind):
                judge_page(store.holdings, fetched, SITE, self._reader)
        except (FetchError, PageError):
            pass


def _answer(url: str, response: Response, at: datetime, *, redirected: bool) -> Answer:
    headers = tuple(response.headers.items())
    return Answer(url, response.status, response.status.phrase, headers, response.body, (), at, redirected=redirected)
