"""Traps of episodes and their input: actions, ends, windows, bars and figures."""

import math
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pandas as pd
import pytest

from market.baselines import Settlement, settle
from market.data import DataError, MarketData, bars_per_year
from market.datasets import synthetic_bars
from market.features import LOOKBACK
from market.metrics import max_drawdown_pct, sharpe, turnover
from sac_agent import SACAgent
from tests.traps.helpers import ACCOUNT, FREE, env_on, uniform, walk
from trading_env import ACTION_SIZE, OBSERVATION_NAMES, TradingConfig, TradingEnv
from trading_vector_env import TradingVectorEnv
from training.config import RunConfig
from training.loop import TrainingLoop


@pytest.mark.parametrize("rebalances_drift", [True, False])
def test_trap_03_action_is_obeyed(rebalances_drift: bool) -> None:
    """ElegantRL: the vectorised environment writes ones over every action."""
    bars = synthetic_bars(0, 200)
    config = TradingConfig(no_trading_warmup_steps=0, rebalances_drift=rebalances_drift)
    together = TradingVectorEnv(bars, config, num_envs=3)
    together.reset(seed=0)
    walks = np.array([uniform(100, seed) for seed in range(3)], np.float32)
    alone = [walk(TradingEnv(bars, config), row.tolist()) for row in walks]
    for index, column in enumerate(walks.T[:, :, None]):
        given = column.copy()
        observations, rewards, _, _, info = together.step(column)
        assert column.tolist() == info["executed_action"].tolist() == given.tolist()
        rows = [steps[index] for steps in alone]
        assert observations.tobytes() == b"".join(row[0].tobytes() for row in rows)
        assert rewards.tolist() == [row[1] for row in rows]
        assert {name: info[name].tolist() for name in ACCOUNT} == {
            name: [row[4][name] for row in rows] for name in ACCOUNT
        }


def trained_buffer(bars: pd.DataFrame, **changes: Any) -> tuple[list[bool], list[bool]]:
    """`terminated` of what the loop stores in some episodes, and of every row that sampling can return."""
    config = RunConfig.from_flat({"total_steps": 60, "hidden_units": 8, **changes})
    agent = SACAgent(len(OBSERVATION_NAMES), ACTION_SIZE, config.agent, seed=0)
    events: list[Any] = []
    TrainingLoop(config, TradingEnv(bars, config.environment), agent, events.append).run(lambda: False)
    stored = agent.replay_buffer.sample(2_000, np.random.default_rng(0)).terminated.tolist()
    return [event.terminated for event in events if hasattr(event, "terminated")], stored


def test_trap_13_end_of_data_is_truncated_and_ruin_terminated() -> None:
    """The end of the data returned as terminated teaches the critic that the future is worth nothing there."""
    calm = synthetic_bars(0, LOOKBACK + 21)
    for changes, length in (({}, 20), ({"episode_bars": 7}, 7)):
        steps = walk(env_on(calm, **changes), [0.5] * length)
        assert [step[2:4] for step in steps] == [(False, False)] * (length - 1) + [(False, True)]
    assert trained_buffer(calm) == ([False] * 3, [False] * 2_000)
    wild = synthetic_bars(0, LOOKBACK + 21, volatility=6.0)
    ends, stored = trained_buffer(wild, warmup_strategy="random_actions", max_long=3.0, max_short=3.0)
    assert any(ends)
    assert any(stored)
    assert not all(stored)


def test_trap_19_every_start_is_reached_and_so_is_the_last_bar() -> None:
    """Window off by one: the last start is never drawn, an episode is a step short, or the last bar is never seen."""
    bars = synthetic_bars(0, LOOKBACK + 26)
    env = env_on(bars, episode_bars=20)
    starts = {env.reset(seed=seed)[1]["time_ms"] for seed in range(100)}
    admissible = [int(time.timestamp() * 1000) for time in bars.index[LOOKBACK : LOOKBACK + 6]]
    assert sorted(starts) == admissible
    together = TradingVectorEnv(bars, env.config, num_envs=200)
    _, info = together.reset(seed=0)
    assert sorted(set(info["time_ms"].tolist())) == admissible
    is_over = [together.step(np.zeros((200, 1), np.float32))[3].tolist() for _ in range(20)]
    assert is_over == [[False] * 200] * 19 + [[True] * 200]
    whole = walk(env_on(bars), [0.0] * 25)
    assert [step[3] for step in whole] == [False] * 24 + [True]
    assert whole[-1][4]["price"] == bars["close"].iloc[-1]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("high", 1.0, "row 31: high is below"),
        ("low", 1e6, "row 31: low is above"),
        ("close", np.nan, "row 31: close is not a finite number"),
        ("open", 0.0, "row 31: open must be above 0"),
        ("close", -1.0, "row 31: close must be above 0"),
    ],
)
def test_trap_20_malformed_bars_are_refused_with_their_row(column: str, value: float, reason: str) -> None:
    """Impossible bars are accepted and traded."""
    bars = synthetic_bars(0, 100)
    bars.loc[bars.index[30], column] = value
    with pytest.raises(DataError, match=reason):
        TradingEnv(bars)


def test_trap_20_disordered_or_too_few_bars_are_refused() -> None:
    """Times that repeat or go back, or fewer bars than an episode needs, are accepted and traded."""
    bars = synthetic_bars(0, 100)
    for order in (np.r_[:31, 30, 32:100], np.r_[:30, 31, 30, 32:100]):
        with pytest.raises(DataError, match="row 32: the time does not increase"):
            env_on(bars.set_axis(bars.index[order], axis=0))
    with pytest.raises(DataError, match=rf"needs 10 steps after {LOOKBACK} bars.*found {LOOKBACK + 10} bars"):
        env_on(bars.iloc[: LOOKBACK + 10], episode_bars=10)


def test_trap_21_figures_say_what_they_claim() -> None:
    """Calendar days over 252, a first peak without the initial equity, holding counted as trading."""
    weekdays, every_day = (pd.date_range("2020-01-01", periods=100, freq=freq).to_numpy() for freq in ("B", "D"))
    assert (bars_per_year(weekdays), bars_per_year(every_day)) == (252.0, 365.0)
    assert max_drawdown_pct(np.array([100.0, 90.0, 95.0])) == pytest.approx(-10.0)
    data = MarketData.from_frame(synthetic_bars(0, 200))
    held = settle(data, Settlement(TradingConfig(**FREE).terms(252.0)), {"": np.ones(200)})[""]
    assert np.count_nonzero(held.traded) == 1
    assert turnover(held) == pytest.approx(1.0)
    for bars, spacing in ((252.0, weekdays), (365.0, every_day)):
        equity, returns = np.array([100.0, 110.0, 99.0, 108.9]), [0.1, -0.1, 0.1]
        expected = fmean(returns) / stdev(returns) * math.sqrt(bars)
        assert sharpe(equity, bars_per_year(spacing)) == pytest.approx(expected)
