"""Listing pages: the trials of each, whatever the markup, and the way to the next page."""

from dataclasses import astuple
from itertools import islice

import pytest
import requests

from parsers import parse
from parsers.listing import Listing, read_listing
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


@pytest.mark.parametrize("family", FAMILIES)
def test_a_page_of_a_trial_is_no_listing(family: str) -> None:
    with pytest.raises(PageError, match="no listing") as caught:
        read_listing(Page(render(BASE, FAMILIES[family]).encode()))
    assert caught.value.reason is Reason.OTHER_KIND


def test_a_page_without_trials_is_no_listing() -> None:
    with pytest.raises(PageError, match="links to no trial") as caught:
        _listing("<h1>Back soon</h1>")
    assert caught.value.reason is Reason.NOT_A_TRIAL_PAGE


def test_parsing_a_listing_says_what_it_is() -> None:
    page = Page(f"<html><body>{_ENTRY}<p><a href=/x/{B}>Beds</a></p></body></html>".encode(), url=URL)
    with pytest.raises(PageError, match="It is a listing that names 2 trials") as caught:
        parse(page)
    assert caught.value.reason is Reason.NOT_A_TRIAL_PAGE
