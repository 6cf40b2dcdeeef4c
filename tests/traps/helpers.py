"""What the tests of the traps share: an environment without costs, bars of given prices, and a walk through both."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from market.data import MarketData
from market.datasets import synthetic_bars
from market.features import LOOKBACK
from trading_env import TradingConfig, TradingEnv

FREE: dict[str, Any] = {
    "no_trading_warmup_steps": 0,
    "fee_bps": 0.0,
    "half_spread_bps": 0.0,
    "slippage_bps": 0.0,
    "borrow_rate_pct": 0.0,
    "financing_rate_pct": 0.0,
    "no_trade_band": 0.0,
}

ACCOUNT = ("equity", "position", "costs", "traded")  # money in the info of a step

Step = tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]


def action(value: float) -> NDArray[np.float32]:
    return np.array([value], np.float32)


def env_on(bars: MarketData | pd.DataFrame, **changes: Any) -> TradingEnv:
    return TradingEnv(bars, TradingConfig(**(FREE | changes)))


def walk(env: TradingEnv, actions: list[float], seed: int = 0) -> list[Step]:
    env.reset(seed=seed)
    return [env.step(action(value)) for value in actions]


def equities(steps: list[Step]) -> list[float]:
    return [step[4]["equity"] for step in steps]


def bars_with(prices: list[float]) -> pd.DataFrame:
    """Feature history at the first price, then one bar a price that opens and closes there."""
    bars = synthetic_bars(0, LOOKBACK + len(prices))
    column = np.r_[[prices[0]] * LOOKBACK, prices]
    bars["open"] = bars["high"] = bars["low"] = bars["close"] = column
    return bars


def uniform(count: int, seed: int = 0) -> list[float]:
    values: list[float] = np.random.default_rng(seed).uniform(-1.0, 1.0, count).tolist()
    return values
