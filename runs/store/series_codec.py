"""Episode series as Parquet bytes and back, bit for bit. Knows no database."""

from dataclasses import fields

import pyarrow as pa
import pyarrow.parquet as pq

from market.episode import EpisodeSeries


def encode_series(series: EpisodeSeries) -> bytes:
    table = pa.table(series.columns())
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=False)
    encoded: bytes = sink.getvalue().to_pybytes()
    return encoded


def decode_series(encoded: bytes) -> EpisodeSeries:
    names = [field.name for field in fields(EpisodeSeries)]
    table = pq.read_table(pa.BufferReader(encoded), columns=names, use_threads=False)
    return EpisodeSeries(**{name: table.column(name).to_numpy() for name in names})
