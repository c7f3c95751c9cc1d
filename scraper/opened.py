"""Files of web corpora opened for reading: by path, or by an address that fsspec knows (`https://`, `s3://` …)."""

import sys
from pathlib import Path
from typing import BinaryIO, cast

from registry.errors import StoreError


def is_address(name: str) -> bool:
    """Whether a name is an address and no path."""
    return "://" in name


def opened(name: str) -> BinaryIO:
    """Return a file opened for reading; StoreError, which says what to do, if it cannot be."""
    try:
        return _remote(name) if is_address(name) else Path(name).open("rb")
    except IsADirectoryError as error:
        files = f"{name.rstrip('/')}/*.warc.gz"
        raise StoreError(f"It is a folder. Name the files in it, such as {files!r}.") from error
    except FileNotFoundError as error:
        raise StoreError("There is no such file. Check its name.") from error
    except ImportError as error:  # fsspec, or what it needs for the scheme
        raise StoreError(f"Reading an address needs more ({error}): pip install 'tidytrials[corpora]'.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"Cannot be read ({why}). Check its name and your permissions.") from error


def _remote(name: str) -> BinaryIO:
    import fsspec  # an extra, and slow to load

    try:
        return cast(BinaryIO, fsspec.open(name, "rb").open())
    except _client_errors() as error:
        raise OSError(str(error) or type(error).__name__) from error


def _client_errors() -> tuple[type[Exception], ...]:
    """Return the errors of HTTP that fsspec lets through, where its client is in use."""
    client = sys.modules.get("aiohttp")
    return (client.ClientError,) if client else ()
