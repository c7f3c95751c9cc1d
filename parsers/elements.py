"""Elements as the reader knows them: one for all start tags that are written alike.

Start tags and text are those of lexbor's one form: each attribute has a value in double quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.bounds import VOID
from parsers.texts import heading_section

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend", "summary"})
CELLS = frozenset({"td", "th"})
LISTS = frozenset({"ul", "ol", "menu", "dir"})
MENUS = frozenset({"nav", "select"})
FRAME = frozenset({"footer", "header", "aside", "form", "button", "dialog", "textarea"})
ASKING = frozenset({"input", "select", "textarea", "button"})
_MARKED = HEADINGS | {"b", "strong", "th", "dt", "em", "u", "font"}
_BLOCKS = frozenset(
    {"#root", "html", "body", "address", "article", "aside", "blockquote", "caption", "center", "col", "colgroup", "dd",
     "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
     "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "optgroup",
     "option", "p", "pre", "search", "section", "select", "summary", "table", "tbody", "td", "template", "tfoot", "th",
     "thead", "tr", "ul"}
)  # fmt: skip
_LABELLED = frozenset({"section", "article", "div", "fieldset", "table", "dl", "ul"})
_ROLES = {"navigation": "nav", "search": "form", "banner": "header", "contentinfo": "footer", "dialog": "dialog"}
"""Roles, and the elements that have them by themselves."""

_SHOWN = {"input": "output", "textarea": "pre"}
"""Fields of a form that nobody can fill in, and the elements that they are read as."""
_TEXT_FIELDS = frozenset({"text", "number", "date", "month", "email", "tel", "url", "search"})
_STRUCK = frozenset({"del", "s", "strike"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_COLUMN = ("data-label", "data-title", "data-th", "data-header", "data-column", "data-content")
_COLUMN_MARK = "data-"
_ATTRIBUTE = re.compile(r'([^\s=]+)="([^"]*)"')
_MOST_COLUMNS = 100  # that a cell spans; HTML allows 1,000
_MOST_ROWS = 65_534  # HTML Standard §4.9.11
_MOST_ELEMENTS = 20_000  # start tags that the cache holds
_LONGEST_KEPT = 1000  # characters of a start tag in it


@dataclass(frozen=True, slots=True)
class Element:
    """What elements with the same start tag have in common."""

    name: str
    classes: str = ""
    link: str | None = None
    text: str = ""  # of a field of a form that is only shown
    column: str = ""  # that the site says a cell is of; style sheets print it on small screens
    said: str = ""  # its label, which is read aloud, where that is a heading
    said_by: str = ""  # the id of the element that says it
    is_tab: bool = False  # opens a part of the page that may stand elsewhere
    colspan: int = 1
    rowspan: int = 1
    is_block: bool = False
    is_void: bool = False  # has no end tag
    is_apart: bool = False  # its text is none of the text around it: struck, hidden, or a control's
    style: str = field(init=False)
    """How its text looks."""
    is_marked: bool = field(init=False)
    """Whether it sets its text off from running text."""
    may_be_menu: bool = field(init=False)
    """Whether it may be a menu or a control."""
    may_be_frame: bool = field(init=False)
    """Whether it may be that, or the site's frame."""
    is_custom: bool = field(init=False)
    """Whether the site made it up (HTML Standard §4.13), so that nothing is known of its kind."""
    is_special: bool = field(init=False)
    """Whether there is more to note than that it is there."""

    def __post_init__(self) -> None:
        leads_inside = self.name == "a" and (self.link or "").startswith("#")
        may_be_menu = self.name in MENUS or self.name == "button" or leads_inside
        found = {
            "style": self.name if self.name in HEADINGS else f"{self.name}.{self.classes}",
            "is_marked": self.name in _MARKED or self.classes != "",
            "may_be_menu": may_be_menu,
            "may_be_frame": may_be_menu or self.name in FRAME,
            "is_custom": "-" in self.name,
            "is_special": may_be_menu
            or "-" in self.name
            or self.is_apart
            or bool(self.text or self.said or self.said_by),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)


TEXT = Element("#text")
BREAK = Element("br", is_void=True)
PLAIN_CELL = Element("td", is_block=True)
AROUND = Element("div", is_block=True)
SAID = Element("aria-label", is_block=True)  # a heading that is only read aloud


ELEMENTS: dict[str, Element] = {}  # start tag, attributes and all → its element


def element_of(tag: str) -> Element:
    """Return the element of a start tag such as `td class="x"`; the same one for the same tag."""
    name, _, rest = tag.partition(" ")
    attributes = dict(_ATTRIBUTE.findall(rest)) if rest else {}
    shows = name in ("input", "textarea") and ("readonly" in attributes or "disabled" in attributes)
    by_role = _ROLES.get(attributes.get("role", ""))
    said = unescaped(attributes.get("aria-label", "")) if name in _LABELLED and not by_role else ""
    link = attributes.get("href") if name == "a" else None
    element = Element(
        name=by_role or (_SHOWN[name] if shows else name),
        classes=" ".join(unescaped(attributes.get("class", "")).split()),
        link=unescaped(link) if link is not None else None,
        text=_shown_in_field(attributes) if name == "input" else "",
        column=_first_of(attributes, _COLUMN) if _COLUMN_MARK in rest else "",
        said_by=attributes.get("aria-labelledby", "") if name in _LABELLED else "",
        is_tab=attributes.get("role") == "tab",
        said=said if heading_section(said) else "",
        colspan=_span(attributes.get("colspan"), _MOST_COLUMNS) if name in CELLS else 1,
        rowspan=_span(attributes.get("rowspan"), _MOST_ROWS, _MOST_ROWS) if name in CELLS else 1,
        is_block=name in _BLOCKS or by_role is not None or name == "textarea",
        is_void=name in VOID,
        is_apart=name in _STRUCK or name == "button" or _is_hidden(attributes),
    )
    if len(ELEMENTS) > _MOST_ELEMENTS:
        ELEMENTS.clear()
    if len(tag) < _LONGEST_KEPT:
        ELEMENTS[tag] = element
    return element


def _first_of(attributes: dict[str, str], names: Sequence[str]) -> str:
    return unescaped(next((attributes[name] for name in names if name in attributes), ""))


def _is_hidden(attributes: dict[str, str]) -> bool:
    return "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")) is not None


def _shown_in_field(attributes: dict[str, str]) -> str:
    """Return the text that a field of a form shows; a button's is none of the page."""
    return unescaped(attributes.get("value", "")) if attributes.get("type", "text").lower() in _TEXT_FIELDS else ""


def _span(text: str | None, most: int, zero: int = 1) -> int:
    """Return the number of columns or rows; `zero` is what 0 means: as many as there are, for rows."""
    if not text or not (text.isascii() and text.isdigit()):
        return 1
    return min(int(text[:9]), most) or zero


def unescaped(text: str) -> str:
    """Return text as it stands between the tags: these are all the references that lexbor writes."""
    if "&" not in text:
        return text
    for reference, char in (("&nbsp;", "\u00a0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(reference, char)
    return text
