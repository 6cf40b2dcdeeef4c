"""The environment's contract: Gymnasium's rules, exact money, no look-ahead, no shared state."""

import math
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from numpy.typing import NDArray
from stable_baselines3 import SAC

from market.data import DataError, MarketData
from market.datasets import load_dataset, synthetic_bars
from market.features import LOOKBACK, TrainStatistics
from market.fills import FILL_MODES
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


def global_random_states() -> tuple[Any, ...]:
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002  # the global generator is the point
    return random.getstate(), repr(numpy_state), torch.get_rng_state().tolist()


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


def test_buy_and_hold_without_costs_is_the_price_ratio() -> None:
    env = env_of(fill_mode="close")
    steps = walk(env, [1.0] * env.steps_per_episode)
    close = env.data.close
    for row, step in enumerate(steps, start=env.first_row + 1):
        assert step[4]["equity"] == pytest.approx(100_000 * close[row] / close[env.first_row], rel=1e-12)
    assert sum(step[1] for step in steps) == pytest.approx(100 * math.log(close[-1] / close[env.first_row]))


def test_doing_nothing_keeps_equity_to_the_bit() -> None:
    env = env_of(fee_bps=50.0, borrow_rate_pct=10.0)
    steps = walk(env, [0.0] * env.steps_per_episode)
    assert {step[4]["equity"] for step in steps} == {100_000.0}
    assert {step[1] for step in steps} == {0.0}


@pytest.mark.parametrize(
    ("mode", "column", "shift"), [("next_open", "open", 1), ("close", "close", 0), ("next_close", "close", 1)]
)
def test_trades_fill_at_the_price_the_mode_names(mode: str, column: str, shift: int) -> None:
    env = env_of(fill_mode=mode)
    (step,) = walk(env, [1.0])
    prices: NDArray[np.float64] = getattr(env.data, column)
    assert step[4]["fill_price"] == prices[env.first_row + shift]
    growth = env.data.close[env.first_row + 1] / prices[env.first_row + shift]
    assert step[4]["equity"] == pytest.approx(100_000 * growth, rel=1e-12)


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


def test_costs_and_interest_reconcile_with_an_independent_ledger() -> None:
    env = env_of(fee_bps=5.0, half_spread_bps=3.0, slippage_bps=2.0, borrow_rate_pct=12.0)
    actions = np.random.default_rng(1).uniform(-1, 1, env.steps_per_episode).tolist()
    steps = walk(env, actions)
    cash, quantity = 100_000.0, 0.0
    for row, step in enumerate(steps, start=env.first_row):
        info = step[4]
        bought = info["traded"] / env.data.open[row + 1]
        quantity += bought
        short_interest = max(0.0, -quantity * env.data.close[row + 1]) * 0.12 / 252
        fees = abs(info["traded"]) * 10e-4
        cash -= info["traded"] + fees + short_interest
        assert info["costs"] == pytest.approx(fees + short_interest, rel=1e-9)
        assert info["equity"] == pytest.approx(cash + quantity * env.data.close[row + 1], rel=1e-12)


def test_interest_on_a_short_accrues_over_the_whole_holding() -> None:
    bars = synthetic_bars(0, LOOKBACK + 254)
    bars[["open", "high", "low", "close"]] = 100.0
    config = TradingConfig(**(FREE | {"borrow_rate_pct": 10.0, "no_trade_band": 1.0}))
    env = TradingEnv(bars, config)
    steps = walk(env, [-1.0, *[-1.0] * 251])
    assert steps[-1][4]["equity"] == 100_000.0  # a band of 1 keeps the first trade out
    env = TradingEnv(bars, config.model_copy(update={"no_trade_band": 0.5}))
    steps = walk(env, [-1.0] * 252)
    assert 100_000 - steps[-1][4]["equity"] == pytest.approx(10_000, rel=1e-9)  # 252 bars at 10 % a year on 100,000


def test_drift_inside_the_band_is_held_and_outside_is_rebalanced() -> None:
    bars = synthetic_bars(0, LOOKBACK + 5)
    close = np.r_[[100.0] * (LOOKBACK + 1), 104.0, 200.0, 200.0, 200.0]
    bars["open"] = bars["high"] = bars["low"] = bars["close"] = close
    env = TradingEnv(bars, TradingConfig(**(FREE | {"fill_mode": "close", "no_trade_band": 0.05})))
    steps = walk(env, [0.5, 0.5, 0.5, 0.5])
    traded = [step[4]["traded"] for step in steps]
    assert traded[0] == 50_000.0
    assert traded[1] == 0.0  # 0.5 drifted to 0.5098
    assert traded[2] < 0.0  # drifted to 0.667
    assert steps[2][4]["position"] == pytest.approx(0.5)


def test_ruin_terminates_with_a_finite_penalty_and_no_step_after_it() -> None:
    bars = synthetic_bars(0, LOOKBACK + 10)
    bars.iloc[LOOKBACK + 2 :, :4] *= 3.0
    env = TradingEnv(bars, TradingConfig(**(FREE | {"fill_mode": "close", "ruin_penalty": 50.0})))
    steps = walk(env, [-1.0, -1.0])
    _, reward, terminated, truncated, info = steps[1]
    assert terminated
    assert not truncated
    assert info["equity"] < 0.0  # the loss is shown as it is: nobody tops the account up
    assert reward == pytest.approx(100 * math.log(1e-4) - 50.0)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(action(0.0))


def test_last_bar_truncates_and_is_rewarded_once() -> None:
    env = env_of()
    steps = walk(env, [0.5] * env.steps_per_episode)
    assert [step[3] for step in steps] == [False] * (len(steps) - 1) + [True]
    assert not any(step[2] for step in steps)
    assert steps[-1][4]["price"] == env.data.close[-1]
    assert sum(step[1] for step in steps) == pytest.approx(100 * math.log(steps[-1][4]["equity"] / 100_000))
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(action(0.0))


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


def test_next_episode_starts_flat_whatever_the_last_one_held() -> None:
    env = env_of()
    first, _ = env.reset(seed=0)
    env.step(action(1.0))
    again, info = env.reset()
    assert np.array_equal(first, again)
    assert (info["position"], info["equity"]) == (0.0, 100_000.0)


def test_global_random_generators_stay_untouched() -> None:
    before = global_random_states()
    walk(env_of(no_trading_warmup_steps=50, warmup_strategy="random_actions"), [0.5] * 60)
    assert global_random_states() == before


def test_same_seed_gives_the_same_random_warm_up() -> None:
    config: dict[str, Any] = {"no_trading_warmup_steps": 20, "warmup_strategy": "random_actions"}
    runs = [[float(step[4]["executed_action"][0]) for step in walk(env_of(**config), [0.0] * 20)] for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("mode", FILL_MODES.names())
@pytest.mark.parametrize("change", ["double", "shuffle", "crash"])
def test_observation_does_not_see_what_comes_later(mode: str, change: str) -> None:
    bars = synthetic_bars(3, 200)
    statistics = TrainStatistics.fit(MarketData.from_frame(bars))
    config = TradingConfig(**(FREE | {"fill_mode": mode}))
    seen = LOOKBACK + 40
    later = bars.copy()
    rows = np.arange(seen + 1, len(bars))
    match change:
        case "double":
            later.iloc[rows] *= 2.0
        case "shuffle":
            later.iloc[rows] = bars.iloc[np.random.default_rng(0).permutation(rows)].to_numpy()
        case "crash":
            later.iloc[rows, :4] *= 0.01
    observations = [
        [step[0].tobytes() for step in walk(TradingEnv(frame, config, statistics), [0.3] * 40)]
        for frame in (bars, later)
    ]
    assert observations[0] == observations[1]


def test_statistics_ignore_everything_after_the_training_bars() -> None:
    splits = load_dataset(RunConfig().data)
    frame = pd.DataFrame(
        {name: getattr(splits.test, name) for name in ("open", "high", "low", "close", "volume")},
        index=pd.DatetimeIndex(splits.test.time),
    )
    frame.iloc[len(splits.train) :] *= 7.0
    changed = MarketData.from_frame(frame).window(0, len(splits.train))
    assert np.array_equal(TrainStatistics.fit(splits.train).feature_mean, TrainStatistics.fit(changed).feature_mean)
    assert np.array_equal(TrainStatistics.fit(splits.train).feature_std, TrainStatistics.fit(changed).feature_std)


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
