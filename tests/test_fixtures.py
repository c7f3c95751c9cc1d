"""Each fixture folder is a claim about one page; one test for each of its tables, so that a failure names it."""

import json
from pathlib import Path

import pytest

from normalizers.arrow import arrow_table
from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from parsers import parse
from registry.errors import PageError
from registry.tables import TABLES, table
from tests.cases import CASES, READ, REFUSED, json_of, page_of
from trials.fixture import write_reading

_TABLES_OF = [(case, name.name) for case in READ for name in TABLES]


def test_there_are_enough() -> None:
    assert len(CASES) >= 42
    assert all(case.name.startswith("NCT") for case in CASES)


def _read(case: Path) -> dict[str, list[dict[str, object]]]:
    page = page_of(case)
    tables: dict[str, list[dict[str, object]]] = json.loads(to_json_line(tidy(page, parse(page))))
    return tables


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_expected_is_there(case: Path) -> None:
    expected = case / "expected.json"
    if not expected.exists():
        written = write_reading(case, page_of(case))
        pytest.fail(f"{written} was written: read it, then run again")
    assert json_of(expected).keys() <= {name.name for name in TABLES}


@pytest.mark.parametrize(("case", "name"), _TABLES_OF, ids=lambda part: getattr(part, "name", part))
def test_table(case: Path, name: str) -> None:
    assert _read(case)[name] == json_of(case / "expected.json").get(name, [])


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_tables_keep_their_schema(case: Path) -> None:
    page = page_of(case)
    tables = tidy(page, parse(page))
    assert list(tables) == [name.name for name in TABLES]
    for name, rows in tables.items():
        assert arrow_table(table(name), rows).num_rows == len(rows)


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_no_problem_repeats_a_contact(case: Path) -> None:
    tables = _read(case)
    said = json.dumps(tables["problems"], ensure_ascii=False)
    for contact in tables["central_contacts"]:
        for column in ("name", "phone", "email", "email_text"):
            assert contact[column] is None or str(contact[column]) not in said


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Path) -> None:
    error = json_of(case / "error.json")
    with pytest.raises(PageError) as refused:
        parse(page_of(case))
    assert error["message"] in str(refused.value)
    assert refused.value.reason == error["reason"]
