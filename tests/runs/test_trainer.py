"""Loading training late, and the rehearsal that hides how long it takes."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from market.datasets import load_dataset
from runs.trainer import REHEARSAL, Rehearsal, load_training
from tests.runs.helpers import TIMEOUT_S
from training.config import RunConfig
from training.events import Progress, TrainingEvent

ROOT = Path(__file__).parents[2]


def test_the_rehearsal_goes_as_far_as_an_update() -> None:
    config = RunConfig.from_flat(REHEARSAL)
    events: list[TrainingEvent] = []

    load_training()(config, load_dataset(config.data).train, events.append).run(lambda: False)

    assert [event.updates for event in events if isinstance(event, Progress)] == [0, 1]


def test_the_rehearsal_ends_by_itself_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    rehearsal = Rehearsal()
    with caplog.at_level(logging.INFO):
        rehearsal.start()
        assert rehearsal.stop(TIMEOUT_S)

    assert rehearsal._thread.name == "rehearsal"
    assert [entry.getMessage() for entry in caplog.records if entry.threadName == "rehearsal"] == []


@pytest.mark.parametrize("library", ["torch", "numba", "scipy", "arch"])
def test_the_server_starts_without_what_takes_seconds_to_load(library: str) -> None:
    program = f"import sys, web_app; sys.exit({library!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
