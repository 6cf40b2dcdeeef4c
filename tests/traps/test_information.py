"""Traps of information: what is seen too early, shared, leaked, or built twice."""

import itertools
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from benchmarks import fill_modes
from market.baselines import Settlement, settle
from market.data import COLUMNS, Column, MarketData
from market.datasets import load_dataset, split, synthetic_bars
from market.features import FEATURES, LOOKBACK, TrainStatistics, first_row, raw_features, scaled_features
from market.fills import FILL_MODES
from market.metrics import sharpe
from market.rewards import REWARDS
from tests.source_reader import ROOT
from tests.traps.helpers import FREE, action, env_on, equities, uniform, walk
from trading_env import TradingConfig, TradingEnv
from trading_vector_env import TradingVectorEnv
from training.config import RunConfig

RANDOM_WARMUP: dict[str, Any] = {"no_trading_warmup_steps": 15, "warmup_strategy": "random_actions"}


IMPORTS_AND_STEPS = """
import random, sys, warnings
import gymnasium, numpy as np, pandas, pydantic, torch

def seen():
    return random.getstate(), repr(np.random.get_state()), torch.get_rng_state().tolist(), list(warnings.filters)

before = seen()
import market.baselines, market.metrics, trading_env, trading_vector_env, training.loop
from market.datasets import synthetic_bars
env = trading_env.TradingEnv(synthetic_bars(0, 90))
env.reset(seed=3)
env.step(np.zeros(1, np.float32))
after = seen()
assert [name for name, one, other in zip(("random", "numpy", "torch", "filters"), before, after) if one != other] == []
assert "matplotlib" not in sys.modules
import training.evaluation  # its statistics bring arch, which reads matplotlib where there is one
assert seen() == before
assert "matplotlib.pyplot" not in sys.modules  # which would choose how to draw
"""


def global_random_states() -> tuple[Any, ...]:
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002  # the global generator is the point
    return random.getstate(), repr(numpy_state), torch.get_rng_state().tolist()


def test_trap_06_seed_decides_and_global_generators_stay_untouched() -> None:
    """Several: reset(seed) is ignored, or the global generators are drawn from and reseeded."""
    before = global_random_states()
    runs = []
    for seed in (7, 7, 8):
        env = env_on(synthetic_bars(0, 200), episode_bars=20, **RANDOM_WARMUP)
        runs.append([(step[0].tobytes(), *step[1:4], step[4]["equity"]) for step in walk(env, [0.5] * 20, seed)])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert global_random_states() == before


@pytest.mark.parametrize("reward", REWARDS.names())
def test_trap_07_next_episode_knows_nothing_of_the_last(reward: str) -> None:
    """Positions, targets, peaks or reward moments of the last episode leak into the next one's observations."""
    bars, actions = synthetic_bars(0, 100), [1.0, *uniform(29)]
    fresh, used = (env_on(bars, reward=reward, rebalances_drift=False) for _ in range(2))
    walk(used, [1.0] * 20)
    first, info = used.reset()
    assert (info["position"], info["equity"], info["costs"], info["traded"]) == (0.0, 100_000.0, 0.0, 0.0)
    assert first.tobytes() == fresh.reset()[0].tobytes()
    for one, other in zip(walk(fresh, actions), walk(used, actions), strict=True):
        assert one[0].tobytes() == other[0].tobytes()
        assert (one[1], one[4]) == (other[1], other[4])


@pytest.mark.parametrize("kind", [TradingEnv, TradingVectorEnv])
def test_trap_08_nothing_returned_shares_memory(kind: type[TradingEnv] | type[TradingVectorEnv]) -> None:
    """gym-anytrading and Gym-Trading-Env: the caller's observation or info changes with the next step."""
    env = kind(synthetic_bars(0, 100), TradingConfig(no_trading_warmup_steps=0))
    short: NDArray[np.float32] = np.full((1, 1) if kind is TradingVectorEnv else 1, -0.5, np.float32)

    def episode() -> list[Any]:
        return [env.reset(seed=0), *(env.step(short) for _ in range(3))]

    returned = [*episode(), *episode()]
    assert len({id(result[-1]) for result in returned}) == len(returned)
    parts = [part for result in returned for part in (*result[:-1], *result[-1].values())]
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    assert not any(np.shares_memory(one, other) for one, other in itertools.combinations([*arrays, short], 2))
    expected = [result[0].tobytes() for result in returned[4:]]
    for array in arrays:
        array.fill(1)  # a careless caller
    assert [result[0].tobytes() for result in episode()] == expected


PERTURBATIONS: dict[str, Callable[[Column], Column]] = {
    "doubled": lambda rows: rows * 2.0,
    "missing": lambda rows: np.full(len(rows), np.nan),
    "shuffled": lambda rows: np.random.default_rng(0).permutation(rows),
}


@pytest.mark.parametrize("perturb", PERTURBATIONS.values(), ids=PERTURBATIONS)
@pytest.mark.parametrize("fill_mode", FILL_MODES.names())
def test_trap_09_observation_does_not_see_later_bars(fill_mode: str, perturb: Callable[[Column], Column]) -> None:
    """Look-ahead: one leaked bar of the S&P 500 gives a Sharpe ratio of 14.4."""
    data = MarketData.from_frame(synthetic_bars(3, 140))
    statistics = TrainStatistics.fit(data)
    known = LOOKBACK + 31
    later: dict[str, Any] = {
        name: np.r_[getattr(data, name)[:known], perturb(getattr(data, name)[known:])] for name in COLUMNS
    }
    config = TradingConfig(**(FREE | {"fill_mode": fill_mode}))
    runs = []
    for bars in (data, replace(data, **later)):
        env = TradingEnv(bars, config, statistics)
        runs.append([env.reset(seed=0)[0].tobytes()])
        runs[-1] += [env.step(action(value))[0].tobytes() for value in uniform(30)]
    assert runs[0] == runs[1]


def sign_ratios(data: MarketData, features: NDArray[np.float32]) -> list[float]:
    """Sharpe ratios of following and of opposing the sign of each feature, decided and filled at the close, free."""
    signs = np.nan_to_num(np.sign(features)).astype(np.float64)
    weights = {str(index): column for index, column in enumerate(np.hstack([signs, -signs]).T)}
    series = settle(data, Settlement(TradingConfig(**FREE).terms(252.0), "close"), weights)
    return [sharpe(one.equity, 252.0) or 0.0 for one in series.values()]


def test_trap_09_no_sign_of_a_feature_is_too_good_to_be_true() -> None:
    """Look-ahead: an honest rule on a daily index stays below 5, one leaked bar does not."""
    splits = load_dataset(RunConfig().data)
    features = scaled_features(splits.test, TrainStatistics.fit(splits.train))
    assert max(sign_ratios(splits.test, features)) < 5.0
    assert max(sign_ratios(splits.test, np.roll(features, -1, axis=0))) > 10.0


def test_trap_10_fill_mode_is_offered_stated_and_compared() -> None:
    """Same-bar fills presented as tradable: a trade decided at a close cannot be filled at it."""
    assert FILL_MODES.names() == ["next_open", "close", "next_close"]
    assert RunConfig().flat()["fill_mode"] == "next_open"  # in the configuration that every run stores
    data = MarketData.from_frame(synthetic_bars(0, 100))
    expected = {
        "next_open": data.open[LOOKBACK + 1],
        "close": data.close[LOOKBACK],
        "next_close": data.close[LOOKBACK + 1],
    }
    assert len(set(expected.values())) == 3
    for mode, price in expected.items():
        (step,) = walk(env_on(data, fill_mode=mode), [1.0])
        assert step[4]["fill_price"] == price
        assert equities([step])[0] == pytest.approx(100_000.0 * data.close[LOOKBACK + 1] / price)
    written = fill_modes.DOCUMENT.read_text(encoding="utf-8")
    assert written == fill_modes.text(), "docs/fill_modes.md is stale: run `python -m benchmarks.fill_modes`"


def test_trap_11_statistics_come_from_the_training_bars_alone() -> None:
    """A scaler fitted on the full sample encodes the date, and back-filled history holds later values."""
    bars = MarketData.from_frame(synthetic_bars(0, 400))
    later: dict[str, Any] = {
        name: np.r_[getattr(bars, name)[:200], 7.0 * getattr(bars, name)[200:][::-1]] for name in COLUMNS
    }
    splits, others = (split(data, 200, 300) for data in (bars, replace(bars, **later)))
    fitted = TrainStatistics.fit(splits.train)
    assert repr(fitted) == repr(TrainStatistics.fit(others.train))
    rows = raw_features(splits.train)[LOOKBACK:]
    assert fitted.feature_mean == pytest.approx(rows.mean(axis=0))
    for column, entry in zip(raw_features(bars).T, FEATURES, strict=True):
        missing = np.isnan(column)
        assert missing[: entry.item.lookback].all(), entry.name
        assert not missing[entry.item.lookback :].any(), entry.name


def test_trap_18_importing_changes_nothing() -> None:
    """Importing reseeds generators, silences warnings or picks a plotting backend."""
    command = [sys.executable, "-c", IMPORTS_AND_STEPS]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_trap_22_training_evaluation_and_live_bars_are_observed_alike() -> None:
    """Backtest and live are built by different code, and so see different things at the same bar."""
    data = MarketData.from_frame(synthetic_bars(0, 200))
    statistics = TrainStatistics.fit(data.window(0, 150))
    config = TradingConfig(**FREE)
    train = TradingEnv(data, config, statistics)
    evaluation = TradingVectorEnv(data, config, statistics, num_envs=2)
    validation = TradingEnv(data.window(150, 200), config, statistics)
    seen = [train.reset(seed=0)[0], *(step[0] for step in walk(train, [0.0] * train.steps_per_episode))]
    together = [evaluation.reset(seed=0)[0]]
    together += [evaluation.step(np.zeros((2, 1), np.float32))[0] for _ in seen[1:]]
    assert [rows[0].tobytes() for rows in together] == [row.tobytes() for row in seen]
    assert validation.reset(seed=0)[0].tobytes() == seen[150 - first_row(data)].tobytes()
    for row in (LOOKBACK, 100, 199):
        live = scaled_features(data.window(0, row + 1), statistics)[-1]  # when nothing later exists
        assert live.tobytes() == seen[row - LOOKBACK][: len(live)].tobytes()
