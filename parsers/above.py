"""What stands above a table and is of all its rows: a country, the type of an outcome and its measure."""

import re
from collections.abc import Mapping, Sequence

from parsers.draft import texts_of
from parsers.outline import Block, Part, Table
from registry.labels import LOCATIONS, OUTCOME
from registry.vocabularies import code
from registry.wording import label_key

_ABOVE: Mapping[str, Sequence[str]] = {LOCATIONS: ("Country", "Name"), OUTCOME: ("Type", "Measure")}
"""Columns whose cells may stand above a table, by section, in this order."""
_VOCABULARIES = {"Country": "countries", "Type": "outcome_type"}
_OUTCOMES = re.compile(r"\s+(?:outcome|end ?point)s?(?:\s+measures?)?\Z", re.IGNORECASE)  # behind the type of all below
_COUNT = re.compile(r"\s*(?:\([0-9]{1,4}(?: [a-z]+)?\)|[0-9]{1,4}(?: [a-z]+)?)\Z", re.IGNORECASE)  # of those below


def given_above(part: Part, block: Block, after: Block | None, last: Mapping[str, str]) -> dict[str, str]:
    """Return the cells that a block consists of, if it stands above a table that has no columns for them.

    The first is told by its vocabulary: a country, or the type of an outcome, behind which its measure may stand.
    Where `last`, above the table before, had both, a line alone is the next measure of that type. The name of a place
    stands above its pairs only: what stands between a country and a table may be a remark.
    """
    labels, texts = _ABOVE.get(str(part.name), ()), texts_of(block)
    if part.name == LOCATIONS and any(after is printed for printed in part.blocks):
        labels = labels[:1]
    if not isinstance(after, Table) or not after.header or not 0 < len(texts) <= len(labels):
        return {}
    first = _OUTCOMES.sub("", _COUNT.sub("", texts[0]))
    given: dict[str, str] = {}
    if code(_VOCABULARIES[labels[0]], first) is not None:
        given = dict(zip(labels, (first, *texts[1:]), strict=False))
    elif len(last) == len(labels) == len(texts) + 1:
        given = {**last, labels[-1]: texts[0]}
    known = {part.fields.get(label_key(name)) for name in after.header}
    return {} if any(part.fields[label_key(label)] in known for label in given) else given


def is_type(text: str | None) -> bool:
    """Whether a text is the type of outcomes."""
    return text is not None and code(_VOCABULARIES["Type"], text) is not None


def type_of_those_below(text: str) -> str | None:
    """Return the type that a line says of the outcomes below it, None if it says none.

    >>> type_of_those_below("Secondary outcome measures (2)"), type_of_those_below("Secondary bleeding")
    ('Secondary', None)
    """
    bare = _OUTCOMES.sub("", _COUNT.sub("", text.rstrip(": ")))
    return bare if is_type(bare) else None
