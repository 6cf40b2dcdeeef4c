"""Fixtures for tests of runs: a controller on a folder of its own, and the listener it reports to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runs.controller import RunController
from tests.runs.helpers import Heard


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def controller(tmp_path: Path, heard: Heard) -> Iterator[RunController]:
    controller = RunController(tmp_path)
    controller.subscribe(heard)
    yield controller
    controller.close()
