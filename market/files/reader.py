"""A file of bars in, checked market data out, or an error that lists what to look at; never anything between.

Knows no column, cell or rule: formats, checks and names have modules of their own.
"""

import gzip
import io
import stat
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from knobs import Registry
from market.data import MarketData, bars_per_year
from market.files.checks import check_bars
from market.files.faults import WHOLE_FILE, Faults, FileError
from market.files.parquet_format import read_parquet
from market.files.spacing import is_dated
from market.files.table import Table
from market.files.text_format import read_text

MAX_FILE_BYTES = 256 * 2**20  # of the file, and of what a .gz unpacks to

_SHOWN_NAME = 80
_SHORT_DAYS = 60

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_OTHER_KINDS: dict[bytes, str] = {
    _GZIP: "is packed with gzip; name it .csv.gz",
    _PARQUET: "is a Parquet table; name it .parquet",
    b"PK\x03\x04": "is a zip archive or an Excel workbook; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook; save the sheet as CSV",
}


@dataclass(frozen=True, slots=True)
class Format:
    """How the files of one ending are read, what a place in them is called, and whether `.gz` may follow."""

    read: Callable[[bytes, Faults], Table]
    unit: str
    may_be_packed: bool
    mark: bytes = b""  # its first bytes, where they are always the same


FORMATS: Registry[Format] = Registry("file ending")
FORMATS.add(".csv", Format(read_text, "line", True), help="Text, separated by comma, semicolon or tab.")
FORMATS.add(".tsv", Format(read_text, "line", True), help="The same, under the name that tabs often have.")
FORMATS.add(".parquet", Format(read_parquet, "row", False, _PARQUET), help="A flat Parquet table.")


def read_bars(path: Path) -> MarketData:
    """The bars in the file at `path`.

    Raises:
        FileError: (a DataError) the file cannot be read, or something in it is wrong.
    """
    return parse_bars(read_content(path), path.name)


def read_content(path: Path) -> bytes:
    """Every byte of a regular file.

    Raises:
        FileError: it is none, cannot be opened, or holds more than `MAX_FILE_BYTES`.
    """
    faults = _faults_of(path.name, "line")
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or device could be read for ever
            faults.refuse(WHOLE_FILE, "is not a file; give a file of bars")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        faults.refuse(WHOLE_FILE, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    _refuse_too_much(content, faults)
    return content


def parse_bars(content: bytes, name: str) -> MarketData:
    """The bars in `content`; the ending of `name` says how they are written.

    Raises:
        FileError: (a DataError) something is wrong. The message names the first faults with their lines or rows.
    """
    ending, is_packed = ending_of(name)
    form = FORMATS[ending]
    faults = _faults_of(name, form.unit)
    _refuse_too_much(content, faults)
    if is_packed:
        content = _unpacked(content, faults)
    if not content:
        faults.refuse(WHOLE_FILE, "the file is empty")
    _refuse_other_kind(content, ending, faults)
    table = form.read(content, faults)
    check_bars(table, faults)
    faults.refuse_if_any()
    return _market_data(table, faults.name)


def ending_of(name: str) -> tuple[str, bool]:
    """The file's ending without `.gz`, and whether it has that too.

    Raises:
        FileError: no format has that ending.
    """
    lower = name.lower()
    plain = lower.removesuffix(".gz")
    for entry in FORMATS:
        if plain.endswith(entry.name) and (plain == lower or entry.item.may_be_packed):
            return entry.name, plain != lower
    return _refuse_ending(name)


def _refuse_ending(name: str) -> NoReturn:
    allowed = [entry.name + packed for entry in FORMATS for packed in ("", ".gz")[: 1 + entry.item.may_be_packed]]
    _faults_of(name, "line").refuse(WHOLE_FILE, f"the name must end in {', '.join(allowed)}")


def _faults_of(name: str, unit: str) -> Faults:
    printable = "".join(character if character.isprintable() else "?" for character in name)
    return Faults(printable if len(printable) <= _SHOWN_NAME else f"…{printable[-_SHOWN_NAME:]}", unit)


def _refuse_too_much(content: bytes, faults: Faults) -> None:
    if len(content) > MAX_FILE_BYTES:
        faults.refuse(WHOLE_FILE, f"more than {MAX_FILE_BYTES >> 20} MiB of data; use fewer or longer bars")


def _unpacked(content: bytes, faults: Faults) -> bytes:
    if content and not content.startswith(_GZIP):
        faults.refuse(WHOLE_FILE, "ends in .gz but is not packed with gzip")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(MAX_FILE_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        faults.refuse(WHOLE_FILE, f"the gzip data are damaged or cut off: {error}")
    _refuse_too_much(unpacked, faults)
    return unpacked


def _refuse_other_kind(content: bytes, ending: str, faults: Faults) -> None:
    for mark, reason in _OTHER_KINDS.items():
        if content.startswith(mark) and mark != FORMATS[ending].mark:
            faults.refuse(WHOLE_FILE, reason)


def _market_data(table: Table, name: str) -> MarketData:
    times = table.times
    dated = is_dated(times.local)
    notes = [*table.notes, *times.notes]
    if times.zone is None:
        notes.append("The times name no zone and are taken as UTC.")
    elif dated and not np.array_equal(times.local, times.utc):
        notes.append(f"Bars of a day or longer keep their date in {times.zone}.")
    if not dated and (times.utc[-1] - times.utc[0]) < np.timedelta64(_SHORT_DAYS, "D"):
        notes.append(f"Bars a year are extrapolated from fewer than {_SHORT_DAYS} days.")
    index = pd.DatetimeIndex(times.local if dated else times.utc, name="time")
    volume = {"volume": np.zeros(len(index))}
    data = MarketData.from_frame(pd.DataFrame(volume | table.numbers, index=index), name)
    yearly = bars_per_year(times.local)
    return replace(data, time_zone=times.zone, notes=tuple(notes), bars_per_year=yearly)
