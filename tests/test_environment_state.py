"""An environment stopped anywhere and restored elsewhere goes on as if nothing had happened, to the last bit."""

import json
from typing import Any

import numpy as np
import pytest

from market.datasets import synthetic_bars
from market.rewards import REWARDS
from trading_env import TradingConfig, TradingEnv
from warmup_gate import WARMUP_STRATEGIES

EPISODE, WARMUP = 20, 25
ACTIONS = np.random.default_rng(0).uniform(-1.0, 1.0, (30, 1)).astype(np.float32).repeat(2, axis=0)  # wants each twice
BARS = synthetic_bars(0, 120)


def env_with(**changes: Any) -> TradingEnv:
    return TradingEnv(BARS, TradingConfig(no_trading_warmup_steps=WARMUP, episode_bars=EPISODE, **changes))


def traces(env: TradingEnv, start: int, stop: int) -> list[tuple[Any, ...]]:
    """What the steps from `start` to `stop` return, bit for bit; a reset before every whole episode but the first."""
    seen: list[tuple[Any, ...]] = []
    for count in range(start, stop):
        if count % EPISODE == 0 and count > 0:
            seen.append((env.reset()[0].tobytes(),))
        observation, *rest, info = env.step(ACTIONS[count])
        executed = info.pop("executed_action").tolist()
        seen.append((observation.tobytes(), *rest, executed, info))
    return seen


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    restored: dict[str, Any] = json.loads(json.dumps(state, allow_nan=False))
    return restored


@pytest.mark.parametrize("strategy", WARMUP_STRATEGIES.names())
@pytest.mark.parametrize("reward", REWARDS.names())
@pytest.mark.parametrize("stop_at", [0, 7, WARMUP, 33])
def test_restored_environment_goes_on_to_the_bit(stop_at: int, reward: str, strategy: str) -> None:
    """Stopped before the first step, in warm-up, at the gate and while learning; each but the first in mid-episode."""
    env, other = (env_with(reward=reward, warmup_strategy=strategy, rebalances_drift=False) for _ in range(2))
    env.reset(seed=5)
    traces(env, 0, stop_at)
    other.restore(through_json(env.state()))
    assert traces(other, stop_at, len(ACTIONS)) == traces(env, stop_at, len(ACTIONS))
    assert other.state() == env.state()


def test_restored_environment_that_ended_still_has_ended() -> None:
    env, other = env_with(), env_with()
    env.reset(seed=5)
    traces(env, 0, EPISODE)
    other.restore(through_json(env.state()))
    with pytest.raises(RuntimeError, match="call reset"):
        other.step(ACTIONS[0])


def test_restore_forgets_everything_that_happened_since() -> None:
    env = env_with(reward="differential_sharpe", warmup_strategy="random_actions", rebalances_drift=False)
    env.reset(seed=5)
    traces(env, 0, 30)
    state = env.state()
    kept = through_json(state)
    first = traces(env, 30, 50)
    assert state == kept  # what was taken does not change with the environment
    env.restore(state)
    assert traces(env, 30, 50) == first


def test_restore_returns_the_observation_of_the_stop() -> None:
    env, other = env_with(), env_with()
    env.reset(seed=5)
    last = traces(env, 0, 33)[-1][0]
    assert other.restore(env.state()).tobytes() == last
