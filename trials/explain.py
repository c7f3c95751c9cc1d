"""`trials parse --explain`: a page in its order, each line beside who claimed it, or why it is left over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from parsers import read_outline
from parsers.draft import HEADING, Claim, Draft, Leftover
from parsers.trial_page import read_draft
from registry.errors import PageError, Reason
from registry.labels import FieldKey, fields_of
from registry.privacy import CONTACT_LABELS, CONTACTS, SHORTEST_NAME
from registry.record import Page, Problem
from registry.tables import TableRows
from registry.wording import label_key
from trials.contained import ContainedReader
from trials.saved import Found, found_in
from trials.screen import inert, say, show
from trials.tables import tables_of

_LONGEST = 500  # characters of a line; wider than any terminal
_WHO = 36  # columns for who claimed a line: as many as the longest name of a column has
_MENDED_IN = {
    "unclaimed_text": "If a label stands in it, add that to FIELDS in registry/labels.py.",
    "absent_section": "If its heading has changed, add the new one to SECTIONS in registry/labels.py.",
    "unread_value": "If its form is right, add it in normalizers/values/.",
}
_MOST_PARTS = (
    50  # texts of problems with one label that are looked for inside a line, so that a long page takes no longer
)
_OF_LABELS = frozenset({"unknown_label", "misplaced_label"})
_PRIVATE = "(may be a contact: not shown)"


class _Seen:
    """What was read of one page: its ledger, its problems by their texts, and the texts of its contact."""

    def __init__(self, draft: Draft, problems: Sequence[Problem]) -> None:
        self.draft = draft
        self.problems = problems
        self._noted: dict[str, dict[str, str]] = {}  # label → text → code
        for problem in problems:
            if problem.label and problem.text:
                self._noted.setdefault(problem.label, {})[problem.text] = problem.code
        self._contact = [text for key, text in draft.texts.items() if _is_contact(key) and len(text) >= SHORTEST_NAME]

    def codes(self, keys: Sequence[FieldKey], texts: Sequence[str]) -> list[str]:
        """Return the codes of the problems with texts that went to fields: with a whole text, or a part of it."""
        noted = [self._noted[label] for label in map(str, keys) if label in self._noted]
        whole = [said[text] for said in noted for text in texts if text in said]
        parts = [part for said in noted for part in islice(said.items(), _MOST_PARTS)]
        return list(dict.fromkeys([*whole, *(code for part, code in parts if any(part in text for text in texts))]))

    def names_contact(self, text: str) -> bool:
        """Whether a text repeats one of the contact."""
        return any(name in text for name in self._contact)


def explain_files(files: Sequence[str]) -> bool:
    """Show who claims what on each page; return whether all of them are trial pages."""
    with ContainedReader() as reader:
        read = [_explain(found, reader) for name in files for found in found_in(name)]
    return all(read)


def _explain(found: Found, reader: ContainedReader) -> bool:
    page = found.page
    if isinstance(page, str):
        say(f"{found.name}: {page}")
        return False
    try:
        _refuse_costly(page, reader)
        _, outline = read_outline(page, may_be_cut=True)
    except PageError as error:
        say(f"{found.name}: {error}")
        return False
    draft = read_draft(outline, page.url)
    try:
        show(explanation(draft, problems_of(tables_of(page))))
    except PageError as error:
        show(explanation(draft, draft.problems))
        say(f"{found.name}: {error}")
        return False
    return True


def lines_around(page: Page, text: str, reach: int = 2) -> list[str]:
    """Return the lines of a page around the first that holds a text, without contacts; none if no line does.

    PageError if the page cannot be read.
    """
    _, outline = read_outline(page, may_be_cut=True)
    lines = [line.plain for line, _ in _lines(_Seen(read_draft(outline, page.url), ()))]
    place = next((place for place, line in enumerate(lines) if text in line), None)
    return [] if place is None else lines[max(place - reach, 0) : place + reach + 1]


def _refuse_costly(page: Page, reader: ContainedReader) -> None:
    """Raise PageError if reading the page costs too much; what it says is asked for where its outline is at hand."""
    try:
        reader.read(page)
    except PageError as error:
        if error.reason is Reason.TOO_COSTLY:
            raise


def problems_of(tables: TableRows) -> list[Problem]:
    """Return the problems of one page, those with its values among them."""
    names = [column.name for column in fields(Problem)]
    return [Problem(**{name: row[name] for name in names}) for row in tables["problems"]]  # type: ignore[arg-type]


def explanation(draft: Draft, problems: Sequence[Problem]) -> RenderableType:
    """Return the lines of a page beside who claimed them, the share claimed, and a line for each problem."""
    seen = _Seen(draft, problems)
    return Group(_Lines(tuple(_lines(seen))), Text(), _share(draft), *_problems(seen))


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines, cut to one each, beside who claimed them, which is not cut."""

    lines: Sequence[tuple[Text, Text]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines for the width at hand: two fifths for who, or as much more as names of columns need."""
        width = options.max_width
        who = min(max(_WHO, width * 2 // 5), width * 3 // 5)
        grid = Table.grid()
        grid.add_column(width=width - who - 2, no_wrap=True, overflow="ellipsis")
        grid.add_column(width=2)
        grid.add_column(width=who, overflow="fold")
        for line, by in self.lines:
            grid.add_row(line, "", by)
        yield grid


def _lines(seen: _Seen) -> Iterator[tuple[Text, Text]]:
    for entry in seen.draft.ledger:
        if isinstance(entry, Problem) or not "".join(entry.texts).strip():
            continue
        if isinstance(entry, Leftover):
            yield _left_over(entry, seen), Text(entry.code, "red")
        elif isinstance(entry.by, str):
            style = "bold" if entry.by == HEADING else "dim"
            yield _line(entry.texts, style, margin="" if entry.by == HEADING else "  "), Text(inert(entry.by), "dim")
        else:
            yield _claimed(entry.by, entry, seen)


def _left_over(entry: Leftover, seen: _Seen) -> Text:
    """Return a line that nobody claimed; of what may be of a contact, the label alone, as its problem says it."""
    if not entry.is_personal and not seen.names_contact("\n".join(entry.texts)):
        return _line(entry.texts, "red")
    label = [entry.key.label] if entry.code in _OF_LABELS and not seen.names_contact(entry.key.label) else []
    return _line([*label, _PRIVATE], "red")


def _claimed(keys: tuple[FieldKey, ...], claim: Claim, seen: _Seen) -> tuple[Text, Text]:
    """Return a line that went to fields, and their columns; a contact's value is on no screen."""
    if any(map(_is_contact, keys)):
        label, *value = claim.texts
        return _line([label, *([_PRIVATE] if any(value) else [])], "green"), Text(_columns(keys), "green")
    if seen.names_contact("\n".join(claim.texts)):
        return _line([_PRIVATE], "green"), Text(_columns(keys), "green")
    codes = seen.codes(keys, claim.texts)
    style = "yellow" if codes else "green"
    return _line(claim.texts, style), Text("  ".join([*codes, _columns(keys)]), style)


def _is_contact(key: FieldKey) -> bool:
    return label_key(key.label) in CONTACT_LABELS and fields_of(key.section)[label_key(key.label)].table == CONTACTS


def _line(texts: Sequence[str], style: str, margin: str = "  ") -> Text:
    """Return texts that stand together, on one line."""
    line = " | ".join(" ".join(text.split()) for text in texts if text.strip())
    return Text(margin + inert(line[:_LONGEST]), style)


def _columns(keys: Sequence[FieldKey]) -> str:
    """Return the columns that fields fill, under their table's name: `facilities.country, name`."""
    filled: dict[str, list[str]] = {}
    for key in keys:
        known = fields_of(key.section)[label_key(key.label)]
        columns = filled.setdefault(known.table, [])
        columns.extend([] if known.column in columns else [known.column])
    return "  ".join(f"{table}.{', '.join(columns)}" for table, columns in filled.items())


def _share(draft: Draft) -> Text:
    if not draft.content:
        return Text("Nothing here is the content of a trial page.", "red")
    is_all = draft.claimed == draft.content
    share = f"{draft.claimed / draft.content:.1%} of the text claimed"
    return Text(f"{share}: {draft.claimed:,} of {draft.content:,} characters", "green" if is_all else "red")


def _problems(seen: _Seen) -> Iterator[Text]:
    """Yield a line for each problem: what it is, and where to mend it."""
    left = {entry.code for entry in seen.draft.ledger if isinstance(entry, Leftover)}
    messages = Counter((problem.code, problem.message) for problem in seen.problems)
    for (code, message), count in messages.items():
        said = _PRIVATE if seen.names_contact(message) else message
        times = f"{count} × " if count > 1 else ""
        mended = f" {_MENDED_IN[code]}" if code in _MENDED_IN else ""
        yield Text(inert(f"{times}{code}: {said}{mended}"), "red" if code in left else "yellow")
