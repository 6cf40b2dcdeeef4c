"""What people did to runs is written down, and stays."""

import threading

import pytest

from runs import live_run
from runs.actions import COMMAND_LINE, Action, ActionKind
from runs.controller import RunController
from runs.errors import RunNotActiveError
from runs.events import Envelope, PlannedChange, RunStatus
from runs.run import Run
from tests.runs.helpers import ENDLESS, TIMEOUT_S, Heard, small_config
from training.events import EpisodeFinished

PHONE = "192.0.2.7"


def test_every_action_is_written_down_with_its_place_and_its_author(controller: RunController, heard: Heard) -> None:
    told: list[tuple[str, Action]] = []
    controller.subscribe_to_actions(lambda run_id, action: told.append((run_id, action)))
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(1, EpisodeFinished)
    controller.pause(run_id, by=PHONE)
    controller.change(run_id, {"fee_bps": 3}, by=PHONE)
    saved = controller.save(run_id, by=PHONE).step
    controller.pin(run_id, saved, by=PHONE)
    controller.resume(run_id, by=PHONE)
    controller.stop(run_id, by=PHONE)
    assert controller.wait(TIMEOUT_S)
    stopped = controller.run(run_id).checkpoint_step
    controller.pin(run_id, saved, is_pinned=False, by=PHONE)
    controller.roll_back(run_id, saved)
    fork = controller.fork(run_id, saved, {"total_steps": saved + 1}, by=PHONE).run_id
    assert controller.wait(TIMEOUT_S)
    controller.delete(run_id)
    controller.undelete(run_id)

    actions = controller.actions(run_id)

    assert [action.kind.value for action in actions] == [
        *("start", "pause", "change", "save", "pin", "resume", "stop"),
        *("unpin", "roll_back", "fork", "delete", "undelete"),
    ]
    assert [action.number for action in actions] == list(range(1, 13))
    assert {action.who for action in actions[1:8]} == {PHONE}
    assert {action.who for action in (actions[0], actions[8], *actions[10:])} == {COMMAND_LINE}
    assert [action.step for action in actions[1:6]] == [saved] * 5
    assert actions[6].step == stopped
    assert (actions[8].step, actions[8].episode) == (saved, (saved - 1) // 20 + 1)
    assert actions[2].text == "Changed for the next episode: Fee 2 bp → 3 bp"
    assert actions[2].details == {"fee_bps": {"before": 2.0, "after": 3.0}}
    assert actions[11].text == "Undeleted"
    assert actions[9].details == {"at_step": saved, "as_run": fork}
    assert [(one.kind, one.details["from_run"]) for one in controller.actions(fork)] == [(ActionKind.FORK, run_id)]
    assert [action for told_of, action in told if told_of == run_id] == actions


def test_what_was_refused_is_not_written_down(controller: RunController) -> None:
    run_id = controller.start(small_config()).run_id
    assert controller.wait(TIMEOUT_S)
    before = controller.actions(run_id)

    for refused in (controller.pause, controller.stop, controller.save):
        with pytest.raises(RunNotActiveError):
            refused(run_id)

    assert controller.actions(run_id) == before


def test_what_is_accepted_while_the_store_is_slow_is_in_force_and_written_down(
    controller: RunController, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_run, "OBEY_TIMEOUT_S", 0.1)
    may_go_on = threading.Event()
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    is_slow = threading.Event()

    def be_slow(envelope: Envelope, run: Run) -> None:
        is_slow.set()
        assert may_go_on.wait(TIMEOUT_S)

    controller.subscribe(be_slow)
    assert is_slow.wait(TIMEOUT_S)

    paused = controller.pause(run_id)
    changed = controller.change(run_id, {"fee_bps": 3})

    may_go_on.set()
    assert changed.pending_changes == (PlannedChange(0, {"fee_bps": 3.0}),)
    assert (paused.status, paused.reason) == (RunStatus.PAUSED, None)
    _, pause, change = controller.actions(run_id)
    assert (change.details, pause.kind) == ({"fee_bps": {"before": 2.0, "after": 3.0}}, ActionKind.PAUSE)
