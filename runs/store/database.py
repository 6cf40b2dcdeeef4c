"""Opens the database: connection settings, schema version, short transactions. Knows no run.

SQLite's own stands in `_tune_sqlite` and `_shrink`, the only parts that another database would not use.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as TooManyAtOnceError

from runs.errors import StorageBlockedError, StorageError
from runs.store import tables
from runs.store.migrations import migrate

logger = logging.getLogger(__name__)

DATABASE_NAME = "warmgate.db"
BUSY_TIMEOUT_MS = 5_000
MUCH_IS_EMPTY = 1 / 4  # of the file: less is filled again soon


class Database:
    """Many readers, one writer at a time. A reader sees one moment for as long as its transaction lasts."""

    def __init__(self, engine: Engine, writer: Engine) -> None:
        self.engine = engine
        self.writer = writer  # has one connection: however many read, training waits for none of them
        self._write_lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> "Database":
        """Open `warmgate.db` in `folder`; create it where there is none.

        Raises:
            StorageError: it is not a database, or a later version of Warmgate wrote it.
        """
        url = URL.create("sqlite+pysqlite", database=str(folder / DATABASE_NAME))
        engine, writer = create_engine(url), create_engine(url, pool_size=1, max_overflow=0)
        for one in (engine, writer):
            _tune_sqlite(one)
        database = cls(engine, writer)
        try:
            database._prepare_schema(folder / DATABASE_NAME)
        except StorageError:
            database.close()
            raise
        return database

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads.

        Raises:
            StorageError: the database refused.
        """
        with _as_storage_error("read"), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, is_durable: bool) -> Iterator[Connection]:
        """A transaction that writes, one at a time. A durable one also survives a power cut, at the price of an fsync.

        Raises:
            StorageError: the database refused, for example because the disk is full.
        """
        with self._write_lock, _as_storage_error("written"), self.writer.connect() as connection:
            connection.execution_options(writes=True, is_durable=is_durable)
            with connection.begin():
                yield connection

    def shrink(self) -> None:
        """Write the file anew without its empty pages, where they are a quarter of it. Nobody else may be at work.

        It takes as long, and as much room meanwhile, as copying what is left. Where that fails, all stays as it is.
        """
        try:
            with closing(self.writer.raw_connection()) as connection:
                _shrink(connection)
        except (sqlite3.Error, SQLAlchemyError):
            logger.exception("the database could not be made smaller; what is empty in it is used again")

    def close(self) -> None:
        for one in (self.writer, self.engine):
            one.dispose()

    def _prepare_schema(self, path: Path) -> None:
        with self.write(is_durable=True) as connection:
            tables.metadata.create_all(connection)
            version = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == "schema_version"))
            if version is None:
                connection.execute(insert(tables.meta).values(name="schema_version", value=str(tables.SCHEMA_VERSION)))
            elif int(version) > tables.SCHEMA_VERSION:
                raise StorageError(
                    f"{path} was written by a later version of Warmgate (schema {version}, this one knows up to "
                    f"{tables.SCHEMA_VERSION}); update Warmgate, or choose another folder with --data-dir"
                )
            else:
                migrate(connection, int(version))
            for index in (index for table in tables.metadata.tables.values() for index in table.indexes):
                index.create(connection, checkfirst=True)  # one that an earlier version did not have


@contextmanager
def _as_storage_error(verb: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        kind = StorageBlockedError if isinstance(error, OperationalError | TooManyAtOnceError) else StorageError
        raise kind(f"the database could not be {verb}: {cause}") from error


def _tune_sqlite(engine: Engine) -> None:
    """Write-ahead log, real transactions (the driver's own would let two reads see two moments), one wait for locks."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions begin below, not in the driver
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", f"busy_timeout = {BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("writes"):
            connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options['is_durable'] else 'NORMAL'}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # a reader that turns writer would fail at once when busy
        else:
            connection.exec_driver_sql("BEGIN")


def _shrink(connection: Any) -> None:
    [empty], [pages] = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count"))
    if empty < MUCH_IS_EMPTY * pages:
        return
    logger.info("making the database smaller: %.0f %% of it is empty", 100 * empty / pages)
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
