"""Runs from start to end with real training: commands, endings, storage, and nothing left behind."""

import dataclasses
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from knobs import Entry
from market.datasets import DATASETS, DataConfig, DatasetSplits, load_dataset
from runs import live_run
from runs.controller import RunController
from runs.errors import (
    DataFolderError,
    EpisodeNotFoundError,
    NoThreadError,
    RunConflictError,
    RunNotActiveError,
    RunNotFoundError,
    ServerStoppingError,
    StorageBlockedError,
)
from runs.events import Envelope, RunProgress, RunStatus, RunStatusChanged
from runs.run import Run
from runs.stage import SHUTDOWN_REASON
from runs.standing import PAUSE
from runs.store.database import DATABASE_NAME
from tests.runs.helpers import BLOWS_UP, ENDLESS, TIMEOUT_S, Heard, small_config, without_table
from training.config import RunConfig
from training.events import EpisodeFinished, GateOpened, TrainingFinished, TrainingStarted
from warmup_gate import Phase

UNKNOWN = "20260101-000000-aaaa"


def finish(controller: RunController, config: RunConfig) -> Run:
    run = controller.start(config)
    assert controller.wait(TIMEOUT_S)
    return controller.run(run.run_id)


def test_a_run_goes_through_the_gate_to_its_end(controller: RunController, heard: Heard) -> None:
    run = finish(controller, small_config())

    assert (run.status, run.reason) == (RunStatus.FINISHED, None)
    assert run.ended_at is not None
    assert run.episodes == 5
    assert run.gate.opened is not None
    assert run.gate.opened.step == 50
    assert run.gate.opened.fingerprint_before == run.gate.opened.fingerprint_after
    assert run.progress is not None
    assert run.progress.progress.step == 90
    assert run.progress.progress.phase is Phase.LEARNING
    assert run.progress.progress.updates == 2 * 40
    assert run.progress.progress.updates_while_gated == 0
    assert run.notices[0].text == "Warm-up complete at step 50: network updates start"
    assert heard.sequences == list(range(1, run.sequence + 1))
    assert [type(event) for event in heard.events(TrainingStarted, GateOpened, TrainingFinished)] == [
        TrainingStarted,
        GateOpened,
        TrainingFinished,
    ]


def test_what_is_stored_is_what_was_published(controller: RunController, heard: Heard) -> None:
    run = finish(controller, small_config())

    page = controller.episodes(run.run_id)

    published = heard.events(EpisodeFinished)
    assert page.sequence == run.sequence
    assert [summary.metrics for summary in page.episodes] == [finished.metrics for finished in published]
    for finished in published:
        summary, series = controller.episode(run.run_id, finished.episode)
        assert summary.steps == series.steps == finished.steps
        np.testing.assert_array_equal(series.equity, finished.series.equity)


def test_a_restart_shows_the_same_runs(controller: RunController, tmp_path: Path) -> None:
    run = finish(controller, small_config())
    controller.close()

    restarted = RunController(tmp_path)

    assert restarted.runs() == [run]
    assert restarted.run(run.run_id) == run
    assert restarted.active_run_id is None
    restarted.close()


def test_paused_training_takes_no_step_until_it_is_resumed(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(2, EpisodeFinished)

    assert controller.pause(run_id).status is RunStatus.PAUSED
    paused_at = controller.save(run_id).step  # the training thread itself says where it is
    assert controller.save(run_id).step == paused_at
    assert heard.events(RunProgress)[-1].progress.step == paused_at
    assert controller.resume(run_id).status is RunStatus.RUNNING
    resumed_at = heard.wait_for_events(len(heard.events(RunProgress)) + 1, RunProgress)[-1].progress.step
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)

    assert resumed_at > paused_at
    steps = [event.progress.step for event in heard.events(RunProgress)]
    assert steps == sorted(steps)
    episodes = heard.events(EpisodeFinished)
    assert [event.first_step for event in episodes] == list(range(0, 20 * len(episodes), 20))  # no step was lost


def test_a_run_that_is_paused_again_just_as_it_goes_on_is_paused_not_over(
    controller: RunController, heard: Heard
) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(1, EpisodeFinished)
    controller.pause(run_id)
    controller.save(run_id)  # the training thread rests
    live = controller._stage.active
    assert live is not None

    def pause_again() -> float:  # called by the training thread between its pause and its next step
        live._speed._clock = time.monotonic
        live._standing.obey(PAUSE, None)
        return time.monotonic()

    live._speed._clock = pause_again
    controller.resume(run_id)
    heard.wait_until(lambda: heard.events(RunStatusChanged).count(RunStatusChanged(RunStatus.PAUSED)) == 2)
    paused_at = controller.save(run_id).step

    assert controller.run(run_id).status is RunStatus.PAUSED
    assert controller.resume(run_id).status is RunStatus.RUNNING
    heard.wait_until(lambda: controller.run(run_id).step > paused_at)


def test_who_hears_of_a_run_can_command_it_at_once(
    controller: RunController, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_run, "OBEY_TIMEOUT_S", 0.0)  # a listener cannot wait for what comes after it
    active: list[str | None] = []

    def pause(envelope: Envelope, run: Run) -> None:
        if not active:
            active.append(controller.active_run_id)
            controller.pause(run.run_id)

    controller.subscribe(pause)

    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id

    assert active == [run_id]
    heard.wait_for_status(RunStatus.PAUSED)
    assert [change.status for change in heard.events(RunStatusChanged)] == [RunStatus.RUNNING, RunStatus.PAUSED]


def test_a_paused_run_can_be_stopped(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    controller.pause(run_id)

    assert controller.stop(run_id).status in (RunStatus.STOPPING, RunStatus.STOPPED)

    assert controller.wait(TIMEOUT_S)
    assert controller.run(run_id).status is RunStatus.STOPPED
    statuses = [event.status for event in heard.events(RunStatusChanged)]
    assert statuses == [RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.STOPPING, RunStatus.STOPPED]


def test_a_stopped_run_keeps_the_episode_it_was_in(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(3, EpisodeFinished)

    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)

    run = controller.run(run_id)
    assert run.step == sum(summary.steps for summary in controller.episodes(run_id).episodes)
    assert run.sequence == heard.sequences[-1]


def test_a_second_start_is_refused_and_names_the_first(controller: RunController) -> None:
    first = controller.start(small_config(total_steps=ENDLESS))

    with pytest.raises(RunConflictError, match=f"run {first.run_id} is still active"):
        controller.start(small_config())

    assert [run.run_id for run in controller.runs()] == [first.run_id]


def test_of_many_starts_at_once_one_wins(controller: RunController) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait()
        try:
            outcomes.append(controller.start(small_config(total_steps=ENDLESS)).run_id)
        except RunConflictError as conflict:
            outcomes.append(f"after {conflict.active_run_id}")

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [run] = controller.runs()
    assert sorted(outcomes) == sorted([run.run_id, *[f"after {run.run_id}"] * 3])


def test_runs_follow_each_other(controller: RunController) -> None:
    first = finish(controller, small_config())
    second = finish(controller, small_config())

    assert [run.run_id for run in controller.runs()] == [second.run_id, first.run_id]
    assert [summary.metrics for summary in controller.episodes(first.run_id).episodes] == [
        summary.metrics for summary in controller.episodes(second.run_id).episodes
    ]  # the same seed gives the same run


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (RunController.pause, "running"),
        (RunController.resume, "paused, stopped, interrupted or failed"),
        (RunController.stop, "running, paused or evaluating"),
    ],
    ids=["pause", "resume", "stop"],
)
def test_a_finished_run_takes_no_command(
    controller: RunController, tmp_path: Path, command: Callable[[RunController, str], Run], allowed: str
) -> None:
    run = finish(controller, small_config(total_steps=1))
    message = f"run {run.run_id} is finished; only a {allowed} run can be "

    with pytest.raises(RunNotActiveError, match=message):
        command(controller, run.run_id)
    controller.close()
    restarted = RunController(tmp_path)
    with pytest.raises(RunNotActiveError, match=message):
        command(restarted, run.run_id)
    restarted.close()


def test_a_running_run_cannot_be_resumed(controller: RunController) -> None:
    run = controller.start(small_config(total_steps=ENDLESS))

    with pytest.raises(
        RunNotActiveError, match="is running; only a paused, stopped, interrupted or failed run can be resumed"
    ):
        controller.resume(run.run_id)


@pytest.mark.parametrize("run_id", [UNKNOWN, "../../etc/passwd", "", "\ud800", "x" * 100_000])
def test_an_unknown_run_is_not_found(controller: RunController, run_id: str) -> None:
    for ask in (controller.run, controller.stop, controller.episodes, lambda name: controller.episode(name, 1)):
        with pytest.raises(RunNotFoundError) as refusal:
            ask(run_id)
        assert len(str(refusal.value)) < 200
        assert "/api" not in str(refusal.value)


def test_an_unknown_episode_is_not_found(controller: RunController) -> None:
    run = finish(controller, small_config(total_steps=1))

    with pytest.raises(EpisodeNotFoundError, match="it has episodes 1 to 1"):
        controller.episode(run.run_id, 2)


def test_a_number_that_is_not_finite_fails_the_run_and_keeps_what_was_stored(
    controller: RunController, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        run = finish(controller, RunConfig.from_flat(BLOWS_UP))

    assert run.status is RunStatus.FAILED
    assert run.reason is not None
    assert run.reason.startswith("NonFiniteError: ")
    assert "Traceback" in caplog.text
    assert run.episodes >= 2
    for number in range(1, run.episodes + 1):
        assert controller.episode(run.run_id, number)[1].steps == 20


def test_bars_with_a_hole_fail_the_run_with_the_reason(
    controller: RunController, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_hole(config: DataConfig) -> DatasetSplits:
        splits = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=500))
        volume = splits.train.volume.copy()
        volume[200] = np.nan
        return dataclasses.replace(splits, train=dataclasses.replace(splits.train, volume=volume))

    monkeypatch.setitem(DATASETS._entries, "with_a_hole", Entry("with_a_hole", "Unchecked bars.", with_a_hole))

    run = finish(controller, small_config(dataset="with_a_hole"))

    assert run.status is RunStatus.FAILED
    assert run.reason is not None
    assert "nan" in run.reason.lower()


def test_data_that_cannot_be_loaded_start_nothing(controller: RunController, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(config: DataConfig) -> DatasetSplits:
        raise OSError("the file is gone")

    monkeypatch.setitem(DATASETS._entries, "gone", Entry("gone", "A file that is gone.", refuse))

    with pytest.raises(OSError, match="the file is gone"):
        controller.start(small_config(dataset="gone"))

    assert controller.runs() == []
    assert finish(controller, small_config(total_steps=1)).status is RunStatus.FINISHED


def test_a_run_that_could_not_begin_is_interrupted_and_goes_on_later(controller: RunController, tmp_path: Path) -> None:
    with without_table(tmp_path, "rewind"), pytest.raises(StorageBlockedError, match="no such table"):
        controller.start(small_config())

    [run] = controller.runs()
    assert run.status is RunStatus.INTERRUPTED
    assert str(run.reason).startswith("it could not begin: the database could not be read: no such table")
    controller.resume(run.run_id)
    assert controller.wait(TIMEOUT_S)
    assert controller.run(run.run_id).status is RunStatus.FINISHED


@pytest.mark.parametrize("name", ["events", "evaluation", "training"])
def test_a_run_that_gets_no_thread_is_interrupted_and_goes_on_later(
    controller: RunController, heard: Heard, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = set(threading.enumerate())
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith(f"{name}-"):
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        with pytest.raises(NoThreadError, match="no more threads"):
            controller.start(small_config())

    [run] = controller.runs()
    assert set(threading.enumerate()) <= before
    assert (run.status, controller.active_run_id) == (RunStatus.INTERRUPTED, None)
    assert str(run.reason).startswith("it could not begin: the system starts no more threads")
    assert not heard.runs or heard.runs[-1].status is RunStatus.INTERRUPTED
    controller.resume(run.run_id)
    assert controller.wait(TIMEOUT_S)
    assert controller.run(run.run_id).status is RunStatus.FINISHED


def test_no_thread_outlives_a_run(controller: RunController, heard: Heard) -> None:
    before = set(threading.enumerate())
    run_id = controller.start(small_config(total_steps=ENDLESS, torch_threads=2)).run_id
    heard.wait_for_events(1, EpisodeFinished)
    during = {thread.name for thread in set(threading.enumerate()) - before}

    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)

    assert during == {f"training-{run_id}", "learner-helper", f"events-{run_id}", f"evaluation-{run_id}"}
    assert set(threading.enumerate()) <= before


def test_closing_stops_the_active_run_and_keeps_it(
    controller: RunController, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runs.stage.CLOSE_TIMEOUT_S", TIMEOUT_S)
    before = set(threading.enumerate())
    run_id = controller.start(small_config(total_steps=ENDLESS, torch_threads=2)).run_id
    heard.wait_for_events(2, EpisodeFinished)

    assert controller.close()

    assert set(threading.enumerate()) <= before
    restarted = RunController(tmp_path)
    run = restarted.run(run_id)
    assert (run.status, run.reason) == (RunStatus.STOPPED, SHUTDOWN_REASON)
    assert run.episodes == len(restarted.episodes(run_id).episodes) >= 2
    restarted.close()


def test_a_closed_controller_starts_nothing(controller: RunController) -> None:
    controller.close()

    with pytest.raises(ServerStoppingError):
        controller.start(small_config())


def test_one_folder_serves_one_controller(controller: RunController, tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="already uses"):
        RunController(tmp_path)


def test_a_folder_with_an_unusable_database_is_released(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(b"\xff" * 10_000)
    for _ in range(2):
        with pytest.raises(Exception, match="not a database"):
            RunController(tmp_path)

    (tmp_path / DATABASE_NAME).unlink()
    RunController(tmp_path).close()


def test_a_run_the_process_left_alive_is_interrupted(controller: RunController, tmp_path: Path) -> None:
    run = finish(controller, small_config())
    controller.close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("UPDATE run SET status = 'running', ended_at = NULL")
        connection.commit()

    restarted = RunController(tmp_path)

    assert restarted.run(run.run_id).status is RunStatus.INTERRUPTED
    assert restarted.active_run_id is None
    assert len(restarted.episodes(run.run_id).episodes) == 5
    restarted.close()
