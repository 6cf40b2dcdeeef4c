"""Parameters of a live run that change between two episodes, however often it is stopped, cut or forked."""

from pathlib import Path
from typing import Any

import pytest

from market.datasets import load_dataset
from runs.changes import AcceptedChange, ChangeQueue
from runs.controller import RunController
from runs.errors import RunNotActiveError
from runs.events import ChangeRequested, PlannedChange, RunEvent, RunRewound
from runs.run import Run, apply
from runs.store.run_store import RunStore
from tests.runs.checkpoints.comparison import finish
from tests.runs.helpers import (
    ENDLESS,
    RUN_ID,
    TIMEOUT_S,
    Heard,
    envelope,
    run_before_its_first_event,
    small_config,
)
from training.config import ConfigError
from training.events import ConfigChanged, EpisodeFinished, GateOpened, TrainingEvent
from training.loop import make_loop

FEE: dict[str, Any] = {"fee_bps": 50.0, "learning_rate": 0.01}
STEPS = 3_000  # far more than a run takes until it is held


def changed_run(controller: RunController, heard: Heard, total_steps: int = STEPS) -> Run:
    """A paused run that has changed once, with a checkpoint from before the change: that of the gate, which stays."""
    with heard.holding_after(1, GateOpened):
        run_id = controller.start(small_config(total_steps=total_steps, checkpoint_every_episodes=100_000)).run_id
        heard.wait_for_events(1, GateOpened)
        controller.pause(run_id)
    controller.save(run_id)
    controller.change(run_id, FEE)
    with heard.holding_after(1, ConfigChanged):
        controller.resume(run_id)
        heard.wait_for_events(1, ConfigChanged)
        controller.pause(run_id)
    controller.save(run_id)
    return controller.run(run_id)


def stopped(controller: RunController, run: Run) -> Run:
    controller.stop(run.run_id)
    assert controller.wait(TIMEOUT_S)
    return controller.run(run.run_id)


def metrics_when_changed_at(step: int) -> list[dict[str, float | None]]:
    """Of every episode of a run that was never interrupted."""
    config, plan = small_config(total_steps=STEPS, checkpoint_every_episodes=100_000), [FEE]
    events: list[TrainingEvent] = []
    loop = make_loop(
        config,
        load_dataset(config.data).train,
        events.append,
        next_change=lambda now: plan.pop() if plan and now >= step else None,
    )
    loop.run(lambda: False)
    return [event.metrics for event in events if isinstance(event, EpisodeFinished)]


def after(*events: RunEvent) -> Run:
    run = run_before_its_first_event()
    for number, event in enumerate(events, start=1):
        run = apply(run, envelope(number, event))
    return run


def test_a_change_waits_for_an_episode_and_is_then_in_force(controller: RunController, heard: Heard) -> None:
    run = changed_run(controller, heard, ENDLESS)
    (change,) = run.changes

    assert next(asked.pending_changes for asked in heard.runs if asked.pending_changes) == (PlannedChange(0, FEE),)
    assert (change.before, change.after) == ({"fee_bps": 2.0, "learning_rate": 3e-4}, FEE)
    assert (change.step, run.pending_changes) == (20 * (change.episode - 1), ())
    assert (run.config["fee_bps"], run.config_in_force) == (2.0, {**run.config, **FEE})
    assert any(
        notice.text.startswith(f"Changed before episode {change.episode}: Fee 2 bp → 50 bp") for notice in run.notices
    )


def test_a_changed_run_that_goes_on_ends_as_one_that_was_never_cut(controller: RunController, heard: Heard) -> None:
    run = stopped(controller, changed_run(controller, heard))

    found = finish(controller, controller.resume(run.run_id))

    assert found["metrics"] == metrics_when_changed_at(run.changes[0].step)
    assert controller.run(run.run_id).changes == run.changes


def test_a_run_that_goes_on_from_before_its_change_makes_it_again(controller: RunController, heard: Heard) -> None:
    run = stopped(controller, changed_run(controller, heard))
    for checkpoint in controller.checkpoints(run.run_id)[1:]:
        place = controller.data_dir / "checkpoints" / run.run_id / str(checkpoint.step)
        (place / "state.json").write_text("{}", encoding="utf-8")

    found = finish(controller, controller.resume(run.run_id))

    assert found["metrics"] == metrics_when_changed_at(run.changes[0].step)
    (again,) = controller.run(run.run_id).changes
    assert (again.step, again.episode, again.after) == (run.changes[0].step, run.changes[0].episode, FEE)


def test_rolling_back_undoes_a_change_and_a_fork_starts_with_it(controller: RunController, heard: Heard) -> None:
    run = stopped(controller, changed_run(controller, heard, ENDLESS))
    first, *_, last = controller.checkpoints(run.run_id)

    fork = controller.fork(run.run_id, last.step, {"slippage_bps": 9.0, "total_steps": last.step + 40})
    finish(controller, fork)
    before = controller.run(run.run_id)
    back = controller.roll_back(run.run_id, first.step)
    assert back.ended_at == before.ended_at  # a run lasts no longer because somebody goes back in it

    assert (fork.config["fee_bps"], fork.config["slippage_bps"], fork.changes) == (50.0, 9.0, ())
    assert "Slippage 2 bp → 9 bp" in fork.notices[-1].text
    assert (back.changes, back.pending_changes, back.config_in_force) == ((), (), back.config)


def test_what_cannot_change_is_refused(controller: RunController, heard: Heard) -> None:
    run = changed_run(controller, heard, ENDLESS)

    with pytest.raises(ConfigError, match="hidden_units: cannot change while a run goes on; what can: "):
        controller.change(run.run_id, {"hidden_units": 8, "fee_bps": 1.0})
    assert controller.run(run.run_id).pending_changes == ()
    stopped(controller, run)
    with pytest.raises(RunNotActiveError, match="is stopped; fork it to go on with other parameters"):
        controller.change(run.run_id, FEE)


def test_changes_that_wait_are_taken_one_by_one_from_their_steps_on() -> None:
    asked: list[ChangeRequested] = []

    def publish(event: ChangeRequested) -> int:
        asked.append(event)
        return 7

    queue = ChangeQueue(small_config(), [PlannedChange(40, FEE)], publish)

    accepted = queue.request({"fee_bps": 3})

    assert (accepted, asked) == (
        AcceptedChange(7, {"fee_bps": 50.0}, {"fee_bps": 3.0}),
        [ChangeRequested({"fee_bps": 3.0})],
    )
    assert queue.planned == (PlannedChange(40, FEE), PlannedChange(0, {"fee_bps": 3.0}))
    assert [queue.next(20), queue.next(40), queue.next(40), queue.next(60)] == [None, FEE, {"fee_bps": 3.0}, None]


def test_changes_that_wait_for_the_same_episode_are_one_and_no_change_is_none() -> None:
    asked: list[RunEvent] = []

    def publish(event: ChangeRequested) -> int:
        asked.append(event)
        return len(asked)

    queue = ChangeQueue(small_config(), [], publish)

    accepted = [queue.request({"fee_bps": fee}) for fee in (2, 99, 3, 3)]
    accepted.append(queue.request({"slippage_bps": 9}))
    waiting = after(*asked)

    assert [change and change.number for change in accepted] == [None, 1, 2, None, 3]
    assert waiting.pending_changes == (PlannedChange(0, {"fee_bps": 3.0, "slippage_bps": 9.0}),)
    assert [queue.next(20), queue.next(20)] == [{"fee_bps": 3.0, "slippage_bps": 9.0}, None]


def test_a_value_that_came_back_before_its_episode_leaves_no_trace() -> None:
    back = ConfigChanged(20, 2, {"fee_bps": 2.0, "slippage_bps": 2.0}, {"fee_bps": 2.0, "slippage_bps": 9.0})
    both = after(ChangeRequested({"fee_bps": 2.0, "slippage_bps": 9.0}), back)
    none = after(ChangeRequested({"fee_bps": 2.0}), ConfigChanged(20, 2, {"fee_bps": 2.0}, {"fee_bps": 2.0}))

    assert [(change.before, change.after) for change in both.changes] == [
        ({"slippage_bps": 2.0}, {"slippage_bps": 9.0})
    ]
    assert [notice.text for notice in both.notices] == ["Changed before episode 2: Slippage 2 bp → 9 bp."]
    assert (none.changes, none.notices, none.pending_changes) == ((), (), ())


def test_changes_are_stored_with_the_run_and_go_with_a_rewind(tmp_path: Path) -> None:
    store = RunStore.open(tmp_path)
    changed = ConfigChanged(20, 2, {"fee_bps": 2.0}, {"fee_bps": 3.0})
    run = after(ChangeRequested({"fee_bps": 3.0}), changed, ChangeRequested({"fee_bps": 4.0}))
    store.create(run)

    stored = store.run(RUN_ID)
    back = apply(run, envelope(4, RunRewound(20, 1, None, None, 0, (), "back", (PlannedChange(20, {"fee_bps": 3.0}),))))

    assert (stored.changes, stored.pending_changes) == (run.changes, (PlannedChange(0, {"fee_bps": 4.0}),))
    assert (back.changes, back.pending_changes) == ((), (PlannedChange(20, {"fee_bps": 3.0}),))
    assert after(changed, RunRewound(21, 1, None, None, 0, (), "back")).config_at(21)["fee_bps"] == 3.0
    store.close()
