"""Where there is no room to write, a run pauses for all to see, and goes on when there is: nothing lost or doubled."""

import contextlib
import errno
import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from runs import between_steps, bus, live_run, standing
from runs.checkpoints.filesystem import FileSystem
from runs.controller import CHECKPOINTS, RunController
from runs.errors import RunNotActiveError, StorageBlockedError
from runs.events import Envelope, Notice, NoticeLevel, RunStatus, RunStatusChanged
from runs.run import Run
from tests.runs.checkpoints.comparison import assert_same, finish
from tests.runs.checkpoints.stopped import CONFIG
from tests.runs.helpers import ENDLESS, TIMEOUT_S, Heard, small_config
from training.events import EpisodeFinished


@pytest.fixture
def retry_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "RETRY_S", 0.1)


class FullDatabase:
    """No page more for the database, as on a full disk, from the end of the fourth episode until there is `room`."""

    def __init__(self, controller: RunController) -> None:
        self._engine = controller._store._database.writer
        self._pages = 2**30
        event.listen(self._engine, "connect", self._limit)
        controller.subscribe(self._hear)

    def room(self) -> None:
        self._set_pages(2**30)

    def _hear(self, envelope: Envelope, run: Run) -> None:
        if isinstance(envelope.event, EpisodeFinished) and envelope.event.episode == 4:
            self._set_pages(1)  # SQLite makes it the present size

    def _set_pages(self, pages: int) -> None:
        self._pages = pages
        self._engine.dispose()  # connections are opened anew, each with the limit

    def _limit(self, connection: sqlite3.Connection, record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {self._pages}").close()


def paused_in_trouble(heard: Heard) -> Run:
    """The first run shown that waits for room."""
    heard.wait_until(lambda: any(run.status is RunStatus.PAUSED for run in heard.runs))
    return next(run for run in heard.runs if run.status is RunStatus.PAUSED)


def test_a_full_database_pauses_the_run_until_there_is_room(
    controller: RunController, heard: Heard, whole: dict[str, Any], retry_soon: None
) -> None:
    database = FullDatabase(controller)
    run = controller.start(CONFIG)

    paused = paused_in_trouble(heard)
    assert paused.reason is not None
    assert paused.reason.startswith("The database could not be written: database or disk is full")
    assert [notice.level for notice in paused.notices][-1] is NoticeLevel.ERROR
    database.room()

    assert_same(finish(controller, run), whole)
    told = [notice.text for notice in controller.run(run.run_id).notices if notice.level is NoticeLevel.ERROR]
    assert told[0].startswith("The database could not be written: database or disk is full. It is tried again every")
    assert heard.sequences == sorted(heard.sequences)
    assert set(heard.sequences) == set(range(1, controller.run(run.run_id).sequence + 1))


def test_resuming_tries_at_once(
    controller: RunController, heard: Heard, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "RETRY_S", TIMEOUT_S)  # by itself it would come too late
    monkeypatch.setattr(live_run, "OBEY_TIMEOUT_S", 0.1)  # nothing can be stored
    database = FullDatabase(controller)
    run = controller.start(CONFIG)
    paused_in_trouble(heard)

    controller.resume(run.run_id)
    heard.wait_until(lambda: [run.status for run in heard.runs].count(RunStatus.PAUSED) >= 2)  # there is no room yet
    database.room()
    controller.resume(run.run_id)

    assert_same(finish(controller, run), whole)


def test_a_run_stopped_while_there_is_no_room_goes_on_later(
    controller: RunController, heard: Heard, whole: dict[str, Any], tmp_path: Path
) -> None:
    FullDatabase(controller)
    run = controller.start(CONFIG)
    paused_in_trouble(heard)

    controller.stop(run.run_id)
    assert controller.wait(TIMEOUT_S)
    assert controller.run(run.run_id).status is RunStatus.FAILED
    assert "database or disk is full" in str(controller.run(run.run_id).reason)
    controller.close()

    later = RunController(tmp_path)
    assert_same(finish(later, later.resume(run.run_id)), whole)
    later.close()


class FullDisk:
    """Every write of a checkpoint fails, until there is `room`."""

    def __init__(self, controller: RunController) -> None:
        self.is_full = True
        self._failures = threading.Semaphore(0)
        controller._shelf._system = FileSystem(write=self._write)

    def room(self) -> None:
        self.is_full = False

    def wait_for_failures(self, count: int) -> None:
        for _ in range(count):
            assert self._failures.acquire(timeout=TIMEOUT_S)

    def _write(self, descriptor: int, content: memoryview) -> int:
        if self.is_full:
            self._failures.release()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(descriptor, content)


def test_a_checkpoint_without_room_pauses_the_run_until_there_is(
    controller: RunController, heard: Heard, whole: dict[str, Any], retry_soon: None
) -> None:
    disk = FullDisk(controller)
    run = controller.start(CONFIG)

    paused = paused_in_trouble(heard)
    trouble = "The checkpoint at step 20 could not be written: No space left on device"
    assert paused.reason == trouble
    assert controller.checkpoints(run.run_id) == []
    disk.room()

    assert_same(finish(controller, run), whole)
    assert trouble in heard.events(Notice)[0].text
    assert controller.checkpoints(run.run_id)[-1].step == 500


def test_it_pauses_once_however_often_the_checkpoint_is_tried(
    controller: RunController, heard: Heard, retry_soon: None
) -> None:
    disk = FullDisk(controller)
    run_id = controller.start(CONFIG).run_id

    disk.wait_for_failures(4)
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)

    statuses = [change.status for change in heard.events(RunStatusChanged)]
    assert statuses == [RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.STOPPING, RunStatus.STOPPED]
    assert len(heard.events(Notice)) == 1


def test_a_run_goes_on_only_when_everything_can_be_written() -> None:
    stands = standing.Standing("", RunStatus.RUNNING, lambda event: 1)
    stands.pause_in_trouble(standing.Source.CHECKPOINT, "The checkpoint could not be written")
    stands.pause_in_trouble(standing.Source.STORE, "The database could not be written")

    statuses = []
    for source in (standing.Source.STORE, standing.Source.STORE, standing.Source.CHECKPOINT):
        stands.end_trouble(source)
        statuses.append(stands.status)

    assert statuses == [RunStatus.PAUSED, RunStatus.PAUSED, RunStatus.RUNNING]


def test_a_run_that_a_person_paused_in_trouble_stays_paused_after_it() -> None:
    stands = standing.Standing("", RunStatus.RUNNING, lambda event: 1)
    stands.pause_in_trouble(standing.Source.STORE, "The disk is full")
    stands.obey(standing.RESUME, None)
    stands.obey(standing.PAUSE, None)

    stands.end_trouble(standing.Source.STORE)

    assert stands.status is RunStatus.PAUSED


def test_who_resumes_a_run_before_it_waits_for_the_next_try_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "RETRY_S", 2 * TIMEOUT_S)
    stands = standing.Standing("", RunStatus.RUNNING, lambda event: 1)
    stands.pause_in_trouble(standing.Source.STORE, "The disk is full")
    stands.obey(standing.RESUME, None)

    waiting = threading.Thread(target=stands.wait_to_retry, daemon=True)
    waiting.start()
    waiting.join(TIMEOUT_S)

    assert not waiting.is_alive()


def test_a_pause_of_a_person_outlasts_the_trouble(controller: RunController, heard: Heard, retry_soon: None) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(4, EpisodeFinished)
    controller.pause(run_id)
    heard.wait_until(lambda: controller.run(run_id).checkpoint_step == controller.run(run_id).step)
    disk = FullDisk(controller)
    controller.resume(run_id)
    disk.wait_for_failures(1)
    disk.room()
    heard.wait_until(lambda: heard.events(RunStatusChanged).count(RunStatusChanged(RunStatus.RUNNING)) == 3)
    controller.pause(run_id)
    assert not any(run.status is RunStatus.RUNNING for run in heard.runs_within(0.3))
    controller.stop(run_id)


def test_who_asked_for_a_checkpoint_is_told_that_there_is_no_room(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS, checkpoint_every_episodes=1_000_000)).run_id
    heard.wait_for_events(4, EpisodeFinished)
    FullDisk(controller)

    with pytest.raises(StorageBlockedError, match="could not be written: No space left on device"):
        controller.save(run_id)

    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    assert controller.run(run_id).status is RunStatus.STOPPED


def test_an_evaluation_that_was_refused_while_there_was_no_room_is_not_made_later(
    controller: RunController, heard: Heard, retry_soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(between_steps, "ANSWER_TIMEOUT_S", 0.1)
    disk = FullDisk(controller)
    config = small_config(no_trading_warmup_steps=0, total_steps=200, evaluate_every_episodes=100_000)
    run_id = controller.start(config).run_id
    paused_in_trouble(heard)  # after the first episode, in which it has learned

    with pytest.raises(RunNotActiveError, match="has not come to the end of a step"):
        controller.evaluate(run_id)
    disk.room()
    assert controller.wait(TIMEOUT_S)

    assert {one.step for one in controller.evaluations(run_id).evaluations} == {200}
    assert "evaluate" not in [action.kind for action in controller.actions(run_id)]


def test_a_checkpoint_counts_only_when_the_database_knows_of_it(
    controller: RunController, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_run, "STORE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(bus, "EPISODES_IN_FLIGHT", 10**6)  # or training could wait for room when it is asked to save
    FullDatabase(controller)
    config = small_config(total_steps=ENDLESS, checkpoint_every_episodes=1_000_000)
    run_id = controller.start(config).run_id
    paused_in_trouble(heard)

    with pytest.raises(StorageBlockedError, match="the database has not taken the checkpoint at step"):
        controller.save(run_id)

    assert "save" not in [action.kind for action in controller.actions(run_id)]
    controller.stop(run_id)


@contextlib.contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[Callable[[int], None]]:
    """A file system of this size at `folder`, and what makes it larger; skips where it cannot be mounted."""
    folder.mkdir()

    def mount(*options: str) -> list[str]:
        return ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]

    first = mount(f"size={kibibytes}k")
    if os.geteuid() != 0 or subprocess.run(first, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a file system")

    def make_larger(more: int) -> None:
        subprocess.run(mount("remount", f"size={more}k"), check=True)

    try:
        yield make_larger
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full_pauses_the_run(
    controller: RunController, heard: Heard, whole: dict[str, Any], tmp_path: Path, retry_soon: None
) -> None:
    with small_disk(tmp_path / CHECKPOINTS, kibibytes=150) as make_larger:
        run = controller.start(CONFIG)
        paused = paused_in_trouble(heard)
        assert str(paused.reason).endswith("could not be written: No space left on device")
        make_larger(10_000)
        assert_same(finish(controller, run), whole)
        controller.close()
