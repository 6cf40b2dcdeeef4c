"""`kill -9` at random moments: what is on disk is a legal beginning each time, and the run ends as if undisturbed."""

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runs.checkpoints.shelf import Shelf
from runs.controller import CHECKPOINTS, RunController
from runs.events import RunStatus
from runs.store.run_store import RunStore
from tests.runs.checkpoints.comparison import assert_same, everything
from tests.runs.helpers import SMALL, TIMEOUT_S

ROOT = Path(__file__).parents[3]
CONFIG: dict[str, Any] = SMALL | {"total_steps": 1_500, "updates_per_step": 1, "evaluate_every_episodes": 5}
LONGEST_LIFE_S = 1.2


class Nursery:
    """A process from which others are born quickly, one at a time."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.runs.checkpoints.nursery"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def bear(self, line: str) -> int:
        """Returns the id of the new process."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        return self._told("born")

    def dies_within(self, seconds: float) -> bool:
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def status_at_death(self) -> int:
        return self._told("died")

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(TIMEOUT_S)

    def _told(self, word: str) -> int:
        assert self._process.stdout is not None
        said, number = self._process.stdout.readline().split()
        assert said == word
        return int(number)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def whole(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same run in a process that nobody killed."""
    folder = tmp_path_factory.mktemp("whole")
    nursery.bear(f"{folder} start {json.dumps(CONFIG)}")
    assert nursery.status_at_death() == 0
    return everything_in(folder)


def everything_in(folder: Path) -> dict[str, Any]:
    controller = RunController(folder)
    [run] = controller.runs()
    assert run.status is RunStatus.FINISHED, run
    found = everything(controller, run.run_id)
    controller.close()
    return found


def check_beginning(folder: Path, whole: dict[str, Any]) -> tuple[str | None, bool]:
    """What a killed process left must be how the undisturbed run began. Returns the run's id and whether it ended."""
    store = RunStore.open(folder)
    runs = store.runs()
    if not runs:
        return None, False
    [run] = runs
    episodes = store.episodes(run.run_id).episodes
    assert [summary.episode for summary in episodes] == list(range(1, run.episodes + 1))
    assert [dict(summary.metrics) for summary in episodes] == whole["metrics"][: len(episodes)]
    numbers = [summary.number for summary in store.evaluations(run.run_id).evaluations]
    assert numbers == sorted(set(numbers))
    checkpoints = store.checkpoints.of_run(run.run_id)
    store.close()
    for checkpoint in checkpoints:
        saved = Shelf(folder / CHECKPOINTS).read(run.run_id, checkpoint.step, checkpoint.sha256)
        assert saved.state.episodes == checkpoint.episodes <= run.episodes
    return run.run_id, run.status is RunStatus.FINISHED


@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_a_run_killed_at_random_moments_ends_as_if_undisturbed(
    nursery: Nursery, whole: dict[str, Any], tmp_path: Path, kills: int
) -> None:
    rng = random.Random(kills)
    next_life, killed, is_finished = f"start {json.dumps(CONFIG)}", 0, False
    while killed < kills:
        process = nursery.bear(f"{tmp_path} {next_life}")
        if not nursery.dies_within(rng.uniform(0.0, LONGEST_LIFE_S)):
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(process, signal.SIGKILL)
        killed += nursery.status_at_death() == signal.SIGKILL
        run_id, is_finished = check_beginning(tmp_path, whole)
        if run_id is not None:
            next_life = f"{'again' if is_finished else 'resume'} {run_id}"

    if not is_finished:
        nursery.bear(f"{tmp_path} {next_life}")
        assert nursery.status_at_death() == 0

    assert_same(everything_in(tmp_path), whole)
