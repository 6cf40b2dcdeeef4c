"""When a run is saved, and what for."""

import errno
import os
from pathlib import Path

import pytest

from runs.checkpoints.filesystem import FileSystem
from runs.checkpoints.shelf import Shelf
from runs.events import SaveReason
from runs.saver import Saved, Saver
from tests.runs.checkpoints.continued import train_until
from tests.runs.helpers import RUN_ID, episode_finished, run_progress, small_config
from training.state import TrainingState
from warmup_gate import Phase


@pytest.fixture(scope="module")
def at_the_gate() -> TrainingState:
    return train_until(50).loop.state()


def saver_before_the_gate(folder: Path, system: FileSystem | None = None) -> Saver:
    saver = Saver(RUN_ID, small_config().flat(), Shelf(folder, system), saved_step=0)
    saver.observe(run_progress(50, phase=Phase.WARMUP, steps_until_open=0))
    return saver


@pytest.mark.parametrize("reason", [SaveReason.PAUSE, SaveReason.STOP, SaveReason.REQUEST])
def test_who_stops_just_before_the_gate_saves_the_state_before_the_gate(
    tmp_path: Path, at_the_gate: TrainingState, reason: SaveReason
) -> None:
    saver = saver_before_the_gate(tmp_path)

    saved = saver.save(at_the_gate, reason)

    assert saved is not None
    assert saved.reason is SaveReason.GATE
    assert saver.due is None
    assert saver.save(at_the_gate, reason) is None


def test_so_it_does_when_there_was_no_room_at_first(tmp_path: Path, at_the_gate: TrainingState) -> None:
    failures = [OSError(errno.ENOSPC, "No space left on device")]

    def write(descriptor: int, content: memoryview) -> int:
        if failures:
            raise failures.pop()
        return os.write(descriptor, content)

    saver = saver_before_the_gate(tmp_path, FileSystem(write=write))
    with pytest.raises(OSError, match="No space"):
        saver.save(at_the_gate, SaveReason.PAUSE)

    saved = saver.save(at_the_gate, SaveReason.PAUSE)

    assert saved is not None
    assert saved.reason is SaveReason.GATE


def test_who_asks_for_a_checkpoint_changes_nothing_about_what_the_run_is_saved_for(tmp_path: Path) -> None:
    saver = Saver(RUN_ID, small_config().flat(), Shelf(tmp_path), saved_step=0)

    saver.request()
    asked_for = saver.due
    saver.observe(episode_finished(1))
    at_an_episode = saver.due
    saver.observe(run_progress(50, phase=Phase.WARMUP, steps_until_open=0))
    saver.request()

    assert (asked_for, at_an_episode, saver.due) == (SaveReason.REQUEST, SaveReason.EPISODE, SaveReason.GATE)


def test_a_checkpoint_is_due_only_as_long_as_somebody_waits_for_it(tmp_path: Path) -> None:
    saver = Saver(RUN_ID, small_config().flat(), Shelf(tmp_path), saved_step=0)

    saver.withdraw(saver.request())
    withdrawn = saver.due
    saver.request()
    saver.answer(Saved(50, 1))

    assert (withdrawn, saver.due) == (None, None)
