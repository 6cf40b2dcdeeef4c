"""Candles of a stretch of bars: few enough to draw, so that each may stand for several bars.

Knows no chart and no storage.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.data import Column, DataError, MarketData

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candles:
    """Columns of equal length, one entry a candle; the last one may stand for fewer bars than the others."""

    time_ms: NDArray[np.int64]  # of the bar in the candle's middle
    open: Column
    high: Column
    low: Column
    close: Column
    bars: Rows  # how many each stands for

    def __len__(self) -> int:
        return len(self.time_ms)


def rows_at(data: MarketData, time_ms: NDArray[np.int64], close: Column) -> Rows:
    """Where in `data` the bars with these times are.

    Raises:
        DataError: a time is missing, or the bar there has another close.
    """
    times = data.time.astype(np.int64)
    rows = np.searchsorted(times, time_ms).clip(max=len(times) - 1)
    if not (np.array_equal(times[rows], time_ms) and np.array_equal(data.close[rows], close)):
        raise DataError(f"{data.name} has other bars than those that were traded")
    return rows


def candles(data: MarketData, rows: Rows, most: int) -> Candles:
    """At most `most` candles of the bars in these consecutive rows."""
    if len(rows) == 0:
        empty = np.zeros(0)
        return Candles(rows, empty, empty, empty, empty, rows)
    each = -(-len(rows) // most)
    first = np.arange(0, len(rows), each)
    bars = np.diff(np.append(first, len(rows)))
    last = first + bars - 1
    return Candles(
        time_ms=data.time.astype(np.int64)[rows[(first + last) // 2]],
        open=data.open[rows[first]],
        high=np.maximum.reduceat(data.high[rows], first),
        low=np.minimum.reduceat(data.low[rows], first),
        close=data.close[rows[last]],
        bars=bars,
    )
