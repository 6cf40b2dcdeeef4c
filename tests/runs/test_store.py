"""The store: what goes in comes out, whole transactions only, and no run of a dead process stays alive."""

import dataclasses
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from runs.errors import EpisodeNotFoundError, RunNotFoundError, StorageError
from runs.events import Notice, NoticeLevel, RunEvent, RunStatus, RunStatusChanged
from runs.run import Run, apply
from runs.store.database import DATABASE_NAME
from runs.store.run_store import RunStore
from runs.summaries import EpisodeSummary
from tests.runs.helpers import (
    RUN_ID,
    envelope,
    episode_finished,
    episode_series,
    gate_opened,
    run_before_its_first_event,
    run_progress,
)

EVENTS: list[RunEvent] = [
    RunStatusChanged(RunStatus.RUNNING),
    run_progress(3),
    episode_finished(1),
    Notice(NoticeLevel.WARNING, "a sentence with 'quotes', ümlauts and \N{CHART WITH UPWARDS TREND}"),
    gate_opened(),
    episode_finished(2, sharpe=float("nan"), alpha=0.1 + 0.2),
    run_progress(6, steps_per_s=None),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore.open(tmp_path)
    yield store
    store.close()


def record(store: RunStore, *events: RunEvent) -> Run:
    """A run that these events happened to, stored one by one."""
    run = run_before_its_first_event()
    store.create(run)
    for sequence, event in enumerate(events, start=1):
        stamped = envelope(sequence, event)
        after = apply(run, stamped)
        store.record(run, after, stamped)
        run = after
    return run


def test_a_run_is_read_back_as_it_was(store: RunStore, tmp_path: Path) -> None:
    run = record(store, *EVENTS)

    assert store.run(RUN_ID) == run
    assert store.runs() == [run]


def test_a_reopened_database_has_everything(store: RunStore, tmp_path: Path) -> None:
    run = record(store, *EVENTS)
    store.close()

    reopened = RunStore.open(tmp_path)

    assert reopened.run(RUN_ID) == run
    assert len(reopened.episodes(RUN_ID).episodes) == 2
    reopened.close()


def test_episodes_after_a_number_come_in_order_with_the_runs_sequence(store: RunStore) -> None:
    record(store, *(episode_finished(number) for number in range(1, 13)))

    page = store.episodes(RUN_ID, after=9)

    assert [summary.episode for summary in page.episodes] == [10, 11, 12]
    assert page.sequence == 12
    assert page.episodes[0] == EpisodeSummary.of(envelope(10, EVENTS[0]), episode_finished(10))


def test_undefined_and_non_finite_metrics_are_null_and_counts_are_whole(store: RunStore) -> None:
    record(store, *EVENTS)

    metrics = store.episodes(RUN_ID, after=1).episodes[0].metrics

    assert metrics == {"reward": 1.5, "sharpe": None, "trades": 2, "alpha": 0.1 + 0.2}
    assert isinstance(metrics["trades"], int)


def test_series_come_back_bit_for_bit(store: RunStore) -> None:
    record(store, episode_finished(1, steps=500))

    summary, series = store.episode(RUN_ID, 1)

    assert summary.steps == 500
    for name, column in episode_series(500).columns().items():
        stored = series.columns()[name]
        assert stored.dtype == column.dtype
        np.testing.assert_array_equal(stored, column, err_msg=name, strict=True)


def test_unknown_runs_and_episodes_are_named(store: RunStore) -> None:
    record(store, episode_finished(1))

    with pytest.raises(RunNotFoundError, match="there is no run '20260101-000000-aaaa'"):
        store.run("20260101-000000-aaaa")
    with pytest.raises(RunNotFoundError):
        store.episodes("20260101-000000-aaaa")
    for number in (0, 2, 10**30):
        with pytest.raises(EpisodeNotFoundError, match=f"run {RUN_ID} has no finished episode .* episodes 1 to 1"):
            store.episode(RUN_ID, number)


def test_runs_come_newest_first(store: RunStore) -> None:
    first = run_before_its_first_event()
    ids = ["20261123-051200-k3f9", "20261123-051200-k3fa", "20261124-000000-aaaa"]
    for run_id in ids:
        store.create(dataclasses.replace(first, run_id=run_id))

    assert [run.run_id for run in store.runs()] == ids[::-1]


def test_an_episode_is_stored_whole_or_not_at_all(store: RunStore) -> None:
    run = record(store, episode_finished(1))
    again = envelope(2, episode_finished(1))

    with pytest.raises(StorageError, match="could not be written"):
        store.record(run, apply(run, again), again)

    assert store.run(RUN_ID) == run


@pytest.mark.parametrize("status", [status for status in RunStatus if status.is_alive])
def test_a_run_left_alive_is_interrupted_as_of_its_last_event(store: RunStore, status: RunStatus) -> None:
    run = record(store, RunStatusChanged(RunStatus.RUNNING), episode_finished(1), RunStatusChanged(status))

    store.interrupt_alive_runs("boot-2")

    left = store.run(RUN_ID)
    assert left.status is RunStatus.INTERRUPTED
    assert left.reason is not None
    assert left.sequence == run.sequence + 1
    assert left.ended_at == envelope(3, EVENTS[0]).time
    assert left.boot_id == "boot-2"
    assert left.episodes == 1
    said = "Interrupted: the server ended while this run was active. Resumed, it goes on from the beginning."
    assert [(notice.level, notice.text) for notice in left.notices] == [(NoticeLevel.WARNING, said)]
    store.interrupt_alive_runs("boot-3")
    assert store.run(RUN_ID) == left


def test_a_run_that_ended_is_left_alone(store: RunStore) -> None:
    run = record(store, RunStatusChanged(RunStatus.STOPPED))

    store.interrupt_alive_runs("boot-2")

    assert store.run(RUN_ID) == run


def test_reading_goes_on_while_another_thread_writes(store: RunStore) -> None:
    writer = threading.Thread(target=record, args=(store, *(episode_finished(number) for number in range(1, 101))))
    writer.start()
    seen: list[int] = []
    while writer.is_alive():
        for run in store.runs():
            page = store.episodes(run.run_id)
            seen.append(page.sequence)
            assert [summary.episode for summary in page.episodes] == list(range(1, page.sequence + 1))
    writer.join()

    assert seen == sorted(seen)
    assert store.run(RUN_ID).episodes == 100


def test_writing_needs_no_place_of_those_who_read(store: RunStore) -> None:
    with ExitStack() as readers:
        for _ in range(15):  # as many as may read at once
            readers.enter_context(store._database.read())

        record(store, episode_finished(1))

    assert store.run(RUN_ID).episodes == 1


def test_a_full_disk_is_reported_and_harms_nothing_stored(store: RunStore, tmp_path: Path) -> None:
    run = record(store, episode_finished(1))
    store.close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    limited = RunStore.open(tmp_path)
    limit_pages(limited, pages)
    large = envelope(2, episode_finished(2, steps=50_000))

    with pytest.raises(StorageError, match="full"):
        limited.record(run, apply(run, large), large)

    assert limited.run(RUN_ID) == run
    limited.close()


def limit_pages(store: RunStore, pages: int) -> None:
    """Make the database as full as a disk can be, for every connection that is open."""
    with store._database.writer.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_later_schema_is_refused(store: RunStore, tmp_path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
        connection.commit()

    with pytest.raises(StorageError, match="written by a later version of Warmgate \\(schema 99, this one knows up to"):
        RunStore.open(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_text("not a database, but long enough to be looked at" * 50, encoding="ascii")

    with pytest.raises(StorageError, match="not a database"):
        RunStore.open(tmp_path)
