"""Controls of the whole product: it finds an edge that is there, and none where there is none."""

from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest

from market.baselines import BASELINES, settle
from market.data import Column, MarketData
from market.datasets import TEST, DatasetSplits, split
from market.episode import EpisodeSeries
from market.features import TrainStatistics
from market.metrics import sharpe, simple_returns
from tests.foresight import foresight
from training.config import RunConfig
from training.evaluation import POLICY, SHUFFLED, Evaluation, Judge, settlement
from training.events import PolicyReady, TrainingEvent
from training.loop import train

pytestmark = pytest.mark.slow

WALKS = 6
LEVEL = 0.01  # one-sided, of all contestants together: Bonferroni over policy and baselines, flat left out
CONTESTANTS = {POLICY, SHUFFLED, *BASELINES.names()} - {"flat"}
HURDLE = NormalDist().inv_cdf(1.0 - LEVEL / len(CONTESTANTS))
VOLATILITY = 0.01  # of a bar
SMALL: dict[str, Any] = {
    "total_steps": 4_000,
    "no_trading_warmup_steps": 1_000,
    "warmup_strategy": "random_actions",
    "hidden_units": 32,
    "batch_size": 64,
    "updates_per_step": 1,
    "initial_alpha": 0.1,
}


def autoregressive_market(seed: int, persistence: float, bars: int = 3_000) -> DatasetSplits:
    """Log returns r' = persistence * r + noise: tomorrow's direction is known in part, or not at all at 0.

    At 0 the price is a martingale: the noise has the mean that makes holding it worth nothing.
    """
    rng = np.random.default_rng(seed)
    returns = rng.normal(-(VOLATILITY**2) / 2.0, VOLATILITY, bars)
    for bar in range(1, bars):
        returns[bar] += persistence * returns[bar - 1]
    close = 100.0 * np.exp(np.cumsum(returns))
    opening = np.r_[100.0, close[:-1]]
    frame = pd.DataFrame(
        {
            "open": opening,
            "high": np.maximum(opening, close),
            "low": np.minimum(opening, close),
            "close": close,
            "volume": 1e6,
        },
        index=pd.bdate_range("1990-01-01", periods=bars),
    )
    return split(MarketData.from_frame(frame), bars * 6 // 10, bars * 8 // 10)


def judged(splits: DatasetSplits, config: RunConfig) -> Evaluation:
    """Train an agent and evaluate it on bars that it has not seen."""
    events: list[TrainingEvent] = []
    train(config, splits.train, events.append)
    final = next(event for event in events if isinstance(event, PolicyReady) and event.is_final)
    return Judge(splits.test, config.environment, TrainStatistics.fit(splits.train), window=TEST).evaluate(final.policy)


def curves(evaluation: Evaluation) -> dict[str, EpisodeSeries]:
    return {one.name: one.series for one in (evaluation.policy, *evaluation.baselines)}


def score(equities: Iterable[Column]) -> float:
    """Standard score of the mean return of all bars after costs, against flat, which earns nothing."""
    returns = np.concatenate([simple_returns(equity) for equity in equities])
    return float(returns.mean() / returns.std() * np.sqrt(len(returns)))


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_edge_is_found_and_perfect_foresight_stays_out_of_reach(seed: int) -> None:
    splits, config = autoregressive_market(seed, persistence=0.4), RunConfig.from_flat(SMALL | {"seed": seed})
    equity = judged(splits, config).policy.series.equity
    environment = config.environment
    positions = {"foresight": foresight(splits.test, environment.fill_mode)}
    bound = settle(splits.test, settlement(splits.test, environment), positions)["foresight"].equity

    assert (sharpe(equity, 252.0) or 0.0) > 2.0
    assert score([equity]) > HURDLE  # what the null control must not find, it does find here
    assert len(equity) == len(bound)
    assert equity[0] == bound[0]
    assert equity[-1] < bound[-1]
    assert (sharpe(equity, 252.0) or 0.0) < (sharpe(bound, 252.0) or 0.0)


def test_in_random_walks_neither_agents_nor_baselines_beat_flat_beyond_chance() -> None:
    evaluations = [
        judged(autoregressive_market(100 + seed, persistence=0.0), RunConfig.from_flat(SMALL | {"seed": seed}))
        for seed in range(WALKS)
    ]
    by_walk = [curves(evaluation) for evaluation in evaluations]
    scores = {name: score(series[name].equity for series in by_walk) for name in CONTESTANTS}

    assert all((evaluation.policy.metrics["turnover"] or 0.0) > 0.0 for evaluation in evaluations)  # they did trade
    assert {name: value for name, value in scores.items() if value > HURDLE} == {}
