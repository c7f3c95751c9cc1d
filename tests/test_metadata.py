"""What describes a build: a valid Data Package, a dictionary of every column, a picture that loads nothing."""

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import fastjsonschema
import pandas as pd
import pyarrow.parquet as pq
import pytest

from normalizers.dictionary import dictionary
from normalizers.entities import entities
from normalizers.links import links
from normalizers.metadata import datapackage, readme, write_metadata
from registry.tables import TABLES, Table, Type, table
from registry.vocabularies import codes
from tests.builds import published, trials

_PROFILES = Path(__file__).parent / "profiles"


@cache
def _package() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(datapackage())
    return found


@cache
def _profile(name: str) -> Callable[[object], object]:
    schema = json.loads((_PROFILES / f"{name}.json").read_text(encoding="utf-8"))
    compiled: Callable[[object], object] = fastjsonschema.compile(schema, use_default=False)
    return compiled


def _schema(of: Table) -> dict[str, Any]:
    (resource,) = [each for each in _package()["resources"] if each["name"] == of.name]
    schema: dict[str, Any] = resource["schema"]
    return schema


# --- the Data Package -------------------------------------------------------------------------------------------


def test_the_package_is_valid() -> None:
    _profile("data-package")(_package())
    for each in TABLES:
        _profile("table-schema")(_schema(each))


def test_the_published_schemas_refuse_what_is_wrong() -> None:
    with pytest.raises(fastjsonschema.JsonSchemaException):
        _profile("data-package")({"resources": []})
    with pytest.raises(fastjsonschema.JsonSchemaException):
        _profile("table-schema")({"fields": [{"name": "nct_id", "type": "text"}]})


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_every_column_is_described(each: Table) -> None:
    fields = _schema(each)["fields"]
    assert [field["name"] for field in fields] == [column.name for column in each.columns]
    for field, column in zip(fields, each.columns, strict=True):
        constraints = field.get("constraints", {})
        assert field["description"] == column.meaning
        assert field.get("null", "") == column.null
        assert field.get("unit", "") == column.unit
        assert constraints.get("required", False) != column.nullable
        assert constraints.get("enum") == (sorted(codes(column.vocabulary)) if column.vocabulary else None)
        assert field.get("personal", False) == column.personal


def test_keys_and_what_they_lead_to() -> None:
    assert _schema(table("facilities"))["primaryKey"] == ["nct_id", "ordinal"]
    assert "primaryKey" not in _schema(table("changes"))  # rows that were added and removed may have one place
    for each in TABLES:
        for link in _schema(each).get("foreignKeys", []):
            there = {column.name for column in table(link["reference"]["resource"]).columns}
            assert set(link["reference"]["fields"]) <= there
            assert set(link["fields"]) <= {column.name for column in each.columns}


def test_what_the_package_says_holds_for_a_build(tmp_path: Path) -> None:
    folder = published(tmp_path / "store", trials(5)).folder
    assert json.loads((folder / "datapackage.json").read_text(encoding="utf-8")) == _package()
    database = duckdb.connect()
    for resource in _package()["resources"]:
        path = folder / resource["path"]
        kinds = {field.name: str(field.type) for field in pq.read_schema(path)}
        for field in resource["schema"]["fields"]:
            assert re.match(_ARROW[field["type"]], kinds[field["name"]]), field
        for link in resource["schema"].get("foreignKeys", []):
            other = folder / f"{link['reference']['resource']}.parquet"
            names = ", ".join(link["fields"])
            sql = f"SELECT count(*) FROM '{path}' ANTI JOIN '{other}' USING ({names})"
            assert database.execute(sql).fetchall() == [(0,)], (resource["name"], names)


_ARROW = {
    "string": "string",
    "integer": "int64",
    "number": "double",
    "boolean": "bool",
    "date": "date32",
    "datetime": "timestamp",
    "array": "list<.*string",
}


def test_every_type_has_a_name_in_a_package() -> None:
    assert {field["type"] for each in TABLES for field in _schema(each)["fields"]} == set(_ARROW)
    assert len(_ARROW) == len(Type)


def test_links_are_of_one_row_or_many() -> None:
    found = {(each.name, link.to): link.is_many for each in TABLES for link in links(each)}
    assert {name for name, to in found if to == "studies"} == {each.name for each in TABLES} - {"studies"}
    assert {name: many for (name, to), many in found.items() if to == "pages"} == {"studies": False, "problems": True}
    assert [name for (name, _), many in found.items() if not many] == [
        *("studies", "brief_summaries", "detailed_descriptions", "eligibilities", "designs")
    ]
    assert '    studies ||--o{ facilities : "nct_id"\n    studies ||--o{ countries : "nct_id"\n' in dictionary()
    assert "mermaid" not in dictionary([table("studies")])


# --- README and dictionary --------------------------------------------------------------------------------------


def test_the_readme_says_how_to_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published(tmp_path / "store", trials(5)).folder
    blocks = re.findall(r"^(\w+):\n\n((?:    .*\n)+)", (folder / "README.md").read_text(encoding="utf-8"), re.M)
    code = {name: re.sub(r"^    ", "", text, flags=re.M) for name, text in blocks}
    assert set(code) == {"pandas", "DuckDB", "R"}
    assert all(len(text.splitlines()) <= 5 for text in code.values())
    monkeypatch.chdir(folder)
    exec(code["pandas"], {})  # what a person would paste
    printed = capsys.readouterr().out
    countries = pd.read_parquet("countries.parquet")["country_code"]
    assert all(country in printed for country in countries)
    rows = duckdb.connect().execute(code["DuckDB"].replace("'US'", f"'{countries[0]}'")).fetchall()
    assert sum(count for _, count, _ in rows) == (countries == countries[0]).sum() > 0


def test_the_readme_lists_every_table_and_what_is_personal() -> None:
    text = readme()
    assert all(f"| `{each.name}.parquet` | {each.grain} |" in text for each in TABLES)
    assert "Personal data stand in `central_contacts.parquet`." in text


def test_the_same_is_written_every_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_metadata(tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


# --- the picture ------------------------------------------------------------------------------------------------


def test_the_picture_shows_every_table_and_column() -> None:
    texts = _texts()
    for each in TABLES:
        assert each.name in texts
        assert all(column.name in texts for column in each.columns)


def _texts() -> list[str]:
    root = ElementTree.fromstring(entities())
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_loads_nothing_and_knows_dark_screens() -> None:
    text = entities()
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg\")|url\(|<script|<image|@import|href", text)
    assert "prefers-color-scheme:dark" in text


def test_boxes_do_not_overlap_and_stand_in_the_picture() -> None:
    root = ElementTree.fromstring(entities())
    rects = [element.attrib for element in root.iter("{http://www.w3.org/2000/svg}rect")]
    boxes = [
        tuple(int(each[name]) for name in ("x", "y", "width", "height")) for each in rects if each["class"] == "box"
    ]
    assert len(boxes) == len(TABLES)
    for number, (x, y, wide, high) in enumerate(boxes):
        assert x >= 0
        assert x + wide <= int(root.attrib["width"])
        assert y + high <= int(root.attrib["height"])
        for ax, ay, awide, ahigh in boxes[:number]:
            assert x >= ax + awide or ax >= x + wide or y >= ay + ahigh or ay >= y + high
