"""Whole pages as strangers lay them out, with what stands around the content of a trial."""

import json
import re
from collections.abc import Sequence
from html import escape
from typing import TypeAlias

from trials.practice.frame import Frame

Parts: TypeAlias = Sequence[tuple[str, str]]
"""Headings, and the HTML of their sections."""


def _body(parts: Parts) -> str:
    return "\n".join(content for _, content in parts)


def page(frame: Frame, body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(frame.title)}</title>'
        f'<link rel="canonical" href="{escape(frame.canonical)}">{head}</head><body>{body}</body></html>'
    )


def plain(frame: Frame, parts: Parts) -> str:
    return page(frame, f"<main>{_body(parts)}</main>")


def in_one_table(frame: Frame, parts: Parts) -> str:
    return page(frame, f'<div id="wrap"><table id="trial">{_body(parts)}</table></div>')


def with_tab_bar(frame: Frame, parts: Parts) -> str:
    tabs = "".join(f'<button role="tab" aria-selected="false">{escape(heading)}</button>' for heading, _ in parts)
    return page(frame, f'<main><div role="tablist">{tabs}</div>{_body(parts)}</main>')


def with_contents(frame: Frame, parts: Parts) -> str:
    """A table of contents that says the headings a second time, and stays in sight."""
    links = "".join(f'<li><a href="#s{n}">{escape(heading)}</a></li>' for n, (heading, _) in enumerate(parts))
    contents = f'<div class="sticky"><h3>On this page</h3><ul>{links}</ul></div>'
    return page(frame, f"<div class=layout>{contents}<div class=content>{_body(parts)}</div></div>")


def bootstrap(frame: Frame, parts: Parts) -> str:
    navigation = (
        '<nav class="navbar"><a class="navbar-brand" href="/">In Clinical Trials</a><ul class="navbar-nav">'
        '<li class="nav-item"><a class="nav-link" href="/">Home</a></li></ul></nav>'
    )
    crumbs = (
        '<nav aria-label="breadcrumb"><ol class="breadcrumb"><li class="breadcrumb-item"><a href="/">Home</a></li>'
        '<li class="breadcrumb-item active">Trial</li></ol></nav>'
    )
    content = f'<div class="container"><div class="row"><div class="col-lg-8">{_body(parts)}</div></div></div>'
    return page(frame, f"{navigation}{crumbs}{content}<footer class=footer><p>© In Clinical Trials</p></footer>")


def busy(frame: Frame, parts: Parts) -> str:
    """Cookie banner, breadcrumbs, share buttons, advertisements, boxes and cards of other trials, and a site map."""
    banner = (
        '<div class="cc-window" role="dialog"><span>We use cookies to improve this site.</span><a>Got it!</a></div>'
    )
    crumbs = '<div class="breadcrumbs"><a href="/">Home</a> › <a href="/other/">Other</a> › Trial</div>'
    share = '<div class="share"><button>Share</button><button>Tweet</button><button>Print</button></div>'
    advertisement = (
        '<div class="ad-slot"><div>Advertisement</div><a href="/ad">Phase 1 of our summer sale: lamps</a></div>'
    )
    boxes = "".join(
        f'<div class="box"><a href="{escape(link)}">{escape(title)}</a><dl><dt>Status</dt><dd>Completed</dd>'
        f"<dt>Phase</dt><dd>Phase 3</dd><dt>Start date</dt><dd>May 2001</dd></dl></div>"
        for link, title in frame.newest
    )
    cards = "".join(
        f'<div class="slide"><a href="{escape(link)}">{escape(title)}</a><span>Recruiting</span></div>'
        for link, title in frame.newest
    )
    site_map = (
        '<div class="footer"><ul><li><a href="/l">Locations</a></li><li><a href="/s">Sponsors</a></li>'
        '<li><a href="/o">Outcome</a></li></ul><p>© In Clinical Trials</p></div>'
    )
    content = f'<article id="trial">{_body(parts)}</article>'
    aside = f'<aside class="sidebar"><h3>Other trials</h3>{boxes}</aside>'
    carousel = f'<section class="carousel"><h2>Related trials</h2>{cards}</section>'
    return page(frame, f"{banner}{crumbs}{share}{advertisement}{content}{aside}{carousel}{site_map}")


def layout_tables(frame: Frame, parts: Parts) -> str:
    menu = (
        '<td width="150" valign="top"><font size="1"><a href="/">Home</a><br><a href="/other/">Trials</a></font></td>'
    )
    logo = '<tr><td colspan="2"><img src="/logo.gif" alt="Clinical Trials"></td></tr>'
    rows = f"{logo}<tr>{menu}<td>{_body(parts)}</td></tr>"
    return page(frame, f'<center><table width="780" border="0" cellspacing="0">{rows}</table></center>')


def uppercase(frame: Frame, parts: Parts) -> str:
    return (
        f"<HTML>\n<HEAD>\n<TITLE>{escape(frame.title)}</TITLE>\n<LINK REL=canonical HREF={escape(frame.canonical)}>\n"
        f'</HEAD>\n<BODY BGCOLOR="#FFFFFF">\n'
        f"<CENTER><H1>Clinical Trials</H1></CENTER>\n{_body(parts)}\n</BODY>\n</HTML>\n"
    )


def xhtml(frame: Frame, parts: Parts) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml">'
        f'<head><title>{escape(frame.title)}</title><link rel="canonical" href="{escape(frame.canonical)}" /></head>'
        f'<body><div id="content">{_body(parts)}</div><hr /><p>Site map</p></body></html>'
    )


def no_end_tags(frame: Frame, parts: Parts) -> str:
    return (
        f"<!doctype html><meta charset=utf-8><title>{escape(frame.title)}</title>"
        f"<link rel=canonical href={escape(frame.canonical)}>{_body(parts)}</html>"
    )


def preformatted(frame: Frame, parts: Parts) -> str:
    return page(frame, f"<pre>{_body(parts)}</pre>")


def numbered(frame: Frame, parts: Parts) -> str:
    """The headings are counted: `3. Locations`."""
    counted = (content.replace("<h2>", f"<h2>{n}. ", 1) for n, (_, content) in enumerate(parts, start=1))
    return page(frame, f"<main>{''.join(counted)}</main>")


def other_trials_first(frame: Frame, parts: Parts) -> str:
    """Boxes of other trials before the trial itself, with the same labels, in plain boxes."""
    boxes = "".join(
        f'<div class="teaser"><a href="{escape(link)}">{escape(title)}</a><ul>'
        f"<li><b>NCT number:</b> {escape(title[:11])}</li>"
        "<li><b>Status:</b> Completed</li><li><b>Phase:</b> Phase 3</li></ul></div>"
        for link, title in frame.newest
    )
    return page(frame, f'<div class="left">{boxes}</div><div class="right">{_body(parts)}</div>')


def printed_twice(frame: Frame, parts: Parts) -> str:
    """The content for wide screens, and once more for small ones."""
    content = _body(parts)
    return page(frame, f'<div class="d-none d-md-block">{content}</div><div class="d-md-none">{content}</div>')


def with_template(frame: Frame, parts: Parts) -> str:
    """The content, and a template with its labels that a script would fill."""
    blank = "<h2>Administrative data</h2><table><tr><th>NCT number</th><td>{{nct}}</td></tr></table>"
    return page(frame, f"<main>{_body(parts)}</main><template id=t>{blank}</template>")


def indented(frame: Frame, parts: Parts) -> str:
    """Every block tag on a line of its own, as templates leave it."""
    body = re.sub(
        r"(</?(?:table|thead|tbody|tr|th|td|h2|h3|p|ul|li)\b[^>]*>)", r"\n        \1\n          ", _body(parts)
    )
    return page(frame, f"<main>\n{body}\n</main>")


def side_by_side(frame: Frame, parts: Parts) -> str:
    """Two sections in a row of a layout table."""
    cells = [f'<td width="50%" valign="top">{content}</td>' for _, content in parts]
    rows = (f"<tr>{''.join(cells[place : place + 2])}</tr>" for place in range(0, len(cells), 2))
    return page(frame, f'<table class="layout">{"".join(rows)}</table>')


def contents_after_title(frame: Frame, parts: Parts) -> str:
    """The table of contents stands in the content, behind the heading of the page."""
    links = "".join(f'<li><a href="#s{n}">{escape(heading)}</a></li>' for n, (heading, _) in enumerate(parts))
    first = next(n for n, (heading, _) in enumerate(parts, start=1) if "Details" in heading)
    return page(frame, f"<main>{_body(parts[:first])}<ol>{links}</ol>{_body(parts[first:])}</main>")


def at_a_glance(frame: Frame, parts: Parts) -> str:
    """A box before the trial that repeats some of its labels, with the same values."""
    status = next(heading for heading, _ in parts if "Details" in heading).rpartition(": ")[2]
    box = f'<div class="glance"><b>At a glance</b><dl><dt>Status</dt><dd>{escape(status)}</dd></dl></div>'
    return page(frame, f"<main>{box}{_body(parts)}</main>")


def advertisements_between(frame: Frame, parts: Parts) -> str:
    advertisement = '<div class="adsbygoogle"><span>Advertisement</span></div>'
    return page(frame, f"<main>{advertisement.join(content for _, content in parts)}</main>")


def questions_after(frame: Frame, parts: Parts) -> str:
    """Questions and answers about trials, and words of readers, behind the last section."""
    questions = (
        "<h2>Frequently asked questions</h2><h3>What is Phase 1?</h3><p>A first test in few people.</p>"
        "<h3>What does Status mean?</h3><p>Whether people can still take part.</p>"
        '<h2>Comments</h2><div class="comment"><b>Jo</b><p>Phase: 2? Where are the Locations?</p></div>'
    )
    return page(frame, f"<main>{_body(parts)}{questions}</main>")


def script_with_everything(frame: Frame, parts: Parts) -> str:
    """The content a second time, as a string of a script."""
    copy = json.dumps([heading for heading, _ in parts] + [content for _, content in parts]).replace("</", "<\\/")
    return page(frame, f'<main>{_body(parts)}</main><script id="__NEXT_DATA__" type="application/json">{copy}</script>')


def in_noscript(frame: Frame, parts: Parts) -> str:
    return page(frame, f'<div id="app"></div><noscript><main>{_body(parts)}</main></noscript>')


def in_shadow_root(frame: Frame, parts: Parts) -> str:
    return page(
        frame, f'<trial-page><template shadowrootmode="open"><main>{_body(parts)}</main></template></trial-page>'
    )


def in_one_grid(frame: Frame, parts: Parts) -> str:
    return page(frame, f'<div class="grid">{_body(parts)}</div>')
