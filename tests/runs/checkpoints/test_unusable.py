"""Checkpoints that cannot be used: the one before is taken, or nothing is touched, and none is ever overwritten."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from knobs import Entry
from market.datasets import DATASETS, DataConfig, load_dataset
from runs.checkpoints.format import FORMAT_VERSION, STATE, WEIGHTS
from runs.controller import CHECKPOINTS, RunController
from runs.errors import (
    CheckpointError,
    CheckpointVersionError,
)
from runs.store.database import DATABASE_NAME
from tests.runs.checkpoints.comparison import assert_same, finish
from tests.runs.checkpoints.stopped import stopped_run
from tests.runs.helpers import Heard


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
