"""Listing pages: the trials of each, whatever the markup, and the way to the next page."""

from dataclasses import astuple
from itertools import islice

import pytest
import requests

from parsers import parse, read_listing
from parsers.listing import Listing
from registry.errors import PageError, Reason
from registry.record import Page
from tests.pages import BASE, render
from trials.practice.brief import brief
from trials.practice.markup import FAMILIES
from trials.practice.server import serving
from trials.practice.world import World

URL = "https://example.org/stiff-knee/"
A, B = "NCT09990001", "NCT09990002"


def _listing(body: str, url: str | None = URL, head: str = "") -> Listing:
    return read_listing(Page(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(), url=url))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_next_pages_lead_to_exactly_all_trials(family: str) -> None:
    world = World(trials=60, markup=family)
    wanted = [world.nct_id(place) for place in range(world.count)]
    recruiting = [world.nct_id(place) for place in range(world.count) if brief(world, place).status == "Recruiting"]
    with serving(world) as site, requests.Session() as client:
        client.trust_env = False
        for path, ids in {"/other/": wanted, "/other/?status=recruiting": recruiting}.items():
            url: str | None = site.base + path
            pages: list[Listing] = []
            while url and len(pages) < len(wanted):
                pages.append(read_listing(Page(client.get(url).content, url=url)))
                url = pages[-1].next_page
            trials = [trial for page in pages for trial in page.trials]
            assert [trial.nct_id for trial in trials] == ids
            assert [trial.title for trial in islice(trials, 3)] == [
                brief(world, wanted.index(nct_id)).title for nct_id in ids[:3]
            ]
            assert all(trial.status and trial.url and trial.nct_id in trial.url for trial in trials)


@pytest.mark.parametrize(
    ("body", "trials"),
    [
        pytest.param(
            f'<ul><li><a href="{A.lower()}/details">Lamps</a> (Recruiting)<li><a href="/x/{B}">Beds</a></ul>',
            [(A, f"{URL}{A.lower()}/details", "Lamps", None), (B, f"https://example.org/x/{B}", "Beds", None)],
            id="list: ids in addresses",
        ),
        pytest.param(
            f'<table><tr><td>Recruiting<td>{A} - Lamps<td><a href="/x/{A}">View</a>'
            f'<tr><td>Completed<td>{B} - Beds<td><a href="/x/{B}">View</a></table>',
            [
                (A, f"https://example.org/x/{A}", "Lamps", "Recruiting"),
                (B, f"https://example.org/x/{B}", "Beds", "Completed"),
            ],
            id="table: the links say View",
        ),
        pytest.param(
            f'<div class=card><h3><a href="/t?n=1">{A}: Lamps</a></h3><p>Status: Recruiting</p></div>'
            f'<div class=card><h3><a href="/t?n=2">{B}: Beds</a></h3><p>Status:</p></div>',
            [(A, "https://example.org/t?n=1", "Lamps", "Recruiting"), (B, "https://example.org/t?n=2", "Beds", None)],
            id="cards: ids in texts, one status blank",
        ),
        pytest.param(
            f'<p><a href="/x/{A}"><img src="a.png"></a> <a href="/x/{A}/details">Lamps</a></p>'
            f'<p><a href="/x/{A}/references">Papers</a></p>',
            [(A, f"https://example.org/x/{A}", "Lamps", None)],
            id="each id once",
        ),
        pytest.param(
            f'<form id="all"><article><header><h3><a href="/x/{A}">Lamps</a></h3></header><p>Recruiting</p></article>'
            f'<article><p>Completed</p><footer><a href="/x/{B}">Beds</a></footer></article></form>'
            f'<header><ul><li><a href="/x/NCT09990003">Of the day</a></ul></header>',
            [
                (A, f"https://example.org/x/{A}", "Lamps", "Recruiting"),
                (B, f"https://example.org/x/{B}", "Beds", "Completed"),
            ],
            id="headers of entries are no frame, and a form around all is none",
        ),
        pytest.param(
            f'<table><tr><td>{A} - <mark>Lamp</mark>s at 10<sup>9</sup>/L<td><a href="/x/{A}">View</a>'
            f'<tr><td>{B} - Beds<br>Recruiting<td><a href="/x/{B}">View</a></table>',
            [
                (A, f"https://example.org/x/{A}", "Lamps at 10^9/L", None),
                (B, f"https://example.org/x/{B}", "Beds", "Recruiting"),
            ],
            id="inline elements break no title, lines do",
        ),
        pytest.param(
            f'<ul><li><b><a href="/x/{A}">{A} - Lamps</a></b><li><a href="/x/{B}">{B} - Lamps</a> <i>Recruiting</i>'
            '<li><a href="/x/NCT09990003">Beds</a> <i>Completed</i></ul><p><a href="/x/NCT09990004">Newest</a></p>',
            [
                (A, f"https://example.org/x/{A}", "Lamps", None),
                (B, f"https://example.org/x/{B}", "Lamps", "Recruiting"),
                ("NCT09990003", "https://example.org/x/NCT09990003", "Beds", "Completed"),
            ],
            id="an entry without a status among others; two trials of one title",
        ),
        pytest.param(
            f'<h3>Sponsors</h3><ul><li><a href="?s=1">Acme</a></ul><h3>Locations</h3><p>Norway</p>'
            f'<h2>Trials</h2><p><a href="https://EXAMPLE.org:443/x/{A}">Lamps</a></p>',
            [(A, f"https://EXAMPLE.org:443/x/{A}", "Lamps", None)],
            id="filters headed like sections",
        ),
        pytest.param(
            f'<p><a href="https://other.test/{B}">{B}</a> <a href="javascript:go(\'{B}\')">{B}</a></p>'
            f'<p><a href="/x/{A}">Lamps</a></p>'
            f'<aside><a href="/x/{B}">Newest</a></aside><div role=complementary><a href="/x/{B}">Newest</a></div>',
            [(A, f"https://example.org/x/{A}", "Lamps", None)],
            id="other hosts, scripts and the frame name none",
        ),
    ],
)
def test_trials(body: str, trials: list[tuple[str | None, ...]]) -> None:
    assert [astuple(trial)[:4] for trial in _listing(body).trials] == trials


_ENTRY = f'<p><a href="/x/{A}">Lamps</a></p>'


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ('<a href="?page=2" rel="nofollow next">more</a>', f"{URL}?page=2"),
        ('<a href="?page=2">Next</a>', f"{URL}?page=2"),
        ('<nav><a href="?page=2"><b>Next</b> page</a></nav>', f"{URL}?page=2"),
        ('<a href="/a b?page=2#top">»</a>', "https://example.org/a%20b?page=2"),
        ('<a href="?page=2">Older</a>', f"{URL}?page=2"),
        ('<a href="?page=1">1</a> <a href="?page=2">2</a> <a href="?page=3">3</a>', f"{URL}?page=2"),
        ('<a href="/x?year=2">2</a>', None),
        ('<b>1</b> <a href="?p=2">2</a>', f"{URL}?p=2"),
        ('<a href="?page=2" aria-label="Next page"><svg></svg></a>', f"{URL}?page=2"),
        ('<a href="?page=2"><img src="n.png" alt="Next"></a>', f"{URL}?page=2"),
        ('<a href="?page=9">Last »</a>', None),
        ('<a href="#">Next</a>', None),
        ('<a href="javascript:next()">Next</a>', None),
        ('<a href="data:text/html,x">Next</a>', None),
        ('<a href="ftp://example.org/2">Next</a>', None),
        ('<a href="http://example.org/stiff-knee/?page=2">Next</a>', None),
        ('<a href="https://me@example.org/?page=2">Next</a>', None),
        ('<a href="https://other.test/?page=2">Next</a>', None),
        ('<a href="https://example.org:8443/?page=2">Next</a>', None),
        ('<a href="/\\other.test/?page=2">Next</a>', None),
        ('<a href="?page=2&#10;Host:x">Next</a>', None),
        ('<a href="?page=2&#8238;x">Next</a>', None),
        ('<a href="https://[x">Next</a>', None),
    ],
)
def test_the_next_page(link: str, url: str | None) -> None:
    assert _listing(_ENTRY + link).next_page == url


def test_the_next_page_in_the_head_against_the_base() -> None:
    head = '<base href="/all/"><link rel="next" href="?page=3"><link rel=canonical href="https://example.org/knee/">'
    assert _listing(f'{_ENTRY}<a href="?page=4">4</a>', None, head).next_page == "https://example.org/all/?page=3"
    assert _listing(f'{_ENTRY}<a href="?page=4">4</a>', f"{URL}?page=3").next_page == f"{URL}?page=4"
    assert _listing(f'{_ENTRY}<a href="?page=2">Next</a>', None).next_page is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY),
        (f"<html><body>{_ENTRY}<p><a href='/x/".encode(), Reason.INCOMPLETE_PAGE),
        (f"{A} - Lamps".encode(), Reason.NOT_A_TRIAL_PAGE),
        (f"<html><title>Site under maintenance</title><body>{_ENTRY}</body></html>".encode(), Reason.SOFT_ERROR),
    ],
)
def test_a_listing_is_whole_or_refused(body: bytes, reason: Reason) -> None:
    with pytest.raises(PageError) as caught:
        read_listing(Page(body, url=URL))
    assert caught.value.reason is reason


def test_many_links_to_one_trial_are_read_once() -> None:
    """Each link shares its row with all others: what is read for each link would be read millions of times."""
    (trial,) = _listing("<p>" + "".join(f'<a href="/x/{A}">Part {number}</a> ' for number in range(20_000))).trials
    assert (trial.nct_id, trial.title) == (A, "Part 0")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_page_of_a_trial_is_no_listing(family: str) -> None:
    with pytest.raises(PageError, match="no listing") as caught:
        read_listing(Page(render(BASE, FAMILIES[family]).encode()))
    assert caught.value.reason is Reason.OTHER_KIND


def test_a_page_without_trials_is_no_listing() -> None:
    with pytest.raises(PageError, match="links to no trial") as caught:
        _listing("<h1>Trials</h1>")
    assert caught.value.reason is Reason.NOT_A_TRIAL_PAGE


def test_parsing_a_listing_says_what_it_is() -> None:
    page = Page(f"<html><body>{_ENTRY}<p><a href=/x/{B}>Beds</a></p></body></html>".encode(), url=URL)
    with pytest.raises(PageError, match="It is a listing that names 2 trials") as caught:
        parse(page)
    assert caught.value.reason is Reason.NOT_A_TRIAL_PAGE


def test_a_notice_with_a_link_to_a_trial_is_no_listing() -> None:
    page = Page(f"<html><head><title>Page not found</title></head><body>{_ENTRY}</body></html>".encode(), url=URL)
    with pytest.raises(PageError) as caught:
        parse(page)
    assert caught.value.reason is Reason.SOFT_ERROR
