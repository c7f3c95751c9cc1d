"""Telephone numbers and email addresses. Their texts are personal data: no message repeats them."""

import re
from collections.abc import Collection

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_NORTH_AMERICAN = re.compile(r"(?:1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}(?:\s*x.*)?")

_BETWEEN = re.compile(r"[/;,|\n]|\b(?:or|and)\b|&", re.IGNORECASE)
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
    if len(text) > _LONGEST or _holds_two(text):
        return None
    number = text.lstrip("( \t").replace("＋", "+")
    if number.startswith("+"):
        readings = {_e164(number, None)}
    else:
        if regions and _NORTH_AMERICAN.fullmatch(text.strip()):
            regions = {*regions, "US"}
        readings = {_e164(text, region) for region in set(regions)}  # each facility gives its country
        if number.startswith("00"):
            readings.add(_e164(f"+{number[2:].lstrip(' -.')}", None))
    numbers = readings - {None}
    return numbers.pop() if len(numbers) == 1 else None


def _holds_two(text: str) -> bool:
    """Whether two pieces of the text are as long as a number, or a sign for `+` stands twice."""
    pieces = [sum(sign.isdigit() for sign in piece) for piece in _BETWEEN.split(text)]
    return sum(count >= _FEWEST_DIGITS for count in pieces) > 1 or text.count("+") > 1


def _e164(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(text: str) -> str | None:
    """Return the address, `[@]` read as `@`, or None if it is not one (RFC 5321 by email-validator, no look-up).

    A sign of punctuation behind it is none of it.

    >>> read_email("jane.doe[@]example.org")
    'jane.doe@example.org'
    """
    address = text.replace("[@]", "@").rstrip(".,; ").removeprefix("mailto:")
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None
