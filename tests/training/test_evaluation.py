"""Evaluation on unseen bars: one convention for policy and baselines, and no leak from them into anything."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from market.baselines import BASELINES
from market.data import MarketData
from market.datasets import VALIDATION, DataConfig, load_dataset, split
from market.features import TrainStatistics
from sac_agent import SACAgent, SACConfig
from trading_env import ACTION_SIZE, OBSERVATION_NAMES, TradingConfig
from training.config import RunConfig
from training.evaluation import SHUFFLED, Evaluation, Judge, figures
from training.evaluation_metrics import EVALUATION_METRICS
from training.events import PolicyReady, TrainingEvent
from training.loop import train

SPLITS = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=1500))
STATISTICS = TrainStatistics.fit(SPLITS.train)
UNTRAINED = SACAgent(len(OBSERVATION_NAMES), ACTION_SIZE, SACConfig(hidden_units=16), seed=0).policy()


def always_long(observations: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ones((len(observations), 1), np.float32)


@functools.cache
def evaluated(act: Any = UNTRAINED, config: TradingConfig | None = None, seed: int = 0, trials: int = 1) -> Evaluation:
    return judge(config, seed).evaluate(act, trials=trials)


def judge(config: TradingConfig | None = None, seed: int = 0) -> Judge:
    return Judge(SPLITS.validation, config or TradingConfig(), STATISTICS, window=VALIDATION, seed=seed)


def test_policy_that_is_always_long_is_buy_and_hold() -> None:
    result = evaluated(always_long)
    hold = next(baseline for baseline in result.baselines if baseline.name == "buy_and_hold")
    assert result.policy.series.equity.tolist() == hold.series.equity.tolist()
    assert result.policy.metrics == hold.metrics
    assert result.comparisons["buy_and_hold"] is None  # identical curves have no difference to test


def test_every_baseline_and_every_metric_is_there() -> None:
    result = evaluated()
    assert [baseline.name for baseline in result.baselines] == [*BASELINES.names(), SHUFFLED]
    assert list(result.policy.metrics) == EVALUATION_METRICS.names()
    assert {len(one.series) for one in (result.policy, *result.variants, *result.baselines)} == {301 - 1}


def test_flat_baseline_has_no_sharpe() -> None:
    flat = evaluated().baselines[0]
    assert (flat.name, flat.metrics["sharpe"], flat.metrics["return_pct"]) == ("flat", None, 0.0)


def test_shuffled_policy_takes_the_same_actions_in_another_order() -> None:
    result = evaluated()
    mixed = next(baseline for baseline in result.baselines if baseline.name == SHUFFLED)
    assert sorted(mixed.series.action[1:]) == sorted(result.policy.series.action[1:])
    assert mixed.series.action.tolist() != result.policy.series.action.tolist()


def test_same_seed_gives_the_same_evaluation() -> None:
    first, second = evaluated(seed=3), evaluated(seed=3)
    assert first.comparisons == second.comparisons
    assert first.superior_ability == second.superior_ability


def test_baselines_are_settled_once_for_all_policies_and_what_came_before_changes_nothing() -> None:
    one_judge = judge()
    first, second = one_judge.evaluate(always_long), one_judge.evaluate(UNTRAINED)
    assert [one is other for one, other in zip(first.baselines, second.baselines, strict=True)] == [
        *[True] * len(BASELINES.names()),
        False,  # the policy's own actions, shuffled
    ]
    assert figures(second) == figures(judge().evaluate(UNTRAINED))


def test_more_trials_deflate_the_sharpe_ratio() -> None:
    once, often = evaluated(trials=1), evaluated(trials=50)
    assert once.policy.metrics["deflated_sharpe"] == once.policy.metrics["probabilistic_sharpe"]
    assert once.policy.metrics["deflated_sharpe"] > often.policy.metrics["deflated_sharpe"]  # type: ignore[operator]


def test_leverage_and_cost_knobs_reach_the_baselines_too() -> None:
    free = TradingConfig(fee_bps=0.0, half_spread_bps=0.0, slippage_bps=0.0, borrow_rate_pct=0.0)
    assert {baseline.metrics["costs"] for baseline in evaluated(config=free).baselines} == {0.0}
    half = evaluated(always_long, replace_config(max_long=0.5))
    assert half.policy.series.equity.tolist() == half.baselines[1].series.equity.tolist()


def replace_config(**changes: Any) -> TradingConfig:
    return TradingConfig().model_copy(update=changes)


def test_bars_after_the_window_change_nothing() -> None:
    bars = pd.DataFrame(
        {name: getattr(SPLITS.test, name) for name in ("open", "high", "low", "close", "volume")},
        index=pd.DatetimeIndex(SPLITS.test.time),
    )
    bars.iloc[len(SPLITS.validation) :] *= 5.0
    changed = split(MarketData.from_frame(bars), len(SPLITS.train), len(SPLITS.validation)).validation
    result = Judge(changed, TradingConfig(), STATISTICS, window=VALIDATION).evaluate(UNTRAINED)
    assert result.policy.series.equity.tolist() == evaluated().policy.series.equity.tolist()


@pytest.mark.parametrize(("every", "expected"), [(1, [2, 3]), (2, [2])])
def test_training_offers_its_policy_once_it_has_learned(every: int, expected: list[int]) -> None:
    config = RunConfig.from_flat(
        {
            "dataset": "synthetic",
            "synthetic_bars": 500,
            "no_trading_warmup_steps": 250,
            "batch_size": 16,
            "hidden_units": 8,
            "total_steps": 236 * 4,
            "evaluate_every_episodes": every,
        }
    )
    events: list[TrainingEvent] = []
    train(config, load_dataset(config.data).train, events.append)
    offers = [event for event in events if isinstance(event, PolicyReady)]
    assert [offer.episode for offer in offers if not offer.is_final] == expected
    assert [offer.step for offer in offers if offer.is_final] == [944]  # the fourth episode's policy, offered once


def test_policy_is_not_offered_while_gated() -> None:
    config = RunConfig.from_flat({"dataset": "synthetic", "synthetic_bars": 500, "total_steps": 300})
    events: list[TrainingEvent] = []
    train(replace(config), load_dataset(config.data).train, events.append)
    assert not [event for event in events if isinstance(event, PolicyReady)]
