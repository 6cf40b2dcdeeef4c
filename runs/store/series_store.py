"""Reads the curves of a run over its episodes and the bars in them, as columns. Knows no thread and no browser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, func, select

from market.datasets import VALIDATION
from market.episode import EpisodeSeries
from runs.curves import MetricCurve, Numbers, Places
from runs.errors import EpisodesGoneError
from runs.store import tables
from runs.store.database import Database
from runs.store.known_columns import Columns, KnownColumns
from runs.store.series_codec import decode_series

Bound = Callable[[float], float | datetime]

LATEST_MS = 253_402_300_799_000.0  # the last second that a datetime can hold

_ROWS_AT_ONCE = 1_000


class SeriesStore:
    """Every method may be called from any thread and raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = KnownColumns()

    def curve(self, run_id: str, metric: str, last: int) -> MetricCurve:
        """The metric over the episodes up to `last`; episodes that never knew it are left out."""
        table = tables.metric
        query = select(table.c.episode, table.c.value).where(table.c.run_id == run_id, table.c.metric == metric)
        episode, value = self._grown(run_id, metric, query, table.c.episode, ("int64", "float64"))
        end = np.searchsorted(episode, last, side="right")
        return MetricCurve(episode[:end], value[:end])

    def validation_curve(self, run_id: str, metric: str, last: int) -> MetricCurve:
        """The evaluation metric on the validation bars, of policies up to the end of the episode `last`.

        Their places are their own: a policy may have been judged in the middle of an episode.
        """
        table = tables.evaluation
        value = table.c.figures["policy", "metrics", metric].as_float()
        query = (
            select(table.c.episode, value, table.c.step, table.c.ended_at)
            .where(table.c.run_id == run_id, table.c.window == VALIDATION, table.c.episode <= last)
            .order_by(table.c.number)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        times = np.array([row.ended_at.replace(tzinfo=None) for row in rows], "datetime64[ms]")
        places = Places(np.array([row.step for row in rows], np.int64), times.astype(np.int64))
        values = np.array([row[1] for row in rows], np.float64)  # None becomes NaN
        return MetricCurve(np.array([row.episode for row in rows], np.int64), values, places)

    def places(self, run_id: str, episodes: Numbers) -> Places:
        """Where these episodes ended, in their order. Raises EpisodesGoneError when one does not exist."""
        table = tables.episode
        query = select(table.c.episode, table.c.first_step + table.c.steps, table.c.ended_at).where(_of(run_id))
        known, step, ended_at = self._grown(run_id, "", query, table.c.episode, ("int64", "int64", "datetime64[us]"))
        if not np.isin(episodes, known).all():
            raise EpisodesGoneError(run_id)
        rows = np.searchsorted(known, episodes)
        return Places(step[rows], ended_at[rows].astype("datetime64[ms]").astype(np.int64))

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

    def _grown(
        self, run_id: str, name: str, query: Select[Any], episode: ColumnElement[int], types: tuple[str, ...]
    ) -> Columns:
        """All columns of the query by episode, of which only the episodes since the last time are read."""
        with self._database.read() as connection:
            rewinds = connection.scalar(select(tables.run.c.rewinds).where(tables.run.c.run_id == run_id))
            key = run_id, rewinds, name
            known = self._known.get(key)
            newest = 0 if known is None else int(known[0][-1])
            newer = _columns(connection, query.where(episode > newest).order_by(episode), types)
        return self._known.add(key, known, newer)


def _columns(connection: Connection, query: Select[Any], types: tuple[str, ...]) -> Columns:
    """The driver's own rows, a few at a time: objects, or all at once, cost more than the reading."""
    cursor = connection.execute(query).cursor
    assert cursor is not None, "a query has rows"
    parts = [tuple(np.array([], kind) for kind in types)]
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        columns = zip(*rows, strict=True)
        parts.append(tuple(np.array(column, kind) for column, kind in zip(columns, types, strict=True)))  # None is NaN
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _of(run_id: str) -> ColumnElement[bool]:
    return tables.episode.c.run_id == run_id


def _moment(time_ms: float) -> datetime:
    return datetime.fromtimestamp(min(max(time_ms, 0.0), LATEST_MS) / 1_000, UTC)


_AXES: dict[str, tuple[ColumnElement[Any], Bound]] = {
    "episode": (tables.episode.c.episode, float),
    "step": (tables.episode.c.first_step + tables.episode.c.steps, float),
    "time": (tables.episode.c.ended_at, _moment),
}
