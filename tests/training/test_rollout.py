"""A frozen policy on unseen bars: the same money as the environment's, at every cost level."""

import numpy as np
from numpy.typing import NDArray

from market.data import MarketData
from market.datasets import DataConfig, load_dataset, synthetic_bars
from market.features import TrainStatistics
from sac_agent import SACAgent, SACConfig
from trading_env import ACTION_SIZE, OBSERVATION_NAMES, TradingConfig, TradingEnv
from training.rollout import Act, Variant, roll_out

SPLITS = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=800))
STATISTICS = TrainStatistics.fit(SPLITS.train)
CONFIG = TradingConfig()
POLICY = SACAgent(len(OBSERVATION_NAMES), ACTION_SIZE, SACConfig(hidden_units=16), seed=0).policy()


def test_rollout_is_what_the_environment_would_have_paid() -> None:
    env = TradingEnv(SPLITS.validation, CONFIG.for_evaluation(), STATISTICS)
    observation, info = env.reset(seed=0)
    equity = [info["equity"]]
    (series,) = roll_out(POLICY, SPLITS.validation, CONFIG, STATISTICS, (Variant("as configured"),)).values()
    for _ in range(env.steps_per_episode):
        observation, _, _, _, info = env.step(POLICY(observation[None])[0])
        equity.append(info["equity"])
    assert series.equity.tolist() == equity
    assert series.price.tolist() == SPLITS.validation.close[SPLITS.validation.start :].tolist()


def test_costs_only_ever_take_money() -> None:
    always_trading = _alternating()
    rollout = roll_out(always_trading, SPLITS.validation, CONFIG, STATISTICS)
    final = {name: series.equity[-1] for name, series in rollout.items()}
    assert final["no costs"] > final["as configured"] > final["double costs"] > final["fivefold costs"]
    assert not rollout["no costs"].costs.any()


def test_late_variant_executes_the_action_of_the_bar_before() -> None:
    rollout = roll_out(_alternating(), SPLITS.validation, CONFIG, STATISTICS)
    assert rollout["one bar late"].action[1] == 0.0
    assert rollout["one bar late"].action[2:].tolist() == rollout["as configured"].action[1:-1].tolist()


def test_ruined_account_stays_as_it_was() -> None:
    bars = synthetic_bars(0, 200)
    bars.iloc[150:, :4] *= 3.0
    data = MarketData.from_frame(bars)
    series = roll_out(_short, data, CONFIG, TrainStatistics.fit(data), (Variant("short"),))["short"]
    ruined_at = 150 - 63
    assert series.equity[ruined_at] < 10_000
    assert set(series.equity[ruined_at:]) == {series.equity[ruined_at]}
    assert not series.traded[ruined_at + 1 :].any()
    assert series.fill_price[1:].tolist() == data.open[64:].tolist()  # the bars go on, not the next account's


def test_later_updates_do_not_change_a_policy() -> None:
    agent = SACAgent(3, 1, SACConfig(batch_size=8, hidden_units=8), seed=0)
    policy = agent.policy()
    observations = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    before = policy(observations)
    for row in observations:
        agent.replay_buffer.add(row, [0.5], 1.0, row, False)
    for _ in range(8):
        agent.replay_buffer.add(observations[0], [0.5], 1.0, observations[1], False)
    agent.update()
    assert np.array_equal(policy(observations), before)
    assert not np.array_equal(agent.policy()(observations), before)


def _short(observations: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.full((len(observations), 1), -1.0, np.float32)


def _alternating() -> Act:
    step = iter(range(10_000))
    return lambda observations: np.full((len(observations), 1), (-1.0) ** next(step), np.float32)
