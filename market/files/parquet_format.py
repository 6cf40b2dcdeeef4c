"""Parquet tables. A place is a row, the first one is 1. Knows no rule about bars."""

from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from market.data import Column
from market.files.columns import Columns, recognise
from market.files.faults import WHOLE_FILE, Faults, quoted
from market.files.table import MAX_BARS, Table
from market.files.times import UTC, Times, read_times

# What pyarrow raises for bytes that are no Parquet, or no longer
_UNREADABLE = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, NotImplementedError, MemoryError)


def read_parquet(content: bytes, faults: Faults) -> Table:
    """Raises FileError when the table as a whole cannot be read; what is wrong with a row is added to `faults`."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        names = list(file.schema_arrow.names)
        rows = int(file.metadata.num_rows)
    except _UNREADABLE as error:
        _refuse(faults, error)
    if rows > MAX_BARS:
        faults.refuse(WHOLE_FILE, f"{rows:,} bars are more than {MAX_BARS:,}; use fewer or longer ones")
    columns = recognise(names, faults)
    arrays = _arrays(file, names, columns, faults)
    places = np.arange(1, len(arrays["time"]) + 1, dtype=np.int64)
    numbers = {name: _numbers(name, arrays[name], places, faults) for name in columns.numbers}
    return Table(places, _times(arrays["time"], places, faults), numbers, columns.notes)


def _arrays(file: Any, names: list[str], columns: Columns, faults: Faults) -> dict[str, Any]:
    """The recognised columns as pyarrow arrays, plain instead of dictionary-encoded."""
    wanted = {name: names[place] for name, place in columns.places.items()}
    if columns.clock is not None:
        faults.refuse(WHOLE_FILE, "date and time of day are two columns; join them in one")
    nested = [name for name in wanted.values() if pa.types.is_nested(file.schema_arrow.field(name).type)]
    if nested:
        faults.refuse(WHOLE_FILE, f"column {quoted(nested[0])} holds nested values, one number a row is needed")
    try:
        table = file.read(columns=list(wanted.values()))
        return {name: _plain(table.column(column)) for name, column in wanted.items()}
    except _UNREADABLE as error:
        _refuse(faults, error)


def _plain(array: Any) -> Any:
    if pa.types.is_dictionary(array.type):
        return array.cast(array.type.value_type)
    return array


def _numbers(name: str, array: Any, places: NDArray[np.int64], faults: Faults) -> Column:
    kind = array.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not (is_number or pa.types.is_null(kind)):
        faults.add(1, f"{name} is a column of type {str(kind)[:40]}, not of numbers")
        return np.full(len(places), np.nan)
    values: Column = np.array(array.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    faults.add_each(np.isnan(values), places, lambda index: f"{name} is missing")
    faults.add_each(np.isinf(values), places, lambda index: f"{name} is infinite")
    return np.where(np.isinf(values), np.nan, values)


def _times(array: Any, places: NDArray[np.int64], faults: Faults) -> Times:
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        cells = ["" if cell is None else str(cell) for cell in array.to_pylist()]
        return read_times(cells, places, faults)
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        faults.refuse(1, f"the time is a column of type {str(kind)[:40]}, not of times")
    zone = kind.tz if pa.types.is_timestamp(kind) else None
    in_ms = pa.timestamp("ms", zone)
    utc = array.cast(in_ms, safe=False).to_numpy().astype("datetime64[ms]")
    is_cut = ~np.isnat(utc) & (utc != array.to_numpy())
    faults.add_each(np.isnat(utc), places, lambda index: "the time is missing")
    return Times(utc, utc if zone is None else _local(utc, zone, faults), is_cut, zone)


def _local(utc: NDArray[np.datetime64], zone: str, faults: Faults) -> NDArray[np.datetime64]:
    if zone.upper() in (UTC, "Z", "+00:00"):
        return utc
    try:
        index = pd.DatetimeIndex(utc).tz_localize(UTC).tz_convert(zone).tz_localize(None)
    except (KeyError, ValueError, OverflowError):
        faults.refuse(WHOLE_FILE, f"the time zone {quoted(zone)} is unknown on this machine")
    return np.asarray(index.to_numpy(), dtype="datetime64[ms]")


def _refuse(faults: Faults, error: BaseException) -> NoReturn:
    """Gives the first line of pyarrow's message: the rest is advice to programmers."""
    first_line = str(error).strip().split("\n")[0]
    faults.refuse(WHOLE_FILE, f"not a whole Parquet file: {quoted(first_line, 120)}")
