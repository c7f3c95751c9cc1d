"""Titles from the head of a page; summary and references pages; study designs and terms, in every family of markup."""

import json
from typing import Any

import pytest

from normalizers.tidy import tidy
from parsers import parse
from parsers.head import read_head
from registry.record import Page
from registry.tables import TableRows
from tests.pages import BASE, FAMILIES, render

ID, OTHER = "NCT09990001", "NCT09990002"


def _read(html: str) -> TableRows:
    page = Page(html.encode())
    return tidy(page, parse(page))


def _with_head(head: str, end: str = "") -> TableRows:
    html = render(BASE, FAMILIES["two-column-table"]).replace("<title>Trial page</title>", head)
    return _read(html.replace("</body>", f"{end}</body>"))


def _json(said: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(said)}</script>'


def _study(**said: object) -> dict[str, object]:
    return {"@context": "https://schema.org", "@type": "MedicalTrial", **said}


# --- titles -----------------------------------------------------------------------------------------------------

_OG = '<meta property="og:title" content="{}">'


@pytest.mark.parametrize(
    ("head", "title", "source"),
    [
        (f"<title>{ID} - Lamps — Part 2 | Site</title>", "Lamps — Part 2", "title_element"),
        (f"<title>Site</title>{_OG.format(f'{ID}: Age &lt; 9 &amp; > 3')}", "Age < 9 & > 3", "open_graph"),
        (f"<meta content='{ID} - Lamps' name=twitter:title>", "Lamps", "twitter"),
        (f"<title>{ID} - Lamps</title>{_OG.format(f'{ID} - lamps')}", "Lamps", "title_element"),
        (_json(_study(name="Lamps", identifier=ID)), "Lamps", "json_ld"),
        (_json(_study(headline="Lamps", url=f"https://example.org/x/{ID.lower()}/")), "Lamps", "json_ld"),
        (_json({"@graph": [{"@type": "WebPage", "name": "Site"}, _study(name="Lamps")]}), "Lamps", "json_ld"),
        (_json(_study(name=f"{ID} - Lamps", identifier={"@type": "PropertyValue", "value": ID})), "Lamps", "json_ld"),
        (_json([_study(name="Beds", identifier=OTHER), _study(name="Lamps", identifier=ID)]), "Lamps", "json_ld"),
        (f"<!-- <title>{ID} - Beds</title> --><title>{ID} - Lamps</title>", "Lamps", "title_element"),
        (f'<script>"<title>{ID} - Beds</title>"</script>', None, None),
        (f"<title>Lamps</title>{_OG.format('Lamps')}", None, None),
        (f"<title>{ID} - Details | Site</title>", None, None),
        (f"<title>{ID} - Study Design</title>", None, None),
        (f"<title>{ID} | Site</title>", None, None),
        (f"<title>{OTHER} - Beds</title>", None, None),
        (_OG.format(f"{ID} - Lamps for st…"), None, None),
        (_json(_study(name="Beds", identifier=OTHER)), None, None),
        (_json([_study(name="Lamps"), _study(name="Beds")]), None, None),
        (_json({"@type": "WebPage", "name": f"{ID} - Lamps"}), None, None),
        (_json(_study(name="Lamps \ud800", identifier=ID)), None, None),
        (_json(_study(name=["Lamps"] * 20_000, identifier=ID)), None, None),
        (_json(_study(name={"value": 1}, identifier=[None, 3], url={"@id": []})), None, None),
        ('<script type="application/ld+json">{"@type": "MedicalTrial", "name": </script>', None, None),
        (f'<script type="application/ld+json">{"[" * 60_000}</script>', None, None),
        (f'<script type="application/ld+json">{"9" * 60_000}</script>', None, None),
    ],
)
def test_the_title_and_its_source(head: str, title: str | None, source: str | None) -> None:
    tables = _with_head(head)
    (study,) = tables["studies"]
    assert (study["brief_title"], study["brief_title_source"]) == (title, source)
    assert study["official_title"] == (BASE.official_title or None)
    assert not [row for row in tables["problems"] if row["code"] == "conflict"]


def test_titles_in_conflict_are_both_named() -> None:
    tables = _with_head(f"{_OG.format(f'{ID} - Beds')}<title>{ID} - Lamps</title>", _json(_study(name="Lamps")))
    assert tables["studies"][0]["brief_title"] == "Lamps"
    (problem,) = [row for row in tables["problems"] if row["code"] == "conflict"]
    assert "'Lamps' in title_element" in str(problem["message"])
    assert "'Beds' in open_graph" in str(problem["message"])


@pytest.mark.parametrize(("other", "acronym"), [("LAMP-2", "LAMP-2"), (["x" * 15, "LAMP"], "LAMP"), (ID, None)])
def test_the_acronym_of_json_ld(other: Any, acronym: str | None) -> None:
    assert _with_head(_json(_study(alternateName=other, identifier=ID)))["studies"][0]["acronym"] == acronym


@pytest.mark.parametrize(
    "piece", ["<title", "<meta ", '<meta "', "<!--", "<script", "<base href=", "<link a b c ", "a-"]
)
def test_a_hostile_head_is_read_once(piece: str) -> None:
    assert read_head(piece * 200_000).titles == ()
