"""Collects one episode step by step and closes it into series and metrics."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from market.episode import EpisodeSeries
from training.events import EpisodeFinished
from training.finite import require_finite
from training.metrics import METRICS, EpisodeRecord
from warmup_gate import GateDecision, Phase

_FROM_INFO = ("time_ms", "price", "fill_price", "position", "equity", "traded", "costs")


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

    @property
    def steps(self) -> int:
        return len(self._columns["reward"]) - 1

    def add_step(self, info: Mapping[str, Any], reward: float, decision: GateDecision) -> None:
        for name in _FROM_INFO:
            self._columns[name].append(info[name])
        self._columns["action"].append(float(info["executed_action"][0]))
        self._columns["reward"].append(reward)
        self._columns["gated"].append(decision.is_gated)
        self._phase = decision.phase

    def add_update(self, figures: Mapping[str, float]) -> None:
        self._updates += 1
        for name, value in figures.items():
            self._learner_sums[name] += value

    def finish(
        self,
        *,
        terminated: bool,
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
            terminated=terminated,
            metrics=metrics,
            series=series,
        )
