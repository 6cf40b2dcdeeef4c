"""Runs that have ended before the server starts, for tests that only look at them."""

from pathlib import Path

from runs.controller import RunController
from tests.browser.dashboard import SMALL
from training.config import RunConfig

TIMEOUT_S = 120.0


def record_runs(data_dir: Path, *settings: dict[str, object]) -> list[str]:
    """The ids of one run for each of `settings`, in order: short, but past its gate and evaluated."""
    controller = RunController(data_dir)
    try:
        return [_record(controller, RunConfig.from_flat(SMALL | {"total_steps": 1200} | own)) for own in settings]
    finally:
        controller.close()


def label_run(data_dir: Path, run_id: str, name: str, tags: list[str], notes: str) -> None:
    controller = RunController(data_dir)
    controller.write_label(run_id, name=name, tags=tags, notes=notes)
    controller.close()


def _record(controller: RunController, config: RunConfig) -> str:
    run = controller.start(config)
    assert controller.wait(TIMEOUT_S), f"{run.run_id} did not end in time"
    return run.run_id
