"""How a frozen policy does on bars it has never seen: beside baselines, at several costs, with its uncertainty.

Importing it takes seconds (`market.statistics` does), so the server imports it where it evaluates, not at its start.
Knows no thread and no storage; the training environment is never touched.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from market.baselines import BASELINES, Settlement, baseline_positions, positions_of, settle, shuffled
from market.data import MarketData
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


def evaluate(
    act: Act,
    data: MarketData,
    config: TradingConfig,
    statistics: TrainStatistics,
    *,
    window: str,
    trials: int = 1,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Run the policy and every baseline over the window's bars and compare them.

    The same seed gives the same evaluation. `check` is called between its pieces and may raise to give it up.

    Raises:
        DataError: too few bars.
    """
    rng = np.random.default_rng(seed)
    rollout = roll_out(act, data, config, statistics)
    own, *others = (_contestant(name, name, series, data, trials) for name, series in rollout.items())
    policy = Contestant(POLICY, "Policy", own.metrics, own.series)
    baselines = _baselines(policy, data, config, rng)
    check()
    curves = {baseline.name: baseline.series.equity for baseline in baselines}
    comparisons: dict[str, Comparison | None] = {}
    for name in BENCHMARKS:
        comparisons[name] = compare(policy.series.equity, curves[name], data.bars_per_year, rng)
        check()
    benchmark = curves.pop(BENCHMARKS[0])
    return Evaluation(
        window=window,
        fill_mode=config.fill_mode,
        bars_per_year=data.bars_per_year,
        trials=trials,
        policy=policy,
        variants=tuple(others),
        baselines=tuple(baselines),
        comparisons=comparisons,
        superior_ability=superior_ability({POLICY: policy.series.equity, **curves}, benchmark, rng),
    )


def _baselines(
    policy: Contestant, data: MarketData, config: TradingConfig, rng: np.random.Generator
) -> list[Contestant]:
    positions = baseline_positions(data, rng)
    actions = policy.series.action[1:]
    targets = np.where(actions > 0.0, actions * config.max_long, actions * config.max_short)
    positions[SHUFFLED] = positions_of(data, shuffled(targets, rng))
    settled = settle(data, settlement(data, config), positions)
    labels = {entry.name: entry.item.label for entry in BASELINES} | {SHUFFLED: "Policy, shuffled"}
    return [_contestant(name, labels[name], series, data, trials=1) for name, series in settled.items()]


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
