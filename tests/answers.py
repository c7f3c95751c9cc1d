"""Answers to archive, and an archive that holds every kind of record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from scraper import archive
from scraper.answer import Answer
from scraper.archive import Archive, Kept, Original

BODY = b"<!doctype html><title>NCT09990001 - A trial</title>" + bytes(range(256)) * 4
ANSWER = Answer(
    url="http://127.0.0.1:8000/other/NCT09990001/details",
    status=200,
    reason="OK",
    headers=(("Content-Type", "text/html; charset=utf-8"), ("X-Odd", "caf\xe9: a, b"), ("ETag", '"1"')),
    body=BODY,
    request_headers=(("Host", "127.0.0.1:8000"), ("User-Agent", "trials/0")),
    at=datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC),
    ip="127.0.0.1",
    seconds=0.25,
)
NOT_MODIFIED = replace(
    ANSWER, status=304, reason="Not Modified", headers=(("ETag", '"1"'),), body=b"", at=ANSWER.at + timedelta(days=2)
)
CUT = replace(ANSWER, url=f"{ANSWER.url}?cut", body=BODY[:100], truncated="disconnect")
TEXT = replace(ANSWER, url="https://example.org/NCT09990001", headers=(), body="Étude NCT09990001".encode(), ip=None)


class Every(NamedTuple):
    """A sealed file with every kind of record that we write, and the places of its exchanges in their order."""

    path: Path
    kept: list[Kept]


def written(folder: Path, *answers: Answer, run: str = "run") -> list[Kept]:
    """Return the places of answers in a file of their own, that is sealed."""
    target = Archive(folder, run)
    kept = [target.append(each, [("asked-for", "NCT09990001 details")]) for each in answers]
    target.seal()
    return kept


def every_kind(folder: Path) -> Every:
    """Write a response, a revisit of each profile, a response that was cut, a capture, and a text."""
    target = Archive(folder, "run")
    about = [("asked-for", "NCT09990001 details"), ("via", "http://127.0.0.1:8000/étude")]
    kept = [target.append(ANSWER, about)]
    first: Original = archive.original(folder, kept[0].place)
    kept.append(target.append(replace(ANSWER, at=ANSWER.at + timedelta(days=1)), about, first))
    kept.append(target.append(NOT_MODIFIED, about, first))
    kept.append(target.append(CUT))
    kept.append(target.append_capture(replace(ANSWER, url="https://example.org/a"), about, is_text=False))
    kept.append(target.append_capture(TEXT, about, is_text=True))
    target.seal()
    return Every(folder / target.name, kept)
