"""Erasing: nothing of a run stays but that it was, nothing of another one goes, and what is cut short is finished."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from market.datasets import synthetic_bars
from runs.controller import CHECKPOINTS, FILES, RunController
from runs.erasing import SERVER
from runs.errors import RunNotDeletedError, RunNotFoundError, StorageError
from runs.events import PolicyEvaluated, RunStatus
from runs.labels import Label
from runs.store import tables
from runs.store.database import DATABASE_NAME
from tests.runs.helpers import ENDLESS, TIMEOUT_S, Heard, small_config
from training.events import EpisodeFinished

MONTH = timedelta(days=30)
AT_ONCE = timedelta(0)
NO_RUNS = {"meta", "erasure"}  # tables in which erasing deletes nothing


def deleted_run(controller: RunController, **changes: object) -> str:
    run = controller.start(small_config(**changes))
    assert controller.wait(TIMEOUT_S)
    controller.delete(run.run_id)
    return run.run_id


def rows_of(data_dir: Path, run_id: str) -> dict[str, int]:
    """How many rows every table has of the run."""
    with closing(sqlite3.connect(data_dir / DATABASE_NAME)) as connection:
        return {
            name: sum(owner == run_id for (owner,) in connection.execute(f"SELECT run_id FROM {name}"))  # noqa: S608
            for name in tables.metadata.tables
            if name not in NO_RUNS
        }


def pages(data_dir: Path) -> int:
    """Of 4,096 bytes, in the database."""
    with closing(sqlite3.connect(data_dir / DATABASE_NAME)) as connection:
        count: int = connection.execute("PRAGMA page_count").fetchone()[0]
    return count


@contextmanager
def undeletable_rows(data_dir: Path, table: str) -> Iterator[None]:
    """The database refuses to delete from this table meanwhile: what a process that is killed just there leaves."""
    with closing(sqlite3.connect(data_dir / DATABASE_NAME)) as connection:
        connection.execute(f"CREATE TRIGGER stays BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'cut short'); END")
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER stays")


def test_of_an_erased_run_only_stays_that_it_was(controller: RunController, tmp_path: Path) -> None:
    run_id = deleted_run(controller)
    controller.write_label(run_id, name="a name")
    trials = controller._store.count_validated_policies()
    heard: list[Label] = []
    controller.subscribe_to_labels(heard.append)
    assert min(count for name, count in rows_of(tmp_path, run_id).items() if name not in ("rewind", "notice")) > 0

    erased = controller.erase(run_id, by="127.0.0.1")

    assert (erased.name, erased.is_erased) == ("a name", True)
    assert heard == [erased]
    assert set(rows_of(tmp_path, run_id).values()) == {0}
    assert not (tmp_path / CHECKPOINTS / run_id).exists()
    assert (controller.runs(), controller.labels(), controller.best_validation_sharpes()) == ([], {}, {})
    for attempt in (controller.run, controller.episodes, controller.undelete, controller.erase, controller.resume):
        with pytest.raises(RunNotFoundError):
            attempt(run_id)
    assert [(erasure.run_id, erasure.who) for erasure in controller.erasures()] == [(run_id, "127.0.0.1")]
    assert controller._store.count_validated_policies() == trials > 0


def test_only_a_deleted_run_is_erased(controller: RunController) -> None:
    run_id = deleted_run(controller)
    controller.undelete(run_id)
    alive = controller.start(small_config(total_steps=ENDLESS)).run_id
    before = controller.run(run_id), controller.episodes(run_id)

    for kept in (run_id, alive):
        with pytest.raises(RunNotDeletedError, match="delete it first"):
            controller.erase(kept)

    assert (controller.run(run_id), controller.episodes(run_id)) == before
    assert controller.run(alive).status is RunStatus.RUNNING


def test_a_fork_needs_nothing_of_its_erased_parent(controller: RunController, heard: Heard) -> None:
    parent = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(2, PolicyEvaluated)
    controller.stop(parent)
    assert controller.wait(TIMEOUT_S)
    step = controller.checkpoints(parent)[-1].step
    child = controller.fork(parent, step, {"total_steps": step + 40}).run_id
    assert controller.wait(TIMEOUT_S)
    trials = controller._store.count_validated_policies()
    before = controller.run(child), controller.episodes(child), controller.checkpoints(child)
    controller.delete(parent)

    controller.erase(parent)

    assert (controller.run(child), controller.episodes(child), controller.checkpoints(child)) == before
    assert controller._store.count_validated_policies() == trials
    again = controller.fork(child, controller.checkpoints(child)[-1].step, {"total_steps": step + 80}).run_id
    assert controller.wait(TIMEOUT_S)
    assert controller.run(again).status is RunStatus.FINISHED


def test_what_going_back_deleted_counts_as_trials_after_erasing_too(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(2, PolicyEvaluated)
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    controller.roll_back(run_id, 0)
    trials = controller._store.count_validated_policies()
    controller.delete(run_id)

    controller.erase(run_id)

    assert controller._store.count_validated_policies() == trials >= 2


def test_another_run_trains_on_while_one_is_erased(controller: RunController, heard: Heard) -> None:
    gone = deleted_run(controller)
    active = controller.start(small_config(total_steps=ENDLESS)).run_id

    controller.erase(gone)

    known = len(heard.events(EpisodeFinished))
    heard.wait_for_events(known + 2, EpisodeFinished)
    assert controller.active_run_id == active


@pytest.mark.parametrize("table", ["metric", "episode", "evaluation", "checkpoint", "run_label", "run"])
def test_erasing_that_was_cut_short_is_finished_by_the_next_start(
    controller: RunController, tmp_path: Path, table: str
) -> None:
    run_id = deleted_run(controller)
    trials = controller._store.count_validated_policies()
    with undeletable_rows(tmp_path, table):
        with pytest.raises(StorageError, match="cut short"):
            controller.erase(run_id)
        for attempt in (controller.run, controller.undelete, controller.erase):
            with pytest.raises(RunNotFoundError):
                attempt(run_id)
        assert (controller.runs(), controller.labels()) == ([], {})
        assert controller._store.count_validated_policies() == trials
    controller.close()

    restarted = RunController(tmp_path)
    restarted.clean_up(None)

    assert set(rows_of(tmp_path, run_id).values()) == {0}
    assert [erasure.run_id for erasure in restarted.erasures()] == [run_id]
    assert restarted._store.count_validated_policies() == trials
    restarted.close()


def test_files_of_an_erased_run_that_stayed_go_at_the_next_start_and_no_others(
    controller: RunController, tmp_path: Path
) -> None:
    run_id = deleted_run(controller)
    controller.erase(run_id)
    (left := tmp_path / CHECKPOINTS / run_id).mkdir()
    (unknown := tmp_path / CHECKPOINTS / "20260101-000000-aaaa").mkdir()

    controller.clean_up(None)

    assert not left.exists()
    assert unknown.exists()  # nobody asked for that


def test_a_run_that_was_deleted_long_enough_ago_is_erased_at_the_start(controller: RunController) -> None:
    kept = controller.start(small_config()).run_id
    assert controller.wait(TIMEOUT_S)
    gone = deleted_run(controller)

    controller.clean_up(None)
    controller.clean_up(MONTH)
    assert controller.labels()[gone].is_deleted
    controller.clean_up(AT_ONCE)

    assert gone not in controller.labels()
    assert [(erasure.run_id, erasure.who) for erasure in controller.erasures()] == [(gone, SERVER)]
    assert [run.run_id for run in controller.runs()] == [kept]


def test_a_database_that_refuses_does_not_keep_the_server_from_starting(
    controller: RunController, tmp_path: Path
) -> None:
    run_id = deleted_run(controller)

    with undeletable_rows(tmp_path, "run"):
        controller.clean_up(AT_ONCE)
    assert rows_of(tmp_path, run_id)["run"] == 1
    controller.clean_up(AT_ONCE)

    assert rows_of(tmp_path, run_id)["run"] == 0


def test_files_that_no_run_uses_go_when_their_time_is_up(controller: RunController, tmp_path: Path) -> None:
    ids = [controller.data.keep_file(synthetic_bars(seed, 500).to_csv().encode(), "a.csv")[0] for seed in range(4)]
    used, of_deleted, _, fresh = ids
    controller.start(small_config(dataset="file", data_file=used))
    assert controller.wait(TIMEOUT_S)
    deleted_run(controller, dataset="file", data_file=of_deleted)
    (mine := tmp_path / FILES / "notes.txt").write_text("mine")
    (half := tmp_path / FILES / ".0123456789abcdef.part").write_text("half")
    for path in (tmp_path / FILES).iterdir():
        if path.name != fresh:
            os.utime(path, (0, 0))

    controller.clean_up(None)
    assert half.exists()
    controller.clean_up(MONTH)

    assert {path.name for path in (tmp_path / FILES).iterdir()} == {used, of_deleted, fresh, mine.name}


def test_a_database_that_is_mostly_empty_becomes_smaller(controller: RunController, tmp_path: Path) -> None:
    run_id = deleted_run(controller, total_steps=2_000, buffer_capacity=1_000, updates_per_step=1)
    kept = controller.start(small_config()).run_id
    assert controller.wait(TIMEOUT_S)
    before, full = controller.episodes(kept), pages(tmp_path)

    controller.erase(run_id)
    controller.clean_up(None)

    assert controller.episodes(kept) == before
    assert pages(tmp_path) < full
    assert (tmp_path / DATABASE_NAME).stat().st_size == pages(tmp_path) * 4096
