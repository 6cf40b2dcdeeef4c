"""The database's tables. Every type is one that SQLite and PostgreSQL share.

Metrics are one long table, so that another metric needs no migration. Knows no query.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 5

metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite itself would forget the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("status", String(16), nullable=False, index=True),
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False),  # time of the last event
    Column("ended_at", UtcDateTime),
    Column("config", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("boot_id", String(32), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("episodes", Integer, nullable=False),
    Column("last_reward", Double),
    Column("progress", JSON(none_as_null=True)),
    Column("gate_opened", JSON(none_as_null=True)),
    Column("parent_run_id", String(32)),  # no foreign key: a copy outlives its original
    Column("parent_step", Integer),
    Column("rewinds", Integer, nullable=False, server_default="0"),
    Column("checkpoint_step", Integer),
    Column("changes", JSON, nullable=False, server_default="[]"),
    Column("pending_changes", JSON, nullable=False, server_default="[]"),
)

run_label = Table(
    "run_label",  # what people write; events never touch it
    metadata,
    Column("run_id", ForeignKey("run.run_id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("notes", Text, nullable=False),
    Column("deleted_at", UtcDateTime),
)

notice = Table(
    "notice",
    metadata,
    Column("run_id", ForeignKey("run.run_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 0, in the order given
    Column("time", UtcDateTime, nullable=False),
    Column("level", String(16), nullable=False),
    Column("text", Text, nullable=False),
)

episode = Table(
    "episode",
    metadata,
    Column("run_id", ForeignKey("run.run_id"), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("first_step", Integer, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("gated_steps", Integer, nullable=False),
    Column("terminated", Boolean, nullable=False),
    Column("truncated", Boolean),  # NULL where an earlier version did not keep it
)

metric = Table(
    "metric",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("metric", String(64), primary_key=True),
    Column("value", Double),  # NULL where undefined or not finite
    ForeignKeyConstraint(["run_id", "episode"], ["episode.run_id", "episode.episode"]),
)

Index("metric_by_name", metric.c.run_id, metric.c.metric, metric.c.episode, metric.c.value)  # a whole curve at once

evaluation = Table(
    "evaluation",
    metadata,
    Column("run_id", ForeignKey("run.run_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("window", String(16), nullable=False),
    Column("figures", JSON, nullable=False),
    Column("parquet", LargeBinary, nullable=False),  # the policy's series on the window
)

rewind = Table(
    "rewind",  # what going back deleted of evaluations, and what must not be forgotten of them
    metadata,
    Column("run_id", ForeignKey("run.run_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),  # of its event
    Column("validated_policies", Integer, nullable=False),  # the trials that luck had all the same
    Column("last_evaluation", Integer, nullable=False),  # numbers are not used again
    Column("tests", Integer, nullable=False, server_default="0"),  # bars that were seen stay seen
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("run_id", ForeignKey("run.run_id"), primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("episodes", Integer, nullable=False),  # that had ended
    Column("created_at", UtcDateTime, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("sha256", String(64), nullable=False),  # of state.json, which has those of the other files
    Column("size_bytes", BigInteger, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    Column("validation_sharpe", Double),
    Column("notices", Integer, nullable=False),  # that the run had
    Column("progress", JSON(none_as_null=True)),
)

action = Table(
    "action",  # what people did; rewinding keeps it
    metadata,
    Column("run_id", ForeignKey("run.run_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1, in the order done
    Column("time", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("step", Integer, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("details", JSON, nullable=False),
)

erasure = Table(
    "erasure",  # runs that are erased for good; of one that has rows in other tables too, they are being erased
    metadata,
    Column("run_id", String(32), primary_key=True),  # no foreign key: it outlives the run
    Column("time", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("validated_policies", Integer, nullable=False),  # the trials that luck had all the same
)

episode_series = Table(
    "episode_series",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("parquet", LargeBinary, nullable=False),
    ForeignKeyConstraint(["run_id", "episode"], ["episode.run_id", "episode.episode"]),
)
