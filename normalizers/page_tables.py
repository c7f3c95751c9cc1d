"""The tables about the page itself: `pages`, with what was absent, blank and unread, and `problems`."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from normalizers.readers import says_none
from registry import VERSION
from registry.labels import FIELDS, SECTIONS, SEE_ALSO, FieldKey, Kind, fields_on
from registry.privacy import SHORTEST_NAME
from registry.record import Page, Problem, Record
from registry.tables import Row

_CONTACT_KINDS = frozenset({Kind.PERSON, Kind.PHONE, Kind.EMAIL})
_SECTION_ORDER = {section.name: place for place, section in enumerate(SECTIONS)}


def page_row(page: Page, record: Record, url: str | None, unread: Sequence[FieldKey]) -> Row:
    """Return the row of `pages`; the record's texts are printed already."""
    present = record.texts.keys() | record.columns
    share = record.claimed_characters / record.content_characters if record.content_characters else 1.0
    return {
        "nct_id": record.nct_id,
        "url": url,
        "fetched_at": page.fetched_at,
        "kind": record.kind.value,
        "http_status": page.status,
        "complete": record.complete,
        "body_sha256": page.sha256,
        "record_sha256": record_sha256(record),
        "charset": record.charset,
        "charset_source": record.charset_source,
        "text_claimed": round(share, 6),
        "absent_labels": [str(known.key) for known in fields_on(record.kind) if known.key not in present],
        "blank_labels": _blank_labels(record),
        "unread_labels": list(dict.fromkeys(map(str, unread))),
        "parser_version": VERSION,
        "warc_file": page.warc_file,
        "warc_offset": page.warc_offset,
    }


def _blank_labels(record: Record) -> list[str]:
    texts = ((known, record.texts.get(known.key)) for known in FIELDS)
    return [str(known.key) for known, text in texts if text == "" or (text and says_none(known, text))]


def record_sha256(record: Record) -> str:
    """Return the hash of what was read, hexadecimal; See also is left out, it changes when other trials change."""
    texts = {str(key): text for key, text in record.texts.items()}
    rows = {name: [[row.cells, row.whole] for row in rows] for name, rows in record.rows.items() if name != SEE_ALSO}
    said = [record.nct_id, record.kind.value, record.title, record.acronym, texts, rows]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def problem_rows(page: Page, record: Record, url: str | None, problems: Iterable[Problem]) -> list[Row]:
    """Return the rows of `problems`, in the order of the page's sections; none repeats a text of the contact."""
    contact = [
        text
        for known in FIELDS
        if known.kind in _CONTACT_KINDS and len(text := record.texts.get(known.key, "")) >= SHORTEST_NAME
    ]
    place: Row = {"url": url, "fetched_at": page.fetched_at}
    ordered = sorted(problems, key=_place)
    return [
        {**place, "ordinal": ordinal, "nct_id": record.nct_id, **_without(contact, problem).columns}
        for ordinal, problem in enumerate(ordered, start=1)
    ]


def _place(problem: Problem) -> int:
    return _SECTION_ORDER.get((problem.label or "").rpartition("/")[0], len(_SECTION_ORDER))


def _without(contact: Sequence[str], problem: Problem) -> Problem:
    said = "\n".join(filter(None, (problem.text, problem.message, problem.label)))
    if not any(text in said or repr(text)[1:-1] in said for text in contact):
        return problem
    return replace(problem, text=None, label=None, message="The text of this problem holds a contact; see the page.")
