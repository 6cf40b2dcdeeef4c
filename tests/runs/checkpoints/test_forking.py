"""Runs that go on as other runs: they share a past, and need nothing of their parents."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runs.controller import CHECKPOINTS, RunController
from runs.errors import (
    CheckpointNotFoundError,
    RunNotActiveError,
    StorageBlockedError,
)
from runs.events import RunStatus, SaveReason
from runs.store.database import DATABASE_NAME
from tests.runs.checkpoints.comparison import assert_same, everything, finish
from tests.runs.checkpoints.stopped import CONFIG, TOTAL_STEPS, judged_run, stopped_run
from tests.runs.helpers import ENDLESS, TIMEOUT_S, Heard, small_config, without_table
from training.config import ConfigError


def test_a_finished_run_forked_with_more_steps_is_the_longer_run(
    controller: RunController, whole: dict[str, Any]
) -> None:
    parent = controller.start(small_config(**CONFIG.flat() | {"total_steps": 310}))
    assert controller.wait(TIMEOUT_S)
    before = everything(controller, parent.run_id)

    child = controller.fork(parent.run_id, 310, {"total_steps": TOTAL_STEPS})

    assert child.run_id != parent.run_id
    assert child.parent is not None
    assert (child.parent.run_id, child.parent.step, child.episodes) == (parent.run_id, 310, 15)
    assert "changed: Total steps 310 → 500." in child.notices[-1].text
    assert child.gate.is_open
    assert_same(finish(controller, child), whole)
    assert_same(everything(controller, parent.run_id), before)
    with pytest.raises(RunNotActiveError, match="is finished; only a paused, stopped, interrupted or failed run"):
        controller.resume(parent.run_id)


def test_forks_differ_by_what_was_changed(controller: RunController, heard: Heard, tmp_path: Path) -> None:
    parent = stopped_run(controller, heard)
    runs = []
    for learning_rate in (1e-3, 1e-4):
        child = controller.fork(parent.run_id, 50, {"learning_rate": learning_rate, "total_steps": 200})
        finish(controller, child)
        runs.append(controller.run(child.run_id))

    assert [run.config["learning_rate"] for run in runs] == [1e-3, 1e-4]
    assert all(run.gate.opened is not None and run.gate.opened.step == 50 for run in runs)
    first, second = (everything(controller, run.run_id) for run in runs)
    assert first["series"][:2] == second["series"][:2]  # the same warm-up
    assert first["series"][3] != second["series"][3]
    with pytest.raises(ConfigError, match="hidden_units: cannot change in a run that goes on; what can: total_steps, "):
        controller.fork(parent.run_id, 50, {"hidden_units": 8})
    with pytest.raises(CheckpointNotFoundError):
        controller.fork(parent.run_id, 51, {})


def test_a_fork_that_cannot_be_stored_leaves_nothing_behind(
    controller: RunController, heard: Heard, tmp_path: Path
) -> None:
    parent = stopped_run(controller, heard)

    with without_table(tmp_path, "evaluation"), pytest.raises(StorageBlockedError, match="no such table"):
        controller.fork(parent.run_id, 50, {"total_steps": ENDLESS})

    assert [run.run_id for run in controller.runs()] == [parent.run_id]
    assert [path.name for path in (tmp_path / CHECKPOINTS).iterdir()] == [parent.run_id]


def test_a_fork_goes_on_after_its_parents_checkpoints_are_gone(controller: RunController, heard: Heard) -> None:
    parent = stopped_run(controller, heard)
    child = controller.fork(parent.run_id, 50, {"total_steps": ENDLESS})
    controller.stop(child.run_id)
    assert controller.wait(TIMEOUT_S)
    controller.roll_back(parent.run_id, 0)

    assert controller.checkpoints(child.run_id)[0].reason is SaveReason.FORK
    assert controller.roll_back(child.run_id, 50).episodes == 2
    with pytest.raises(CheckpointNotFoundError):
        controller.roll_back(child.run_id, 0)  # its beginning is the parent's
    assert controller.resume(child.run_id).status is RunStatus.RUNNING


@pytest.mark.parametrize(("changes", "is_judged_alike"), [({"learning_rate": 1e-3}, True), ({"fee_bps": 30.0}, False)])
def test_a_fork_at_other_costs_is_not_compared_with_its_parent(
    controller: RunController, heard: Heard, changes: dict[str, Any], is_judged_alike: bool
) -> None:
    run_id, _ = judged_run(controller, heard, 1_000.0)
    newest = controller.checkpoints(run_id)[-1]
    with closing(sqlite3.connect(controller.data_dir / DATABASE_NAME)) as connection, connection:
        connection.execute("UPDATE checkpoint SET validation_sharpe = 1000 WHERE step = ?", (newest.step,))

    child = controller.fork(run_id, newest.step, changes)
    controller.stop(child.run_id)
    assert controller.wait(TIMEOUT_S)

    steps = [one.step for one in controller.evaluations(child.run_id).evaluations]
    assert any(step <= newest.step for step in steps) is is_judged_alike
    sharpes = [one.validation_sharpe for one in controller.checkpoints(child.run_id)]
    assert (1_000.0 in sharpes) is is_judged_alike
    assert ("judged on other terms" in child.notices[-1].text) is not is_judged_alike
