"""Arrow tables of ours as pandas frames: nothing is lost, and codes are categories."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from registry.errors import SettingsError
from registry.tables import Column
from registry.vocabularies import wordings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def to_pandas(table: pa.Table, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return a frame of Arrow's types; columns with a vocabulary are categories, in the order of the vocabulary.

    All codes are categories, also those that no row has, so that frames of two builds fit together.
    """
    pandas = imported_pandas()
    frame: pd.DataFrame = table.to_pandas(types_mapper=pandas.ArrowDtype)
    for name in table.column_names:
        column = columns.get(name)
        if column is not None and column.vocabulary:
            frame[name] = _categories(table[name], column.vocabulary)
    return frame


def _categories(values: pa.ChunkedArray[Any], vocabulary: str) -> pd.Categorical[str]:
    encoded = values.combine_chunks().dictionary_encode()
    here = list(map(str, encoded.dictionary.to_pylist()))
    known = list(dict.fromkeys([*(code for _, code in wordings(vocabulary)), *here]))
    place = {code: number for number, code in enumerate(known)}
    numbers = pa.array([place[code] for code in here], pa.int32())
    places = numbers.take(encoded.indices).fill_null(-1).to_numpy(zero_copy_only=False)
    categories: pd.Categorical[str] = imported_pandas().Categorical.from_codes(places, known)
    return categories


def imported_pandas() -> ModuleType:
    """Return pandas; SettingsError, which says what to install, where it is not there."""
    try:
        import pandas
    except ImportError as error:
        raise SettingsError(f"Frames need pandas ({error}): pip install 'tidytrials[pandas]'.") from error
    return pandas
