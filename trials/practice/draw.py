"""How values are drawn: the first trials take turns, the rest follow the registry's frequencies."""

import math
from collections.abc import Sequence
from random import Random
from typing import TypeAlias, TypeVar

_T = TypeVar("_T")
_TURNS = 4  # each form's, before trials are drawn at random
_LARGEST_TRIAL = 3  # place of the trial that has the most of everything

Quantiles: TypeAlias = tuple[tuple[float, int], ...]
"""Share of the trials → the most that they have; between two entries the geometric mean."""


def turn(place: int, forms: Sequence[_T], drawn: _T) -> _T:
    """Return the form whose turn it is; what was drawn, once each has had its turns."""
    return forms[place % len(forms)] if place < _TURNS * len(forms) else drawn


def how_many(place: int, stream: Random, quantiles: Quantiles) -> int:
    """Return a count or a length."""
    share = stream.random() if place != _LARGEST_TRIAL else 1.0
    low_share, low = 0.0, quantiles[0][1]
    for high_share, high in quantiles:
        if share <= high_share:
            part = (share - low_share) / (high_share - low_share) if high_share > low_share else 1.0
            return round((low + 1) * math.pow((high + 1) / (low + 1), part)) - 1
        low_share, low = high_share, high
    return low


def digits(stream: Random, pattern: str) -> str:
    """Return the pattern with a digit for each `#`."""
    return "".join([stream.choice("0123456789") if sign == "#" else sign for sign in pattern])
