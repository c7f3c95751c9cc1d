"""Making a ledger anew from the archive: each answer is judged again as it was when it came, in the order they came.

What the archive does not hold is lost: requests that got no answer, and addresses that were given and never asked for.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from registry.errors import FetchError, PageError, StoreError
from registry.labels import PageKind
from scraper import archive
from scraper.answer import Answer, body_of, page_of
from scraper.archive import Kept, Place
from scraper.client import ROBOTS
from scraper.discovery import LISTING, SITEMAP
from scraper.doubts import note_doubt
from scraper.files import fsync_folder, seal_of, sha256_line, sha256_of, write_whole
from scraper.judge import judge_answer
from scraper.ledger import Ledger, as_text, now
from scraper.pages import Found, Source, State
from scraper.pause import pause_of
from scraper.scan import Exchange, Scan, scan
from scraper.site import belongs
from scraper.sitemap import SitemapError, read_sitemap
from scraper.store import ARCHIVE, DAMAGED, LEDGER, Got, Holdings, read_given
from scraper.warc import about_of
from trials.contained import ContainedReader
from trials.reading import judge_page, read_listed

_ASIDE = ".ledger.sqlite.new"


def rebuild_ledger(folder: Path, reader: ContainedReader, warn: Callable[[str], None], step: Callable[[], None]) -> int:
    """Make the ledger of a store anew and return how many answers it has; the one that was there is moved aside.

    `step` is called after each answer. Nothing of the archive is changed but a torn end, which is cut off.
    """
    for leftover in folder.glob(f"{_ASIDE}*"):
        leftover.unlink()
    ledger = Ledger(folder / _ASIDE)
    replay = _Replay(Holdings(folder, ledger), reader)
    for path in sorted((folder / ARCHIVE).glob("*.warc.gz")):
        for exchange in _taken(path, ledger, warn):
            replay.take(path.name, exchange)
            step()
        note_doubt(folder / ARCHIVE, ledger, path.name.removesuffix(".warc.gz"))
    with ledger.transaction():
        replay.pages.add_ids(read_given(folder), Found(Source.GIVEN, now(), depth=0))
    ledger.close()
    _swap(folder)
    return replay.count


def _swap(folder: Path) -> None:
    """Put the new ledger in the place of the old one, which is moved aside with all that belongs to it."""
    for seal in (seal_of(folder / _ASIDE), seal_of(folder / LEDGER)):
        seal.unlink(missing_ok=True)
    for suffix in ("", "-wal", "-shm"):  # killed in between there is no ledger, never one without its log
        old = folder / f"{LEDGER}{suffix}"
        if old.exists():
            old.replace(folder / f"{DAMAGED}{suffix}")
    (folder / _ASIDE).replace(folder / LEDGER)
    fsync_folder(folder)
    write_whole(seal_of(folder / LEDGER), sha256_line(folder / LEDGER).encode())


def _taken(path: Path, ledger: Ledger, warn: Callable[[str], None]) -> list[Exchange]:
    """Return the exchanges of a file, noted as a run of its own; a torn end is cut, and damage is said."""
    found = scan(path)
    if not _is_ours(path, found):
        warn(f"{path.name} is no file that `trials` wrote: it is left as it is. `trials import` takes its pages.")
        return []
    _mend(path, found, warn)
    if not found.exchanges:
        return []
    run = path.name.removesuffix(".warc.gz")
    began = as_text(found.info.at if found.info else found.exchanges[0].record.at)
    ledger.write("INSERT INTO runs VALUES (?, 'rebuilt', ?, ?)", (run, began, as_text(found.exchanges[-1].record.at)))
    ledger.note_archive(path.name, "sealed", sha256_of(path))
    return found.exchanges


def _is_ours(path: Path, found: Scan) -> bool:
    """Whether a file was written by us: it says so, or, where its description is damaged, its exchanges do."""
    if found.info:
        return dict(about_of(found.info)).get("isPartOf") == path.name.removesuffix(".warc.gz")
    return any(name in ("fetchTimeMs", "imported-from") for each in found.exchanges for name, _ in each.about)


def _mend(path: Path, found: Scan, warn: Callable[[str], None]) -> None:
    """Cut a torn end, and seal the file. One without a whole answer goes, unless something in it is damaged."""
    for fault in found.faults:
        warn(f"{path.name}: what stands at offset {fault.offset} {fault.why}; it is left out.")
    if path.stat().st_size > found.whole_end and (not found.faults or found.faults[-1].is_torn):
        archive.cut(path, found.whole_end)
    if not found.exchanges and all(fault.is_torn for fault in found.faults):  # a run that was killed at its beginning
        archive.remove(path)
    if found.exchanges:
        archive.seal(path)


class _Replay:
    """Judges one answer after the other; `count` is their number."""

    def __init__(self, held: Holdings, reader: ContainedReader) -> None:
        self._held = held
        self.pages = held.pages
        self._reader = reader
        self._numbers: dict[str, int] = {}  # of the answers, by the ids of their records
        self.count = 0

    def take(self, warc_file: str, exchange: Exchange) -> None:
        """Note an answer and what it means."""
        about = dict(exchange.about)
        place = Place(warc_file, exchange.offset)
        answer = replace(archive.read(self._held.archive, place), redirected="via" in about)
        digest = exchange.record.field("WARC-Payload-Digest") or ""
        same_as = self._numbers.get(exchange.record.field("WARC-Refers-To") or "")
        asked_for = about.get("asked-for")
        kept = Kept(place, exchange.end, exchange.crc32, digest)
        run = warc_file.removesuffix(".warc.gz")
        request = self._held.ledger.add_request(run, answer, asked_for, kept, same_as)
        self._numbers[exchange.record.field("WARC-Record-ID") or ""] = request
        self.count += 1
        is_ours = "imported-from" not in about
        if not is_ours and asked_for:
            self._held.pages.add_ids([asked_for.split(" ")[0]], Found(Source.IMPORT, answer.at, depth=0))
        if is_ours:
            self._note_pause(answer)
        if asked_for and not (is_ours and _goes_on(answer)):
            self._judge(Got(answer, request, place, same_as), asked_for, _broke_off(answer) if is_ours else None)

    def _note_pause(self, answer: Answer) -> None:
        if pause := pause_of(answer, answer.at):
            self._held.ledger.close_site(_site_of(answer), answer.at, answer.at + pause + timedelta(seconds=1))

    def _judge(self, got: Got, asked_for: str, broke_off: tuple[State, str] | None) -> None:
        site = _site_of(got.answer)
        if broke_off and asked_for in (ROBOTS, SITEMAP, LISTING):
            return
        if asked_for == ROBOTS:
            self._held.ledger.note_robots(site, got.request, got.answer.at)
        elif asked_for == SITEMAP:
            self._note_sitemap(got.answer, site)
        elif asked_for == LISTING:
            self._note_listing(got, site)
        else:
            nct_id, kind = asked_for.split(" ")
            if broke_off:
                state, reason = broke_off
                self._held.pages.settle(nct_id, PageKind(kind), state, got.answer.at, reason)
            else:
                self._judge_page(got, site, nct_id, PageKind(kind))

    def _note_sitemap(self, answer: Answer, site: str) -> None:
        try:
            found = read_sitemap(body_of(answer)) if answer.status == 200 else None
        except (SitemapError, FetchError):
            return
        if found and found.pages:
            with self._held.ledger.transaction():
                ours = (url for url in found.pages if belongs(url, site))
                self._held.pages.add_addresses(ours, Found(Source.SITEMAP, answer.at, on=answer.url))
                self._held.pages.note_lastmods(found.lastmods)
            self._held.pages.note_sitemap(answer.url, answer.at)

    def _note_listing(self, got: Got, site: str) -> None:
        try:
            listed = read_listed(page_of(got.answer, None, *got.place)) if got.answer.status == 200 else None
        except (PageError, FetchError):
            return
        if listed:
            found = Found(Source.LISTING, got.answer.at, on=got.answer.url, depth=0)
            with self._held.ledger.transaction():
                self._held.pages.add_addresses((url for url in listed.urls if belongs(url, site)), found)
                self._held.pages.add_ids(listed.nct_ids, found)

    def _judge_page(self, got: Got, site: str, nct_id: str, kind: PageKind) -> None:
        try:
            if fetched := judge_answer(self._held, got, site, nct_id, kind):
                judge_page(self._held, fetched, site, self._reader)
        except (PageError, FetchError, StoreError):
            pass  # it was noted, as when it came


def _site_of(answer: Answer) -> str:
    parts = urlsplit(answer.url)
    return f"{parts.scheme}://{parts.netloc}"


def _goes_on(answer: Answer) -> bool:
    """Whether an answer led on to another one of the site."""
    try:
        return answer.redirect is not None and belongs(answer.redirect, _site_of(answer))
    except FetchError:
        return False


def _broke_off(answer: Answer) -> tuple[State, str] | None:
    """Return the state that an answer without an end gave its page, and why; None for one that is to be judged."""
    if answer.truncated:
        return State.FAILED, f"{answer.url} was cut short ({answer.truncated})."
    try:
        target = answer.redirect
    except FetchError as error:
        return State.FAILED, str(error)
    return (State.REFUSED, f"{answer.url} leads away from {_site_of(answer)} to {target!r}.") if target else None
