"""Every kind of fault: which rows of the fault table it serves, and the function that answers.

The name of a kind is that of its function, its sentence the first line of the docstring, its parameters those of the
function after `asked`; what a parameter may be stands in `PARAMETERS`. N11 (names) and N12 (TLS) need servers of
another sort, and R03 (pace) is read from the log.
"""

import inspect
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

from trials.practice import bombs, torn, wrong
from trials.practice.steps import Wrong

Value: TypeAlias = str | int | float | bytes


class Kind(NamedTuple):
    """One kind of fault; `rows` are ids of the fault table."""

    rows: str
    answer: Callable[..., Wrong]

    @property
    def name(self) -> str:
        """What `kind` in a file of faults is."""
        return self.answer.__name__

    @property
    def sentence(self) -> str:
        """What happens, in one sentence."""
        return inspect.cleandoc(self.answer.__doc__ or "").partition("\n")[0]

    @property
    def parameters(self) -> Mapping[str, Value | None]:
        """Name → default of each parameter; `REQUIRED` where it has none."""
        known = tuple(inspect.signature(self.answer).parameters.values())[1:]
        return {each.name: REQUIRED if each.default is each.empty else each.default for each in known}


REQUIRED = "(to be given)"

_KINDS = (
    Kind("N01 R01", torn.cut_body),
    Kind("N01", torn.cut_chunk),
    Kind("N01", torn.cut_between_chunks),
    Kind("N01", torn.no_last_chunk),
    Kind("N02", torn.cut_gzip),
    Kind("N02", torn.no_gzip_trailer),
    Kind("N02", torn.bad_gzip_crc),
    Kind("N03", torn.cut_html),
    Kind("N04 N05", bombs.bomb),
    Kind("N06", wrong.gzip_chain),
    Kind("N06", wrong.false_gzip),
    Kind("N06", wrong.unknown_coding),
    Kind("N07", torn.drip_body),
    Kind("N07", torn.drip_head),
    Kind("N07 R01", torn.silence),
    Kind("N08", torn.many_headers),
    Kind("N08", torn.long_header),
    Kind("N08", torn.large_head),
    Kind("N08", torn.negative_length),
    Kind("N08", torn.two_lengths),
    Kind("N08", torn.length_and_chunked),
    Kind("N08", torn.endless_length),
    Kind("N08", torn.no_status_line),
    Kind("N08", torn.empty_reply),
    Kind("N09 N10", wrong.redirect),
    Kind("N13 R01", wrong.status),
    Kind("N13", wrong.retry_date),
    Kind("N14", torn.flaky),
    Kind("N14 R01", torn.reset),
    Kind("N15", wrong.not_modified),
    Kind("N15", wrong.not_modified_other_tag),
    Kind("N15", wrong.weak_tag),
    Kind("N16", wrong.partial),
    Kind("N16", wrong.no_content),
    Kind("N16", wrong.empty_body),
    Kind("N16", wrong.pdf),
    Kind("N16", wrong.json),
    Kind("P06", wrong.other_trial),
    Kind("P07", wrong.soft_error),
    Kind("R01", wrong.redirects),
    Kind("R01", wrong.redirect_loop),
    Kind("R02", wrong.literal),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}


class Parameter(NamedTuple):
    """What a parameter may be: the words for it, the types of TOML that hold it, and a test."""

    words: str
    types: tuple[type, ...]
    is_right: Callable[[Value], bool]


def _number(low: float, high: float, words: str, *, whole: bool = False) -> Parameter:
    return Parameter(words, (int,) if whole else (int, float), lambda value: low <= value <= high)  # type: ignore[operator]


def _one_of(names: Mapping[str, object] | tuple[str, ...]) -> Parameter:
    return Parameter(f"one of {', '.join(names)}", (str,), lambda value: value in names)


def _is_header(value: Value) -> bool:
    return not {"\r", "\n"} & set(str(value))


_STATUSES = frozenset(status for status in HTTPStatus if status >= HTTPStatus.OK)

PARAMETERS: Mapping[str, Parameter] = {
    "at": _number(0, 1, "a share from 0 to 1"),
    "seconds": _number(0, 31_536_000, "a number of seconds, a year at most"),
    "count": _number(1, 1000, "a whole number from 1 to 1000", whole=True),
    "size_mib": _number(1, 4096, "a whole number of MiB from 1 to 4096", whole=True),
    "status": Parameter("a status of HTTP from 200 on", (int,), lambda value: value in _STATUSES),
    "retry_after": Parameter("a text of one line", (str,), _is_header),
    "location": Parameter("a text of one line", (str,), _is_header),
    "framing": _one_of(torn.FRAMINGS),
    "coding": _one_of(tuple(bombs.CODINGS)),
    "form": _one_of(tuple(wrong.FORMS)),
    "notice": _one_of(tuple(wrong.NOTICES)),
    "file": Parameter("the name of a file", (str,), lambda value: value != ""),
}
