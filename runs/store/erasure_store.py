"""Erases runs for good: first the mark, from which on there is no such run, then its rows. Knows no file.

Rows go piece by piece, so that a run in training need not wait for them. A mark whose run still has rows says that
erasing was cut short: `unfinished` finds them.
"""

import time
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from runs.errors import RunNotDeletedError, RunNotFoundError
from runs.labels import Erasure
from runs.store import tables
from runs.store.database import Database
from runs.store.trials import validated_policies

_PIECE = 200  # episodes or evaluations: some hundredths of a second
_REST_S = 0.002  # between two pieces, for whoever waits to write

_BY_NUMBER = (  # the large ones; each group in the order in which rows may be deleted
    (tables.metric.c.episode, tables.episode_series.c.episode, tables.episode.c.episode),
    (tables.evaluation.c.number,),
)
_AT_ONCE = (tables.rewind, tables.checkpoint, tables.notice, tables.action, tables.run_label, tables.run)


class ErasureStore:
    """Every method may be called from any thread and raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def erasures(self) -> list[Erasure]:
        """The newest first."""
        table = tables.erasure
        query = select(table.c.run_id, table.c.time, table.c.who).order_by(table.c.time.desc(), table.c.run_id.desc())
        with self._database.read() as connection:
            return [Erasure(*row) for row in connection.execute(query)]

    def expired(self, before: datetime) -> list[str]:
        """The runs that were deleted before that time."""
        table = tables.run_label
        query = select(table.c.run_id).where(table.c.deleted_at < before, is_kept(table.c.run_id))
        with self._database.read() as connection:
            return list(connection.scalars(query.order_by(table.c.run_id)))

    def unfinished(self) -> list[str]:
        """The runs that are marked and still have rows."""
        query = select(tables.run.c.run_id).where(~is_kept(tables.run.c.run_id)).order_by(tables.run.c.run_id)
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def mark(self, run_id: str, time: datetime, who: str) -> None:
        """From here on there is no such run. Raises RunNotFoundError or RunNotDeletedError."""
        run, label = tables.run, tables.run_label
        found = select(run.c.run_id, label.c.deleted_at).join_from(run, label, isouter=True)
        with self._database.write(is_durable=True) as connection:
            row = connection.execute(found.where(run.c.run_id == run_id, is_kept(run.c.run_id))).one_or_none()
            if row is None:
                raise RunNotFoundError(run_id)
            if row.deleted_at is None:
                raise RunNotDeletedError(run_id)
            trials = validated_policies(connection, lambda column: column == run_id)
            values = {"run_id": run_id, "time": time, "who": who, "validated_policies": trials}
            connection.execute(insert(tables.erasure).values(**values))

    def erase(self, run_id: str) -> None:
        """All rows of a marked run but the mark."""
        for numbers in _BY_NUMBER:
            while self._erase_piece(run_id, numbers):
                time.sleep(_REST_S)
        with self._database.write(is_durable=True) as connection:
            for table in _AT_ONCE:
                connection.execute(delete(table).where(table.c.run_id == run_id))

    def files_in_use(self) -> set[str]:
        """The ids of the users' files that runs were trained on, deleted runs among them."""
        run = tables.run
        query = select(run.c.config["data_file"].as_string()).where(is_kept(run.c.run_id)).distinct()
        with self._database.read() as connection:
            return set(filter(None, connection.scalars(query)))

    def _erase_piece(self, run_id: str, numbers: tuple[ColumnElement[Any], ...]) -> bool:
        """Returns whether there is another piece."""
        with self._database.write(is_durable=False) as connection:
            last = _nth(connection, run_id, numbers[-1], _PIECE)
            for number in numbers:
                table = number.table
                goes = table.c.run_id == run_id
                connection.execute(delete(table).where(goes if last is None else goes & (number <= last)))
        return last is not None


def is_kept(run_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the run of this id is not erased, nor being erased."""
    return run_id.not_in(select(tables.erasure.c.run_id))


def erased_policies(connection: Connection) -> int:
    """How many policies of erased runs had been validated."""
    return connection.scalar(select(func.sum(tables.erasure.c.validated_policies))) or 0


def _nth(connection: Connection, run_id: str, number: Any, count: int) -> int | None:
    query = select(number).where(number.table.c.run_id == run_id).order_by(number).offset(count - 1).limit(1)
    last: int | None = connection.scalar(query)
    return last
