"""The fold from events to a run, and its id."""

import re
from dataclasses import replace

from runs.events import Notice, NoticeLevel, RunEvent, RunStatus, RunStatusChanged
from runs.run import Run, apply, new_run_id
from tests.runs.helpers import (
    START,
    envelope,
    episode_finished,
    gate_opened,
    run_before_its_first_event,
    run_progress,
)
from training.events import TrainingFinished, TrainingStarted


def after(*events: RunEvent, **config: object) -> Run:
    run = run_before_its_first_event(**config)
    for sequence, event in enumerate(events, start=1):
        run = apply(run, envelope(sequence, event))
    return run


def test_a_run_begins_with_its_whole_configuration_and_nothing_else() -> None:
    run = after()

    assert run.sequence == run.episodes == 0
    assert (run.status, run.progress, run.ended_at, run.notices) == (RunStatus.RUNNING, None, None, ())
    assert run.config["no_trading_warmup_steps"] == 50
    assert run.config["fee_bps"] == 2.0  # a default, written out
    assert (run.gate.warmup_steps, run.gate.strategy, run.gate.is_open) == (50, "forced_neutral", False)
    assert run.created_at == START


def test_updates_during_warmup_leave_a_permanent_warning() -> None:
    assert "reproduces the original failure" in after(update_during_warmup=True).warnings[0]


def test_the_gate_opens_with_a_notice() -> None:
    run = after(RunStatusChanged(RunStatus.RUNNING), gate_opened())

    assert run.gate.is_open
    assert run.gate.opened == gate_opened()
    assert [notice.text for notice in run.notices] == ["Warm-up complete at step 50: network updates start"]
    assert run.notices[0].time == envelope(2, gate_opened()).time


def test_a_gate_that_let_updates_pass_does_not_say_that_they_start() -> None:
    opened = replace(gate_opened(), updates_while_gated=2_970)

    assert opened.message == "Warm-up complete at step 50: network updates go on, after 2,970 while gated"


def test_notices_stay_in_order() -> None:
    run = after(Notice(NoticeLevel.WARNING, "first"), Notice(NoticeLevel.ERROR, "second"))

    assert [(notice.level, notice.text) for notice in run.notices] == [("warning", "first"), ("error", "second")]


def test_episodes_are_counted_and_progress_is_the_newest() -> None:
    run = after(episode_finished(1), run_progress(5), episode_finished(2), run_progress(7))

    assert run.episodes == 2
    assert run.progress == run_progress(7)


def test_the_last_reward_is_that_of_an_episode_that_was_not_cut_short() -> None:
    whole, fragment = episode_finished(1, reward=2.0), episode_finished(2, truncated=False, reward=-7.0)

    assert after(whole, fragment).last_reward == 2.0
    assert after(whole, fragment).episodes == 2
    assert after(episode_finished(1, truncated=False, reward=-7.0)).last_reward == -7.0  # there is no other


def test_a_status_that_ends_the_run_dates_its_end_and_forgets_its_speed() -> None:
    run = after(run_progress(5), RunStatusChanged(RunStatus.FAILED, "NonFiniteError: reward became nan"))

    assert (run.status, run.reason) == (RunStatus.FAILED, "NonFiniteError: reward became nan")
    assert run.ended_at == envelope(2, run_progress(5)).time
    assert run.progress == run_progress(5, steps_per_s=None)


def test_a_pause_does_not_end_the_run() -> None:
    assert after(RunStatusChanged(RunStatus.PAUSED)).ended_at is None


def test_every_event_moves_the_sequence_number_on() -> None:
    assert after(TrainingStarted("print", (), 5), TrainingFinished(5, 1, was_stopped=False)).sequence == 2


def test_run_ids_sort_by_time_and_differ_within_a_second() -> None:
    ids = {new_run_id(START) for _ in range(20)}

    assert len(ids) > 1
    assert all(re.fullmatch(r"20261123-051200-[2-9a-z]{4}", run_id) for run_id in ids)
