"""Runs that go back to a checkpoint: whatever came after is gone, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from runs.controller import CHECKPOINTS, RunController
from runs.errors import (
    CheckpointNotFoundError,
    RunNotActiveError,
)
from runs.events import RunStatus
from tests.runs.checkpoints.comparison import assert_same, finish
from tests.runs.checkpoints.stopped import CONFIG, stopped_run
from tests.runs.helpers import ENDLESS, TIMEOUT_S, Heard, small_config


def test_a_run_rolled_back_goes_on_from_there(
    controller: RunController, heard: Heard, whole: dict[str, Any], restarted: Callable[[], RunController]
) -> None:
    run = controller.start(CONFIG)
    assert controller.wait(TIMEOUT_S)

    back = controller.roll_back(run.run_id, 50)

    assert (back.status, back.reason, back.episodes) == (RunStatus.STOPPED, "rolled back to step 50", 2)
    assert not back.gate.is_open
    assert [checkpoint.step for checkpoint in controller.checkpoints(run.run_id)] == [50]
    assert [path.name for path in (controller.data_dir / CHECKPOINTS / run.run_id).iterdir()] == ["50"]
    assert heard.runs[-1] == back == controller.run(run.run_id)
    later = restarted()
    assert_same(finish(later, later.resume(run.run_id)), whole)


def test_rolling_back_is_refused_where_it_would_lose_something(controller: RunController, heard: Heard) -> None:
    run = stopped_run(controller, heard)
    controller.pin(run.run_id, run.checkpoint_step or 0)

    with pytest.raises(CheckpointNotFoundError):
        controller.roll_back(run.run_id, 49)
    with pytest.raises(Exception, match=f"pinned checkpoints after that, at step {run.checkpoint_step}: unpin them"):
        controller.roll_back(run.run_id, 50)
    assert controller.run(run.run_id) == run

    controller.pin(run.run_id, run.checkpoint_step or 0, is_pinned=False)
    assert controller.roll_back(run.run_id, 0).episodes == 0
    active = controller.start(small_config(total_steps=ENDLESS))
    with pytest.raises(RunNotActiveError, match="is running; stop it first"):
        controller.roll_back(active.run_id, 50)
