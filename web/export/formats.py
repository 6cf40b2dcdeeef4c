"""Rows under typed columns as a file, written piece by piece. Knows no run.

Adding a format is one entry of the registry.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from knobs import Registry
from web.export.columns import Column, Kind, Rows, Value
from web.json import plain

Write = Callable[[tuple[Column, ...], Iterable[Rows]], Iterator[bytes]]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its media type, and its writer, a generator of the file's bytes."""

    media_type: str
    write: Write


def _write_csv(columns: tuple[Column, ...], pieces: Iterable[Rows]) -> Iterator[bytes]:
    yield _csv([[column.name for column in columns]])
    for rows in pieces:
        yield _csv([[_cell(value) for value in row] for row in rows])


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Value) -> str:
    """Numbers with every digit. A text that a spreadsheet would take for a formula begins with an apostrophe."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    form = plain(value)
    return "" if form is None else form if isinstance(form, str) else json.dumps(form)


def _write_json(columns: tuple[Column, ...], pieces: Iterable[Rows]) -> Iterator[bytes]:
    """A list with an object a row, a line each."""
    names = [column.name for column in columns]
    separator = "[\n"
    for rows in pieces:
        for row in rows:
            yield (separator + json.dumps(plain(dict(zip(names, row, strict=True))), allow_nan=False)).encode()
            separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def _write_parquet(columns: tuple[Column, ...], pieces: Iterable[Rows]) -> Iterator[bytes]:
    schema = pa.schema([(column.name, _PARQUET_TYPES[column.kind]) for column in columns])
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        for rows in pieces:
            if rows:
                arrays = [
                    pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), schema.types, strict=True)
                ]
                writer.write_table(pa.table(arrays, schema=schema))
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """A file that is only ever written at its end, and whose written part can be taken away."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def tell(self) -> int:
        return self._taken + len(self._written)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._taken += len(taken)
        self._written.clear()
        return taken


_PARQUET_TYPES = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.timestamp("ms", tz="UTC"),
}

FORMATS: Registry[Format] = Registry("format")
FORMATS.add("csv", Format("text/csv", _write_csv), help="For spreadsheets and everything else.")
FORMATS.add("json", Format("application/json", _write_json), help="A list of objects.")
FORMATS.add("parquet", Format("application/vnd.apache.parquet", _write_parquet), help="Typed and compact.")
