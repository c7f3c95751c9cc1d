"""One reader for each kind of field: the text as printed → columns of the table, or the sentence of what was expected.

To add a kind, add it to `registry.labels.Kind` and a reader to `READERS`.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from normalizers.values.citations import doi, pmid, year
from normalizers.values.contacts import read_email
from normalizers.values.dates import read_date
from normalizers.values.durations import read_ages
from normalizers.values.identifiers import id_kind
from normalizers.values.time_frames import read_time_frame
from registry.labels import Field, Kind
from registry.limits import MAX_PATTERN
from registry.tables import Row, columns_of
from registry.vocabularies import code, codes
from registry.wording import UNIT_OF_PEOPLE

_RELATED = re.compile(r"(NCT[0-9]{8})\s+[-–—]\s*(.*)", re.DOTALL)
_ID_IN_WORDS = re.compile(  # words with capitals, then a number; a number, then such words or some in brackets
    r"(?:[A-Z]\S* ){1,3}\S*[0-9]\S*|(?=\S{4})\S*[0-9]\S*(?:(?: [A-Z]\S*){1,3}| ?\([^()]{1,60}\))"
)
_IDS_END = re.compile(r";(?![^();\n]{0,80}\))|\n")  # not inside brackets: `B-17 (Other: Light; Inc.)`
_BETWEEN_COMMAS = re.compile(r"(?:(?<!\S)[0-9]{1,3}(?:,[0-9]{3})+(?!\w)|[^,])+")  # `IND 12,345` is one
_ROLES = re.compile(r"\(([^()]*)\)$")
_PEOPLE = re.compile(rf"([0-9]{{1,10}})(?:\s+{UNIT_OF_PEOPLE})?", re.IGNORECASE)
_LARGEST_COUNT = 2**31 - 1  # AACT's column has 32 bits; the largest enrollment in the registry is 200 million


class Reading(NamedTuple):
    """What a text gave: values of columns, and, where it could not be read, the problem and what was expected."""

    columns: Mapping[str, object]  # of several texts: not to be changed
    problem: str | None = None
    expected: str = ""
    rows: tuple[Row, ...] = ()  # where one text gives several rows


_MAY_SAY_NONE = frozenset({Kind.PERSON, Kind.PHONE, Kind.EMAIL, Kind.IDS})
Reader: TypeAlias = Callable[[str, Field], Reading]


def says_none(known: Field, text: str) -> bool:
    """Whether the text of a contact, an id or a prose field says that there is none (`n/a`): as good as blank."""
    return (known.kind in _MAY_SAY_NONE or known.multiline) and code("no_value", text) is not None


def read(known: Field, text: str) -> Reading:
    """Return what the text of a field says; the text is not blank, and printed already.

    Patterns are not tried on a text that is too long for them: it is no value of any kind.
    """
    if len(text) > MAX_PATTERN and known.kind is not Kind.TEXT:
        return _unread({}, f"a value; it has more than {MAX_PATTERN:,} characters")
    return READERS[known.kind](text, known)


def _unread(columns: Mapping[str, object], expected: str) -> Reading:
    return Reading(columns, "unread_value", expected)


def _text(text: str, known: Field) -> Reading:
    return Reading({known.column: text})


def _code(text: str, known: Field) -> Reading:
    return _coded(text, known.table, known.column)


@lru_cache(maxsize=2**12)  # all trials share their wordings
def _coded(text: str, table: str, column: str) -> Reading:
    vocabulary = columns_of(table)[column].vocabulary
    columns: Row = {column: code(vocabulary, text), **_beside(text, table, column)}
    if columns[column] is None:
        return Reading(columns, "unknown_wording", f"a wording of registry/vocab/{vocabulary}.csv")
    return Reading(columns)


def _masking(text: str, known: Field) -> Reading:
    """The roles that do not know the arm may stand in brackets behind the kind of masking."""
    whole = _code(text, known)
    named = _ROLES.search(text)
    if not whole.problem or named is None:
        return whole
    found = _code(text[: named.start()], known)
    if found.problem:
        return whole
    beside = _beside(text, known.table, known.column)
    roles = {code("masking_role", role) for role in named[1].split(",")}
    if None in roles:
        return Reading(
            {**found.columns, **_beside(text, known.table, known.column)},
            "unknown_wording",
            "a masking with known roles",
        )
    masked = {f"{role}_masked": role in roles for role in sorted(codes("masking_role"))}
    return Reading({**found.columns, **masked, **beside})


def _beside(text: str, table: str, column: str) -> Row:
    """Return the text as printed for the column that keeps it, where the table has one."""
    name = f"{column}_text"
    return {name: text} if name in columns_of(table) else {}


def _day(text: str, known: Field) -> Reading:
    found = read_date(text)
    if found is None or found.day is None:
        return _unread({}, "a date with its day, such as May 10, 2023")
    return Reading({known.column: found.day})


def _date(text: str, known: Field) -> Reading:
    found = read_date(text)
    if found is None:
        return _unread({}, "a date such as May 10, 2023 or May 2023")
    stem = known.column.removesuffix("_date")
    return Reading(
        {
            f"{stem}_month_year": found.iso,
            f"{stem}_date": found.day,
            f"{stem}_earliest": found.earliest,
            f"{stem}_latest": found.latest,
        }
    )


def _count(text: str, known: Field) -> Reading:
    found = _PEOPLE.fullmatch(text)
    if found and int(found[1]) <= _LARGEST_COUNT:
        return Reading({known.column: int(found[1])})
    return _unread({}, "a whole number without sign or separators")


def _yes_no(text: str, known: Field) -> Reading:
    answer = code("yes_no", text)
    columns: Row = {
        known.column: None if answer is None else answer == "true",
        **_beside(text, known.table, known.column),
    }
    if answer is None:
        return Reading(columns, "unknown_wording", "Yes or No, or a wording of registry/vocab/yes_no.csv")
    return Reading(columns)


def _ages(text: str, known: Field) -> Reading:
    ages = read_ages(text)
    if ages is None:
        return _unread({known.column: text}, "an age group such as 18 Years to 90 Years")
    return Reading(
        {
            known.column: text,
            "minimum_age": ages.minimum,
            "maximum_age": ages.maximum,
            "minimum_age_years": ages.minimum_years,
            "maximum_age_years": ages.maximum_years,
        }
    )


def _ids(text: str, known: Field) -> Reading:
    """The organization has one id of its own, which may hold anything; the others may be a list."""
    source = code("id_source", known.labels[0])
    is_list = source != "org_study_id"
    ids = [value for part in _IDS_END.split(text) for value in _between_commas(part.strip())] if is_list else [text]
    ids = [value for value in ids if code("no_value", value) is None]
    return Reading({}, rows=tuple(_id_row(source, value) for value in ids))


def _id_row(source: str | None, value: str) -> Row:
    kind = id_kind(value)
    return {"id_source": source, "id_value": value, "id_type": kind.id_type, "registry": kind.registry}


def _between_commas(text: str) -> list[str]:
    """Return the ids of a list with commas; the whole text if a piece with a space in it is none (`JT 2974` is one)."""
    pieces = [piece.strip() for piece in _BETWEEN_COMMAS.findall(text)]
    return [piece for piece in pieces if piece] if all(map(_may_be_id, pieces)) else [text]


def _may_be_id(piece: str) -> bool:
    """Whether a piece of a list is an id, or says that there is none."""
    if " " not in piece or _ID_IN_WORDS.fullmatch(piece) or id_kind(piece).registry:
        return True
    return code("no_value", piece) is not None


def _sponsor(text: str, known: Field) -> Reading:
    return Reading({}, rows=({"lead_or_collaborator": code("sponsor_role", known.labels[0]), "name": text},))


def _email(text: str, known: Field) -> Reading:
    address = read_email(text)
    columns: Row = {known.column: address, f"{known.column}_text": text}
    return Reading(columns) if address else _unread(columns, "an email address")


def _country(text: str, known: Field) -> Reading:
    columns: Row = {known.column: text, "country_code": code("countries", text)}
    if columns["country_code"] is None:
        return Reading(columns, "unknown_wording", "a country of registry/vocab/countries.csv")
    return Reading(columns)


def _term(text: str, known: Field) -> Reading:
    return Reading({known.column: text, f"downcase_{known.column}": text.lower()})


def _time_frame(text: str, known: Field) -> Reading:
    found = read_time_frame(text)
    if found is None:
        return Reading({known.column: text})
    return Reading(
        {
            known.column: text,
            "time_frame_days_from": found.days_from,
            "time_frame_days_to": found.days_to,
            "time_frame_origin": found.origin,
        }
    )


def _citation(text: str, known: Field) -> Reading:
    return Reading({"pmid": pmid(text), "doi": doi(text), "year": year(text), known.column: text})


def _related(text: str, known: Field) -> Reading:
    match = _RELATED.fullmatch(text)
    if match is None:
        return _unread({known.column: text}, "an NCT id, a dash and a title")
    return Reading({"related_nct_id": match[1], known.column: match[2] or None})


READERS: dict[Kind, Reader] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.DAY: _day,
    Kind.DATE: _date,
    Kind.COUNT: _count,
    Kind.YES_NO: _yes_no,
    Kind.AGES: _ages,
    Kind.NCT_ID: _text,
    Kind.IDS: _ids,
    Kind.SPONSOR: _sponsor,
    Kind.PERSON: _text,
    Kind.PHONE: _text,
    Kind.MASKING: _masking,
    Kind.EMAIL: _email,
    Kind.COUNTRY: _country,
    Kind.TERM: _term,
    Kind.TIME_FRAME: _time_frame,
    Kind.CITATION: _citation,
    Kind.RELATED: _related,
}
