"""Ids of a trial beside its NCT number: shaped as registries and funders shape them, in ranges that they never gave."""

from random import Random

from trials.practice.draw import digits, turn

_SECONDARY_IDS: tuple[tuple[str, ...], ...] = (
    (),
    ("{year}-5#####-##",),  # EudraCT, which never numbered so high
    (),
    ("U1111-####-####", "ISRCTN0000####"),  # UTN, ISRCTN
    ("not applicable",),
    (),
    ("2024-59####-##-00",),  # CTIS
    ("IND 000###",),
    (),
    ("R01QQ0#####",),  # of a funder that there is not
    ("LRF-{year}-####", "K23QQ0#####-0#", "CRF000###"),
    (),
    ("{year}-5#####-##", "U1111-####-####", "LRF-{year}-####", "ISRCTN0000####"),
    ("none",),
    ("not provided",),
    (),
)
"""Ids that one trial has, `#` for a digit; blank and what is no id among them."""
_BLANK = 0.65  # share without any, beside the blank ones above: three quarters of the registry's records have none


def own_number(stream: Random, letters: str) -> str:
    """Return the number that the sponsor gave the trial."""
    return f"{letters}-{stream.randrange(10, 9999)}{stream.choice(('', '', '/b', ' (2)', '_v2'))}"


def secondary_ids(stream: Random, place: int) -> tuple[str, ...]:
    """Return ids of others, one trial's alike in their year only; the first trials go through the shapes."""
    drawn = () if stream.random() < _BLANK else stream.choice(_SECONDARY_IDS)
    shapes = turn(place, _SECONDARY_IDS, drawn)
    year = stream.randrange(2006, 2026)
    return tuple(digits(stream, shape.format(year=year)) for shape in shapes)
