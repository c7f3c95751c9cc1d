"""`trials fixture`: a page and one claim about it → a folder of the parser's tests."""

import json
import re
import unicodedata
from pathlib import Path

from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from parsers import parse
from registry.errors import PageError, StoreError
from registry.nct_id import is_nct_id
from registry.record import Page
from trials.saved import body_of, shown
from trials.screen import say

FIXTURES = Path("tests/fixtures")
_LONGEST = 80  # characters of a folder's name behind the id: a claim is a sentence
_OTHER = re.compile(r"[^a-z0-9]+")


def make_fixture(name: str, claim: str, requested_id: str | None, into: Path) -> None:
    """Write `into/<NCT id>-<claim>/` of a file, and say what to read; ValueError for a claim or id that cannot be.

    StoreError if the file cannot be read, or the folder is there already or cannot be written.
    """
    slug = slug_of(claim)
    if requested_id is not None and not is_nct_id(requested_id):
        raise ValueError(f"{requested_id!r} is not the id of a trial (NCT and eight digits).")
    page = Page(body_of(name), requested_id=requested_id)
    nct_id = requested_id or _id_of(page)
    if nct_id is None:
        raise ValueError(f"{shown(name)} is refused before its id is known; say with --id of which trial it should be.")
    case = into / f"{nct_id}-{slug}"
    written = _write(case, page, "page.txt" if Path(name).suffix.lower() == ".txt" else "page.html")
    say(
        f"Read every line of {str(written)!r} before you commit it: it says what was read, not what is right. Texts and"
        " contacts of real people do not belong in a fixture; make up others in their place."
    )


def slug_of(claim: str) -> str:
    """Return a claim as the name of a folder; ValueError if nothing is left of it, or it is too long.

    >>> slug_of("A blank cell is no zero (../Größe)")
    'a-blank-cell-is-no-zero-grosse'
    """
    plain = unicodedata.normalize("NFKD", claim.casefold()).encode("ascii", "ignore").decode()
    slug = _OTHER.sub("-", plain).strip("-")
    if not slug:
        raise ValueError(f"The claim {claim!r} has no letter from a to z; say in English what the page shows.")
    if len(slug) > _LONGEST:
        raise ValueError(f"The claim has {len(slug)} characters; say it in at most {_LONGEST}.")
    return slug


def _id_of(page: Page) -> str | None:
    try:
        return parse(page).nct_id
    except PageError:
        return None


def _write(case: Path, page: Page, name: str) -> Path:
    if not case.parent.is_dir():
        raise StoreError(f"There is no folder {str(case.parent)!r}. Run this in the project, or name one with --into.")
    try:
        case.mkdir()
        (case / name).write_bytes(page.body)
        _write_json(case / "page.json", {"requested_id": page.requested_id} if page.requested_id else {})
        return write_reading(case, page)
    except FileExistsError as error:
        raise StoreError(f"{str(case)!r} is there already. Say another claim, or delete it.") from error
    except OSError as error:
        raise StoreError(
            f"{str(case)!r} cannot be written ({error.strerror or error}). Delete what is there."
        ) from error


def write_reading(case: Path, page: Page) -> Path:
    """Write what is read of a page now: the tables with rows to `expected.json`, or a refusal to `error.json`."""
    try:
        tables = json.loads(to_json_line(tidy(page, parse(page))))
    except PageError as error:
        return _write_json(case / "error.json", {"reason": error.reason, "message": str(error)})
    return _write_json(case / "expected.json", {table: rows for table, rows in tables.items() if rows})


def _write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
