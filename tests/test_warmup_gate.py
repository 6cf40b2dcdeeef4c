"""The gate alone: when it opens, what it forces, what it allows."""

import numpy as np
import pytest

from trading_env import TradingConfig
from warmup_gate import WARMUP_STRATEGIES, Phase, WarmupConfig, WarmupGate


def test_gate_is_closed_for_exactly_the_configured_steps() -> None:
    gate = WarmupGate(WarmupConfig(no_trading_warmup_steps=3))
    decisions = [gate.decide(step) for step in range(6)]
    assert [decision.phase for decision in decisions] == [Phase.WARMUP] * 3 + [Phase.LEARNING] * 3
    assert [decision.updates_allowed for decision in decisions] == [False] * 3 + [True] * 3
    assert [decision.opens for decision in decisions] == [False, False, False, True, False, False]
    assert [gate.steps_until_open(step) for step in range(5)] == [3, 2, 1, 0, 0]


def test_gate_of_no_steps_opens_at_the_first_step() -> None:
    decision = WarmupGate(WarmupConfig(no_trading_warmup_steps=0)).decide(0)
    assert decision.opens
    assert decision.updates_allowed
    assert not decision.is_gated


def test_reproducing_the_bug_allows_updates_but_still_forces() -> None:
    decision = WarmupGate(WarmupConfig(update_during_warmup=True)).decide(0)
    assert decision.is_gated
    assert decision.updates_allowed


def test_defaults_are_the_fix() -> None:
    config = TradingConfig()
    assert config.no_trading_warmup_steps == 5000
    assert config.warmup_strategy == "forced_neutral"
    assert config.update_during_warmup is False


@pytest.mark.parametrize("name", WARMUP_STRATEGIES.names())
def test_every_strategy_forces_valid_actions(name: str) -> None:
    action = WARMUP_STRATEGIES[name]().forced_action(3, np.random.default_rng(0))
    assert action.shape == (3,)
    assert action.dtype == np.float32
    assert np.abs(action).max() <= 1.0


def test_random_actions_are_uniform_over_the_action_space() -> None:
    rng = np.random.default_rng(0)
    strategy = WARMUP_STRATEGIES["random_actions"]()
    actions = np.concatenate([strategy.forced_action(1, rng) for _ in range(4000)])
    quartiles, _ = np.histogram(actions, bins=4, range=(-1.0, 1.0))
    assert quartiles.sum() == 4000
    assert np.abs(quartiles - 1000).max() < 130  # about 4.7 standard deviations of a fair count
