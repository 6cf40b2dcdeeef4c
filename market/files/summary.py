"""What a person wants to see of bars before training on them: facts, gaps, windows and a small chart.

Everything here is JSON-ready. Knows no file and no page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from market.data import Column, MarketData
from market.datasets import DatasetSplits
from market.files.spacing import frequency, gaps, is_dated

SHOWN_GAPS = 10


@dataclass(frozen=True, slots=True)
class GapSummary:
    """Two neighbouring bars with too much time between them."""

    after: str
    until: str
    days: float


@dataclass(frozen=True, slots=True)
class WindowSummary:
    """The bars that one of train, validation and test trades."""

    name: str
    bars: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class DataSummary:
    """Bars at a glance. Times are ISO 8601: dates for bars of a day or longer, else UTC."""

    name: str
    rows: int
    first: str
    last: str
    time_zone: str | None  # None: not stated, taken as UTC
    frequency: str
    bars_per_year: float
    gap_count: int
    gaps: tuple[GapSummary, ...]  # the longest, longest first
    has_volume: bool
    splits: tuple[WindowSummary, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Bars for a small chart, in time order: equally long lists."""

    time_ms: list[int]
    low: list[float]
    high: list[float]
    close: list[float]


def summarise(splits: DatasetSplits) -> DataSummary:
    """The facts of all bars and of each window."""
    data = splits.all_bars
    at = _iso(data.time)
    found = gaps(data.time)
    return DataSummary(
        name=data.name,
        rows=len(data),
        first=at(0),
        last=at(-1),
        time_zone=data.time_zone,
        frequency=frequency(data.time),
        bars_per_year=data.bars_per_year,
        gap_count=len(found),
        gaps=tuple(GapSummary(at(gap.row), at(gap.row + 1), gap.days) for gap in found[:SHOWN_GAPS]),
        has_volume=bool(data.volume.any()),
        splits=tuple(
            WindowSummary(name, len(window) - window.start, at(window.start), at(len(window) - 1))
            for name, window in splits.windows.items()
        ),
        notes=data.notes,
    )


def describe(summary: DataSummary) -> str:
    """The summary as lines for a terminal."""
    zone = summary.time_zone or "not stated, taken as UTC"
    volume = "with volume" if summary.has_volume else "without volume"
    lines = [
        f"{summary.name}: {summary.rows:,} bars of {summary.frequency}, {summary.first} to {summary.last}, {volume}",
        f"  {summary.bars_per_year:,.6g} bars a year; time zone: {zone}",
        *(f"  {part.name}: {part.bars:,} bars, {part.first} to {part.last}" for part in summary.splits),
        _gap_line(summary),
        *(f"  {note}" for note in summary.notes),
    ]
    return "\n".join(lines)


def preview(data: MarketData, points: int = 500) -> Preview:
    """At most `points` of the bars: of each of equal stretches the one with the lowest low and that with the highest
    high, and both ends, so that every spike stays. Fewer bars than that stay as they are.

    Raises:
        ValueError: fewer than 4 points.
    """
    if points < 4:
        raise ValueError(f"a preview needs at least 4 points, found {points}")
    rows = np.arange(len(data)) if len(data) <= points else _extreme_rows(data.low, data.high, (points - 2) // 2)
    return Preview(
        time_ms=data.time[rows].astype(np.int64).tolist(),
        low=data.low[rows].tolist(),
        high=data.high[rows].tolist(),
        close=data.close[rows].tolist(),
    )


def _extreme_rows(low: Column, high: Column, stretches: int) -> NDArray[np.intp]:
    edges = np.linspace(0, len(low), stretches + 1).astype(np.intp)
    rows = {0, len(low) - 1}
    for start, stop in pairwise(edges):
        rows |= {int(start + low[start:stop].argmin()), int(start + high[start:stop].argmax())}
    return np.array(sorted(rows), np.intp)


def _iso(time: NDArray[np.datetime64]) -> Callable[[int], str]:
    unit, suffix = ("D", "") if is_dated(time) else ("s", "Z")
    return lambda row: f"{time[row].astype(f'datetime64[{unit}]')}{suffix}"


def _gap_line(summary: DataSummary) -> str:
    if not summary.gaps:
        return "  no gaps"
    longest = summary.gaps[0]
    return (
        f"  {summary.gap_count:,} gap{'' if summary.gap_count == 1 else 's'}, "
        f"the longest of {longest.days:.3g} days from {longest.after} to {longest.until}"
    )
