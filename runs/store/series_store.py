"""Reads the curves of a run over its episodes and the bars in them, as columns. Knows no thread and no browser."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, CursorResult, func, select

from market.datasets import VALIDATION
from market.episode import Column, EpisodeSeries
from runs.store import tables
from runs.store.database import Database
from runs.store.series_codec import decode_series

Numbers = NDArray[np.int64]
Bound = Callable[[float], float | datetime]

LATEST_MS = 253_402_300_799_000.0  # the last second that a datetime can hold

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_AT_ONCE = 10_000  # databases limit how many values a statement may name


@dataclass(frozen=True, slots=True)
class MetricCurve:
    """One metric in the order of its episodes; NaN where it is undefined."""

    episode: Numbers
    value: Column


@dataclass(frozen=True, slots=True)
class Places:
    """Where episodes ended, on the axes that a curve may be drawn over."""

    step: Numbers
    time_ms: Numbers


class SeriesStore:
    """Every method may be called from any thread and raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def curve(self, run_id: str, metric: str, first: int, last: int) -> MetricCurve:
        """The metric over the episodes from `first` to `last`; episodes that never knew it are left out."""
        table = tables.metric
        query = (
            select(table.c.episode, table.c.value)
            .where(table.c.run_id == run_id, table.c.metric == metric, table.c.episode.between(first, last))
            .order_by(table.c.episode)
        )
        with self._database.read() as connection:
            rows = _plain_rows(connection.execute(query))
        episodes = np.array([row[0] for row in rows], np.int64)
        return MetricCurve(episodes, np.array([row[1] for row in rows], np.float64))  # None becomes NaN

    def validation_curve(self, run_id: str, metric: str, first: int, last: int) -> MetricCurve:
        """The evaluation metric on the validation bars, of the policies that these episodes ended with."""
        table = tables.evaluation
        value = table.c.figures["policy", "metrics", metric].as_float()
        query = (
            select(table.c.episode, value)
            .where(table.c.run_id == run_id, table.c.window == VALIDATION, table.c.episode.between(first, last))
            .order_by(table.c.number)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        episodes = np.array([row[0] for row in rows], np.int64)
        return MetricCurve(episodes, np.array([row[1] for row in rows], np.float64))  # None becomes NaN

    def places(self, run_id: str, episodes: Sequence[int]) -> Places:
        """Where these episodes ended, in their order; all of them must exist."""
        table = tables.episode
        columns = (table.c.episode, table.c.first_step + table.c.steps, table.c.ended_at)
        found = {}
        with self._database.read() as connection:
            for start in range(0, len(episodes), _AT_ONCE):
                part = table.c.episode.in_(episodes[start : start + _AT_ONCE])
                for episode, step, ended_at in connection.execute(select(*columns).where(_of(run_id), part)):
                    found[episode] = (step, (ended_at - _EPOCH) // _MILLISECOND)
        steps, times = zip(*(found[episode] for episode in episodes), strict=True) if episodes else ((), ())
        return Places(np.array(steps, np.int64), np.array(times, np.int64))

    def bars(self, run_id: str, first: int, last: int) -> Iterator[tuple[int, EpisodeSeries]]:
        """The episodes from `first` to `last`, each with its series."""
        table = tables.episode_series
        query = (
            select(table.c.episode, table.c.parquet)
            .where(table.c.run_id == run_id, table.c.episode.between(first, last))
            .order_by(table.c.episode)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return ((row.episode, decode_series(row.parquet)) for row in rows)

    def episodes_between(self, run_id: str, axis: str, low: float | None, high: float | None) -> tuple[int, int]:
        """First and last episode that ended from `low` to `high`, and one more on either side where there is one.

        On the axis "time" both are milliseconds since 1970 UTC. (1, 0) where the run has no episode.
        """
        place, bound = _AXES[axis]
        episode = tables.episode.c.episode
        with self._database.read() as connection:
            ends = connection.execute(select(func.min(episode), func.max(episode)).where(_of(run_id))).one()
            if ends[0] is None:
                return 1, 0
            first, last = ends
            if low is not None:
                before = connection.scalar(select(func.max(episode)).where(_of(run_id), place < bound(low)))
                first = first if before is None else before
            if high is not None:
                after = connection.scalar(select(func.min(episode)).where(_of(run_id), place > bound(high)))
                last = last if after is None else after
        return first, last


def _plain_rows(result: CursorResult[Any]) -> Sequence[tuple[Any, ...]]:
    """The driver's own tuples: for a hundred thousand rows four times as fast as the objects made of them."""
    assert result.cursor is not None, "a query has rows"
    rows: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
    return rows


def _of(run_id: str) -> ColumnElement[bool]:
    return tables.episode.c.run_id == run_id


def _moment(time_ms: float) -> datetime:
    return datetime.fromtimestamp(min(max(time_ms, 0.0), LATEST_MS) / 1_000, UTC)


_AXES: dict[str, tuple[ColumnElement[Any], Bound]] = {
    "episode": (tables.episode.c.episode, float),
    "step": (tables.episode.c.first_step + tables.episode.c.steps, float),
    "time": (tables.episode.c.ended_at, _moment),
}
AXES = tuple(_AXES)
