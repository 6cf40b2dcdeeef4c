"""Validated bars of one asset, chronological windows of them, and what makes a bar unusable.

Knows no file format and no dataset name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Column = NDArray[np.float64]

PRICE_COLUMNS = ("open", "high", "low", "close")
COLUMNS = (*PRICE_COLUMNS, "volume")
MIN_WINDOW_BARS = 20  # a window with fewer bars to trade says nothing

# Times are kept in milliseconds, as browsers keep them
SAME_MILLISECOND = "the time is in the same millisecond"
COARSER = "use bars that are a millisecond or more apart"

Check = tuple[NDArray[np.bool_], Callable[[int], str]]  # which bars are bad, and what is wrong with the bar at an index

_DAY = np.timedelta64(1, "D")
_YEAR_DAYS = 365.25
_RARE_SHARE, _FULL_SHARE = 0.02, 0.25  # of daily bars at weekends; in a market that never closes 2 of 7 are


class DataError(ValueError):
    """Bars that cannot be traded; the message says what is wrong, and in which row where it is one (the first is 1)."""


@dataclass(frozen=True)
class MarketData:
    """OHLCV bars in time order, all prices positive and finite.

    `start` is the first row of the window that is traded: earlier rows are history for features only. A window
    ends where its arrays end, so nothing later can be read by accident.
    """

    name: str
    time: NDArray[np.datetime64]  # datetime64[ms], UTC, strictly increasing; a user's daily bars keep their local date
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
    bars_per_year: float
    start: int = 0
    time_zone: str | None = None  # in which the bars were given; None where nobody said
    notes: tuple[str, ...] = ()  # what a reader had to decide, in sentences

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, name: str = "data") -> "MarketData":
        """Check and copy a frame with open, high, low, close, volume (any case) and a time index.

        Raises:
            DataError: a column is missing or there twice, the index is no time, a bar is malformed, or there are fewer
                than two.
        """
        columns = _columns(frame, name)
        if not isinstance(frame.index, pd.DatetimeIndex):
            raise DataError(f"{name}: the index must be time (a DatetimeIndex), found {type(frame.index).__name__}")
        zone = frame.index.tz
        index = frame.index if zone is None else frame.index.tz_convert("UTC").tz_localize(None)
        time = index.to_numpy().astype("datetime64[ms]")
        is_cut = ~np.isnat(time) & (time != index.to_numpy())
        prices = {
            column: pd.to_numeric(frame[columns[column]], errors="coerce").to_numpy(dtype=np.float64, copy=True)
            for column in COLUMNS
        }
        for is_bad, reason in _checks(time, is_cut, prices):
            if is_bad.any():
                row = int(np.argmax(is_bad))
                raise DataError(f"{name}, row {row + 1}: {reason(row)}")
        local = frame.index.tz_localize(None).to_numpy()  # weekends are those of the place where the bars were made
        return cls(
            name=name,
            time=time,
            bars_per_year=bars_per_year(local),
            time_zone=None if zone is None else str(zone),
            open=prices["open"],
            high=prices["high"],
            low=prices["low"],
            close=prices["close"],
            volume=prices["volume"],
        )

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

    Daily bars count 252 when weekends are missing, a rare special session apart, and 365 when they trade; anything
    else counts what the data holds.

    Raises:
        DataError: fewer than two bars.
    """
    if len(time) < 2:
        raise DataError(f"at least 2 bars are needed, found {len(time)}")
    spacing = np.median(np.diff(time)) / _DAY
    if 0.8 <= spacing <= 1.5:
        weekdays = (time.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday: Monday is 0
        weekend_share = np.isin(weekdays, (5, 6)).mean()
        if weekend_share <= _RARE_SHARE:
            return 252.0
        if weekend_share >= _FULL_SHARE:
            return 365.0
    years = ((time[-1] - time[0]) / _DAY) / _YEAR_DAYS
    return float((len(time) - 1) / years)


def bar_checks(columns: Mapping[str, Column]) -> Iterator[Check]:
    """What makes a bar impossible, whenever it was; NaN fails no check here."""
    opening, high, low, close = (columns[name] for name in PRICE_COLUMNS)
    for name in PRICE_COLUMNS:
        yield columns[name] <= 0, _says(f"{name} must be above 0, found", columns[name])
    if "volume" in columns:
        yield columns["volume"] < 0, _says("volume must not be negative, found", columns["volume"])
    upper, lower = np.maximum(opening, close), np.minimum(opening, close)
    yield high < upper, _says("high is below open or close:", high, "<", upper)
    yield low > lower, _says("low is above open or close:", low, ">", lower)


def _columns(frame: pd.DataFrame, name: str) -> dict[str, Any]:
    """The label of every column that bars have, by its name here."""
    found: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    for label in frame.columns:
        found.get(str(label).strip().lower(), []).append(label)
    for column, labels in found.items():
        if not labels:
            raise DataError(f"{name}: missing column {column!r}; found {', '.join(map(str, frame.columns))}")
        if len(labels) > 1:
            raise DataError(f"{name}: several columns are named {column!r}: {', '.join(map(repr, labels))}; keep one")
    return {column: labels[0] for column, labels in found.items()}


def _checks(time: NDArray[np.datetime64], is_cut: NDArray[np.bool_], columns: Mapping[str, Column]) -> Iterator[Check]:
    yield np.isnat(time), _says("the time is missing")
    for name, column in columns.items():
        yield ~np.isfinite(column), _says(f"{name} is not a finite number")
    yield from bar_checks(columns)
    distance = np.diff(time)
    is_too_close = (distance == np.timedelta64(0)) & (is_cut[1:] | is_cut[:-1])
    yield np.r_[False, is_too_close], _says(f"{SAME_MILLISECOND} as that of the bar before it; {COARSER}")
    yield np.r_[False, distance <= np.timedelta64(0)], _says("the time does not increase")


def _says(*parts: str | Column) -> Callable[[int], str]:
    """A sentence about the bar at an index: texts, and the value there of each column."""
    return lambda index: " ".join(part if isinstance(part, str) else f"{part[index]:.10g}" for part in parts)
