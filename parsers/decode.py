"""Bytes → text, by one written rule.

In this order: a byte order mark; the charset of the Content-Type header; the charset of a `meta` element in the
first 1,024 bytes; UTF-8 if every byte fits it; windows-1252 (WHATWG Encoding §4.2, which also reads it where a page
says `iso-8859-1`). A charset that is named but unknown, or that does not fit the bytes, is passed over; but bytes that
nearly all are UTF-8 are read so, with U+FFFD for each that is not. Where nothing fits but windows-1252, and bytes are
there that it does not define, it is a guess: then BeautifulSoup's `dammit` is asked, and its answer taken if all bytes
fit it.
"""

import codecs
import re
from dataclasses import dataclass

from registry.charset import without_mark

_META = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_META_WINDOW = 1024  # HTML Standard §4.2.5.4: the element stands in the first 1,024 bytes
_AS_WINDOWS_1252 = frozenset({"iso8859-1", "ascii", "cp1252"})
_KNOWN = re.compile(r"utf-(8|16|16-[lb]e)|cp(125[0-8]|874|866|932|949)|iso8859-\d+|koi8-[ru]|mac-\w+|gb(k|2312|18030)|"
                    r"big5(hkscs)?|euc_(jp|kr)|shift_jis|iso2022_jp")  # fmt: skip
"""Python's names of the charsets of WHATWG Encoding; its other codecs (punycode, utf-7 …) are not read."""
_UNDEFINED = {byte: chr(byte) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}  # C1 controls in WHATWG's table
_DEFINED = bytes(byte for byte in range(256) if byte not in _UNDEFINED)
_FEWEST_STRANGE = 3  # bytes that windows-1252 lacks: fewer may be damage
_SAMPLE = 64 * 2**10  # bytes that a charset is guessed from
_WINDOWS_1252 = {byte: _UNDEFINED.get(byte) or bytes([byte]).decode("cp1252") for byte in range(256)}


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a body, the charset it was read in, and what named it (`vocab/charset_source.csv`)."""

    text: str
    charset: str
    source: str


def decode(body: bytes, content_type: str = "", *, is_cut: bool = False) -> Decoded:
    """Return the text of `body`; every sequence of bytes has one. Of one that `is_cut` the last character may be half.

    >>> decode("5 µg".encode("cp1252"), "text/html; charset=ISO-8859-1")
    Decoded(text='5 µg', charset='windows-1252', source='http')
    """
    rest, marked = without_mark(body)
    if marked is not None:
        return Decoded(rest.decode(marked, "replace"), marked, "bom")
    for charset, source in _candidates(body, content_type):
        text = _strict(body, charset, is_cut=is_cut)
        if text is not None:
            return Decoded(text, charset, source)
    return _second_opinion(body) or Decoded(_windows_1252(body), "windows-1252", "fallback")


def _candidates(body: bytes, content_type: str) -> list[tuple[str, str]]:
    found = []
    if match := _HEADER.search(content_type):
        found.append((_canonical(match[1]), "http"))
    if named := _META.search(body[:_META_WINDOW]):
        charset = _canonical(named[1].decode("ascii", "replace"))
        found.append(("utf-8" if charset.startswith("utf-16") else charset, "meta"))  # HTML Standard §13.2.3.2
    return [*((charset, source) for charset, source in found if charset), ("utf-8", "utf-8")]


def _canonical(label: str) -> str:
    """Return the charset that a label means, empty where it means none."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    if name in _AS_WINDOWS_1252:
        return "windows-1252"
    return name if _KNOWN.fullmatch(name) else ""


def _strict(body: bytes, charset: str, *, is_cut: bool = False) -> str | None:
    if charset == "windows-1252":
        return _windows_1252(body)
    try:
        return codecs.getincrementaldecoder(charset)().decode(body, final=not is_cut)
    except UnicodeError:
        return _nearly_utf_8(body) if charset == "utf-8" else None


def _nearly_utf_8(body: bytes) -> str | None:
    """Return the text if most sequences of more than one byte are UTF-8: a byte was damaged, or the end was cut."""
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    whole = sum(not char.isascii() for char in text) - damaged
    return text if whole > damaged else None


def _second_opinion(body: bytes) -> Decoded | None:
    """Return the text in the charset that `dammit` finds where windows-1252 lacks bytes, None if it finds none."""
    if len(body.translate(None, _DEFINED)) < _FEWEST_STRANGE:
        return None
    from bs4.dammit import EncodingDetector  # a tenth of a second that nearly no page needs

    sample = body[:_SAMPLE].rpartition(b"<")[0] or body[:_SAMPLE]
    for label in EncodingDetector(sample, is_html=True).encodings:
        charset = _canonical(label)
        if charset == "windows-1252":
            return None
        text = _strict(body, charset) if charset else None
        if text is not None:
            return Decoded(text, charset, "dammit")
    return None


def _windows_1252(body: bytes) -> str:
    return body.decode("latin-1").translate(_WINDOWS_1252)
