"""Runs that end early and go on: as if nothing had happened, from the newest checkpoint that is sound."""

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from knobs import Entry
from market.datasets import DATASETS, TEST, DataConfig, load_dataset
from runs.checkpoints.checkpoint import Checkpoint
from runs.checkpoints.format import FORMAT_VERSION, STATE, WEIGHTS
from runs.controller import CHECKPOINTS, RunController
from runs.errors import (
    CheckpointError,
    CheckpointNotFoundError,
    CheckpointVersionError,
    RunConflictError,
    RunNotActiveError,
    StorageBlockedError,
)
from runs.events import PolicyEvaluated, RunProgress, RunStatus, SaveReason
from runs.run import Run
from runs.store.database import DATABASE_NAME
from tests.runs.checkpoints.comparison import assert_same, everything, finish
from tests.runs.helpers import BLOWS_UP, ENDLESS, TIMEOUT_S, Heard, small_config, without_table
from training.config import ConfigError, RunConfig
from training.events import EpisodeFinished

TOTAL_STEPS = 500  # 25 episodes; the gate opens in the third
CONFIG = small_config(total_steps=TOTAL_STEPS, evaluate_every_episodes=1_000, updates_per_step=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run of the same configuration that was never interrupted."""
    controller = RunController(tmp_path_factory.mktemp("whole"))
    found = finish(controller, controller.start(CONFIG))
    controller.close()
    return found


def stopped_run(controller: RunController, heard: Heard, episodes: int = 5, **changes: Any) -> Run:
    """A run that was stopped somewhere, after so many episodes."""
    run = controller.start(small_config(**CONFIG.flat() | changes))
    heard.wait_for_events(episodes, EpisodeFinished)
    controller.stop(run.run_id)
    assert controller.wait(TIMEOUT_S)
    return controller.run(run.run_id)


def active_s(run: Run) -> float:
    assert run.progress is not None
    assert run.progress.active_s is not None
    return run.progress.active_s


@pytest.fixture
def restarted(controller: RunController, tmp_path: Path) -> Iterator[Callable[[], RunController]]:
    """Ends the controller and begins another one on the same folder."""
    others: list[RunController] = []

    def restart() -> RunController:
        for old in (controller, *others):
            old.close()
        others.append(RunController(tmp_path))
        return others[-1]

    yield restart
    for other in others:
        other.close()


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
    for episodes in (6, 9, 15):
        controller.resume(run.run_id)
        heard.wait_for_events(episodes, EpisodeFinished)
        controller.stop(run.run_id)
        assert controller.wait(TIMEOUT_S)

    assert_same(finish(controller, controller.resume(run.run_id)), whole)
    assert controller.run(run.run_id).rewinds == 4


def test_a_run_that_another_process_stopped_goes_on(
    controller: RunController, heard: Heard, whole: dict[str, Any], restarted: Callable[[], RunController]
) -> None:
    run = controller.start(CONFIG)
    heard.wait_for_events(5, EpisodeFinished)
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


def test_a_paused_run_is_saved_where_it_stands(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
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


def harm(controller: RunController, run_id: str, step: int) -> Path:
    path = controller.data_dir / CHECKPOINTS / run_id / str(step) / WEIGHTS
    os.truncate(path, 100)
    return path


def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_it_taken(
    controller: RunController, heard: Heard, whole: dict[str, Any]
) -> None:
    run = stopped_run(controller, heard)
    before, last = (checkpoint.step for checkpoint in controller.checkpoints(run.run_id)[-2:])
    harmed = harm(controller, run.run_id, last)
    content = harmed.read_bytes()

    resumed = controller.resume(run.run_id)

    assert_same(finish(controller, resumed), whole)
    texts = [notice.text for notice in controller.run(run.run_id).notices]
    assert f"Resumed at step {before:,}; the steps up to {last:,} are taken again (stopped)." in texts
    assert any(f"step {last:,} cannot be used and was set aside: {WEIGHTS} has 100 bytes" in text for text in texts)
    assert (harmed.parent.with_name(f"{last}.refused-1") / WEIGHTS).read_bytes() == content


def test_where_no_checkpoint_is_sound_nothing_is_touched(controller: RunController, heard: Heard) -> None:
    run = stopped_run(controller, heard)
    for checkpoint in controller.checkpoints(run.run_id):
        harm(controller, run.run_id, checkpoint.step)

    with pytest.raises(
        CheckpointError, match=f"no checkpoint of run {run.run_id} can be used: step {run.checkpoint_step}"
    ):
        controller.resume(run.run_id)

    assert controller.run(run.run_id) == run
    assert controller.active_run_id is None


def rewrite_head(controller: RunController, run_id: str, step: int, change: Callable[[dict[str, Any]], object]) -> None:
    """As another version of Warmgate would have written it: whole, under a hash that fits."""
    path = controller.data_dir / CHECKPOINTS / run_id / str(step) / STATE
    head = json.loads(path.read_bytes())
    change(head)
    path.write_text(json.dumps(head))
    with closing(sqlite3.connect(controller.data_dir / DATABASE_NAME)) as connection, connection:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        connection.execute("UPDATE checkpoint SET sha256 = ? WHERE step = ?", (sha256, step))


def everything_of(controller: RunController, run_id: str) -> tuple[object, ...]:
    """Of a run that ended: its rows, and each byte of its checkpoints."""
    folder = controller.data_dir / CHECKPOINTS / run_id
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return controller.run(run_id), controller.checkpoints(run_id), controller.episodes(run_id), files


@pytest.mark.parametrize("version", [FORMAT_VERSION - 1, FORMAT_VERSION + 1])
@pytest.mark.parametrize("is_only_the_newest", [True, False])
def test_what_another_version_saved_is_left_to_it(
    controller: RunController,
    heard: Heard,
    whole: dict[str, Any],
    restarted: Callable[[], RunController],
    version: int,
    is_only_the_newest: bool,
) -> None:
    run = stopped_run(controller, heard)
    foreign = [one.step for one in controller.checkpoints(run.run_id)][-1 if is_only_the_newest else 0 :]
    for step in foreign:
        rewrite_head(controller, run.run_id, step, lambda head: head.update(format=version))
    before = everything_of(controller, run.run_id)

    for use in (
        lambda: controller.resume(run.run_id),
        lambda: controller.fork(run.run_id, foreign[-1], {}),
        lambda: controller.roll_back(run.run_id, foreign[-1]),
        lambda: controller.policy(controller.checkpoint(run.run_id, foreign[-1])),
    ):
        with pytest.raises(CheckpointVersionError, match=rf"version of Warmgate wrote it \(format {version}, this one"):
            use()
    later = restarted()

    assert everything_of(later, run.run_id) == before
    assert len(b"".join(later.archive(later.checkpoint(run.run_id, foreign[-1])))) > 0
    for step in foreign:  # the right program is back
        rewrite_head(later, run.run_id, step, lambda head: head.update(format=FORMAT_VERSION))
    assert_same(finish(later, later.resume(run.run_id)), whole)


def test_another_versions_checkpoint_before_a_damaged_one_is_left_to_it(
    controller: RunController, heard: Heard
) -> None:
    run = stopped_run(controller, heard)
    *_, before, last = (checkpoint.step for checkpoint in controller.checkpoints(run.run_id))
    rewrite_head(controller, run.run_id, before, lambda head: head.update(format=FORMAT_VERSION + 1))
    harm(controller, run.run_id, last)
    untouched = everything_of(controller, run.run_id)

    with pytest.raises(CheckpointVersionError, match=f"cannot go on from its checkpoint at step {before}: a later"):
        controller.resume(run.run_id)

    assert everything_of(controller, run.run_id) == untouched


def test_a_state_that_lacks_a_value_is_passed_over_before_the_run_begins(
    controller: RunController, heard: Heard, whole: dict[str, Any]
) -> None:
    run = stopped_run(controller, heard)
    last = controller.checkpoints(run.run_id)[-1].step
    rewrite_head(controller, run.run_id, last, lambda head: head["state"].pop("agent"))

    resumed = controller.resume(run.run_id)

    assert_same(finish(controller, resumed), whole)
    texts = [notice.text for notice in controller.run(run.run_id).notices]
    assert f"The checkpoint at step {last:,} cannot be used and was set aside: its state has no 'agent'." in texts


def test_a_run_does_not_go_on_upon_other_bars(
    controller: RunController, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped_run(controller, heard)
    others = Entry("synthetic", "Other bars.", lambda config: load_dataset(DataConfig(dataset="nasdaq")))
    monkeypatch.setitem(DATASETS._entries, "synthetic", others)

    with pytest.raises(CheckpointError, match="these are not the bars that it was trained on"):
        controller.resume(run.run_id)

    assert controller.run(run.run_id) == run


def test_a_second_run_is_not_resumed_beside_an_active_one(controller: RunController, heard: Heard) -> None:
    stopped = stopped_run(controller, heard)
    active = controller.start(small_config(total_steps=ENDLESS))

    with pytest.raises(RunConflictError, match=active.run_id):
        controller.resume(stopped.run_id)
    with pytest.raises(RunConflictError, match=active.run_id):
        controller.fork(stopped.run_id, 50, {})
    assert controller.roll_back(stopped.run_id, 50).status is RunStatus.STOPPED  # which begins nothing
    assert controller.active_run_id == active.run_id


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


def judged_run(controller: RunController, heard: Heard, sharpe: float) -> tuple[str, Checkpoint]:
    """A stopped run that was evaluated, and its oldest checkpoint: as if that policy had reached this ratio."""
    run_id = controller.start(
        small_config(**CONFIG.flat() | {"total_steps": 2_000, "evaluate_every_episodes": 1})
    ).run_id
    heard.wait_for_events(1, PolicyEvaluated)
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    oldest = controller.checkpoints(run_id)[0]
    with closing(sqlite3.connect(controller.data_dir / DATABASE_NAME)) as connection, connection:
        connection.execute("UPDATE checkpoint SET validation_sharpe = ? WHERE step = ?", (sharpe, oldest.step))
        first = "UPDATE evaluation SET figures = json_set(figures, '$.policy.metrics.sharpe', ?) WHERE number = 1"
        connection.execute(first, (sharpe,))
    return run_id, oldest


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
    assert f"its checkpoint at step {best.step} is damaged" in text
    assert later.evaluations(run_id).evaluations[-1].step != best.step


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
