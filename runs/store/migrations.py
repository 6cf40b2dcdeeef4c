"""Brings the tables of an earlier version of Warmgate up to date, in the transaction that opens the database.

New tables need nothing here: they are made where they are missing. Knows no run.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, inspect, update
from sqlalchemy.schema import CreateColumn

from runs.store import tables

ADDED_COLUMNS = {  # by the schema version that brought them
    2: (
        tables.run.c.parent_run_id,
        tables.run.c.parent_step,
        tables.run.c.rewinds,
        tables.run.c.checkpoint_step,
    ),
    3: (tables.run.c.changes, tables.run.c.pending_changes),
    4: (tables.episode.c.truncated,),
    5: (tables.rewind.c.tests,),
}
ERASING = 5  # the schema version that brought it


def migrate(connection: Connection, found: int) -> None:
    """Add what tables of schema version `found` lack; what they hold stays as it is."""
    if found == tables.SCHEMA_VERSION:
        return
    for version in range(found + 1, tables.SCHEMA_VERSION + 1):
        for column in ADDED_COLUMNS.get(version, ()):
            if column.name in (known["name"] for known in inspect(connection).get_columns(column.table.name)):
                continue  # the whole table is younger than `found`
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}")
    if found < ERASING:
        _begin_the_time_of_deleted_runs(connection)
    connection.execute(
        update(tables.meta).where(tables.meta.c.name == "schema_version").values(value=str(tables.SCHEMA_VERSION))
    )


def _begin_the_time_of_deleted_runs(connection: Connection) -> None:
    """They were promised to be kept for good: whoever relied on it has as long to think again as from a deletion."""
    deleted = tables.run_label.c.deleted_at
    connection.execute(update(tables.run_label).where(deleted.is_not(None)).values(deleted_at=datetime.now(UTC)))
