"""Runs a frozen policy over bars it does not learn from, at several cost levels at once.

Evaluation never forces an action and never touches the training environment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.data import MarketData
from market.episode import EpisodeSeries
from market.features import TrainStatistics
from market.fills import FILL_MODES
from trading_env import TradingConfig
from trading_vector_env import TradingVectorEnv

_WHILE_ALIVE = ("position", "traded", "costs")  # 0 after ruin

Act = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of running the same policy: costs multiplied, or every action executed a bar late."""

    name: str
    cost_multiplier: float = 1.0
    delay_bars: int = 0


VARIANTS = (
    Variant("as configured"),
    Variant("no costs", cost_multiplier=0.0),
    Variant("double costs", cost_multiplier=2.0),
    Variant("fivefold costs", cost_multiplier=5.0),
    Variant("one bar late", delay_bars=1),
)


def roll_out(
    act: Act,
    data: MarketData,
    config: TradingConfig,
    statistics: TrainStatistics,
    variants: tuple[Variant, ...] = VARIANTS,
) -> dict[str, EpisodeSeries]:
    """The series of every variant by name: one pass over the window; a ruined account stays as it was then, flat.

    `act` maps observations `(variants, observation)` to actions `(variants, 1)`.
    """
    env = TradingVectorEnv(
        data,
        config.for_evaluation(),
        statistics,
        num_envs=len(variants),
        cost_multipliers=[variant.cost_multiplier for variant in variants],
    )
    count, steps = len(variants), env.steps_per_episode
    delays = np.array([variant.delay_bars for variant in variants])
    longest = int(delays.max())
    wanted = np.zeros((longest + steps, count, 1), np.float32)  # nothing is wanted before the first bar
    table = {name: np.zeros((steps + 1, count)) for name in ("action", "equity", "reward", *_WHILE_ALIVE)}
    observations, info = env.reset(seed=0)
    table["equity"][0] = info["equity"]
    is_alive = np.ones(count, np.bool_)
    for step in range(steps):
        wanted[longest + step] = act(observations)
        executed = wanted[longest + step - delays, np.arange(count)]
        observations, reward, terminated, _, info = env.step(executed)
        row = {name: info[name] for name in _WHILE_ALIVE} | {"action": executed[:, 0], "reward": reward}
        for name, values in row.items():
            table[name][step + 1] = np.where(is_alive, values, 0.0)
        table["equity"][step + 1] = np.where(is_alive, info["equity"], table["equity"][step])
        is_alive &= ~terminated
    first = env.first_row
    shared: dict[str, Any] = {
        "time_ms": data.time[first:].astype(np.int64),
        "price": data.close[first:],
        "fill_price": np.concatenate([data.close[first : first + 1], FILL_MODES[config.fill_mode](data)[first:]]),
        "gated": np.zeros(steps + 1, np.bool_),
    }
    return {variant.name: _column(table, index, shared) for index, variant in enumerate(variants)}


def _column(table: dict[str, NDArray[np.float64]], index: int, shared: dict[str, Any]) -> EpisodeSeries:
    own: dict[str, Any] = {name: values[:, index] for name, values in table.items()}
    return EpisodeSeries(**shared, **own)
