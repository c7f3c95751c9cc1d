"""What masks of emails and telephone numbers find in real texts, and what they take that is neither.

The texts are those of real records as an export has them, all columns of free text. Contacts were taken out of the
records before: where one stood there is a placeholder. So what is masked in any other text is false, and is printed. In
place of the placeholders stand, one after the other, numbers as each country writes them (examples of `phonenumbers`):
where the placeholder was, after a word such as `call`, and bare in a sentence. Recall is the share of them of which
nothing but the mask is left. The first patterns took 38 texts for numbers, nearly all of them DOIs; these take none.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a file, too

from benchmarks.publish import base
from normalizers.masking import holds_phones, is_free_text
from registry.privacy import CONTACTS, EMAIL, EMAIL_MASK, PHONE, PHONE_MASK
from registry.tables import TABLES, Type

PLACEHOLDERS = ("1-555-0100", "name@example.org")
_RECORDS = 646
_KINDS = {
    "landline": PhoneNumberType.FIXED_LINE,
    "mobile": PhoneNumberType.MOBILE,
    "toll-free": PhoneNumberType.TOLL_FREE,
}
_FORMATS = {"international": PhoneNumberFormat.INTERNATIONAL, "national": PhoneNumberFormat.NATIONAL}
_SENTENCES = {
    "where it stood": "for this trial, contact 1-877-BLOSSOM ({}) Mon - Fri",
    "after a word": "Interested? Call {} on weekdays.",
    "bare": "Dr. M. Lantern, Ward 3, {}",
}
_EMAILS = ("ada.b-c@ward3.example.org", "x_1@klinik.example.de", "a [at] ward.example.org", "b(at)example.ac.uk")


def texts() -> Iterator[tuple[str, bool, str]]:
    """Yield every free text of the real records: its column, whether telephone numbers are masked there, the text."""
    tables, _ = base(_RECORDS)
    for table in TABLES:
        for column in table.columns:
            if table.name != CONTACTS and is_free_text(column) and column.type is Type.TEXT:
                for text in tables[table.name][column.name].drop_null().to_pylist():
                    yield f"{table.name}.{column.name}", holds_phones(column), text


def _printed_false(column: str, found: re.Match[str]) -> None:
    text = found.string
    around = text[max(0, found.start() - 30) : found.start()], text[found.end() : found.end() + 15]
    print(f"  {column}: {around[0]!r} {found.group()!r} {around[1]!r}")


def false_masks() -> None:
    """Print what is masked and is no contact, and how many texts there are."""
    count = size = 0
    known, false = Counter[str](), Counter[str]()
    for column, phones, text in texts():
        count, size = count + 1, size + len(text)
        if here := sum(map(text.count, PLACEHOLDERS)):
            known[column] += here
            continue
        for pattern in (EMAIL, PHONE) if phones else (EMAIL,):
            for found in re.finditer(pattern, text):
                false[column] += 1
                _printed_false(column, found)
    print(f"{count:,} texts, {size / 1e6:.1f} million characters; contacts once stood in {dict(known)}")
    print(f"masked, and no contact: {false.total()} {dict(false)}")


def numbers(kind: int, form: int) -> list[str]:
    """Return an example of a number for each region that has one, as it is written there."""
    known = (phonenumbers.example_number_for_type(region, kind) for region in sorted(phonenumbers.SUPPORTED_REGIONS))
    return [phonenumbers.format_number(each, form) for each in known if each is not None]


def _is_gone(number: str, sentence: str) -> bool:
    masked = re.sub(PHONE, rf"\1{PHONE_MASK}", sentence.format(number))
    return not re.search(r"[0-9]{3}", masked.replace("1-877-", ""))


def recall() -> None:
    """Print the share of numbers that are masked, by how they are written and where they stand."""
    for form, written in _FORMATS.items():
        for kind, number_kind in _KINDS.items():
            examples = numbers(number_kind, written)
            shares = (
                f"{name} {sum(_is_gone(each, sentence) for each in examples) / len(examples):6.1%}"
                for name, sentence in _SENTENCES.items()
            )
            print(f"{form:13} {kind:9} of {len(examples):3} regions: {', '.join(shares)}")
    missed = [each for each in _EMAILS if re.sub(EMAIL, EMAIL_MASK, f"Write to {each}.") != f"Write to {EMAIL_MASK}."]
    print(f"emails: {len(_EMAILS) - len(missed)} of {len(_EMAILS)} forms {missed or ''}")


if __name__ == "__main__":
    false_masks()
    recall()
