"""Which of the titles in a page's head are the trial's: the one place where that is written down.

Plain is a text that begins with this trial's id, as See also prints titles (`NCT… - title`, the site's name behind a
bar left out), and the name of a JSON-LD study that names this id and no other, or no id and is the only study. That
sources agree proves nothing: a site prints the same slogan in all of them. What ends in an ellipsis was cut, and a name
in JSON-LD that is the page's official title is not the short one: neither is taken. Nor is what names something else
that the page is about: a condition (`Knee Pain Clinical Trial`), an organization, a status, a kind of page, the site.
"""

import re
from urllib.parse import urlsplit

from parsers.draft import Draft
from parsers.head import JSON_LD, Head, Study
from parsers.texts import heading_section
from registry.labels import CONDITIONS, INTERVENTION, SPONSORS, TITLE_BLOCK, FieldKey, PageKind
from registry.nct_id import NCT_ID
from registry.vocabularies import code
from registry.wording import fold

_LONGEST_TITLE = 600  # characters; the registry takes 300, and 600 for an official one
_WITH_ID = re.compile(r"(NCT[0-9]{8})\s*[-–—:]\s+(?P<title>\S.*?)(?:\s+\|\s+[^|]*)?")
_LAST_PIECE = re.compile(r"(?P<before>.*\S)\s+[-–—|·]\s+(?P<last>\S.*)")
_TRIAL_OF = re.compile(r"(?P<name>.+) clinical trials?")  # as the title block names a condition


def read_title(head: Head, nct_id: str, draft: Draft) -> tuple[str | None, str | None]:
    """Return the trial's title and its source, the first in the fixed order; note each that says another."""
    official = fold(draft.texts.get(FieldKey(TITLE_BLOCK, "Official title"), ""))
    titles = [
        (source, title)
        for source, found in trial_titles(head, nct_id)
        if (title := _without_site(found, head.canonical))
        and _is_whole(title)
        and (source != JSON_LD or fold(title) != official)
        and not _names_something_else(title, draft)
    ]
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
    return [(source, title) for source, title in titles if title]


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
    """Return what stands behind the trial's own id."""
    match = _WITH_ID.fullmatch(text)
    if match is None or match[1] != nct_id:
        return None
    return match["title"]


def _without_site(title: str, canonical: str | None) -> str | None:
    """Return a title without the name of the site, as its address has it, at the end; None if that is all it is."""
    match = _LAST_PIECE.fullmatch(title)
    name = _squeezed(urlsplit(canonical or "").netloc.removeprefix("www.").partition(".")[0])
    if name and name == _squeezed(match["last"] if match else title):
        return match["before"] if match else None
    return title


def _squeezed(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _names_something_else(title: str, draft: Draft) -> bool:
    """Whether a title is, or ends in, the name of a condition's trials, of a kind of page, or of a status."""
    match = _LAST_PIECE.fullmatch(title)
    last = match["last"] if match else title
    if any(code("overall_status", piece) for piece in (last, title.partition(":")[0])):
        return True
    names = {fold(name) for name in (*_cells(draft, CONDITIONS), *_cells(draft, SPONSORS), draft.condition or "")}
    known = names | {fold(row.cells.get("Name", "")) for row in draft.rows.get(INTERVENTION, ())}
    for piece in {fold(title), fold(last)}:
        trials = _TRIAL_OF.fullmatch(piece)
        if piece in set(PageKind) or (trials and trials["name"] in known):
            return True
    return fold(title) in names or heading_section(title) is not None


def _cells(draft: Draft, section: str) -> list[str]:
    return [name for row in draft.rows.get(section, ()) for name in row.cells.values()]


def _is_whole(title: str) -> bool:
    return len(title) <= _LONGEST_TITLE and not title.endswith(("…", "..."))
