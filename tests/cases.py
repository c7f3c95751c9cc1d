"""`tests/fixtures/<NCT id>-<claim>/`: a page, what is known of how it was got, and the tables or the refusal.

`page.html` or `page.txt` is the body, `page.json` the rest of the `Page`; `expected.json` holds the tables that are not
empty, `error.json` the reason of a `PageError` and words of its message. A folder without either gets an
`expected.json` written and fails: read it, then run again.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.record import Page

FOLDER = Path(__file__).parent / "fixtures"
CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
READ = [path for path in CASES if not (path / "error.json").exists()]
REFUSED = [path for path in CASES if (path / "error.json").exists()]


def page_of(case: Path) -> Page:
    (body,) = (path for path in case.iterdir() if path.suffix in (".html", ".txt", ".bin"))
    about: dict[str, Any] = json.loads((case / "page.json").read_text(encoding="utf-8"))
    if "fetched_at" in about:
        about["fetched_at"] = datetime.fromisoformat(about["fetched_at"])
    return Page(body.read_bytes(), **about)


def json_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
