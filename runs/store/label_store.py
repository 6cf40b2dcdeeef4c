"""Keeps what people write on runs, and finds each run's best validation. Knows no thread and no browser."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update

from market.datasets import VALIDATION
from runs.errors import RunDeletedError, RunNotFoundError
from runs.labels import Label
from runs.store import tables
from runs.store.database import Database
from runs.store.erasure_store import is_kept


class LabelStore:
    """Every method may be called from any thread and raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def labels(self) -> dict[str, Label]:
        """By run id; runs that nobody wrote on are left out."""
        query = select(tables.run_label).where(is_kept(tables.run_label.c.run_id))
        with self._database.read() as connection:
            return {row.run_id: _label_of(row) for row in connection.execute(query)}

    def label(self, run_id: str) -> Label:
        """What is written on a run, which may be nothing."""
        table = tables.run_label
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.run_id == run_id)).one_or_none()
        return Label(run_id) if row is None else _label_of(row)

    def refuse_deleted(self, run_id: str) -> None:
        """Raises RunDeletedError for a run that is hidden from the list of runs."""
        if self.label(run_id).is_deleted:
            raise RunDeletedError(run_id)

    def change(self, run_id: str, **changes: str | tuple[str, ...] | datetime | None) -> Label:
        """Write these fields of `Label` and leave the others as they are. Raises RunNotFoundError."""
        table = tables.run_label
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}
        of_run = table.c.run_id == run_id
        known = select(tables.run.c.run_id).where(tables.run.c.run_id == run_id, is_kept(tables.run.c.run_id))
        with self._database.write(is_durable=True) as connection:
            if connection.scalar(known) is None:
                raise RunNotFoundError(run_id)
            if connection.scalar(select(table.c.run_id).where(of_run)) is None:
                connection.execute(insert(table).values(run_id=run_id, name="", tags=[], notes=""))
            if values:  # an update that sets nothing is not SQL
                connection.execute(update(table).where(of_run).values(**values))
            return _label_of(connection.execute(select(table).where(of_run)).one())

    def best_validation_sharpes(self) -> dict[str, float]:
        """The highest Sharpe ratio of each run on its validation bars; runs without one are left out."""
        return self._best_validation_sharpes()

    def best_validation_sharpe(self, run_id: str) -> float | None:
        """The same of one run, without a look at the others."""
        return self._best_validation_sharpes(tables.evaluation.c.run_id == run_id).get(run_id)

    def _best_validation_sharpes(self, *of_runs: ColumnElement[bool]) -> dict[str, float]:
        table = tables.evaluation
        sharpe = table.c.figures["policy", "metrics", "sharpe"].as_float()
        judged = (table.c.window == VALIDATION) & is_kept(table.c.run_id)
        query = select(table.c.run_id, func.max(sharpe)).where(judged, *of_runs).group_by(table.c.run_id)
        with self._database.read() as connection:
            return {run_id: best for run_id, best in connection.execute(query) if best is not None}


def _label_of(row: Row[Any]) -> Label:
    return Label(row.run_id, row.name, tuple(row.tags), row.notes, row.deleted_at)
