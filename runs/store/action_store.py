"""Keeps what people did to runs. Knows no thread and no browser."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from runs.actions import Action, ActionKind
from runs.store import tables
from runs.store.database import Database


class ActionStore:
    """Every method may be called from any thread and raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self, run_id: str, time: datetime, kind: ActionKind, step: int, episode: int, who: str, details: dict[str, Any]
    ) -> Action:
        """`runs.actions.Keep`."""
        table = tables.action
        newest = select(func.max(table.c.number)).where(table.c.run_id == run_id)
        with self._database.write(is_durable=True) as connection:
            action = Action((connection.scalar(newest) or 0) + 1, time, kind, step, episode, who, details)
            values = {column.name: getattr(action, column.name) for column in table.c if column is not table.c.run_id}
            connection.execute(insert(table).values(run_id=run_id, **values | {"kind": kind.value}))
        return action

    def of_run(self, run_id: str) -> list[Action]:
        """In the order in which they were done; none of an unknown run."""
        table = tables.action
        columns = [column for column in table.c if column is not table.c.run_id]
        query = select(*columns).where(table.c.run_id == run_id).order_by(table.c.number)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Action(**dict(row._mapping) | {"kind": ActionKind(row.kind)}) for row in rows]
