"""All that a run leaves behind, to compare runs to the bit."""

import json
from typing import Any

from market.episode import trades_of
from runs.checkpoints.format import STATE
from runs.controller import CHECKPOINTS, RunController
from runs.events import RunStatus
from runs.run import Run
from tests.runs.helpers import TIMEOUT_S


def everything(controller: RunController, run_id: str) -> dict[str, Any]:
    """All that a run has learned and done: its episodes to the last number, its trades, its networks, its replay."""
    episodes = [controller.episode(run_id, summary.episode) for summary in controller.episodes(run_id).episodes]
    last = controller.data_dir / CHECKPOINTS / run_id / str(controller.checkpoints(run_id)[-1].step)
    return {
        "metrics": [dict(summary.metrics) for summary, _ in episodes],
        "steps": [(summary.episode, summary.first_step, summary.steps) for summary, _ in episodes],
        "series": [[column.tobytes() for column in series.columns().values()] for _, series in episodes],
        "trades": [trades_of(series) for _, series in episodes],
        "state": json.loads((last / STATE).read_text())["state"],
        "files": {path.name: path.read_bytes() for path in sorted(last.glob("*")) if path.name != STATE},
    }


def finish(controller: RunController, run: Run) -> dict[str, Any]:
    assert controller.wait(TIMEOUT_S)
    assert controller.run(run.run_id).status is RunStatus.FINISHED, controller.run(run.run_id).reason
    return everything(controller, run.run_id)


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        assert found[name] == value, name
