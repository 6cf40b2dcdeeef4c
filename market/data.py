"""Validated bars of one asset, chronological windows of them, and what makes a bar unusable.

Knows no file format and no dataset name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Column = NDArray[np.float64]

PRICE_COLUMNS = ("open", "high", "low", "close")
COLUMNS = (*PRICE_COLUMNS, "volume")

_DAY = np.timedelta64(1, "D")
_YEAR_DAYS = 365.25


class DataError(ValueError):
    """Bars that cannot be traded; the message names the row (the first bar is row 1) and what is wrong with it."""


@dataclass(frozen=True)
class MarketData:
    """OHLCV bars in time order, all prices positive and finite.

    `start` is the first row of the window that is traded: earlier rows are history for features only. A window
    ends where its arrays end, so nothing later can be read by accident.
    """

    name: str
    time: NDArray[np.datetime64]  # datetime64[ms], UTC, strictly increasing
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
    bars_per_year: float
    start: int = 0

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, name: str = "data") -> "MarketData":
        """Check and copy a frame with open, high, low, close, volume (any case) and a time index.

        Raises:
            DataError: a column is missing or a bar is malformed.
        """
        columns = {str(column).strip().lower(): column for column in frame.columns}
        missing = [column for column in COLUMNS if column not in columns]
        if missing:
            raise DataError(f"{name}: missing column {missing[0]!r}; found {', '.join(map(str, frame.columns))}")
        if not isinstance(frame.index, pd.DatetimeIndex):
            raise DataError(f"{name}: the index must be time (a DatetimeIndex), found {type(frame.index).__name__}")
        index = frame.index if frame.index.tz is None else frame.index.tz_convert("UTC").tz_localize(None)
        time = index.to_numpy().astype("datetime64[ms]")
        prices = {column: frame[columns[column]].to_numpy(dtype=np.float64, copy=True) for column in COLUMNS}
        for row, reason in _faults(time, prices):
            raise DataError(f"{name}, row {row + 1}: {reason}")
        return cls(name=name, time=time, bars_per_year=bars_per_year(time), start=0, **prices)

    def __len__(self) -> int:
        return len(self.time)

    def window(self, start: int, stop: int, name: str | None = None) -> "MarketData":
        """The bars before `stop`, traded from `start` on; rows before `start` stay as history."""
        cut = {column: getattr(self, column)[:stop] for column in COLUMNS}
        return replace(self, name=name or self.name, time=self.time[:stop], start=start, **cut)

    def row_at(self, date: str) -> int:
        """The first row at or after an ISO date."""
        return int(np.searchsorted(self.time, np.datetime64(date)))


def bars_per_year(time: NDArray[np.datetime64]) -> float:
    """Bars a year for annualisation, from the data's own spacing.

    Daily bars count 252 when weekends are missing and 365 when they trade; other spacings count what the data holds.

    Raises:
        DataError: fewer than two bars.
    """
    if len(time) < 2:
        raise DataError(f"at least 2 bars are needed, found {len(time)}")
    spacing = np.median(np.diff(time)) / _DAY
    if 0.8 <= spacing <= 1.5:
        weekdays = (time.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday: Monday is 0
        return 365.0 if np.isin(weekdays, (5, 6)).any() else 252.0
    years = ((time[-1] - time[0]) / _DAY) / _YEAR_DAYS
    return float((len(time) - 1) / years)


def _faults(time: NDArray[np.datetime64], columns: dict[str, Column]) -> Iterator[tuple[int, str]]:
    """The first offending row and the reason, check by check."""
    checks: list[tuple[NDArray[np.bool_], str]] = [(np.isnat(time), "the time is missing")]
    checks += [(~np.isfinite(column), f"{name} is not a finite number") for name, column in columns.items()]
    checks += [(columns[name] <= 0, f"{name} must be above 0") for name in PRICE_COLUMNS]
    checks += [
        (columns["volume"] < 0, "volume must not be negative"),
        (columns["high"] < np.maximum(columns["open"], columns["close"]), "high is below open or close"),
        (columns["low"] > np.minimum(columns["open"], columns["close"]), "low is above open or close"),
        (np.r_[False, np.diff(time) <= np.timedelta64(0)], "the time does not increase"),
    ]
    for is_bad, reason in checks:
        if is_bad.any():
            yield int(np.argmax(is_bad)), reason
