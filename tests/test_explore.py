"""`trials explore` over a real socket: who is answered, and what is shown."""

import json
from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

import pytest

from registry.tables import TableRows
from tests.builds import trials
from tests.explored import ask, change, explored
from trials.explore.looks import LOOKS, SHOWN
from trials.explore.questions import QUESTIONS

TRIAL = "NCT00000001"


def _tables() -> TableRows:
    tables = trials(30)
    for number, row in enumerate(tables["studies"]):
        row["phase"], row["phase_text"] = ("PHASE2", "Phase 2") if number % 3 else (None, None)
    first, second, third = tables["studies"][:3]
    first.update(brief_title="Ångström lamps", acronym="LUMEN", page_state="gone", enrollment=5)
    second.update(official_title="Write to ada@lantern.org or +49 30 450 50 12", overall_status="RECRUITING")
    third.update(completion_latest=date(2023, 5, 10), completion_month_year="2023-05-10", overall_status="RECRUITING")
    tables["changes"] = [change(TRIAL, "overall_status", "RECRUITING", "COMPLETED")]
    tables["related_studies"][0].update(related_nct_id="NCT00000002")
    tables["related_studies"][1].update(related_nct_id="NCT07777777")
    return tables


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with explored(tmp_path_factory.mktemp("explored"), _tables()) as address:
        yield address


# --- the gate ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "127.0.0.1", "127.0.0.1:1", "[::1]:8001", ""])
def test_who_asks_for_another_host_is_not_answered(base: str, host: str) -> None:
    answer = ask(base, "/trials/studies", Host=host)
    assert answer.status == 421
    assert TRIAL not in answer.text


def test_localhost_is_this_host(base: str) -> None:
    assert ask(base, "/trials", Host=base.replace("http://127.0.0.1", "LOCALHOST")).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading(base: str, method: str) -> None:
    assert ask(base, "/trials/overdue", method=method).status == 405


def test_pages_of_other_sites_may_link_and_not_load(base: str) -> None:
    assert ask(base, "/trials.json", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403
    assert ask(base, "/trials.json", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="cors").status == 200
    assert ask(base, "/trials", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/trials.db", "/trials/studies.csv", "/trials/overdue.csv", "/trials/studies.blob", "/_internal", "/_memory",
        "/_internal/databases", "/-/settings", "/-/metadata.json", "/-/plugins", "/-/databases", "/-/auth-token",
        "/-/permissions", "/-/static/app.css", "/static/../server.py", "/static/%2e%2e/server.py", "//trials",
        "/trials/central_contacts", "/trials/sqlite_master/1/2", "/trials/trial_search",
        "/trials/trial_search_data.json", "/trials/sqlite_stat1", "/trial/nct1", "/:memory:",
    ],
)  # fmt: skip
def test_what_is_not_needed_is_not_there(base: str, path: str) -> None:
    assert ask(base, path).status == 404


@pytest.mark.parametrize("path", ["/trials?sql=select+1", "/trials.json?sql=select+1", "/trials/studies?_where=1%3D1"])
def test_sql_of_ones_own_is_refused(base: str, path: str) -> None:
    assert ask(base, path).status == 403


def test_no_script_may_run_but_that_of_the_plot(base: str) -> None:
    for path, scripts in (
        ("/trials", False), (f"/trial/{TRIAL}", False), (f"/trials/studies/{TRIAL}", False), ("/nothing", False),
        ("/trials/studies", True), ("/trials/overdue", True),
    ):  # fmt: skip
        answer = ask(base, path)
        policy = dict(each.split(" ", 1) for each in answer.headers["Content-Security-Policy"].split("; "))
        assert policy.get("script-src") == ("'self' 'unsafe-eval'" if scripts else None), path
        assert (policy["default-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 3
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert scripts or "<script" not in answer.text
        assert "onclick" not in answer.text


def test_what_is_wrong_is_said_once_and_without_a_traceback(base: str, capfd: pytest.CaptureFixture[str]) -> None:
    for path, status in (
        ("/trials/no_table", 404), ("/trial/NCT00009999", 404), ("/trials/studies?_sort=no_column", 400),
        ("/trials/studies?_size=1000000", 400), ("/trials/no_table.json", 404),
        ("/trials/studies?_search=x&_fts_table=%1B%5B2J", 400), ("/trials/studies?_search=%22&_searchmode=raw", 400),
        ("/trials/studies?_timelimit=x", 400), ("/trials/studies?nct_id__in=[", 400),
        ("/trials/studies?_through=x", 400),
    ):  # fmt: skip
        assert ask(base, path).status == status, path
    assert capfd.readouterr() == ("", "")
    assert ask(base, "/trials/studies?_through=%7B%7D").status == 500
    out, said = capfd.readouterr()
    assert out == ""
    assert said == "trials: /trials/studies could not be shown (KeyError: 'table').\n"


# --- what is shown ----------------------------------------------------------------------------------------------


def test_the_first_page_lists_every_table_and_question(base: str) -> None:
    assert ask(base, "/").headers["Location"] == "/trials"
    text = ask(base, "/trials").text
    for each in SHOWN:
        assert f'href="/trials/{each.name}"' in text
    for question in QUESTIONS:
        assert question.title in text


@pytest.mark.parametrize("name", [each.name for each in SHOWN])
def test_each_table_is_shown_with_what_its_columns_mean(base: str, name: str) -> None:
    answer = ask(base, f"/trials/{name}")
    assert answer.status == 200
    assert "Too many rows to count" not in answer.text
    for column in next(each for each in SHOWN if each.name == name).columns:
        assert f"<dt>{column.name} " in answer.text


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
@pytest.mark.parametrize("value", ["", "2", "2026-01-31", "'; --", "%"])
def test_each_question_is_answered_whatever_its_parameters(base: str, question: object, value: str) -> None:
    found = next(each for each in QUESTIONS if each == question)
    names = [name for name in ("day", "hours", "days", "table", "term", "most", "name") if f":{name}" in found.sql]
    query = "&".join(f"{name}={quote(value)}" for name in names)
    answer = ask(base, f"/trials/{found.name}.json?{query}")
    assert answer.status == 200
    assert json.loads(answer.text)["ok"]


def _ids(base: str, path: str) -> list[str]:
    answer = json.loads(ask(base, path).text)
    return [row[answer["columns"].index("nct_id")] for row in answer["rows"]]


def test_questions_have_the_answers_that_they_name(base: str) -> None:
    assert _ids(base, "/trials/overdue.json?day=2024-01-01") == ["NCT00000003"]
    assert len(_ids(base, "/trials/overdue.json?day=2030-01-01")) == 30
    assert _ids(base, "/trials/changed_last.json") == [TRIAL]
    assert _ids(base, "/trials/small_trials.json") == [TRIAL]
    poor = json.loads(ask(base, "/trials/poor_columns.json?table=studies").text)["rows"]
    shares = {row[1]: row[2] for row in poor}
    assert (shares["phase"], shares["overall_status"], shares["health_authority"]) == (66.67, 100, 0)
    countries = json.loads(ask(base, "/trials/by_country.json").text)["rows"]
    assert [row[:3] for row in countries] == [["KR", "Korea, Republic of", 30], ["US", "United States", 30]]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("angstrom", 1), ("LUMEN", 1), ("warm lamp", 30), ("springfield", 30), ("LAMP-17/b", 30), ("evening light", 30),
        ("osteoarthritis knee", 30), ("NCT00000007", 1), ("nowhere", 0), ('"', 0),
        ("lantern ^ nowhere", 0), ('"lamp warm"', 0), ("warm* lamp", 30),
    ],
)  # fmt: skip
def test_search_looks_into_titles_names_ids_and_summaries(base: str, words: str, count: int) -> None:
    answer = json.loads(ask(base, f"/trials/studies.json?_search={quote(words)}").text)
    assert answer["filtered_table_rows_count"] == count


@pytest.mark.parametrize(
    ("sought", "where"),
    [
        ("nct 0000 0007", "/trial/NCT00000007"),
        ("warm & lamp", "&_search=warm+%26+lamp"),
        ("", "&_search="),
        ("//evil.example", "&_search=%2F%2Fevil.example"),
    ],
)
def test_an_id_leads_to_its_trial_and_words_to_a_list(base: str, sought: str, where: str) -> None:
    answer = ask(base, f"/find?q={quote(sought)}")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/trial")
    assert answer.headers["Location"].endswith(where)


def test_a_list_of_trials_has_few_columns_and_leads_to_all(base: str) -> None:
    text = ask(base, ask(base, "/find?q=lamp").headers["Location"]).text
    assert 'href="/trials/studies?_search=lamp"' in text
    assert "official_title" in text
    assert ">health_authority</a>" not in text
    assert ">health_authority</a>" in ask(base, "/trials/studies?_search=lamp").text


def test_facets_and_the_order_are_those_of_the_looks(base: str) -> None:
    for name, look in LOOKS.items():
        answer = json.loads(ask(base, f"/trials/{name}.json").text)
        assert set(answer["facet_results"]) == set(look.facets), name
        if look.sort_desc:
            assert f"sorted by {look.sort_desc} descending" in answer["human_description_en"]


def test_trials_are_chosen_by_their_countries(base: str) -> None:
    through = quote(json.dumps({"table": "countries", "column": "country_code", "value": "KR"}))
    assert json.loads(ask(base, f"/trials/studies.json?_through={through}").text)["filtered_table_rows_count"] == 30


# --- the page of a trial ----------------------------------------------------------------------------------------


def test_a_trial_says_why_a_value_is_missing(base: str) -> None:
    text = ask(base, f"/trial/{TRIAL}").text
    assert "Ångström lamps" in text
    assert "<dt>Verified</dt><dd>2024-05</dd>" in text
    assert '<dt>Authority</dt><dd><span class="null">blank</span></dd>' in text
    assert '<dt>Observational model</dt><dd><span class="null">absent</span></dd>' in text
    assert "The site has its page no more" in text
    assert "ada[@]lantern.org" not in text


def test_damaged_places_are_marked_and_changes_and_problems_listed(base: str) -> None:
    text = ask(base, f"/trial/{TRIAL}").text
    assert "see problems" in text
    assert "<td>lossy_text</td>" in text
    assert "studies.overall_status" in text
    assert f'href="/trials/facilities?nct_id={TRIAL}"' in text
    assert 'rel="noopener noreferrer nofollow"' in text


def test_ids_in_every_table_lead_to_the_page_of_the_trial(base: str) -> None:
    for name in ("studies", "conditions", "problems", "changes", "related_studies", "overdue?day=2030-01-01"):
        assert f'<a href="/trial/{TRIAL}">{TRIAL}</a>' in ask(base, f"/trials/{name}").text, name
    assert "Ångström lamps" in ask(base, "/trials/conditions").text


def test_trials_link_to_each_other_also_those_that_are_not_here(base: str) -> None:
    assert 'href="/trial/NCT00000002"' in ask(base, f"/trial/{TRIAL}").text
    missing = ask(base, "/trial/NCT07777777")
    assert missing.status == 200
    assert "No page of this trial was read" in missing.text
    assert f'href="/trial/{TRIAL}"' in missing.text
