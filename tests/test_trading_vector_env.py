"""Many accounts in one pass: each of them is a `TradingEnv`, to the last bit."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from market.data import MarketData
from market.datasets import synthetic_bars
from market.fills import FILL_MODES
from market.rewards import REWARDS
from trading_env import ENVIRONMENT_ID, TradingConfig, TradingEnv
from trading_vector_env import TradingVectorEnv

OPEN: dict[str, Any] = {"no_trading_warmup_steps": 0}
COLUMNS = ("equity", "position", "costs", "traded", "fill_price", "price", "time_ms")


def compare(config: TradingConfig, steps: int, *, volatility: float = 0.18, accounts: int = 4, seed: int = 0) -> int:
    """Step both on the same random actions and compare every bit; returns how many accounts were ruined."""
    bars = synthetic_bars(seed, 200, volatility=volatility)
    together = TradingVectorEnv(bars, config, num_envs=accounts)
    alone = [TradingEnv(bars, config) for _ in range(accounts)]
    begins = [True] * accounts
    observations, _ = together.reset(seed=0)
    assert observations.tobytes() == b"".join(env.reset(seed=0)[0].tobytes() for env in alone)
    begins = [False] * accounts
    ruined = 0
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        actions = rng.uniform(-1.2, 1.2, (accounts, 1)).astype(np.float32)
        observations, rewards, terminated, truncated, info = together.step(actions)
        for index, env in enumerate(alone):
            if begins[index]:
                observation, expected = env.reset()
                step: tuple[Any, ...] = (observation, 0.0, False, False, expected)
            else:
                step = env.step(actions[index])
            assert observations[index].tobytes() == step[0].tobytes()
            assert (rewards[index], terminated[index], truncated[index]) == step[1:4]
            if not begins[index]:
                assert [info[name][index] for name in COLUMNS] == [step[4][name] for name in COLUMNS]
                assert info["executed_action"][index] == step[4]["executed_action"]
            begins[index] = bool(step[2] or step[3])
            ruined += bool(step[2])
    return ruined


@pytest.mark.parametrize("reward", REWARDS.names())
@pytest.mark.parametrize("fill_mode", FILL_MODES.names())
def test_every_reward_and_fill_mode_agrees_to_the_bit(reward: str, fill_mode: str) -> None:
    compare(TradingConfig(**OPEN, reward=reward, fill_mode=fill_mode), 300)


@pytest.mark.parametrize("rebalances_drift", [True, False])
def test_leverage_and_ruin_agree_to_the_bit(rebalances_drift: bool) -> None:
    config = TradingConfig(**OPEN, max_long=3.0, max_short=2.0, rebalances_drift=rebalances_drift)
    assert compare(config, 300, volatility=2.0) > 0


def test_accounts_on_different_rows_agree_to_the_bit() -> None:
    """Random windows: each account is a `TradingEnv` that was put on the row where the account begins."""
    bars, config = synthetic_bars(0, 400), TradingConfig(**OPEN, episode_bars=50)
    together = TradingVectorEnv(bars, config, num_envs=6)
    observations, info = together.reset(seed=1)
    times = MarketData.from_frame(bars).time.astype(np.int64).tolist()
    alone = [env_at(times.index(time_ms), TradingEnv(bars, config)) for time_ms in info["time_ms"].tolist()]
    assert len(set(info["time_ms"].tolist())) > 1
    assert observations.tobytes() == b"".join(env.restore(env.state()).tobytes() for env in alone)
    rng = np.random.default_rng(1)
    for step in range(1, 51):
        actions = rng.uniform(-1, 1, (6, 1)).astype(np.float32)
        observations, rewards, _, truncated, info = together.step(actions)
        steps = [env.step(action) for env, action in zip(alone, actions, strict=True)]
        assert observations.tobytes() == b"".join(one[0].tobytes() for one in steps)
        assert rewards.tolist() == [one[1] for one in steps]
        assert truncated.tolist() == [one[3] for one in steps]
        for name in COLUMNS:
            assert info[name].tolist() == [one[4][name] for one in steps], name
        assert truncated.all() == (step == 50)


def env_at(row: int, env: TradingEnv) -> TradingEnv:
    env.reset(seed=0)
    env.restore(env.state() | {"_row": row, "_last_row": row + env.steps_per_episode})
    return env


def test_what_a_step_returns_is_not_changed_by_later_steps_and_changes_none_of_them() -> None:
    bars = synthetic_bars(0, 200)
    untouched, scribbled = (TradingVectorEnv(bars, TradingConfig(**OPEN), num_envs=3) for _ in range(2))
    for env in (untouched, scribbled):
        env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(140):  # beyond the end of an episode
        actions = rng.uniform(-1, 1, (3, 1)).astype(np.float32)
        expected, given = untouched.step(actions), scribbled.step(actions)
        arrays = [*given[:4], *given[4].values()]
        assert [array.tobytes() for array in arrays] == [
            array.tobytes() for array in (*expected[:4], *expected[4].values())
        ]
        for array in arrays:
            array.fill(7)


def test_it_never_forces_an_action() -> None:
    env = TradingVectorEnv(synthetic_bars(0, 200), TradingConfig(no_trading_warmup_steps=5000), num_envs=2)
    env.reset(seed=0)
    info = env.step(np.ones((2, 1), np.float32))[4]
    assert info["executed_action"].tolist() == [[1.0], [1.0]]


def test_gymnasium_makes_both() -> None:
    bars = synthetic_bars(0, 200)
    env = gymnasium.make(ENVIRONMENT_ID, data=bars)
    assert isinstance(env.unwrapped, TradingEnv)
    vector = gymnasium.make_vec(ENVIRONMENT_ID, num_envs=3, vectorization_mode="vector_entry_point", data=bars)
    assert isinstance(vector.unwrapped, TradingVectorEnv)
    assert vector.num_envs == 3


@pytest.mark.parametrize("actions", [np.zeros((3, 1)), np.full((2, 1), np.nan)])
def test_unusable_actions_are_refused(actions: Any) -> None:
    env = TradingVectorEnv(synthetic_bars(0, 200), num_envs=2)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="2 finite numbers"):
        env.step(actions)


def test_extreme_costs_keep_the_trade_formula_and_the_money_finite() -> None:
    config = TradingConfig(**OPEN, fee_bps=1000, half_spread_bps=1000, slippage_bps=1000, max_long=3.0, max_short=3.0)
    env = TradingVectorEnv(synthetic_bars(0, 200), config, num_envs=4, cost_multipliers=[0.0, 1.0, 2.0, 5.0])
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(130):
        before = env._accounts.equity.copy()
        info = env.step(rng.uniform(-1, 1, (4, 1)).astype(np.float32))[4]
        assert np.isfinite(info["equity"]).all()
        assert (info["costs"] <= np.maximum(before, info["equity"]) * 20).all()
