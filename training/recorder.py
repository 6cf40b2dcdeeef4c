"""Collects one episode step by step and closes it into series and metrics."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.episode import EpisodeSeries
from training.events import EpisodeFinished
from training.finite import require_finite
from training.metrics import METRICS, EpisodeRecord
from warmup_gate import GateDecision, Phase

_FROM_INFO = ("time_ms", "price", "fill_price", "position", "equity", "traded", "costs")
_TYPES = {"time_ms": np.int64, "gated": np.bool_}  # the other columns are float64
_ROW = np.dtype([(column.name, _TYPES.get(column.name, np.float64)) for column in fields(EpisodeSeries)])


class EpisodeRecorder:
    """One episode in the making: row 0 from `reset`, then one row a step."""

    def __init__(self, episode: int, first_step: int, reset_info: Mapping[str, Any]) -> None:
        self.episode = episode
        self.first_step = first_step
        self._columns: dict[str, list[Any]] = {name: [reset_info[name]] for name in _FROM_INFO}
        self._columns |= {"action": [0.0], "reward": [0.0], "gated": [False]}
        self._learner_sums: defaultdict[str, float] = defaultdict(float)
        self._updates = 0
        self._phase = Phase.WARMUP
        self._terminated = False
        self._truncated = False

    @classmethod
    def restored(cls, state: Mapping[str, Any], rows: NDArray[np.void]) -> "EpisodeRecorder":
        """The recorder that `state` and `rows` were taken from."""
        recorder = cls(state["episode"], state["first_step"], {name: rows[name][0].item() for name in _FROM_INFO})
        recorder._columns = {name: rows[name].tolist() for name in _ROW.names or ()}
        recorder._learner_sums.update(state["learner_sums"])
        recorder._updates = state["updates"]
        recorder._phase = Phase(state["phase"])
        return recorder

    def state(self) -> dict[str, Any]:
        """Everything but the rows, JSON-ready."""
        return {
            "episode": self.episode,
            "first_step": self.first_step,
            "learner_sums": dict(self._learner_sums),
            "updates": self._updates,
            "phase": self._phase.value,
        }

    def rows(self) -> NDArray[np.void]:
        """The rows so far, `(steps + 1,)`, with the columns of `EpisodeSeries` as fields."""
        rows = np.empty(self.steps + 1, _ROW)
        for name, values in self._columns.items():
            rows[name] = values
        return rows

    @property
    def steps(self) -> int:
        return len(self._columns["reward"]) - 1

    def add_step(
        self, info: Mapping[str, Any], reward: float, decision: GateDecision, terminated: bool, truncated: bool
    ) -> None:
        for name in _FROM_INFO:
            self._columns[name].append(info[name])
        self._columns["action"].append(float(info["executed_action"][0]))
        self._columns["reward"].append(reward)
        self._columns["gated"].append(decision.is_gated)
        self._phase = decision.phase
        self._terminated = terminated
        self._truncated = truncated

    def add_update(self, figures: Mapping[str, float]) -> None:
        self._updates += 1
        for name, value in figures.items():
            self._learner_sums[name] += value

    def finish(
        self,
        *,
        bars_per_year: float,
        alpha: float,
        updates: int,
        updates_while_gated: int,
    ) -> EpisodeFinished:
        """Close the episode after at least one step; alpha and the counts are the run's so far.

        Raises:
            NonFiniteError: a metric is neither finite nor undefined.
        """
        series = EpisodeSeries(**{name: np.asarray(values) for name, values in self._columns.items()})
        record = EpisodeRecord(
            series=series,
            bars_per_year=bars_per_year,
            alpha=alpha,
            updates=updates,
            updates_while_gated=updates_while_gated,
            learner={name: total / self._updates for name, total in self._learner_sums.items()},
        )
        metrics = {entry.name: entry.item.compute(record) for entry in METRICS}
        require_finite(self.first_step + series.steps, metrics)
        return EpisodeFinished(
            episode=self.episode,
            steps=series.steps,
            first_step=self.first_step,
            phase=self._phase,
            gated_steps=int(series.gated.sum()),
            terminated=self._terminated,
            truncated=self._truncated,
            metrics=metrics,
            series=series,
        )
