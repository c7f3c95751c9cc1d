"""`Outline` → `Record`, by the labels of the registry.

Every block of the outline is claimed by a field, a row or a named boilerplate rule, or it is left over and named in a
problem; nothing is dropped. Nothing is interpreted: texts stay as printed.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from parsers.decode import Decoded
from parsers.draft import Draft, count, texts_of, texts_of_parts
from parsers.outline import Outline, Pair, Part
from parsers.sections import read_section
from parsers.titles import read_acronym, read_title
from registry.errors import PageError, Reason
from registry.labels import GLOSSARY, ID_KEY, REFERENCES, SECTIONS, TITLE_BLOCK, FieldKey, PageKind
from registry.nct_id import NCT_ID, is_nct_id
from registry.record import Record
from registry.wording import label_key

_REFERENCES_ADDRESS = re.compile(r"/(NCT[0-9]{8})/references/?(?:[?#]|\Z)", re.IGNORECASE)
_DETAILS_ONLY = frozenset(row.name for row in SECTIONS if row.pages == frozenset({PageKind.DETAILS}))
_FEWEST_LABELS = 3  # that make a page of a trial out of labels without any heading


def read_trial_page(page: Outline, decoded: Decoded, url: str | None) -> Record:
    """Return what the page says; PageError if it is no trial page, or names two trials.

    A page of references prints no id: its address, canonical or asked for, says whose it is.
    """
    nct_id = _trial_of_references(page, url) or _nct_id(page)
    draft = read_draft(page, url)
    title, title_source = read_title(page.head, nct_id, draft)
    acronym = read_acronym(page.head, nct_id, draft)
    return Record(
        nct_id=nct_id,
        kind=draft.kind,
        url=page.canonical,
        complete=page.complete,
        charset=decoded.charset,
        charset_source=decoded.source,
        title=title,
        title_source=title_source,
        acronym=acronym,
        texts=draft.texts,
        columns=frozenset(draft.columns),
        rows={section: tuple(rows) for section, rows in draft.rows.items()},
        problems=draft.problems,
        content_characters=draft.content,
        claimed_characters=draft.claimed,
    )


def read_draft(page: Outline, url: str | None) -> Draft:
    """Return what the sections of a page say, with the ledger of its texts, whether it is a page of a trial or not.

    Of the page's first part, before any heading, only what is taken is content; of all others everything is.
    """
    kind = PageKind.REFERENCES if _trial_of_references(page, url) else _kind(page)
    beginning, *parts = page.parts
    draft = Draft(kind, page.parts, content=count(texts_of_parts(parts)))
    read_section(beginning, draft)
    draft.content += draft.accounted
    for part in parts:
        read_section(part, draft)
    for heading in page.rejected_headings:
        message = f"{heading!r} reads like a heading but breaks the order of the page; it was read as text."
        draft.note("unknown_section", message, FieldKey(heading, ""), heading)
    for name in _absent_sections(page) if kind is PageKind.DETAILS else ():
        message = f"The section {name!r} is not there; what stood in it may have been read as part of the one before."
        draft.note("absent_section", message, FieldKey(name, ""), None)
    return draft


def _trial_of_references(page: Outline, url: str | None) -> str | None:
    """Return whose page of references it is, or None if it is none."""
    sections = {part.name for part in page.parts} - {None, TITLE_BLOCK, GLOSSARY}
    match = _REFERENCES_ADDRESS.search(page.canonical or url or "") if sections == {REFERENCES} else None
    return match[1].upper() if match else None


def _nct_id(page: Outline) -> str:
    """Return the one id on the page; PageError if there is none, or two."""
    labels = sum(isinstance(block, Pair) for part in page.parts[1:] for block in part.blocks)
    if not any(part.heading for part in page.parts) and labels < _FEWEST_LABELS:
        raise PageError(
            Reason.NOT_A_TRIAL_PAGE,
            "It has no heading of a trial page and no 'NCT number'. Is it a page of a trial, saved whole?",
        )
    printed = [
        block.value
        for part in page.parts
        for block in part.blocks
        if isinstance(block, Pair) and label_key(block.label) == ID_KEY
    ]
    twice = [text for part in page.parts if part.name is None for text in _after_id_label(part)]
    ids = sorted({found for text in (*printed, *twice) for found in NCT_ID.findall(text)} or set(printed))
    if len(ids) > 1:
        raise PageError(
            Reason.ID_MISMATCH,
            f"It names {len(ids)} trials, {' and '.join(ids)}. Save each trial's page in a file of its own.",
        )
    if not ids or not ids[0]:
        raise PageError(
            Reason.NOT_A_TRIAL_PAGE,
            "It has no 'NCT number', so it is not known which trial it is of. Save the whole details page.",
        )
    if not is_nct_id(ids[0]):
        raise PageError(
            Reason.NOT_A_TRIAL_PAGE,
            f"Its 'NCT number' is {ids[0]!r}, not the id of a trial (NCT and eight digits).",
        )
    return str(ids[0])


def _after_id_label(part: Part) -> Iterator[str]:
    """Yield the texts that a label of an id is followed by, in a part that is not known: a second page, say."""
    lines = [line for block in part.blocks for text in texts_of(block) for line in text.split("\n")]
    for line, after in pairwise([*lines, ""]):
        if label_key(line) == ID_KEY:
            yield after
        elif label_key(line).startswith(ID_KEY):
            yield line


def _kind(page: Outline) -> PageKind:
    return PageKind.DETAILS if any(part.name in _DETAILS_ONLY for part in page.parts) else PageKind.SUMMARY


def _absent_sections(page: Outline) -> list[str]:
    """Return the sections of a details page that are missing: of a text that may be cut, only those before its end."""
    present = {part.name for part in page.parts}
    usual = [section.name for section in SECTIONS if not section.optional]
    last = max((place for place, name in enumerate(usual) if name in present), default=-1)
    expected = usual if page.complete else usual[: last + 1]
    return [name for name in expected if name not in present]
