"""What the head of a page says: its titles and whose they are, its base, its canonical and its next address.

The head is read by its tags in one pass, never as a tree, so that it costs next to nothing. JSON-LD may stand anywhere
on a page and may hold anything: what is broken, too long or too deep says nothing, and is no error.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from registry.nct_id import NCT_ID

TITLE_ELEMENT, OPEN_GRAPH, TWITTER, JSON_LD = "title_element", "open_graph", "twitter", "json_ld"
"""Where a title stands, in the order in which the first is taken: codes of `vocab/title_source.csv`."""

_LONGEST_ACRONYM = 14  # characters; the registry takes no longer one
_LONGEST_HEAD = 256 * 1024  # characters; where a page has no end of its head, this much is looked at
_LONGEST_SCRIPT = 64 * 1024  # characters of a JSON-LD script; a page's own needs some thousand
_MOST_SCRIPTS = 8
_HEAD_END = re.compile(r"</head|<body", re.IGNORECASE)
_TAG = re.compile(r"<(!--|(?:script|style|title|meta|link|base)\b)", re.IGNORECASE)
_ENDS = {  # what ends a comment, or an element that holds text alone
    "!--": re.compile("-->"),
    **{name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title")},
}
_ATTRIBUTES = re.compile(r"""(?:[^>"']|"[^"]*(?:"|\Z)|'[^']*(?:'|\Z))*""")
_ATTRIBUTE = re.compile(r"""(?<![\w:-])([\w:-]+)\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SCRIPT = re.compile(r"<script\b[^<>]{0,300}?\bld\+json\b[^<>]{0,300}>", re.IGNORECASE)
_STUDIES = frozenset({"medicaltrial", "medicalstudy", "medicalobservationalstudy"})
_IDENTIFYING = ("identifier", "@id", "url", "sameAs", "mainEntityOfPage", "name", "headline")
_TITLE_TAGS = {"og:title": OPEN_GRAPH, "twitter:title": TWITTER}


@dataclass(frozen=True, slots=True)
class Study:
    """What one JSON-LD node of a study says; `ids` are all that it names itself by."""

    ids: frozenset[str]
    name: str | None
    acronym: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a page says; None and empty where it does not. `titles` are (source, text) in their order."""

    titles: tuple[tuple[str, str], ...] = ()
    studies: tuple[Study, ...] = ()
    base: str | None = None
    canonical: str | None = None
    next_page: str | None = None


def read_head(text: str) -> Head:
    """Return what the head of a page says, of each thing the first."""
    end = _HEAD_END.search(text, 0, _LONGEST_HEAD)
    found: dict[str, str] = {}
    for tag, content in _tags(text[: end.start() if end else _LONGEST_HEAD]):
        for name, value in _said(tag, content):
            if value := _one_line(value):
                found.setdefault(name, value)
    order = (TITLE_ELEMENT, OPEN_GRAPH, TWITTER)
    return Head(
        titles=tuple((source, found[source]) for source in order if source in found),
        studies=tuple(_studies(text)) if "ld+json" in text else (),
        base=found.get("base"),
        canonical=found.get("canonical"),
        next_page=found.get("next"),
    )


def _tags(head: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each title, meta, link and base, and its text or attributes.

    What is never closed goes on up to the end, as in browsers; no place is looked at twice.
    """
    place = 0
    while opening := _TAG.search(head, place):
        name = opening[1].lower()
        if name in _ENDS:
            inside = head.find(">", opening.end()) + 1 if name == "title" else opening.end()
            end = _ENDS[name].search(head, inside or len(head))
            place = end.start() + 1 if end else len(head)
            if name == "title" and inside:
                yield name, head[inside : end.start() if end else len(head)]
        elif attributes := _ATTRIBUTES.match(head, opening.end()):
            place = attributes.end()
            yield name, attributes[0]


def _said(tag: str, content: str) -> Iterator[tuple[str, str]]:
    """Yield what a tag says, as (name, value)."""
    if tag == "title":
        yield TITLE_ELEMENT, content
        return
    if tag == "meta" and "title" not in content.lower():  # most of them
        return
    attributes: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(content):
        attributes.setdefault(name.lower(), "".join(values))
    href = attributes.get("href")
    names = (attributes.get(name, "").strip().lower() for name in ("property", "name"))
    if tag == "meta" and (source := next((_TITLE_TAGS[name] for name in names if name in _TITLE_TAGS), None)):
        yield source, attributes.get("content", "")
    if tag == "base" and href:
        yield "base", href
    relations = attributes.get("rel", "").lower().split() if tag == "link" and href else []
    yield from ((relation, str(href)) for relation in relations if relation in ("canonical", "next"))


# --- JSON-LD ----------------------------------------------------------------------------------------------------


def _studies(text: str) -> Iterator[Study]:
    """Yield the nodes of a study in the JSON-LD of a page, in its order."""
    for place, opening in enumerate(_SCRIPT.finditer(text)):
        if place == _MOST_SCRIPTS:
            return
        end = text.find("</script", opening.end(), opening.end() + _LONGEST_SCRIPT)
        try:
            said = json.loads(text[opening.end() : end]) if end != -1 else None
        except (ValueError, RecursionError):
            continue
        yield from (_study(node) for node in _nodes(said) if _is_study(node))


def _nodes(said: object) -> Iterator[dict[str, object]]:
    """Yield all nodes in the order of the text; not recursive, the text may nest deep."""
    waiting = [said]
    while waiting:
        match waiting.pop():
            case dict() as node:
                yield node
                waiting.extend(reversed(list(node.values())))
            case list() as nodes:
                waiting.extend(reversed(nodes))


def _is_study(node: dict[str, object]) -> bool:
    return any(kind.rpartition("/")[2].lower() in _STUDIES for kind in _strings(node.get("@type")))


def _study(node: dict[str, object]) -> Study:
    ids = {found for key in _IDENTIFYING for text in _strings(node.get(key)) for found in NCT_ID.findall(text.upper())}
    names = (_plain_text(text) for key in ("name", "headline") for text in _strings(node.get(key)))
    others = (_plain_text(text) for text in _strings(node.get("alternateName")))
    return Study(
        ids=frozenset(ids),
        name=next(filter(None, names), None),
        acronym=next(
            (text for text in others if text and len(text) <= _LONGEST_ACRONYM and not NCT_ID.search(text)), None
        ),
    )


def _strings(value: object) -> list[str]:
    """Return a value's texts: itself, those of its list, or of the `@id`, `url`, `value` of the nodes in it."""
    values = value if isinstance(value, list) else [value]
    inner = [part.get(key) for part in values if isinstance(part, dict) for key in ("@id", "url", "value")]
    return [text for text in (*values, *inner) if isinstance(text, str)]


def _plain_text(text: str) -> str | None:
    """Return a JSON text as one line; None for one that no page can print: escapes may make half of a character."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        return None
    return _one_line(text) or None


def _one_line(text: str) -> str:
    return " ".join(unescape(text).split())
