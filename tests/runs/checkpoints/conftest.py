"""Fixtures for tests of checkpoints: the run that all others are compared with, and a restart."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runs.controller import RunController
from tests.runs.checkpoints.comparison import finish
from tests.runs.checkpoints.stopped import CONFIG


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run of `CONFIG` that was never interrupted, and always had room."""
    controller = RunController(tmp_path_factory.mktemp("whole"))
    found = finish(controller, controller.start(CONFIG))
    controller.close()
    return found


@pytest.fixture
def restarted(controller: RunController, tmp_path: Path) -> Iterator[Callable[[], RunController]]:
    """Ends the controller and begins another one on the same folder."""
    others: list[RunController] = []

    def restart() -> RunController:
        for old in (controller, *others):
            old.close()
        others.append(RunController(tmp_path))
        return others[-1]

    yield restart
    for other in others:
        other.close()
