"""What a build knows of contacts in its texts is true however it was made, and an export never trusts what is not."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from normalizers.arrow import arrow_table
from normalizers.contacts import Finder, Groups, Held, Part, sealed
from normalizers.manifest import MANIFEST, Counts, Inputs, as_json, manifest, measure_build, read_contacts
from normalizers.masking import free_texts
from normalizers.writing import DatasetWriter
from registry.privacy import masked
from registry.tables import TABLES, Table, TableRows, table
from tests.builds import published, trials
from tests.test_export import exported
from trials.export.choice import Choice

_EMAIL = "ada.canary@lantern-canary.org"
_TEXTS = ("Warm lamps.", f"Write to {_EMAIL}.", "Call +1 617 555 2368.", "ISRCTN12345678", None)
_COLUMN = {"studies": "official_title", "eligibilities": "criteria", "conditions": "name", "problems": "text"}
_FORMS = ("parquet", "csv", "jsonl")

# --- what a build knows -----------------------------------------------------------------------------------------

_Place = tuple[int, str]


def _tables(texts: Mapping[int, Sequence[str | None]]) -> dict[str, pa.Table]:
    """Return the tables of some trials, by number; each has texts of its own, in columns of some tables."""
    rows: TableRows = {each.name: [] for each in TABLES}
    for number, own in sorted(texts.items()):
        for name, made in trials(1, first=number).items():
            for row in made[:2] if name in _COLUMN else ():
                text = own[list(_COLUMN).index(name)]
                rows[name].append({**row, _COLUMN[name]: text if text or _is_nullable(name) else ""})
    return {each.name: arrow_table(each, rows[each.name]) for each in TABLES}


def _is_nullable(name: str) -> bool:
    return table(name).column(_COLUMN[name]).nullable


def _build(
    folder: Path, texts: Mapping[int, Sequence[str | None]], anew: Sequence[int], before: Path | None
) -> dict[str, Groups]:
    """Write a build as `trials build` does, but for what comes of other trials; those that are not anew are copied."""
    folder.mkdir()
    with Finder() as finder:
        with DatasetWriter(folder, finder, before) as writer:
            writer.take([f"NCT{each:08}" for each in anew], _tables({n: texts[n] for n in anew if n in texts}))
            writer.copy_rest()
        held = finder.held()
    for each in ("studies", "problems"):
        (folder / f".{each}.staged").rename(folder / f"{each}.parquet")
    content = manifest("b", measure_build(folder), Inputs(0, None, ""), Counts(0), None, [], held)
    (folder / MANIFEST).write_bytes(as_json(content))
    return held


def _looked_through(folder: Path, name: str) -> list[set[str]]:
    """Return the columns of each row group that masks change, found by Python's patterns."""
    with pq.ParquetFile(folder / f"{name}.parquet") as file:
        groups = [file.read_row_group(number) for number in range(file.num_row_groups)]
    return [{each for each in free_texts(table(name)) if _is_held(group.column(each))} for group in groups]


def _is_held(texts: Any) -> bool:
    """Whether any text holds a contact; ids are not looked at, in which numbers stay."""
    flat = texts.combine_chunks().flatten() if pa.types.is_list(texts.type) else texts
    return any(text is not None and masked(text) != text for text in flat.to_pylist())


def _some(dice: Random) -> dict[int, Sequence[str | None]]:
    """Return texts of about half of some trials; few have contacts, so that there are row groups without."""
    weights = [12, 1, 1, 2, 2]
    return {number: dice.choices(_TEXTS, weights, k=len(_COLUMN)) for number in range(1, 60) if dice.random() < 0.6}


@pytest.mark.parametrize("seed", range(3))
def test_a_build_knows_the_same_however_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    dice = Random(seed)
    monkeypatch.setattr("normalizers.writing.row_group_rows", lambda _: 3)
    before = _some(dice)
    _build(tmp_path / "before", before, sorted(before), None)
    now = {number: texts for number, texts in (_some(dice) | before).items() if dice.random() < 0.9}
    now |= {number: texts for number, texts in _some(dice).items() if dice.random() < 0.2}
    differing = sorted(each for each in {*before, *now} if before.get(each) != now.get(each))
    by_night = _build(tmp_path / "night", now, differing, tmp_path / "before")
    _build(tmp_path / "full", now, sorted(now), None)
    assert (tmp_path / "night" / MANIFEST).read_bytes() == (tmp_path / "full" / MANIFEST).read_bytes()
    for name in _COLUMN:
        assert [set(columns) for columns in by_night[name]] == _looked_through(tmp_path / "full", name)
        assert {bool(columns) for columns in by_night[name]} == {True, False}


def test_nothing_is_looked_through_that_was_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = dict.fromkeys(range(1, 6), _TEXTS[:1] * 4)
    _build(tmp_path / "before", texts, sorted(texts), None)
    looked: list[object] = []

    add = Finder.add

    def watched(self: Finder, of: Table, group: Sequence[Part]) -> None:
        looked.extend(part.unsure for part in group if part.unsure)
        add(self, of, group)

    monkeypatch.setattr(Finder, "add", watched)
    _build(tmp_path / "night", texts, [], tmp_path / "before")
    assert looked == []


# --- what an export makes of it ---------------------------------------------------------------------------------


def _spoiled(store: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the entry of each table in the manifest of the published build."""
    path = store / "current" / MANIFEST
    content = json.loads(path.read_bytes())
    for entry in content["tables"].values():
        change(entry)
    path.write_bytes(as_json(content))


def _of_none(entry: dict[str, Any]) -> None:
    entry["contacts"]["row_groups"] = {}


def _of_other_tables(entry: dict[str, Any]) -> None:
    """A seal that is right, for a file that is not there."""
    sha256 = "0" * 64
    of = table(entry["file"].removesuffix(".parquet"))
    entry |= {"sha256": sha256, "contacts": sealed(of, Held(sha256, [frozenset()] * entry["row_groups"]))}


def _of_nonsense(entry: dict[str, Any]) -> None:
    entry["contacts"] = "none"


_SPOILING: dict[str, Callable[[dict[str, Any]], Any]] = {
    "says that there are none": _of_none,
    "is of other files": _of_other_tables,
    "is nonsense": _of_nonsense,
    "says nothing": lambda entry: entry.pop("contacts"),
    "has no seal": lambda entry: entry["contacts"].pop("seal"),
    "is no entry": dict.clear,
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a contact in one text of three tables, and none in the others."""
    tables = trials(3)
    tables["studies"][1]["official_title"] = f"Write to {_EMAIL}."
    tables["eligibilities"][2]["criteria"] = f"Write to {_EMAIL}."
    tables["conditions"][0]["name"] = f"Write to {_EMAIL}."
    published(tmp_path / "store", tables)
    return tmp_path / "store"


def _leaks(store: Path, folder: Path, **also: Any) -> list[str]:
    """Return the files of exports in which a contact stands."""
    found = []
    for form in _FORMS:
        exported(store, folder / form, form, **also)
        for path in sorted((folder / form).glob(f"*.{form}")):
            text = str(pq.read_table(path).to_pylist()) if form == "parquet" else path.read_text(encoding="utf-8")
            found += [path.name] if "canary" in text else []
    return found


def test_what_is_known_is_masked(store: Path, tmp_path: Path) -> None:
    known = read_contacts(store / "current")
    assert {name for name, held in known.items() if held.columns} >= {"studies", "eligibilities", "conditions"}
    assert not _leaks(store, tmp_path)
    assert len(_leaks(store, tmp_path / "with", contacts=True)) > len(_FORMS) * 2


@pytest.mark.parametrize("how", _SPOILING)
def test_a_manifest_that_is_not_as_it_was_is_not_believed(store: Path, tmp_path: Path, how: str) -> None:
    _spoiled(store, _SPOILING[how])
    assert "studies" not in read_contacts(store / "current") or how == "is of other files"
    assert not _leaks(store, tmp_path)


@pytest.mark.parametrize("text", ["[]", "", "{"])
def test_a_manifest_that_cannot_be_read_is_not_believed(store: Path, tmp_path: Path, text: str) -> None:
    (store / "current" / MANIFEST).write_text(text, encoding="utf-8")
    assert not _leaks(store, tmp_path)


def test_a_pattern_that_is_new_finds_what_the_old_one_did_not(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pq.read_table(store / "current" / "sponsors.parquet").column("name").to_pylist()
    exported(store, tmp_path / "old", "parquet")
    assert pq.read_table(tmp_path / "old" / "sponsors.parquet").column("name").to_pylist() == before
    monkeypatch.setattr("normalizers.masking.EMAIL", "[a-z]+")
    monkeypatch.setattr("normalizers.masking.SIGNS", "[a-z]")
    assert "sponsors" not in read_contacts(store / "current")
    exported(store, tmp_path / "new", "parquet")
    names = pq.read_table(tmp_path / "new" / "sponsors.parquet").column("name").to_pylist()
    assert all("[email]" in str(name) for name in names)


def test_a_file_that_is_another_is_looked_through(store: Path, tmp_path: Path) -> None:
    path = store / "current" / "sponsors.parquet"
    rows = pq.read_table(path)
    names = pa.array([f"Write to {_EMAIL}."] * rows.num_rows, pa.string())
    place = rows.schema.get_field_index("name")
    path.unlink()
    pq.write_table(rows.set_column(place, rows.schema.field(place), names), path)
    assert "sponsors" in read_contacts(store / "current")
    assert not _leaks(store, tmp_path)


def test_some_trials_are_looked_through(store: Path, tmp_path: Path) -> None:
    assert not _leaks(store, tmp_path, choice=Choice(where="enrollment >= 0"))


def _fails(*_: object) -> None:
    pytest.fail("a text was looked through")


@pytest.mark.parametrize("form", _FORMS)
def test_what_holds_none_is_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    published(tmp_path / "store", trials(3))
    for name in ("masked", "differs"):
        monkeypatch.setattr(f"trials.export.source.{name}", _fails)
    exported(tmp_path / "store", tmp_path / "out", form)
    _spoiled(tmp_path / "store", _of_nonsense)
    with pytest.raises(pytest.fail.Exception, match="looked through"):
        exported(tmp_path / "store", tmp_path / "again", form)


def test_row_groups_without_a_contact_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("normalizers.writing.row_group_rows", lambda _: 2)
    tables = trials(5)
    for row in tables["studies"]:
        row["brief_title"] = f"Write to {row['nct_id']}@example.org"
    tables["eligibilities"][4]["criteria"] = f"Write to {_EMAIL}."
    published(tmp_path / "store", tables)
    exported(tmp_path / "store", tmp_path / "out", "parquet")
    for each in ("studies", "eligibilities", "sponsors"):
        was, now = (pq.read_table(path / f"{each}.parquet") for path in (tmp_path / "store/current", tmp_path / "out"))
        assert now.schema.equals(was.schema, check_metadata=True)
        changed = {"studies": ["brief_title"], "eligibilities": ["criteria"]}.get(each, [])
        assert now.drop_columns(changed).equals(was.drop_columns(changed))
    criteria = pq.read_table(tmp_path / "out" / "eligibilities.parquet")["criteria"].to_pylist()
    assert criteria == [row["criteria"] for row in tables["eligibilities"][:4]] + ["Write to [email]."]
    titles = pq.read_table(tmp_path / "out" / "studies.parquet")["brief_title"].to_pylist()
    assert titles == ["Write to [email]"] * 5
