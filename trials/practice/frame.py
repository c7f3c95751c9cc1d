"""What stands around the content of a page: navigation, search form, advertisement, other trials, footer."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame of one page says. Links are paths on the site, or whole addresses."""

    title: str = "Trial page"
    canonical: str = ""
    newest: tuple[tuple[str, str], ...] = ()  # (link, text) of the sidebar
    tabs: tuple[tuple[str, str], ...] = ()  # (link, text) of the pages of the same trial
    next_page: str = ""


def main_frame(frame: Frame, content: str) -> str:
    """Return a page of today: `header`, `main`, `aside`, `footer`."""
    return _document(
        frame,
        f"<header>{_LOGO}{_NAVIGATION}{_SEARCH}</header>{_COOKIES}{_tabs(frame)}<main>{content}</main>{_ADVERTISEMENT}"
        f"<aside><h3>Newest trials</h3>{_list(frame.newest)}</aside>{_FOOTER}",
    )


def bare_frame(frame: Frame, content: str) -> str:
    """Return a page of divs, told apart by classes alone."""
    return _document(
        frame,
        f'<div class="top">{_LOGO}{_NAVIGATION}{_SEARCH}{_tabs(frame)}</div>{_COOKIES}'
        f'<div class="content">{content}</div>{_ADVERTISEMENT}'
        f'<div class="sidebar" role="complementary"><b>Newest trials</b>{_list(frame.newest)}</div>{_FOOTER}',
    )


def nineties_frame(frame: Frame, content: str) -> str:
    """Return a page laid out by nested tables, end tags left out."""
    menu = (("/", "Home"), ("/other/", "All trials"), *frame.tabs)
    links = "<br>".join(f'<a href="{escape(link)}">{escape(text)}</a>' for link, text in menu)
    menu_cell = f"<td width=120 valign=top><font size=1>{links}<p>Newest trials{_list(frame.newest)}</font></td>"
    return _document(
        frame,
        f"<table width=750><tr><td colspan=2>{_LOGO}{_SEARCH}{_COOKIES}</td></tr>"
        f"<tr>{menu_cell}<td><table><tr><td>{content}</td></tr></table></td></tr>"
        f"<tr><td colspan=2 align=center>{_ADVERTISEMENT}{_FOOTER}</td></tr></table>",
    )


def _document(frame: Frame, body: str) -> str:
    links = f'<link rel="canonical" href="{escape(frame.canonical)}">' if frame.canonical else ""
    links += f'<link rel="next" href="{escape(frame.next_page)}">' if frame.next_page else ""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(frame.title)}</title>{links}'
        f"<style>{_STYLE}</style></head><body>{body}{_SCRIPT}</body></html>\n"
    )


def _tabs(frame: Frame) -> str:
    return f'<nav aria-label="Trial">{_list(frame.tabs)}</nav>' if frame.tabs else ""


def _list(links: tuple[tuple[str, str], ...]) -> str:
    entries = "".join(f'<li><a href="{escape(link)}">{escape(text)}</a></li>' for link, text in links)
    return f"<ul>{entries}</ul>"


_LOGO = '<a href="/"><img src="/logo.svg" alt="Clinical Trials Logo" width="40" height="40"></a>'
_NAVIGATION = '<nav><ul><li><a href="/">Home</a></li><li><a href="/other/">All trials</a></li></ul></nav>'
_SEARCH = (
    '<form role="search" action="/search">Status <select name="status"><option>Recruiting</option>'
    '<option>Completed</option></select> <input name="q" aria-label="Search"> <button>Search</button></form>'
)
_COOKIES = (
    '<div role="dialog" aria-label="Cookies"><p>This site would like to keep a cookie that says you were here.</p>'
    "<button>Accept</button></div>"
)
_ADVERTISEMENT = (
    '<div class="ad" role="complementary"><p>Advertisement</p><p>Lamps that last. Phase 1 of our sale!</p></div>'
)
_FOOTER = "<footer><p>Contact us · Terms · Status of this site: practice</p></footer>"
_SCRIPT = '<script>var Status = "Completed"; document.documentElement.dataset.ready = "yes";</script>'
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:72rem;margin:auto;padding:0 1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:left;vertical-align:top}"
    ".ad{border:1px dashed #999;padding:.5rem;color:#555}aside,.sidebar{border-top:2px solid #036}"
    ".card-header{background:#036;color:#fff;padding:.3rem}.row{display:flex;gap:1rem}.col-3{flex:0 0 14rem}"
    "[role=row]{display:flex;gap:1rem}[role=cell],[role=columnheader]{flex:1}"
    "nav ul{display:flex;gap:1rem;list-style:none}"
)
