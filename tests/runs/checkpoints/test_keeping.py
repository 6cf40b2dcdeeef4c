"""Which checkpoints are kept, and what happens to the folders of the others."""

from dataclasses import replace
from pathlib import Path

import pytest

from runs.checkpoints.checkpoint import Checkpoint, best_of
from runs.checkpoints.format import SavedRun
from runs.checkpoints.keeping import superfluous
from runs.checkpoints.shelf import Shelf
from runs.errors import CheckpointError
from runs.events import SaveReason
from tests.runs.helpers import RUN_ID, START
from training.state import TrainingState

CHECKPOINTS = [
    Checkpoint(RUN_ID, step, step // 10, START, SaveReason.EPISODE, "", 1, False, None, 0, None)
    for step in (10, 20, 30, 40, 50)
]


def gone(*changed: Checkpoint, judged: tuple[int, ...] = ()) -> list[int]:
    by_step = {checkpoint.step: checkpoint for checkpoint in (*CHECKPOINTS, *changed)}
    return [checkpoint.step for checkpoint in superfluous(list(by_step.values()), judged)]


def test_the_newest_two_are_kept() -> None:
    assert gone() == [10, 20, 30]
    assert superfluous(CHECKPOINTS[:2], ()) == []
    assert superfluous([], ()) == []


def test_what_is_pinned_stays() -> None:
    assert gone(replace(CHECKPOINTS[1], is_pinned=True)) == [10, 30]


def test_the_best_on_validation_stays_and_the_one_it_beat_goes() -> None:
    worse, better = replace(CHECKPOINTS[0], validation_sharpe=-0.5), replace(CHECKPOINTS[2], validation_sharpe=-0.1)
    assert gone(worse, better) == [10, 20]
    assert best_of([worse, better]) is better
    assert best_of(CHECKPOINTS) is None


def test_of_equals_the_earlier_one_is_the_best() -> None:
    assert gone(*(replace(CHECKPOINTS[index], validation_sharpe=1.0) for index in (0, 2))) == [20, 30]


def test_one_that_is_being_judged_stays() -> None:
    assert gone(judged=(10, 30)) == [20]


def test_the_one_before_the_gate_stays() -> None:
    assert gone(replace(CHECKPOINTS[0], reason=SaveReason.GATE)) == [20, 30]


def write(shelf: Shelf, step: int) -> str:
    return shelf.write(SavedRun(RUN_ID, {}, TrainingState(step, 0, {}, {}, {}))).sha256


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "checkpoints")


def names(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in (shelf.folder / RUN_ID).iterdir())


def test_removed_checkpoints_are_gone_and_the_others_can_be_read(shelf: Shelf) -> None:
    written = {step: write(shelf, step) for step in (10, 20)}

    shelf.remove(RUN_ID, [10, 15])

    assert shelf.read(RUN_ID, 20, written[20]).state.step == 20
    with pytest.raises(CheckpointError, match="No such file"):
        shelf.read(RUN_ID, 10, written[10])


def test_what_is_set_aside_is_never_overwritten_nor_swept(shelf: Shelf) -> None:
    for _ in range(2):
        write(shelf, 10)
        shelf.set_aside(RUN_ID, 10)
    write(shelf, 10)
    shelf.set_aside(RUN_ID, 20)  # there is none: nothing happens

    shelf.sweep(RUN_ID, known=())

    assert names(shelf) == ["10.refused-1", "10.refused-2"]


def test_sweeping_removes_what_a_killed_process_left(shelf: Shelf) -> None:
    for step in (10, 20):
        write(shelf, step)
    (shelf.folder / RUN_ID / ".30-abcd.part").mkdir()

    shelf.sweep(RUN_ID, known=[10])
    shelf.sweep("20260101-000000-aaaa", known=[])

    assert names(shelf) == ["10"]
