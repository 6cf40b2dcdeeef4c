"""What tests of runs share: small real configurations, a listener to wait on, and hand-made events."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from market.episode import EpisodeSeries
from runs import live_run
from runs.events import (
    CheckpointSaved,
    Envelope,
    PolicyEvaluated,
    RunEvent,
    RunProgress,
    RunStatus,
    RunStatusChanged,
    SaveReason,
)
from runs.run import Run, new_run
from runs.store.database import DATABASE_NAME
from training.config import RunConfig
from training.events import EpisodeFinished, GateOpened, Progress
from warmup_gate import Phase

TIMEOUT_S = 180.0
ENDLESS = 10_000_000

SMALL: dict[str, Any] = {
    "dataset": "synthetic",
    "synthetic_bars": 500,
    "episode_bars": 20,
    "no_trading_warmup_steps": 50,  # the gate opens inside episode 3
    "total_steps": 90,
    "hidden_units": 4,
    "hidden_layers": 1,
    "batch_size": 4,
}
BLOWS_UP: dict[str, Any] = SMALL | {  # alpha grows tenfold every 23 updates until the critic's target overflows
    "total_steps": 1_000,
    "learning_rate": 0.1,
    "initial_alpha": 100.0,
    "target_entropy": 100.0,
    "updates_per_step": 16,
}

RUN_ID = "20261123-051200-k3f9"
BOOT_ID = "boot-1"
START = datetime(2026, 11, 23, 5, 12, 0, 123456, tzinfo=UTC)


def small_config(**changes: Any) -> RunConfig:
    return RunConfig.from_flat(SMALL | changes)


def run_before_its_first_event(**changes: Any) -> Run:
    return new_run(RUN_ID, BOOT_ID, small_config(**changes), START)


def envelope(sequence: int, event: RunEvent) -> Envelope:
    """Stamped `sequence` seconds after the start."""
    return Envelope(RUN_ID, BOOT_ID, sequence, START + timedelta(seconds=sequence), event)


def progress(step: int, phase: Phase = Phase.LEARNING, **changes: Any) -> Progress:
    figures: dict[str, Any] = {
        "step": step,
        "total_steps": 90,
        "episode": 1,
        "episode_step": step,
        "phase": phase,
        "steps_until_open": 0,
        "buffer_size": step,
        "updates": 2 * step,
        "updates_while_gated": 0,
        "equity": 100_000.0,
        "position": 0.5,
        "alpha": 0.25,
    }
    return Progress(**figures | changes)


def run_progress(step: int, steps_per_s: float | None = 10.0, **changes: Any) -> RunProgress:
    """A step a second."""
    return RunProgress(progress(step, **changes), buffer_capacity=200_000, active_s=step, steps_per_s=steps_per_s)


def gate_opened() -> GateOpened:
    return GateOpened(50, 3, 11, 0, "same", "same")


def episode_finished(
    episode: int, steps: int = 3, *, truncated: bool = True, **metrics: float | None
) -> EpisodeFinished:
    return EpisodeFinished(
        episode=episode,
        steps=steps,
        first_step=(episode - 1) * steps,
        phase=Phase.LEARNING,
        gated_steps=1,
        terminated=False,
        truncated=truncated,
        metrics={"reward": 1.5, "sharpe": None, "trades": 2, **metrics},
        series=episode_series(steps),
    )


def checkpoint_saved(step: int, episodes: int = 1, judged: Iterable[int] = ()) -> CheckpointSaved:
    return CheckpointSaved(
        step, episodes, SaveReason.EPISODE, "a" * 64, 5_000_000_000, run_progress(step, None), frozenset(judged)
    )


def policy_evaluated(number: int, step: int, sharpe: float | None, window: str = "validation") -> PolicyEvaluated:
    figures = {"window": window, "policy": {"metrics": {"sharpe": sharpe}}}
    return PolicyEvaluated(number, number, step, figures, episode_series(3))


def episode_series(steps: int) -> EpisodeSeries:
    """Numbers that a lossy format would change."""
    column = np.linspace(0.1, 1 / 3, steps + 1)
    return EpisodeSeries(
        time_ms=np.arange(steps + 1, dtype=np.int64) * 86_400_000,
        price=100 + column,
        fill_price=100 - column,
        action=column,
        position=-column,
        equity=np.nextafter(100_000 * (1 + column), np.inf),
        traded=np.where(np.arange(steps + 1) % 2, 1e-300, 0.0),
        costs=column / 7,
        reward=column - 0.2,
        gated=np.arange(steps + 1) < 2,
    )


@contextmanager
def without_table(data_dir: Path, name: str) -> Iterator[None]:
    """Whatever needs this table of the database fails meanwhile."""

    def rename(name: str, to: str) -> None:
        with closing(sqlite3.connect(data_dir / DATABASE_NAME)) as connection:
            connection.execute(f"ALTER TABLE {name} RENAME TO {to}")

    rename(name, f"{name}_away")
    try:
        yield
    finally:
        rename(f"{name}_away", name)


class Heard:
    """A listener that keeps what it hears and lets a test wait for it."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.runs: list[Run] = []
        self._changed = threading.Condition()
        self._holds: Callable[[], bool] = bool

    def __call__(self, envelope: Envelope, run: Run) -> None:
        with self._changed:
            self.envelopes.append(envelope)
            self.runs.append(run)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._holds(), TIMEOUT_S)

    @contextmanager
    def holding_after(self, count: int, *kinds: type[RunEvent]) -> Iterator[None]:
        """Once there were so many events no other is delivered before the end of this block: however slow its thread
        is, training comes `EPISODES_IN_FLIGHT` episodes further at most. Commands do not wait for their events in it.
        """
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(live_run, "OBEY_TIMEOUT_S", 0.0)
            self._holds = lambda: len(self.events(*kinds)) >= count
            try:
                yield
            finally:
                with self._changed:
                    self._holds = bool
                    self._changed.notify_all()

    @property
    def sequences(self) -> list[int]:
        return [heard.sequence for heard in self.envelopes]

    def events(self, *kinds: type[RunEvent]) -> list[Any]:
        return [heard.event for heard in self.envelopes if isinstance(heard.event, kinds)]

    def wait_for_events(self, count: int, *kinds: type[RunEvent]) -> list[Any]:
        self._wait(lambda: len(self.events(*kinds)) >= count)
        return self.events(*kinds)

    def wait_for_status(self, status: RunStatus) -> Run:
        self._wait(lambda: RunStatusChanged(status) in _without_reasons(self.events(RunStatusChanged)))
        return next(run for run in self.runs if run.status is status)

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """`is_true` is asked after each event."""
        self._wait(is_true)

    def runs_within(self, seconds: float) -> list[Run]:
        """Every run shown from now on."""
        with self._changed:
            count = len(self.runs)
            self._changed.wait_for(lambda: False, seconds)
            return self.runs[count:]

    def _wait(self, is_true: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(is_true, TIMEOUT_S), f"heard only {self.sequences}"


def _without_reasons(changes: list[RunStatusChanged]) -> list[RunStatusChanged]:
    return [RunStatusChanged(change.status) for change in changes]
