"""Keeps runs in the database, one transaction an event, and reads them back. Knows no thread and no browser."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from market.episode import EpisodeSeries
from runs.errors import EpisodeNotFoundError, EvaluationNotFoundError, RunNotFoundError
from runs.events import (
    CheckpointSaved,
    Envelope,
    PolicyEvaluated,
    RunProgress,
    RunRewound,
    RunStatus,
    RunStatusChanged,
)
from runs.run import Run, apply
from runs.store import tables
from runs.store.action_store import ActionStore
from runs.store.checkpoint_store import CheckpointStore, go_back, insert_checkpoint, mark_judged
from runs.store.database import Database
from runs.store.erasure_store import ErasureStore, erased_policies, is_kept
from runs.store.label_store import LabelStore
from runs.store.rows import (
    episode_of,
    episode_values,
    metric_of,
    metric_values,
    notice_values,
    run_of,
    run_values,
)
from runs.store.series_codec import decode_series, encode_series
from runs.store.series_store import SeriesStore
from runs.store.trials import looks_of, validated_policies
from runs.summaries import EpisodePage, EpisodeSummary, EvaluationPage, EvaluationSummary
from training.events import EpisodeFinished

INTERRUPTED_REASON = "the server ended while this run was active"


class RunStore:
    """Every method may be called from any thread and raises StorageError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.checkpoints = CheckpointStore(database)
        self.labels = LabelStore(database)
        self.actions = ActionStore(database)
        self.series = SeriesStore(database)
        self.erasures = ErasureStore(database)

    @classmethod
    def open(cls, folder: Path) -> "RunStore":
        """Open the database of a data folder that this process has locked."""
        return cls(Database.open(folder))

    def close(self) -> None:
        self._database.close()

    def shrink(self) -> None:
        """Give the room of what was erased back to the disk, where it is much. Nobody else may be at work here."""
        self._database.shrink()

    def create(self, run: Run) -> None:
        with self._database.write(is_durable=True) as connection:
            connection.execute(insert(tables.run).values(**run_values(run), updated_at=run.created_at))

    def record(self, before: Run, after: Run, envelope: Envelope) -> None:
        """Keep what one event changed. Changes of state survive a power cut; progress and episodes a killed process."""
        event, known = envelope.event, len(before.notices)
        is_durable = not isinstance(event, RunProgress | EpisodeFinished | PolicyEvaluated)
        with self._database.write(is_durable=is_durable) as connection:
            values = run_values(after) | {"updated_at": envelope.time}
            connection.execute(update(tables.run).where(tables.run.c.run_id == after.run_id).values(**values))
            match event:
                case EpisodeFinished():
                    _insert_episode(connection, envelope, event)
                case PolicyEvaluated():
                    _insert_evaluation(connection, envelope, event)
                    mark_judged(connection, after.run_id, event)
                case CheckpointSaved():
                    insert_checkpoint(connection, envelope, event, known)
                case RunRewound():
                    go_back(connection, envelope, event)
                    known = event.notices
            for number, notice in enumerate(after.notices[known:], start=known):
                connection.execute(insert(tables.notice).values(notice_values(after.run_id, number, notice)))

    def interrupt_alive_runs(self, boot_id: str, reason: str = INTERRUPTED_REASON) -> None:
        """Close the runs that are stored as alive and are not, as of their last event."""
        alive = [status.value for status in RunStatus if status.is_alive]
        with self._database.read() as connection:
            rows = connection.execute(select(tables.run).where(tables.run.c.status.in_(alive))).all()
            left = [(_with_notices(connection, [row])[0], row.updated_at) for row in rows]
        for run, last_sign_of_life in left:
            event = RunStatusChanged(RunStatus.INTERRUPTED, reason)
            envelope = Envelope(run.run_id, boot_id, run.sequence + 1, last_sign_of_life, event)
            self.record(run, apply(run, envelope), envelope)

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        newest_first = (tables.run.c.created_at.desc(), tables.run.c.run_id.desc())
        with self._database.read() as connection:
            query = select(tables.run).where(is_kept(tables.run.c.run_id)).order_by(*newest_first)
            return _with_notices(connection, connection.execute(query).all())

    def run(self, run_id: str) -> Run:
        """Raises RunNotFoundError."""
        with self._database.read() as connection:
            return _with_notices(connection, [_run_row(connection, run_id)])[0]

    def episodes(self, run_id: str, after: int = 0, up_to: int | None = None) -> EpisodePage:
        """The episodes numbered above `after`, and not above `up_to`, in order. Raises RunNotFoundError."""
        with self._database.read() as connection:
            sequence = _run_row(connection, run_id).sequence
            return EpisodePage(sequence, _episodes(connection, run_id, after, up_to))

    def evaluations(self, run_id: str, after: int = 0) -> EvaluationPage:
        """The evaluations numbered above `after`, in order. Raises RunNotFoundError."""
        table = tables.evaluation
        columns = [column for column in table.c if column is not table.c.parquet]
        query = select(*columns).where(table.c.run_id == run_id, table.c.number > after).order_by(table.c.number)
        with self._database.read() as connection:
            sequence = _run_row(connection, run_id).sequence
            return EvaluationPage(sequence, [_evaluation_of(row) for row in connection.execute(query)])

    def evaluation(self, run_id: str, number: int) -> tuple[EvaluationSummary, EpisodeSeries]:
        """One evaluation with the policy's series. Raises RunNotFoundError or EvaluationNotFoundError."""
        table = tables.evaluation
        query = select(table).where(table.c.run_id == run_id, table.c.number == number)
        with self._database.read() as connection:
            _run_row(connection, run_id)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise EvaluationNotFoundError(run_id, number)
        return _evaluation_of(row), decode_series(row.parquet)

    def last_evaluation(self, run_id: str) -> int:
        """The highest number that an evaluation of the run has or had; 0 where there was none."""
        table, rewind = tables.evaluation, tables.rewind
        present = select(func.max(table.c.number)).where(table.c.run_id == run_id)
        deleted = select(func.max(rewind.c.last_evaluation)).where(rewind.c.run_id == run_id)
        with self._database.read() as connection:
            return max(connection.scalar(query) or 0 for query in (present, deleted))

    def looks(self, run_id: str) -> dict[str, int]:
        """By window, how often the run judged a policy on its bars, whatever going back deleted of that."""
        with self._database.read() as connection:
            return looks_of(connection, run_id)

    def count_validated_policies(self) -> int:
        """How many policies were ever validated in this data folder: the trials that luck had. A copy is no trial."""
        with self._database.read() as connection:
            return validated_policies(connection, is_kept) + erased_policies(connection)

    def episode(self, run_id: str, episode: int) -> tuple[EpisodeSummary, EpisodeSeries]:
        """One episode with its series. Raises RunNotFoundError or EpisodeNotFoundError."""
        with self._database.read() as connection:
            run = _run_row(connection, run_id)
            if not 1 <= episode <= run.episodes:
                raise EpisodeNotFoundError(run_id, episode, run.episodes)
            found = _episodes(connection, run_id, episode - 1, episode)
            series = tables.episode_series
            encoded = connection.scalar(
                select(series.c.parquet).where(series.c.run_id == run_id, series.c.episode == episode)
            )
        assert encoded is not None, "an episode is stored with its series, in one transaction"
        return found[0], decode_series(encoded)


def _insert_evaluation(connection: Connection, envelope: Envelope, evaluated: PolicyEvaluated) -> None:
    values = asdict(EvaluationSummary.of(envelope, evaluated))
    parquet = encode_series(evaluated.series)
    connection.execute(
        insert(tables.evaluation).values(
            run_id=envelope.run_id, window=evaluated.figures["window"], parquet=parquet, **values
        )
    )


def _evaluation_of(row: Row[Any]) -> EvaluationSummary:
    return EvaluationSummary(row.number, row.sequence, row.ended_at, row.episode, row.step, row.figures)


def _insert_episode(connection: Connection, envelope: Envelope, finished: EpisodeFinished) -> None:
    run_id = envelope.run_id
    summary = EpisodeSummary.of(envelope, finished)
    connection.execute(insert(tables.episode).values(episode_values(run_id, summary)))
    if summary.metrics:
        connection.execute(insert(tables.metric), metric_values(run_id, summary))
    parquet = encode_series(finished.series)
    connection.execute(insert(tables.episode_series).values(run_id=run_id, episode=summary.episode, parquet=parquet))


def _run_row(connection: Connection, run_id: str) -> Row[Any]:
    query = select(tables.run).where(tables.run.c.run_id == run_id, is_kept(tables.run.c.run_id))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise RunNotFoundError(run_id)
    return row


def _with_notices(connection: Connection, rows: Sequence[Row[Any]]) -> list[Run]:
    notice = tables.notice
    query = select(notice).order_by(notice.c.run_id, notice.c.number)
    if len(rows) == 1:
        query = query.where(notice.c.run_id == rows[0].run_id)
    notices: dict[str, list[Row[Any]]] = defaultdict(list)
    for given in connection.execute(query) if rows else ():
        notices[given.run_id].append(given)
    return [run_of(row, notices[row.run_id]) for row in rows]


def _episodes(connection: Connection, run_id: str, after: int, up_to: int | None) -> list[EpisodeSummary]:
    def of_range(table: Any) -> Any:
        query = select(table).where(table.c.run_id == run_id, table.c.episode > after).order_by(table.c.episode)
        return query if up_to is None else query.where(table.c.episode <= up_to)

    metrics: dict[int, dict[str, float | None]] = defaultdict(dict)
    for figure in connection.execute(of_range(tables.metric)):
        metrics[figure.episode][figure.metric] = metric_of(figure.metric, figure.value)
    return [episode_of(row, metrics[row.episode]) for row in connection.execute(of_range(tables.episode))]
