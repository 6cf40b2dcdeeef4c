"""Runs a frozen policy over bars it does not learn from, at several cost levels at once.

Evaluation never forces an action and never touches the training environment.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.data import MarketData
from market.features import TrainStatistics
from trading_env import TradingConfig
from trading_vector_env import TradingVectorEnv

Act = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Table = NDArray[np.float64]


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


@dataclass(frozen=True, slots=True)
class Rollout:
    """What the policy did, one column a variant; row 0 is the account before the first step."""

    time_ms: NDArray[np.int64]  # (steps + 1,)
    price: NDArray[np.float64]  # (steps + 1,), closes
    action: Table  # (steps + 1, variants), executed; 0 in row 0
    equity: Table
    position: Table
    traded: Table
    costs: Table


def roll_out(
    act: Act,
    data: MarketData,
    config: TradingConfig,
    statistics: TrainStatistics,
    variants: tuple[Variant, ...] = VARIANTS,
) -> Rollout:
    """One pass over the window's bars; an account that is ruined stays as it was then.

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
    table = {name: np.zeros((steps + 1, count)) for name in ("action", "equity", "position", "traded", "costs")}
    observations, info = env.reset(seed=0)
    table["equity"][0] = info["equity"]
    is_alive = np.ones(count, np.bool_)
    for step in range(steps):
        wanted[longest + step] = act(observations)
        executed = wanted[longest + step - delays, np.arange(count)]
        observations, _, terminated, _, info = env.step(executed)
        table["action"][step + 1] = np.where(is_alive, info["executed_action"][:, 0], 0.0)
        table["equity"][step + 1] = np.where(is_alive, info["equity"], table["equity"][step])
        for name in ("position", "traded", "costs"):
            table[name][step + 1] = np.where(is_alive, info[name], 0.0)
        is_alive &= ~terminated
    window = slice(env.first_row, None)
    return Rollout(time_ms=data.time[window].astype(np.int64), price=data.close[window], **table)
