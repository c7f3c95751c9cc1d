"""Which of the titles in a page's head are the trial's: the one place where that is written down.

Plain is a text that begins with this trial's id, as See also prints titles (`NCT… - title`, the site's name behind a
bar left out), and the name of a JSON-LD study that names this id and no other, or no id and is the only study. That
sources agree proves nothing: a site prints the same slogan in all of them. What ends in an ellipsis was cut, and a name
in JSON-LD that is the page's official title is not the short one: neither is taken.
"""

import re

from parsers.draft import Draft
from parsers.head import JSON_LD, Head, Study
from parsers.outline import heading_section
from registry.labels import TITLE_BLOCK, FieldKey, PageKind
from registry.nct_id import NCT_ID
from registry.wording import fold

_LONGEST_TITLE = 600  # characters; the registry takes 300, and 600 for an official one
_WITH_ID = re.compile(r"(NCT[0-9]{8})\s*[-–—:]\s+(?P<title>\S.*?)(?:\s+\|\s+[^|]*)?")


def read_title(head: Head, nct_id: str, draft: Draft) -> tuple[str | None, str | None]:
    """Return the trial's title and its source, the first in the fixed order; note each that says another."""
    official = fold(draft.texts.get(FieldKey(TITLE_BLOCK, "Official title"), ""))
    titles = [each for each in trial_titles(head, nct_id) if each[0] != JSON_LD or fold(each[1]) != official]
    if not titles:
        return None, None
    (source, title), *others = titles
    for other_source, other in others:
        if fold(other) != fold(title):
            message = f"The page's title is {title!r} in {source}, which was taken, but {other!r} in {other_source}."
            draft.note("conflict", message, FieldKey(TITLE_BLOCK, ""), other)
    return title, source


def trial_titles(head: Head, nct_id: str) -> list[tuple[str, str]]:
    """Return the titles that plainly are the trial's, as (source, title), in the fixed order of sources."""
    own = _own_study(head, nct_id)
    titles = [(source, _behind_id(text, nct_id)) for source, text in head.titles]
    if own and own.name:
        titles.append((JSON_LD, _behind_id(own.name, nct_id) or (None if NCT_ID.search(own.name) else own.name)))
    return [(source, title) for source, title in titles if title and _is_whole(title)]


def read_acronym(head: Head, nct_id: str, draft: Draft) -> str | None:
    """Return the acronym of the title block, else the short other name of the JSON-LD study; note if they differ."""
    own = _own_study(head, nct_id)
    printed, other = draft.acronym, own.acronym if own else None
    if printed and other and fold(printed) != fold(other):
        message = f"The acronym is {printed!r} in the title block, which was taken, but {other!r} in {JSON_LD}."
        draft.note("conflict", message, FieldKey(TITLE_BLOCK, ""), other)
    return printed or other


def _own_study(head: Head, nct_id: str) -> Study | None:
    named = [study for study in head.studies if study.ids == {nct_id}]
    nameless = [study for study in head.studies if not study.ids] if len(head.studies) == 1 else []
    return next(iter([*named, *nameless]), None)


def _behind_id(text: str, nct_id: str) -> str | None:
    """Return what stands behind the trial's own id; None where that is the name of a kind of page or of a section."""
    match = _WITH_ID.fullmatch(text)
    if match is None or match[1] != nct_id:
        return None
    title = match["title"]
    return None if fold(title) in set(PageKind) or heading_section(title) else title


def _is_whole(title: str) -> bool:
    return len(title) <= _LONGEST_TITLE and not title.endswith(("…", "..."))
