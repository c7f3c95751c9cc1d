"""Telephone numbers and email addresses. Their texts are personal data: no message repeats them."""

import re
from collections.abc import Collection

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_NORTH_AMERICAN = re.compile(r"(?:1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}(?:\s*x.*)?")


def read_phone(text: str, regions: Collection[str | None]) -> str | None:
    """Return the number in E.164 form, or None if it is not one valid number.

    `regions` are the trial's countries (ISO 3166-1 alpha-2): a number without `+` is read as one of theirs, and one
    in the form of North America as one of there too; the readings must agree.

    >>> read_phone("86 150 0111 1836", ["CN"])
    '+8615001111836'
    """
    if text.lstrip().startswith("+"):
        regions = [None]
    elif regions and _NORTH_AMERICAN.fullmatch(text.strip()):
        regions = {*regions, "US"}
    numbers = {_e164(text, region) for region in regions} - {None}
    return numbers.pop() if len(numbers) == 1 else None


def _e164(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(text: str) -> str | None:
    """Return the address, `[@]` read as `@`, or None if it is none (RFC 5321 by email-validator, no look-up).

    >>> read_email("jane.doe[@]example.org")
    'jane.doe@example.org'
    """
    try:
        return validate_email(text.replace("[@]", "@"), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None
