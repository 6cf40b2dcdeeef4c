"""Runs that end early and go on: as if nothing had happened, from the newest checkpoint."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from market.datasets import TEST
from runs.checkpoints.format import WEIGHTS
from runs.controller import CHECKPOINTS, RunController
from runs.errors import (
    RunConflictError,
)
from runs.events import RunStatus
from runs.run import Run
from runs.store.database import DATABASE_NAME
from tests.runs.checkpoints.comparison import assert_same, finish
from tests.runs.checkpoints.stopped import CONFIG, TOTAL_STEPS, judged_run, stopped_run
from tests.runs.helpers import BLOWS_UP, ENDLESS, TIMEOUT_S, Heard, small_config
from training.config import RunConfig
from training.events import EpisodeFinished


def active_s(run: Run) -> float:
    assert run.progress is not None
    assert run.progress.active_s is not None
    return run.progress.active_s


def test_a_stopped_run_goes_on_to_the_bit(controller: RunController, heard: Heard, whole: dict[str, Any]) -> None:
    stopped = stopped_run(controller, heard)
    assert stopped.progress is not None
    step = stopped.progress.progress.step
    assert (stopped.status, stopped.checkpoint_step) == (RunStatus.STOPPED, step)

    resumed = controller.resume(stopped.run_id)

    assert (resumed.status, resumed.reason, resumed.ended_at, resumed.rewinds) == (RunStatus.RUNNING, None, None, 1)
    assert_same(finish(controller, resumed), whole)
    assert heard.sequences == list(range(1, controller.run(stopped.run_id).sequence + 1))
    texts = [notice.text for notice in controller.run(stopped.run_id).notices]
    assert f"Resumed at step {step:,} (stopped)." in texts


def test_active_time_goes_on_from_that_of_the_checkpoint(controller: RunController, heard: Heard) -> None:
    stopped = stopped_run(controller, heard)

    resumed = controller.resume(stopped.run_id)
    finish(controller, resumed)
    finished = controller.run(stopped.run_id)
    fork = controller.fork(stopped.run_id, TOTAL_STEPS, {"total_steps": TOTAL_STEPS + 20})

    assert 0 < active_s(stopped) <= active_s(resumed) < active_s(finished) <= active_s(fork)


def test_an_episode_that_the_end_of_the_run_cut_short_comes_again_whole(controller: RunController) -> None:
    run = controller.start(small_config(total_steps=90))  # 10 steps of the fifth episode, which has 20
    assert controller.wait(TIMEOUT_S)
    run = controller.run(run.run_id)
    *_, last, cut = controller.episodes(run.run_id).episodes

    fork = controller.fork(run.run_id, 90, {"total_steps": 100})
    assert controller.wait(TIMEOUT_S)
    *_, again = controller.episodes(fork.run_id).episodes

    assert [(one.episode, one.steps, one.truncated) for one in (last, cut, again)] == [
        (4, 20, True),
        (5, 10, False),
        (5, 20, True),
    ]
    assert run.last_reward == fork.last_reward == last.metrics["reward"]
    assert controller.run(fork.run_id).last_reward == again.metrics["reward"]


def test_a_run_may_be_stopped_and_resumed_again_and_again(
    controller: RunController, heard: Heard, whole: dict[str, Any]
) -> None:
    run = stopped_run(controller, heard, 3)
    for _ in range(3):
        episodes = len(heard.events(EpisodeFinished)) + 1
        with heard.holding_after(episodes, EpisodeFinished):
            controller.resume(run.run_id)
            heard.wait_for_events(episodes, EpisodeFinished)
            controller.stop(run.run_id)
        assert controller.wait(TIMEOUT_S)

    assert_same(finish(controller, controller.resume(run.run_id)), whole)
    assert controller.run(run.run_id).rewinds == 4


def test_a_run_that_another_process_stopped_goes_on(
    controller: RunController, heard: Heard, whole: dict[str, Any], restarted: Callable[[], RunController]
) -> None:
    with heard.holding_after(5, EpisodeFinished):
        run = controller.start(CONFIG)
        heard.wait_for_events(5, EpisodeFinished)
        controller.pause(run.run_id)
    later = restarted()
    assert later.run(run.run_id).reason == "the server was shut down"

    assert_same(finish(later, later.resume(run.run_id)), whole)


@pytest.mark.parametrize("status", ["running", "paused", "evaluating", "stopping"])
def test_a_run_whose_process_died_goes_on(
    controller: RunController,
    heard: Heard,
    whole: dict[str, Any],
    restarted: Callable[[], RunController],
    tmp_path: Path,
    status: str,
) -> None:
    run = stopped_run(controller, heard)
    controller.close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("UPDATE run SET status = ?, ended_at = NULL", (status,))
        connection.commit()
    later = restarted()
    assert later.run(run.run_id).status is RunStatus.INTERRUPTED

    assert_same(finish(later, later.resume(run.run_id)), whole)


def test_a_run_without_a_checkpoint_begins_again(
    controller: RunController, heard: Heard, whole: dict[str, Any], tmp_path: Path
) -> None:
    run = stopped_run(controller, heard)
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("DELETE FROM checkpoint")
        connection.commit()

    resumed = controller.resume(run.run_id)

    assert_same(finish(controller, resumed), whole)
    assert "Resumed at step 0" in controller.run(run.run_id).notices[0].text


def test_a_failed_run_goes_on_from_its_last_checkpoint_and_fails_again(controller: RunController) -> None:
    run = controller.start(RunConfig.from_flat(BLOWS_UP))
    assert controller.wait(TIMEOUT_S)
    first = controller.run(run.run_id)

    controller.resume(run.run_id)
    assert controller.wait(TIMEOUT_S)
    second = controller.run(run.run_id)

    assert first.status is second.status is RunStatus.FAILED
    assert first.reason == second.reason
    assert (first.episodes, second.rewinds) == (second.episodes, 1)


def test_a_second_run_is_not_resumed_beside_an_active_one(controller: RunController, heard: Heard) -> None:
    stopped = stopped_run(controller, heard)
    active = controller.start(small_config(total_steps=ENDLESS))

    with pytest.raises(RunConflictError, match=active.run_id):
        controller.resume(stopped.run_id)
    with pytest.raises(RunConflictError, match=active.run_id):
        controller.fork(stopped.run_id, 50, {})
    assert controller.roll_back(stopped.run_id, 50).status is RunStatus.STOPPED  # which begins nothing
    assert controller.active_run_id == active.run_id


def test_a_resumed_run_still_knows_its_best_policy(
    controller: RunController, heard: Heard, restarted: Callable[[], RunController]
) -> None:
    run_id, best = judged_run(controller, heard, 1_000.0)

    later = restarted()
    finish(later, later.resume(run_id))

    test = later.evaluations(run_id).evaluations[-1]
    assert (test.figures["window"], test.episode, test.step) == (TEST, best.episodes, best.step)


def test_a_best_policy_that_is_lost_is_spoken_of(
    controller: RunController, heard: Heard, restarted: Callable[[], RunController]
) -> None:
    run_id, best = judged_run(controller, heard, 1_000.0)
    (controller.data_dir / CHECKPOINTS / run_id / str(best.step) / WEIGHTS).write_bytes(b"")

    later = restarted()
    finish(later, later.resume(run_id))

    (text,) = [notice.text for notice in later.run(run_id).notices if "highest validation Sharpe" in notice.text]
    assert text.startswith("The policy with the highest validation Sharpe ratio so far, 1000.00, cannot see the test")
    assert f"its checkpoint at step {best.step} cannot be used: {WEIGHTS} has 0 bytes" in text
    assert later.evaluations(run_id).evaluations[-1].step != best.step
