"""The environment's contract: Gymnasium's rules, the warm-up gate, and what is refused."""

from typing import Any

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from numpy.typing import NDArray
from stable_baselines3 import SAC

from market.data import DataError, MarketData
from market.datasets import load_dataset, synthetic_bars
from market.features import LOOKBACK, TrainStatistics
from trading_env import TradingConfig, TradingEnv
from training.config import RunConfig
from warmup_gate import WARMUP_STRATEGIES

FREE: dict[str, Any] = {
    "no_trading_warmup_steps": 0,
    "fee_bps": 0.0,
    "half_spread_bps": 0.0,
    "slippage_bps": 0.0,
    "borrow_rate_pct": 0.0,
    "financing_rate_pct": 0.0,
    "no_trade_band": 0.0,
}


def action(value: float) -> NDArray[np.float32]:
    return np.array([value], np.float32)


def env_of(bars: int = 200, seed: int = 0, **changes: Any) -> TradingEnv:
    return TradingEnv(synthetic_bars(seed, bars), TradingConfig(**(FREE | changes)))


def walk(env: TradingEnv, actions: list[float]) -> list[tuple[Any, ...]]:
    env.reset(seed=0)
    return [env.step(action(value)) for value in actions]


@pytest.mark.parametrize("strategy", WARMUP_STRATEGIES.names())
@pytest.mark.parametrize("warmup_steps", [0, 5000])
def test_environment_checker_finds_nothing(strategy: str, warmup_steps: int) -> None:
    config = TradingConfig(warmup_strategy=strategy, no_trading_warmup_steps=warmup_steps)
    check_env(TradingEnv(load_dataset(RunConfig().data).train, config))  # warnings are errors here


def test_stable_baselines3_trains_on_it() -> None:
    env = env_of(bars=250)
    model = SAC("MlpPolicy", env, learning_starts=100, batch_size=32, policy_kwargs={"net_arch": [16]}, seed=0)
    model.learn(300)
    assert env.global_step_count == 300


def test_warm_up_counts_steps_over_episodes_and_forces_neutral() -> None:
    env = env_of(bars=LOOKBACK + 31, no_trading_warmup_steps=40)
    assert env.steps_per_episode == 30
    executed = []
    for _ in range(2):
        env.reset(seed=0)
        executed += [float(env.step(action(0.7))[4]["executed_action"][0]) for _ in range(30)]
    assert env.global_step_count == 60
    assert executed == [0.0] * 40 + [pytest.approx(0.7)] * 20


def test_next_open_is_the_close_fill_where_the_open_repeats_the_close() -> None:
    bars = synthetic_bars(0, 200)
    bars["open"] = bars["close"].shift(1).fillna(bars["open"])
    bars["high"] = bars[["open", "high", "close"]].max(axis=1)
    bars["low"] = bars[["open", "low", "close"]].min(axis=1)
    actions = np.random.default_rng(0).uniform(-1, 1, 100).tolist()
    equities = []
    for mode in ("next_open", "close"):
        env = TradingEnv(bars, TradingConfig(no_trading_warmup_steps=0, fill_mode=mode))
        equities.append([step[4]["equity"] for step in walk(env, actions)])
    assert equities[0] == pytest.approx(equities[1], rel=1e-12)


def test_step_before_reset_raises() -> None:
    with pytest.raises(RuntimeError, match="call reset"):
        env_of().step(action(0.0))


@pytest.mark.parametrize("bad", [np.array([np.nan]), np.array([np.inf]), np.zeros(2), np.zeros(0)])
def test_unusable_action_is_refused(bad: NDArray[np.float32]) -> None:
    env = env_of()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="the action must be"):
        env.step(bad)


def test_executed_action_is_a_clipped_copy() -> None:
    env = env_of()
    env.reset(seed=0)
    wanted = action(3.0)
    info = env.step(wanted)[4]
    assert info["executed_action"].tolist() == [1.0]
    wanted[0] = -1.0
    assert info["executed_action"].tolist() == [1.0]


def test_validation_starts_where_the_training_bars_end() -> None:
    splits = load_dataset(RunConfig().data)
    env = TradingEnv(splits.validation, TradingConfig().for_evaluation(), TrainStatistics.fit(splits.train))
    _, info = env.reset(seed=0)
    assert info["time_ms"] == splits.validation.time[len(splits.train)].astype(np.int64)
    assert env.steps_per_episode == 1005


def test_frame_and_market_data_are_the_same_environment() -> None:
    frame = synthetic_bars(0, 200)
    one, other = TradingEnv(frame), TradingEnv(MarketData.from_frame(frame))
    assert np.array_equal(one.reset(seed=0)[0], other.reset(seed=0)[0])


def test_too_few_bars_are_refused() -> None:
    with pytest.raises(DataError, match="found 64 bars"):
        env_of(bars=LOOKBACK + 1)


def test_spec_makes_an_equal_environment() -> None:
    env = env_of()
    assert env.spec is not None
    again = env.spec.make()
    assert np.array_equal(env.reset(seed=0)[0], again.reset(seed=0)[0])
