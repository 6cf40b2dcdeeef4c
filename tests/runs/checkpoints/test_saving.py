"""When a run is saved: where it pauses, when somebody asks, before the gate opens."""

import contextlib

import pytest

from runs.controller import CHECKPOINTS, RunController
from runs.errors import (
    RunNotActiveError,
)
from runs.events import RunProgress, RunStatus, SaveReason
from tests.runs.checkpoints.stopped import CONFIG, TOTAL_STEPS
from tests.runs.helpers import ENDLESS, TIMEOUT_S, Heard, small_config
from training.events import EpisodeFinished


def test_a_paused_run_is_saved_where_it_stands(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS, checkpoint_every_episodes=1_000_000)).run_id
    heard.wait_for_events(3, EpisodeFinished)
    controller.pause(run_id)

    saved = controller.save(run_id)  # nothing has changed since the pause: no second one is written

    assert saved.reason is SaveReason.PAUSE
    assert saved.step == heard.events(RunProgress)[-1].progress.step
    assert saved.progress is not None
    assert saved.progress.progress.step == saved.step
    assert [checkpoint.step for checkpoint in controller.checkpoints(run_id)].count(saved.step) == 1
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    assert controller.run(run_id).checkpoint_step == saved.step


def test_a_running_run_is_saved_when_somebody_asks(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS, checkpoint_every_episodes=1_000_000)).run_id
    heard.wait_for_events(5, EpisodeFinished)

    saved = controller.save(run_id)

    assert saved.reason is SaveReason.REQUEST
    assert saved.step > 80
    assert controller.run(run_id).status is RunStatus.RUNNING
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    with pytest.raises(RunNotActiveError, match="is stopped; only an active run can be saved"):
        controller.save(run_id)


def test_a_run_paused_before_its_first_step_has_nothing_to_save(controller: RunController) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    controller.pause(run_id)

    with contextlib.suppress(RunNotActiveError):  # where the pause came too late, there was a first step
        assert controller.save(run_id).step > 0

    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)


def test_the_state_before_the_gate_opens_stays(controller: RunController) -> None:
    run = controller.start(CONFIG)
    assert controller.wait(TIMEOUT_S)

    checkpoints = controller.checkpoints(run.run_id)

    assert [(one.step, one.reason) for one in checkpoints if one.reason is SaveReason.GATE] == [(50, SaveReason.GATE)]
    assert (checkpoints[-1].step, checkpoints[-1].reason) == (TOTAL_STEPS, SaveReason.END)
    assert 2 <= len(checkpoints) <= 3
    folder = controller.data_dir / CHECKPOINTS / run.run_id
    assert sorted(int(path.name) for path in folder.iterdir()) == [one.step for one in checkpoints]
