"""When a run is saved, and what for."""

import errno
import os
from pathlib import Path

import pytest

from runs.checkpoints.filesystem import FileSystem
from runs.checkpoints.shelf import Shelf
from runs.events import SaveReason
from runs.saver import Saver
from tests.runs.checkpoints.continued import train_until
from tests.runs.helpers import RUN_ID, run_progress, small_config
from training.state import TrainingState
from warmup_gate import Phase


@pytest.fixture(scope="module")
def at_the_gate() -> TrainingState:
    return train_until(50).loop.state()


def saver_before_the_gate(folder: Path, system: FileSystem | None = None) -> Saver:
    saver = Saver(RUN_ID, small_config().flat(), Shelf(folder, system), saved_step=0)
    saver.observe(run_progress(50, phase=Phase.WARMUP, steps_until_open=0))
    return saver


@pytest.mark.parametrize("reason", [SaveReason.PAUSE, SaveReason.STOP])
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
