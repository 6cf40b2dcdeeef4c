"""Keeps what is known of checkpoints, goes back to them, and copies runs up to them. Knows no file and no thread."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, delete, func, insert, literal, or_, select, update

from market.datasets import TEST, VALIDATION
from runs.checkpoints.checkpoint import Checkpoint
from runs.errors import CheckpointNotFoundError, CheckpointPinnedError
from runs.events import CheckpointSaved, Envelope, PolicyEvaluated, RunRewound, SaveReason
from runs.run import Run
from runs.store import tables
from runs.store.database import Database
from runs.store.rows import metric_of, notice_values, progress_of, progress_values, run_values

_OF_EPISODES = (tables.metric, tables.episode_series, tables.episode)  # in the order in which rows may be deleted


class CheckpointStore:
    """Every method may be called from any thread and raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_run(self, run_id: str) -> list[Checkpoint]:
        """In order of their steps; none of an unknown run."""
        table = tables.checkpoint
        query = select(table).where(table.c.run_id == run_id).order_by(table.c.step)
        with self._database.read() as connection:
            return [_checkpoint_of(row) for row in connection.execute(query)]

    def pin(self, run_id: str, step: int, is_pinned: bool) -> Checkpoint:
        """Keep it for good, or no longer; returns it so. Raises CheckpointNotFoundError."""
        pinned = update(tables.checkpoint).where(_at(run_id, step)).values(is_pinned=is_pinned)
        with self._database.write(is_durable=True) as connection:
            row = connection.execute(pinned.returning(*tables.checkpoint.c)).one_or_none()
        if row is None:
            raise CheckpointNotFoundError(run_id, step)
        return _checkpoint_of(row)

    def forget(self, run_id: str, steps: Collection[int]) -> list[int]:
        """Returns which of them are forgotten: all that nobody has pinned meanwhile.

        Do this before their files go: a row without files would promise too much.
        """
        table = tables.checkpoint
        goes = and_(table.c.run_id == run_id, table.c.step.in_(steps), ~table.c.is_pinned)
        with self._database.write(is_durable=True) as connection:
            return list(connection.scalars(delete(table).where(goes).returning(table.c.step)))

    def reward_of(self, run_id: str, episode: int) -> float | None:
        """Of a finished episode; None for episode 0."""
        table = tables.metric
        query = select(table.c.value).where(
            table.c.run_id == run_id, table.c.episode == episode, table.c.metric == "reward"
        )
        with self._database.read() as connection:
            return metric_of("reward", connection.scalar(query))

    def copy(self, original: str, run: Run, checkpoint: Checkpoint, *, with_evaluations: bool) -> None:
        """Store `run`, a new one, with everything that run `original` has up to this checkpoint of the new run."""
        with self._database.write(is_durable=True) as connection:
            connection.execute(insert(tables.run).values(**run_values(run), updated_at=run.created_at))
            for number, notice in enumerate(run.notices):
                connection.execute(insert(tables.notice).values(notice_values(run.run_id, number, notice)))
            for table in reversed(_OF_EPISODES):
                _copy_rows(connection, table, original, run.run_id, table.c.episode <= checkpoint.episodes)
            if with_evaluations:
                table = tables.evaluation
                judged = and_(table.c.step <= checkpoint.step, table.c.window == VALIDATION)
                _copy_rows(connection, table, original, run.run_id, judged)
            connection.execute(insert(tables.checkpoint).values(_values_of(checkpoint)))


def insert_checkpoint(connection: Connection, envelope: Envelope, saved: CheckpointSaved, notices: int) -> None:
    """Its policy may have been judged already."""
    table = tables.evaluation
    judged = select(table.c.figures).where(
        table.c.run_id == envelope.run_id, table.c.step == saved.step, table.c.window == VALIDATION
    )
    figures = connection.scalars(judged.order_by(table.c.number.desc())).first()
    checkpoint = Checkpoint(
        run_id=envelope.run_id,
        step=saved.step,
        episodes=saved.episodes,
        created_at=envelope.time,
        reason=saved.reason,
        sha256=saved.sha256,
        size_bytes=saved.size_bytes,
        is_pinned=False,
        validation_sharpe=figures and _sharpe(figures),
        notices=notices,
        progress=saved.progress,
    )
    connection.execute(insert(tables.checkpoint).values(_values_of(checkpoint)))


def mark_judged(connection: Connection, run_id: str, evaluated: PolicyEvaluated) -> None:
    """The checkpoint of exactly this policy, where there is one, is as good as this."""
    if evaluated.figures["window"] == VALIDATION:
        marked = update(tables.checkpoint).where(_at(run_id, evaluated.step))
        connection.execute(marked.values(validation_sharpe=_sharpe(evaluated.figures)))


def go_back(connection: Connection, envelope: Envelope, event: RunRewound) -> None:
    """Delete what came after; and the test, which belongs to a run's end. Raises CheckpointPinnedError."""
    run_id = envelope.run_id
    _refuse_pinned(connection, run_id, event)
    _remember_evaluations(connection, envelope, event)
    for table in _OF_EPISODES:
        connection.execute(delete(table).where(table.c.run_id == run_id, table.c.episode > event.episodes))
    later = {
        tables.evaluation: or_(tables.evaluation.c.step > event.step, tables.evaluation.c.window == TEST),
        tables.checkpoint: tables.checkpoint.c.step > event.step,
        tables.notice: tables.notice.c.number >= event.notices,
    }
    for table, is_later in later.items():
        connection.execute(delete(table).where(table.c.run_id == run_id, is_later))


def _refuse_pinned(connection: Connection, run_id: str, event: RunRewound) -> None:
    """Somebody may have pinned one since it was asked for."""
    table = tables.checkpoint
    is_later = and_(table.c.run_id == run_id, table.c.step > event.step, table.c.step.not_in(event.refused))
    pinned = connection.scalars(select(table.c.step).where(is_later, table.c.is_pinned).order_by(table.c.step)).all()
    if pinned:
        raise CheckpointPinnedError(run_id, pinned)


def _remember_evaluations(connection: Connection, envelope: Envelope, event: RunRewound) -> None:
    table = tables.evaluation
    is_own = table.c.run_id == envelope.run_id
    validated = is_own & (table.c.window == VALIDATION) & (table.c.step > event.step)
    tested = is_own & (table.c.window == TEST)
    values = {
        "validated_policies": connection.scalar(select(func.count()).select_from(table).where(validated)),
        "tests": connection.scalar(select(func.count()).select_from(table).where(tested)),
        "last_evaluation": connection.scalar(select(func.coalesce(func.max(table.c.number), 0)).where(is_own)),
    }
    row = insert(tables.rewind).values(run_id=envelope.run_id, sequence=envelope.sequence, **values)
    connection.execute(row)


def _copy_rows(connection: Connection, table: Table, original: str, run_id: str, condition: Any) -> None:
    columns = [literal(run_id) if column is table.c.run_id else column for column in table.c]
    rows: Select[Any] = select(*columns).where(table.c.run_id == original, condition)
    connection.execute(insert(table).from_select([column.name for column in table.c], rows))


def _at(run_id: str, step: int) -> Any:
    return and_(tables.checkpoint.c.run_id == run_id, tables.checkpoint.c.step == step)


def _sharpe(figures: Any) -> float | None:
    sharpe: float | None = figures["policy"]["metrics"]["sharpe"]
    return sharpe


def _values_of(checkpoint: Checkpoint) -> dict[str, Any]:
    values = {column.name: getattr(checkpoint, column.name) for column in tables.checkpoint.c}
    return values | {"reason": checkpoint.reason.value, "progress": progress_values(checkpoint.progress)}


def _checkpoint_of(row: Row[Any]) -> Checkpoint:
    values = dict(row._mapping)
    return Checkpoint(**values | {"reason": SaveReason(row.reason), "progress": progress_of(row.progress)})
