"""What the database knows of checkpoints: going back leaves exactly what was there then, a copy is whole."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runs.errors import CheckpointNotFoundError, CheckpointPinnedError
from runs.events import Notice, NoticeLevel, RunEvent, RunRewound, RunStatus, RunStatusChanged, SaveReason
from runs.run import DatedNotice, Parent, Run, apply
from runs.store.run_store import RunStore
from tests.runs.helpers import (
    RUN_ID,
    START,
    checkpoint_saved,
    envelope,
    episode_finished,
    gate_opened,
    policy_evaluated,
    run_before_its_first_event,
    run_progress,
)

CHILD = "20261124-000000-aaaa"
HISTORY: list[RunEvent] = [
    RunStatusChanged(RunStatus.RUNNING),
    episode_finished(1, reward=1.0),
    Notice(NoticeLevel.INFO, "before"),
    policy_evaluated(1, 30, sharpe=0.5),
    checkpoint_saved(30, episodes=1),
    Notice(NoticeLevel.INFO, "after"),
    replace(gate_opened(), step=50),
    episode_finished(2, reward=2.0),
    checkpoint_saved(60, episodes=2),
    policy_evaluated(2, 60, sharpe=None),
    run_progress(70),
    episode_finished(3, reward=3.0),
    policy_evaluated(3, 90, sharpe=0.7),
    policy_evaluated(4, 90, sharpe=0.9, window="test"),
    checkpoint_saved(90, episodes=3),
    RunStatusChanged(RunStatus.FINISHED),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore.open(tmp_path)
    yield store
    store.close()


def record(store: RunStore, run: Run, *events: RunEvent) -> Run:
    for event in events:
        stamped = envelope(run.sequence + 1, event)
        after = apply(run, stamped)
        store.record(run, after, stamped)
        run = after
    return run


@pytest.fixture
def run(store: RunStore) -> Run:
    run = run_before_its_first_event()
    store.create(run)
    return record(store, run, *HISTORY)


def rewound(store: RunStore, run: Run, step: int) -> Run:
    there = next(checkpoint for checkpoint in store.checkpoints.of_run(RUN_ID) if checkpoint.step == step)
    said = (Notice(NoticeLevel.INFO, f"back at {step}"),)
    reward = store.checkpoints.reward_of(RUN_ID, there.episodes)
    event = RunRewound(step, there.episodes, reward, there.progress, there.notices, said, "rolled back")
    return record(store, run, event)


def test_checkpoints_come_in_order_with_what_their_policies_earned(store: RunStore, run: Run) -> None:
    found = store.checkpoints.of_run(RUN_ID)

    assert [(one.step, one.episodes, one.validation_sharpe) for one in found] == [
        (30, 1, 0.5),  # judged before it was saved
        (60, 2, None),  # judged, but a flat account has no Sharpe ratio
        (90, 3, 0.7),  # the test bars do not choose
    ]
    assert (found[0].reason, found[0].created_at, found[0].size_bytes) == (
        SaveReason.EPISODE,
        envelope(5, HISTORY[0]).time,
        5_000_000_000,
    )
    assert found[0].progress == run_progress(30, None)
    assert run.checkpoint_step == 90
    assert store.run(RUN_ID) == run


def test_a_policy_judged_after_its_checkpoint_was_saved_marks_it(store: RunStore, run: Run) -> None:
    record(store, run, checkpoint_saved(120, episodes=4), policy_evaluated(5, 120, sharpe=1.5))

    assert store.checkpoints.of_run(RUN_ID)[-1].validation_sharpe == 1.5


def test_going_back_forgets_no_trial_and_no_number(store: RunStore, run: Run) -> None:
    assert (store.count_validated_policies(), store.last_evaluation(RUN_ID)) == (3, 4)

    again = record(store, rewound(store, run, 30), policy_evaluated(5, 60, sharpe=0.1))
    rewound(store, again, 30)

    assert (store.count_validated_policies(), store.last_evaluation(RUN_ID)) == (4, 5)


def test_going_back_does_not_make_bars_unseen(store: RunStore, run: Run) -> None:
    assert store.looks(RUN_ID) == {"validation": 3, "test": 1}

    again = record(store, rewound(store, run, 30), policy_evaluated(5, 60, sharpe=0.1, window="test"))

    assert store.looks(RUN_ID) == {"validation": 3, "test": 2}
    rewound(store, again, 30)
    assert store.looks(RUN_ID) == {"validation": 3, "test": 2}


def test_what_somebody_pins_at_the_last_moment_is_not_forgotten(store: RunStore, run: Run) -> None:
    assert store.checkpoints.pin(RUN_ID, 60, is_pinned=True) == store.checkpoints.of_run(RUN_ID)[1]

    assert store.checkpoints.forget(RUN_ID, [30, 60, 75]) == [30]
    assert [one.step for one in store.checkpoints.of_run(RUN_ID)] == [60, 90]


def test_going_back_deletes_nothing_when_a_later_checkpoint_is_pinned(store: RunStore, run: Run) -> None:
    store.checkpoints.pin(RUN_ID, 90, is_pinned=True)

    with pytest.raises(CheckpointPinnedError, match="at step 90"):
        rewound(store, run, 30)

    assert store.run(RUN_ID) == run
    assert [one.step for one in store.checkpoints.of_run(RUN_ID)] == [30, 60, 90]


def test_going_back_leaves_what_was_there_then(store: RunStore, run: Run) -> None:
    after = rewound(store, run, 30)

    assert store.run(RUN_ID) == after
    assert (after.status, after.reason, after.rewinds) == (RunStatus.STOPPED, "rolled back", 1)
    assert (after.episodes, after.last_reward, after.progress) == (1, 1.0, run_progress(30, None))
    assert not after.gate.is_open
    assert [notice.text for notice in after.notices] == ["before", "back at 30"]
    assert (after.sequence, after.checkpoint_step) == (run.sequence + 1, 30)
    assert [summary.episode for summary in store.episodes(RUN_ID).episodes] == [1]
    assert [summary.number for summary in store.evaluations(RUN_ID).evaluations] == [1]
    assert [checkpoint.step for checkpoint in store.checkpoints.of_run(RUN_ID)] == [30]
    again = record(store, after, episode_finished(2), policy_evaluated(2, 60, 0.1), checkpoint_saved(60, episodes=2))
    assert store.run(RUN_ID) == again


def test_going_back_behind_the_gate_keeps_it_open_and_forgets_the_test(store: RunStore, run: Run) -> None:
    after = rewound(store, run, 90)

    assert after.gate.is_open
    assert after.episodes == 3
    assert [summary.number for summary in store.evaluations(RUN_ID).evaluations] == [1, 2, 3]


def test_going_back_to_the_beginning_leaves_nothing(store: RunStore, run: Run) -> None:
    after = record(store, run, RunRewound(0, 0, None, None, 0, (), "began again"))

    assert (after.episodes, after.last_reward, after.progress, after.checkpoint_step) == (0, None, None, None)
    assert store.run(RUN_ID) == after
    assert store.episodes(RUN_ID).episodes == []
    assert store.checkpoints.of_run(RUN_ID) == []


def test_pinning_is_kept_and_undone(store: RunStore, run: Run) -> None:
    store.checkpoints.pin(RUN_ID, 60, True)
    assert [one.is_pinned for one in store.checkpoints.of_run(RUN_ID)] == [False, True, False]

    store.checkpoints.pin(RUN_ID, 60, False)
    assert [one.is_pinned for one in store.checkpoints.of_run(RUN_ID)] == [False, False, False]
    with pytest.raises(CheckpointNotFoundError, match="no checkpoint at step 61"):
        store.checkpoints.pin(RUN_ID, 61, True)


def test_forgotten_checkpoints_are_gone(store: RunStore, run: Run) -> None:
    store.checkpoints.forget(RUN_ID, [30, 60])

    assert [one.step for one in store.checkpoints.of_run(RUN_ID)] == [90]


def test_a_copy_has_everything_up_to_its_checkpoint_and_counts_no_trial_twice(store: RunStore, run: Run) -> None:
    trials = store.count_validated_policies()
    there = store.checkpoints.of_run(RUN_ID)[1]
    notice = DatedNotice(START, NoticeLevel.INFO, "copied")
    child = replace(
        run_before_its_first_event(), run_id=CHILD, episodes=2, parent=Parent(RUN_ID, 60), notices=(notice,)
    )
    copied = replace(there, run_id=CHILD, reason=SaveReason.FORK)
    store.checkpoints.copy(RUN_ID, child, copied, with_evaluations=True)

    assert store.run(CHILD) == child
    assert store.run(RUN_ID) == run
    assert [summary.metrics for summary in store.episodes(CHILD).episodes] == [
        summary.metrics for summary in store.episodes(RUN_ID).episodes[:2]
    ]
    assert store.episode(CHILD, 2)[1].equity.tolist() == store.episode(RUN_ID, 2)[1].equity.tolist()
    assert [one.number for one in store.evaluations(CHILD).evaluations] == [1, 2]
    assert [(one.step, one.reason) for one in store.checkpoints.of_run(CHILD)] == [(60, SaveReason.FORK)]
    assert (store.last_evaluation(CHILD), store.last_evaluation(RUN_ID)) == (2, 4)
    assert store.looks(CHILD) == {"validation": 0, "test": 0}
    assert store.count_validated_policies() == trials == 3
