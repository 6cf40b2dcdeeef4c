"""Separated text: comma, semicolon or tab, a header line, UTF-8. A place is a line, the header counted.

Knows no rule about bars.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from market.data import Column
from market.files.cells import is_missing, to_numbers, why_no_number
from market.files.columns import Columns, recognise
from market.files.faults import WHOLE_FILE, Faults, quoted
from market.files.table import MAX_BARS, Table
from market.files.times import read_times

SEPARATORS = (",", ";", "\t")
_CHUNK_ROWS = 65_536  # bounds the memory that cells take as text
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Row = tuple[int, list[str]]


def read_text(content: bytes, faults: Faults) -> Table:
    """Raises FileError when the text as a whole cannot be read; what is wrong with a row is added to `faults`."""
    _refuse_what_is_no_text(content, faults)
    rows = _rows(content, faults)
    place, header = next(rows, (WHOLE_FILE, []))
    if not header:
        faults.refuse(WHOLE_FILE, "the file is empty; the first line must name the columns, the others are bars")
    if not any(character.isalpha() for name in header for character in name):
        faults.refuse(place, f"the first line must name the columns, found {quoted(header[0])}")
    columns = recognise(header, faults, place)
    return _table(_of_length(len(header), rows, faults), columns, faults)


def _refuse_what_is_no_text(content: bytes, faults: Faults) -> None:
    if content.startswith(_UTF16_MARKS):
        faults.refuse(1, "the text is UTF-16; save it as UTF-8")
    if (position := content.find(b"\0")) >= 0:
        faults.refuse(_line_of(content, position), "a zero byte: this is not text")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        byte = content[error.start]
        faults.refuse(_line_of(content, error.start), f"byte 0x{byte:02x} is not UTF-8 text; save the file as UTF-8")


def _line_of(content: bytes, position: int) -> int:
    before = content[:position].replace(b"\r\n", b"\n")
    return before.count(b"\n") + before.count(b"\r") + 1


def _rows(content: bytes, faults: Faults) -> Iterator[Row]:
    """Every row that is not blank, with the line it begins at. Spaces alone are blank too."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    header = text.readline()
    text.seek(0)
    separator = max(SEPARATORS, key=header.count)
    reader = csv.reader(text, delimiter=separator, strict=True, skipinitialspace=True)
    line = 1
    try:
        for row in reader:
            if len(row) > 1 or "".join(row).strip():
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        faults.refuse(line, f"not separated text: {error}")


def _of_length(length: int, rows: Iterator[Row], faults: Faults) -> Iterator[Row]:
    """The rows with as many fields as the header; each other row is a fault."""
    for count, (line, row) in enumerate(rows, start=1):
        if count > MAX_BARS:
            faults.refuse(line, f"more than {MAX_BARS:,} bars; use fewer or longer ones")
        if len(row) == length:
            yield line, row
        else:
            more = "; is there a thousands separator or a decimal comma?" if len(row) > length else ""
            faults.add(line, f"{len(row)} fields, but the header has {length}{more}")


def _table(rows: Iterator[Row], columns: Columns, faults: Faults) -> Table:
    places: list[int] = []
    times: list[str] = []
    numbers: dict[str, list[Column]] = {name: [np.empty(0)] for name in columns.numbers}
    for chunk in _chunks(rows):
        lines = np.array([line for line, _ in chunk], np.int64)
        cells = list(zip(*(row for _, row in chunk), strict=True))
        places += lines.tolist()
        times += _time_cells(cells, columns)
        for name, place in columns.numbers.items():
            numbers[name].append(_numbers(name, cells[place], lines, faults))
    where = np.array(places, np.int64)
    joined = {name: np.concatenate(parts) for name, parts in numbers.items()}
    return Table(where, read_times(times, where, faults), joined, columns.notes)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _time_cells(cells: Sequence[Sequence[str]], columns: Columns) -> Sequence[str]:
    dates = cells[columns.places["time"]]
    if columns.clock is None:
        return dates
    clocks = cells[columns.clock]
    return [f"{day} {clock.strip() or '?'}" if day.strip() else "" for day, clock in zip(dates, clocks, strict=True)]


def _numbers(name: str, cells: Sequence[str], lines: NDArray[np.int64], faults: Faults) -> Column:
    values = to_numbers(cells)
    faults.add_each(~np.isfinite(values), lines, partial(_why, name, cells, values))
    return np.where(np.isfinite(values), values, np.nan)


def _why(name: str, cells: Sequence[str], values: Column, index: int) -> str:
    found = "" if is_missing(cells[index]) else f" {quoted(cells[index])}"
    return f"{name}{found} {why_no_number(cells, values, index)}"
