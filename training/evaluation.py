"""How a frozen policy does on bars it has never seen: beside baselines, at several costs, with its uncertainty.

Importing it takes seconds (`market.statistics` does), so the server imports it where it evaluates, not at its start.
Knows no thread and no storage; the training environment is never touched.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from market.baselines import BASELINES, Settlement, baseline_positions, positions_of, settle, shuffled
from market.data import Column, MarketData
from market.episode import EpisodeSeries
from market.features import TrainStatistics
from market.statistics import Comparison, compare, superior_ability
from trading_env import TradingConfig
from training.evaluation_metrics import Curve, evaluation_metrics
from training.rollout import Act, roll_out

POLICY = "policy"
SHUFFLED = "shuffled_policy"
BENCHMARKS = ("buy_and_hold", "vol_target")  # what the policy's difference is tested against


@dataclass(frozen=True, slots=True)
class Contestant:
    """One equity curve on the window: the policy, a variant of it, or a baseline."""

    name: str
    label: str
    metrics: Mapping[str, float | None]
    series: EpisodeSeries


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A policy on one window. `trials` is how many policies the deflated Sharpe ratio says were tried."""

    window: str
    fill_mode: str
    bars_per_year: float
    trials: int
    policy: Contestant
    variants: tuple[Contestant, ...]  # the same policy at other costs, or late
    baselines: tuple[Contestant, ...]  # on the same bars and account, the policy's own actions shuffled among them
    comparisons: Mapping[str, Comparison | None]  # policy minus benchmark, by the benchmark's name
    superior_ability: float | None  # p-value that no strategy here beats buy & hold


class Judge:
    """Evaluates policies on the bars of one window. What no policy changes, the baselines, is settled once.

    The same seed gives the same evaluations, in any order.
    """

    def __init__(
        self, data: MarketData, config: TradingConfig, statistics: TrainStatistics, *, window: str, seed: int = 0
    ) -> None:
        """Raises DataError: too few bars."""
        self._data = data
        self._config = config
        self._statistics = statistics
        self._window = window
        of_baselines, self._of_policies = np.random.SeedSequence(seed).spawn(2)
        positions = baseline_positions(data, np.random.default_rng(of_baselines))
        self._baselines = self._settled(positions, {entry.name: entry.item.label for entry in BASELINES})

    def evaluate(self, act: Act, *, trials: int = 1, check: Callable[[], None] = lambda: None) -> Evaluation:
        """Run the policy over the window's bars and compare it with every baseline.

        `check` is called between the pieces of it and may raise to give it up.
        """
        data, config = self._data, self._config
        rng = np.random.default_rng(self._of_policies)
        rollout = roll_out(act, data, config, self._statistics)
        own, *others = (_contestant(name, name, series, data, trials) for name, series in rollout.items())
        policy = Contestant(POLICY, "Policy", own.metrics, own.series)
        baselines = (*self._baselines, self._shuffled(policy, rng))
        check()
        curves = {baseline.name: baseline.series.equity for baseline in baselines}
        comparisons: dict[str, Comparison | None] = {}
        for name in BENCHMARKS:
            comparisons[name] = compare(policy.series.equity, curves[name], data.bars_per_year, rng)
            check()
        benchmark = curves.pop(BENCHMARKS[0])
        return Evaluation(
            window=self._window,
            fill_mode=config.fill_mode,
            bars_per_year=data.bars_per_year,
            trials=trials,
            policy=policy,
            variants=tuple(others),
            baselines=baselines,
            comparisons=comparisons,
            superior_ability=superior_ability({POLICY: policy.series.equity, **curves}, benchmark, rng),
        )

    def _shuffled(self, policy: Contestant, rng: np.random.Generator) -> Contestant:
        config, actions = self._config, policy.series.action[1:]
        targets = np.where(actions > 0.0, actions * config.max_long, actions * config.max_short)
        positions = positions_of(self._data, shuffled(targets, rng))
        (contestant,) = self._settled({SHUFFLED: positions}, {SHUFFLED: "Policy, shuffled"})
        return contestant

    def _settled(self, positions: Mapping[str, Column], labels: Mapping[str, str]) -> tuple[Contestant, ...]:
        data = self._data
        settled = settle(data, settlement(data, self._config), positions)
        return tuple(_contestant(name, labels[name], series, data, trials=1) for name, series in settled.items())


def settlement(data: MarketData, config: TradingConfig) -> Settlement:
    """The account that the environment itself would use."""
    return Settlement(
        terms=config.terms(data.bars_per_year),
        fill_mode=config.fill_mode,
        initial_equity=config.initial_equity,
        ruin_equity=config.ruin_equity,
        max_long=config.max_long,
        max_short=config.max_short,
    )


def _contestant(name: str, label: str, series: EpisodeSeries, data: MarketData, trials: int) -> Contestant:
    metrics = evaluation_metrics(Curve(series, data.bars_per_year, trials))
    return Contestant(name, label, metrics, series)


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """Everything but the series, JSON-ready, as it is stored, sent and shown."""

    def shown(contestant: Contestant) -> dict[str, Any]:
        return {"name": contestant.name, "label": contestant.label, "metrics": dict(contestant.metrics)}

    return {
        "window": evaluation.window,
        "fill_mode": evaluation.fill_mode,
        "trials": evaluation.trials,
        "policy": shown(evaluation.policy),
        "variants": [shown(variant) for variant in evaluation.variants],
        "baselines": [shown(baseline) for baseline in evaluation.baselines],
        "comparisons": {
            name: None if comparison is None else asdict(comparison)
            for name, comparison in evaluation.comparisons.items()
        },
        "superior_ability": evaluation.superior_ability,
    }
