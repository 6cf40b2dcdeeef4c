"""A database of an earlier version is brought up to date when it is opened, and keeps what it held."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from runs.events import RunStatus
from runs.store.database import DATABASE_NAME
from runs.store.run_store import RunStore
from tests.runs.helpers import RUN_ID, START, checkpoint_saved, envelope, episode_series

VERSION_1 = Path(__file__).with_name("version_1.sql")


def schema(path: Path) -> tuple[str, dict[str, list[tuple[object, ...]]]]:
    """The stored version, and every table's columns with their types, in order of their names."""
    with closing(sqlite3.connect(path / DATABASE_NAME)) as connection:
        version = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()[0]
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {
            name: sorted(row[1:] for row in connection.execute(f"PRAGMA table_info({name})")) for name in sorted(names)
        }
    return version, columns


def test_a_database_of_version_1_keeps_its_runs_and_takes_what_is_new(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.executescript(VERSION_1.read_text(encoding="utf-8"))

    RunStore.open(tmp_path).close()
    store = RunStore.open(tmp_path)  # the second time there is nothing to do
    run = store.run(RUN_ID)
    summary, series = store.episode(RUN_ID, 1)

    assert (run.status, run.reason, run.sequence) == (RunStatus.STOPPED, "the server was shut down", 5)
    assert (run.parent, run.rewinds, run.checkpoint_step) == (None, 0, None)
    assert run.progress is not None
    assert (run.progress.progress.step, run.progress.active_s) == (3, None)
    assert [notice.text for notice in run.notices] == ["Warm-up complete at step 50: network updates start"]
    assert (summary.terminated, summary.truncated) == (False, None)
    assert (summary.steps, series.equity.tolist()) == (3, episode_series(3).equity.tolist())
    store.record(run, run, envelope(6, checkpoint_saved(3)))
    assert [checkpoint.step for checkpoint in store.checkpoints.of_run(RUN_ID)] == [3]
    store.close()


def test_a_migrated_database_has_the_schema_of_a_fresh_one(tmp_path: Path) -> None:
    (old := tmp_path / "old").mkdir()
    (fresh := tmp_path / "fresh").mkdir()
    with closing(sqlite3.connect(old / DATABASE_NAME)) as connection:
        connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    for folder in (old, fresh):
        RunStore.open(folder).close()

    without_order = [
        {name: sorted(str(row) for row in rows) for name, rows in schema(folder)[1].items()} for folder in (old, fresh)
    ]
    assert without_order[0] == without_order[1]
    assert schema(old)[0] == schema(fresh)[0]


def test_what_was_deleted_before_there_was_erasing_is_kept_as_if_it_were_deleted_today(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    store = RunStore.open(tmp_path)
    store.labels.change(RUN_ID, deleted_at=START)
    store.close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection, connection:
        connection.execute("UPDATE meta SET value = '4' WHERE name = 'schema_version'")
    before = datetime.now(UTC)

    again = RunStore.open(tmp_path)
    deleted_at = again.labels.label(RUN_ID).deleted_at
    again.close()

    assert deleted_at is not None
    assert deleted_at >= before
