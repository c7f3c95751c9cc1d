"""Notices that a site sends in the place of a page: maintenance, a check for robots, a login, "not found".

Answered with status 200, they look like a page. The rule: HTML without any heading of a trial page, which names one
trial at most, and either has little text or says in its title or first heading what it is.
"""

import re

from parsers.draft import count, texts_of_parts
from parsers.outline import Outline
from registry.nct_id import NCT_ID

_LITTLE = 1500  # characters, white space left out: a notice has some 300, with the site's menu around it 1,000
_TITLE = re.compile(r"<(?:title|h1)\b[^<>]{0,500}>([^<>]{1,300})<", re.IGNORECASE)
_SAYS_SO = re.compile(
    r"\b(?:not found|no longer available|does not exist|40[0-9]|429|50[0-9]|maintenance|unavailable|back soon"
    r"|captcha|robot|are you human|verify you|just a moment|attention required|checking your browser"
    r"|access denied|forbidden|blocked|too many requests|rate limit|(?:log|sign) ?in|session expired|error)\b",
    re.IGNORECASE,
)


def is_notice(page: Outline, text: str) -> bool:
    """Whether HTML that is no page of a trial is a notice in the place of one."""
    if any(part.heading for part in page.parts) or len(set(NCT_ID.findall(text))) > 1:
        return False
    return says_so(text) or count(texts_of_parts(page.parts)) < _LITTLE


def says_so(text: str) -> bool:
    """Whether the title or the first heading of HTML says that it is a notice."""
    return any(_SAYS_SO.search(title) for title in _TITLE.findall(text))
