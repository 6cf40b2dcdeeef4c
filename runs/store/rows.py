"""Runs and episodes as database rows and back. Knows no query and no connection."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from runs.events import NoticeLevel, PlannedChange, RunProgress, RunStatus
from runs.run import AppliedChange, DatedNotice, Parent, Run, gate_of
from runs.summaries import EpisodeSummary
from training.events import GateOpened, Progress
from training.metrics import METRICS
from warmup_gate import Phase

Values = dict[str, Any]


def run_values(run: Run) -> Values:
    """The row of table `run`, but for `updated_at`, which the last event sets."""
    return {
        "run_id": run.run_id,
        "status": run.status.value,
        "reason": run.reason,
        "created_at": run.created_at,
        "ended_at": run.ended_at,
        "config": dict(run.config),
        "warnings": list(run.warnings),
        "boot_id": run.boot_id,
        "sequence": run.sequence,
        "episodes": run.episodes,
        "last_reward": _finite(run.last_reward),
        "progress": progress_values(run.progress),
        "gate_opened": None if run.gate.opened is None else asdict(run.gate.opened),
        "parent_run_id": None if run.parent is None else run.parent.run_id,
        "parent_step": None if run.parent is None else run.parent.step,
        "rewinds": run.rewinds,
        "checkpoint_step": run.checkpoint_step,
        "changes": [asdict(change) | {"time": change.time.isoformat()} for change in run.changes],
        "pending_changes": [asdict(change) for change in run.pending_changes],
    }


def run_of(row: Row[Any], notices: Iterable[Row[Any]]) -> Run:
    """The inverse of `run_values`; speed and time left are of the moment and are not stored."""
    return Run(
        run_id=row.run_id,
        status=RunStatus(row.status),
        reason=row.reason,
        created_at=row.created_at,
        ended_at=row.ended_at,
        config=row.config,
        warnings=tuple(row.warnings),
        sequence=row.sequence,
        boot_id=row.boot_id,
        notices=tuple(DatedNotice(given.time, NoticeLevel(given.level), given.text) for given in notices),
        progress=progress_of(row.progress),
        gate=gate_of(row.config, None if row.gate_opened is None else GateOpened(**row.gate_opened)),
        episodes=row.episodes,
        last_reward=row.last_reward,
        parent=None if row.parent_run_id is None else Parent(row.parent_run_id, row.parent_step),
        rewinds=row.rewinds,
        checkpoint_step=row.checkpoint_step,
        changes=tuple(_change_of(values) for values in row.changes),
        pending_changes=tuple(PlannedChange(**values) for values in row.pending_changes),
    )


def _change_of(values: Values) -> AppliedChange:
    return AppliedChange(**values | {"time": datetime.fromisoformat(values["time"])})


def notice_values(run_id: str, number: int, notice: DatedNotice) -> Values:
    return {"run_id": run_id, "number": number, **asdict(notice), "level": notice.level.value}


def episode_values(run_id: str, summary: EpisodeSummary) -> Values:
    values = asdict(summary) | {"run_id": run_id}
    del values["metrics"]
    return values


def metric_values(run_id: str, summary: EpisodeSummary) -> list[Values]:
    return [
        {"run_id": run_id, "episode": summary.episode, "metric": name, "value": _finite(value)}
        for name, value in summary.metrics.items()
    ]


def episode_of(row: Row[Any], metrics: Mapping[str, float | None]) -> EpisodeSummary:
    return EpisodeSummary(
        episode=row.episode,
        sequence=row.sequence,
        ended_at=row.ended_at,
        steps=row.steps,
        first_step=row.first_step,
        phase=row.phase,
        gated_steps=row.gated_steps,
        terminated=row.terminated,
        truncated=row.truncated,
        metrics=metrics,
    )


def metric_of(name: str, value: float | None) -> float | None:
    """A stored figure; counts come back as whole numbers."""
    is_count = name in METRICS and METRICS[name].is_count
    return int(value) if value is not None and is_count else value


def progress_values(progress: RunProgress | None) -> Values | None:
    if progress is None:
        return None
    values = {name: _finite(value) for name, value in asdict(progress.progress).items()}
    own = {"buffer_capacity": progress.buffer_capacity, "active_s": progress.active_s}
    return values | {"phase": progress.progress.phase.value} | own


def progress_of(values: Mapping[str, Any] | None) -> RunProgress | None:
    if values is None:
        return None
    own = dict(values)
    buffer_capacity, active_s = own.pop("buffer_capacity"), own.pop("active_s", None)  # earlier versions had no time
    return RunProgress(Progress(**own | {"phase": Phase(own["phase"])}), buffer_capacity, active_s, steps_per_s=None)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
