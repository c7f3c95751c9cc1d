"""Byte order marks: what the first bytes of a text say of its charset (Unicode 15.1 §23.8)."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def without_mark(content: bytes) -> tuple[bytes, str | None]:
    r"""Return the bytes behind a byte order mark and the charset that it names, None where there is no mark.

    >>> without_mark(b"\xff\xfea\x00"), without_mark(b"a")
    ((b'a\x00', 'utf-16-le'), (b'a', None))
    """
    for mark, charset in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :], charset
    return content, None
