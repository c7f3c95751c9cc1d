"""Telephone numbers and email addresses. Their texts are personal data: no message repeats them."""

import re
from collections.abc import Collection
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from normalizers.values.identifiers import id_kind

_NORTH_AMERICAN = re.compile(r"(?:1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}(?:\s*x.*)?")

_BETWEEN = re.compile(r"[/;,|\n]|\b(?:or|and)\b|&", re.IGNORECASE)
_WORDS_BEFORE = re.compile(r"\A[^0-9+(]*")
_NO_NUMBER = re.compile(r"(?<!/)(?<!/ )\b(?i:fax)\b(?! ?/)|[0-9][ .-]?[OoIl]+(?![A-Za-z])")
"""A number of another device alone, or zeros typed as letters."""
_CODE_AND_ZERO = re.compile(r"\(?([1-9][0-9]{0,2})\)?[ .-]{0,3}\(0\)")  # `49 (0)30`: only a country's code stands so
_ONE_DIGIT = re.compile(r"\+[ (]{0,2}[02-689][^0-9]")  # `+8 495`: no code has one digit but 1 and 7
_DOMAIN = re.compile(r"@.+\.[^.\d]{2,}\Z")  # of the internet: none ends in a part of one letter (`n/a@n.a`)
_FEWEST_DIGITS = 6  # of a number without its area; an extension has fewer
_LONGEST = 100  # characters of a cell with one number and words around it


def read_phone(text: str, regions: Collection[str | None]) -> str | None:
    """Return the number in E.164 form, without its extension, or None if it is not one valid number.

    `regions` are the trial's countries (ISO 3166-1 alpha-2): a number without `+` is read as one of theirs, and one
    in the form of North America as one of there too; one that begins with `00` also as if `+` stood there. All
    readings that give a valid number must agree.

    >>> read_phone("86 150 0111 1836", ["CN"]), read_phone("0044 (0)20 7946 0958 ext. 12", ["US"])
    ('+8615001111836', '+442079460958')
    >>> read_phone("+1 650 253 0000 / +1 650 253 0001", ["US"])
    """
    if len(text) > _LONGEST or _holds_two(text) or _NO_NUMBER.search(text) or id_kind(text).registry:
        return None
    numbers = _readings(text, regions) - {None}
    return numbers.pop() if len(numbers) == 1 else None


def _readings(text: str, regions: Collection[str | None]) -> set[str | None]:
    """Return what a text with one number may be, None among it."""
    number = text.lstrip("( \t").replace("＋", "+")
    if number.startswith("+"):
        found = _e164(number, None)
        return {found} if not _ONE_DIGIT.match(number) or _region(found) in regions else set()
    if zero := _CODE_AND_ZERO.match(number):
        return {_e164(f"+{zero[1]}{number[zero.end() :]}", None)}
    if regions and _NORTH_AMERICAN.fullmatch(_WORDS_BEFORE.sub("", text).strip()):
        regions = {*regions, "US"}
    readings = {_e164(text, region) for region in set(regions)}  # each facility gives its country
    if number.startswith("00"):
        readings.add(_e164(f"+{number[2:].lstrip(' -.')}", None))
    return readings


def _holds_two(text: str) -> bool:
    """Whether two pieces of the text are as long as a number, or a sign for `+` stands twice."""
    pieces = [sum(sign.isdigit() for sign in piece) for piece in _BETWEEN.split(text)]
    return sum(count >= _FEWEST_DIGITS for count in pieces) > 1 or text.count("+") > 1


@lru_cache(2**12)  # trials of a sponsor have one number; a trial has several countries
def _e164(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _region(number: str | None) -> str | None:
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) if number else None


def read_email(text: str) -> str | None:
    """Return the address, `[@]` read as `@`, or None if it is not one (RFC 5321 by email-validator, no look-up).

    A sign of punctuation behind it is none of it.

    >>> read_email("jane.doe[@]example.org")
    'jane.doe@example.org'
    """
    address = text.replace("[@]", "@").rstrip(".,; ").removeprefix("mailto:")
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None
    return found if _DOMAIN.search(found) else None
