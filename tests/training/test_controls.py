"""Controls of the whole product: it finds an edge that is there, and none where there is none."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from market.data import MarketData
from market.datasets import DatasetSplits, split
from market.features import TrainStatistics
from market.metrics import probabilistic_sharpe, sharpe
from training.config import RunConfig
from training.events import PolicyReady, TrainingEvent
from training.loop import train
from training.rollout import Variant, roll_out

pytestmark = pytest.mark.slow

WALKS = 6
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
    """Log returns r' = persistence * r + noise of 1 %: tomorrow's direction is known in part, or not at all at 0."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(0.0, 0.01, bars)
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


def equity_on_unseen_bars(splits: DatasetSplits, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    config = RunConfig.from_flat(SMALL | {"seed": seed})
    events: list[TrainingEvent] = []
    train(config, splits.train, events.append)
    final = next(event for event in events if isinstance(event, PolicyReady) and event.is_final)
    statistics = TrainStatistics.fit(splits.train)
    (series,) = roll_out(final.policy, splits.test, config.environment, statistics, (Variant("only"),)).values()
    return series.equity


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_edge_is_found(seed: int) -> None:
    ratio = sharpe(equity_on_unseen_bars(autoregressive_market(seed, persistence=0.4), seed), 252.0)
    assert ratio is not None
    assert ratio > 2.0


def test_nothing_is_found_in_random_walks_beyond_chance() -> None:
    """At the 5 % level, two or more false finds among six walks have a chance of 3 %."""
    walks = [autoregressive_market(100 + seed, persistence=0.0) for seed in range(WALKS)]
    doubts = [probabilistic_sharpe(equity_on_unseen_bars(walk, seed), 252.0) or 0.0 for seed, walk in enumerate(walks)]
    assert sum(probability > 0.95 for probability in doubts) <= 1
