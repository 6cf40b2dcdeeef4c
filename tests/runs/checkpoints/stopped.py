"""Runs that were stopped half-way, for tests of what becomes of them."""

import sqlite3
from contextlib import closing
from typing import Any

from runs.checkpoints.checkpoint import Checkpoint
from runs.controller import RunController
from runs.events import PolicyEvaluated
from runs.run import Run
from runs.store.database import DATABASE_NAME
from tests.runs.helpers import TIMEOUT_S, Heard, small_config
from training.events import EpisodeFinished

TOTAL_STEPS = 500  # 25 episodes; the gate opens in the third
CONFIG = small_config(total_steps=TOTAL_STEPS, evaluate_every_episodes=1_000, updates_per_step=1)


def stopped_run(controller: RunController, heard: Heard, episodes: int = 5, **changes: Any) -> Run:
    """A run that was stopped somewhere, after so many episodes."""
    with heard.holding_after(episodes, EpisodeFinished):
        run = controller.start(small_config(**CONFIG.flat() | changes))
        heard.wait_for_events(episodes, EpisodeFinished)
        controller.stop(run.run_id)
    assert controller.wait(TIMEOUT_S)
    return controller.run(run.run_id)


def judged_run(controller: RunController, heard: Heard, sharpe: float) -> tuple[str, Checkpoint]:
    """A stopped run that was evaluated, and its oldest checkpoint: as if that policy had reached this ratio."""
    with heard.holding_after(3, EpisodeFinished):  # it has learned something
        run_id = controller.start(
            small_config(**CONFIG.flat() | {"total_steps": 2_000, "evaluate_every_episodes": 1})
        ).run_id
        heard.wait_for_events(3, EpisodeFinished)
        controller.pause(run_id)
    heard.wait_for_events(1, PolicyEvaluated)
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    oldest = controller.checkpoints(run_id)[0]
    with closing(sqlite3.connect(controller.data_dir / DATABASE_NAME)) as connection, connection:
        connection.execute("UPDATE checkpoint SET validation_sharpe = ? WHERE step = ?", (sharpe, oldest.step))
        first = "UPDATE evaluation SET figures = json_set(figures, '$.policy.metrics.sharpe', ?) WHERE number = 1"
        connection.execute(first, (sharpe,))
    return run_id, oldest
