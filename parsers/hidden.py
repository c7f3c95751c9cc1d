"""What stands in a page's markup and is no text of it: comments, scripts and the like.

It is taken out before the markup is read. The headings in it are noted: a page whose sections are all hidden is none.
Markup is that of lexbor's one form: every end tag is there, `<` and `>` stand for tags alone but in what is taken out.
"""

import re

from parsers.bounds import VOID
from parsers.elements import unescaped
from parsers.texts import heading_section
from registry.errors import PageError, Reason

_RAW = frozenset({"script", "style", "iframe", "noembed", "noframes", "xmp", "plaintext"})  # hold text, never elements
_OTHERS = ("noscript", "canvas", "title", "desc", "metadata", "annotation", "annotation-xml")
_BEGINS = re.compile(rf"<(!--|(?:{'|'.join(sorted((*_RAW, *_OTHERS)))})(?=[ >]))")
_TAG = re.compile(r"<(!--|/?[^\s>]+)[^>]*>")
_BETWEEN_TAGS = re.compile(r">([^<>]{3,60})<")
_LONGEST_END = 200  # characters of the end tags of a page, and the white space among them
_PAGE_END = re.compile(r"</(?:html|body)\s*>\s*\Z", re.IGNORECASE)


def without_hidden(markup: str) -> tuple[str, set[str]]:
    """Return markup without what is no text of the page, and the sections whose headings stand in that.

    PageError if the end of the page stands in it, too: a script, comment or the like that was never closed.
    """
    shown: list[str] = []
    sections: set[str] = set()
    place = 0
    while begin := _BEGINS.search(markup, place):
        end = _end(markup, begin.start(), begin[1])
        hidden = markup[begin.start() : end]
        sections |= _headings_in(hidden, begin[1])
        shown += (markup[place : begin.start()], _shown_in(hidden) if begin[1] == "xmp" else "")
        place = end
    return "".join((*shown, markup[place:])), sections


def _end(markup: str, start: int, name: str) -> int:
    """Return the place behind what begins at `start`."""
    if name == "!--" or name in _RAW:
        end = "-->" if name == "!--" else f"</{name}>"
        found = markup.find(end, start + len("<!--"))
        return found + len(end) if found >= 0 else len(markup)
    depth = 0
    while tag := _TAG.search(markup, start):
        start = tag.end()
        if tag[1] == "!--" or tag[1] in _RAW:
            start = _end(markup, tag.start(), tag[1])
        elif tag[1][0] == "/":
            depth -= 1
        elif tag[1] not in VOID:
            depth += 1
        if not depth:
            return start
    return len(markup)


def _shown_in(hidden: str) -> str:
    """Return the text that browsers show after all, as markup."""
    text = hidden.partition(">")[2].rpartition("</")[0]
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _headings_in(hidden: str, name: str) -> set[str]:
    inside = hidden.rpartition("-->" if name == "!--" else "</")[0]
    if name != "noscript" and _PAGE_END.search(inside[-_LONGEST_END:]):
        raise PageError(
            Reason.INCOMPLETE_PAGE,
            f"A {'comment' if name == '!--' else name} that is never closed hides part of the page. Fetch or save the"
            " page again.",
        )
    return {section for piece in _BETWEEN_TAGS.findall(hidden) if (section := heading_section(unescaped(piece)))}
